"""Small real servers that speak ComfyUI's and Hunyuan3D's protocols over HTTP and a websocket: stand-ins."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import trimesh
from aiohttp import WSMsgType, web

GLB: bytes = trimesh.creation.box((0.5, 1.0, 0.25)).export(file_type="glb")
NODES = ("LoadImage", "KSampler", "SaveGLB")


@dataclass
class Comfy:
    """What the server does and what it saw. ``mode``: ok, fails, refuses, html, hangs, busy, no-socket."""

    mode: str = "ok"
    output: tuple[str, bytes] = ("figure_00001_.glb", GLB)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    prompts: list[dict[str, Any]] = field(default_factory=list)
    interrupts: int = 0
    done: bool = False
    calls: int = 0

    async def upload(self, request: web.Request) -> web.Response:
        self.calls += 1
        if self.mode == "busy" and self.calls < 3:
            return web.Response(status=503, text="starting up")
        if self.mode == "html":
            return web.Response(text="<html>a router's page</html>", content_type="text/html")
        image = (await request.post())["image"]
        self.uploads.append(image.file.read())  # type: ignore[union-attr]
        return web.json_response({"name": image.filename, "subfolder": "", "type": "input"})  # type: ignore[union-attr]

    async def info(self, _: web.Request) -> web.Response:
        return web.json_response({name: {} for name in NODES})

    async def prompt(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.prompts.append(body["prompt"])
        if self.mode == "refuses":
            error = {"message": "Value not in list", "details": "ckpt_name: 'x.safetensors'"}
            errors = {"2": {"class_type": "KSampler", "errors": [error]}}
            return web.json_response({"prompt_id": None, "number": 1, "node_errors": errors})
        task = asyncio.get_running_loop().create_task(self.work("job-1"))
        task.add_done_callback(lambda t: t.exception())
        return web.json_response({"prompt_id": "job-1", "number": 1, "node_errors": {}})

    async def work(self, number: str) -> None:
        async def say(kind: str, **data: Any) -> None:
            for socket in self.sockets:
                await socket.send_json({"type": kind, "data": {**data, "prompt_id": number}})

        await say("execution_start")
        if self.mode == "hangs":
            return
        for node in ("1", "2", "3"):
            await say("executing", node=node)
        for value in (1, 2):
            await say("progress", value=value, max=2)
        for socket in self.sockets:
            await socket.send_bytes(b"\0\0\0\1 a preview picture")
        if self.mode == "fails":
            told = {"node_id": "2", "node_type": "KSampler", "exception_message": "CUDA out of memory"}
            self.done = True
            await say("execution_error", **told)
            return
        if self.mode == "breaks":
            for socket in self.sockets:
                await socket.close()
        self.done = True
        await say("executing", node=None)

    async def history(self, request: web.Request) -> web.Response:
        if not self.done:
            return web.json_response({})
        name = self.output[0]
        entry = {
            "outputs": {"3": {"3d": [{"filename": name, "subfolder": "mesh", "type": "output"}]}},
            "status": {"status_str": "success", "completed": True, "messages": []},
        }
        return web.json_response({request.match_info["number"]: entry})

    async def view(self, request: web.Request) -> web.Response:
        assert request.query["subfolder"] == "mesh"
        return web.Response(body=self.output[1])

    async def interrupt(self, _: web.Request) -> web.Response:
        self.interrupts += 1
        return web.json_response({})

    async def socket(self, request: web.Request) -> web.StreamResponse:
        if self.mode == "no-socket":
            return web.Response(status=404)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "status", "data": {"status": {"exec_info": {"queue_remaining": 0}}}})
        async for message in socket:
            if message.type == WSMsgType.ERROR:
                break
        return socket

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/upload/image", self.upload)
        app.router.add_get("/object_info", self.info)
        app.router.add_post("/prompt", self.prompt)
        app.router.add_get("/history/{number}", self.history)
        app.router.add_get("/view", self.view)
        app.router.add_post("/interrupt", self.interrupt)
        app.router.add_post("/queue", self.interrupt)
        app.router.add_get("/ws", self.socket)
        return app


@dataclass
class Hunyuan:
    """Hunyuan3D's api_server. ``mode``: ok, stuck, garbled, foreign."""

    mode: str = "ok"
    asked: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, request: web.Request) -> web.Response:
        self.bodies.append(await request.json())
        return web.json_response({"uid": "7f3a"})

    async def status(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.mode == "foreign":
            return web.json_response({"detail": "Not Found"})
        if self.mode == "stuck" or self.asked < 3:
            return web.json_response({"status": "processing"})
        data = b"not a mesh" if self.mode == "garbled" else GLB
        return web.json_response({"status": "completed", "model_base64": base64.b64encode(data).decode()})

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/send", self.send)
        app.router.add_get("/status/{uid}", self.status)
        return app


@contextlib.contextmanager
def serving(app: web.Application) -> Iterator[str]:
    """The app on a free port of 127.0.0.1, in a thread of its own; its address."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    address: list[str] = []

    async def begin() -> web.AppRunner:
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        address.append(f"http://{host}:{port}")
        ready.set()
        return runner

    def work() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(begin())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
