"""HTTP to a printer's server: patient, bounded in time, and clear about what may have happened."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from fabricate.errors import PrinterError
from fabricate.printers import Address, Busy, Unauthorised, Uncertain, Unreachable
from fabricate.printers._tls import context
from fabricate.remote import server

__all__ = ["Answer", "Server"]

DEFAULT_S = 20.0
"""How long a request may take as a whole."""
MOST_BYTES = 16 << 20
"""An answer longer than this is no answer."""
SLOWEST_B_S = 10_000
"""An upload that is slower than this has come to a halt."""


@dataclass(frozen=True)
class Answer:
    """A server's whole answer."""

    status: int
    text: str


@dataclass
class Server:
    """The server of one printer.

    ``timeout_s`` bounds a request as a whole, however slowly its bytes drip. What changes something is asked
    once: when its answer is lost, Uncertain is raised and the caller looks.
    """

    address: Address
    headers: Mapping[str, str]
    auth: httpx.Auth | None = None
    timeout_s: float = 0.0

    def __post_init__(self) -> None:
        self.timeout_s = self.timeout_s or DEFAULT_S

    def get(self, path: str, ok: tuple[int, ...] = (200,), **params: Any) -> Answer:
        """Ask for something: repeated when the server is away or stumbles."""
        return self.ask("GET", path, ok=ok, again=True, params=params)

    def json(self, path: str, **params: Any) -> Any:
        """Ask for something that must be a JSON object."""
        return self.read(self.get(path, **params))

    def read(self, answer: Answer) -> Any:
        """The JSON object of an answer; PrinterError when it is something else, a web page for instance."""
        import json

        try:
            data = json.loads(answer.text)
        except ValueError as exc:
            raise self.strange(answer) from exc
        if not isinstance(data, dict):
            raise self.strange(answer)
        return data

    def strange(self, answer: Answer) -> PrinterError:
        """An answer that no such server gives."""
        return PrinterError(
            f"{self.who} answers with something else than expected: {_excerpt(answer.text)}",
            f"check that its address is that of {self.address.kind}, not of a router or a login page",
        )

    @property
    def who(self) -> str:
        """How the printer is called in messages."""
        return f"{self.address.name} ({self.address.kind} at {self.address.url})"

    def ask(
        self,
        method: str,
        path: str,
        *,
        ok: tuple[int, ...] = (200, 201, 202, 204),
        again: bool = False,
        size: int = 0,
        extra: Mapping[str, str] | None = None,
        **content: Any,
    ) -> Answer:
        """One request. ``again``: harmless when carried out twice, so repeated; ``size``: bytes to send;
        ``extra``: headers beside those of every request.

        Raises Unreachable, Unauthorised, Busy (409), Uncertain, PrinterError.
        """

        def stumbled(answer: Answer) -> bool:
            return answer.status >= 500 and answer.status != 507 and answer.status not in ok

        try:
            answer = server.patiently(
                lambda: self._once(method, path, size, content, extra or {}),
                lambda answer: again and stumbled(answer),
                again=again,
                hopeless=lambda fault: isinstance(fault, _TooSlow) or _refused(fault),
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as exc:
            raise PrinterError(f"{self.address.url} is no address", "give http://HOST:PORT") from exc
        except httpx.HTTPError as exc:
            if again or isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout):
                raise self._away(exc) from exc
            raise Uncertain(f"{self.who} gave no answer: {_why(exc)}", "look at the printer") from exc
        if answer.status in ok:
            return answer
        if stumbled(answer) and not again:
            raise Uncertain(
                f"{self.who} answers {answer.status}: {_excerpt(answer.text)}", "look at the printer"
            )
        raise self._refusal(answer, path)

    def _once(
        self, method: str, path: str, size: int, content: dict[str, Any], extra: Mapping[str, str]
    ) -> Answer:
        """One request, once. Raises httpx.InvalidURL and httpx.HTTPError."""
        verify: ssl.SSLContext | bool = (
            context(self.address.fingerprint) if self.address.url.startswith("https") else False
        )
        client = httpx.Client(
            timeout=httpx.Timeout(self.timeout_s, connect=min(5.0, self.timeout_s)),
            verify=verify,
            trust_env=False,
            auth=self.auth,
        )
        limit_s = self.timeout_s + size / SLOWEST_B_S
        with client, _clock(client, limit_s) as late:
            try:
                address = self.address.url.rstrip("/") + path
                body = {key: value() if callable(value) else value for key, value in content.items()}
                # as bytes: a key may hold what is no ASCII, and the server refuses it then
                headers = {key.encode(): value.encode() for key, value in {**self.headers, **extra}.items()}
                with client.stream(method, address, headers=headers, **body) as told:
                    data = bytearray()
                    for piece in told.iter_bytes():
                        data += piece
                        if len(data) > MOST_BYTES:
                            raise _TooSlow("its answer has no end")
                    text = data.decode(told.encoding or "utf-8", "replace")
                    return Answer(told.status_code, text)
            except (httpx.HTTPError, OSError, RuntimeError) as exc:
                # RuntimeError: the clock closed the connection while httpx was at it
                if late.is_set():
                    raise _TooSlow(f"not done within {limit_s:.0f} s") from exc
                if isinstance(exc, httpx.HTTPError):
                    raise
                raise httpx.TransportError(_why(exc)) from exc

    def _away(self, exc: Exception) -> PrinterError:
        if _refused(exc):
            return Unauthorised(
                f"{self.who} shows a certificate that is not trusted: {_why(exc)}",
                f"if it was renewed: fabricate printers remove {self.address.name}, then add it again",
            )
        return Unreachable(f"{self.who} cannot be reached: {_why(exc)}", "switch it on, or check its address")

    def _refusal(self, answer: Answer, path: str) -> PrinterError:
        said = _excerpt(answer.text)
        # Moonraker answers 403, "... printed ...", where others answer 409
        if answer.status == 401 or (answer.status == 403 and "print" not in said.lower()):
            return Unauthorised(
                f"{self.who} refuses the key ({answer.status})",
                f"fabricate printers add {self.address.name} with the right one",
            )
        if answer.status in (403, 409):
            return Busy(f"{self.who} cannot do that now: {said}", "wait until it is free, or look at it")
        if answer.status in (413, 507) or "space" in said.lower():
            return PrinterError(f"the disk of {self.who} is full: {said}", "delete old files there")
        return PrinterError(f"{self.who} answers {answer.status} to {path}: {said}", "its log tells more")


class _TooSlow(httpx.HTTPError):
    """The answer was not whole in time."""


@contextmanager
def _clock(client: httpx.Client, limit_s: float) -> Iterator[threading.Event]:
    """Close the connection when time is up: httpx bounds each read, not their sum."""
    late = threading.Event()

    def end() -> None:
        late.set()
        client.close()

    timer = threading.Timer(limit_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _refused(exc: BaseException | None) -> bool:
    """Whether a certificate is to blame."""
    text = ""
    while exc is not None:
        text += str(exc)
        exc = exc.__cause__ or exc.__context__
    return "CERTIFICATE_VERIFY_FAILED" in text or "fingerprint" in text


def _why(exc: BaseException) -> str:
    return _excerpt(str(exc)) or type(exc).__name__


def _excerpt(text: str) -> str:
    """The first words of an answer on one line; of a web page its title alone."""
    import re

    if "<html" in text[:500].lower() or "<!doctype" in text[:100].lower():
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
        text = f"a web page ({title[1].strip()})" if title else "a web page"
    return server.excerpt(text)
