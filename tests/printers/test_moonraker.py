"""A real Moonraker: files, checksums, history, errors; its Klipper is a stand-in (``moon.Klippy``)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from fabricate.errors import PrinterError
from fabricate.events import Progress
from fabricate.printers import Address, Busy, Unauthorised, config, connect
from fabricate.printers.queue import Job, Queue
from fabricate.stages import print as stage
from fabricate.stages._print_files import plates_of
from tests.printers.moon import Moon, moonraker
from tests.printers.octo import moves
from tests.printers.programs import until


@pytest.fixture(scope="module")
def moon_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moon]:
    with moonraker(tmp_path_factory.mktemp("moon")) as made:
        yield made


@pytest.fixture
def moon(moon_server: Moon) -> Moon:
    klippy = moon_server.klippy
    klippy.fails, klippy.print_s = "", 1.5
    klippy.starts.clear()
    klippy.change(state="standby", filename="", message="")
    config.add(Address(name="klipper", kind="moonraker", url=moon_server.url))
    return moon_server


def send(queue: Queue, told: Progress, path: Path, *, watching: bool = True) -> Job:
    stage.confirm(queue, "klipper")
    (job,), _ = stage.submit(queue, path, "klipper")
    return stage.carry(queue, job, told, watching=watching, every_s=0.1)


def test_moonraker_from_upload_to_finished(moon: Moon, queue: Queue, told: Progress, tmp_path: Path) -> None:
    path = moves(tmp_path / "toy.gcode", 60)
    job = send(queue, told, path)
    assert job.state == "finished"
    assert moon.klippy.starts == [job.remote]
    assert (moon.gcodes / job.remote).read_bytes() == path.read_bytes()
    assert connect(config.find("klipper")).outcome(job.remote, None) == "finished"
    assert "Moonraker" in connect(config.find("klipper")).about()


def test_moonraker_refuses_what_arrives_damaged(moon: Moon, tmp_path: Path) -> None:
    path = moves(tmp_path / "toy.gcode", 60)
    printer = connect(config.find("klipper"))
    with pytest.raises(PrinterError, match="arrived damaged"):
        printer.upload(path, "bad.gcode", hashlib.sha256(b"other").hexdigest())
    assert not (moon.gcodes / "bad.gcode").exists()


def test_moonraker_pauses_resumes_and_cancels(
    moon: Moon, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    moon.klippy.print_s = 60.0
    job = send(queue, told, moves(tmp_path / "long.gcode", 60), watching=False)
    assert job.state == "printing"
    assert stage.halt(queue, queue.get(job.id), "pause").state == "paused"
    with pytest.raises(Busy, match="paused"):
        connect(config.find("klipper")).start(job.remote)
    assert moon.klippy.starts == [job.remote], "a start while paused would begin the job anew"
    assert stage.halt(queue, queue.get(job.id), "resume").state == "printing"
    assert stage.cancel(queue, queue.get(job.id)).state == "cancelled"
    until(lambda: connect(config.find("klipper")).outcome(job.remote, None) == "cancelled")


def test_moonraker_start_that_fails_after_its_200(
    moon: Moon, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    moon.klippy.fails = "Must home axis first"
    with pytest.raises(PrinterError, match=r"failed|did not start"):
        send(queue, told, moves(tmp_path / "fails.gcode", 60))
    (job,) = queue.jobs()
    assert (job.state, job.attempt) == ("queued", 2)
    assert len(moon.klippy.starts) == 1
    with pytest.raises(Busy, match="Must home axis first"):  # an error must be cleared by a person
        send(queue, told, tmp_path / "fails.gcode")


def test_moonraker_start_that_never_arrived_wants_a_look_at_the_bed(
    moon: Moon, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    """Killed before its start was sent; who comes back later knows the history, and not the bed."""
    job, _ = queue.submit(plates_of(moves(tmp_path / "toy.gcode", 60))[0][1], "klipper", "toy")
    job = queue.claim(job, "klipper") or job
    known = connect(config.find("klipper")).upload(job.gcode.path, job.remote, job.sha256)
    job = queue.move(job, "starting", remote=known) or job
    with pytest.raises(Busy, match="not confirmed clear"):
        stage.carry(queue, job, told)
    assert queue.get(job.id).state == "queued"
    assert not moon.klippy.starts
    assert send(queue, told, tmp_path / "toy.gcode").state == "finished"


def test_moonraker_without_klipper(moon: Moon, queue: Queue, told: Progress, tmp_path: Path) -> None:
    moon.klippy.close()
    printer = connect(config.find("klipper"))
    until(lambda: printer.status().state == "offline")
    with pytest.raises(PrinterError, match="Klipper is"):
        send(queue, told, moves(tmp_path / "toy.gcode", 60))
    assert [job.state for job in queue.jobs()] == ["queued"]
    moon.klippy.listen()
    until(lambda: printer.status().state == "idle")
    assert send(queue, told, tmp_path / "toy.gcode").state == "finished"


def test_moonraker_with_a_wrong_key(tmp_path: Path) -> None:
    with moonraker(tmp_path / "closed", trusted="10.255.255.1") as closed:
        with pytest.raises(Unauthorised, match="refuses the key"):
            connect(Address(name="closed", kind="moonraker", url=closed.url)).about()
        wrong = Address(name="closed", kind="moonraker", url=closed.url, key=SecretStr("0" * 32))
        with pytest.raises(Unauthorised, match="refuses the key"):
            connect(wrong).about()


def test_moonraker_killed_in_the_middle(moon: Moon, queue: Queue, told: Progress, tmp_path: Path) -> None:
    """Its server restarts and Klipper goes on: the job is watched to its end, not sent again."""
    moon.klippy.print_s = 6.0
    job = send(queue, told, moves(tmp_path / "long.gcode", 60), watching=False)
    moon.kill()
    moon.start()
    assert stage.watch(queue, queue.get(job.id), told, every_s=0.2).state == "finished"
    assert moon.klippy.starts == [job.remote]
    assert httpx.get(f"{moon.url}/server/info", timeout=5, trust_env=False).status_code == 200
