"""Bambu Lab printers in LAN mode: orders over MQTT, files over FTPS. Experimental: never run on a real one.

The printer's own certificate is trusted by the fingerprint of its first use. Firmware since 2025 refuses
orders unless Developer Mode is on, which the errors say.
"""

from __future__ import annotations

import contextlib
import ftplib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from fabricate.artifacts import Gcode
from fabricate.errors import PrinterError
from fabricate.printers import Address, Busy, Outcome, State, Status, Unauthorised, Uncertain, Unreachable
from fabricate.printers._start import free
from fabricate.printers._tls import context

__all__ = ["Bambu"]

USER = "bblp"
MQTT_PORT = 8883
FTPS_PORT = 990
STARTS_S = 60.0
KEEP_S = 5.0
"""How long a report counts: the smaller models must not be asked for all of it all the time."""
CANCELLED = 0x0300400C
"""The error code of a job that was cancelled."""
DEVELOPER = "switch on LAN Only and Developer Mode on its screen: firmware since 2025 refuses orders without"
STATES: dict[str, State] = {
    "IDLE": "idle",
    "PREPARE": "printing",
    "SLICING": "busy",
    "RUNNING": "printing",
    "PAUSE": "paused",
    "FINISH": "finished",
    "FAILED": "stopped",
}


class Bambu:
    """One printer. ``url`` is its host (``HOST``, or ``HOST:MQTT:FTPS`` for other ports)."""

    def __init__(self, address: Address, timeout_s: float = 0.0) -> None:
        self.address = address
        self.timeout_s = timeout_s or 15.0
        host, _, ports = address.url.removeprefix("mqtts://").partition(":")
        mqtt_port, _, ftps_port = ports.partition(":")
        self.host = host
        try:
            self.mqtt_port = int(mqtt_port or MQTT_PORT)
            self.ftps_port = int(ftps_port or FTPS_PORT)
        except ValueError as exc:
            raise PrinterError(f"{address.url} is no address", "give HOST, or HOST:MQTT:FTPS") from exc
        self._seen: tuple[float, dict[str, Any]] | None = None
        """When a report came, and what it said."""
        if not address.serial:
            raise PrinterError(f"{address.name} has no serial number", "add it again with --serial")

    @property
    def who(self) -> str:
        """How the printer is called in messages."""
        return f"{self.address.name} (bambu at {self.host})"

    def about(self) -> str:
        """That it answers, and what it does."""
        self._files().close()  # it has taken the access code
        return f"Bambu {self.address.serial} (experimental): {self.status()}"

    def _talk(
        self, order: dict[str, Any], until: Callable[[dict[str, Any]], bool], limit_s: float
    ) -> dict[str, Any]:
        """Send one order, and merge what is reported until it will do; {} stands for an order without an
        answer. Raises Unreachable, Unauthorised."""
        state: dict[str, Any] = {}
        faults: list[PrinterError] = []
        enough = threading.Event()
        sent = threading.Event()

        def connected(client: mqtt.Client, _d: Any, _f: Any, reason: Any, _p: Any) -> None:
            if reason.is_failure:
                faults.append(Unauthorised(f"{self.who} refuses the access code ({reason})", DEVELOPER))
                enough.set()
            else:
                client.subscribe(f"device/{self.address.serial}/report")

        def subscribed(client: mqtt.Client, *_: Any) -> None:
            client.publish(f"device/{self.address.serial}/request", json.dumps(order))
            sent.set()

        def told(_c: mqtt.Client, _d: Any, message: mqtt.MQTTMessage) -> None:
            try:
                report = json.loads(message.payload).get("print", {})
            except (ValueError, AttributeError):
                return
            if not isinstance(report, dict):
                return
            state.update(report)
            if until(state):
                enough.set()

        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(USER, self.address.key.get_secret_value())
        client.tls_set_context(context(self.address.fingerprint))
        client.on_connect, client.on_subscribe, client.on_message = connected, subscribed, told
        client.connect_timeout = min(5.0, self.timeout_s)
        try:
            client.connect(self.host, self.mqtt_port, keepalive=30)
            client.loop_start()
            enough.wait(limit_s)
        except ssl.SSLCertVerificationError as exc:
            raise Unauthorised(f"{self.who}: {exc}", "if it was renewed, remove it and add it again") from exc
        except OSError as exc:
            raise Unreachable(
                f"{self.who} cannot be reached: {exc}", "switch it on, check its address"
            ) from exc
        finally:
            client.disconnect()
            client.loop_stop()
        if faults:
            raise faults[0]
        if not sent.is_set():
            raise Unreachable(f"{self.who} did not answer within {limit_s:.0f} s", "check its access code")
        return state

    def _report(self) -> dict[str, Any]:
        now = time.monotonic()
        if self._seen is None or now - self._seen[0] > KEEP_S:
            order = {"pushing": {"sequence_id": "0", "command": "pushall"}}
            state = self._talk(order, lambda state: "gcode_state" in state, self.timeout_s)
            if "gcode_state" not in state:
                raise Unreachable(f"{self.who} does not report", "check its serial number")
            self._seen = (now, state)
        return self._seen[1]

    def status(self) -> Status:
        """What it reported last."""
        seen = self._report()
        state = STATES.get(str(seen["gcode_state"]), "busy")
        error = int(seen.get("print_error") or 0)
        if error and error != CANCELLED and state in ("stopped", "idle"):
            state = "error"
        left = seen.get("mc_remaining_time")
        return Status(
            state,
            f"error {error >> 16:04X}-{error & 0xFFFF:04X}" if error else "",
            file=str(seen.get("subtask_name") or ""),
            fraction=None if seen.get("mc_percent") is None else float(seen["mc_percent"]) / 100,
            left_s=None if left is None else float(left) * 60,
            nozzle_c=seen.get("nozzle_temper"),
        )

    def takes(self, gcode: Gcode) -> str:
        """A 3MF with the moves inside."""
        return "" if gcode.kind == "gcode.3mf" else f"it takes a sliced 3MF (.gcode.3mf), not {gcode.kind}"

    def _files(self) -> ftplib.FTP_TLS:
        made = _ImplicitTLS(context=context(self.address.fingerprint), timeout=self.timeout_s)
        try:
            made.connect(self.host, self.ftps_port)
            made.login(USER, self.address.key.get_secret_value())
            made.prot_p()
        except ssl.SSLCertVerificationError as exc:
            made.close()
            raise Unauthorised(f"{self.who}: {exc}", "if it was renewed, remove it and add it again") from exc
        except ftplib.error_perm as exc:
            made.close()
            raise Unauthorised(
                f"{self.who} refuses the access code: {exc}", "it stands on its screen"
            ) from exc
        except (OSError, EOFError, ftplib.Error) as exc:
            made.close()
            raise Unreachable(
                f"{self.who} cannot be reached: {exc}", "switch it on, check its address"
            ) from exc
        return made

    def upload(self, path: Path, name: str, sha256: str) -> str:
        """Put it on the card, and compare the size."""
        size = path.stat().st_size
        # closed without a farewell: its answer might be that to what just failed
        with contextlib.closing(self._files()) as files:
            try:
                files.voidcmd("TYPE I")
                with path.open("rb") as data, files.transfercmd(f"STOR {name}") as line:
                    while piece := data.read(1 << 16):
                        line.sendall(piece)
                    _ended(line)
                files.voidresp()
                lies = files.size(name)
            except ftplib.Error as exc:
                full = str(exc).startswith(("452", "552"))
                why = f"the card of {self.who} is full" if full else f"{self.who} does not take {name}: {exc}"
                raise PrinterError(why, "make room on its card") from exc
            except (OSError, EOFError) as exc:
                raise Unreachable(f"{self.who} broke off: {exc}", "try again") from exc
        if lies != size:
            raise PrinterError(f"{self.who} holds {lies} of {size} bytes of {name}", "is its card full?")
        return name

    def start(self, name: str) -> None:
        """Print plate 1 of the file, and wait until the job is reported."""
        self._seen = None
        free(self.status(), self.who)
        order = {
            "sequence_id": str(int(time.monotonic() * 1000)),
            "command": "project_file",
            "param": "Metadata/plate_1.gcode",
            "url": f"ftp:///{name}",
            "subtask_name": name,
            **dict.fromkeys(("project_id", "profile_id", "task_id", "subtask_id"), "0"),
            **{"file": "", "md5": ""},
            **{"timelapse": False, "bed_leveling": True, "flow_cali": False, "vibration_cali": False},
            **{"layer_inspect": False, "use_ams": False, "ams_mapping": [0], "bed_type": "auto"},
        }

        def decided(state: dict[str, Any]) -> bool:
            return _refused(state) or (
                state.get("subtask_name") == name
                and state.get("gcode_state") in ("PREPARE", "RUNNING", "FINISH")
            )

        self._seen = None
        state = self._talk({"print": order}, decided, STARTS_S)
        if _refused(state):
            raise Busy(f"{self.who} refuses to print: {state.get('reason') or 'no reason given'}", DEVELOPER)
        if not decided(state):
            raise Uncertain(f"{self.who} was told to start but reports no job", DEVELOPER)

    def outcome(self, name: str, last: Status | None) -> Outcome:
        """By the job that it reports."""
        return self.status().outcome(name)

    def _order(self, command: str, states: tuple[str, ...]) -> None:
        order = {"print": {"sequence_id": "0", "command": command, "param": ""}}
        self._seen = None
        state = self._talk(
            order, lambda state: _refused(state) or state.get("gcode_state") in states, self.timeout_s
        )
        if _refused(state):
            raise Busy(f"{self.who} refuses: {state.get('reason') or command}", DEVELOPER)

    def pause(self) -> None:
        """Halt the job."""
        self._order("pause", ("PAUSE",))

    def resume(self) -> None:
        """Let a halted job go on."""
        self._order("resume", ("RUNNING",))

    def cancel(self) -> None:
        """End the job."""
        self._order("stop", ("FAILED", "IDLE", "FINISH"))


def _ended(line: socket.socket) -> None:
    """Say that all is sent; not every printer answers that in kind."""
    line.settimeout(2.0)
    if isinstance(line, ssl.SSLSocket):
        with contextlib.suppress(OSError):
            line.unwrap()


def _refused(state: dict[str, Any]) -> bool:
    return str(state.get("result", "")).lower() in ("fail", "failed")


class _ImplicitTLS(ftplib.FTP_TLS):
    """FTPS that is encrypted from the first byte on, its data under the same session, as printers ask."""

    def connect(
        self, host: str = "", port: int = 0, timeout: float = -999, source_address: Any = None
    ) -> str:
        self.host, self.port = host, port
        plain = socket.create_connection((host, port), self.timeout)
        self.af = plain.family
        self.sock = self.context.wrap_socket(plain, server_hostname=host)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome

    def login(self, user: str = "", passwd: str = "", acct: str = "", secure: bool = False) -> str:
        return super().login(user, passwd, acct, secure=False)  # it is secure already

    def ntransfercmd(self, cmd: str, rest: Any = None) -> tuple[socket.socket, int | None]:
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        session = self.sock.session if isinstance(self.sock, ssl.SSLSocket) else None
        return self.context.wrap_socket(data, server_hostname=self.host, session=session), size
