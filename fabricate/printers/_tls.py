"""TLS to machines at home: verified by an authority, or by the fingerprint that was trusted at first use."""

from __future__ import annotations

import functools
import hashlib
import socket
import ssl
from typing import Any

from fabricate.printers import Unauthorised, Unreachable

__all__ = ["context", "first_use"]


class _PinnedSocket(ssl.SSLSocket):
    """Compares the certificate as soon as it is known, before a byte of ours is sent."""

    def do_handshake(self, *args: Any, **more: Any) -> None:
        super().do_handshake(*args, **more)
        wanted = getattr(self.context, "fingerprint", "")
        found = _fingerprint(self.getpeercert(binary_form=True) or b"")
        if found != wanted:
            self.close()
            raise ssl.SSLCertVerificationError(
                f"the certificate's fingerprint is {found}, the one that was trusted is {wanted}"
            )


class _PinnedContext(ssl.SSLContext):
    sslsocket_class = _PinnedSocket
    fingerprint = ""


@functools.cache
def context(fingerprint: str = "") -> ssl.SSLContext:
    """A client's TLS context; with a fingerprint that certificate alone counts, not dates nor names."""
    if not fingerprint:
        return ssl.create_default_context()
    pinned = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    pinned.check_hostname = False
    pinned.verify_mode = ssl.CERT_NONE
    pinned.fingerprint = fingerprint
    return pinned


def first_use(host: str, port: int, timeout_s: float = 10.0) -> str:
    """The fingerprint to trust for a server: "" when an authority vouches for it. Raises PrinterError."""
    try:
        with (
            socket.create_connection((host, port), timeout_s) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except ssl.SSLCertVerificationError:
        pass  # nobody vouches for it: its fingerprint will do
    except OSError as exc:
        raise Unreachable(
            f"{host}:{port} cannot be reached: {exc}", "check the address and its port"
        ) from exc
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout_s) as plain,
            blind.wrap_socket(plain, server_hostname=host) as secured,
        ):
            return _fingerprint(secured.getpeercert(binary_form=True) or b"")
    except OSError as exc:
        raise Unauthorised(f"{host}:{port} speaks no TLS: {exc}", "check the address and its port") from exc


def _fingerprint(der: bytes) -> str:
    return "sha256:" + hashlib.sha256(der).hexdigest()
