"""One process at a time: locks that end with whoever holds them, and are waited for."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from fabricate import disk
from fabricate.errors import RunError

__all__ = ["held"]


def _quiet() -> None:
    pass


@contextlib.contextmanager
def held(path: Path, waiting: Callable[[], None] = _quiet) -> Iterator[None]:
    """Hold a lock file, waiting for whoever has it; ``waiting`` is called as long as that takes."""
    stack = contextlib.ExitStack()
    while True:
        try:
            stack.enter_context(disk.lock(path))
            break
        except RunError:
            waiting()
            time.sleep(0.1)
    with stack:
        yield
