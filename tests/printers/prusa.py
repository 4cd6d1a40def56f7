"""A stand-in for PrusaLink: a small real HTTP server, digest access, that speaks its published interface."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PASSWORD = "a-password"


@dataclass
class Prusa:
    """``polls``: how many looks at the job until it has ended. ``room``: bytes that its stick takes."""

    polls: int = 4
    room: int = 1 << 30
    state: str = "IDLE"
    files: dict[str, bytes] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    deaf: bool = False
    """A start is answered and not carried out."""
    seen: int = 0
    number: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, body: bytes, headers: Any) -> tuple[int, Any]:
        if path == "/api/version":
            return 200, {"api": "2.0.0", "server": "2.1.2", "text": "PrusaLink"}
        if path == "/api/v1/status":
            return 200, {"printer": {"state": self.state, "temp_nozzle": 24.0, "temp_bed": 23.0}}
        if path == "/api/v1/storage":
            stick = {"path": "/usb", "type": "USB", "available": True, "read_only": False}
            own = {"path": "/local", "type": "LOCAL", "available": True, "read_only": False}
            return 200, {"storage_list": [own, stick]}
        if path == "/api/v1/job":
            return self.job()
        if named := re.fullmatch(r"/api/v1/job/(\d+)(/pause|/resume)?", path):
            return self.order(method, int(named[1]), named[2])
        if named := re.fullmatch(r"/api/v1/files/usb/(.+)", path):
            return self.file(method, named[1], body, headers)
        return 404, {"title": "no such thing"}

    def job(self) -> tuple[int, Any]:
        if not self.starts or self.state == "IDLE":
            return 204, None
        if self.state == "PRINTING":
            self.seen += 1
            if self.seen >= self.polls:
                self.state = "FINISHED"
        name = self.starts[-1]
        file = {"name": name[:6].upper() + "~1.GCO", "display_name": name, "path": "/usb"}
        progress = min(100.0, 100.0 * self.seen / self.polls)
        told = {
            "id": self.number,
            "state": self.state,
            "progress": progress,
            "time_remaining": 60,
            "file": file,
        }
        return 200, told

    def order(self, method: str, number: int, what: str | None) -> tuple[int, Any]:
        wanted = {"/pause": ("PRINTING", "PAUSED"), "/resume": ("PAUSED", "PRINTING"), None: ("", "STOPPED")}
        before, after = wanted[what]
        if number != self.number or (before and self.state != before):
            return 409, {"title": "not now"}
        self.state = after
        return 204, None

    def file(self, method: str, name: str, body: bytes, headers: Any) -> tuple[int, Any]:
        if method == "PUT":
            if headers["Print-After-Upload"] != "?0" or headers["Overwrite"] != "?1":
                return 400, {"title": "unexpected headers"}
            if len(body) > self.room:
                return 507, {"title": "Insufficient storage"}
            self.files[name] = body
            return 201, None
        if name not in self.files:
            return 404, {"title": "no such file"}
        if method == "GET":
            return 200, {"name": name, "type": "PRINT_FILE", "size": len(self.files[name])}
        if self.state not in ("IDLE", "FINISHED", "STOPPED", "READY"):
            return 409, {"title": "printing"}
        if not self.deaf:
            self.starts.append(name)
            self.number += 1
            self.seen, self.state = 0, "PRINTING"
        return 204, None


def _handler(prusa: Prusa) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def admitted(self) -> bool:
            """Digest access as RFC 7616 has it, MD5, quality auth."""
            said = dict(re.findall(r'(\w+)="?([^",]+)"?', self.headers.get("Authorization", "")))

            def md5(text: str) -> str:
                return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

            one = md5(f"maker:Printer API:{PASSWORD}")
            two = md5(f"{self.command}:{self.path}")
            parts = [one, said.get("nonce"), said.get("nc"), said.get("cnonce"), said.get("qop"), two]
            return said.get("response") == md5(":".join(str(part) for part in parts))

        def any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.admitted():
                self.send_response(401)
                self.send_header(
                    "WWW-Authenticate",
                    'Digest realm="Printer API", nonce="abc123", qop="auth", stale="false"',
                )
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            status, told = prusa.answer(self.command, self.path.partition("?")[0], body, self.headers)
            data = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


@contextlib.contextmanager
def prusalink() -> Iterator[Prusa]:
    """The stand-in, at a port of 127.0.0.1."""
    prusa = Prusa()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(prusa)) as server:
        prusa.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield prusa
        server.shutdown()
        thread.join()
