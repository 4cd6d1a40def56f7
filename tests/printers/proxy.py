"""A contrary network between us and a real server: it cuts, drips, swallows and lies, as it is told."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Rule = Callable[[str], str]
"""A request's first line -> ``pass``, ``drop``, ``cut``, ``hold``, ``swallow``, ``drip``, ``html``, ``500``.

drop: closed at once. cut: half the body is forwarded. hold: nothing is forwarded and nothing answered.
swallow: forwarded whole, the answer kept back. drip: the answer at one byte a second.
"""

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 55\r\n\r\n"
HTML += b"<html><title>Router</title><body>Log in</body></html>\r\n"
BROKEN = b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nOops"


@dataclass
class Proxy:
    """Listens at 127.0.0.1 and forwards to ``target``; ``seen`` keeps the first line of every request."""

    target: int
    rule: Rule = lambda _line: "pass"
    seen: list[str] = field(default_factory=list)
    port: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    """Set when a request is held or swallowed."""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.guarded, args=(client,), daemon=True).start()

    def guarded(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(client):
            self.meet(client)

    def meet(self, client: socket.socket) -> None:
        """One connection, one request."""
        request = b""
        while b"\r\n\r\n" not in request:
            piece = client.recv(65536)
            if not piece:
                return
            request += piece
        line = request.split(b"\r\n", 1)[0].decode()
        self.seen.append(line)
        deed = self.rule(line)
        if deed == "drop":
            return
        if deed in ("html", "500"):
            client.sendall(HTML if deed == "html" else BROKEN)
            return
        if deed == "hold":
            self.reached.set()
            while client.recv(65536):
                pass
            return
        with socket.create_connection(("127.0.0.1", self.target), 10) as server:
            server.settimeout(60)
            head, _, body = request.partition(b"\r\n\r\n")
            wanted = _length(head)
            server.sendall(
                head + b"\r\nConnection: close\r\n\r\n" + body[: wanted // 2 if deed == "cut" else None]
            )
            got = len(body)
            if deed == "cut":
                time.sleep(0.2)
                return
            while got < wanted and (piece := client.recv(65536)):
                server.sendall(piece)
                got += len(piece)
            while piece := server.recv(65536):
                if deed == "swallow":
                    self.reached.set()
                elif deed == "drip":
                    for byte in piece:
                        client.sendall(bytes([byte]))
                        time.sleep(1.0)
                else:
                    client.sendall(piece)
            if deed == "swallow":
                while client.recv(65536):
                    pass


def _length(head: bytes) -> int:
    for row in head.lower().split(b"\r\n"):
        if row.startswith(b"content-length:"):
            return int(row.partition(b":")[2])
    return 0


@contextlib.contextmanager
def between(target: int) -> Iterator[Proxy]:
    """A proxy in front of a port of 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(target, port=int(listener.getsockname()[1]))
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        yield proxy
