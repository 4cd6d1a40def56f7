"""Lift = hunyuan-server: Hunyuan3D behind its own server; a licence with a territory, accepted once."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import httpx  # noqa: F401  (found missing here, and not in the middle of the work)
from pydantic import BaseModel, ConfigDict, Field

from fabricate.errors import BackendError
from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View
    from fabricate.backends import Job

__all__ = ["HunyuanServerLifter"]

LICENCE = "Tencent Hunyuan 3D Community Licence"


class Options(BaseModel):
    """The server's keys in ``[lift]``."""

    model_config = ConfigDict(extra="forbid")

    server: str = "http://127.0.0.1:8081"
    accept_licence: bool = False
    """The licence forbids using the model or what it makes in the European Union, the United Kingdom and
    South Korea: true says that you read it and may. Remembered on this machine."""
    seed: int = Field(default=7, ge=0)
    octree_resolution: int = Field(default=256, ge=64, le=768)
    num_inference_steps: int = Field(default=30, ge=1, le=200)
    guidance_scale: float = Field(default=5.0, ge=0.0, le=30.0)
    face_count: int = Field(default=200_000, ge=1000, le=2_000_000)
    wait_s: float = Field(default=900.0, gt=0.0, le=86_400.0)


class HunyuanServerLifter:
    """Sends the picture to ``api_server.py`` of Hunyuan3D-2 and fetches the mesh."""

    name: ClassVar[str] = "hunyuan-server"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = f"{LICENCE} (not in the EU, the UK, South Korea)"
    extra: ClassVar[str] = "remote"
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The mesh that the server makes. Raises BackendError, also before the licence is accepted."""
        from fabricate.lifters._files import lifted_from, png_of
        from fabricate.remote import workflows
        from fabricate.remote.hunyuan import mesh_of
        from fabricate.remote.server import Server

        given: Options = job.options
        if given.accept_licence:
            workflows.accept(LICENCE)
        elif not workflows.accepted(LICENCE):
            raise BackendError(
                "Hunyuan3D's licence forbids its use, and that of its output, in the EU, UK and South Korea",
                "if you read it and may: --accept-licence (once), or lift.accept_licence = true",
            )
        keys = ("seed", "octree_resolution", "num_inference_steps", "guidance_scale", "face_count")
        settings = {key: getattr(given, key) for key in keys}
        server = Server(given.server, "Hunyuan3D", "lift.server")
        data = mesh_of(server, png_of(view), settings, given.wait_s, progress)
        return lifted_from(data, ".glb", self.name)
