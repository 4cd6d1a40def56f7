"""Moonraker before Klipper: files by checksum, jobs by what Klipper itself says of them.

It answers 200 to a start that fails a moment later, and to a start while paused, which begins the job anew:
so a start is only sent to a printer that is seen free, and believed once Klipper has the file. Its history
settles what became of a job.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.printers import Address, Outcome, State, Status
from fabricate.printers._http import Server
from fabricate.printers._start import free, seen

__all__ = ["Moonraker"]

STARTS_S = 40.0
STATES: dict[str, State] = {
    "standby": "idle",
    "printing": "printing",
    "paused": "paused",
    "complete": "finished",
    "cancelled": "stopped",
    "error": "error",
}
HISTORY: dict[str, Outcome] = {"completed": "finished", "cancelled": "cancelled", "in_progress": "unknown"}
"""Anything else there is a failure."""
MOST = 100
"""How many of the last jobs are looked through."""


class Moonraker:
    """One printer behind Moonraker; ``key`` only where it asks for one."""

    def __init__(self, address: Address, timeout_s: float = 0.0) -> None:
        self.address = address
        key = address.key.get_secret_value()
        self.server = Server(address, {"X-Api-Key": key} if key else {}, timeout_s=timeout_s)

    def about(self) -> str:
        """Moonraker's version, and what Klipper does."""
        told = self._result("/server/info")
        return f"Moonraker {told.get('moonraker_version', '')}: {self.status()}"

    def _result(self, path: str, **params: Any) -> dict[str, Any]:
        answer = self.server.get(path, **params)
        found = self.server.read(answer).get("result")
        if not isinstance(found, dict):
            raise self.server.strange(answer)
        return found

    def status(self) -> Status:
        """Klipper's own word on the job, the file and the nozzle."""
        klippy = str(self._result("/server/info").get("klippy_state", ""))
        if klippy != "ready":
            state: State = "busy" if klippy == "startup" else "error" if klippy == "error" else "offline"
            return Status(state, f"Klipper is {klippy or 'away'}")
        wanted = {"print_stats": "", "virtual_sdcard": "progress", "extruder": "temperature"}
        answer = self.server.get("/printer/objects/query", ok=(200, 503), **wanted)
        if answer.status == 503:  # it went away between the two questions
            return Status("offline", "Klipper is away")
        seen = (self.server.read(answer).get("result") or {}).get("status") or {}
        stats, card = seen.get("print_stats") or {}, seen.get("virtual_sdcard") or {}
        state = STATES.get(str(stats.get("state", "")), "busy")
        done = (
            card.get("progress") if state in ("printing", "paused") else 1.0 if state == "finished" else None
        )
        spent = float(stats.get("print_duration") or 0.0)
        return Status(
            state,
            str(stats.get("message") or ""),
            file=str(stats.get("filename") or ""),
            fraction=None if done is None else float(done),
            left_s=spent / done - spent if done and 0.01 < done < 1 else None,
            nozzle_c=(seen.get("extruder") or {}).get("temperature"),
        )

    def takes(self, gcode: Gcode) -> str:
        """Plain G-code alone."""
        return "" if gcode.kind == "gcode" else f"Klipper prints G-code, not {gcode.kind}"

    def upload(self, path: Path, name: str, sha256: str) -> str:
        """Upload with its checksum, which Moonraker compares, then compare the size."""
        data = path.read_bytes()
        answer = self.server.ask(
            "POST",
            "/server/files/upload",
            ok=(201, 422),
            again=True,  # under a name of its own
            size=len(data),
            files=lambda: {"file": (name, data, "application/octet-stream")},
            data={"root": "gcodes", "checksum": sha256, "print": "false"},
        )
        if answer.status == 422:
            raise PrinterError(f"{name} arrived damaged at {self.server.who}", "send it again")
        told = self.server.read(answer)
        told = told.get("result") if isinstance(told.get("result"), dict) else told
        known = str((told.get("item") or {}).get("path") or "")
        if not known:
            raise self.server.strange(answer)
        lies = self._result("/server/files/metadata", filename=known)
        if lies.get("size") != len(data):
            raise PrinterError(
                f"{self.server.who} holds {lies.get('size')} bytes of {name}", "is its disk full?"
            )
        return known

    def start(self, name: str) -> None:
        """Print, then wait until Klipper has the file."""
        free(self.status(), self.server.who)
        self.server.ask("POST", "/printer/print/start", params={"filename": name})
        seen(self, self.server.who, name, STARTS_S)

    def outcome(self, name: str, last: Status | None) -> Outcome:
        """By Moonraker's history, which is written when a job starts."""
        answer = self.server.get("/server/history/list", ok=(200, 404), limit=MOST, order="desc")
        if answer.status == 404:
            return "unknown"
        jobs = (self.server.read(answer).get("result") or {}).get("jobs") or []
        for job in jobs:
            if job.get("filename") == name:
                return HISTORY.get(str(job.get("status")), "failed")
        if len(jobs) >= MOST:  # what came before those may hold it
            return "unknown"
        return "unknown" if last is not None and last.at_work else "never"

    def pause(self) -> None:
        """Halt the job."""
        self.server.ask("POST", "/printer/print/pause", again=True)

    def resume(self) -> None:
        """Let a halted job go on."""
        self.server.ask("POST", "/printer/print/resume")

    def cancel(self) -> None:
        """End the job."""
        self.server.ask("POST", "/printer/print/cancel", again=True)
