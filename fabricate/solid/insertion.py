"""In which order and from where pieces that abut are put together: a disassembly planned on a grid of cells.

A piece comes off along a direction when nothing that is still there lies in its way. Where only hidden cells
of its neighbours do (the skull under a wig that reaches behind it), those cells change sides: the seam that
one sees stays, and the piece is free. Taken apart in this order, the figure is put together in the reverse.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fabricate.solid.grids import Cells

__all__ = ["Removal", "in_the_way", "plan", "surface"]

Bools = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Way = tuple[int, int, int]
WAYS = tuple((u, v, w) for u, v, w in itertools.product((-1, 0, 1), repeat=3) if u or v or w)
"""The 26 directions to neighbouring cells."""
SEEN_MM2 = 6.0
"""No more of what is seen of its neighbours may change sides, nor more than a share of what is seen of it."""
SEEN_SHARE = 0.03
WISH = 40.0
"""What it is worth to come off the way that the contact points, in pairs of hidden cubic millimetres."""


@dataclass(frozen=True)
class Removal:
    """One step: piece ``label`` comes off along ``way`` (3,) unit, the steps before it done.

    A step with ``into`` is no removal: the piece could not come off, and is fused with that one. ``seen_mm2``
    says how much of the visible surface changes sides, or would have.
    """

    label: int
    way: Floats
    into: int | None = None
    seen_mm2: float = 0.0


def swept(mask: Bools, way: Way) -> Bools:
    """All cells that the mask's cells pass over on their way out of the grid (themselves included)."""
    out = mask.copy()
    reach = 1
    while reach < max(mask.shape):
        step = tuple(reach * c for c in way)
        moved = _shifted(out, step)
        if not moved.any():
            break
        out |= moved
        reach *= 2
    return out


def _shifted(mask: Bools, by: tuple[int, ...]) -> Bools:
    out = np.zeros_like(mask)
    if any(abs(b) >= n for b, n in zip(by, mask.shape, strict=True)):
        return out
    target = tuple(slice(max(b, 0), n + min(b, 0)) for b, n in zip(by, mask.shape, strict=True))
    source = tuple(slice(max(-b, 0), n - max(b, 0)) for b, n in zip(by, mask.shape, strict=True))
    out[target] = mask[source]
    return out


def plan(labels: Labels, cells: Cells, pulls: Floats, root: int) -> list[Removal]:
    """How pieces come off, one after another, until only ``root`` (and what is fused with it) is left.

    ``labels`` (nu, nv, nw) holds 0 for air and a piece's number elsewhere, and is changed as cells change
    sides; ``pulls`` (n + 1, n + 1, 3) are for each piece and its neighbour the sum of area times normal over
    the faces where they touch: a piece best comes off away from what it still touches.
    """
    steps: list[Removal] = []
    present = {int(k) for k in np.unique(labels) if k}
    known: dict[int, list[tuple[Floats, Floats]]] = {}
    seen = surface(labels > 0)
    own: Floats = np.bincount(labels[seen], minlength=len(pulls)).astype(np.float64) * cells.step**2
    while len(present) > 1:
        for label in present - set(known) - {root}:
            known[label] = [_met(labels, label, way, seen, cells.step, len(pulls)) for way in WAYS]
        label, way, shown = _easiest(known, present - {root}, present, pulls, own)
        whole = labels == label
        if shown > min(SEEN_MM2, SEEN_SHARE * own[label]):
            mate = _neighbour(labels, whole, present - {label})
            steps.append(Removal(label, np.zeros(3), into=mate, seen_mm2=shown))
            labels[whole] = mate
            own[mate] += own[label]
            pulls[mate] += pulls[label]
            pulls[:, mate] += pulls[:, label]
            known.pop(mate, None)
        else:
            gains = _gains(labels, whole, way, seen, present - {label}, cells.step)
            unit = np.asarray(way, np.float64)
            steps.append(Removal(label, unit / np.linalg.norm(unit), seen_mm2=shown))
            if gains is not None:
                for other in np.unique(labels[gains]):
                    known.pop(int(other), None)
                labels[gains] = 0
            labels[whole] = 0
        known.pop(label, None)
        present.discard(label)
    return steps


def surface(filled: Bools) -> Bools:
    """The filled cells that have a free neighbour."""
    from scipy.ndimage import binary_erosion

    return np.asarray(filled & ~binary_erosion(filled))


def _met(labels: Labels, label: int, way: Way, seen: Bools, step: float, count: int) -> tuple[Floats, Floats]:
    """What a piece meets on its way, by piece: volumes (mm3), visible areas (mm2)."""
    clash = _clash(labels, labels == label, way)
    volume = np.bincount(labels[clash], minlength=count) * step**3
    area = np.bincount(labels[clash & seen], minlength=count) * step**2
    return volume.astype(np.float64), area.astype(np.float64)


def _clash(labels: Labels, whole: Bools, way: Way) -> Bools:
    """Cells of others in the way, less layers one cell thin, which are steps of the grid and no undercut."""
    others = swept(whole, way) & ~whole & (labels > 0)
    # opened by a cube of two cells, with slices: many times faster than the general morphology
    core = others
    for axis in range(3):
        core = core[_cut(axis, 1, None)] & core[_cut(axis, None, -1)]
    for axis in range(3):
        wide = [(1, 1) if k == axis else (0, 0) for k in range(3)]
        padded = np.pad(core, wide)
        core = padded[_cut(axis, 1, None)] | padded[_cut(axis, None, -1)]
    return np.asarray(core)


def _cut(axis: int, start: int | None, stop: int | None) -> tuple[slice, ...]:
    return tuple(slice(start, stop) if k == axis else slice(None) for k in range(3))


def _easiest(
    known: Mapping[int, list[tuple[Floats, Floats]]],
    may: set[int],
    present: set[int],
    pulls: Floats,
    own: Floats,
) -> tuple[int, Way, float]:
    """The piece and the way with least visible, then least hidden conflict, then nearest to its wish.

    ``known``: for each piece what it meets along each of ``WAYS``, by piece, hidden (mm3) and seen (mm2).
    """
    best: tuple[float, int, Way, float] | None = None
    for label in sorted(may):
        rest = sorted(present - {label})
        push = -pulls[label, rest].sum(axis=0)
        push = push / max(float(np.linalg.norm(push)), 1e-9)
        for way, (volume, area) in zip(WAYS, known[label], strict=True):
            hidden, shown = float(volume[rest].sum()), float(area[rest].sum())
            unit = np.asarray(way, np.float64) / np.linalg.norm(way)
            wish = 1.0 - float(unit @ push)
            # a square millimetre that is seen weighs as much as a hundred hidden cubic ones
            cost = 60 * max(shown - 0.5, 0.0) + 0.5 * hidden + WISH * wish + 1e-3 * float(own[label])
            if best is None or cost < best[0]:
                best = (cost, label, way, shown)
    if best is None:
        raise ValueError("no piece is left to come off")
    return best[1], best[2], best[3]


def _gains(
    labels: Labels, whole: Bools, way: Way, seen: Bools, others: set[int], step: float
) -> Bools | None:
    """The cells that must come with a piece: what is in its way and hidden, a cell more, and all beyond."""
    from scipy.ndimage import binary_dilation

    theirs = np.isin(labels, list(others))
    clash = _clash(np.where(theirs, labels, 0).astype(np.int16), whole, way) & theirs
    if clash.sum() * step**3 < 1.0:
        return None
    shy = binary_dilation(seen & theirs & ~clash, iterations=1)
    grown = binary_dilation(clash, iterations=1) & theirs & ~shy
    return np.asarray(swept(grown | clash, way) & theirs)


def in_the_way(piece: Bools, others: Bools, seen: Bools) -> Bools:
    """On a grid whose third axis is the way a piece goes: the cells of ``others`` that must come with it.

    Whatever is in its way and hidden, a cell more, and all beyond; where it is seen only what is more than a
    cell thin.
    """
    from scipy.ndimage import binary_dilation, binary_opening

    passed = np.maximum.accumulate(piece, axis=2)
    clash = passed & others
    if not clash.any():
        return clash
    skin = binary_dilation(seen, iterations=2)
    bold = binary_opening(clash, np.ones((3, 3, 3), bool))
    core = (clash & ~skin) | bold
    grown = binary_dilation(core, iterations=1) & others & (~skin | core)
    return np.asarray(np.maximum.accumulate(grown, axis=2) & others)


def _neighbour(labels: Labels, whole: Bools, others: set[int]) -> int:
    """The piece that shares most surface with this one; any, when none does."""
    from scipy.ndimage import binary_dilation

    ring = binary_dilation(whole, iterations=1) & ~whole
    counts = np.bincount(labels[ring], minlength=max(others) + 1)
    return max(others, key=lambda k: (int(counts[k]) if k < len(counts) else 0, -k))
