"""Lift = comfyui: a workflow on the maker's own ComfyUI server gives the mesh."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import httpx  # noqa: F401  (found missing here, and not in the middle of the work)
import websockets  # noqa: F401
from pydantic import BaseModel, ConfigDict, Field

from fabricate.errors import BackendError
from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View
    from fabricate.backends import Job

__all__ = ["ComfyUILifter"]


class Options(BaseModel):
    """ComfyUI's keys in ``[lift]``."""

    model_config = ConfigDict(extra="forbid")

    server: str = "http://127.0.0.1:8188"
    workflow: str = "hunyuan3d"
    """A name in templates/workflows, or a JSON file in ComfyUI's API form."""
    seed: int = Field(default=7, ge=0)
    wait_s: float = Field(default=1800.0, gt=0.0, le=86_400.0)


class ComfyUILifter:
    """Runs any workflow that takes a picture and ends in a mesh file; its models have their own licences."""

    name: ClassVar[str] = "comfyui"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "of the workflow's models"
    extra: ClassVar[str] = "remote"
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The mesh that the workflow saves. Raises BackendError, MeshError for a file that is no mesh."""
        from fabricate.lifters._files import lifted_from, png_of
        from fabricate.remote.comfyui import Work, read_workflow, run
        from fabricate.remote.server import Server
        from fabricate.remote.workflows import find

        given: Options = job.options
        path = Path(given.workflow) if given.workflow.endswith(".json") else find(given.workflow)
        work = Work(read_workflow(path), {"image": png_of(view)}, {"seed": given.seed}, wait_s=given.wait_s)
        server = Server(given.server, "ComfyUI", "lift.server")
        name, data = run(server, work, (".glb", ".stl", ".ply", ".obj"), progress)
        if not data:
            raise BackendError(f"the server sent an empty {name}", "look at the workflow in ComfyUI")
        return lifted_from(data, Path(name).suffix, self.name)
