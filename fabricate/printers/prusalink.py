"""PrusaLink: its interface of version 1, digest access.

It keeps no history: once the screen has let a job go, only a job that was seen near its end is taken for
finished, and a start whose answer was lost is left to the maker's eyes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.printers import Address, Outcome, State, Status
from fabricate.printers._http import Server
from fabricate.printers._start import free, seen

__all__ = ["PrusaLink"]

STARTS_S = 60.0
USER = "maker"
NEAR_END = 0.98
STATES: dict[str, State] = {
    "IDLE": "idle",
    "READY": "idle",
    "BUSY": "busy",
    "PRINTING": "printing",
    "PAUSED": "paused",
    "FINISHED": "finished",
    "STOPPED": "stopped",
    "ERROR": "error",
    "ATTENTION": "error",
}


class PrusaLink:
    """One printer with PrusaLink. ``user`` is ``maker`` unless another is named; ``-`` sends the key as an
    API key, for older firmware."""

    def __init__(self, address: Address, timeout_s: float = 0.0) -> None:
        self.address = address
        key, user = address.key.get_secret_value(), address.user or USER
        plain = user == "-"
        self.server = Server(
            address,
            {"X-Api-Key": key} if plain else {},
            auth=None if plain else httpx.DigestAuth(user, key),
            timeout_s=timeout_s,
        )

    def about(self) -> str:
        """What printer it is, and what it does."""
        told = self.server.json("/api/version")
        return f"{told.get('text') or 'PrusaLink'} {told.get('server', '')}: {self.status()}"

    def _job(self) -> dict[str, Any]:
        answer = self.server.get("/api/v1/job", ok=(200, 204))
        return self.server.read(answer) if answer.status == 200 else {}

    def status(self) -> Status:
        """The printer's state, and its job when there is one."""
        answer = self.server.get("/api/v1/status")
        printer = self.server.read(answer).get("printer")
        if not isinstance(printer, dict) or "state" not in printer:
            raise self.server.strange(answer)
        word = str(printer["state"])
        state = STATES.get(word, "busy")
        job = self._job() if state != "idle" else {}
        file = job.get("file") or {}
        return Status(
            state,
            "it wants attention: look at its screen" if word == "ATTENTION" else "",
            file=str(file.get("display_name") or file.get("name") or ""),
            fraction=None if job.get("progress") is None else float(job["progress"]) / 100,
            left_s=job.get("time_remaining"),
            job=str(job.get("id") or ""),
            nozzle_c=printer.get("temp_nozzle"),
        )

    def takes(self, gcode: Gcode) -> str:
        """G-code, and what SL1 printers take."""
        return "" if gcode.kind in ("gcode", "sl1") else f"PrusaLink prints G-code, not {gcode.kind}"

    def _storage(self) -> str:
        """The first storage that is there and may be written: a stick before the printer's own."""
        rows = self.server.json("/api/v1/storage").get("storage_list") or []
        usable = [row for row in rows if row.get("available", True) and not row.get("read_only")]
        if not usable:
            raise PrinterError(f"{self.server.who} has nowhere to keep a file", "put its USB stick in")
        usable.sort(key=lambda row: row.get("type") != "USB")
        return str(usable[0]["path"]).strip("/")

    def _path(self, name: str) -> str:
        return f"/api/v1/files/{self._storage()}/{quote(name)}"

    def upload(self, path: Path, name: str, sha256: str) -> str:
        """Upload, then compare the size with what lies there."""
        data = path.read_bytes()
        where = self._path(name)
        self.server.ask(
            "PUT",
            where,
            ok=(200, 201, 204),
            again=True,  # under a name of its own, over itself
            size=len(data),
            content=data,
            extra={"Content-Type": "text/x.gcode", "Overwrite": "?1", "Print-After-Upload": "?0"},
        )
        lies = self.server.json(where).get("size")
        if lies != len(data):
            raise PrinterError(f"{self.server.who} holds {lies} bytes of {name}", "is its stick full?")
        return name

    def start(self, name: str) -> None:
        """Print, then wait until the job is seen."""
        free(self.status(), self.server.who)
        self.server.ask("POST", self._path(name))
        seen(self, self.server.who, name, STARTS_S)

    def outcome(self, name: str, last: Status | None) -> Outcome:
        """By the job that its screen still shows, else by how far it was seen."""
        now = self.status()
        if now.file == name:
            return now.outcome(name)
        near = last is not None and last.fraction is not None and last.fraction >= NEAR_END
        return "finished" if near else "unknown"

    def _order(self, method: str, what: str) -> None:
        job = self.status().job
        if not job:
            raise PrinterError(f"{self.server.who} has no job", "look at the printer")
        self.server.ask(method, f"/api/v1/job/{job}{what}", again=True)

    def pause(self) -> None:
        """Halt the job."""
        self._order("PUT", "/pause")

    def resume(self) -> None:
        """Let a halted job go on."""
        self._order("PUT", "/resume")

    def cancel(self) -> None:
        """End the job."""
        self._order("DELETE", "")
