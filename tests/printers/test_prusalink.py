"""PrusaLink, against a stand-in (``prusa.Prusa``) that speaks its published interface over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from fabricate.errors import PrinterError
from fabricate.events import Progress
from fabricate.printers import Address, Busy, Unauthorised, config, connect
from fabricate.printers import prusalink as backend
from fabricate.printers.queue import Job, Queue
from fabricate.stages import _print_send
from fabricate.stages import print as stage
from tests.printers.octo import moves
from tests.printers.prusa import PASSWORD, Prusa, prusalink


@pytest.fixture
def prusa() -> Iterator[Prusa]:
    with prusalink() as made:
        config.add(Address(name="mini", kind="prusalink", url=made.url, key=SecretStr(PASSWORD)))
        yield made


def send(queue: Queue, told: Progress, path: Path, *, watching: bool = True) -> Job:
    stage.confirm(queue, "mini")
    (job,), _ = stage.submit(queue, path, "mini")
    return stage.carry(queue, job, told, watching=watching, every_s=0.05)


def test_prusalink_from_upload_to_finished(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    path = moves(tmp_path / "toy.gcode", 60)
    job = send(queue, told, path)
    assert job.state == "finished"
    assert prusa.starts == [job.remote]
    assert prusa.files[job.remote] == path.read_bytes()
    assert "PrusaLink" in connect(config.find("mini")).about()


def test_prusalink_pauses_resumes_and_cancels(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    prusa.polls = 10_000
    job = send(queue, told, moves(tmp_path / "toy.gcode", 60), watching=False)
    assert stage.halt(queue, queue.get(job.id), "pause").state == "paused"
    with pytest.raises(Busy, match="paused"):
        connect(config.find("mini")).start(job.remote)
    assert stage.halt(queue, queue.get(job.id), "resume").state == "printing"
    assert stage.cancel(queue, queue.get(job.id)).state == "cancelled"
    assert prusa.state == "STOPPED"


def test_prusalink_with_a_wrong_password(prusa: Prusa) -> None:
    wrong = Address(name="mini", kind="prusalink", url=prusa.url, key=SecretStr("other"))
    with pytest.raises(Unauthorised, match="refuses the key"):
        connect(wrong).status()


def test_prusalink_whose_stick_is_full(prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path) -> None:
    prusa.room = 10
    with pytest.raises(PrinterError, match="is full"):
        send(queue, told, moves(tmp_path / "toy.gcode", 60))
    assert [job.state for job in queue.jobs()] == ["queued"]


def test_prusalink_that_wants_attention_is_given_nothing(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    prusa.state = "ATTENTION"
    with pytest.raises(Busy, match="wants attention"):
        send(queue, told, moves(tmp_path / "toy.gcode", 60))
    assert not prusa.files


def test_prusalink_start_that_comes_to_nothing_is_left_to_the_maker(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers 204 and does nothing, and keeps no history: neither printed again nor forgotten."""
    monkeypatch.setattr(backend, "STARTS_S", 0.5)
    monkeypatch.setattr(_print_send, "LOOK_S", 0.5)
    prusa.deaf = True
    path = moves(tmp_path / "toy.gcode", 60)
    with pytest.raises(PrinterError, match="cannot tell"):
        send(queue, told, path)
    assert [job.state for job in queue.jobs()] == ["unsure"]
    with pytest.raises(PrinterError, match="cannot tell"):
        send(queue, told, path)
    prusa.deaf = False
    stage.confirm(queue, "mini")
    (again,), _ = stage.submit(queue, path, "mini", again=True)
    assert stage.carry(queue, again, told, every_s=0.05).state == "finished"
    assert [job.state for job in queue.jobs()] == ["cancelled", "finished"]
    assert len(prusa.starts) == 1


def test_prusalink_job_that_the_screen_let_go_is_not_printed_again(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    """Nobody watched, somebody took it off: no history tells whether it came out, so the maker does."""
    prusa.polls = 10_000
    path = moves(tmp_path / "toy.gcode", 60)
    job = send(queue, told, path, watching=False)
    prusa.state = "IDLE"
    lost = stage.carry(queue, queue.get(job.id), told, every_s=0.05)
    assert (lost.state, lost.attempt, lost.printer) == ("unsure", 1, "mini")
    with pytest.raises(PrinterError, match="cannot tell"):
        stage.carry(queue, lost, told)
    assert prusa.starts == [job.remote]
    assert stage.cancel(queue, lost).state == "cancelled"


def test_a_bed_is_not_clear_for_long_where_prusalink_prints(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    """What the maker says while it prints, or before somebody else prints, stands for no later bed."""
    prusa.polls = 10_000
    send(queue, told, moves(tmp_path / "a.gcode", 60), watching=False)
    with pytest.raises(Busy, match="has job 1"):
        send(queue, told, moves(tmp_path / "b.gcode", 61))
    assert not queue.bed("mini")
    prusa.state = "FINISHED"
    with pytest.raises(Busy, match="not confirmed clear"):
        stage.carry(queue, queue.get(2), told)
    stage.confirm(queue, "mini")
    prusa.starts.append("by-hand.gcode")
    prusa.state = "PRINTING"
    with pytest.raises(Busy, match="mini is printing"):
        stage.carry(queue, queue.get(2), told)
    prusa.state = "IDLE"
    with pytest.raises(Busy, match="not confirmed clear"):
        stage.carry(queue, queue.get(2), told)


def test_prusalink_job_that_failed_while_nobody_looked_is_queued_once_more(
    prusa: Prusa, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    """Cut off while it started; by now the screen shows an error."""
    prusa.polls = 10_000
    job = send(queue, told, moves(tmp_path / "toy.gcode", 60), watching=False)
    cut = queue.move(job, "starting")
    assert cut is not None
    prusa.state = "ERROR"
    with pytest.raises(PrinterError, match=f"job {job.id} failed on mini: .*back in the queue"):
        stage.carry(queue, cut, told)
    assert (queue.get(job.id).state, queue.get(job.id).attempt) == ("queued", 2)
