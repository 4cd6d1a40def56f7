"""Thin places made thick enough, everything else left as it was, gaps kept open."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import manifold3d as m3
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.check import inspect, inspect_closely
from fabricate.solid.limits import limits_of
from fabricate.solid.thicken import GAP_MM, thickened
from fabricate.solid.topology import census
from tests.solid.shapes import box

FDM, RESIN = limits_of("fdm"), limits_of("resin")


def slab(x: float, y: float, z: float, at: tuple[float, float, float]) -> m3.Manifold:
    """A box whose lowest middle is at ``at``."""
    return m3.Manifold.cube((x, y, z), True).translate((at[0], at[1], at[2] + z / 2))


def on_a_block(*things: m3.Manifold) -> trimesh.Trimesh:
    return from_manifold(unite([slab(20, 12, 10, (0, 0, 0)), *things]))


def sword() -> trimesh.Trimesh:
    """A blade 3 mm wide and 0.4 mm thick on a block."""
    return on_a_block(slab(3, 0.4, 25, (0, 0, 9)))


def hair() -> trimesh.Trimesh:
    """Thin cones that end in a point."""
    cones = [
        m3.Manifold.cylinder(12, 0.7, 0.02, 24).translate((x, y, 9)) for x in (-6, 0, 6) for y in (-3, 3)
    ]
    return on_a_block(*cones)


def fork(gap: float, wide: float = 0.5) -> trimesh.Trimesh:
    """Three tines, ``gap`` apart."""
    return on_a_block(*(slab(wide, wide, 10, (i * (wide + gap), 0, 9)) for i in (-1, 0, 1)))


def glasses() -> trimesh.Trimesh:
    """Two rings of a thin wire and a bridge."""
    wire = m3.CrossSection.circle(0.25, 16).translate((3.0, 0.0)).revolve(48).rotate((90, 0, 0))
    rings = [wire.translate((x, 0, 13)) for x in (-3.6, 3.6)]
    return on_a_block(*rings, slab(1.2, 0.5, 0.5, (0, 0, 12.8)))


THINGS: dict[str, Callable[[], trimesh.Trimesh]] = {"sword": sword, "hair": hair, "glasses": glasses}


@pytest.mark.parametrize("name", THINGS)
def test_thin_things_become_thick_enough_for_the_gate(name: str) -> None:
    mesh = THINGS[name]()
    assert any(c.name == "walls" and c.level == "fail" for c in inspect(mesh).checks)
    made = thickened(mesh, FDM)
    walls = next(c for c in inspect(made.mesh).checks if c.name == "walls")
    assert walls.level != "fail", walls.value
    assert made.after <= 0.01
    assert 0 < made.added < 0.03
    assert len(made.spots)
    assert (made.spots[:, 2] > 8).all()
    assert "0.8 mm" in made.notes[0]


@pytest.mark.parametrize("name", THINGS)
def test_twice_is_once_and_the_solid_stays_one_sound_body(name: str) -> None:
    mesh = THINGS[name]()
    once = thickened(mesh, FDM).mesh
    found = census(once)
    assert found.sound
    assert len(found.volumes) == 1
    assert to_manifold(once).genus() == to_manifold(mesh).genus()
    twice = thickened(once, FDM)
    assert twice.mesh is once
    assert not twice.notes


@pytest.mark.parametrize("process", ["fdm", "resin"])
def test_the_gates_own_measurement_of_the_walls_serves(process: str) -> None:
    mesh, limits = glasses(), limits_of(process)
    walls = inspect_closely(mesh, process).walls
    own, handed = thickened(mesh, limits), thickened(mesh, limits, walls=walls)
    np.testing.assert_array_equal(own.mesh.vertices, handed.mesh.vertices)
    assert own.notes == handed.notes
    assert own.before == handed.before


def test_a_solid_that_is_thick_enough_is_the_very_same_object() -> None:
    mesh = box(20, 20, 30)
    made = thickened(mesh, FDM)
    assert made.mesh is mesh
    assert not len(made.spots)
    assert made.added == 0


def test_nothing_else_moves() -> None:
    mesh = sword()
    made = thickened(mesh, FDM).mesh
    low = {tuple(p) for p in np.asarray(mesh.vertices, np.float32) if p[2] < 8}
    assert low == {tuple(p) for p in np.asarray(made.vertices, np.float32) if p[2] < 8}
    # the blade is no longer and no wider, only thicker
    assert made.bounds[1][2] == pytest.approx(mesh.bounds[1][2], abs=0.05)
    blade = made.vertices[made.vertices[:, 2] > 12]
    assert np.ptp(blade[:, 0]) == pytest.approx(3, abs=0.06)
    assert 0.8 <= np.ptp(blade[:, 1]) <= 1.05


def pieces_at(mesh: trimesh.Trimesh, z: float) -> int:
    """How many separate outlines a cut shows."""
    return len(to_manifold(mesh).slice(z).decompose())


@pytest.mark.parametrize("gap", [0.35, 0.5, 1.0])
def test_a_fork_keeps_its_gaps(gap: float) -> None:
    mesh = fork(gap)
    made = thickened(mesh, FDM).mesh
    assert made is not mesh
    assert to_manifold(made).genus() == to_manifold(mesh).genus()
    for z in (11.0, 14.0, 18.0):
        assert pieces_at(made, z) == pieces_at(mesh, z) == 3
        tines = sorted(to_manifold(made).slice(z).decompose(), key=lambda tine: tine.bounds()[0])
        free = [b.bounds()[0] - a.bounds()[2] for a, b in pairwise(tines)]
        assert min(free) > min(gap, GAP_MM) - 0.1


def test_two_fingers_half_a_millimetre_apart_stay_two() -> None:
    fingers = [
        m3.Manifold.cylinder(6, 0.3, 0.25, 24).translate((x, 0, 9))
        + m3.Manifold.sphere(0.25, 24).translate((x, 0, 15))
        for x in (-0.55, 0.55)
    ]
    mesh = on_a_block(*fingers)
    made = thickened(mesh, FDM)
    assert pieces_at(made.mesh, 13) == pieces_at(mesh, 13) == 2
    assert made.after < made.before / 3


def test_colours_stay_and_spread_to_what_is_new() -> None:
    mesh = sword()
    rgba = np.zeros((len(mesh.vertices), 4), np.uint8)
    rgba[:] = (200, 30, 30, 255)
    rgba[mesh.vertices[:, 2] > 9.5] = (20, 20, 220, 255)
    mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rgba)
    made = thickened(mesh, FDM).mesh
    colours = np.asarray(made.visual.vertex_colors)
    assert (colours[made.vertices[:, 2] > 14] == (20, 20, 220, 255)).all()
    assert (colours[made.vertices[:, 2] < 8] == (200, 30, 30, 255)).all()


def test_an_open_mesh_is_refused() -> None:
    mesh = box(20, 20, 30)
    with pytest.raises(MeshError, match="closed solid"):
        thickened(trimesh.Trimesh(mesh.vertices, mesh.faces[2:], process=False), FDM)


@settings(max_examples=6, deadline=None)
@given(thick=st.floats(0.25, 0.55), turn=st.floats(0, 90), tall=st.floats(4, 9))
def test_a_blade_of_any_thickness_and_turn_reaches_the_floor(thick: float, turn: float, tall: float) -> None:
    mesh = on_a_block(slab(4, thick, tall, (0, 0, 9)).rotate((0, 0, turn)))
    made = thickened(mesh, RESIN)
    assert made.after <= 0.01
    assert census(made.mesh).sound
    cut = to_manifold(made.mesh).slice(9 + tall / 2).rotate(-turn)
    low_x, low_y, high_x, high_y = cut.bounds()
    assert high_y - low_y >= 0.6
    assert high_x - low_x == pytest.approx(4, abs=0.06)
