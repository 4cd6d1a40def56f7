"""The doctor's lines are about this machine as it is: real programs, real files, real failures."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from fabricate import resources
from fabricate.cli import health, run
from fabricate.printers import Address, config
from tests.small import fabricate
from tests.test_docs import PROJECT, requirement_name


def doctor(capsys: pytest.CaptureFixture[str], status: int = 0) -> dict[str, dict[str, Any]]:
    """Its lines by name, as JSON tells them."""
    assert run(["doctor", "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] == (status == 0)
    return {line["name"]: line for line in told["lines"]}


def program(folder: Path, name: str, text: str) -> None:
    """An executable script in a folder."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


def test_every_line_is_ok_or_says_what_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    lines = doctor(capsys)
    assert {"Python", "numpy", "extra photo", "extra scan", "disk", "disk of models"} <= set(lines)
    assert {f"model {name}" for name in resources.names("models")} <= set(lines)
    assert {"GPU", "driver"} & set(lines)
    for name, line in lines.items():
        assert line["state"] in ("ok", "missing", "absent"), name
        assert bool(line["fix"]) == (line["state"] == "missing"), line


def test_people_read_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "ok       numpy" in text
    assert "missing" not in text or "To get what is missing:" in text


def test_a_library_that_cannot_start_is_a_fault(tmp_path: Path) -> None:
    """A wheel that is there but broken: exit status 1, and the command that mends it."""
    (tmp_path / "typst.py").write_text("raise ImportError('libfoo.so.1: cannot open')", encoding="utf-8")
    said = fabricate("doctor", "--json", cwd=tmp_path)
    assert said.status == 1
    line = next(line for line in said.json["lines"] if line["name"] == "typst")
    assert line["state"] == "missing"
    assert "libfoo.so.1" in line["found"]
    assert line["fix"] == "pip install --force-reinstall typst"


def test_its_tables_are_those_of_the_project() -> None:
    """No dependency and no extra is forgotten, none is looked for that we no longer have."""
    wanted = {requirement_name(each): "platform_machine" in each for each in PROJECT["dependencies"]}
    assert set(health.LIBRARIES) == set(wanted)
    assert set(health.X86_ONLY) == {name for name, marked in wanted.items() if marked}
    assert set(health.EXTRAS) == set(health.FOR) == set(PROJECT["optional-dependencies"]) - {"test"}


def test_an_extra_names_what_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets", None)
    line = next(line for line in health.extras() if line.name == "extra remote")
    assert (line.state, line.fix) == ("missing", "pip install 'fabricate-figures[remote]'")
    assert "websockets" in line.found


def test_gpus_are_told_with_memory_and_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "nvidia-smi", "echo 'NVIDIA X, 24576, 20480, 999.1'")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    told = {line.name: line for line in health.graphics()}
    assert told["GPU"].found == "NVIDIA X"
    assert told["VRAM"].found == "24 GB, 20 GB of it free"
    assert told["driver"].found == "NVIDIA 999.1"
    cpu_only = "+cpu" in (health.version_of("torch") or "")
    assert ("torch" in told) == cpu_only


@pytest.mark.parametrize("text", ["exit 9", "echo no devices were found", "echo 'a, b, c, d'"])
def test_a_card_without_its_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    program(tmp_path, "nvidia-smi", text)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    bus = tmp_path / "devices"
    for name, (maker, kind) in {"0": ("0x8086", "0x030000"), "1": ("0x10de", "0x040300")}.items():
        (bus / name).mkdir(parents=True)
        (bus / name / "vendor").write_text(maker + "\n", encoding="ascii")
        (bus / name / "class").write_text(kind + "\n", encoding="ascii")
    if sys.platform != "darwin":
        assert [line.state for line in health.graphics(bus)] == ["absent"]
        (bus / "1" / "class").write_text("0x030200\n", encoding="ascii")
        (line,) = health.graphics(bus)
        assert (line.name, line.state) == ("driver", "missing")
        assert "nvidia" in line.fix.lower()


def test_printers_are_listed_without_their_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path))
    assert doctor(capsys)["printers"]["fix"].startswith("fabricate printers add")
    config.add(Address(name="attic", kind="folder", url=str(tmp_path), key=SecretStr("0ld-s3cret")))
    lines = doctor(capsys)
    assert lines["printer attic"]["state"] == "ok"
    assert "0ld-s3cret" not in json.dumps(lines)
    config.file().write_text("nonsense [", encoding="utf-8")
    assert doctor(capsys)["printers"]["state"] == "missing"


def test_the_cache_of_models_is_looked_for_where_its_variables_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "weights"))
    assert str(tmp_path / "weights") in doctor(capsys)["disk of models"]["found"]
