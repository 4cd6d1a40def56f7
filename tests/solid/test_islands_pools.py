"""Islands and pools: found where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from fabricate.solid.boolean import difference, union
from fabricate.solid.islands import Island, islands_of
from fabricate.solid.pools import pools_of
from fabricate.solid.topology import census
from tests.solid.shapes import ball, box


def islands(mesh: trimesh.Trimesh, **options: float) -> list[Island]:
    found = census(mesh)
    return islands_of(found.vertices, found.faces, **options)


def gallows(hang: float) -> trimesh.Trimesh:
    """A post with an arm from which a finger hangs ``hang`` mm down."""
    parts = [box(8, 8, 40), box(30, 8, 8, (11, 0, 36)), box(4, 4, hang + 1, (22, 0, 36 - hang))]
    return union(parts)


def test_a_hanging_finger_is_an_island_and_an_arm_is_none() -> None:
    (one,) = islands(gallows(10))
    assert one.at[2] == pytest.approx(26)
    assert abs(one.at[0] - 22) <= 2.01
    assert one.rise_mm == 1.5, "followed as far as was asked"
    assert len(one.faces)
    (one,) = islands(gallows(1.2))
    assert one.rise_mm == pytest.approx(1.2, abs=1e-4)
    assert islands(gallows(0.15)) == [], "less than a layer"
    assert islands(union([box(8, 8, 40), box(30, 8, 8, (11, 0, 36))])) == []


def test_sound_solids_have_none() -> None:
    for mesh in (box(20, 20, 20), ball(10, (0, 0, 10)), box(20, 20, 20, fine=3)):
        assert islands(mesh) == []


def test_the_bottom_of_a_pit_is_no_island() -> None:
    assert islands(difference(box(30, 30, 30), box(10, 10, 40, (0, 0, 10)))) == []


def test_a_rough_underside_is_one_overhang_and_not_a_hundred_islands() -> None:
    arm = box(40, 12, 6, (20, 0, 30), fine=5)
    points = np.array(arm.vertices)
    under = points[:, 2] < 30.001
    points[under, 2] += np.random.default_rng(3).uniform(-0.05, 0.05, under.sum())
    whole = union([box(8, 12, 36), trimesh.Trimesh(points, arm.faces, process=False)])
    assert islands(whole) == []


def test_two_fingers_are_two_islands_lowest_first() -> None:
    parts = [box(8, 8, 40), box(50, 8, 8, (21, 0, 36)), box(4, 4, 9, (20, 0, 28)), box(4, 4, 20, (40, 0, 17))]
    assert [round(float(i.at[2])) for i in islands(union(parts))] == [17, 28]


def bowl() -> trimesh.Trimesh:
    return difference(box(20, 20, 12), box(16, 16, 12, (0, 0, 2)))


def volume(mesh: trimesh.Trimesh) -> tuple[float, float, float]:
    found = pools_of(np.asarray(mesh.triangles, np.float32))
    return found.closed_mm3, found.cups_mm3, found.sucking_mm3


def test_a_bowl_holds_what_it_holds_and_hangs_empty() -> None:
    closed, cups, sucking = volume(bowl())
    assert (closed, sucking) == (0, 0)
    assert cups == pytest.approx(16 * 16 * 10, rel=0.12)
    over = bowl()
    over.apply_transform(trimesh.transformations.rotation_matrix(np.pi, (1, 0, 0)))
    closed, cups, sucking = volume(over)
    assert (closed, cups) == (0, 0)
    assert sucking == pytest.approx(16 * 16 * 10, rel=0.12)


def test_a_hollow_is_closed_until_it_has_a_hole() -> None:
    inner = box(16, 16, 16, (0, 0, 2))
    inner.invert()
    shut = trimesh.util.concatenate([box(20, 20, 20), inner])
    closed, cups, sucking = volume(shut)
    assert closed == pytest.approx(16**3, rel=0.1)
    assert (cups, sucking) == (0, 0)
    drained = difference(shut, box(4, 4, 6, (0, 0, -1)))
    closed, cups, sucking = volume(drained)
    assert (closed, cups) == (0, 0)
    assert sucking > 3000, "with one hole below it drains, but air cannot leave as it fills"
    both = difference(drained, box(4, 4, 6, (0, 0, 16)))
    assert volume(both) == (0, 0, 0)


def test_a_figure_of_plain_solids_holds_nothing() -> None:
    for mesh in (box(20, 20, 20), ball(10, (0, 0, 10)), gallows(10)):
        assert volume(mesh) == (0, 0, 0)
