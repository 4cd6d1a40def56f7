"""Lift = triposr: a picture becomes a solid through TripoSR's triplanes, on a GPU or the processor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import transformers  # noqa: F401  (found missing here, and not in the middle of the work)
from pydantic import BaseModel, Field

from fabricate.events import Progress
from fabricate.learned.options import ModelOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from fabricate.artifacts import Lifted, View
    from fabricate.backends import Job
    from fabricate.learned.triposr import TripoSR

__all__ = ["TripoSRLifter", "framed"]

GREY = 0.5
FILL = 0.85
"""The share of the picture that the figure fills, and the grey behind it, as the network was trained."""
CHUNK = 1 << 17


class Options(ModelOptions):
    """TripoSR's keys in ``[lift]``."""

    resolution: int = Field(default=256, ge=32, le=1024)
    """Points along each side of the grid in which the surface is found."""
    threshold: float = Field(default=25.0, gt=0.0, le=1000.0)
    """The density that counts as solid."""


class TripoSRLifter:
    """One pass of a network of 419 million parameters; colours of its own on every vertex."""

    name: ClassVar[str] = "triposr"
    version: ClassVar[str] = "2"
    licence: ClassVar[str] = "MIT"
    extra: ClassVar[str] = "gpu"
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The solid that the network sees, with vertex colours, unit height, figure frame.

        Raises BackendError when the weights are not here, do not fit, or see no surface.
        """
        from fabricate.learned.device import enough_memory, warm

        given: Options = job.options
        folder = given.folder(self.name, progress)
        device, dtype = given.placed()
        progress.step("loading TripoSR", 0.05)
        with enough_memory("TripoSR", "a coarser grid: lift.resolution = 192"), torch.inference_mode():
            key = (self.name, str(folder), str(device), dtype)
            network = warm(key, lambda: loaded(folder).to(device, dtype))
            picture = framed(view.image, network.size.image_px)
            progress.step(f"lifting on {device.type}", 0.2)
            planes = network.planes(torch.from_numpy(picture)[None].to(device, dtype))[0]
            return _mesh(network, planes, given, progress)


def loaded(folder: Path) -> TripoSR:
    """The network with the weights of a folder, strictly by name, on the processor in single precision."""
    import yaml  # type: ignore[import-untyped]

    from fabricate.learned.reading import reading
    from fabricate.learned.triposr import TripoSR, renamed, settings_of

    with reading(folder, "TripoSR", "model.ckpt and config.yaml"):
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        network = TripoSR(settings_of(config))
        state: dict[str, Any] = torch.load(folder / "model.ckpt", map_location="cpu", weights_only=True)
        network.load_state_dict(renamed(state), strict=True)
    return network.eval()


def framed(image: Image.Image, px: int) -> NDArray[np.float32]:
    """The figure on grey, in the middle of a square, filling 85 % of it: (3, px, px) float32 in 0..1."""
    from fabricate.lifters._picture import squared

    return squared(image, px, FILL, GREY)


def _mesh(network: TripoSR, planes: torch.Tensor, given: Options, progress: Progress) -> Lifted:
    import trimesh

    from fabricate.learned.device import asked
    from fabricate.learned.surface import near_surface
    from fabricate.lifters._files import of_unit_height

    def read(points: NDArray[np.float32], colours: bool) -> NDArray[np.float32]:
        def ask(at: torch.Tensor) -> torch.Tensor:
            return network.field(planes, at * network.size.radius)[int(colours)]

        return asked(ask, points, planes.device, CHUNK)

    found = near_surface(
        lambda points: read(points, False) - np.float32(given.threshold),
        given.resolution,
        lambda done: progress.step("finding the surface", 0.4 + 0.5 * done),
    )
    seen = np.concatenate([read(found.vertices, True), np.ones((len(found.vertices), 1), np.float32)], axis=1)
    x, y, z = found.vertices.astype(np.float64).T
    # the network looks along -x at a figure that faces +x; ours face -y
    points = np.stack([y, -x, z], axis=1)
    mesh = trimesh.Trimesh(points, found.faces, process=False, vertex_colors=(seen * 255).astype(np.uint8))
    return of_unit_height(mesh, "triposr")
