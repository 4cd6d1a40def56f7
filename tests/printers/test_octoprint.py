"""A real OctoPrint with its virtual printer, from upload to finished, paused, resumed and cancelled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import SecretStr

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.events import Progress
from fabricate.printers import Address, Busy, Unauthorised, config, connect
from fabricate.printers.queue import Job, Queue
from fabricate.stages import print as stage
from tests.debian import needs
from tests.printers.octo import KEY, Octo, moves
from tests.printers.programs import until
from tests.small import FABRICATE, Heard, fabricate


def sent(queue: Queue, told: Progress, path: Path, *, watching: bool = False) -> Job:
    """A job for a file on the virtual printer, its bed confirmed."""
    stage.confirm(queue, "virtual")
    (job,), _ = stage.submit(queue, path, "virtual")
    return stage.carry(queue, job, told, watching=watching, every_s=0.3)


def test_octoprint_from_upload_to_finished(
    octo: Octo, queue: Queue, told: Progress, heard: Heard, tmp_path: Path
) -> None:
    # slow: on a busy machine a quick print is over before it is first asked how far it is
    job = sent(queue, told, moves(tmp_path / "toy.gcode", 40, slow=True), watching=True)
    assert job.state == "finished"
    assert job.fraction == 1.0
    assert octo.prints()[job.remote]["success"] == 1
    assert any("%" in event.message for event in heard.events)
    assert not job.gcode.path.exists(), "the copy of a finished job is removed"
    assert not queue.bed("virtual"), "what was printed lies on the bed"
    with pytest.raises(PrinterError, match="was sent before"):
        stage.submit(queue, tmp_path / "toy.gcode", "virtual")
    (again,), _ = stage.submit(queue, tmp_path / "toy.gcode", "virtual", again=True)
    assert again.id != job.id
    with pytest.raises(Busy, match="not confirmed clear"):
        stage.carry(queue, again, told)


def test_octoprint_pauses_resumes_and_cancels(
    octo: Octo, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    job = sent(queue, told, moves(tmp_path / "long.gcode", 400, slow=True))
    assert job.state == "printing"
    until(lambda: (stage.settle(queue, queue.get(job.id)).fraction or 0) > 0)
    assert stage.halt(queue, queue.get(job.id), "pause").state == "paused"
    assert octo.get("/api/job").json()["state"] == "Paused"
    with pytest.raises(Busy, match="is not printing"):
        stage.halt(queue, queue.get(job.id), "pause")
    assert stage.halt(queue, queue.get(job.id), "resume").state == "printing"
    assert stage.cancel(queue, queue.get(job.id)).state == "cancelled"
    until(lambda: octo.get("/api/job").json()["state"] == "Operational")
    assert octo.prints()[job.remote].get("success", 0) == 0


def test_octoprint_is_given_nothing_while_it_prints_or_is_paused(
    octo: Octo, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    first = sent(queue, told, moves(tmp_path / "a.gcode", 400, slow=True))
    with pytest.raises(Busy, match=f"has job {first.id}"):
        sent(queue, told, moves(tmp_path / "b.gcode", 30))
    stage.halt(queue, queue.get(first.id), "pause")
    with pytest.raises(Busy, match="paused"):
        sent(queue, told, tmp_path / "b.gcode")
    with pytest.raises(Busy, match="paused"):  # and by the backend itself, which no queue guards
        connect(config.find("virtual")).start(first.remote)
    waiting = [job for job in queue.jobs() if job.state == "queued"]
    assert [job.label for job in waiting] == ["b.gcode"]
    stage.cancel(queue, queue.get(first.id))
    done = sent(queue, told, tmp_path / "b.gcode", watching=True)
    assert (done.id, done.state) == (waiting[0].id, "finished")


def test_octoprint_job_cancelled_at_its_own_page_is_not_sent_again(
    octo: Octo, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    job = sent(queue, told, moves(tmp_path / "page.gcode", 400, slow=True))
    octo.post("/api/job", command="cancel")
    ended = stage.watch(queue, job, told, every_s=0.3)
    assert ended.state == "cancelled"
    assert ended.message == "cancelled at the printer"


def test_octoprint_with_a_wrong_key(octo: Octo, own_config: Path) -> None:
    wrong = connect(Address(name="wrong", kind="octoprint", url=octo.url, key=SecretStr("WRONG" * 6)))
    with pytest.raises(Unauthorised, match="refuses the key"):
        wrong.about()
    (own_config / "key.txt").write_text("WRONG" * 6)
    said = fabricate(
        *("printers", "add", "wrong", "--kind", "octoprint", "--url", octo.url, "--key-file", "key.txt"),
        cwd=own_config,
    )
    assert said.status == 1
    assert "refuses the key" in said.err
    assert "WRONG" not in said.out + said.err
    assert "wrong" not in config.every(), "a printer that refuses the key is not kept"


def test_octoprint_command_line(octo: Octo, own_config: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY + "\n")
    where = ("--url", octo.url, "--key-file", "key", "--profile", "generic-0.4-pla", "--material", "PLA")
    said = fabricate("printers", "add", "shop", "--kind", "octoprint", *where, "--json", cwd=tmp_path)
    assert said.status == 0, said
    assert "OctoPrint 1.11" in said.json["about"]
    assert KEY not in said.out + said.err
    assert (own_config / "printers.toml").stat().st_mode & 0o777 == 0o600
    assert KEY not in fabricate("printers", "list", "--json", cwd=tmp_path).out
    assert fabricate("printers", "test", "shop", cwd=tmp_path).status == 0
    moves(tmp_path / "small.gcode", 60)
    refused = fabricate("print", "small.gcode", "--printer", "shop", cwd=tmp_path)
    assert refused.status == 1
    assert "not confirmed clear" in refused.err
    assert "--bed-clear" in refused.err
    done = fabricate("print", "small.gcode", "--printer", "shop", "--bed-clear", "--json", cwd=tmp_path)
    assert done.status == 0, done
    assert [job["state"] for job in done.json["jobs"]] == ["finished"]
    twice = fabricate("print", "small.gcode", "--printer", "shop", "--bed-clear", cwd=tmp_path)
    assert twice.status == 1
    assert "--again" in twice.err
    assert sum(row.get("success", 0) for row in octo.prints().values()) == 1
    listed = fabricate("jobs", "--json", cwd=tmp_path).json["jobs"]
    assert [(job["id"], job["state"], job["printer"]) for job in listed] == [(1, "finished", "shop")]
    assert fabricate("printers", "remove", "shop", cwd=tmp_path).status == 0
    assert "shop" not in (own_config / "printers.toml").read_text()


def test_octoprint_restarted_in_the_middle(octo: Octo, queue: Queue, told: Progress, tmp_path: Path) -> None:
    """Killed at work and started anew: the job is not lost, and not started anew by itself."""
    job = sent(queue, told, moves(tmp_path / "cut.gcode", 400, slow=True))
    until(lambda: (stage.settle(queue, queue.get(job.id)).fraction or 0) > 0)
    octo.kill()
    again = threading.Timer(2.0, octo.start)
    again.start()
    ended = stage.watch(queue, queue.get(job.id), told, every_s=0.3)
    again.join()
    assert (ended.state, ended.attempt) == ("queued", 2)
    assert "without a word" in ended.message
    with pytest.raises(Busy, match="not confirmed clear"):
        stage.carry(queue, ended, told)
    assert octo.get("/api/job").json()["state"].split(" ")[0] in ("Offline", "Operational")


@pytest.mark.slow
def test_octoprint_prints_what_make_made_in_one_command(octo: Octo, tmp_path: Path) -> None:
    """From a selfie to a finished job: the photo read, the figure made, sliced, sent, watched to its end."""
    needs("prusa-slicer")
    if find_spec("mediapipe") is None:
        pytest.skip("the photo reader is not installed: make install")
    config.add(config.find("virtual").model_copy(update={"profile": "virtual"}))
    spec = Path(__file__).resolve().parents[2] / "examples" / "astronaut.toml"
    settings = ("--set", "prepare.height_mm=40", "--set", "slice.profile=virtual")
    words = ("make", spec, *settings, "--print", "--printer", "virtual", "--bed-clear", "-o", "out")
    said = fabricate(*words, "--json", cwd=tmp_path)
    assert said.status == 0, said
    (job,) = said.json["jobs"]
    assert job["state"] == "finished"
    assert octo.prints()[job["remote"]]["success"] == 1
    assert said.json["files"]["plates/1.gcode"]
    again = fabricate(*words, cwd=tmp_path)
    assert again.status == 1
    assert "was sent before" in again.err


def test_octoprint_is_given_plate_after_plate(octo: Octo, tmp_path: Path) -> None:
    """Two plates on one printer: the second waits until the bed is clear again."""
    below = tmp_path / "maya" / "work" / "slice" / "plates"
    below.mkdir(parents=True)
    made = [Gcode(p := moves(below / f"{n}.gcode", 20 + n), disk.digest(p), "", plate=n) for n in (1, 2)]
    (below.parent / "plates.json").write_text(json.dumps([each.to_json() for each in made]))
    one = fabricate("print", "maya", "--printer", "virtual", "--bed-clear", "--json", cwd=tmp_path)
    assert one.status == 0, one
    assert [job["state"] for job in one.json["jobs"]] == ["finished", "queued"]
    two = fabricate("print", "--bed-clear", "--json", cwd=tmp_path)
    assert [(job["label"], job["state"]) for job in two.json["jobs"]] == [("maya plate 2", "finished")]
    assert sum(row.get("success", 0) for row in octo.prints().values()) == 2


def test_octoprint_goes_on_when_watching_is_stopped(octo: Octo, queue: Queue, tmp_path: Path) -> None:
    """^C leaves the printer printing and says how to end it."""
    moves(tmp_path / "long.gcode", 400, slow=True)
    root = Path(__file__).resolve().parents[2]
    command = [*FABRICATE, "print", "long.gcode", "--printer", "virtual", "--bed-clear"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(root)}, stderr=subprocess.PIPE, text=True
    ) as one:
        until(lambda: any(job.fraction for job in queue.jobs("printing")))
        one.send_signal(signal.SIGINT)
        _, said = one.communicate(timeout=120)
    assert one.returncode == 130
    assert "job 1 goes on" in said
    assert "fabricate jobs cancel 1" in said
    assert octo.state == "Printing"
    paused = fabricate("jobs", "pause", "1", "--json", cwd=tmp_path)
    assert paused.json["job"]["state"] == "paused", paused
    assert fabricate("jobs", "resume", "1", cwd=tmp_path).status == 0
    assert fabricate("jobs", "cancel", "1", cwd=tmp_path).status == 0
    octo.settled()
    assert octo.state == "Operational"
