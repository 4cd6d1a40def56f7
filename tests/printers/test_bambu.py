"""Bambu in LAN mode, against a stand-in: a real mosquitto, a small device and a small FTPS server."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.events import Progress
from fabricate.printers import Address, Busy, Unauthorised, config, connect
from fabricate.printers import bambu as backend
from fabricate.printers._tls import first_use
from fabricate.printers.queue import Job, Queue
from fabricate.stages import print as stage
from tests.printers.bamboo import CODE, SERIAL, Bamboo, bambu


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bamboo]:
    with bambu(tmp_path_factory.mktemp("bambu")) as made:
        yield made


@pytest.fixture
def bamboo(server: Bamboo, monkeypatch: pytest.MonkeyPatch) -> Bamboo:
    monkeypatch.setattr(backend, "KEEP_S", 0.0)
    server.device.strict, server.device.seconds, server.card.room = False, 1.0, 1 << 30
    server.device.state |= {"gcode_state": "IDLE", "subtask_name": "", "print_error": 0, "mc_percent": 0}
    server.device.starts.clear()
    config.add(address(server))
    return server


def address(server: Bamboo, code: str = CODE) -> Address:
    host, port, _ = server.url.split(":")
    mark = first_use(host, int(port))
    assert mark.startswith("sha256:")
    return Address(
        name="p1", kind="bambu", url=server.url, key=SecretStr(code), serial=SERIAL, fingerprint=mark
    )


def sliced(tmp_path: Path) -> Gcode:
    path = tmp_path / "toy.gcode.3mf"
    path.write_bytes(b"PK a sliced project, of which the stand-in reads nothing")
    return Gcode(path, disk.digest(path), "", kind="gcode.3mf")


def send(queue: Queue, told: Progress, tmp_path: Path, *, watching: bool = True) -> Job:
    stage.confirm(queue, "p1")
    job, _ = queue.submit(sliced(tmp_path), "p1", "toy")
    return stage.carry(queue, job, told, watching=watching, every_s=0.1)


def test_bambu_from_upload_to_finished(bamboo: Bamboo, queue: Queue, told: Progress, tmp_path: Path) -> None:
    job = send(queue, told, tmp_path)
    assert job.state == "finished"
    assert bamboo.device.starts == [job.remote]
    assert bamboo.card.files[job.remote] == (tmp_path / "toy.gcode.3mf").read_bytes()
    assert "experimental" in connect(config.find("p1")).about()


def test_bambu_pauses_resumes_and_cancels(
    bamboo: Bamboo, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    bamboo.device.seconds = 600
    job = send(queue, told, tmp_path, watching=False)
    assert stage.halt(queue, queue.get(job.id), "pause").state == "paused"
    assert stage.halt(queue, queue.get(job.id), "resume").state == "printing"
    assert stage.cancel(queue, queue.get(job.id)).state == "cancelled"
    assert len(bamboo.device.starts) == 1


def test_bambu_firmware_that_refuses_orders_names_developer_mode(
    bamboo: Bamboo, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    bamboo.device.strict = True
    with pytest.raises(Busy, match="verify failed") as caught:
        send(queue, told, tmp_path)
    assert "Developer Mode" in caught.value.hint
    assert [job.state for job in queue.jobs()] == ["queued"]


def test_bambu_with_a_wrong_access_code(bamboo: Bamboo) -> None:
    wrong = connect(address(bamboo, "00000000"))
    with pytest.raises(Unauthorised, match="refuses the access code"):
        wrong.about()
    with pytest.raises(Unauthorised, match="refuses the access code"):
        wrong.status()


def test_bambu_with_another_certificate_than_the_one_trusted(bamboo: Bamboo) -> None:
    other = connect(address(bamboo).model_copy(update={"fingerprint": "sha256:" + "0" * 64}))
    with pytest.raises(Unauthorised, match="fingerprint"):
        other.status()
    with pytest.raises(Unauthorised, match="fingerprint"):
        other.about()


def test_bambu_whose_card_is_full(bamboo: Bamboo, queue: Queue, told: Progress, tmp_path: Path) -> None:
    bamboo.card.room = 5
    with pytest.raises(PrinterError, match="is full"):
        send(queue, told, tmp_path)
    assert not bamboo.device.starts


def test_bambu_takes_sliced_projects_alone(bamboo: Bamboo, tmp_path: Path) -> None:
    printer = connect(config.find("p1"))
    assert printer.takes(sliced(tmp_path)) == ""
    assert "sliced 3MF" in printer.takes(replace(sliced(tmp_path), kind="gcode"))
