"""PrusaSlicer, run for real: what it says is believed only when what it wrote is the solid on the bed."""

from __future__ import annotations

from pathlib import Path

import pytest

from fabricate.errors import SliceError
from fabricate.slicers import prusa
from fabricate.slicers.prusa import Sliced, settings, slice_file
from fabricate.solid.export import write_stl
from fabricate.solid.limits import profile_of
from tests.debian import needs
from tests.solid.shapes import box


def test_words_of_a_slice() -> None:
    assert str(Sliced("PrusaSlicer 2.5.0", 412, 11_520, 30.6, 82.4)) == (
        "PrusaSlicer 2.5.0 slices it: 412 layers, 3 h 12 min, 31 g"
    )
    assert Sliced("p", 1, 20, 1, 1).clock == "1 min"


@pytest.mark.parametrize(
    ("text", "seconds"), [("25m 44s", 1544), ("1d 2h 3m 4s", 93_784), ("9s", 9), ("2h 0m 1s", 7201)]
)
def test_times(text: str, seconds: int) -> None:
    assert prusa._seconds(text) == seconds


def test_settings_are_the_printers() -> None:
    mini = settings(profile_of("prusa-mini"), extruders=2)
    assert "bed_shape = 0x0,180x0,180x180,0x180" in mini
    assert "nozzle_diameter = 0.4,0.4" in mini
    assert "support_material_threshold = 45" in mini
    resin = settings(profile_of("generic-resin"))
    assert "printer_technology = SLA" in resin
    assert "nozzle" not in resin


def test_without_a_slicer_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FABRICATE_PRUSA_SLICER", str(tmp_path / "none"))
    assert prusa.program() is None
    with pytest.raises(SliceError, match="no PrusaSlicer"):
        slice_file(tmp_path / "a.stl", profile_of("prusa-mini"), height_mm=1)


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
        (OUT.format(";Z:46\\nG1 X400 Y20 E0.5\\n"), "beside the bed"),
        ("sleep 60 & wait", "not done after 1 s"),
    ],
)
def test_what_a_slicer_gets_wrong_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    script(tmp_path, text, monkeypatch)
    height = 190.0 if "190" in text else 46.0
    with pytest.raises(SliceError, match=said) as caught:
        slice_file(tmp_path / "a.stl", profile_of("prusa-mini"), height_mm=height, limit_s=1.0)
    assert caught.value.hint


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
            slice_file(tmp_path / "a.stl", profile_of("prusa-mini"), height_mm=float(mesh.extents[2]))
