"""mediapipe's models of faces and bodies, without what they do not need.

``import mediapipe`` loads OpenCV (which wants the system's libGL), matplotlib, jax and sound devices; the
models need none of these. Here the packages' own ``__init__`` files are passed over, so that the models
run after ``pip install --no-deps`` too, on a host without libGL, in a tenth of a second. What the C++ side
writes to the terminal while it works is kept away from it.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module, util
from typing import Any

from fabricate.errors import BackendError

__all__ = ["HINT", "Models", "load", "load_pose", "quiet"]

HINT = "pip install 'fabricate-figures[photo]'  (Python 3.11 or 3.12), or describe the person in words"
_lock = threading.RLock()


@dataclass(frozen=True)
class Models:
    """The three mediapipe classes used here: each opens one graph and runs it on an RGB array."""

    FaceDetection: Any
    FaceMesh: Any
    SelfieSegmentation: Any


@cache
def load() -> Models:
    """The model classes; BackendError with the pip line when the extra ``photo`` is not installed."""
    return Models(
        *_solutions(
            "photo",
            "face_detection.FaceDetection",
            "face_mesh.FaceMesh",
            "selfie_segmentation.SelfieSegmentation",
        )
    )


@cache
def load_pose() -> Any:
    """The class of the pose model, as ``load`` gives the others; BackendError without the extra ``photo``."""
    return _solutions("pose", "pose.Pose")[0]


def _solutions(what: str, *paths: str) -> list[Any]:
    """Classes of mediapipe's solutions, each by ``module.Class``; BackendError with the pip line without."""
    with quiet():
        try:
            with _without_init("mediapipe", "mediapipe.python.solutions"):
                parts = (path.split(".") for path in paths)
                return [getattr(import_module(f"mediapipe.python.solutions.{a}"), b) for a, b in parts]
        except (ImportError, AttributeError) as exc:
            raise BackendError(f"reading a {what} needs mediapipe 0.10.14", HINT) from exc


@contextmanager
def _without_init(*packages: str) -> Iterator[None]:
    """While inside, these packages exist as bare folders: their ``__init__`` has not run.

    Afterwards they are forgotten again, but not the modules under them: whoever imports mediapipe in
    earnest later gets the whole of it.
    """
    bare: list[str] = []
    try:
        for name in packages:
            if name in sys.modules:
                continue
            spec = util.find_spec(name)
            if spec is None or spec.submodule_search_locations is None:
                raise ImportError(f"no package {name}", name=name)
            module = types.ModuleType(name)
            module.__path__ = list(spec.submodule_search_locations)
            module.__spec__ = spec
            sys.modules[name] = module
            bare.append(name)
        yield
    finally:
        for name in bare:
            sys.modules.pop(name, None)


@contextmanager
def quiet() -> Iterator[None]:
    """While inside, file descriptor 2 leads nowhere and warnings are off; both are restored whatever happens.

    C++ libraries write to the descriptor itself, past Python's ``sys.stderr``. When an error leaves the
    block, what was swallowed is added to it as a note.
    """
    with _lock, warnings.catch_warnings(), _descriptor_away():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _descriptor_away() -> Iterator[None]:
    try:
        if sys.stderr is not None:
            sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError):  # started without a standard error: nothing to keep clean
        yield
        return
    with tempfile.TemporaryFile() as sink:
        try:
            os.dup2(sink.fileno(), 2)
            yield
        except Exception as exc:
            sink.seek(0)
            if said := sink.read().decode(errors="replace").strip():
                exc.add_note(said)
            raise
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
