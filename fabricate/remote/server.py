"""An HTTP server that somebody else runs: asked patiently, its answers checked, its faults told plainly."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from fabricate.errors import BackendError

__all__ = ["Server", "excerpt", "patiently"]

Told = TypeVar("Told")

BUSY = (429, 502, 503, 504)
"""Answers of a server that may do better in a moment."""
TRIES = 4
WAIT_S = 0.5


@dataclass
class Server:
    """A server at ``url``, called ``what`` in messages; ``key`` names the spec key that holds its address.

    Nothing is asked twice that could start work twice: a request that changes something is only repeated when
    it never reached the server, or the server said that it is busy.
    """

    url: str
    what: str
    key: str
    timeout_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    headers: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, **params: Any) -> httpx.Response:
        """GET, repeated with back-off when the server is away or busy. Raises BackendError."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, **content: Any) -> httpx.Response:
        """POST with ``json=``, ``data=`` or ``files=``. Raises BackendError."""
        return self._ask("POST", path, **content)

    def json(self, answer: httpx.Response) -> Any:
        """The JSON of an answer; BackendError when it is something else, a web page for instance."""
        try:
            return answer.json()
        except ValueError as exc:
            raise BackendError(
                f"{self.what} at {self.url} answered with something that is not JSON: {excerpt(answer.text)}",
                f"check that {self.key} is the address of {self.what}",
            ) from exc

    def _ask(self, method: str, path: str, **content: Any) -> httpx.Response:
        def once() -> httpx.Response:
            address, headers = self.url.rstrip("/") + path, dict(self.headers)
            return httpx.request(method, address, timeout=self.timeout_s, headers=headers, **content)

        try:
            answer = patiently(
                once, lambda told: told.status_code in BUSY, again=method == "GET", sleep=self.sleep
            )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as exc:
            raise BackendError(
                f"{self.url} is no address of a server", f"set {self.key} to http://HOST:PORT"
            ) from exc
        except httpx.HTTPError as exc:
            raise self._away(exc) from exc
        if answer.status_code in BUSY:
            raise BackendError(
                f"{self.what} at {self.url} stays busy: "
                f"it answers {answer.status_code}: {excerpt(answer.text)}",
                "try again later",
            )
        return self._accepted(answer)

    def _accepted(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code in (401, 403):
            raise BackendError(
                f"{self.what} at {self.url} refuses access ({answer.status_code})",
                "its administrator can say what it asks for",
            )
        if answer.is_success:
            return answer
        raise BackendError(
            f"{self.what} at {self.url} answers {answer.status_code} to {answer.request.url.path}: "
            f"{excerpt(answer.text)}",
            f"check that {self.key} is right; the server's own log tells more",
        )

    def _away(self, fault: httpx.HTTPError) -> BackendError:
        if isinstance(fault, httpx.TimeoutException) and not isinstance(fault, httpx.ConnectTimeout):
            text = f"{self.what} at {self.url} did not answer within {self.timeout_s:g} s"
        else:
            text = f"{self.what} at {self.url} cannot be reached"
        return BackendError(text, f"start it, or set {self.key} to its address")


def patiently(
    once: Callable[[], Told],
    stumbled: Callable[[Told], bool],
    *,
    again: bool,
    hopeless: Callable[[Exception], bool] = lambda _fault: False,
    sleep: Callable[[float], None] = time.sleep,
) -> Told:
    """Ask a server up to ``TRIES`` times, with growing pauses: its answer, or the last fault, raised.

    Asked once more is what never reached it, and what it ``stumbled`` over by its own answer (returned when
    that was the last); what broke off on the way only where ``again`` says that twice does no harm, and
    nothing whose fault is ``hopeless``. Raises httpx.InvalidURL and httpx.HTTPError.
    """
    for turn in range(TRIES):
        if turn:
            sleep(WAIT_S * 2 ** (turn - 1) * random.uniform(0.8, 1.2))
        last = turn == TRIES - 1
        try:
            answer = once()
        except httpx.UnsupportedProtocol:
            raise
        except httpx.HTTPError as exc:
            away = isinstance(exc, httpx.ConnectError | httpx.ConnectTimeout)
            if last or hopeless(exc) or not (away or again):
                raise
        else:
            if last or not stumbled(answer):
                return answer
    raise AssertionError("the last try returns or raises")


def excerpt(text: str, most: int = 120) -> str:
    """The first words of an answer on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
