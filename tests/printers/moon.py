"""A real Moonraker, and behind its socket a stand-in for Klipper.

``Klippy`` speaks Klipper's socket protocol (JSON ended by ETX) as far as Moonraker asks for it: it takes the
file that it is told to print, takes its time, and reports its state. It moves nothing.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.printers.octo import free_port
from tests.printers.programs import killed, launched, program

ETX = b"\x03"


@dataclass
class Klippy:
    """``print_s``: how long a job takes. ``fails``: what goes wrong just after a job was started."""

    path: Path
    gcodes: Path
    print_s: float = 1.5
    fails: str = ""
    state: str = "ready"
    stats: dict[str, Any] = field(default_factory=lambda: {"state": "standby", "filename": "", "message": ""})
    progress: float = 0.0
    starts: list[str] = field(default_factory=list)
    peers: list[socket.socket] = field(default_factory=list)
    listener: socket.socket | None = None

    def listen(self) -> None:
        self.path.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        assert self.listener is not None
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                self.peers.append(peer)
                threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def close(self) -> None:
        for each in (self.listener, *self.peers):
            if each is not None:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
        self.peers.clear()

    def serve(self, peer: socket.socket) -> None:
        left = b""
        with contextlib.suppress(OSError):
            while piece := peer.recv(65536):
                *whole, left = (left + piece).split(ETX)
                for text in whole:
                    asked = json.loads(text)
                    told = self.answer(asked["method"], asked.get("params") or {})
                    peer.sendall(json.dumps({"id": asked["id"], **told}).encode() + ETX)

    def objects(self) -> dict[str, Any]:
        return {
            "webhooks": {"state": self.state, "state_message": "stand-in"},
            "print_stats": {"total_duration": 0.0, "filament_used": 0.0, "info": {}}
            | {"print_duration": self.progress * self.print_s}
            | self.stats,
            "virtual_sdcard": {"progress": self.progress, "is_active": self.stats["state"] == "printing"},
            "extruder": {"temperature": 21.0, "target": 0.0},
            "pause_resume": {"is_paused": self.stats["state"] == "paused"},
            "display_status": {},
            "heaters": {"available_sensors": ["extruder"], "available_heaters": ["extruder"]},
            "configfile": {"config": {"virtual_sdcard": {"path": str(self.gcodes)}}, "settings": {}},
            "idle_timeout": {"state": "Idle"},
        }

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        if method == "info":
            here = str(self.path.parent)
            paths = ("klipper_path", "python_path", "config_file", "log_file")
            about = {"state": self.state, "state_message": "stand-in", "software_version": "none"}
            return {"result": {**about, **dict.fromkeys(paths, here), "hostname": "", "cpu_info": ""}}
        if method == "list_endpoints":
            return {"result": {"endpoints": ["objects/query", "objects/list", "gcode/script"]}}
        if method == "objects/list":
            return {"result": {"objects": sorted(self.objects())}}
        if method in ("objects/query", "objects/subscribe"):
            known = self.objects()
            wanted = params.get("objects", {})
            found = {
                name: {k: v for k, v in known[name].items() if keys is None or k in keys}
                for name, keys in wanted.items()
                if name in known
            }
            return {"result": {"eventtime": time.monotonic(), "status": found}}
        if method == "gcode/script":
            return self.script(params["script"])
        if method.startswith("pause_resume/"):
            self.order(method.partition("/")[2])
        return {"result": {}}

    def script(self, text: str) -> dict[str, Any]:
        named = re.match(r'SDCARD_PRINT_FILE FILENAME="(.*)"', text)
        if named is None:
            return {"result": {}}
        if not (self.gcodes / named[1]).is_file():
            return {"error": {"message": "Unable to open file"}}
        self.starts.append(named[1])  # while paused, too: as Klipper does, the job begins anew
        self.progress = 0.0
        self.change(state="printing", filename=named[1], message="")
        threading.Thread(target=self.work, args=(len(self.starts),), daemon=True).start()
        return {"result": {}}

    def work(self, number: int) -> None:
        while self.stats["state"] in ("printing", "paused") and len(self.starts) == number:
            time.sleep(0.05)
            if self.fails and self.progress > 0.1:
                self.change(state="error", message=self.fails)
            elif self.stats["state"] == "printing":
                self.progress = min(1.0, self.progress + 0.05 / self.print_s)
                if self.progress >= 1.0:
                    self.change(state="complete")

    def order(self, what: str) -> None:
        state = {"pause": "paused", "resume": "printing", "cancel": "cancelled"}[what]
        if self.stats["state"] in ("printing", "paused"):
            self.change(state=state)

    def change(self, **stats: str) -> None:
        self.stats = {**self.stats, **stats}
        self.report({"print_stats": self.objects()["print_stats"]})

    def report(self, status: dict[str, Any]) -> None:
        params = {"eventtime": time.monotonic(), "status": status}
        text = json.dumps({"method": "process_status_update", "params": params}).encode() + ETX
        for peer in list(self.peers):
            with contextlib.suppress(OSError):
                peer.sendall(text)


@dataclass
class Moon:
    """One Moonraker in ``folder``."""

    folder: Path
    klippy: Klippy
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def gcodes(self) -> Path:
        return self.folder / "gcodes"

    def start(self) -> None:
        command = [str(program("moonraker")), "-d", str(self.folder), "-n"]
        self.process = launched(command, self.folder / "out.txt", self.answers, 60)

    def answers(self) -> bool:
        try:
            told = httpx.get(f"{self.url}/server/info", timeout=5, trust_env=False)
            return told.status_code == 401 or told.json()["result"]["klippy_state"] == "ready"
        except (httpx.HTTPError, KeyError, ValueError):
            return False

    def kill(self) -> None:
        killed(self.process)
        self.process = None


@contextlib.contextmanager
def moonraker(folder: Path, trusted: str = "127.0.0.1") -> Iterator[Moon]:
    """A Moonraker with its stand-in for Klipper, ended afterwards."""
    for name in ("gcodes", "config", "logs", "comms", "database"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    port = free_port()
    klippy = Klippy(folder / "comms" / "klippy.sock", folder / "gcodes")
    (folder / "config" / "moonraker.conf").write_text(
        f"[server]\nhost: 127.0.0.1\nport: {port}\nklippy_uds_address: {klippy.path}\n"
        "[machine]\nprovider: none\nvalidate_service: False\nvalidate_config: False\n"
        f"[authorization]\nforce_logins: False\ntrusted_clients:\n  {trusted}\n[history]\n"
    )
    moon = Moon(folder, klippy, port)
    klippy.listen()
    try:
        moon.start()
        yield moon
    finally:
        moon.kill()
        klippy.close()
