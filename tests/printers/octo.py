"""A real OctoPrint with its bundled virtual printer, on a port of its own at 127.0.0.1."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.printers.programs import killed, launched, program

KEY = "0123456789ABCDEF0123456789ABCDEF"
CONFIG: dict[str, Any] = {
    "plugins": {
        "virtual_printer": {"enabled": True, "throttle": 0.0, "sendWait": False, "preparedOks": []},
        "_disabled": [
            *("softwareupdate", "announcements", "tracking", "discovery", "pluginmanager"),
            *("errortracking", "achievements", "health_check", "backup", "gcodeviewer", "firmware_check"),
        ],
    },
    "server": {
        "firstRun": False,
        "onlineCheck": {"enabled": False},
        "pluginBlacklist": {"enabled": False},
        "seenWizards": {"corewizard": 4},
    },
    "serial": {"autoconnect": False, "port": "VIRTUAL", "baudrate": 115200},
    "gcodeAnalysis": {"runAt": "never"},
    "api": {"key": KEY},
}


def free_port() -> int:
    """A port at 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Octo:
    """One OctoPrint in ``folder``; ``kill`` is a power cut, ``start`` brings it back at the same port."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    uploads: Path | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> None:
        """Write its settings (JSON is YAML) and its user."""
        self.folder.mkdir(parents=True, exist_ok=True)
        more = {} if self.uploads is None else {"folder": {"uploads": str(self.uploads)}}
        (self.folder / "config.yaml").write_text(json.dumps(CONFIG | more), encoding="utf-8")
        command = [str(program("octoprint")), "-b", str(self.folder)]
        add = ["user", "add", "tester", "--password", "of-no-use", "--admin"]
        subprocess.run([*command, *add], check=True, capture_output=True, timeout=120)
        users = self.folder / "users.yaml"
        text = users.read_text(encoding="utf-8")
        users.write_text(re.sub(r"apikey:.*", f"apikey: {KEY}", text), encoding="utf-8")

    def start(self) -> None:
        """Run it, and wait until it answers."""
        command = [str(program("octoprint")), "-b", str(self.folder), "serve"]
        command += ["--host", "127.0.0.1", "--port", str(self.port), "--iknowwhatimdoing"]
        self.process = launched(command, self.folder / "out.txt", self.answers, 120)

    def answers(self) -> bool:
        try:
            return self.get("/api/version").status_code == 200
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """A power cut."""
        killed(self.process)
        self.process = None

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.url + path, headers={"X-Api-Key": KEY}, timeout=20, trust_env=False)

    def post(self, path: str, **body: Any) -> httpx.Response:
        answer = httpx.post(
            self.url + path, headers={"X-Api-Key": KEY}, json=body, timeout=20, trust_env=False
        )
        answer.raise_for_status()
        return answer

    def command(self, text: str) -> None:
        """A line straight to the printer."""
        self.post("/api/printer/command", command=text)

    def prints(self) -> dict[str, dict[str, int]]:
        """What OctoPrint's own history says: file -> how often it came out and how often not."""
        files = self.get("/api/files/local").json()["files"]
        return {each["name"]: each.get("prints", {}) for each in files}

    @property
    def state(self) -> str:
        return str(self.get("/api/job").json()["state"])

    def settled(self) -> None:
        """Wait until it does nothing."""
        end = time.monotonic() + 30
        while self.state.split(" ")[0] not in ("Operational", "Offline", "Error") and time.monotonic() < end:
            time.sleep(0.2)

    def calm(self) -> None:
        """Cancelled, disconnected and emptied, for the next test."""
        with contextlib.suppress(httpx.HTTPError):
            self.post("/api/job", command="cancel")
        self.settled()
        if "rror" in self.state:  # a lost connection leaves one, until it is connected anew
            self.post("/api/connection", command="connect")
            self.settled()
        with contextlib.suppress(httpx.HTTPError):
            self.post("/api/connection", command="disconnect")
        for name in self.prints():
            httpx.delete(
                f"{self.url}/api/files/local/{name}",
                headers={"X-Api-Key": KEY},
                timeout=20,
                trust_env=False,
            )


def running(folder: Path, uploads: Path | None = None) -> Iterator[Octo]:
    """A fixture's body: an OctoPrint that is ended afterwards."""
    octo = Octo(folder, uploads=uploads)
    octo.prepare()
    octo.start()
    try:
        yield octo
    finally:
        octo.kill()


def moves(path: Path, lines: int = 200, *, slow: bool = False) -> Path:
    """A small file of moves; ``slow`` waits a little in each, so that there is time to meddle."""
    wait = "G4 P200\n" if slow else ""
    body = "".join(f"G1 X{20 + n % 50} Y{20 + n % 40} E0.1 F6000\n{wait}" for n in range(lines))
    path.write_text(f"; made for a test\nG28\nG90\nM83\n;LAYER_CHANGE\n;Z:0.2\nG1 Z0.2 F600\n{body}M84\n")
    return path
