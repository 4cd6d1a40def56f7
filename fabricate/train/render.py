"""The training data made: shards rendered in processes, side by side; what is there already stays."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from fabricate.train.feed import VALIDATION
from fabricate.train.shards import SHAPES, note, views_file, write_shard

__all__ = ["render"]

HELD = 4
"""Shards for validation."""


def render(
    folder: Path,
    shapes: int,
    side: int,
    views: int,
    workers: int,
    say: Callable[[str], None] = lambda _t: None,
) -> int:
    """Make the shards of ``shapes`` shapes and of the validation; gives the number of new views.

    Stopped at any time, it goes on with the next shard. Raises ValueError for a shape count below one.
    """
    if shapes < 1:
        raise ValueError("there must be a shape to render")
    numbers = [*range(VALIDATION, VALIDATION + min(HELD, -(-shapes // SHAPES))), *range(-(-shapes // SHAPES))]
    wanted = [n for n in numbers if not views_file(folder, n).exists()]
    if not wanted:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    note(folder, side, views)
    made, begun = 0, time.monotonic()
    if workers < 2:
        for n in wanted:
            made += write_shard(folder, n, side, views)
        return made
    # Spawned, not forked: a fork of a process whose threads hold locks may wait for ever.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        jobs = [pool.submit(write_shard, folder, n, side, views) for n in wanted]
        for k, job in enumerate(as_completed(jobs), start=1):
            made += job.result()
            say(f"{k} of {len(jobs)} shards, {made / (time.monotonic() - begun):.1f} views/s")
    return made
