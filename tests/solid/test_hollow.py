"""Hollow figures: the wall is as thick as was asked, all of it drains, and the plugs fit."""

from __future__ import annotations

from functools import cache

import manifold3d as m3
import numpy as np
import pytest
import trimesh
from scipy import ndimage

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.grids import cells_around, inside
from fabricate.solid.hollow import Hollowed, hollowed
from fabricate.solid.limits import limits_of
from fabricate.solid.pools import pools_of
from fabricate.solid.topology import census
from tests.solid.shapes import ball, box, toy

RESIN = limits_of("resin")
POOL_MM3 = 20.0
"""What may stay in the finished figure: a drop of three millimetres."""


def figure() -> trimesh.Trimesh:
    """The toy of the other tests, 70 mm tall, on a round base."""
    body = to_manifold(toy().solid).scale((70, 70, 70))
    return from_manifold(body + m3.Manifold.cylinder(4, 18, 18, 64).translate((0, 0, -3)))


def hanging() -> trimesh.Trimesh:
    """A body with two arms that hang lower than where they join it."""
    body = m3.Manifold.cylinder(40, 9, 9, 48)
    arm = m3.Manifold.cylinder(24, 6, 6, 48).translate((17, 0, 9)) + m3.Manifold.sphere(6, 48).translate(
        (17, 0, 9)
    )
    bridge = m3.Manifold.cube((36, 9, 9), True).translate((0, 0, 31))
    return from_manifold(body + arm + arm.mirror((1, 0, 0)) + bridge)


def dumbbell() -> trimesh.Trimesh:
    """Two balls on a bar too thin to be hollow: two rooms."""
    bar = m3.Manifold.cylinder(30, 2, 2, 32)
    return from_manifold(m3.Manifold.sphere(9, 64) + bar + m3.Manifold.sphere(9, 64).translate((0, 0, 30)))


MAKERS = {"figure": figure, "hanging": hanging, "dumbbell": dumbbell}


@cache
def made_of(name: str, wall: float = 2.0) -> tuple[trimesh.Trimesh, Hollowed]:
    mesh = MAKERS[name]()
    return mesh, hollowed(mesh, wall, RESIN)


@pytest.mark.parametrize("name", MAKERS)
def test_the_shell_is_one_sound_body_and_lighter(name: str) -> None:
    mesh, made = made_of(name)
    found = census(made.solid)
    assert found.sound
    assert len(found.volumes) == 1
    assert made.saved_mm3 == pytest.approx(mesh.volume - made.solid.volume, rel=1e-3)
    assert made.saved_mm3 > 0.1 * mesh.volume
    assert len(made.holes) >= 2
    assert len(made.plugs) == len(made.holes)
    assert "hollow" in made.notes[0]


@pytest.mark.parametrize("name", MAKERS)
def test_flooded_with_resin_it_runs_dry(name: str) -> None:
    mesh, made = made_of(name)
    before = pools_of(np.asarray(mesh.triangles, np.float32), 0.4)
    after = pools_of(np.asarray(made.solid.triangles, np.float32), 0.4)
    assert after.closed_mm3 == 0
    assert after.cups_mm3 - before.cups_mm3 < POOL_MM3


@pytest.mark.parametrize("name", MAKERS)
def test_every_bit_of_air_inside_hangs_together_with_the_outside(name: str) -> None:
    """The same, flooded here by other means: cells, and not the code that planned the holes."""
    mesh, made = made_of(name)
    cells = cells_around([mesh], step=0.4)
    full, shell = inside(mesh, cells), inside(made.solid, cells)
    air, count = ndimage.label(~shell)
    assert (full & ~shell).sum() * 0.4**3 == pytest.approx(made.saved_mm3, rel=0.05)
    assert count >= 1
    assert set(np.unique(air[full & ~shell])) == {air[0, 0, 0]}


@pytest.mark.parametrize(("name", "wall"), [("figure", 2.0), ("hanging", 2.0), ("dumbbell", 3.0)])
def test_the_wall_is_as_thick_as_asked(name: str, wall: float) -> None:
    mesh, made = made_of(name, wall)
    assert made.taken is not None
    inner = to_manifold(made.taken)
    for hole in made.holes:
        # away from the holes
        inner -= m3.Manifold.sphere(hole.wide * 1.2 + hole.length, 32).translate(tuple(hole.end))
    points = from_manifold(inner).vertices
    holes = np.array([hole.end for hole in made.holes])
    reach = np.array([hole.wide * 1.2 + hole.length for hole in made.holes])
    far = (np.linalg.norm(points[:, None] - holes, axis=2) > reach + 0.05).all(axis=1)
    distance = trimesh.proximity.closest_point_naive(mesh, points[far][::60])[1]
    assert distance.min() >= 0.9 * wall
    assert np.quantile(distance, 0.2) <= 1.1 * wall


def test_plugs_fit_their_holes_with_the_clearance_and_stand_flat() -> None:
    _, made = made_of("figure")
    for plug, hole in zip(made.plugs, made.holes, strict=True):
        assert census(plug).sound
        assert plug.bounds[0][2] == pytest.approx(0, abs=1e-6)
        wide = float(np.ptp(plug.vertices[plug.vertices[:, 2] < 0.05, 0]))
        assert hole.wide - 2 * RESIN.clearance_mm[0] - 0.02 <= wide <= hole.wide + 0.5
        assert 1.0 < plug.extents[2] < hole.length + 1.1
    assert all(hole.wide >= 2.5 for hole in made.holes)


def test_the_holes_of_a_figure_on_a_base_are_under_it_or_behind() -> None:
    _, made = made_of("figure")
    for hole in made.holes:
        assert hole.way[2] < -0.5 or hole.way[1] > 0.5


def test_each_room_has_its_own_holes() -> None:
    _, made = made_of("dumbbell")
    heights = [hole.start[2] for hole in made.holes]
    assert sum(z < 12 for z in heights) == sum(z > 18 for z in heights) == 2


def test_what_is_too_slender_stays_full_and_is_the_same_object() -> None:
    for mesh in (box(4, 4, 60), ball(2.5)):
        made = hollowed(mesh, 2.0, RESIN)
        assert made.solid is mesh
        assert not made.plugs
        assert made.saved_mm3 == 0
        assert "too slender" in made.notes[-1]


def test_a_wall_that_would_not_hold_is_made_thicker_and_said() -> None:
    made = hollowed(ball(12), 0.4, RESIN)
    assert "1 mm was taken" in made.notes[0]
    assert made.saved_mm3 < 4 / 3 * np.pi * 11**3 + 60


def test_colours_stay() -> None:
    mesh = ball(12)
    rgba = np.full((len(mesh.vertices), 4), 255, np.uint8)
    rgba[mesh.vertices[:, 2] > 0] = (200, 0, 0, 255)
    mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rgba)
    made = hollowed(mesh, 2.0, RESIN).solid
    colours = np.asarray(made.visual.vertex_colors)
    assert (colours[made.vertices[:, 2] > 2] == (200, 0, 0, 255)).all()


def test_an_open_mesh_is_refused() -> None:
    mesh = box(20, 20, 30)
    with pytest.raises(MeshError):
        hollowed(trimesh.Trimesh(mesh.vertices, mesh.faces[2:], process=False), 2.0, RESIN)
