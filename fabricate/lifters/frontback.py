"""Lift = frontback: our own single-image lift, two small networks that ship with the package.

One front view -> where the front and the back of the body lie -> one closed solid. On the CPU, in seconds.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import BaseModel, ConfigDict

from fabricate.events import Progress

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View
    from fabricate.backends import Job

__all__ = ["FrontbackLifter", "weights"]

GRID = 352
"""Cells along the side of the solid's square."""


class Options(BaseModel):
    """The lift has no options of its own; how deep lines are sunk is ``prepare.relief``."""

    model_config = ConfigDict(extra="forbid")


def weights() -> dict[int, Path]:
    """The networks that ship with the package, by the step at which they see pixels."""
    here = Path(__file__).parent
    return {1: here / "frontback.onnx", 2: here / "frontback-coarse.onnx"}


class FrontbackLifter:
    """Any picture of a figure, its background transparent or one that can be cut."""

    name: ClassVar[str] = "frontback"
    version: ClassVar[str] = "9"
    licence: ClassVar[str] = "Apache-2.0"
    extra: ClassVar[str] = ""
    Options: ClassVar[type[BaseModel]] = Options

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The solid of a picture: one part, ``figure``, with colours of its own.

        ``relief``: how deep in mm the picture's lines are sunk, 0 for not at all. Raises SubjectError for a
        picture without a figure that can be told from its background, BackendError without onnxruntime,
        MeshError when nothing is left.
        """
        from fabricate.artifacts import Lifted
        from fabricate.lift.cutout import cut_out
        from fabricate.lift.frame import framed
        from fabricate.lift.sheets import predicted
        from fabricate.lift.solid import lifted_mesh

        progress.step("finding the figure", 0.0)
        cut = cut_out(view.image)
        for warning in cut.warnings:
            progress.warn(warning)
        found = framed(cut.image)
        progress.step("judging depth", 0.2)
        sheets = predicted(found, weights())
        progress.step("fusing front and back", 0.4)
        made = lifted_mesh(
            found, sheets, height_mm=job.height_mm, process=job.process, relief_mm=job.relief, grid=GRID
        )
        for note in (*cut.notes, *made.notes):
            progress.note(note)
        return Lifted({"figure": made.mesh}, made.mesh, backend=self.name)
