"""Small real solids for the tests of prepare: a toy figure of four parts, boxes and balls."""

from __future__ import annotations

import base64
import json

import manifold3d as m3
import numpy as np
import trimesh

from fabricate.artifacts import Lifted
from fabricate.solid.boolean import from_manifold, unite
from fabricate.solid.colour import paint

__all__ = ["as_collada", "as_gltf", "ball", "box", "joined", "toy"]


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


def as_gltf(glb: bytes, uri: str = "") -> bytes:
    """A GLB as glTF: its buffer within the text, or at ``uri``."""
    length = int.from_bytes(glb[12:16], "little")
    tree = json.loads(glb[20 : 20 + length])
    data = glb[28 + length :]
    inline = "data:application/octet-stream;base64," + base64.b64encode(data).decode()
    tree["buffers"][0]["uri"] = uri or inline
    return json.dumps(tree).encode()


def as_collada(mesh: trimesh.Trimesh) -> bytes:
    """A mesh in mm, +Z up, as COLLADA whose unit is half a millimetre and whose node is moved."""
    points = " ".join(f"{2 * value:.7g}" for value in np.asarray(mesh.vertices - (1.0, 2.0, 3.0)).ravel())
    corners = " ".join(map(str, np.asarray(mesh.faces).ravel()))
    return f"""<?xml version="1.0"?>
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><unit name="half" meter="0.0005"/><up_axis>Z_UP</up_axis></asset>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="a" count="{mesh.vertices.size}">{points}</float_array>
<technique_common><accessor source="#a" stride="3"/></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<triangles count="{len(mesh.faces)}"><input semantic="VERTEX" source="#v" offset="0"/>
<p>{corners}</p></triangles>
</mesh></geometry></library_geometries>
<library_visual_scenes><visual_scene id="s"><node><translate>2 4 6</translate>
<instance_geometry url="#g"/></node></visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#s"/></scene></COLLADA>""".encode()
