"""Raised shapes that follow a surface: eyes, brows, mouth, glasses, stripes, pockets.

A decal is a thin solid cut by a flat outline from the layer around a base surface, ``sink`` below it to
``lift`` above it. The outline is drawn in the frame's own plane (x to the figure's left, z up), looking along
its y.
"""

from __future__ import annotations

import numpy as np

from fabricate.kit.frames import Array, Frame
from fabricate.kit.outlines import Outline
from fabricate.kit.sdf import Field, smooth_min, turned

__all__ = ["Decal"]


class Decal:
    """A raised shape on ``base``: see the module. ``lift``, ``sink`` and ``bevel`` in the frame's unit.

    ``sides``: "front" keeps the half nearer the viewer (local y below ``cut``), "all" wraps right round.
    """

    def __init__(
        self,
        base: Field,
        frame: Frame,
        outline: Outline,
        lift: float,
        sink: float = 0.05,
        bevel: float = 0.0,
        sides: str = "front",
        cut: float = 0.1,
    ) -> None:
        self.base, self.outline, self.frame = base, outline, frame
        self.lift, self.sink = np.float32(lift * frame.scale), np.float32(sink * frame.scale)
        self.bevel, self.front, self.cut = bevel * frame.scale, sides == "front", np.float32(cut)
        self._turn = (frame.turn.T / frame.scale).astype(np.float32)
        self._shift = (-frame.turn.T @ frame.origin / frame.scale).astype(np.float32)
        # The box: the outline's prism, met with the base's own box.
        far = 4.0
        y = (-far, cut if self.front else far)
        corners = [
            frame.point((x, yy, z))
            for x in (outline.low[0], outline.high[0])
            for yy in y
            for z in (outline.low[1], outline.high[1])
        ]
        prism_low, prism_high = np.min(corners, 0), np.max(corners, 0)
        self.low = np.maximum(prism_low, base.low - self.lift).astype(np.float32)
        self.high = np.minimum(prism_high, base.high + self.lift).astype(np.float32)

    @property
    def doubt(self) -> float:
        """The base's."""
        return self.base.doubt

    def distance(self, p: Array, centre: Array, reach: float) -> Array:
        """Signed distance (blocks, n) at ``p`` (3, blocks, n)."""
        q = turned(self._turn, self._shift, p)
        flat = self.outline.distance(q[0], q[2]) * np.float32(self.frame.scale)
        if self.front:
            flat = np.maximum(flat, (q[1] - self.cut) * np.float32(self.frame.scale))
        d = self.base.distance(p, centre, reach + float(self.lift + self.sink))
        layer = np.maximum(d - self.lift, -d - self.sink)
        return -smooth_min(-flat, -layer, self.bevel)
