"""What goes wrong between us and a real OctoPrint: nothing is printed twice, nothing is lost."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from fabricate.errors import PrinterError
from fabricate.events import Progress
from fabricate.printers import Address, Unreachable, _http, config, connect
from fabricate.printers.queue import Job, Queue
from fabricate.stages import print as stage
from tests.printers.octo import KEY, Octo, free_port, moves, running
from tests.printers.programs import until
from tests.printers.proxy import Proxy, Rule, between
from tests.small import FABRICATE


@pytest.fixture
def proxy(octo: Octo) -> Iterator[Proxy]:
    """The printer ``virtual`` behind a contrary network."""
    with between(octo.port) as made:
        url = f"http://127.0.0.1:{made.port}"
        config.add(Address(name="virtual", kind="octoprint", url=url, key=SecretStr(KEY)))
        yield made


def send(queue: Queue, told: Progress, path: Path, *, watching: bool = True) -> Job:
    stage.confirm(queue, "virtual")
    (job,), _ = stage.submit(queue, path, "virtual")
    return stage.carry(queue, job, told, watching=watching, every_s=0.2)


def successes(octo: Octo) -> int:
    return sum(row.get("success", 0) for row in octo.prints().values())


def first(times: int, deed: str, *marks: str) -> Rule:
    """The deed for the first requests whose line holds all ``marks``, then pass."""
    count = itertools.count()
    return lambda line: deed if all(m in line for m in marks) and next(count) < times else "pass"


def test_octoprint_down(queue: Queue, told: Progress, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    config.add(Address(name="virtual", kind="octoprint", url=url, key=SecretStr(KEY)))
    with pytest.raises(Unreachable, match="cannot be reached"):
        send(queue, told, moves(tmp_path / "a.gcode", 5))
    assert [job.state for job in queue.jobs()] == ["queued"]


def test_octoprint_down_in_the_middle_of_an_upload(
    octo: Octo, proxy: Proxy, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    path = moves(tmp_path / "cut.gcode", 60)
    proxy.rule = first(99, "cut", "POST /api/files/local ")
    with pytest.raises(Unreachable, match="cannot be reached"):
        send(queue, told, path)
    assert [job.state for job in queue.jobs()] == ["queued"]
    assert octo.prints() == {}
    proxy.rule = first(1, "cut", "POST /api/files/local ")
    assert send(queue, told, path).state == "finished"
    assert successes(octo) == 1


def test_octoprint_answers_a_byte_a_second(proxy: Proxy) -> None:
    proxy.rule = first(99, "drip", "GET")
    began = time.monotonic()
    with pytest.raises(Unreachable, match="not done within 2 s"):
        connect(config.find("virtual"), timeout_s=2.0).status()
    assert time.monotonic() - began < 20


def test_a_router_answers_in_octoprints_place(
    proxy: Proxy, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    proxy.rule = first(99, "html", "")
    with pytest.raises(PrinterError, match=r"a web page \(Router\)"):
        send(queue, told, moves(tmp_path / "a.gcode", 5))
    assert [job.state for job in queue.jobs()] == ["queued"]


@pytest.mark.parametrize("what", ["GET /api/job", "POST /api/files/local ", "POST /api/files/local/"])
def test_octoprint_answers_500_twice_then_works(
    octo: Octo, proxy: Proxy, queue: Queue, told: Progress, tmp_path: Path, what: str
) -> None:
    proxy.rule = first(2, "500", what)
    assert send(queue, told, moves(tmp_path / "a.gcode", 20)).state == "finished"
    assert successes(octo) == 1


def test_octoprint_start_whose_answer_is_lost(
    octo: Octo, proxy: Proxy, queue: Queue, told: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Started, but the answer never came: it is seen printing and not started again."""
    proxy.rule = first(1, "swallow", "POST /api/files/local/")
    monkeypatch.setattr(_http, "DEFAULT_S", 3.0)
    assert send(queue, told, moves(tmp_path / "lost.gcode", 60)).state == "finished"
    assert successes(octo) == 1
    assert sum("POST /api/files/local/" in line for line in proxy.seen) == 1


def test_octoprint_whose_disk_is_full(
    small_disk: Callable[[str], Path], queue: Queue, told: Progress, tmp_path: Path
) -> None:
    disk = small_disk("3m")
    for octo in running(tmp_path / "octo", disk):
        config.add(Address(name="virtual", kind="octoprint", url=octo.url, key=SecretStr(KEY)))
        path = tmp_path / "large.gcode"
        path.write_text("G28\n" + "G1 X20 Y20 E0.1 F6000\n" * 250_000)
        with pytest.raises(PrinterError, match=r"full|differs"):
            send(queue, told, path)
        assert [job.state for job in queue.jobs()] == ["queued"]
        assert not list(disk.iterdir()), "half a file would keep the disk full"
        assert send(queue, told, moves(tmp_path / "small.gcode", 20)).state == "finished"


def test_octoprint_loses_its_printer_at_40_percent(
    octo: Octo, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    job = send(queue, told, moves(tmp_path / "lost.gcode", 60, slow=True), watching=False)
    until(lambda: (stage.settle(queue, queue.get(job.id)).fraction or 0) > 0.4)
    octo.command("!!DEBUG:drop_connection")
    ended = stage.watch(queue, queue.get(job.id), told, every_s=0.2)
    assert (ended.state, ended.attempt, ended.printer) == ("queued", 2, "")
    stage.confirm(queue, "virtual")
    octo.post("/api/connection", command="connect")
    until(lambda: octo.get("/api/job").json()["state"] == "Operational")
    again = stage.carry(queue, ended, told, watching=False)
    assert again.state == "printing"
    assert again.remote != job.remote
    until(lambda: (stage.settle(queue, queue.get(job.id)).fraction or 0) > 0)
    octo.command("!!DEBUG:drop_connection")
    last = stage.watch(queue, queue.get(job.id), told, every_s=0.2)
    assert last.state == "failed"
    assert "given up after 2 attempts" in last.message
    with pytest.raises(PrinterError, match="was sent before"):
        stage.submit(queue, tmp_path / "lost.gcode", "virtual")


def test_the_clock_jumps_while_octoprint_prints(
    octo: Octo, queue: Queue, told: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaps = itertools.cycle([0.0, 4e8, -4e8, 86_400.0])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(leaps))
    job = send(queue, told, moves(tmp_path / "leap.gcode", 60))
    assert job.state == "finished"
    assert successes(octo) == 1


def started(tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """The command line in a process of its own."""
    root = Path(__file__).resolve().parents[2]
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*FABRICATE, "print", *words, "--json"]
    return subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def test_two_prints_of_one_file_on_octoprint_at_once(octo: Octo, queue: Queue, tmp_path: Path) -> None:
    moves(tmp_path / "one.gcode", 60)
    both = [started(tmp_path, "one.gcode", "--printer", "virtual", "--bed-clear") for _ in range(2)]
    said = [each.communicate(timeout=120)[0] for each in both]
    assert [job.state for job in queue.jobs()] == ["finished"], said
    assert successes(octo) == 1
    assert len(octo.prints()) == 1


def test_two_files_on_one_octoprint_at_once(octo: Octo, queue: Queue, tmp_path: Path) -> None:
    for name in ("one", "two"):
        moves(tmp_path / f"{name}.gcode", 50 + len(name) + (name == "two"))
    both = [
        started(tmp_path, f"{name}.gcode", "--printer", "virtual", "--bed-clear") for name in ("one", "two")
    ]
    said = [each.communicate(timeout=120)[0] for each in both]
    assert sorted(each.returncode for each in both) == [0, 1], said
    assert sorted(job.state for job in queue.jobs()) == ["finished", "queued"], said
    assert successes(octo) == 1


@pytest.mark.parametrize(
    ("mark", "deed", "state"),
    [
        ("GET /api/files/local/", "hold", "uploading"),
        ("POST /api/files/local/", "hold", "starting"),
        ("POST /api/files/local/", "swallow", "starting"),
    ],
)
def test_killed_between_upload_and_start_on_octoprint(
    octo: Octo, proxy: Proxy, queue: Queue, tmp_path: Path, mark: str, deed: str, state: str
) -> None:
    """kill -9 before the start was asked for, before it arrived, and after it was carried out."""
    moves(tmp_path / "toy.gcode", 60)
    proxy.rule = first(1, deed, mark)
    words = ("toy.gcode", "--printer", "virtual", "--bed-clear")
    with started(tmp_path, *words) as one:
        assert proxy.reached.wait(20)
        os.kill(one.pid, signal.SIGKILL)
        one.communicate()
    (job,) = queue.jobs()
    assert job.state == state
    with started(tmp_path, *words) as two:
        out, _ = two.communicate(timeout=120)
    assert two.returncode == 0, out
    assert [(each.id, each.state) for each in queue.jobs()] == [(job.id, "finished")]
    assert successes(octo) == 1


def test_octoprint_dies_right_after_the_start(
    octo: Octo, proxy: Proxy, queue: Queue, told: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start arrives, then nothing answers: the job stays at that printer, and is found there later."""
    went = itertools.count()
    after: list[str] = []

    def rule(line: str) -> str:
        if after and next(went) < 8:
            return "drop"
        if line.startswith("POST /api/files/local/"):
            after.append(line)
        return "pass"

    proxy.rule = rule
    path = moves(tmp_path / "toy.gcode", 60)
    with pytest.raises(Unreachable):
        send(queue, told, path)
    assert [job.state for job in queue.jobs()] == ["starting"]
    assert send(queue, told, path).state == "finished"
    assert successes(octo) == 1
    assert len(after) == 1
