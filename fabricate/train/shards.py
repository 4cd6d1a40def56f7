"""Shots on disk: only the pixels of the silhouettes, so that tens of thousands of views fit in memory.

A *shard* is two files: ``N.pixels.npy``, one record a pixel, mapped into memory by whoever trains, and
``N.views.npz``, where each view's pixels stand. Seeds decide what is in a shard: the same code gives the
same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate import resources
from fabricate.train.shots import Shot

__all__ = ["PIXEL", "Batch", "Shards", "code_hash", "note", "pack", "views_file", "write_shard"]

PIXEL = np.dtype(
    [
        ("depth", "<f2", (2,)),
        ("balloon", "<f2"),
        ("normals", "i1", (2, 3)),
        ("colour", "u1", (3,)),
        ("known", "u1"),
    ]
)
"""``known``: bit 0, the pixel is in the cut silhouette; bit 1, its truth is known."""

LEARNING = frozenset(
    [
        "__init__",
        "appearance",
        "begin",
        "export",
        "feed",
        "halves",
        "loop",
        "losses",
        "network",
        "render",
        "unseen",
    ]
)
"""Modules of this package that no seed's shape or view depends on; any other is taken to be one that does."""

SHAPES = 48
"""Shapes of one shard."""


@cache
def code_hash() -> str:
    """A hash of all code and templates that decide what a seed gives, written beside the data."""
    package = Path(__file__).resolve().parent.parent
    code = [
        *(package / "lift" / f"{n}.py" for n in ("inflation", "surface")),
        *(package / "kit").glob("*.py"),
        *(package / "render").glob("*.py"),
    ]
    code += [path for path in (package / "train").glob("*.py") if path.stem not in LEARNING]
    code.append(package / "train" / "held-out.toml")
    data = resources.packaged() / "templates"
    total = hashlib.sha256()
    for path in sorted([*code, *data.rglob("*.toml")]):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:12]


@dataclass(frozen=True)
class Batch:
    """Views as arrays: ``cut`` and ``known`` (n, h, w) bool, ``depth`` (n, 2, h, w), ``balloon`` (n, h, w),
    ``normals`` (n, 2, 3, h, w), ``colour`` (n, 3, h, w) 0..1, all float32."""

    cut: NDArray[np.bool_]
    known: NDArray[np.bool_]
    depth: NDArray[np.float32]
    balloon: NDArray[np.float32]
    normals: NDArray[np.float32]
    colour: NDArray[np.float32]

    def every(self, step: int, dice: np.random.Generator) -> Batch:
        """Every ``step``-th pixel each way, begun at random: the same views at a lower resolution."""
        if step == 1:
            return self
        y, x = dice.integers(step, size=2)
        return Batch(*(values[..., y::step, x::step] for values in vars(self).values()))


def pack(shots: Sequence[Shot]) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """The shots' pixels as records, and which pixels they are (n, side * side / 8) packed bits."""
    records, bits = [], []
    for shot in shots:
        kept = shot.mask | shot.cut
        out = np.zeros(int(kept.sum()), PIXEL)
        out["depth"] = shot.depth[:, kept].T
        out["balloon"] = shot.balloon[kept]
        out["normals"] = np.rint(shot.normals[:, kept] * 127).transpose(1, 0, 2)
        out["colour"] = np.rint(np.clip(shot.colour[kept], 0, 1) * 255)
        out["known"] = shot.cut[kept] + 2 * shot.mask[kept]
        records.append(out)
        bits.append(np.packbits(kept))
    return np.concatenate(records), np.stack(bits)


def views_file(folder: Path, number: int) -> Path:
    """The file that is there when shard ``number`` is whole: it is written last."""
    return folder / f"{number:05d}.views.npz"


def write_shard(folder: Path, number: int, side: int, views: int) -> int:
    """Make shard ``number`` of the folder; gives the number of views written, 0 when it is there already.

    A shape that fails to mesh is left out: random clay may have no surface.
    """
    from fabricate.train.shapes import KINDS, model_of
    from fabricate.train.shots import shots

    target = views_file(folder, number)
    if target.exists():
        return 0
    taken: list[Shot] = []
    kinds: list[str] = []
    for seed in range(number * SHAPES, (number + 1) * SHAPES):
        try:
            kind, model, dice = model_of(seed)
        except ValueError:
            continue
        found = shots(model, dice, views, side, KINDS[kind][2])
        taken += found
        kinds += [kind] * len(found)
    pixels, bits = pack(taken)
    starts = np.cumsum([0, *np.unpackbits(bits, axis=1).sum(1).tolist()])
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f"{number:05d}.{os.getpid()}.part"
    with aside.open("wb") as file:
        np.save(file, pixels)
    aside.replace(folder / f"{number:05d}.pixels.npy")
    with aside.open("wb") as file:
        np.savez(file, bits=bits, starts=starts, kinds=np.array(kinds), side=side, code=code_hash())
    aside.replace(target)
    return len(taken)


class Shards:
    """All shards of a folder of one side, numbered ``first`` to ``last``, as one list of views; ``refresh``
    finds those made since."""

    def __init__(self, folder: Path, first: int = 0, last: int = 100_000) -> None:
        self.folder, self._numbers = folder, range(first, last)
        self._seen: set[str] = set()
        self._pixels: list[NDArray[Any]] = []
        self.side = 0
        self.where = np.zeros((0, 3), np.int64)
        """Of each view: its shard, first and last pixel."""
        self.bits = np.zeros((0, 0), np.uint8)
        self.refresh()

    def __len__(self) -> int:
        return len(self.where)

    def refresh(self) -> int:
        """Take up new shards; gives how many views there are now. ValueError for one of another side."""
        for path in sorted(self.folder.glob("*.views.npz")):
            if path.name in self._seen or int(path.name[:5]) not in self._numbers:
                continue
            with np.load(path) as data:
                bits, side = data["bits"], int(data["side"])
                starts = data["starts"].astype(np.int64)
            if self.side not in (0, side):
                raise ValueError(f"{path.name} has views of {side} pixels, the others {self.side}")
            self.side = side
            pixels = path.with_name(path.name.replace(".views.npz", ".pixels.npy"))
            self._pixels.append(np.load(pixels, mmap_mode="r"))
            shard = np.full(len(bits), len(self._pixels) - 1)
            self.where = np.concatenate([self.where, np.stack([shard, starts[:-1], starts[1:]], 1)])
            self.bits = bits if not len(self.bits) else np.concatenate([self.bits, bits])
            self._seen.add(path.name)
        return len(self)

    def batch(self, views: Iterable[int]) -> Batch:
        """The named views, unpacked."""
        picked = list(views)
        side = self.side
        n, area = len(picked), side * side
        depth = np.zeros((n, 2, area), np.float32)
        balloon = np.zeros((n, area), np.float32)
        normals = np.zeros((n, 2, 3, area), np.float32)
        colour = np.zeros((n, 3, area), np.float32)
        known = np.zeros((n, area), np.uint8)
        for k, view in enumerate(picked):
            shard, first, last = self.where[view]
            record = self._pixels[shard][first:last]
            at = np.flatnonzero(np.unpackbits(self.bits[view])[:area])
            depth[k][:, at] = record["depth"].T
            balloon[k, at] = record["balloon"]
            normals[k][:, :, at] = record["normals"].transpose(1, 2, 0)
            colour[k][:, at] = record["colour"].T
            known[k, at] = record["known"]
        square = (side, side)
        return Batch(
            (known & 1).astype(bool).reshape(n, *square),
            (known & 2).astype(bool).reshape(n, *square),
            depth.reshape(n, 2, *square),
            balloon.reshape(n, *square),
            (normals / np.float32(127)).reshape(n, 2, 3, *square),
            (colour / np.float32(255)).reshape(n, 3, *square),
        )


def note(folder: Path, side: int, views: int) -> None:
    """Write ``data.json`` into the folder: what the data was made by."""
    text = json.dumps({"code": code_hash(), "side": side, "views": views, "shapes": SHAPES}, indent=2)
    (folder / "data.json").write_text(text + "\n", encoding="utf-8")
