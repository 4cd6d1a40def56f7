"""The bench of prepare: every mesh, every way, each judged by what it gave and not by its word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trimesh

from fabricate.cli import run
from fabricate.corpus_bench import OURS, installed, measure_prepare, to_markdown


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=20.0)
    ball.update_faces([k > 40 for k in range(len(ball.faces))])
    ball.export(tmp_path / "open.stl")
    (tmp_path / "notes.txt").write_text("not a mesh")
    return tmp_path


def test_a_ball_with_a_hole_is_mended_and_every_way_that_is_here_is_judged(folder: Path) -> None:
    rows = measure_prepare(folder)
    assert {row.way for row in rows} == set(installed())
    assert {row.name for row in rows} == {"open.stl"}
    (ours,) = (row for row in rows if row.way == OURS)
    assert ours.solid
    assert ours.clean
    assert ours.seconds > 0
    assert ours.peak_mb > 10
    table = to_markdown(rows)
    assert table.startswith("|")
    assert all(way in table for way in installed())


def test_the_command_wants_one_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "prepare"]) == 2
    assert run(["bench", "prepare", str(folder / "nowhere")]) == 2
    capsys.readouterr()
    assert run(["bench", "prepare", str(folder), "--json", "--quiet"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert any(row["way"] == OURS and row["solid"] for row in rows)
