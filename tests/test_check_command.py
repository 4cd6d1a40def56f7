"""``fabricate check``: any file in; the gate's word, a page with pictures, and a slicer's word out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from fabricate.cli import run
from fabricate.marks import COLOURS, marks_of, picture_of
from fabricate.solid.boolean import difference, union
from fabricate.solid.check import inspect_closely
from fabricate.solid.export import write_stl
from fabricate.solid.report import page
from tests.debian import needs
from tests.solid.shapes import box


def troubled() -> trimesh.Trimesh:
    """A post with an arm, a hanging finger, a blade too thin, and a shut hollow."""
    hollow = box(9, 9, 9, (0, 0, 6))
    post = difference(box(14, 14, 40), hollow)
    return union([post, box(34, 8, 8, (14, 0, 36)), box(4, 4, 12, (27, 0, 26)), box(12, 0.5, 12, (0, 0, 39))])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_stl(troubled(), tmp_path / "troubled.stl")
    return tmp_path / "troubled.stl"


def told(args: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, Any]:
    status = run(["check", *args, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_a_troubled_file_is_refused_with_a_page_of_its_troubles(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, data = told([str(file), "--no-slice", "--report", str(tmp_path / "out")], capsys)
    assert status == 3
    assert not data["printable"]
    level = {check["name"]: check["level"] for check in data["checks"]}
    assert (level["walls"], level["islands"], level["trapped"]) == ("fail", "warn", "warn")
    assert level["nothing inside"] == "fail"
    assert data["measures"]["islands"] == 1
    assert data["measures"]["closed_mm3"] == pytest.approx(729, rel=0.1)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"report.html", "report.json", "preview.jpg", *(f"{k}.jpg" for k in WANTED)}
    text = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert text.count("data:image/jpeg;base64") == 5
    assert "Not printable yet" in text
    assert "1 layer begins in mid-air" in text
    assert "http" not in text.replace("http-equiv", "")
    assert json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))["checks"] == data["checks"]


WANTED = ("thin", "islands", "trapped", "overhangs")


def test_a_sound_file_passes_and_the_page_has_no_troubles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_stl(box(20, 20, 20), tmp_path / "a.stl")
    status, data = told([str(tmp_path / "a.stl"), "--no-slice", "--report", str(tmp_path / "a.html")], capsys)
    assert status == 0
    assert data["time"] == "under an hour"
    assert "slices" not in {check["name"] for check in data["checks"]}
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Ready to print" in text
    assert "Where to look" not in text
    assert {path.name for path in tmp_path.iterdir()} == {"a.stl", "a.html"}


def test_a_printers_profile_says_which_process_is_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bowl = difference(box(20, 20, 12), box(16, 16, 12, (0, 0, 2)))
    write_stl(bowl, tmp_path / "a.stl")
    _, data = told([str(tmp_path / "a.stl"), "--no-slice", "--profile", "generic-resin"], capsys)
    assert data["measures"]["process"] == "resin"
    trapped = next(check for check in data["checks"] if check["name"] == "trapped")
    assert trapped["level"] == "warn"
    assert "ml stay in a cup" in trapped["value"]
    assert (
        run(["check", str(tmp_path / "a.stl"), "--no-slice", "--profile", "generic-resin", "--strict"]) == 3
    )


def test_a_mesh_that_is_no_solid_gets_a_page_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh = box(20, 20, 20)
    trimesh.Trimesh(mesh.vertices, mesh.faces[1:], process=False).export(tmp_path / "open.off")
    status, data = told([str(tmp_path / "open.off"), "--report", str(tmp_path / "p.html")], capsys)
    assert status == 3
    assert "not measured" in {check["value"] for check in data["checks"]}
    assert "time" not in data
    assert (tmp_path / "p.html").is_file()


def test_what_is_in_the_way_of_the_page_is_said(file: Path, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "wall").write_text("x", encoding="utf-8")
    assert run(["check", str(file), "--no-slice", "--report", str(tmp_path / "wall")]) == 1
    assert "in the way" in capsys.readouterr().err


def test_the_slicers_word_is_part_of_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_stl(box(20, 20, 20), tmp_path / "a.stl")
    liar = tmp_path / "slicer"
    liar.write_text('#!/bin/sh\nfor last; do :; done; echo ";Z:9" > "$last"\n', encoding="utf-8")
    liar.chmod(0o755)
    monkeypatch.setenv("FABRICATE_PRUSA_SLICER", str(liar))
    status, data = told([str(tmp_path / "a.stl")], capsys)
    assert status == 3
    assert "9.0 mm, but the solid is 20.0 mm tall" in data["unsliced"]
    monkeypatch.setenv("FABRICATE_PRUSA_SLICER", str(tmp_path / "none"))
    status, data = told([str(tmp_path / "a.stl")], capsys)
    assert status == 0
    assert "unsliced" not in data


@pytest.mark.slow
def test_a_real_slice_confirms_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("prusa-slicer")
    write_stl(box(20, 20, 20), tmp_path / "a.stl")
    assert run(["check", str(tmp_path / "a.stl"), "--profile", "prusa-mini"]) == 0
    out = capsys.readouterr().out
    assert "slices it: 100 layers" in out
    assert " g\n" in out


def test_each_picture_shows_its_colour_and_nothing_else() -> None:
    mesh = troubled()
    found = inspect_closely(mesh, deep=True)
    marks = marks_of(mesh, found)
    assert [mark.key for mark in marks] == list(WANTED)
    for mark in marks:
        seen = np.asarray(picture_of(mesh, mark, size=(620, 380)), np.int64)
        red, green, blue = (int(COLOURS[mark.key][i : i + 2], 16) for i in (1, 3, 5))
        near = abs(seen.reshape(-1, 3) - [red, green, blue]).sum(axis=1) < 90
        assert near.sum() > 150, mark.key


def test_the_page_tells_of_repairs_orientations_and_pieces_when_there_are_any() -> None:
    report = inspect_closely(box(20, 20, 20), deep=True).report
    data = report.to_json() | {
        "name": "A<b>",
        "repairs": ["12 holes filled"],
        "thickened": {"before": 0.048, "after": 0.003},
        "orientations": [
            {"way": "on its back", "support_cm2": 1.25, "height_mm": 40, "time": "1 to 3 hours"},
            {"way": "standing", "support_cm2": 3.0, "height_mm": 95, "face_marks": 0.07},
        ],
        "pieces": [{"name": "head", "size": "30 x 30 x 40 mm", "join": "peg of 4 mm, flat on one side"}],
        "sliced": "PrusaSlicer 2.5.0 slices it: 412 layers",
    }
    text = page(data, {})
    for words in (
        "12 holes filled",
        "4.8 % before, 0.3 % after",
        "on its back",
        "1.2 cm²",
        "touch 7 %",
        "peg of 4 mm",
    ):
        assert words in text
    assert "412 layers" in text
    assert "A<b>" not in text
    plain = page(report.to_json() | {"name": ""}, {})
    for words in ("Repaired", "How it lies best", "Pieces", "Sliced for real", "Files", "Colours"):
        assert words not in plain
