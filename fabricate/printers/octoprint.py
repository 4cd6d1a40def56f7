"""OctoPrint: files and jobs over its REST interface.

It answers 201 to an upload whether or not a printer is connected, so nothing is started by uploading; what
lies there afterwards is compared by size and SHA-1, and a start counts once the job is seen to run.
"""

from __future__ import annotations

import contextlib
import hashlib
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.printers import Address, Busy, Outcome, State, Status, Unreachable
from fabricate.printers._http import Server
from fabricate.printers._start import free, seen

__all__ = ["OctoPrint"]

STARTS_S = 40.0
"""How long a printer may take from the order until the job is seen to run."""
STATES: dict[str, State] = {
    **{"printing": "printing", "starting": "printing", "paused": "paused", "operational": "idle"},
    **dict.fromkeys(("pausing", "resuming", "cancelling", "finishing", "sending"), "busy"),
    **dict.fromkeys(("connecting", "detecting", "opening"), "busy"),
}
"""By the first word of its state; flags are absent when no printer is connected."""


class OctoPrint:
    """One printer behind OctoPrint."""

    def __init__(self, address: Address, timeout_s: float = 0.0) -> None:
        self.address = address
        self.server = Server(address, {"X-Api-Key": address.key.get_secret_value()}, timeout_s=timeout_s)

    def about(self) -> str:
        """OctoPrint's version, and what it says of the printer."""
        told = self.server.json("/api/version")
        self.server.json("/api/job")  # the version alone proves no right to print
        return f"{told.get('text') or 'OctoPrint'}: {self.status()}"

    def status(self) -> Status:
        """What the connection, the job and the nozzle say together."""
        job = self.server.json("/api/job")
        text = str(job.get("state", ""))
        progress, file = job.get("progress") or {}, (job.get("job") or {}).get("file") or {}
        done = progress.get("completion")
        word = text.split(" ")[0].lower()
        away = word in ("offline", "closed") and "error" not in text.lower()
        state = STATES.get(word, "offline" if away else "error")
        if state == "idle" and done is not None and done >= 100:
            state = "finished"
        return Status(
            state,
            "" if state in ("idle", "finished", "printing") else str(job.get("error") or text),
            file=str(file.get("path") or file.get("name") or ""),
            fraction=None if done is None else min(1.0, done / 100),
            left_s=progress.get("printTimeLeft"),
            nozzle_c=self._nozzle() if state != "offline" else None,
        )

    def _nozzle(self) -> float | None:
        answer = self.server.get("/api/printer", ok=(200, 409), exclude="sd,state")
        if answer.status != 200:
            return None
        found = self.server.read(answer).get("temperature", {}).get("tool0", {}).get("actual")
        return float(found) if isinstance(found, int | float) else None

    def takes(self, gcode: Gcode) -> str:
        """Plain G-code alone."""
        return "" if gcode.kind == "gcode" else f"OctoPrint prints G-code, not {gcode.kind}"

    def upload(self, path: Path, name: str, sha256: str) -> str:
        """Upload, then compare size and SHA-1 with what lies there."""
        try:
            return self._uploaded(path.read_bytes(), name)
        except Unreachable:
            raise
        except PrinterError:
            with contextlib.suppress(PrinterError):  # half a file would keep a full disk full
                self.server.ask("DELETE", f"/api/files/local/{quote(name)}", ok=(204, 404, 409))
            raise

    def _uploaded(self, data: bytes, name: str) -> str:
        answer = self.server.ask(
            "POST",
            "/api/files/local",
            ok=(201,),
            again=True,  # under a name of its own: the second takes the first one's place
            size=len(data),
            files=lambda: {"file": (name, data, "application/octet-stream")},
            data={"select": "false", "print": "false"},
        )
        told: Any = (self.server.read(answer).get("files") or {}).get("local") or {}
        known = str(told.get("path") or told.get("name") or "")
        if not known:
            raise self.server.strange(answer)
        lies = self._file(known) or {}
        if lies.get("size") != len(data) or lies.get("hash") not in (
            None,
            hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        ):
            raise PrinterError(
                f"what {self.server.who} holds of {name} differs from what was sent", "is its disk full?"
            )
        return known

    def _file(self, name: str) -> dict[str, Any] | None:
        answer = self.server.get(f"/api/files/local/{quote(name)}", ok=(200, 404))
        return self.server.read(answer) if answer.status == 200 else None

    def start(self, name: str) -> None:
        """Select and print, then wait until the job is seen; connects to the printer when it is not."""
        now = self.status()
        if now.state == "offline":
            now = self._connected()
        free(now, self.server.who)
        self.server.ask(
            "POST",
            f"/api/files/local/{quote(name)}",
            json={"command": "select", "print": True},
            ok=(200, 204),
        )
        seen(self, self.server.who, name, STARTS_S)

    def _connected(self) -> Status:
        """Its state once it has been told to connect with the printer by its own settings."""
        self.server.ask("POST", "/api/connection", json={"command": "connect"}, again=True)
        end = time.monotonic() + STARTS_S
        while (now := self.status()).state in ("busy", "offline") and time.monotonic() < end:
            time.sleep(0.3)
        if not now.free:
            raise Busy(
                f"{self.server.who} cannot reach its printer: {now}", "switch it on, or look at OctoPrint"
            )
        return now

    def outcome(self, name: str, last: Status | None) -> Outcome:
        """By the file's own history. It cannot tell a cancelled print from a failed one: a printer that is
        well afterwards was cancelled, unless it was seen offline or in an error meanwhile."""
        file = self._file(name)
        prints = (file or {}).get("prints") or {}
        if prints.get("success"):
            return "finished"
        if not prints.get("failure"):
            return "unknown" if file is None or (last is not None and last.at_work) else "never"
        broken = self.status().state in ("offline", "error") or (
            last is not None and last.state in ("offline", "error")
        )
        return "failed" if broken else "cancelled"

    def pause(self) -> None:
        """Halt the job."""
        self.server.ask("POST", "/api/job", json={"command": "pause", "action": "pause"}, again=True)

    def resume(self) -> None:
        """Let a halted job go on."""
        self.server.ask("POST", "/api/job", json={"command": "pause", "action": "resume"}, again=True)

    def cancel(self) -> None:
        """End the job; there being none any more is as good."""
        self.server.ask("POST", "/api/job", json={"command": "cancel"}, again=True, ok=(204, 409))
