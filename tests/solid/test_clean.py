"""Broken meshes made sound: what was there stays there, what was sound is not touched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import trimesh

from fabricate.errors import MeshError
from fabricate.solid.clean import Cleaned, cleaned, faults_of
from fabricate.solid.colour import colour_of, paint, vertex_rgba
from fabricate.solid.remesh import PLATE
from fabricate.solid.topology import census
from fabricate.solid.verdict import Original, is_solid
from tests.solid.shapes import ball, box, joined


def clean(mesh: trimesh.Trimesh) -> Cleaned:
    return cleaned(mesh, height_mm=30.0, feature_mm=1.6)


def without(mesh: trimesh.Trimesh, gone: np.ndarray) -> trimesh.Trimesh:
    return trimesh.Trimesh(mesh.vertices, mesh.faces[~gone], process=False)


def holed() -> trimesh.Trimesh:
    mesh = ball(15)
    return without(mesh, (mesh.triangles_center[:, 2] > 13) | (mesh.triangles_center[:, 0] > 14))


def flipped() -> trimesh.Trimesh:
    mesh = ball(15)
    faces = mesh.faces.copy()
    faces[::3] = faces[::3, ::-1]
    return trimesh.Trimesh(mesh.vertices, faces, process=False)


def inverted() -> trimesh.Trimesh:
    mesh = ball(15)
    mesh.invert()
    return mesh


def inverted_and_open() -> trimesh.Trimesh:
    mesh = holed()
    mesh.invert()
    return mesh


def soup() -> trimesh.Trimesh:
    mesh = ball(15)
    return trimesh.Trimesh(
        mesh.triangles.reshape(-1, 3), np.arange(3 * len(mesh.faces)).reshape(-1, 3), process=False
    )


def doubled() -> trimesh.Trimesh:
    mesh = ball(15)
    return trimesh.Trimesh(mesh.vertices, np.concatenate([mesh.faces, mesh.faces[:, ::-1]]), process=False)


def overlapping() -> trimesh.Trimesh:
    return joined(box(10, 10, 24), box(30, 8, 8, (0, 0, 9)), ball(6, (0, 0, 24)))


def touching_along_an_edge() -> trimesh.Trimesh:
    return joined(box(10, 10, 30), box(10, 10, 30, (10, 10, 0)))


def with_a_speck() -> trimesh.Trimesh:
    return joined(ball(15), ball(0.05, (0, 0, 16)))


def with_a_hollow() -> trimesh.Trimesh:
    inner = ball(8)
    inner.invert()
    return joined(ball(15), inner)


def with_a_t_junction() -> trimesh.Trimesh:
    mesh = box(20, 20, 30)
    top = int(mesh.triangles_center[:, 2].argmax())
    a, b, c = mesh.faces[top]
    points = np.vstack([mesh.vertices, (mesh.vertices[a] + mesh.vertices[b]) / 2])
    m = len(points) - 1
    faces = np.vstack([np.delete(mesh.faces, top, axis=0), [[a, m, c], [m, b, c]]])
    return trimesh.Trimesh(points, faces, process=False)


def cracked() -> trimesh.Trimesh:
    mesh = soup()
    mesh.vertices = mesh.vertices + np.random.default_rng(5).normal(size=mesh.vertices.shape) * 1e-5
    return mesh


def through_itself() -> trimesh.Trimesh:
    """A torus squeezed until its tube passes through itself."""
    mesh = trimesh.creation.torus(12, 3, major_sections=64, minor_sections=32)
    mesh.vertices[:, 0] *= 0.15
    mesh.vertices += mesh.vertex_normals * 1.2
    mesh.vertices[:, [0, 2]] = mesh.vertices[:, [2, 0]]
    mesh.invert()
    return mesh


def ball_volume() -> float:
    return float(ball(15).volume)


BROKEN: dict[str, tuple[Callable[[], trimesh.Trimesh], Callable[[], float] | None]] = {
    "holes": (holed, ball_volume),
    "flipped faces": (flipped, ball_volume),
    "inverted": (inverted, ball_volume),
    "inverted and open": (inverted_and_open, ball_volume),
    "double faces": (doubled, ball_volume),
    "overlapping parts": (overlapping, None),
    "touching edges": (touching_along_an_edge, lambda: 6000.0),
    "speck": (with_a_speck, ball_volume),
    "hollow": (with_a_hollow, ball_volume),
    "t-junction": (with_a_t_junction, lambda: 12000.0),
    "cracks": (cracked, ball_volume),
    "through itself": (through_itself, None),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_mesh_becomes_a_solid_like_it(name: str) -> None:
    make, volume = BROKEN[name]
    mesh = make()
    found = clean(mesh)
    assert found.repairs, "a repair is named"
    assert is_solid(found.mesh)
    likeness = Original(np.asarray(mesh.triangles)).likeness(found.mesh)
    assert likeness.there < 0.003
    assert likeness.overlap < 0.01
    if volume:
        assert found.mesh.volume == pytest.approx(volume(), rel=0.05)
    again = clean(found.mesh)
    assert again.mesh is found.mesh, "cleaning twice is cleaning once"


def test_parts_that_overlap_are_united_exactly() -> None:
    found = clean(joined(box(10, 10, 10), box(10, 10, 10, (5, 5, 5))))
    assert found.mesh.volume == pytest.approx(2000 - 125, rel=1e-5)
    assert found.voxel_mm == 0
    assert len(census(found.mesh).volumes) == 1


@pytest.mark.parametrize(
    "mesh", [ball(15), box(10, 20, 30), ball(1e-6), ball(5e5), soup(), joined(ball(5), ball(5, (20, 0, 0)))]
)
def test_a_sound_mesh_is_the_same_object(mesh: trimesh.Trimesh) -> None:
    found = clean(mesh)
    assert found.mesh is mesh
    assert not found.repairs
    assert not faults_of(mesh)


def test_a_sheet_becomes_a_plate_and_a_bowl_stays_open() -> None:
    bowl = ball(15)
    bowl = without(bowl, bowl.triangles_center[:, 2] > -3)
    bowl.vertices[:, 2] *= 3
    found = clean(bowl)
    assert is_solid(found.mesh)
    curtain = trimesh.creation.cylinder(15, 30, sections=96, cap=False)
    half = without(curtain, curtain.triangles_center[:, 0] > -2)
    plate = clean(half)
    assert is_solid(plate.mesh)
    assert any("sheets" in repair for repair in plate.repairs)
    assert plate.mesh.volume == pytest.approx(half.area * 2 * PLATE * plate.voxel_mm, rel=0.2)


def test_only_the_broken_part_is_sculpted_anew() -> None:
    """A crisp box keeps its corners though a curtain beside it has no thickness."""
    curtain = trimesh.creation.cylinder(6, 20, sections=48, cap=False)
    curtain = without(curtain, curtain.triangles_center[:, 0] > -1)
    curtain.apply_translation((-4, 0, 15))
    found = clean(joined(box(20, 20, 30), curtain, box(4, 4, 4, (0, 0, 29))))
    corners = np.abs(found.mesh.vertices - (10, 10, 30)).max(axis=1).min()
    assert corners < 1e-4


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1e3, 1e6])
def test_any_size_is_mended_alike(factor: float) -> None:
    mesh = overlapping()
    mesh.apply_scale(factor)
    found = clean(mesh)
    assert found.mesh.volume / factor**3 == pytest.approx(clean(overlapping()).mesh.volume, rel=1e-3)


def test_colours_survive_being_sculpted_anew() -> None:
    mesh = through_itself()
    rows = np.full((len(mesh.vertices), 4), 255, np.uint8)
    high = mesh.vertices[:, 2] > 0
    rows[high, :3], rows[~high, :3] = (200, 30, 30), (20, 40, 220)
    mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rows)
    made = clean(mesh).mesh
    colours = vertex_rgba(made).astype(int)
    far = np.abs(made.vertices[:, 2]) > 1.5
    red = colours[:, 0] > colours[:, 2]
    np.testing.assert_array_equal(red[far], made.vertices[far, 2] > 0)
    assert colour_of(clean(paint(overlapping(), "#123456")).mesh) == "#123456"


def test_no_mesh_is_changed_where_it_lies() -> None:
    mesh = overlapping()
    points, faces = mesh.vertices.copy(), mesh.faces.copy()
    clean(mesh)
    np.testing.assert_array_equal(mesh.vertices, points)
    np.testing.assert_array_equal(mesh.faces, faces)


FLAT = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]], np.float64)
HOPELESS = {
    "no faces": trimesh.Trimesh(FLAT, np.zeros((0, 3), np.int64), process=False),
    "one triangle": trimesh.Trimesh(FLAT[:3], [[0, 1, 2]], process=False),
    "a plane": trimesh.Trimesh(FLAT, [[0, 1, 2], [0, 2, 3]], process=False),
    "no area": trimesh.Trimesh(FLAT[:2], [[0, 1, 0], [1, 0, 1]], process=False),
    "a line": trimesh.Trimesh([[0, 0, 0], [1, 1, 1], [2, 2, 2]], [[0, 1, 2]], process=False),
    "a point": trimesh.Trimesh(np.zeros((3, 3)), [[0, 1, 2]], process=False),
    "no numbers": trimesh.Trimesh(FLAT * np.nan, [[0, 1, 2], [0, 2, 3]], process=False),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_what_has_no_inside_is_refused_in_two_lines(name: str) -> None:
    with pytest.raises(MeshError) as caught:
        clean(HOPELESS[name])
    assert caught.value.hint
    assert "\n" not in caught.value.message + caught.value.hint
