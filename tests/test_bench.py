"""The bench measures real processes and says plainly what it found; no test here measures time."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from fabricate import bench, probes
from fabricate.errors import FabricateError
from fabricate.events import Event

SLOW = bench.Number("make", 16.25, "s", 3, 15.0, {"an empty Python": 0.0123, "the disk": 0.5})


def test_start_is_measured_against_an_empty_python() -> None:
    heard: list[Event] = []
    (number,) = bench.measure(["start"], runs=1, listener=heard.append)
    assert number.value > number.beside["an empty Python"] > 0
    assert number.promised == 0.4
    assert [(event.kind, event.stage) for event in heard] == [("start", "start"), ("done", "start")]


def test_memory_is_the_childs_own() -> None:
    ballast = bytearray(b"x" * 500_000_000)
    hungry = probes.cold([sys.executable, "-c", "b = b'x' * 300_000_000"], runs=1)
    frugal = probes.cold([sys.executable, "-c", "pass"], runs=1)
    assert 300 < hungry.peak_mb < 400
    assert frugal.peak_mb < 100 < len(ballast) / 1e6


def test_every_run_is_prepared_and_counted() -> None:
    calls: list[int] = []
    cost = probes.cold([sys.executable, "-c", "pass"], runs=3, before=lambda: calls.append(1))
    assert (cost.runs, len(calls)) == (3, 3)


def test_a_program_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(FabricateError, match="went wrong") as caught:
        probes.cold([sys.executable, "-c", "import sys; sys.exit('went wrong\\nmend it')"], runs=1)
    assert caught.value.hint == "mend it"


def test_a_failing_probe_is_an_error_with_its_words() -> None:
    with pytest.raises(FabricateError, match="disk") as caught:
        probes.run("disk")
    assert "folder" in caught.value.hint


def test_an_unknown_group_names_the_nearest() -> None:
    with pytest.raises(FabricateError) as caught:
        bench.measure(["mkae"])
    assert "'make'" in caught.value.hint


@pytest.mark.parametrize(("value", "kept", "word"), [(16.25, False, "BROKEN"), (14.0, True, "kept")])
def test_a_broken_promise_is_called_broken(value: float, kept: bool, word: str) -> None:
    number = replace(SLOW, value=value)
    assert number.kept is kept
    assert replace(number, promised=None).kept is None
    on = bench.machine()
    text = bench.to_text([number], on)
    line = next(line for line in text.splitlines() if line.startswith("make"))
    assert word in line
    assert f"{value:.2f} s" in line
    assert "an empty Python 0.012 s" in line
    assert "the disk 0.50 s" in text
    assert max(map(len, text.splitlines()[1:])) <= 120
    assert bench.to_json([number], on)["numbers"][0]["kept"] is kept


def test_the_machine_is_described() -> None:
    on = bench.machine()
    assert on["cores"] >= 1
    assert on["copy_gb_per_s"] > 0.1


@pytest.mark.parametrize("probe", ["bandwidth", "sphere"])
def test_probes_measure_something(probe: str) -> None:
    assert all(value > 0 for value in probes.run(probe).values())


def test_near_the_surface_few_points_are_decoded_for_the_same_mesh() -> None:
    pytest.importorskip("torch")
    took = probes.run("extraction", "64")
    assert took["near"] * 4 < took["dense"] == 64**3
    assert took["apart"] < 1e-4


def test_the_disk_probe_counts_each_file_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("disk")
    (folder / "one.bin").write_bytes(bytes(1_000_000))
    (folder / "again.bin").hardlink_to(folder / "one.bin")
    (folder / "link.bin").symlink_to("one.bin")
    took = probes.run("disk", str(folder))
    assert took["mb"] == pytest.approx(1.0)
    assert len(list(folder.iterdir())) == 3
