"""Small real solids for the tests of prepare: a toy figure of four parts, boxes and balls."""

from __future__ import annotations

import manifold3d as m3
import numpy as np
import trimesh

from fabricate.artifacts import Lifted
from fabricate.solid.boolean import from_manifold, unite
from fabricate.solid.colour import paint

__all__ = ["ball", "box", "joined", "toy"]


def toy(segments: int = 48, lean: float = 0.0) -> Lifted:
    """A snowman-like figure of unit height with abutting parts; ``lean`` pushes its head to the right."""
    shape = m3.Manifold
    head = shape.sphere(0.2, segments).translate((lean, 0.0, 0.8))
    body = shape.sphere(0.16, segments).scale((1.0, 0.85, 1.6)).translate((lean / 2, 0.0, 0.42))
    shoes = [
        shape.sphere(0.09, segments).scale((1.0, 1.5, 0.9)).translate((x, -0.03, 0.06)) for x in (-0.1, 0.1)
    ]
    legs = [shape.cylinder(0.4, 0.06, 0.06, segments).translate((x, 0.0, 0.03)) for x in (-0.09, 0.09)]
    feet = unite(shoes).trim_by_plane((0.0, 0.0, 1.0), 0.0)
    neck = shape.cylinder(0.2, 0.07, 0.07, segments).translate((lean * 0.75, 0.0, 0.6))
    skin = head + neck
    shirt = body - skin
    trousers = unite(legs) - skin - shirt
    shoes_only = feet - trousers - shirt
    layers = {
        "skin": (skin, "#e8b48f"),
        "shirt": (shirt, "#c8402f"),
        "trousers": (trousers, "#2c4a7c"),
        "shoes": (shoes_only, "#0b0a0c"),
    }
    mug = shape.cylinder(0.1, 0.05, 0.05, 32)
    tea = shape.cylinder(0.02, 0.04, 0.04, 32).translate((0.0, 0.0, 0.1))
    return Lifted(
        parts={name: paint(from_manifold(solid), colour) for name, (solid, colour) in layers.items()},
        solid=from_manifold(skin + body + unite(legs) + feet),
        accessories={
            "mug": {"cup": paint(from_manifold(mug), "#33aa88"), "tea": paint(from_manifold(tea), "#663311")},
            "ball": {"ball": paint(from_manifold(shape.sphere(0.06, 32).translate((0, 0, 0.06))), "#ffcc00")},
        },
        backend="test",
    )


def box(
    x: float, y: float, z: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0), fine: int = 0
) -> trimesh.Trimesh:
    """A box of that size whose lowest point is at ``at``; ``fine`` divides its faces."""
    mesh: trimesh.Trimesh = trimesh.creation.box((x, y, z))
    for _ in range(fine):
        mesh = mesh.subdivide()
    mesh.apply_translation((at[0], at[1], at[2] + z / 2))
    return mesh


def ball(radius: float, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> trimesh.Trimesh:
    """A ball about ``at``."""
    mesh: trimesh.Trimesh = trimesh.creation.icosphere(subdivisions=4, radius=radius)
    mesh.apply_translation(at)
    return mesh


def joined(*meshes: trimesh.Trimesh) -> trimesh.Trimesh:
    """Meshes as one, nothing united or welded."""
    before = np.cumsum([0, *(len(m.vertices) for m in meshes)])
    faces = np.concatenate([np.asarray(m.faces) + at for m, at in zip(meshes, before, strict=False)])
    return trimesh.Trimesh(np.concatenate([m.vertices for m in meshes]), faces, process=False)
