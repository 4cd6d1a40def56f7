"""Clay: fields added, cut and kept in order; and fields grown or pushed about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from fabricate.kit.frames import Array
from fabricate.kit.sdf import FAR, Field, near, smooth_min

__all__ = ["Clay", "Offset", "Warped"]

Op = Literal["add", "cut", "keep"]


@dataclass
class Clay:
    """Fields put together in order: each is added, cut away or kept (intersected), blended over ``k``."""

    ops: list[tuple[Op, Field, float]] = field(default_factory=list)
    low: Array = field(default_factory=lambda: np.full(3, FAR, np.float32))
    high: Array = field(default_factory=lambda: np.full(3, -FAR, np.float32))

    def add(self, item: Field, k: float = 0.0) -> Clay:
        """Put a field on, blended over ``k``."""
        swell = np.float32(k * 0.25)
        self.ops.append(("add", item, k))
        self.low = np.minimum(self.low, item.low - swell)
        self.high = np.maximum(self.high, item.high + swell)
        return self

    def cut(self, item: Field, k: float = 0.0) -> Clay:
        """Take a field away."""
        self.ops.append(("cut", item, k))
        return self

    def keep(self, item: Field, k: float = 0.0) -> Clay:
        """Keep only what lies inside a field."""
        self.ops.append(("keep", item, k))
        self.low = np.maximum(self.low, item.low)
        self.high = np.minimum(self.high, item.high)
        return self

    @property
    def doubt(self) -> float:
        """The largest of the fields it is made of."""
        return max((item.doubt for _, item, _ in self.ops), default=0.0)

    def __bool__(self) -> bool:
        return any(op == "add" for op, _, _ in self.ops)

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        out = np.full(p.shape[1:], FAR, np.float32)
        # A blend reaches its width further, and lifts what a later blend then sees: twice the widest is safe.
        # Neighbouring blocks would otherwise disagree about a shared corner, and the mesh would not close.
        reach = reach + 2 * max((k for _, _, k in self.ops), default=0.0)
        for op, item, k in self.ops:
            where = np.flatnonzero(near(item, centre, reach))
            if op == "keep":
                missed = np.ones(len(out), bool)
                missed[where] = False
                out[missed] = FAR
            if op != "add" and len(where):
                where = where[(out[where] < FAR).any(1)]
            if not len(where):
                continue
            whole = len(where) == len(out)
            d = item.distance(p if whole else p[:, where], centre if whole else centre[:, where], reach)
            old = out[where]
            if op == "add":
                out[where] = smooth_min(old, d, k)
            else:
                out[where] = -smooth_min(-old, d if op == "cut" else -d, k)
        return out


@dataclass(frozen=True)
class Offset:
    """A field grown by ``by`` (shrunk when negative)."""

    item: Field
    by: float

    @property
    def low(self) -> Array:
        """Lower corner (3,)."""
        return self.item.low - np.float32(max(self.by, 0.0))

    @property
    def high(self) -> Array:
        """Upper corner (3,)."""
        return self.item.high + np.float32(max(self.by, 0.0))

    @property
    def doubt(self) -> float:
        """The item's."""
        return self.item.doubt

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n)."""
        return self.item.distance(p, centre, reach + abs(self.by)) - np.float32(self.by)


@dataclass(frozen=True)
class Warped:
    """A field whose surface is pushed out or in by ``push(p)`` (blocks, n), at most ``most``: folds, hair."""

    item: Field
    push: Callable[[Array], Array]
    most: float

    @property
    def low(self) -> Array:
        """Lower corner (3,)."""
        return self.item.low - np.float32(self.most)

    @property
    def high(self) -> Array:
        """Upper corner (3,)."""
        return self.item.high + np.float32(self.most)

    @property
    def doubt(self) -> float:
        """A surface pushed in is told as further than the unpushed one may be."""
        return self.item.doubt + self.most

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n), a slight under-estimate where the push is steep."""
        d = self.item.distance(p, centre, reach + self.most)
        close = d < FAR
        return np.where(close, d - self.push(p), d)
