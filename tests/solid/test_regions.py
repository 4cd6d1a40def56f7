"""From many colours to few filaments: parts that are closed, fill the solid, and show what the mesh shows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import trimesh

from fabricate.solid.colour import colour_of
from fabricate.solid.export import write_colour_stls, write_figure_3mf, write_painted_3mf
from fabricate.solid.palette import palette_of
from fabricate.solid.regions import Regions, coloured_regions
from fabricate.solid.threemf_read import read_3mf
from fabricate.solid.topology import census
from tests.solid.shapes import box
from tests.solid.test_prepare_stage import highest, slice_with_prusa

SKIN, HAIR, RED, WHITE = (225, 180, 150), (60, 40, 30), (190, 30, 40), (250, 250, 250)


def coloured(mesh: trimesh.Trimesh, rgb: np.ndarray) -> trimesh.Trimesh:
    rows = np.full((len(rgb), 4), 255, np.uint8)
    rows[:, :3] = rgb.clip(0, 255)
    mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rows)
    return mesh


def truth(points: np.ndarray) -> np.ndarray:
    """Which colour a point of the head has: 0 skin, 1 hair, 2 red, 3 white."""
    wave = 5 + np.sin(4 * np.arctan2(points[:, 1], points[:, 0]))
    kind = np.zeros(len(points), np.int64)
    kind[points[:, 2] > wave] = 1
    kind[points[:, 2] < -4] = 2
    kind[np.linalg.norm(points - [0, -12, 0.5], axis=1) < 3] = 3
    return kind


def head(detail: int = 4, noise: float = 8.0, shade: float = 0.25) -> trimesh.Trimesh:
    """A ball of 24 mm like a scan: four colours, noise, and its light baked in."""
    mesh = trimesh.creation.icosphere(detail, 12)
    rgb = np.array([SKIN, HAIR, RED, WHITE], float)[truth(mesh.vertices)]
    light = 1 - shade + shade * (mesh.vertex_normals @ [0.4, -0.6, 0.7]).clip(0, 1)
    return coloured(mesh, rgb * light[:, None] + np.random.default_rng(1).normal(0, noise, rgb.shape))


@pytest.fixture(scope="module")
def made() -> Regions:
    return coloured_regions(head(), 4, palette_of("basic-24"), line_mm=0.8)


def test_four_filaments_are_found_in_thousands_of_colours(made: Regions) -> None:
    assert set(made.filaments) <= {f.name for f in palette_of("basic-24").filaments}
    assert len(made.parts) == 4
    assert {"white", "dark brown"} <= set(made.parts)
    assert {name: colour_of(part) for name, part in made.parts.items()} == {
        name: filament.hex for name, filament in made.filaments.items()
    }
    assert "4 filaments" in made.notes[0]


def test_the_parts_are_closed_and_fill_the_solid(made: Regions) -> None:
    assert all(census(part).sound for part in made.parts.values())
    whole = head().volume
    assert sum(part.volume for part in made.parts.values()) == pytest.approx(whole, rel=1e-5)
    # the commonest filament has the inside, the others go 1.2 mm deep
    assert max(made.parts.values(), key=lambda p: p.volume).volume > 0.6 * whole
    for name, part in list(made.parts.items())[1:]:
        assert np.linalg.norm(part.vertices, axis=1).min() > 12 - 1.2 - 0.6, name


def test_what_is_seen_is_what_the_mesh_shows(made: Regions) -> None:
    points, _ = trimesh.sample.sample_surface(trimesh.creation.icosphere(5, 12), 3000, seed=3)
    inside = points * 0.99
    kind = truth(points)
    names = list(made.parts)
    owner = np.full(len(points), -1)
    for i, name in enumerate(names):
        owner[made.parts[name].contains(inside)] = i
    assert (owner >= 0).mean() > 0.995
    for number in range(4):
        mine = owner[(kind == number) & (owner >= 0)]
        commonest = np.bincount(mine).max()
        assert commonest / len(mine) > 0.8, number
    assert len({np.bincount(owner[(kind == n) & (owner >= 0)]).argmax() for n in range(4)}) == 4


def test_specks_narrower_than_a_line_are_gone() -> None:
    mesh = head(5, noise=0, shade=0)
    rgb = np.asarray(mesh.visual.vertex_colors)[:, :3].astype(float)
    specks = np.random.default_rng(5).choice(len(rgb), 40, replace=False)
    rgb[specks] = (20, 220, 40)
    found = coloured_regions(coloured(mesh, rgb), 5)
    assert not any("green" in name for name in found.parts)


def test_a_low_mesh_gets_smooth_borders() -> None:
    """Colours of a mesh with long edges are divided between its points, not along its edges."""
    mesh = box(20, 20, 20, fine=3)
    rgb = np.where((mesh.vertices[:, 2] > 10)[:, None], RED, WHITE).astype(float)
    found = coloured_regions(coloured(mesh, rgb), 2)
    assert len(found.parts) == 2
    heights = sorted(float(part.bounds[1, 2] + part.bounds[0, 2]) / 2 for part in found.parts.values())
    assert sum(p.volume for p in found.parts.values()) == pytest.approx(8000, rel=1e-4)
    assert heights[1] > 12


def test_one_colour_is_one_part_and_the_same_twice() -> None:
    mesh = coloured(box(20, 20, 20), np.full((8, 3), 180.0))
    found = coloured_regions(mesh, 4)
    assert list(found.filaments) == list(found.parts)
    assert len(found.parts) == 1
    again, first = coloured_regions(head(3), 3), coloured_regions(head(3), 3)
    assert list(again.parts) == list(first.parts)
    for name in first.parts:
        np.testing.assert_array_equal(again.parts[name].vertices, first.parts[name].vertices)


def test_a_colour_to_keep_is_kept_though_it_is_rare() -> None:
    mesh = head(noise=0, shade=0)
    palette = palette_of("basic-24")
    two = coloured_regions(mesh, 2, palette)
    assert "white" not in two.filaments
    kept = coloured_regions(mesh, 2, palette, keep=["#fafafa"])
    assert "white" in kept.filaments


def test_an_open_mesh_is_painted(tmp_path: Path) -> None:
    whole = head()
    mesh = trimesh.Trimesh(whole.vertices, whole.faces[20:], process=False)
    coloured(mesh, np.asarray(whole.visual.vertex_colors)[:, :3].astype(float))
    found = coloured_regions(mesh, 4)
    assert found.parts == {}
    assert "painted" in found.notes[1]
    write_painted_3mf(found.mesh, found.painted, tmp_path / "a.3mf", bed_mm=(100, 100, 100), title="head")
    (thing,) = read_3mf(tmp_path / "a.3mf")
    assert len(thing.painted["head"].colours) == len(found.filaments)


@pytest.mark.slow
def test_prusaslicer_changes_tools_between_the_regions(made: Regions, tmp_path: Path) -> None:
    parts = {name: part.copy() for name, part in made.parts.items()}
    for part in parts.values():
        part.apply_translation((0, 0, 12))
    extruders = write_figure_3mf(parts, tmp_path / "a.3mf", colours=4, bed_mm=(200, 200, 200))
    assert sorted(extruders.values()) == [1, 2, 3, 4]
    gcode = slice_with_prusa(tmp_path / "a.3mf", tmp_path)
    assert highest(gcode) == pytest.approx(24, abs=0.25)
    assert set(re.findall(r"^T(\d)", gcode, re.MULTILINE)) == {"0", "1", "2", "3"}
    assert len(write_colour_stls(parts, tmp_path / "colours", made.filaments)) == 4
