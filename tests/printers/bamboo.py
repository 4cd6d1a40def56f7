"""A stand-in for a Bambu printer: a real mosquitto with TLS, a small device behind it, a small FTPS server.

It speaks what is known of the protocol; no real printer has been seen by these tests.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.debian import needs
from tests.printers.octo import free_port
from tests.printers.programs import until

CODE = "12345678"
SERIAL = "01S00A000000000"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A key and a certificate that no authority vouches for."""
    key, made = folder / "key.pem", folder / "cert.pem"
    command = [needs("openssl"), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"]
    command += ["-subj", "/CN=printer", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    key.chmod(0o644)  # mosquitto gives up its rights before it reads it
    return key, made


@dataclass
class Device:
    """What hangs at the broker. ``strict``: firmware that refuses orders; ``seconds``: of a job."""

    port: int
    strict: bool = False
    seconds: float = 1.0
    state: dict[str, Any] = field(
        default_factory=lambda: {"gcode_state": "IDLE", "mc_percent": 0, "print_error": 0}
    )
    starts: list[str] = field(default_factory=list)
    client: mqtt.Client = field(default_factory=lambda: mqtt.Client(CallbackAPIVersion.VERSION2))

    def attach(self) -> None:
        blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        blind.check_hostname = False
        blind.verify_mode = ssl.CERT_NONE
        self.client.tls_set_context(blind)
        self.client.username_pw_set("bblp", CODE)
        ready = threading.Event()
        self.client.on_connect = lambda *_: self.client.subscribe(f"device/{SERIAL}/request")
        self.client.on_subscribe = lambda *_: ready.set()
        self.client.on_message = lambda _c, _d, message: self.told(json.loads(message.payload))
        self.client.connect("127.0.0.1", self.port)
        self.client.loop_start()
        assert ready.wait(10)

    def report(self, **more: Any) -> None:
        self.client.publish(f"device/{SERIAL}/report", json.dumps({"print": {**self.state, **more}}))

    def told(self, order: dict[str, Any]) -> None:
        if "pushing" in order:
            self.report()
            return
        asked = order["print"]
        if self.strict:
            self.report(command=asked["command"], result="failed", reason="mqtt message verify failed")
            return
        if asked["command"] == "project_file":
            name = asked["subtask_name"]
            assert asked["url"] == f"ftp:///{name}"
            self.starts.append(name)
            self.state |= {"gcode_state": "RUNNING", "subtask_name": name, "mc_percent": 0}
            threading.Thread(target=self.work, daemon=True).start()
        else:
            after = {"pause": "PAUSE", "resume": "RUNNING", "stop": "FAILED"}[asked["command"]]
            self.state |= {"gcode_state": after}
            if after == "FAILED":
                self.state |= {"print_error": 0x0300400C}
        self.report()

    def work(self) -> None:
        while self.state["gcode_state"] in ("RUNNING", "PAUSE"):
            time.sleep(self.seconds / 20)
            if self.state["gcode_state"] == "RUNNING":
                self.state["mc_percent"] = min(100, self.state["mc_percent"] + 5)
                if self.state["mc_percent"] >= 100:
                    self.state["gcode_state"] = "FINISH"


@dataclass
class Card:
    """A small FTPS server, encrypted from the first byte: one card, kept in memory."""

    tls: ssl.SSLContext
    listener: socket.socket
    files: dict[str, bytes] = field(default_factory=dict)
    room: int = 1 << 30

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                threading.Thread(target=self.guarded, args=(peer,), daemon=True).start()

    def guarded(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), self.tls.wrap_socket(peer, server_side=True) as secured:
            self.meet(secured)

    def meet(self, peer: ssl.SSLSocket) -> None:
        def say(text: str) -> None:
            peer.sendall(text.encode() + b"\r\n")

        say("220 ready")
        user, passive = "", None
        for row in peer.makefile("rb"):
            verb, _, rest = row.decode().strip().partition(" ")
            verb = verb.upper()
            if verb == "USER":
                user = rest
                say("331 password")
            elif verb == "PASS":
                say("230 in" if (user, rest) == ("bblp", CODE) else "530 Login incorrect")
            elif verb in ("PBSZ", "PROT", "TYPE"):
                say("200 ok")
            elif verb == "PWD":
                say('257 "/"')
            elif verb == "PASV" or verb == "EPSV":
                passive = socket.create_server(("127.0.0.1", 0))
                high, low = divmod(passive.getsockname()[1], 256)
                say(
                    f"227 at (127,0,0,1,{high},{low})"
                    if verb == "PASV"
                    else f"229 at (|||{high * 256 + low}|)"
                )
            elif verb == "STOR" and passive is not None:
                say("150 send")
                say(self.take(passive, rest))
            elif verb == "SIZE":
                say(f"213 {len(self.files[rest])}" if rest in self.files else "550 none")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("502 no")

    def take(self, passive: socket.socket, name: str) -> str:
        plain, _ = passive.accept()
        passive.close()
        data = b""
        with self.tls.wrap_socket(plain, server_side=True) as secured, contextlib.suppress(OSError):
            while piece := secured.recv(65536):
                data += piece
        if len(data) > self.room:
            return "552 no room"
        self.files[name] = data
        return "226 done"


@dataclass
class Bamboo:
    """The stand-in: broker, device and card."""

    device: Device
    card: Card
    url: str


@contextlib.contextmanager
def bambu(folder: Path) -> Iterator[Bamboo]:
    """All of it at ports of 127.0.0.1, ended afterwards."""
    broker = needs("mosquitto")
    folder.chmod(0o755)
    key, made = certificate(folder)
    port = free_port()
    passwords = folder / "passwords"
    subprocess.run(
        [needs("mosquitto", "mosquitto_passwd"), "-b", "-c", str(passwords), "bblp", CODE], check=True
    )
    passwords.chmod(0o644)
    (folder / "conf").write_text(
        f"listener {port} 127.0.0.1\ncertfile {made}\nkeyfile {key}\n"
        f"allow_anonymous false\npassword_file {passwords}\nuser root\n"
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(made, key)
    with (
        subprocess.Popen(
            [broker, "-c", str(folder / "conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        device, card = Device(port), Card(tls, listener)
        threading.Thread(target=card.serve, daemon=True).start()
        try:
            _attached(device)
            yield Bamboo(device, card, f"127.0.0.1:{port}:{listener.getsockname()[1]}")
        finally:
            device.client.disconnect()
            device.client.loop_stop()
            process.kill()


def _attached(device: Device) -> None:
    def listens() -> bool:
        try:
            socket.create_connection(("127.0.0.1", device.port), 1).close()
        except OSError:
            return False
        return True

    until(listens, 15)
    device.attach()
