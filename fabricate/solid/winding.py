"""How often a surface winds around the points within: measured along a lattice of straight lines.

Inside a sound solid the winding number is 1, outside 0. Where parts overlap it is 2 or more, where a surface
is inside out it is negative; a line that goes in and never comes out has slipped through a hole (A. Jacobson
et al., "Robust inside-outside segmentation using generalized winding numbers", SIGGRAPH 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.solid.scanlines import crossings
from fabricate.solid.topology import extent

__all__ = ["Winding", "measure_winding"]

Floats = npt.NDArray[np.float64]
LINES = 88
"""Lines along each side of each of the three views: some 8,000 a view."""
OFFSET = 0.3719
"""Where in its cell a line runs: nowhere that a modelled edge is likely to lie."""


@dataclass(frozen=True)
class Winding:
    """Volumes in the mesh's unit cubed: where the winding number is 1 or more, 2 or more, and below 0.

    ``adrift`` is the share of lines that meet the mesh and do not come out as often as they go in.
    """

    inside: float
    twice: float
    negative: float
    adrift: float

    @property
    def overlapping(self) -> float:
        """What overlaps or is inside out, as a share of the volume."""
        return (self.twice + self.negative) / max(self.inside, 1e-300)


def measure_winding(corners: Floats, lines: int = LINES) -> Winding:
    """The winding of triangles ``corners`` (m, 3, 3), from ``lines`` x ``lines`` lines along each axis."""
    low, high = extent(corners)
    step = np.maximum((high - low) / lines, 1e-300)
    scaled = (corners - low) / step - OFFSET
    each = np.array([_along(scaled, axis, lines) for axis in range(3)])
    cell = float(np.prod(step))
    inside, twice, negative = np.median(each[:, :3], axis=0) * cell
    return Winding(float(inside), float(twice), float(negative), float(each[:, 3].mean()))


def _along(scaled: Floats, axis: int, lines: int) -> tuple[float, float, float, float]:
    met = crossings(scaled, axis)
    if not len(met.u):
        return 0.0, 0.0, 0.0, 0.0
    line = met.u * (lines + 1) + met.v
    order = np.lexsort((met.depth, line))
    line, depth, rise = line[order], met.depth[order], met.rise[order].astype(np.int64)
    first = np.ones(len(line), bool)
    first[1:] = line[1:] != line[:-1]
    running = np.cumsum(rise)
    starts = np.flatnonzero(first)
    before = np.repeat(running[starts] - rise[starts], np.diff(np.append(starts, len(line))))
    number = running - before
    ends = np.append(starts[1:], len(line)) - 1
    length = np.append(depth[1:] - depth[:-1], 0.0)
    length[ends] = 0.0
    return (
        float(length[number >= 1].sum()),
        float(length[number >= 2].sum()),
        float(length[number < 0].sum()),
        float((number[ends] != 0).mean()),
    )
