"""ComfyUI: a workflow in its API form, run on somebody's server, its picture or mesh brought back.

A workflow is data: ``templates/workflows/NAME.json`` or the maker's own file. In it ``"%image%"``,
``"%pose%"``, ``"%prompt%"``, ``"%negative%"`` and ``"%seed%"`` stand for what a figure brings; nothing else
is known of it.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fabricate.errors import BackendError
from fabricate.events import Progress
from fabricate.remote.server import Server, excerpt

__all__ = ["Work", "filled", "read_workflow", "run"]

QUIET_S = 10.0
"""How long the websocket may be silent before the history is asked whether the work is done."""


@dataclass(frozen=True)
class Work:
    """What is run: the workflow's nodes, PNG pictures by placeholder, words by placeholder."""

    workflow: Mapping[str, Any]
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    words: Mapping[str, str | int] = field(default_factory=dict)
    wait_s: float = 1800.0


def read_workflow(path: Path) -> dict[str, Any]:
    """A workflow's nodes from its file; BackendError when it is not in the API form."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise BackendError(f"there is no workflow at {path}", "name a JSON file") from exc
    except (OSError, ValueError) as exc:
        raise BackendError(f"{path} is not JSON: {exc}", "export the workflow again") from exc
    nodes = data.get("prompt", data) if isinstance(data, dict) else {}
    if not nodes or not all(isinstance(node, dict) and "class_type" in node for node in nodes.values()):
        raise BackendError(
            f"{path} is not a workflow in API form", "in ComfyUI: Workflow, Export (API); not Export"
        )
    return dict(nodes)


def filled(workflow: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The workflow with every ``"%key%"`` replaced; within longer text too. Pictures it has no place for
    go to its only LoadImage node; BackendError when there is none, or more than one."""
    used: set[str] = set()

    def put(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: put(each) for key, each in value.items()}
        if isinstance(value, list):
            return [put(each) for each in value]
        if not isinstance(value, str):
            return value
        for key, new in values.items():
            mark = f"%{key}%"
            if value == mark:
                used.add(key)
                return new
            if mark in value:
                used.add(key)
                value = value.replace(mark, str(new))
        return value

    made: dict[str, Any] = {number: put(node) for number, node in workflow.items()}
    if "image" in values and "image" not in used:
        loaders = [node for node in made.values() if node["class_type"] == "LoadImage"]
        if len(loaders) != 1:
            raise BackendError(
                f"the workflow has {len(loaders)} LoadImage nodes and no %image%",
                'write "%image%" as the image of the node that takes the picture',
            )
        loaders[0].setdefault("inputs", {})["image"] = values["image"]
    return made


def run(server: Server, work: Work, wanted: tuple[str, ...], progress: Progress) -> tuple[str, bytes]:
    """Run the work and bring back its first file with one of the suffixes ``wanted``: (name, bytes).

    Stopping it (^C) interrupts the work on the server too. Raises BackendError when the server is away,
    refuses the workflow, fails, answers rubbish, or does not finish within ``work.wait_s``.
    """
    progress.step(f"sending the work to {server.what}", 0.05)
    values = dict(work.words)
    for key, data in work.pictures.items():
        values[key] = _upload(server, key, data)
    nodes = filled(work.workflow, values)
    _known(server, nodes)
    client = uuid.uuid4().hex
    with _listening(server, client) as hear:
        number = _queued(server, nodes, client)
        try:
            _watched(server, number, nodes, hear, work.wait_s, progress)
        except BaseException:
            _stopped(server, number)
            raise
    progress.step("fetching the result", 0.95)
    return _result(server, number, wanted)


def _upload(server: Server, key: str, data: bytes) -> str:
    name = f"fabricate-{key}-{uuid.uuid4().hex[:12]}.png"
    answer = server.json(server.post("/upload/image", files={"image": (name, data, "image/png")}))
    try:
        folder = str(answer.get("subfolder") or "")
        return f"{folder}/{answer['name']}" if folder else str(answer["name"])
    except (KeyError, AttributeError, TypeError) as exc:
        raise _rubbish(server, "an upload", answer) from exc


def _known(server: Server, nodes: Mapping[str, Any]) -> None:
    """Refuse a workflow whose nodes the server has not installed, naming them."""
    there = server.json(server.get("/object_info"))
    if not isinstance(there, dict):
        raise _rubbish(server, "a question for its nodes", there)
    missing = sorted({str(node["class_type"]) for node in nodes.values()} - set(there))
    if missing:
        raise BackendError(
            f"the server has no node called {', '.join(missing[:4])}",
            "install the custom nodes that the workflow was made with, or update ComfyUI",
        )


def _queued(server: Server, nodes: Mapping[str, Any], client: str) -> str:
    import httpx

    try:
        answer = server.json(server.post("/prompt", json={"prompt": nodes, "client_id": client}))
    except BackendError as exc:
        raise BackendError(f"the workflow was refused; {exc.message}", exc.hint) from exc
    except httpx.HTTPError as exc:
        raise BackendError(f"{server.what} broke off: {exc}", "try again") from exc
    faults = answer.get("node_errors") if isinstance(answer, dict) else None
    if faults:
        number, first = next(iter(faults.items()))
        errors = first.get("errors") or [{}]
        told = excerpt(f"{errors[0].get('message', '')} {errors[0].get('details', '')}")
        raise BackendError(
            f"node {number} ({first.get('class_type', '?')}) of the workflow was refused: {told}",
            "mend it in ComfyUI (a model that is not there, most often) and export it again",
        )
    if not isinstance(answer, dict) or not isinstance(answer.get("prompt_id"), str):
        raise _rubbish(server, "a job", answer)
    return str(answer["prompt_id"])


Hear = Any
"""Calls with a time limit in seconds; gives a message as a dict, or None when none came or it is closed."""


@contextlib.contextmanager
def _listening(server: Server, client: str) -> Iterator[Hear]:
    """The server's websocket; where there is none, nothing is heard and the history alone is asked."""
    from websockets.exceptions import WebSocketException
    from websockets.sync.client import connect

    address = "ws" + server.url.rstrip("/").removeprefix("http") + f"/ws?clientId={client}"
    try:
        socket = connect(address, open_timeout=10, max_size=None, close_timeout=2)
    except (OSError, WebSocketException, TimeoutError):
        yield lambda limit: time.sleep(min(limit, 1.0))
        return
    gone = False

    def hear(limit: float) -> dict[str, Any] | None:
        nonlocal gone
        if gone:
            time.sleep(min(limit, 1.0))
            return None
        try:
            message = socket.recv(timeout=limit)
            told = json.loads(message) if isinstance(message, str) else None
        except TimeoutError:
            return None
        except ValueError:
            return None
        except (WebSocketException, OSError):
            gone = True
            return None
        return told if isinstance(told, dict) else None

    with socket:
        yield hear


def _watched(
    server: Server, number: str, nodes: Mapping[str, Any], hear: Hear, wait_s: float, progress: Progress
) -> None:
    """Follow a job until it is done; BackendError when it fails or takes too long."""
    begin, asked, done = time.monotonic(), time.monotonic(), set[str]()
    while True:
        now = time.monotonic()
        if now - begin > wait_s:
            raise BackendError(
                f"{server.what} was not done within {wait_s:g} s", "raise wait_s, or look at its own queue"
            )
        told = hear(min(QUIET_S, wait_s, 5.0))
        kind, data = (told.get("type"), told.get("data") or {}) if told else (None, {})
        if data.get("prompt_id") not in (None, number):
            continue
        if kind == "execution_error":
            raise _failed(data)
        if kind == "execution_interrupted":
            raise BackendError(f"the work was stopped on {server.what}", "run it again")
        if kind == "executing" and data.get("node"):
            done.add(str(data["node"]))
            title = nodes.get(str(data["node"]), {}).get("class_type", "working")
            progress.step(f"{server.what}: {title}", 0.1 + 0.8 * (len(done) - 1) / max(len(nodes), 1))
        if kind == "progress" and data.get("max"):
            far = float(data.get("value", 0)) / float(data["max"])
            share = (len(done) - 1 + far) / max(len(nodes), 1)
            progress.step(f"{server.what}: step {data.get('value')} of {data['max']}", 0.1 + 0.8 * share)
        finished = kind in ("execution_success", "execution_cached_success") or (
            kind == "executing" and data.get("node") is None
        )
        if finished or now - asked > QUIET_S or (told is None and now - asked > 1.0):
            asked = time.monotonic()
            if _history(server, number) is not None:
                return


def _history(server: Server, number: str) -> dict[str, Any] | None:
    """A finished job's entry, None while it is not finished; BackendError when it failed."""
    every = server.json(server.get(f"/history/{number}"))
    if not isinstance(every, dict):
        raise _rubbish(server, "a question for its history", every)
    entry = every.get(number)
    if not isinstance(entry, dict):
        return None
    status = entry.get("status") or {}
    if status.get("status_str") == "error":
        faults = [each[1] for each in status.get("messages", ()) if each and each[0] == "execution_error"]
        raise _failed(faults[0] if faults else {})
    return entry


def _failed(data: Mapping[str, Any]) -> BackendError:
    where = f"node {data.get('node_id', '?')} ({data.get('node_type', '?')})"
    told = excerpt(str(data.get("exception_message", "no reason was given")))
    return BackendError(f"the workflow failed at {where}: {told}", "run it once in ComfyUI itself to see why")


def _result(server: Server, number: str, wanted: tuple[str, ...]) -> tuple[str, bytes]:
    entry = _history(server, number) or {}
    outputs = entry.get("outputs")
    files = [
        file
        for node in (outputs.values() if isinstance(outputs, dict) else ())
        for rows in (node.values() if isinstance(node, dict) else ())
        for file in (rows if isinstance(rows, list) else ())
        if isinstance(file, dict) and str(file.get("filename", "")).lower().endswith(wanted)
    ]
    # what is saved is meant; previews ("temp") only when nothing else is there
    files.sort(key=lambda file: file.get("type") != "output")
    if not files:
        raise BackendError(
            f"the workflow ended without a {' or '.join(wanted)} file",
            "end it in a node that saves one (SaveGLB for a mesh, SaveImage for a picture)",
        )
    first = files[0]
    where = {key: str(first.get(key) or "") for key in ("filename", "subfolder", "type")}
    return str(first["filename"]), server.get("/view", **where).content


def _stopped(server: Server, number: str) -> None:
    """Take a job from the queue, or interrupt it, as well as it goes: the error that led here matters."""
    quick = Server(server.url, server.what, server.key, 5.0, lambda _s: None, server.headers)
    with contextlib.suppress(BackendError):
        quick.post("/queue", json={"delete": [number]})
    with contextlib.suppress(BackendError):
        quick.post("/interrupt", json={"prompt_id": number})


def _rubbish(server: Server, what: str, answer: Any) -> BackendError:
    return BackendError(
        f"{server.what} at {server.url} gave no sense to {what}: {excerpt(json.dumps(answer))}",
        f"check that {server.key} is the address of {server.what}",
    )
