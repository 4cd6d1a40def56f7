"""PrusaSlicer, run for real: what it says is believed only when what it wrote is the solid on the bed."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from fabricate import resources
from fabricate.artifacts import Gcode
from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.events import Progress, silent
from fabricate.slicers import prusa
from fabricate.slicers._moves import believed, read_moves, seconds_of
from fabricate.slicers.prusa import PrusaSlicer, Sliced, settings, slice_file
from fabricate.solid.colour import paint
from fabricate.solid.export import write_stl, write_verified
from fabricate.solid.limits import profile_of
from fabricate.solid.threemf import Thing
from fabricate.solid.threemf_tables import VERSION
from tests.debian import needs
from tests.slicers.towers import plate_of, tower
from tests.small import Heard
from tests.solid.shapes import box

MINI = profile_of("prusa-mini")


def sliced(plate: Plate, folder: Path) -> tuple[Gcode, bytes]:
    made = PrusaSlicer().slice(plate, folder / "1", silent())
    return made, made.path.read_bytes()


def test_words_of_a_slice() -> None:
    assert str(Sliced("PrusaSlicer 2.5.0", 412, 11_520, 30.6, 82.4)) == (
        "PrusaSlicer 2.5.0 slices it: 412 layers, 3 h 12 min, 31 g"
    )
    assert Sliced("p", 1, 20, 1, 1).clock == "1 min"


@pytest.mark.parametrize(
    ("text", "seconds"), [("25m 44s", 1544), ("1d 2h 3m 4s", 93_784), ("9s", 9), ("2h 0m 1s", 7201)]
)
def test_times(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


def test_settings_are_the_printers() -> None:
    mini = settings(MINI, extruders=2)
    assert "bed_shape = 0x0,180x0,180x180,0x180" in mini
    assert "nozzle_diameter = 0.4,0.4" in mini
    assert "support_material_threshold = 45" in mini
    resin = settings(profile_of("generic-resin"))
    assert "printer_technology = SLA" in resin
    assert "nozzle" not in resin


def test_settings_are_the_plates_too(tmp_path: Path) -> None:
    plate = Plate(
        tmp_path / "a.3mf",
        MINI,
        (0, 0, 0),
        (1, 1, 1),
        supports="plate",
        brim_mm=3.0,
        colours=("#ffffff", "#000000"),
        tower=(50.0, 120.0),
        layer_mm=0.15,
        fill=1.0,
    )
    rows = dict(line.split(" = ", 1) for line in settings(MINI, extruders=2, plate=plate).splitlines())
    assert rows["layer_height"] == rows["first_layer_height"] == "0.15"
    assert (rows["support_material"], rows["support_material_buildplate_only"]) == ("1", "1")
    assert (rows["brim_type"], rows["brim_width"]) == ("outer_only", "3")
    assert (rows["wipe_tower"], rows["wipe_tower_x"], rows["wipe_tower_y"]) == ("1", "50", "120")
    assert rows["filament_colour"] == "#ffffff;#000000"
    assert (rows["fill_density"], rows["fill_pattern"]) == ("100%", "rectilinear")
    assert rows["start_gcode"].startswith('M862.3 P "MINI"\\nM140 S60\\n')


def test_without_a_slicer_it_says_so_and_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FABRICATE_PRUSA_SLICER", str(tmp_path / "none"))
    assert prusa.program() is None
    with pytest.raises(SliceError, match="no PrusaSlicer at") as caught:
        slice_file(tmp_path / "a.stl", MINI, height_mm=1)
    assert "FABRICATE_PRUSA_SLICER" in caught.value.hint
    monkeypatch.delenv("FABRICATE_PRUSA_SLICER")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("fabricate.slicers._program._system", lambda: "debian")
    if prusa.program() is None:
        assert "sudo apt install prusa-slicer" in PrusaSlicer().absent()


def script(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the slicer's place that misbehaves as slicers do."""
    path = folder / "slicer"
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    monkeypatch.setenv("FABRICATE_PRUSA_SLICER", str(path))


OUT = 'for last; do :; done; printf "%b" "{}" > "$last"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo no layers were detected >&2; exit 1", "no layers were detected"),
        ("kill -ABRT $$", "too large"),
        ("exit 0", "wrote nothing"),
        (OUT.format("; empty\\n"), "no layers"),
        (OUT.format(";Z:30\\n"), "is 46.0 mm tall"),
        (OUT.format(";Z:190\\n"), "above the printer's 180 mm"),
        (OUT.format(";Z:46\\n"), "print nothing"),
        (OUT.format(";Z:46\\nG1 X400 Y20 E0.5\\n"), "beside the bed"),
        (OUT.format(";Z:.2\\nG1 X40 Y20 E0.5\\n;Z:20\\n;Z:46\\n"), "left layers out between 0.2 and 20.0"),
        ("sleep 60 & wait", "not done after 1 s"),
    ],
)
def test_what_a_slicer_gets_wrong_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    script(tmp_path, text, monkeypatch)
    height = 190.0 if "190" in text else 46.0
    with pytest.raises(SliceError, match=said) as caught:
        slice_file(tmp_path / "a.stl", MINI, height_mm=height, limit_s=1.0)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        ((0, 0, 0), (20, 20, 185), "the printer ends at 180 mm"),
        ((-1, 0, 0), (20, 20, 20), "the bed is 180 x 180 mm"),
        ((170, 2, 0), (180, 20, 20), "the bed is 180 x 180 mm"),
        ((20, 20, 4), (40, 40, 20), "does not stand on the bed"),
    ],
)
def test_extents_are_looked_at_before_the_slicer_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, low: object, high: object, said: str
) -> None:
    script(tmp_path, "touch ran", monkeypatch)
    plate = Plate(tmp_path / "a.3mf", MINI, low, high, brim_mm=2.0)  # type: ignore[arg-type]
    with pytest.raises(SliceError, match=said):
        PrusaSlicer().slice(plate, tmp_path / "1", silent())
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("profile", "layers"), [("prusa-mini", 100), ("generic-resin", 400)])
def test_a_box_is_sliced_for_filament_and_for_resin(tmp_path: Path, profile: str, layers: int) -> None:
    needs("prusa-slicer")
    write_stl(box(20, 20, 20), tmp_path / "a.stl")
    found = slice_file(tmp_path / "a.stl", profile_of(profile), height_mm=20, keep=tmp_path / "moves")
    assert found.slicer.startswith("PrusaSlicer 2")
    assert found.layers == pytest.approx(layers, abs=2)
    assert found.seconds > 60
    full = 8 * profile_of(profile).density_g_cm3
    assert (full * 0.15 if profile == "prusa-mini" else full * 0.95) < found.grams < full * 1.05
    assert (tmp_path / "moves").stat().st_size > 1000


@pytest.mark.slow
def test_a_box_too_tall_or_too_wide_is_refused_though_the_slicer_may_not(tmp_path: Path) -> None:
    needs("prusa-slicer")
    for mesh in (box(20, 20, 185), box(400, 20, 20)):
        write_stl(mesh, tmp_path / "a.stl")
        with pytest.raises(SliceError):
            slice_file(tmp_path / "a.stl", MINI, height_mm=float(mesh.extents[2]))


@pytest.mark.slow
def test_two_parts_of_two_colours_are_sliced_in_place(tmp_path: Path, heard: Heard) -> None:
    needs("prusa-slicer")
    plate = plate_of(
        tower(),
        tmp_path / "a.3mf",
        {"low": 1, "high": 2},
        colours=("#c8402f", "#2c4a7c"),
        tower=(60.0, 10.0),
    )
    made = PrusaSlicer().slice(plate, tmp_path / "1", Progress("slice", heard))
    moves = read_moves(made.path.read_bytes())
    assert made.path == tmp_path / "1.gcode"
    assert made.layers == 230
    assert made.height_mm == pytest.approx(46, abs=0.1)
    assert moves.skin == pytest.approx((50, 100, 70, 120), abs=0.4)
    assert moves.tools == (0, 1)
    assert len(made.filament_grams) == len(made.filament_metres) == 2
    assert min(made.filament_grams) > 0.5
    assert made.colours == ("#c8402f", "#2c4a7c")
    assert made.seconds > 600
    # 1.75 mm filament of 1.24 g/cm3: 2.98 g a metre
    assert made.grams == pytest.approx(made.metres * 2.983, rel=0.01)
    assert made.cost == pytest.approx(made.grams / 1000 * 25.0, abs=0.006)
    told = [event.fraction for event in heard.events if event.kind == "step"]
    assert told == sorted(told)
    assert len(told) > 2
    assert Gcode.from_json(made.to_json(), tmp_path) == made


@pytest.mark.slow
def test_the_same_plate_gives_the_same_bytes_and_carries_its_pictures(tmp_path: Path) -> None:
    needs("prusa-slicer")
    plate = plate_of(tower(), tmp_path / "a.3mf")
    made, data = sliced(plate, tmp_path)
    again, _ = sliced(plate, tmp_path)
    assert again.sha256 == made.sha256
    assert data.startswith(b"; generated by PrusaSlicer")
    assert b"; fabricate: plate 1 for prusa-mini\n; holds: tower\n" in data
    found = re.findall(
        rb"^; thumbnail begin (\d+)x(\d+) (\d+)\n(.*?)^; thumbnail end$", data, re.DOTALL | re.MULTILINE
    )
    assert [f"{int(w)}x{int(h)}" for w, h, _, _ in found] == list(MINI.machine.thumbnails)
    for width, height, length, rows in found:
        lines = rows.decode().splitlines()
        assert all(line.startswith("; ") and len(line) <= 80 for line in lines)
        text = "".join(line[2:] for line in lines)
        assert len(text) == int(length)
        image = Image.open(io.BytesIO(base64.b64decode(text)))
        assert image.size == (int(width), int(height))
        colours = image.convert("RGB").getcolors(1 << 16) or []
        assert any(r > 1.5 * g and r > 60 for _, (r, g, b) in colours), "the red block is seen"
        assert any(b > 1.2 * r for _, (r, g, b) in colours), "and the blue one"


@pytest.mark.slow
def test_off_the_bed_and_above_the_top_it_ends_with_0_and_is_not_believed(tmp_path: Path) -> None:
    tool = needs("prusa-slicer")
    for at, tall, said in (((-30.0, 60.0, 0.0), 46, "beside the bed"), ((60.0, 60.0, 0.0), 185, "above")):
        part = box(20, 20, tall)
        write_verified([Thing("a", {"a": part}, at)], tmp_path / "a.3mf", extruders={}, title="")
        (tmp_path / "a.ini").write_text(settings(MINI), encoding="utf-8")
        command = [tool, "--load", str(tmp_path / "a.ini"), "--dont-arrange", "--export-gcode"]
        ended = subprocess.run(
            [*command, str(tmp_path / "a.3mf"), "-o", str(tmp_path / "a.gcode")],
            check=False,
            capture_output=True,
        )
        assert ended.returncode == 0, "the slicer has learnt to refuse it: this guard may go"
        moves = read_moves((tmp_path / "a.gcode").read_bytes())
        with pytest.raises(SliceError, match=said):
            believed(moves, MINI, tall, "PrusaSlicer", layer_mm=0.2)


@pytest.mark.slow
def test_parts_that_the_slicer_would_scatter_stay_together(tmp_path: Path) -> None:
    """Without the version that fabricate writes, PrusaSlicer leaves all parts but the first behind."""
    needs("prusa-slicer")
    plate = plate_of(tower(), tmp_path / "a.3mf")
    with zipfile.ZipFile(plate.model) as old, zipfile.ZipFile(tmp_path / "b.3mf", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(VERSION, b""))
    sliced(plate, tmp_path)
    with pytest.raises(SliceError, match=r"beside the bed|elsewhere than it was put"):
        sliced(replace(plate, model=tmp_path / "b.3mf"), tmp_path)


@pytest.mark.slow
def test_parts_as_build_items_of_their_own_are_dropped_to_the_bed_and_not_believed(tmp_path: Path) -> None:
    needs("prusa-slicer")
    low, high = tower().parts.values()
    things = [Thing("low", {"low": low}, (60, 60, 0)), Thing("high", {"high": high}, (60, 60, 0))]
    write_verified(things, tmp_path / "a.3mf", extruders={}, title="")
    plate = Plate(tmp_path / "a.3mf", MINI, (50, 50, 0), (70, 70, 46))
    with pytest.raises(SliceError, match=r"prints up to 30\.0 mm, but the solid is 46\.0 mm tall"):
        sliced(plate, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"fill_pattern": "no-such-pattern"}, "no-such-pattern|fill_pattern"),
        ({"layer_height": "5"}, "layer height"),
    ],
)
def test_a_key_that_it_would_replace_in_silence_is_refused(
    tmp_path: Path, keys: dict[str, str], said: str
) -> None:
    needs("prusa-slicer")
    machine = MINI.machine.model_copy(update={"prusa": keys})
    plate = plate_of(tower(), tmp_path / "a.3mf", profile=MINI.model_copy(update={"machine": machine}))
    with pytest.raises(SliceError, match=f"(?i){said}"):
        sliced(plate, tmp_path)


@pytest.mark.slow
def test_resin_stands_on_the_plate_with_its_supports_and_carries_its_pictures(tmp_path: Path) -> None:
    needs("prusa-slicer")
    resin = profile_of("generic-resin")
    thing = Thing("tee", {"tee": paint(box(20, 20, 12), "#c8402f")}, (60, 40, 0))
    write_verified([thing], tmp_path / "a.3mf", extruders={}, title="")
    plate = Plate(tmp_path / "a.3mf", resin, (50, 30, 0), (70, 50, 12), supports="everywhere")
    made = PrusaSlicer().slice(plate, tmp_path / "1", silent())
    assert made.path.name == "1.sl1"
    assert (made.kind, made.process, made.layers, made.height_mm) == ("sl1", "resin", 240, 12.0)
    assert made.grams == pytest.approx(4.8 * resin.density_g_cm3, rel=0.35)
    assert made.metres == 0
    with zipfile.ZipFile(made.path) as archive:
        for size in resin.machine.thumbnails:
            picture = Image.open(io.BytesIO(archive.read(f"thumbnail/thumbnail{size}.png")))
            assert f"{picture.width}x{picture.height}" == size
    assert PrusaSlicer().slice(plate, tmp_path / "1", silent()).sha256 == made.sha256


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [n for n in resources.names("printers") if profile_of(n).machine.output == "gcode"]
)
def test_every_profile_slices_a_block_that_starts_and_ends_as_it_says(tmp_path: Path, name: str) -> None:
    needs("prusa-slicer")
    profile = profile_of(name)
    thing = Thing("block", {"block": box(20, 20, 9)}, (40, 40, 0))
    write_verified([thing], tmp_path / "a.3mf", extruders={}, title="")
    plate = Plate(tmp_path / "a.3mf", profile, (30, 30, 0), (50, 50, 9), brim_mm=0.0)
    made = PrusaSlicer().slice(plate, tmp_path / "1", silent())
    assert made.layers == round(9 / profile.layer_mm)
    assert made.seconds > 10
    assert made.cost is not None
    if profile.process == "fdm":
        text = made.path.read_text(encoding="utf-8")
        for line in (*profile.machine.start.strip().splitlines(), *profile.machine.end.strip().splitlines()):
            assert f"\n{profile.machine.moves(line)}\n" in text
        heats = re.findall(r"^M10[49] .*S(\d+)", text, re.MULTILINE)
        assert max(map(int, heats), default=0) == profile.machine.nozzle_c
