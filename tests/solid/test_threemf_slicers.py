"""3MF for slicers: painted triangles, tables of parts, filaments; sliced for real where a slicer is there."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from fabricate.solid.check import inspect
from fabricate.solid.colour import colour_of, paint
from fabricate.solid.export import read_stl, write_colour_stls, write_figure_3mf, write_painted_3mf
from fabricate.solid.palette import filaments_for, palette_of
from fabricate.solid.threemf import Painted
from fabricate.solid.threemf_read import read_3mf
from fabricate.solid.threemf_tables import extruder_of, painted_model
from tests.solid.shapes import ball, box
from tests.solid.test_prepare_stage import highest, slice_with_prusa

BED = (200.0, 200.0, 200.0)
# a triangle that is one extruder's all over, as PrusaSlicer's painting tool writes it
CODES = {1: "4", 2: "8", 3: "0C", 4: "1C", 5: "2C", 16: "DC"}


def model_of(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("3D/3dmodel.model").decode()


def stack() -> dict[str, object]:
    tops = ("#ff0000", "#00ff00", "#0000ff", "#ffff00", "#ff00ff")
    return {f"part {i}": paint(box(20 - i, 20 - i, 6, (0, 0, 6 * i)), c) for i, c in enumerate(tops)}


def test_every_triangle_is_painted_as_its_extruder_for_orca_and_bambu(tmp_path: Path) -> None:
    parts = stack()
    extruders = write_figure_3mf(parts, tmp_path / "a.3mf", colours=5, bed_mm=BED)
    rows = re.findall(r"<triangle [^>]*>", model_of(tmp_path / "a.3mf"))
    wanted = [extruders[name] for name, part in parts.items() for _ in part.faces]
    assert len(rows) == len(wanted)
    for row, extruder in zip(rows, wanted, strict=True):
        found = re.search(r'paint_color="([^"]*)"', row)
        assert (found.group(1) if found else "") == ("" if extruder == 1 else CODES[extruder])
    assert "mmu_segmentation" not in "".join(rows), "PrusaSlicer has the ranges"


@pytest.mark.parametrize(("extruder", "code"), CODES.items())
def test_paint_codes(extruder: int, code: str) -> None:
    assert extruder_of(code.encode()) == extruder
    painted = painted_model(b'<triangle v1="0" p1="0" />', [("#000000", extruder, False)]).decode()
    assert extruder == 1 or f'paint_color="{code}"' in painted


def test_orca_finds_the_object_and_its_one_part(tmp_path: Path) -> None:
    write_figure_3mf(stack(), tmp_path / "a.3mf", colours=4, bed_mm=BED, title='Zoë "Z" & co')
    with zipfile.ZipFile(tmp_path / "a.3mf") as archive:
        tree = ElementTree.fromstring(archive.read("Metadata/model_settings.config"))
    model = ElementTree.fromstring(model_of(tmp_path / "a.3mf"))
    number = next(e.get("id") for e in model.iter() if e.tag.endswith("}object"))
    assert [e.get("id") for e in tree.iter("object")] == [number]
    assert [e.get("id") for e in tree.iter("part")] == [number]
    assert {e.get("value") for e in tree.iter("metadata") if e.get("key") == "name"} == {'Zoë "Z" & co'}


def two_tone() -> tuple[object, Painted]:
    mesh = ball(15, (0, 0, 15))
    index = (np.asarray(mesh.triangles_center)[:, 2] > 15).astype(np.int64)
    return mesh, Painted(index, ("#ffffff", "#c01f2b"), (1, 3))


def test_a_painted_mesh_is_read_back_triangle_by_triangle(tmp_path: Path) -> None:
    mesh, painted = two_tone()
    write_painted_3mf(mesh, painted, tmp_path / "a.3mf", bed_mm=BED, title="ball")
    (back,) = read_3mf(tmp_path / "a.3mf")
    own = back.painted["ball"]
    assert [own.colours[i] for i in own.index] == [painted.colours[i] for i in painted.index]
    assert [own.extruders[i] for i in own.index] == [painted.extruders[i] for i in painted.index]
    assert 'slic3rpe:mmu_segmentation="0C"' in model_of(tmp_path / "a.3mf")


def test_a_palette_gives_parts_the_colours_of_their_filaments(tmp_path: Path) -> None:
    parts = stack()
    palette = palette_of("basic-12")
    write_figure_3mf(parts, tmp_path / "a.3mf", colours=3, bed_mm=BED, palette=palette)
    (thing,) = read_3mf(tmp_path / "a.3mf")
    colours = {colour_of(part) for part in thing.parts.values()}
    assert len(colours) <= 3
    assert colours <= {f.hex for f in palette.filaments}
    assert colour_of(parts["part 0"]) == "#ff0000", "the parts themselves are left alone"


def test_one_stl_a_filament_in_one_frame(tmp_path: Path) -> None:
    parts = stack()
    filaments = filaments_for(parts, palette_of("basic-12"), 3)
    files = write_colour_stls(parts, tmp_path / "colours", filaments)
    assert len(files) == len({f.name for f in filaments.values()}) <= 3
    assert [p.name.split("-")[0] for p in files.values()] == [str(i + 1) for i in range(len(files))]
    meshes = [read_stl(path) for path in files.values()]
    assert sum(m.volume for m in meshes) == pytest.approx(sum(p.volume for p in parts.values()))
    assert max(m.bounds[1, 2] for m in meshes) == 30
    assert all(m.is_watertight for m in meshes)
    plain = write_colour_stls(parts, tmp_path / "plain")
    assert sorted(plain) == sorted(parts)
    assert inspect(read_stl(plain["part 0"])).printable


@pytest.mark.slow
def test_prusaslicer_prints_painted_triangles_and_paint_does_not_disturb_its_ranges(tmp_path: Path) -> None:
    mesh, painted = two_tone()
    write_painted_3mf(mesh, painted, tmp_path / "ball.3mf", bed_mm=BED, title="ball")
    gcode = slice_with_prusa(tmp_path / "ball.3mf", tmp_path)
    assert highest(gcode) == pytest.approx(30, abs=0.25)
    assert set(re.findall(r"^T(\d)", gcode, re.MULTILINE)) == {"0", "2"}
    parts = dict(list(stack().items())[:4])
    extruders = write_figure_3mf(parts, tmp_path / "stack.3mf", colours=4, bed_mm=BED)
    gcode = slice_with_prusa(tmp_path / "stack.3mf", tmp_path)
    assert highest(gcode) == pytest.approx(24, abs=0.25)
    grams = [float(g) for g in re.findall(r"filament used \[g\] = (.*)", gcode)[0].split(",")]
    assert [g > 0 for g in grams] == [True] * 4
    assert set(extruders.values()) == {1, 2, 3, 4}
