"""OrcaSlicer and Bambu Studio: the command line that they are given, and what of their answer is believed.

Neither is among Debian's packages, so a stand-in (``stand_in.py``) speaks their documented command line here.
It says nothing of how well they slice.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.events import silent
from fabricate.slicers._presets import flattened, trio
from fabricate.slicers._studio import arguments
from fabricate.slicers.bambu import BambuStudio
from fabricate.slicers.orca import OrcaSlicer
from fabricate.solid.limits import profile_of
from tests.slicers.towers import plate_of, tower

STAND_IN = Path(__file__).with_name("stand_in.py")
PRESETS = {
    "machine/fdm_common.json": {"nozzle_diameter": ["0.4"], "printable_height": "100", "name": "fdm_common"},
    "machine/Bambu Lab X1 Carbon 0.4 nozzle.json": {"inherits": "fdm_common", "printable_height": "250"},
    "process/fdm_process.json": {"layer_height": "0.2", "enable_support": "0", "wall_loops": "2"},
    "process/0.20mm Standard @BBL X1C.json": {"inherits": "fdm_process", "wall_loops": "3"},
    "filament/Bambu PLA Basic @BBL X1C.json": {"filament_type": ["PLA"]},
}


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in as both programs, its presets where an installation has them."""
    home = tmp_path / "studio" / "bin"
    home.mkdir(parents=True)
    program = home / "studio"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    for name, keys in PRESETS.items():
        path = home.parent / "resources/profiles/BBL" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(keys), encoding="utf-8")
    monkeypatch.setenv("FABRICATE_ORCA_SLICER", str(program))
    monkeypatch.setenv("FABRICATE_BAMBU_STUDIO", str(program))
    return program


def plate_for(name: str, path: Path, **more: object) -> Plate:
    keys = {
        "profile": profile_of(name),
        "colours": ("#c8402f", "#2c4a7c"),
        "supports": "everywhere",
    }
    return plate_of(tower((80, 80, 0)), path, {"low": 1, "high": 2}, **(keys | more))


def test_the_command_line_is_as_documented(tmp_path: Path, studio: Path) -> None:
    words = arguments(plate_for("bambu-x1", tmp_path / "a.3mf"), tmp_path, str(studio), "out.gcode.3mf")
    assert words[0] == str(studio)
    options = dict(zip(words[1::2], words[2::2], strict=False))
    assert options["--slice"] == "1"
    assert options["--load-settings"] == f"{tmp_path / 'machine.json'};{tmp_path / 'process.json'}"
    assert options["--load-filaments"].count(";") == 1, "a filament a colour"
    assert (options["--arrange"], options["--orient"]) == ("0", "0")
    assert words[words.index("--outputdir") + 1] == str(tmp_path)
    assert words[words.index("--export-3mf") + 1] == "out.gcode.3mf"
    assert words[-1] == str(tmp_path / "a.3mf")
    process = json.loads((tmp_path / "process.json").read_text(encoding="utf-8"))
    assert (process["type"], process["from"], process["enable_support"]) == ("process", "system", "1")
    second = json.loads((tmp_path / "filament-2.json").read_text(encoding="utf-8"))
    assert second["default_filament_colour"] == ["#2c4a7c"]


def test_presets_are_laid_over_what_they_inherit_from(tmp_path: Path, studio: Path) -> None:
    made = trio(plate_for("bambu-x1", tmp_path / "a.3mf"), str(studio))
    assert made["machine"]["printable_height"] == "250"
    assert made["machine"]["nozzle_diameter"] == ["0.4"]
    assert made["process"]["wall_loops"] == "3"
    assert made["process"]["layer_height"] == "0.2"
    assert not any("inherits" in preset for preset in made.values())
    with pytest.raises(SliceError, match="brings no preset 'gone'"):
        flattened(studio.parent.parent / "resources/profiles/BBL/machine", "gone")


def test_a_printer_that_orca_does_not_know_gets_presets_of_its_own(tmp_path: Path, studio: Path) -> None:
    made = trio(plate_for("ender-3", tmp_path / "a.3mf", layer_mm=0.12), str(studio))
    assert made["machine"]["printable_area"] == ["0x0", "220x0", "220x220", "0x220"]
    assert "M109 S205" in made["machine"]["machine_start_gcode"]
    assert made["process"]["layer_height"] == "0.12"
    assert made["process"]["compatible_printers"] == [made["machine"]["name"]]
    assert made["filament"]["nozzle_temperature"] == ["205"]


def test_bambus_sliced_3mf_is_kept_whole_with_pictures(tmp_path: Path, studio: Path) -> None:
    plate = plate_for("bambu-x1", tmp_path / "a.3mf")
    made = BambuStudio().slice(plate, tmp_path / "1", silent())
    assert made.path.name == "1.gcode.3mf"
    assert (made.kind, made.layers, made.seconds) == ("gcode.3mf", 230, 2832)
    assert made.slicer == "BambuStudio 01.10.00.89"
    assert made.filament_grams == (3.73, 3.73)
    assert made.filament_metres == (1.25, 1.25)
    assert made.size_mm == pytest.approx((20, 20, 46))
    with zipfile.ZipFile(made.path) as archive:
        assert b"HEADER_BLOCK" in archive.read("Metadata/plate_1.gcode")
        picture = Image.open(io.BytesIO(archive.read("Metadata/plate_1.png")))
        assert picture.size == (512, 512)
        assert archive.read("Metadata/slice_info.config") == b"<config/>"


def test_orcas_moves_for_another_printer_are_taken_out(
    tmp_path: Path, studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = profile_of("prusa-mk4")
    wide = profile.model_copy(update={"bed_mm": (250.0, 250.0, 220.0)})
    plate = plate_for("prusa-mk4", tmp_path / "a.3mf", profile=wide)
    with pytest.raises(SliceError, match="beside the bed"):  # it purges there, as no Prusa can
        OrcaSlicer().slice(plate, tmp_path / "1", silent())
    text = STAND_IN.read_text(encoding="utf-8").replace("G1 X-13.5 E2", "G1 X13.5 E2")
    (tmp_path / "tame.py").write_text(text, encoding="utf-8")
    studio.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "tame.py"}" "$@"\n', encoding="utf-8")
    made = OrcaSlicer().slice(plate, tmp_path / "1", silent())
    assert made.path.name == "1.gcode"
    assert made.kind == "gcode"
    data = made.path.read_text(encoding="utf-8")
    assert "; thumbnail begin 220x124" in data
    assert "; fabricate: plate 1 for prusa-mk4" in data


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("refuse", "over the boundary of the heated bed"),
        ("crash", "broke down"),
        ("moved", "elsewhere"),
        ("short", r"up to 23\.0 mm, but the solid is 46\.0 mm"),
        ("empty", "no layers"),
    ],
)
def test_what_goes_wrong_is_seen(
    tmp_path: Path, studio: Path, monkeypatch: pytest.MonkeyPatch, fault: str, said: str
) -> None:
    monkeypatch.setenv("STAND_IN", fault)
    with pytest.raises(SliceError, match=said) as caught:
        BambuStudio().slice(plate_for("bambu-x1", tmp_path / "a.3mf"), tmp_path / "1", silent())
    assert caught.value.hint
    assert not list(tmp_path.glob("1.*"))


def test_absent_programs_and_presets_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRICATE_BAMBU_STUDIO", str(tmp_path / "none"))
    assert "no Bambu Studio" in BambuStudio().absent()
    plate = plate_for("bambu-x1", tmp_path / "a.3mf")
    with pytest.raises(SliceError, match="FABRICATE_SLICER_PROFILES"):
        trio(plate, str(tmp_path / "bambu-studio"))
    with pytest.raises(SliceError, match="no resin"):
        OrcaSlicer().slice(replace(plate, profile=profile_of("generic-resin")), tmp_path / "1", silent())
