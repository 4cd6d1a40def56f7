"""Keyed pegs and their sockets: what holds two pieces together, and lets them go together one way only.

A peg is round with one flat side (its key) and a chamfered tip. It is part of the piece it stands on; its
socket, the peg grown by the process's clearance and a little deeper, is cut out of the other. How thick and
how long a peg may be is read off the room that is there, cell by cell. Lengths in mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.grids import Cells, depth_in, inside
from fabricate.solid.limits import Limits

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Peg", "cut_pegs", "peg_places", "thinnest_peg_mm"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
STEP_MM = 0.4
FLAT = 0.6
"""The flat's distance from the axis, of the radius: enough to feel, little enough to stay strong."""
CHAMFER = 0.3
DEEPER_MM = 0.1
"""How much deeper than its peg a socket is, beyond the clearance: room for glue and a blunt tip."""
LENGTHS_MM = (10.0, 8.0, 6.5, 5.0, 4.0, 3.0, 2.4)
SHORT_MM = 2.0
WIDEST_MM = 10.0
SLENDER = 1.5
"""A peg is no longer than this many diameters."""
ROOT_MM = 1.2
BROAD = 3.0
"""A contact this many peg diameters long gets two pegs."""


@dataclass(frozen=True)
class Peg:
    """A peg: ``at`` (3,) where its axis leaves its piece, ``axis`` (3,) unit, into the other piece.

    ``key`` (3,) unit, square to the axis, points to the flat. ``root_mm`` is how far it is sunk into its own
    piece; ``clearance_mm`` the room per side in the socket.
    """

    at: Floats
    axis: Floats
    key: Floats
    radius_mm: float
    length_mm: float
    clearance_mm: float
    root_mm: float = ROOT_MM

    def plug(self) -> manifold3d.Manifold:
        """The peg itself, root included, to be united with its piece."""
        import manifold3d as m3

        outline = _outline(self.radius_mm)
        tip = min(0.8, CHAMFER * self.radius_mm, 0.4 * self.length_mm)
        narrow = (self.radius_mm - 0.8 * tip) / self.radius_mm
        shaft = m3.Manifold.extrude(outline, self.root_mm + self.length_mm - tip)
        end = m3.Manifold.extrude(outline, tip, 0, 0.0, (narrow, narrow))
        return self._placed(shaft + end.translate((0, 0, self.root_mm + self.length_mm - tip)))

    def socket(self) -> manifold3d.Manifold:
        """The room for it, to be cut from the other piece; open towards the peg's own piece."""
        import manifold3d as m3

        outline = _outline(self.radius_mm).offset(self.clearance_mm, m3.JoinType.Round, 2.0, 64)
        depth = self.root_mm + self.length_mm + self.clearance_mm + DEEPER_MM
        return self._placed(m3.Manifold.extrude(outline, depth))

    def moved(self, matrix: Floats) -> Peg:
        """The peg after a rigid move (4, 4)."""
        turn = matrix[:3, :3]
        return replace(self, at=turn @ self.at + matrix[:3, 3], axis=turn @ self.axis, key=turn @ self.key)

    def _placed(self, solid: manifold3d.Manifold) -> manifold3d.Manifold:
        side = np.cross(self.axis, self.key)
        frame = np.stack([self.key, side, self.axis, self.at - self.root_mm * self.axis], axis=1)
        return solid.transform(frame)


def thinnest_peg_mm(limits: Limits) -> float:
    """The least diameter that a peg may have: 1.8 mm for FDM, 1.2 mm for resin."""
    return 0.6 * limits.pin_mm


def _outline(radius: float) -> manifold3d.CrossSection:
    """A circle less what lies beyond the flat, key towards +x."""
    import manifold3d as m3

    box = m3.CrossSection.square((4 * radius, 4 * radius), True)
    return m3.CrossSection.circle(radius, 64) ^ box.translate(((FLAT - 2) * radius, 0))


def peg_places(
    plug: trimesh.Trimesh,
    socket: trimesh.Trimesh,
    axis: npt.ArrayLike,
    limits: Limits,
    *,
    key: npt.ArrayLike = (0.0, -1.0, 0.0),
    clearance_mm: float | None = None,
    most: int = 2,
    gap_mm: float = 0.3,
) -> list[Peg]:
    """The pegs from ``plug`` along ``axis`` into ``socket``: one or two, none where the room is too small.

    Both are closed meshes in mm that touch (or lie within ``gap_mm``) where a peg may go. A peg is as thick
    as leaves the process's wall floor all round it in both, no thinner than ``thinnest_peg_mm``, and at
    most half as wide as its contact; the flat looks towards ``key`` as far as the axis lets it.
    """
    way = np.asarray(axis, np.float64) / np.linalg.norm(np.asarray(axis, np.float64))
    flat = _square_to(np.asarray(key, np.float64), way)
    frame = np.stack([np.cross(flat, way), flat, way])
    cells = _near_contact(plug, socket, frame)
    if cells is None:
        return []
    room = clearance_mm if clearance_mm is not None else limits.clearance_mm[0]
    a, b = inside(plug, cells), inside(socket, cells)
    found = _roomiest(a, b, cells, limits, room, gap_mm)
    if found is None:
        return []
    mouths, radii, length = found
    root = min(3.0, max(ROOT_MM, 0.4 * length))
    chosen = _chosen(mouths, radii, cells.step, most)
    points = cells.points(mouths[chosen]) + 0.5 * cells.step * way
    radius = float(radii[chosen].min())
    length = min(length, 2 * SLENDER * radius)
    return [Peg(at, way, flat, radius, length, room, root) for at in points]


def _square_to(key: Floats, way: Floats) -> Floats:
    for wish in (key, np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])):
        rest = wish - way * (wish @ way)
        if np.linalg.norm(rest) > 0.3:
            return np.asarray(rest / np.linalg.norm(rest))
    raise ValueError("an axis of no length")


def _near_contact(plug: trimesh.Trimesh, socket: trimesh.Trimesh, frame: Floats) -> Cells | None:
    """Cells where the two boxes meet, and a peg's length around; None when they do not meet."""
    boxes = [np.asarray(m.vertices) @ frame.T for m in (plug, socket)]
    low = np.max([b.min(axis=0) for b in boxes], axis=0) - 1.0
    high = np.min([b.max(axis=0) for b in boxes], axis=0) + 1.0
    if (high < low).any():
        return None
    reach = np.array([2.0, 2.0, 2 * LENGTHS_MM[0] + 2.0])
    least = np.min([b.min(axis=0) for b in boxes], axis=0) - 2 * STEP_MM
    top = np.max([b.max(axis=0) for b in boxes], axis=0) + 2 * STEP_MM
    low, high = np.maximum(low - reach, least), np.minimum(high + reach, top)
    step = max(STEP_MM, float(np.prod(high - low) / 3e6) ** (1 / 3))
    shape = np.ceil((high - low) / step).astype(int) + 1
    return Cells(frame, low, step, (int(shape[0]), int(shape[1]), int(shape[2])))


def _roomiest(
    a: Bools, b: Bools, cells: Cells, limits: Limits, room: float, gap_mm: float
) -> tuple[npt.NDArray[np.int64], Floats, float] | None:
    """Mouths (n, 3), the radius that each can have, and the length, the best one, with which they can."""
    mouths = _mouths(a, b, max(1, round(gap_mm / cells.step)))
    if not len(mouths):
        return None
    joint = _bridged(a | b)
    deep = {
        "joint": depth_in(joint, cells.step, level=True),
        "a": depth_in(a, cells.step),
        "b": depth_in(b, cells.step),
        "beside": depth_in(b, cells.step, level=True),
    }
    best = None
    for length in LENGTHS_MM:
        radii = _radii(mouths, deep, cells.step, length, limits.wall_floor_mm, room)
        top = float(radii.max())
        if 2 * top < thinnest_peg_mm(limits):
            continue
        widest = min(WIDEST_MM / 2, 0.5 * (top + limits.wall_floor_mm))
        top = min(top, max(widest, thinnest_peg_mm(limits) / 2))
        worth = top**2 * min(length, 2 * SLENDER * top)
        if best is None or worth > best[0]:
            keep = 2 * radii >= thinnest_peg_mm(limits)
            best = (worth, mouths[keep], np.minimum(radii[keep], top), length)
    return None if best is None else best[1:]


def _mouths(a: Bools, b: Bools, gap: int) -> npt.NDArray[np.int64]:
    """Cells of ``a`` with ``b`` next up their column, at most ``gap`` free cells between."""
    found = np.zeros_like(a)
    free = np.ones_like(a)
    for k in range(1, gap + 2):
        if k >= a.shape[2]:
            break
        found[:, :, :-k] |= a[:, :, :-k] & b[:, :, k:] & free[:, :, :-k]
        free[:, :, :-k] &= ~(a | b)[:, :, k:]
    return np.argwhere(found)


def _bridged(mask: Bools) -> Bools:
    """The mask with slits of a cell between the pieces filled."""
    from scipy.ndimage import binary_closing

    return np.asarray(binary_closing(np.pad(mask, 2), iterations=1)[2:-2, 2:-2, 2:-2] | mask)


def _radii(
    mouths: npt.NDArray[np.int64],
    deep: dict[str, Floats],
    step: float,
    length: float,
    wall: float,
    room: float,
) -> Floats:
    """The largest radius that a peg of that length can have at each mouth; 0 where it has no room."""
    radii = np.full(len(mouths), np.inf)
    u, v, w = mouths.T
    top = deep["a"].shape[2]
    below = -int(np.ceil((ROOT_MM + 0.3) / step))
    above = int(np.ceil((length + room + DEEPER_MM) / step))
    floor = int(np.ceil(wall / step))
    for k in range(below, above + floor + 1):
        at = np.clip(w + k, 0, top - 1)
        out = (w + k < 0) | (w + k >= top)
        # the floor behind the socket is as wide as the socket, without a wall around it
        beside = deep["joint"][u, v, at] - room - (wall if k <= above else 0.0)
        radii = np.minimum(radii, np.where(out, 0.0, beside))
        # deeper in, the peg must be within its own side too: a contact too slanting to hold shows here
        far = (abs(k) - 1) * step
        side = deep["b" if k > 0 else "a"][u, v, at]
        if far > 0:
            radii = np.where(side < min(0.55 * far, 0.5 * wall if k > 0 else 1.0), 0.0, radii)
        if k > 0 and far > 0.5 * length:
            around = np.maximum(deep["beside"][u, v, at] - 0.5 * wall, 0.0)
            radii = np.minimum(radii, around + 0.6 * max(length - far, 0.0))
    # a long socket leaves half of its piece for a peg from beyond
    last = w + above + int(np.ceil(max(wall, length - SHORT_MM) / step))
    radii = np.where((deep["b"][u, v, np.clip(last, 0, top - 1)] > 0) & (last < top), radii, 0.0)
    return np.asarray(np.maximum(radii, 0.0))


def _chosen(mouths: npt.NDArray[np.int64], radii: Floats, step: float, most: int) -> list[int]:
    """The middle of the best places; two, far apart, where they spread widely."""
    good = np.flatnonzero(radii >= 0.98 * radii.max())
    wide = np.flatnonzero(radii >= 0.8 * radii.max())
    spots = mouths * step
    middle = spots[wide].mean(axis=0)
    one = int(good[((spots[good] - middle) ** 2).sum(axis=1).argmin()])
    if most < 2:
        return [one]
    far = spots[wide] - middle
    _, _, axes = np.linalg.svd(far - far.mean(axis=0), full_matrices=False)
    along = far @ axes[0]
    apart = float(along.max() - along.min())
    if apart < BROAD * 2 * float(radii.max()):
        return [one]
    # a quarter in from both ends, so that neither is at the rim
    ends = [along.min() + 0.2 * apart, along.max() - 0.2 * apart]
    across = far - along[:, None] * axes[0]
    cost = [np.abs(along - end) + np.linalg.norm(across, axis=1) for end in ends]
    return [int(wide[c.argmin()]) for c in cost]


def cut_pegs(
    plug: manifold3d.Manifold, socket: manifold3d.Manifold, pegs: Sequence[Peg]
) -> tuple[manifold3d.Manifold, manifold3d.Manifold]:
    """The two pieces with their pegs and sockets."""
    for peg in pegs:
        plug, socket = plug + peg.plug(), socket - peg.socket()
    return plug, socket
