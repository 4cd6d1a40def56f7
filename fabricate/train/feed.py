"""Batches for training: views picked by the seed and the step, dressed anew, mirrored, as tensors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from fabricate.lift.inputs import stacked
from fabricate.train.appearance import dressed
from fabricate.train.shards import Batch, Shards

__all__ = ["VALIDATION", "Example", "examples", "feed", "varied"]

VALIDATION = 90_000
"""Shards from this number on are never trained on."""
REFRESH = 100
"""Batches between two looks for new shards."""


@dataclass
class Example:
    """A batch as tensors:

    ``seen`` (n, 5, h, w), ``depth`` (n, 2, h, w), ``normals`` (n, 2, 3, h, w), ``known`` (n, 1, h, w).
    """

    seen: Tensor
    depth: Tensor
    normals: Tensor
    known: Tensor

    def to(self, device: torch.device) -> Example:
        """The same on a device."""
        return Example(*(t.to(device, non_blocking=True) for t in vars(self).values()))


def examples(batch: Batch, rgb: NDArray[np.float32], mirror: NDArray[np.bool_] | None = None) -> Example:
    """Tensors of a batch and its pictures, some mirrored left to right."""
    seen = stacked(rgb, batch.cut, batch.balloon)
    depth, normals = batch.depth.copy(), batch.normals.copy()
    known = (batch.known & batch.cut)[:, None].astype(np.float32)
    if mirror is not None and mirror.any():
        for values in (seen, depth, normals, known):
            values[mirror] = values[mirror][..., ::-1]
        normals[mirror, :, 0] *= -1
    tensors = (torch.from_numpy(np.ascontiguousarray(v)) for v in (seen, depth, normals, known))
    return Example(*tensors)


def varied(batch: Batch, dice: np.random.Generator) -> Batch:
    """The views with each shape a little deeper or flatter, and moved by some pixels in its picture.

    A shape stretched along the line of sight is another shape: its normals turn with it, its silhouette
    stays.
    """
    count = len(batch.cut)
    deep = np.exp(dice.normal(size=count) * 0.1).astype(np.float32)
    normals = batch.normals.copy()
    normals[:, :, 2] /= deep[:, None, None, None]
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), 1e-6)
    depth = batch.depth * deep[:, None, None, None]
    moved = Batch(batch.cut, batch.known, depth, batch.balloon, normals, batch.colour)
    for k in range(count):
        seen = batch.cut[k] | batch.known[k]
        y, x = (_shift(seen.any(axis), dice) for axis in (1, 0))
        for values in vars(moved).values():
            values[k] = np.roll(values[k], (y, x), axis=(-2, -1))
    return moved


def _shift(line: NDArray[np.bool_], dice: np.random.Generator) -> int:
    """Some pixels to either side, as far as there is room: what the edge cuts stays at the edge."""
    filled = np.flatnonzero(line)
    if not len(filled):
        return 0
    return int(dice.integers(-min(5, filled[0]), min(5, len(line) - 1 - filled[-1]) + 1))


class _Views(IterableDataset[Example]):
    """Batch after batch from ``start``, for ever; with several workers each makes every n-th."""

    def __init__(self, folder: Path, size: int, seed: int, start: int, every: int) -> None:
        self.folder, self.size, self.seed, self.start, self.every = folder, size, seed, start, every

    def __iter__(self) -> Iterator[Example]:
        info = torch.utils.data.get_worker_info()
        first, others = (info.id, info.num_workers) if info else (0, 1)
        shards = Shards(self.folder, last=VALIDATION)
        for made, step in enumerate(count(self.start + first, others)):
            if made % REFRESH == 0:
                shards.refresh()
            dice = np.random.default_rng([self.seed, step])
            views = dice.integers(0, len(shards), self.size)
            batch = varied(shards.batch(views.tolist()), dice).every(self.every, dice)
            yield examples(batch, dressed(batch, dice), dice.random(self.size) < 0.5)


def feed(folder: Path, size: int, seed: int, start: int, workers: int, every: int = 1) -> Iterator[Example]:
    """Training batches of ``size`` views from step ``start``: the same folder, seed and step give the same
    batch.

    ``workers``: processes that make them ahead; 0 makes them here. ``every``: 2 for half the resolution.
    """
    views = _Views(folder, size, seed, start, every)
    loader: DataLoader[Example] = DataLoader(
        views,
        batch_size=None,
        num_workers=workers,
        worker_init_fn=_alone,
        prefetch_factor=4 if workers else None,
    )
    return iter(loader)


def _alone(_number: int) -> None:
    torch.set_num_threads(1)
