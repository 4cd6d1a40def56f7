"""Reading a folder of weights: what goes wrong is told in two lines, and what libraries say is kept away."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

from fabricate.errors import BackendError
from fabricate.learned.device import out_of_memory

__all__ = ["present", "quiet", "reading"]


def present(path: Path) -> Path:
    """The same path; FileNotFoundError, which ``reading`` turns into a BackendError, when it is no file."""
    if not path.is_file():
        raise FileNotFoundError(2, "missing", str(path))
    return path


@contextlib.contextmanager
def reading(folder: Path, label: str, holds: str) -> Iterator[None]:
    """While inside, a file that is missing, cut off, foreign or of other sizes becomes a BackendError.

    ``label``: the model's name; ``holds``: the files that its folder must have, in words. Running out of
    memory stays what it is, for ``enough_memory``.
    """
    try:
        yield
    except BackendError:
        raise
    # torch, yaml, safetensors, transformers and diffusers raise many kinds
    except Exception as exc:
        if out_of_memory(exc):
            raise
        if isinstance(exc, FileNotFoundError) and exc.filename:
            raise BackendError(f"{exc.filename} is missing", f"a {label} folder holds {holds}") from exc
        raise BackendError(
            f"{folder} does not hold {label}'s weights: {_reason(exc)}",
            f"fetch {holds} anew, or name another folder",
        ) from exc


def _reason(exc: Exception) -> str:
    """What an exception says, in one short line; a heading above what it says is passed over."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    told = next((line for line in lines if not line.endswith(":")), lines[0] if lines else type(exc).__name__)
    return told[:140]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """While inside, what diffusers and transformers have to say to developers is not shown to makers."""
    import transformers
    from diffusers.utils import logging as theirs

    ours = transformers.logging
    levels = (ours.get_verbosity(), theirs.get_verbosity())
    bars = (ours.is_progress_bar_enabled(), theirs.is_progress_bar_enabled())
    for each in (ours, theirs):
        each.set_verbosity_error()
        each.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        ours.set_verbosity(levels[0])
        theirs.set_verbosity(levels[1])
        for each, shown in zip((ours, theirs), bars, strict=True):
            if shown:
                each.enable_progress_bar()
