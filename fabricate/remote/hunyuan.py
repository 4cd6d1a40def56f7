"""Hunyuan3D's own server (``api_server.py``): a picture sent, a mesh fetched when it is done."""

from __future__ import annotations

import base64
import binascii
import contextlib
import time
from collections.abc import Mapping
from typing import Any

from fabricate.errors import BackendError
from fabricate.events import Progress
from fabricate.remote.server import Server, excerpt

__all__ = ["mesh_of"]

EVERY_S = 1.0


def mesh_of(
    server: Server, png: bytes, settings: Mapping[str, Any], wait_s: float, progress: Progress
) -> bytes:
    """The GLB that the server makes of a PNG.

    ``settings``: its own keys (``seed``, ``octree_resolution``, ``num_inference_steps``, ``guidance_scale``,
    ``face_count``). A job that failed there stays "processing" for ever: after ``wait_s`` it is given up. The
    server cannot be told to stop; ^C only stops waiting. Raises BackendError.
    """
    progress.step(f"sending the picture to {server.what}", 0.05)
    body = {**settings, "image": base64.b64encode(png).decode(), "texture": False, "type": "glb"}
    answer = server.json(server.post("/send", json=body))
    number = answer.get("uid") if isinstance(answer, dict) else None
    if not isinstance(number, str) or not number:
        raise BackendError(
            f"{server.what} at {server.url} took no job: {excerpt(str(answer))}", "its own log tells why"
        )
    begin = time.monotonic()
    while True:
        waited = time.monotonic() - begin
        if waited > wait_s:
            raise BackendError(
                f"{server.what} was not done within {wait_s:g} s",
                "its log tells whether it failed (it does not say so by itself); or raise lift.wait_s",
            )
        answer = server.json(server.get(f"/status/{number}"))
        status = answer.get("status") if isinstance(answer, dict) else None
        if status == "completed":
            return _decoded(server, answer.get("model_base64"))
        if status in ("error", "failed"):
            raise BackendError(
                f"{server.what} failed: {excerpt(str(answer.get('message', '')))}", "see its log"
            )
        if status not in ("processing", "texturing", "queued", "pending"):
            raise BackendError(
                f"{server.what} at {server.url} answered with no status it knows: {excerpt(str(answer))}",
                "check that lift.server is the address of Hunyuan3D's api_server",
            )
        progress.step(f"{server.what}: working, {waited:.0f} s", min(0.9, 0.1 + 0.8 * waited / wait_s))
        server.sleep(EVERY_S)


def _decoded(server: Server, text: Any) -> bytes:
    data = b""
    with contextlib.suppress(binascii.Error, ValueError, TypeError):
        data = base64.b64decode(text, validate=True)
    if data[:4] != b"glTF":
        raise BackendError(f"{server.what} sent something that is no GLB file", "see its log, then try again")
    return data
