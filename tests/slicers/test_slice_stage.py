"""The stage as the line runs it: what lies on which bed, what is asked of the slicer, what is kept."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fabricate import pipeline
from fabricate.artifacts import Gcode
from fabricate.errors import RunError, SliceError
from fabricate.events import silent
from fabricate.slicers._moves import read_moves
from fabricate.solid.export import read_stl, write_stl
from fabricate.solid.glb import write_lifted
from fabricate.solid.limits import profile_of
from fabricate.solid.threemf import Thing
from fabricate.solid.threemf_read import read_3mf
from fabricate.spec import Slice, Spec, from_mapping
from fabricate.stages import slice as stage
from fabricate.stages._choices import brim_for, supports_for
from fabricate.stages._plates import Load, beds, box_around, lay
from tests.debian import needs
from tests.small import Heard, fabricate
from tests.solid.shapes import box, toy

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "astronaut.toml"
TEE = {"stem": box(12, 12, 20), "bar": box(40, 12, 5, (0, 0, 20))}
"""Its bar hangs over."""


def spec_of(**tables: Any) -> Spec:
    tables = {"slice": {"profile": "virtual"}} | tables
    return from_mapping({"subject": {"name": "Maya"}} | tables)


@pytest.fixture(scope="module")
def toy_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with a prepared toy and its two accessories."""
    folder = tmp_path_factory.mktemp("run")
    write_lifted(toy(), folder / "toy.glb")
    pipeline.prepare_file(folder / "toy.glb", folder / "out", spec_of(prepare={"height_mm": 60.0}))
    return folder / "out"


@pytest.fixture
def run(toy_run: Path, tmp_path: Path) -> Path:
    shutil.copytree(toy_run, tmp_path / "out")
    return tmp_path / "out"


@pytest.fixture
def no_slicers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FABRICATE_PRUSA_SLICER", "FABRICATE_ORCA_SLICER", "FABRICATE_BAMBU_STUDIO"):
        monkeypatch.setenv(name, str(tmp_path / "none"))


def spec_in(folder: Path, **keys: Any) -> Spec:
    from fabricate.spec import load

    return load(folder / "spec.toml", {"slice": keys})


def thing(name: str, *sides: float, at: tuple[float, float, float] = (0, 0, 0)) -> Thing:
    return Thing(name, {name: box(*sides)}, at)


def test_the_figure_and_its_accessories_share_a_bed_and_keep_apart() -> None:
    load = Load((thing("figure", 40, 30, 80), thing("mug", 20, 20, 15), thing("bat", 8, 90, 8)))
    ((things, _),) = beds([load], profile_of("prusa-mini"), Slice())
    assert {each.name for each in things} == {"figure", "mug", "bat"}
    boxes = [box_around([each]) for each in things]
    assert all(low[2] == pytest.approx(0) for low, _ in boxes)
    for k, (low, high) in enumerate(boxes):
        assert (low[:2] >= 5).all()
        assert (high[:2] <= 175).all()
        for other_low, other_high in boxes[k + 1 :]:
            gap = max((other_low - high)[:2].max(), (low - other_high)[:2].max())
            assert gap >= 7.9, "room for two brims"


def test_what_does_not_fit_goes_on_another_bed_and_the_widest_alone() -> None:
    mini, table = profile_of("prusa-mini"), Slice()
    load = Load((thing("plank", 178, 30, 10), *(thing(f"block {k}", 90, 90, 10) for k in range(2))))
    made = beds([load], mini, table)
    assert [[each.name for each in things] for things, _ in made] == [["plank"], ["block 0"], ["block 1"]]
    (deep,) = beds([Load((thing("a", 90, 215, 10),))], profile_of("prusa-mk4"), table)
    low, high = box_around(deep[0])
    assert high[0] - low[0] == pytest.approx(215), "turned, since only that fits"


def test_what_was_placed_stays_where_it_lies_if_the_bed_holds_it() -> None:
    placed = Load((thing("a", 20, 20, 10, at=(30, 40, 0)), thing("b", 20, 20, 10, at=(150, 40, 0))), True)
    ((kept, _),) = beds([placed], profile_of("prusa-mini"), Slice())
    assert [each.at for each in kept] == [(30, 40, 0), (150, 40, 0)]
    ((moved, _),) = beds([placed], profile_of("generic-resin"), Slice())
    assert float(box_around(moved)[1][0]) <= 130


def test_supports_follow_the_report_the_printer_and_the_spec() -> None:
    mini, tee = profile_of("prusa-mini"), Thing("figure", TEE)
    plain = thing("figure", 20, 20, 20)
    assert supports_for([tee], {}, mini, Slice()) == "everywhere"
    assert supports_for([plain], {}, mini, Slice()) == "none"
    assert supports_for([tee], {"figure": 0.001}, mini, Slice()) == "none", "the report's word counts"
    assert supports_for([plain, tee], {"figure": 0.0}, mini, Slice()) == "none"
    assert supports_for([tee], {}, mini, Slice(supports="plate")) == "plate"
    assert supports_for([tee], {}, mini, Slice(supports="none")) == "none"
    assert supports_for([tee], {}, profile_of("virtual"), Slice(supports="everywhere")) == "none"


def test_a_brim_for_what_stands_on_little_where_there_is_room() -> None:
    mini, thin, broad = profile_of("prusa-mini"), thing("pin", 5, 5, 40), thing("block", 30, 30, 20)
    assert brim_for([broad], mini, Slice(), 10) == 0
    assert brim_for([broad, thin], mini, Slice(), 10) == 3
    assert brim_for([thin], mini, Slice(), 1) == 0
    assert brim_for([broad], mini, Slice(brim_mm=5), 10) == 5
    assert brim_for([thin], mini, Slice(brim_mm=0), 10) == 0
    assert brim_for([thin], profile_of("generic-resin"), Slice(), 10) == 0


def test_a_plate_in_one_colour_or_in_as_many_as_the_printer_holds(tmp_path: Path) -> None:
    parts = toy().parts
    for part in parts.values():
        part.apply_scale(60)
    load = Load((Thing("figure", parts, (90, 90, 0)),))
    mini = profile_of("prusa-mini")
    one = lay(load.things, load, mini, Slice(), 1, tmp_path)
    assert len(one.colours) == 1
    assert one.tower is None
    four = lay(load.things, load, mini, Slice(colours=4), 2, tmp_path)
    assert set(four.colours) == {"#e8b48f", "#c8402f", "#2c4a7c", "#0b0a0c"}
    assert four.tower is not None
    assert four.tower[1] > 110, "the tower stands behind"
    (back,) = read_3mf(four.model)
    assert back.at == (90, 90, 0)
    bambu = lay(load.things, load, profile_of("bambu-x1"), Slice(), 3, tmp_path)
    assert len(bambu.colours) == 4
    assert bambu.tower is None, "Bambu Studio sets its own"


@pytest.mark.slow
def test_a_run_is_sliced_once_and_again_only_for_another_figure_or_printer(run: Path, heard: Heard) -> None:
    needs("prusa-slicer")
    made = pipeline.slice_run(run, spec_in(run), listener=heard)
    assert heard.kinds("slice")[-1] == "done"
    assert "plates/1.gcode" in made.files
    (plate,) = stage.plates_of(run / "work" / "slice")
    assert plate.path == run / "work" / "slice" / "plates" / "1.gcode"
    assert plate.sha256 == json.loads((run / "run.json").read_text())["files"]["plates/1.gcode"]
    assert set(plate.holds) == {"figure", "mug", "ball"}
    solid = read_stl(run / "figure.stl")
    assert plate.height_mm == pytest.approx(solid.extents[2], abs=1.8)
    assert made.summary["slice"]["grams"] == pytest.approx(plate.grams, abs=0.01)
    assert made.printable
    again = Heard()
    pipeline.slice_run(run, spec_in(run), listener=again)
    assert again.kinds("slice") == ["skip"]
    other = Heard()
    pipeline.slice_run(run, spec_in(run, profile="prusa-mini"), listener=other)
    assert "done" in other.kinds("slice")
    assert other.kinds("prepare") == ["skip"], "the figure stays as it is"
    third = Heard()
    edited = spec_in(run, profile="prusa-mini")
    (run / "figure.glb").write_bytes((run / "figure.glb").read_bytes() + b" ")
    pipeline.slice_run(run, edited, listener=third)
    assert "done" in third.kinds("slice"), "a file of the figure was changed by hand"


@pytest.mark.slow
def test_the_plates_are_told_to_be_old_when_the_figure_is_made_anew(run: Path, tmp_path: Path) -> None:
    needs("prusa-slicer")
    pipeline.slice_run(run, spec_in(run))
    heard = Heard()
    lower = spec_of(prepare={"height_mm": 50.0})
    shutil.copy(run / "work/lift/lifted.glb", tmp_path / "toy.glb")
    pipeline.prepare_file(tmp_path / "toy.glb", run, lower, listener=heard)
    warned = [event.message for event in heard.events if event.kind == "warn" and event.stage == "slice"]
    assert len(warned) == 1
    assert "as it was before" in warned[0]


def test_a_figure_that_the_gate_refused_is_not_sliced(run: Path) -> None:
    folder = run / "work" / "prepare"
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    (folder / "report.json").write_text(json.dumps(report | {"printable": False}), encoding="utf-8")
    (run / "out").mkdir()
    made = stage.run(spec_of(), {"prepare": folder}, run / "out", silent("slice"))
    assert made.summary == {"plates": [], "refused": True}
    assert not made.files
    assert "slice.anyway" in made.notes[0]


def test_another_process_is_refused_before_any_work(run: Path) -> None:
    with pytest.raises(SliceError, match="prepared for fdm, and generic-resin prints resin"):
        stage.ready(spec_of(slice={"profile": "generic-resin"}))
    (run / "out").mkdir()
    resin = spec_of(slice={"profile": "generic-resin"})
    with pytest.raises(SliceError, match="--process resin"):
        stage.run(resin, {"prepare": run / "work" / "prepare"}, run / "out", silent("slice"))


@pytest.mark.usefixtures("no_slicers")
def test_without_any_slicer_nothing_is_begun(tmp_path: Path) -> None:
    heard = Heard()
    with pytest.raises(SliceError, match="there is no PrusaSlicer"):
        pipeline.make(spec_of(), tmp_path / "out", listener=heard, stages=pipeline.SLICED)
    assert not heard.events
    with pytest.raises(RunError, match="no finished figure"):
        pipeline.slice_run(tmp_path / "out", spec_of())


@pytest.mark.usefixtures("no_slicers")
def test_bambu_without_its_program_gets_a_project(run: Path) -> None:
    made = pipeline.slice_run(run, spec_in(run, profile="bambu-a1-mini"))
    (plate,) = stage.plates_of(run / "work" / "slice")
    assert (plate.kind, plate.seconds) == ("project", 0)
    assert plate.cost is None, "nothing is known of its weight"
    assert len(plate.colours) == 4
    assert any("open plates/1.project.3mf in it" in note for note in made.notes)
    things = read_3mf(run / "plates" / "1.project.3mf")
    assert {each.name for each in things} == {"figure", "mug", "ball"}
    low, high = box_around(things)
    assert (low >= -1e-3).all()
    assert (high <= 180).all()


@pytest.mark.usefixtures("no_slicers")
def test_a_project_that_its_bed_cannot_hold_is_refused(tmp_path: Path) -> None:
    write_stl(box(300, 20, 10), tmp_path / "plank.stl")
    with pytest.raises(SliceError, match="the bed is 180 x 180 mm"):
        stage.slice_alone(
            tmp_path / "plank.stl",
            spec_of(slice={"profile": "bambu-a1-mini"}),
            tmp_path / "plank",
            silent("slice"),
        )
    assert [path.name for path in tmp_path.iterdir()] == ["plank.stl"]


@pytest.mark.slow
def test_bambus_project_is_estimated_where_prusaslicer_is(run: Path) -> None:
    needs("prusa-slicer")
    pipeline.slice_run(run, spec_in(run, profile="bambu-a1-mini"))
    (plate,) = stage.plates_of(run / "work" / "slice")
    assert plate.kind == "project"
    assert plate.path.name == "1.project.3mf"
    assert plate.seconds > 600
    assert plate.grams > 3
    assert plate.slicer.endswith("an estimate")


@pytest.mark.slow
def test_pieces_are_sliced_as_they_lie_on_their_plates_and_accessories_after_them(tmp_path: Path) -> None:
    needs("prusa-slicer")
    write_lifted(toy(), tmp_path / "toy.glb")
    spec = spec_of(prepare={"height_mm": 120.0, "parts": "pegged"})
    folder = tmp_path / "out"
    pipeline.prepare_file(tmp_path / "toy.glb", folder, spec)
    pieces = sorted((folder / "plates").glob("*.3mf"))
    assert len(pieces) > 2, "a plate a colour"
    made = pipeline.slice_run(folder, spec_in(folder))
    plates = stage.plates_of(folder / "work" / "slice")
    assert [plate.path.name for plate in plates] == [f"{k}.gcode" for k in range(1, len(pieces) + 2)]
    assert set(plates[-1].holds) == {"mug", "ball"}
    for plate, file in zip(plates, pieces, strict=False):
        low, high = box_around(read_3mf(file))
        skin = read_moves(plate.path.read_bytes()).skin
        assert skin is not None
        assert skin[0] >= low[0] - 1.7
        assert skin[3] <= high[1] + 1.7
    assert len([name for name in made.files if name.endswith(".gcode")]) == len(plates)
    assert all((folder / "plates" / path.name).is_file() for path in pieces)


@pytest.mark.slow
def test_a_file_is_sliced_beside_itself_and_the_json_is_one_object(tmp_path: Path) -> None:
    needs("prusa-slicer")
    write_stl(box(20, 20, 12), tmp_path / "block.stl")
    said = fabricate("slice", "block.stl", "--profile", "prusa-mini", "--json", cwd=tmp_path)
    assert said.status == 0, said.err
    (plate,) = said.json["plates"]
    assert Path(plate["path"]) == tmp_path / "block.gcode"
    assert plate["layers"] == 60
    assert plate["size_mm"][:2] == pytest.approx([19.6, 19.6], abs=0.5)
    again = Gcode.from_json(plate, tmp_path)
    assert replace(again, path=Path()).grams == plate["grams"]
    tall = box(20, 20, 200)
    write_stl(tall, tmp_path / "tall.stl")
    said = fabricate("slice", "tall.stl", "--profile", "prusa-mini", cwd=tmp_path)
    assert said.status == 1
    assert "ends at 180 mm" in said.err
    assert not (tmp_path / "tall.gcode").exists()
    said = fabricate("slice", "block.stl", "--profile", "prusa-mni", cwd=tmp_path)
    assert (said.status, "prusa-mini" in said.err) == (1, True)


@pytest.mark.slow
def test_the_astronaut_is_a_short_job_for_the_virtual_printer(tmp_path: Path) -> None:
    needs("prusa-slicer")
    words = ("--set", "prepare.height_mm=40", "--set", "slice.profile=virtual", "--slice", "--json")
    said = fabricate("make", EXAMPLE, "-o", "out", *words, cwd=tmp_path)
    assert said.status == 0, said.err
    (plate,) = said.json["summary"]["slice"]["plates"]
    assert plate["holds"] == ["figure", "camera"]
    text = (tmp_path / "out/plates/1.gcode").read_text(encoding="utf-8")
    assert text.count("\n") < 10_000
    heats = [float(degrees) for degrees in re.findall(r"^M1(?:04|09|40|90) .*[SR](\d+)", text, re.MULTILINE)]
    assert not any(heats), "nothing is heated"
    again = fabricate("make", EXAMPLE, "-o", "out", *words[:-1], cwd=tmp_path)
    assert again.err.count("unchanged") == 5
