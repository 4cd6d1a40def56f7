"""Lift = triposg: a picture becomes a solid through TripoSG's rectified flow, best on a GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Literal

import diffusers  # noqa: F401  (found missing here, and not in the middle of the work)
import numpy as np
import torch
import transformers  # noqa: F401
from pydantic import BaseModel, Field

from fabricate.events import Progress
from fabricate.learned.options import ModelOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

    from fabricate.artifacts import Lifted, View
    from fabricate.backends import Job
    from fabricate.learned.surface import Found
    from fabricate.learned.triposg_files import Parts

__all__ = ["TripoSGLifter"]

WHITE = 1.0
FILL = 1 / 1.2
"""The share of the picture that the figure fills, and the white behind it, as the networks were trained."""
CHUNK = 1 << 14
"""Points that ask the latent tokens at a time: about half a GB in half precision."""
ROOMY_GB = 7.0
"""With less of the card free than this, only the part that works lies on it."""


class Options(ModelOptions):
    """TripoSG's keys in ``[lift]``."""

    resolution: int = Field(default=384, ge=32, le=1024)
    """Points along each side of the grid in which the surface is found."""
    extraction: Literal["hierarchical", "dense"] = "hierarchical"
    """Whether the field is read near the surface only, or at all points of the grid: slow, misses nothing."""
    steps: int = Field(default=50, ge=1, le=1000)
    guidance: float = Field(default=7.0, ge=1.0, le=30.0)
    """How closely the picture is followed; 1 is half the work, and worse."""
    tokens: int = Field(default=2048, ge=64, le=8192)
    """Latent tokens: more bear finer detail, and take longer."""
    seed: int = Field(default=7, ge=0, lt=2**63)


class TripoSGLifter:
    """Fifty passes of a network of 1.4 billion parameters; the picture's colours are laid on the shape."""

    name: ClassVar[str] = "triposg"
    version: ClassVar[str] = "1"
    licence: ClassVar[str] = "MIT"
    extra: ClassVar[str] = "gpu"
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The solid that the network imagines, with vertex colours, unit height, figure frame.

        The same seed gives the same mesh. Raises BackendError when the weights are not here, do not fit, or
        see no surface.
        """
        from fabricate.learned.device import enough_memory, warm
        from fabricate.learned.triposg_files import read
        from fabricate.lifters._files import of_unit_height
        from fabricate.lifters._picture import painted

        given: Options = job.options
        folder = given.folder(self.name, progress)
        device, dtype = given.placed()
        progress.step("loading TripoSG", 0.02)
        with enough_memory("TripoSG", "a coarser grid: lift.resolution = 256"), torch.inference_mode():
            parts = warm((self.name, str(folder), str(device), dtype), lambda: read(folder, dtype))
            latents = _imagined(parts, view.image, given, device, progress)
            found = _surface(parts, latents, given, progress)
        progress.step("colouring", 0.97)
        x, y, z = found.vertices.astype(np.float64).T
        # the network's figures face +z, y up; ours face -y
        mesh = painted(np.stack([x, -z, y], axis=1), found.faces, view.image)
        return of_unit_height(mesh, self.name)


@contextmanager
def _on(device: torch.device, *networks: torch.nn.Module) -> Iterator[None]:
    """Networks on a device; where the card is small they leave it afterwards, to make room for the next."""
    from fabricate.learned.device import free_gb

    free = free_gb(device)
    there = all(next(each.parameters()).device.type == device.type for each in networks)
    short = free is not None and free < ROOMY_GB and not there
    for each in networks:
        each.to(device)
    try:
        yield
    finally:
        if short:
            for each in networks:
                each.to("cpu")
            torch.cuda.empty_cache()


def _imagined(
    parts: Parts, image: Image.Image, given: Options, device: torch.device, progress: Progress
) -> torch.Tensor:
    """The latent tokens of a picture, on the device."""
    from fabricate.learned.triposg import sampled
    from fabricate.lifters._picture import squared

    picture = parts.eye.seen(torch.from_numpy(squared(image, parts.eye.whole, FILL, WHITE)))
    dtype = next(parts.flow.parameters()).dtype
    with _on(device, parts.image):
        context = parts.image(picture.to(device, dtype)).last_hidden_state
    progress.step(f"imagining the shape on {device.type}", 0.1)
    with _on(device, parts.flow):
        return sampled(
            parts.flow,
            context,
            steps=given.steps,
            guidance=given.guidance,
            seed=given.seed,
            tokens=given.tokens,
            shift=parts.shift,
            heard=lambda done: progress.step(f"imagining the shape on {device.type}", 0.1 + 0.5 * done),
        )


def _surface(parts: Parts, latents: torch.Tensor, given: Options, progress: Progress) -> Found:
    """The surface of the latent tokens' field, in the field's own axes."""
    from fabricate.learned.device import asked
    from fabricate.learned.surface import dense, near_surface
    from fabricate.learned.triposg import REACH

    device, dtype = latents.device, next(parts.field.parameters()).dtype
    with _on(device, parts.field):
        memory = parts.field.memory(latents.to(dtype))

        def read(points: NDArray[np.float32]) -> NDArray[np.float32]:
            return asked(lambda at: parts.field(memory, at * REACH), points, device, CHUNK)

        progress.step("finding the surface", 0.6)
        if given.extraction == "dense":
            return dense(read, given.resolution)
        return near_surface(
            read, given.resolution, lambda done: progress.step("finding the surface", 0.6 + 0.35 * done)
        )
