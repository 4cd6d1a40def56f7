"""The queue, the addresses, and which printer fits: no server needed, folders do."""

from __future__ import annotations

import dataclasses
import http.server
import json
import os
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from fabricate import disk
from fabricate.artifacts import Gcode
from fabricate.cli import printers as command
from fabricate.errors import PrinterError, RunError
from fabricate.events import Progress
from fabricate.printers import KINDS, Address, Busy, Unauthorised, Unreachable, config, connect
from fabricate.printers._tls import first_use
from fabricate.printers.queue import AT_PRINTER, Queue
from fabricate.stages import print as stage
from fabricate.stages._print_files import plates_of
from fabricate.stages._print_fit import misfit, mismatch
from tests.printers.bamboo import certificate
from tests.printers.octo import moves
from tests.small import fabricate


def plate(path: Path, **more: object) -> Gcode:
    return dataclasses.replace(Gcode(path, disk.digest(path), "prusa-mini", nozzle_mm=0.4), **more)


@pytest.fixture
def card(tmp_path: Path) -> Path:
    folder = tmp_path / "card"
    folder.mkdir()
    config.add(Address(name="card", kind="folder", url=str(folder), profile="prusa-mini"))
    return folder


def test_a_folder_is_given_the_file_whole(card: Path, queue: Queue, told: Progress, tmp_path: Path) -> None:
    path = moves(tmp_path / "toy.gcode")
    (job,), _ = stage.submit(queue, path, "card")
    done = stage.carry(queue, job, told)
    assert done.state == "finished"
    assert [each.read_bytes() for each in card.iterdir()] == [path.read_bytes()]
    with pytest.raises(PrinterError, match="was sent before"):
        stage.submit(queue, path, "card")
    assert not list(queue.folder.glob("*.gcode")), "the copy is kept as long as the job, no longer"


def test_a_folder_that_is_away_or_full(
    small_disk: object, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    config.add(Address(name="card", kind="folder", url=str(tmp_path / "none")))
    (job,), _ = stage.submit(queue, moves(tmp_path / "toy.gcode"), "card")
    with pytest.raises(Unreachable, match="no folder"):
        stage.carry(queue, job, told)
    full: Path = small_disk("1m")  # type: ignore[operator]
    config.add(Address(name="card", kind="folder", url=str(full)))
    with pytest.raises(PrinterError, match="is full"):
        stage.carry(queue, queue.get(job.id), told)
    assert queue.get(job.id).state == "queued"
    assert not list(full.iterdir())


def test_a_run_made_anew_changes_no_job(card: Path, queue: Queue, told: Progress, tmp_path: Path) -> None:
    path = moves(tmp_path / "toy.gcode")
    before = path.read_bytes()
    (job,), _ = stage.submit(queue, path, "card")
    moves(path, 20)
    stage.carry(queue, job, told)
    assert [each.read_bytes() for each in card.iterdir()] == [before]
    with pytest.raises(PrinterError, match="changed since"):
        queue.submit(dataclasses.replace(plate(path), sha256="0" * 64), "card", "toy")


def test_a_copy_that_has_gone_is_told_and_made_anew(
    card: Path, queue: Queue, told: Progress, tmp_path: Path
) -> None:
    path = moves(tmp_path / "toy.gcode")
    (job,), _ = stage.submit(queue, path, "card")
    job.gcode.path.unlink()
    with pytest.raises(PrinterError, match="cannot be read"):
        stage.carry(queue, job, told)
    assert queue.get(job.id).state == "queued"
    (same,), _ = stage.submit(queue, path, "card")
    assert same.id == job.id
    assert stage.carry(queue, same, told).state == "finished"


def test_what_is_asked_for_again_keeps_its_copy_when_the_first_ends(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first job ends, and drops the copy, between the second's copying and its entry."""
    gcode = plate(moves(tmp_path / "toy.gcode"))
    first, _ = queue.submit(gcode, "any", "toy")
    taken = queue.claim(first, "mini")
    assert taken is not None
    real = queue._keep

    def slow(moves: Gcode) -> Gcode:
        kept = real(moves)
        monkeypatch.setattr(queue, "_keep", real)
        assert Queue().move(taken, "finished") is not None
        return kept

    monkeypatch.setattr(queue, "_keep", slow)
    second, new = queue.submit(gcode, "any", "toy", again=True)
    assert new
    assert second.gcode.path.is_file()


def test_many_that_ask_at_once_get_one_job(queue: Queue, tmp_path: Path) -> None:
    gcode = plate(moves(tmp_path / "toy.gcode"))
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Queue().submit(gcode, "any", "toy"), range(16)))
    assert {job.id for job, _ in made} == {1}
    assert sum(new for _, new in made) == 1


def test_a_printer_has_one_job_at_a_time(queue: Queue, tmp_path: Path) -> None:
    one, _ = queue.submit(plate(moves(tmp_path / "a.gcode", 10)), "any", "a")
    two, _ = queue.submit(plate(moves(tmp_path / "b.gcode", 20)), "any", "b")
    taken = queue.claim(one, "mini")
    assert taken is not None
    assert queue.claim(two, "mini") is None
    assert queue.claim(one, "other") is None, "the same job is not claimed twice"
    assert queue.at("mini") == taken
    for state in AT_PRINTER[1:]:
        taken = queue.move(taken, state)
        assert taken is not None
        assert queue.claim(two, "mini") is None
    assert queue.move(taken, "finished") is not None
    assert queue.claim(two, "mini") is not None


def test_a_job_fails_twice_and_no_more(queue: Queue, tmp_path: Path) -> None:
    job, _ = queue.submit(plate(moves(tmp_path / "a.gcode", 10)), "any", "a")
    remotes = set()
    for state in ("queued", "failed"):
        job = queue.claim(job, "mini") or job
        remotes.add(job.remote)
        job = queue.failed(job, "it fell over") or job
        assert job.state == state
    assert len(remotes) == 2, "each attempt has a name of its own, so that a history tells them apart"
    assert "given up" in job.message


@settings(max_examples=15)
@given(steps=st.lists(st.sampled_from(["claim", "upload", "start", "print", "fail", "end"]), max_size=30))
def test_no_order_of_steps_gives_a_job_to_two(
    steps: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two stale views of one job, whichever moves first: the other's move is refused."""
    folder = tmp_path_factory.mktemp("queue")
    queue = Queue(folder)
    job, _ = queue.submit(plate(moves(folder / "a.gcode", 5)), "any", "a")
    after = {"upload": "uploaded", "start": "starting", "print": "printing", "end": "finished"}
    for step in steps:
        stale = job
        if step == "claim":
            moved = queue.claim(job, "mini") if job.state == "queued" else None
        elif step == "fail":
            moved = queue.failed(job, "why") if job.state in AT_PRINTER else None
        else:
            moved = queue.move(job, after[step]) if job.state in AT_PRINTER else None
        if moved is not None and moved.state != stale.state:
            assert queue.move(stale, "cancelled") is None
        job = moved or job
    assert len(queue.jobs()) == 1
    assert queue.get(job.id).attempt <= 2


def test_a_full_disk_is_told_and_nothing_half_is_left(small_disk: object, tmp_path: Path) -> None:
    folder: Path = small_disk("1m")  # type: ignore[operator]
    path = tmp_path / "large.gcode"
    path.write_bytes(b"G1 X1\n" * 400_000)
    queue = Queue(folder / "queue")
    with pytest.raises(RunError, match="is full"):
        queue.submit(plate(path), "any", "large")
    assert queue.jobs() == []
    assert not list((folder / "queue").glob("*.part"))


def test_keys_are_the_owners_alone(own_config: Path) -> None:
    config.add(Address(name="a", kind="octoprint", url="http://x", key=SecretStr("hidden-key")))
    assert config.file().stat().st_mode & 0o777 == 0o600
    assert "hidden-key" not in repr(config.find("a"))
    assert config.find("a").key.get_secret_value() == "hidden-key"
    config.file().write_text(config.file().read_text().replace("octoprint", "octopus"))
    with pytest.raises(PrinterError) as caught:
        config.every()
    assert "hidden-key" not in str(caught.value)
    config.file().write_text("not toml [")
    with pytest.raises(PrinterError, match="cannot be read"):
        config.add(Address(name="b", kind="folder", url="x"))


@pytest.mark.parametrize("key", ["two\nlines", "a\x00b"])
def test_a_key_that_no_header_takes_is_refused_unseen(own_config: Path, key: str) -> None:
    (own_config / "key").write_text(key)
    words = ("--kind", "octoprint", "--url", "http://127.0.0.1:1", "--key-file", "key")
    said = fabricate("printers", "add", "a", *words, cwd=own_config)
    assert said.status == 1
    assert "a key is one line of text" in said.err
    assert key[-3:] not in said.out + said.err
    assert len(said.err.strip().splitlines()) == 2
    assert config.every() == {}


def test_a_key_beyond_ascii_is_sent_and_refused_by_the_server(https: int) -> None:
    mark = first_use("127.0.0.1", https)
    at = Address(name="x", kind="moonraker", url=f"https://127.0.0.1:{https}", fingerprint=mark)
    assert "busy" in connect(at.model_copy(update={"key": SecretStr("schlüssel")})).about()


@pytest.mark.parametrize(
    ("kind", "url", "told"),
    [
        ("octoprint", "http://host:port", "no address"),
        ("moonraker", "https://[half", "no address"),
        ("moonraker", "ftp://host", "no address"),
        ("prusalink", "http://maker:hidden-word@host", "may hold no password"),
        ("prusalink", "ftp://maker:hidden-word@host", "may hold no password"),
        ("bambu", "host:port", "no address"),
    ],
)
def test_an_address_that_is_none_is_told_in_two_lines(
    own_config: Path, kind: str, url: str, told: str
) -> None:
    (own_config / "key").write_text("k")
    words = ("--kind", kind, "--url", url, "--key-file", "key", "--serial", "1")
    said = fabricate("printers", "add", "a", *words, cwd=own_config)
    assert said.status == 1
    assert told in said.err
    assert "hidden-word" not in said.out + said.err
    assert len(said.err.strip().splitlines()) == 2


def test_a_printer_is_not_called_any(own_config: Path) -> None:
    said = fabricate("printers", "add", "any", "--kind", "folder", "--url", ".", cwd=own_config)
    assert "another name" in said.err


def test_two_that_add_at_once_lose_nothing(own_config: Path) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(lambda n: config.add(Address(name=f"p{n}", kind="folder", url=f"folder-{n}")), range(12))
        )
    assert len(config.every()) == 12


def address(**more: object) -> Address:
    return Address.model_validate({"name": "x", "kind": "folder", "url": "y", **more})


def test_the_command_line_offers_every_kind() -> None:
    assert set(command.KINDS) == set(KINDS) == set(get_args(Address.model_fields["kind"].annotation))


def test_what_fits(tmp_path: Path) -> None:
    gcode = plate(moves(tmp_path / "a.gcode"), size_mm=(50.0, 50.0, 90.0), height_mm=90.0, material="PLA")
    assert misfit(gcode, address(profile="prusa-mini")) == ""
    assert "bed" in misfit(gcode, address(profile="bambu-x1"))
    assert "resin" in misfit(gcode, address(profile="generic-resin"))
    assert misfit(gcode, address()) == ""
    foreign = dataclasses.replace(gcode, profile="", size_mm=(500.0, 20.0, 20.0))
    assert "larger" in misfit(foreign, address(profile="prusa-mini"))
    assert "nozzle" in misfit(dataclasses.replace(foreign, nozzle_mm=0.8), address(profile="prusa-mini"))
    assert mismatch(gcode, address(material="pla")) == ""
    assert "wants PLA" in mismatch(gcode, address(material="PETG"))
    two = dataclasses.replace(gcode, colours=("#ff0000", "#00ff00"))
    assert "2 colours" in mismatch(two, address())
    assert mismatch(two, address(colours=("#f00808", "#10f010"))) == ""
    assert "#00ff00" in mismatch(two, address(colours=("#ff0000", "#0000ff")))


def test_any_takes_the_first_that_fits(queue: Queue, told: Progress, tmp_path: Path) -> None:
    rows = {
        "a-away": {"url": str(tmp_path / "none"), "profile": "prusa-mini"},
        "b-wide": {"profile": "bambu-x1"},
        "c-petg": {"profile": "prusa-mini", "material": "PETG"},
        "d-unknown": {},
        "e-right": {"profile": "prusa-mini", "material": "PLA"},
    }
    for name, row in rows.items():
        (tmp_path / name).mkdir()
        config.add(address(**{"name": name, "url": str(tmp_path / name), **row}))
    job, _ = queue.submit(plate(moves(tmp_path / "a.gcode"), material="PLA"), "any", "a")
    done = stage.carry(queue, job, told)
    assert (done.state, done.printer) == ("finished", "e-right")
    config.remove("e-right")
    other, _ = queue.submit(plate(moves(tmp_path / "b.gcode", 9), material="PLA"), "any", "b")
    with pytest.raises(Busy) as caught:
        stage.carry(queue, other, told)
    for word in ("no folder", "bambu-x1", "wants PLA", "d-unknown is unknown"):
        assert word in caught.value.message


def test_plates_of_a_run_folder(tmp_path: Path) -> None:
    run = tmp_path / "maya"
    below = run / "work" / "slice" / "plates"
    below.mkdir(parents=True)
    made = [plate(moves(below / f"{n}.gcode", 10 + n), plate=n) for n in (1, 2)]
    (run / "work" / "slice" / "plates.json").write_text(json.dumps([each.to_json() for each in made]))
    assert plates_of(run) == [("maya plate 1", made[0]), ("maya plate 2", made[1])]
    with pytest.raises(PrinterError, match="nothing that is sliced"):
        plates_of(below)
    for stage_, text in (("prepare", {"outputs": {"figure.stl": "2"}}), ("slice", {"inputs": {}})):
        text |= {"inputs": {"before": {"prepare": {"figure.stl": "1"}}}}
        (run / "work" / stage_).mkdir(exist_ok=True)
        (run / "work" / stage_ / ".made.json").write_text(json.dumps(text))
    with pytest.raises(PrinterError, match="as it was before"):
        plates_of(run)
    (tmp_path / "mesh.stl").write_text("solid")
    with pytest.raises(PrinterError, match="is not sliced"):
        plates_of(tmp_path / "mesh.stl")
    (tmp_path / "web.gcode").write_text("<html>")
    with pytest.raises(PrinterError, match="holds no moves"):
        plates_of(tmp_path / "web.gcode")


def test_command_line_with_a_folder(card: Path, tmp_path: Path) -> None:
    moves(tmp_path / "toy.gcode", 30)
    done = fabricate("print", "toy.gcode", "--json", cwd=tmp_path)
    assert done.status == 0, done
    assert [job["state"] for job in done.json["jobs"]] == ["finished"]
    refused = fabricate("jobs", "cancel", "1", cwd=tmp_path)
    assert refused.status == 1
    assert "finished already" in refused.err
    assert "job 7" in fabricate("jobs", "watch", "7", cwd=tmp_path).err
    assert fabricate("print", "--printer", "card", cwd=tmp_path).err.startswith("error: nothing waits")
    unknown = fabricate("print", "toy.gcode", "--printer", "crad", cwd=tmp_path)
    assert "did you mean 'card'" in unknown.err


class Quiet(http.server.BaseHTTPRequestHandler):
    """A Moonraker's first answers, over TLS."""

    def do_GET(self) -> None:
        data = json.dumps({"result": {"moonraker_version": "v0", "klippy_state": "startup"}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def https(tmp_path: Path) -> Iterator[int]:
    key, made = certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_a_certificate_is_trusted_by_its_fingerprint_at_first_use(https: int, tmp_path: Path) -> None:
    url = f"https://127.0.0.1:{https}"
    unknown = Address(name="x", kind="moonraker", url=url)
    with pytest.raises(Unauthorised, match="not trusted"):
        connect(unknown).about()
    mark = first_use("127.0.0.1", https)
    assert "busy" in connect(unknown.model_copy(update={"fingerprint": mark})).about()
    changed = unknown.model_copy(update={"fingerprint": mark[:-2] + ("00" if mark[-2:] != "00" else "11")})
    with pytest.raises(Unauthorised, match="fingerprint"):
        connect(changed).about()
    said = fabricate("printers", "add", "x", "--kind", "moonraker", "--url", url, "--json", cwd=tmp_path)
    assert said.json["fingerprint"] == mark


def test_the_folder_of_the_queue_is_the_owners_alone(queue: Queue) -> None:
    assert os.stat(queue.folder).st_mode & 0o077 == 0
