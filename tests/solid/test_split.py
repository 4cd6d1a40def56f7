"""Splitting: pieces fit, hold together with pegs, and put together are the figure again."""

from __future__ import annotations

import manifold3d as m3
import numpy as np
import pytest
import trimesh

from fabricate.errors import MeshError
from fabricate.render.rays import caster
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.colour import colour_of, paint, vertex_rgba
from fabricate.solid.limits import PROCESSES
from fabricate.solid.split import Split, split_at_joints, split_to_bed
from fabricate.solid.topology import census
from tests.solid.shapes import box

FDM = PROCESSES["fdm"]


def mannequin(scale: float = 1.0, segments: int = 48) -> m3.Manifold:
    """A body with a head on a neck, two arms held out and a foot: about 100 mm tall."""
    ball = m3.Manifold.sphere(1.0, segments)
    body = ball.scale((14, 11, 22)).translate((0, 0, 40))
    neck = m3.Manifold.cylinder(14, 5, 5, segments).translate((0, 0, 58))
    head = ball.scale((16, 15, 16)).translate((0, 0, 82))
    arm = m3.Manifold.cylinder(34, 4.5, 4.5, segments).rotate((0, 90, 0))
    arms = [arm.translate((8, 0, 50)), arm.rotate((0, 0, 180)).translate((-8, 0, 50))]
    foot = m3.Manifold.cylinder(22, 15, 8, segments)
    made = unite([body, neck, head, *arms, foot])
    return made.scale((scale, scale, scale))


def astray(one: trimesh.Trimesh, other: trimesh.Trimesh, most: float = 0.05) -> float:
    """The share of points of one surface that lie further than ``most`` from the other: a step inwards must
    be in the other solid, a step outwards must not."""
    points, face = trimesh.sample.sample_surface(one, 4000, seed=1)
    normals = np.asarray(one.face_normals)[face]
    corners = np.asarray(other.vertices, np.float32)[np.asarray(other.faces)]
    rays = caster(corners)
    wrong = np.zeros(len(points), bool)
    for side in (-1.0, 1.0):
        start = (points + side * most * normals).astype(np.float32)
        hits = rays.closest(start, normals.astype(np.float32))
        facing = np.einsum("ij,ij->i", np.asarray(other.face_normals)[np.maximum(hits.face, 0)], normals)
        held = (hits.face >= 0) & (facing > 0)
        wrong |= held != (side < 0)
    return float(wrong.mean())


def check(split: Split, whole: trimesh.Trimesh) -> None:
    """Sound single bodies that never share room, and that give the whole back within 0.05 mm."""
    solids = {}
    for name, part in split.pieces.items():
        found = census(part.solid)
        assert found.sound, name
        assert len(found.volumes) == 1, name
        solids[name] = to_manifold(part.solid)
    names = list(solids)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            assert (solids[one] ^ solids[other]).volume() == pytest.approx(0, abs=0.02)
    together = from_manifold(unite(list(solids.values())))
    assert astray(whole, together) <= 0.002


@pytest.mark.parametrize(
    ("size", "count"), [((60, 50, 40), 1), ((100, 40, 40), 2), ((60, 50, 100), 3), ((100, 50, 70), 4)]
)
def test_a_block_falls_into_pieces_that_fit_the_bed(size: tuple[float, float, float], count: int) -> None:
    bed = (80.0, 70.0, 60.0)
    block = box(*size, (3.0, -2.0, 5.0))
    split = split_to_bed(block, bed, FDM, names=False)
    check(split, block)
    assert len(split.pieces) == count
    for part in split.pieces.values():
        wide, deep, tall = part.solid.extents
        assert tall <= bed[2]
        assert min(wide, deep) <= bed[1] - 8
        assert max(wide, deep) <= bed[0] - 8
    assert len(split.pegs) >= count - 1
    assert bool(split.pegs) == (count > 1)


def test_a_bed_cut_goes_through_the_thinnest_place_and_is_named() -> None:
    whole = from_manifold(mannequin())
    split = split_to_bed(whole, (120.0, 120.0, 90.0), FDM)
    (cut,) = split.cuts
    assert 57 < cut.at[2] < 68
    check(split, whole)
    # a neck has no room beside its peg, a bar has
    assert any("no room for its number" in note for note in split.notes)
    bar = box(30, 30, 100)
    numbered = split_to_bed(bar, (120.0, 120.0, 90.0), FDM)
    plain = split_to_bed(bar, (120.0, 120.0, 90.0), FDM, names=False)
    for name, part in numbered.pieces.items():
        assert float(plain.pieces[name].solid.volume) - float(part.solid.volume) > 0.5
    assert split.pieces["2"].down == pytest.approx([0, 0, -1])
    assert any("2 pieces" in note for note in split.notes)


def test_joints_are_neck_and_shoulders() -> None:
    whole = from_manifold(mannequin())
    split = split_at_joints(whole, FDM)
    assert len(split.pieces) >= 4
    check(split, whole)
    assert any(56 < cut.at[2] < 70 and abs(cut.normal[2]) > 0.95 for cut in split.cuts)
    assert len(split.pegs) >= 3
    sides = [float(cut.at[0]) for cut in split.cuts]
    assert min(sides) < -8
    assert max(sides) > 8


def test_pegs_without_clearance_fill_their_sockets() -> None:
    whole = from_manifold(mannequin())
    split = split_at_joints(whole, FDM, clearance_mm=0.0, names=False)
    total = sum(float(part.solid.volume) for part in split.pieces.values())
    # what is left out are the slits and the room beyond the pegs' tips
    assert total == pytest.approx(float(whole.volume), rel=2e-3)
    check(split, whole)


def test_a_piece_comes_off_along_its_peg() -> None:
    split = split_to_bed(from_manifold(mannequin()), (120.0, 120.0, 90.0), FDM, names=False)
    (peg,) = split.pegs
    low, high = (to_manifold(split.pieces[name].solid) for name in ("1", "2"))
    for away in (0.0, 0.5, 2.0, 6.0, 15.0):
        assert (high.translate(tuple(away * peg.axis)) ^ low).volume() == pytest.approx(0, abs=0.01)
    assert (high.rotate((0, 0, 90)) ^ low).volume() > 1


def test_colours_and_colour_parts_are_kept() -> None:
    shape = mannequin()
    low, high = shape.split_by_plane((0, 0, -1), -45.0)
    parts = {"legs": paint(from_manifold(low), "#0000ff"), "top": paint(from_manifold(high), "#ff0000")}
    whole = from_manifold(shape)
    rows = np.where(whole.vertices[:, 2:] < 45, [[0, 0, 255, 255]], [[255, 0, 0, 255]]).astype(np.uint8)
    whole.visual.vertex_colors = rows
    split = split_at_joints(whole, FDM, parts=parts)
    for part in split.pieces.values():
        assert sum(float(p.volume) for p in part.parts.values()) == pytest.approx(
            float(part.solid.volume), rel=1e-3
        )
        assert all(colour_of(own) == colour_of(parts[name]) for name, own in part.parts.items())
    head = max(split.pieces.values(), key=lambda part: float(part.solid.bounds[1, 2]))
    assert list(head.parts) == ["top"]
    assert (vertex_rgba(head.solid)[:, :3] == [255, 0, 0]).all()


def test_what_needs_no_cut_comes_back_whole_and_what_cannot_be_is_refused() -> None:
    block = box(20, 20, 20)
    fits = split_to_bed(block, (180.0, 180.0, 180.0), FDM)
    assert list(fits.pieces) == ["1"]
    assert float(fits.pieces["1"].solid.volume) == pytest.approx(8000)
    none = split_at_joints(block, FDM)
    assert len(none.pieces) == 1
    assert any("no joint" in note for note in none.notes)
    with pytest.raises(MeshError, match="too small"):
        split_to_bed(block, (20.0, 20.0, 20.0), FDM)
    with pytest.raises(MeshError, match="more than 64 pieces"):
        split_to_bed(box(900, 900, 900), (60.0, 60.0, 60.0), FDM)
