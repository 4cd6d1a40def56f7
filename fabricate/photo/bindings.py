"""mediapipe's face models, without what they do not need.

``import mediapipe`` loads OpenCV (which wants the system's libGL), matplotlib, jax and sound devices; the
face models need none of these. Here the packages' own ``__init__`` files are passed over, so that the models
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
    with quiet():
        try:
            with _without_init("mediapipe", "mediapipe.python.solutions"):
                base = "mediapipe.python.solutions."
                return Models(
                    import_module(base + "face_detection").FaceDetection,
                    import_module(base + "face_mesh").FaceMesh,
                    import_module(base + "selfie_segmentation").SelfieSegmentation,
                )
        except (ImportError, AttributeError) as exc:
            raise BackendError("reading a photo needs mediapipe 0.10.14", HINT) from exc


@cache
def load_pose() -> Any:
    """The class of the pose model, as ``load`` gives the others; BackendError without the extra ``photo``."""
    with quiet():
        try:
            with _without_init("mediapipe", "mediapipe.python.solutions"):
                return import_module("mediapipe.python.solutions.pose").Pose
        except (ImportError, AttributeError) as exc:
            raise BackendError("reading a pose needs mediapipe 0.10.14", HINT) from exc


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
