"""Work in slices, side by side: numpy and embree let the interpreter lock go while they compute."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_threads"]

T = TypeVar("T")
_inside = threading.local()


def in_threads(work: Callable[[slice], T], count: int, batch: int) -> list[T]:
    """``work`` of each slice of ``batch`` out of ``count`` things, the answers in order.

    Called from within such work it goes on in the same thread.
    """
    slices = [slice(i, min(i + batch, count)) for i in range(0, count, batch)]
    if len(slices) < 2 or getattr(_inside, "busy", False):
        return [work(part) for part in slices]

    def marked(part: slice) -> T:
        _inside.busy = True
        return work(part)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8, len(slices))) as pool:
        return list(pool.map(marked, slices))
