"""kill -9 and ^C at any moment: no half file, no false edit, and running again goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fabricate import disk
from fabricate.run import TOP
from tests.small import FABRICATE, fabricate

STAGES = ("stylize", "lift", "prepare", "card")
WORDS = ("make", "--name", "Kit", "--describe", "short brown hair", "-o", "out")
ROOT = Path(__file__).resolve().parent.parent
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def assert_whole(out: Path) -> None:
    """Everything at the top is the whole, last made file of a finished stage; every log line is whole."""
    known: dict[str, str] = {}
    for record in (out / "work").glob("[!.]*/.made.json"):
        data = json.loads(record.read_text(encoding="utf-8"))
        for path, made in data["outputs"].items():
            assert disk.digest(record.parent / path) == made
        known |= {name: data["outputs"][path] for name, path in data["top"].items()}
    for path in out.iterdir():
        if path.is_file() and path.name not in ("events.jsonl", "run.json", "spec.toml"):
            assert disk.digest(path) == known[path.name], path.name


def start_and_signal(out: Path, stage: str, sent: signal.Signals) -> tuple[int, str, str]:
    """Start ``make``, wait until it is in the middle of ``stage``, send the signal, wait for the end."""
    with subprocess.Popen(
        [*FABRICATE, *WORDS],
        cwd=out.parent,
        env=ENV,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        aside = out / "work" / f".new-{stage}"
        until = time.monotonic() + 120
        while not aside.exists():
            assert run.poll() is None, run.communicate()
            assert time.monotonic() < until
            time.sleep(0.001)
        time.sleep(0.02)
        run.send_signal(sent)
        told, errors = run.communicate(timeout=120)
        return run.returncode, told, errors


@pytest.mark.slow
def test_killed_in_the_middle_of_every_stage_it_goes_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for number, stage in enumerate(STAGES):
        status, _told, _errors = start_and_signal(out, stage, signal.SIGKILL)
        assert status == -signal.SIGKILL
        assert_whole(out)
        assert not (out / "run.json").exists()
        finished = [name for name in STAGES if (out / "work" / name).is_dir()]
        assert finished == list(STAGES[:number])
    said = fabricate(*WORDS, "--json", cwd=tmp_path)
    assert said.status == 0, said.err
    assert {entry["stage"]: entry["state"] for entry in said.json["stages"]} == {
        "stylize": "kept",
        "lift": "kept",
        "prepare": "kept",
        "card": "made",
    }
    assert_whole(out)
    assert {path.name for path in out.iterdir()} == {
        *(name for name in TOP if name != "accessories.3mf"),
        *("work", "run.json", "events.jsonl", "spec.toml"),
    }
    assert [path.name for path in (out / "work").glob(".*")] == [".lock"]
    for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["stylize", "lift"])
def test_interrupted_it_says_so_and_ends_with_130(tmp_path: Path, stage: str) -> None:
    out = tmp_path / "out"
    status, told, errors = start_and_signal(out, stage, signal.SIGINT)
    assert status == 130
    assert told == ""
    assert "Traceback" not in errors
    assert errors.splitlines()[-2:] == ["error: stopped", "       run the same command again to go on"]
    assert not (out / "work" / stage).exists()
    assert [path.name for path in (out / "work").glob(".*")] == [".lock"]
    assert_whole(out)
    last = json.loads((out / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["kind"], last["stage"]) == ("failed", "make")


ROUNDS = """
import itertools, pathlib, sys
sys.path.insert(0, sys.argv[2])
from fabricate.run import RunFolder
from fabricate.spec import Spec
from tests.small import Writer
stages = [Writer("first"), Writer("second"), Writer("third")]
print("ready", flush=True)
for round in itertools.count(int(sys.argv[3])):
    stages[round % 3].options["round"] = round
    with RunFolder(pathlib.Path(sys.argv[1]), lambda event: None) as run:
        done = []
        for stage in stages:
            run.carry_out(stage, Spec(), list(done))
            done.append(stage.NAME)
        run.write("run.json", b'{"stages": {}}')
"""


def test_killed_at_any_moment_nothing_is_half_or_taken_for_an_edit(tmp_path: Path) -> None:
    """Rounds of tiny stages, killed after a random while; each start must go on from what was left."""
    out = tmp_path / "out"
    chance = random.Random(2)
    for start in range(0, 12000, 1000):
        command = [sys.executable, "-c", ROUNDS, str(out), str(ROOT), str(start)]
        with subprocess.Popen(
            command, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as run:
            assert run.stdout is not None
            assert run.stderr is not None
            line: Any = run.stdout.readline()
            assert line == "ready\n", run.stderr.read()
            time.sleep(chance.uniform(0.0, 0.12))
            run.kill()
            assert run.stderr.read() == ""
        if out.exists():
            assert_whole(out)
