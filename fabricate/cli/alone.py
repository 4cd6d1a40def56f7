"""Stylize and lift on a file, without a run folder: the result is whole or absent, too."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fabricate import disk
from fabricate.errors import RunError
from fabricate.events import Event, Progress
from fabricate.spec import Spec

if TYPE_CHECKING:
    from fabricate.artifacts import Lifted, View
    from fabricate.scan.rebuild import Rebuilt
    from fabricate.solid.customs import Units, Up

__all__ = ["lift", "scan", "stylize"]


@contextlib.contextmanager
def _timed(progress: Progress) -> Iterator[None]:
    began = time.monotonic()
    progress.listener(Event("start", progress.stage))
    yield
    progress.listener(Event("done", progress.stage, seconds=time.monotonic() - began))


@contextlib.contextmanager
def _aside(target: Path) -> Iterator[Path]:
    """A folder beside ``target`` whose files are moved there when all went well, or RunError."""
    if target.is_dir():
        raise RunError(f"{target} is a folder", f"name a file in it: -o {target}/NAME")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fabricate-", dir=target.parent) as name:
            folder = Path(name)
            yield folder
            disk.sync_tree(folder)
            for file in sorted(folder.iterdir()):
                file.replace(target.parent / file.name)
    except Exception as exc:
        if told := disk.complaint(exc, target.parent):
            raise told from exc
        raise


def stylize(spec: Spec, png: Path, progress: Progress) -> View:
    """Make the front view and write it to ``png``, with a ``.json`` beside it.

    Raises SubjectError, BackendError, TemplateError, RunError.
    """
    from fabricate import pipeline
    from fabricate.stages import stylize as stage
    from fabricate.stages import write_view

    pipeline.check(spec)
    with _timed(progress), _aside(png) as folder:
        view = stage.view(spec, progress)
        write_view(view, folder / png.name)
    return view


def lift(spec: Spec, picture: Path, glb: Path, progress: Progress) -> Lifted:
    """Lift the view in ``picture`` and write the solid to ``glb``.

    Raises SubjectError, BackendError, MeshError, RunError.
    """
    from fabricate.solid.glb import write_lifted
    from fabricate.stages import lift as stage
    from fabricate.stages import read_view

    with _timed(progress), _aside(glb) as folder:
        lifted = stage.lift(spec, read_view(picture), progress)
        write_lifted(lifted, folder / glb.name)
    return lifted


def scan(file: Path, glb: Path, progress: Progress, *, up: Up, units: Units, turn: float) -> Rebuilt:
    """Rebuild the scan in ``file`` and write the figure to ``glb``.

    Raises BackendError without open3d, MeshError, RunError.
    """
    from fabricate.scan.rebuild import rebuilt
    from fabricate.solid.glb import write_lifted

    with _timed(progress), _aside(glb) as folder:
        made = rebuilt(file, progress, up=up, units=units, turn=turn)
        write_lifted(made.lifted, folder / glb.name)
    return made
