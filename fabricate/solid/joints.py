"""Where a figure has joints: necks between thick places, found by its shape alone.

The depth under the surface has peaks (head, chest, fist) and saddles between them (neck, wrist). A saddle
much shallower than the lower of its two peaks is a joint; it is cut by the plane with the smallest section.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.boolean import to_manifold
from fabricate.solid.grids import Cells, cells_around, depth_in, inside

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Cut", "frame_of", "inradius", "joints_of", "section_at", "sections"]

Floats = npt.NDArray[np.float64]
Cell = npt.NDArray[np.int64]
NECK = 0.8
"""A saddle this much of its lower peak's depth, or less, is a neck."""
LEAST_PEAK_MM = 2.0
GIRTH = 0.7
"""A limb is where a ball of this share of the body's depth does not go."""
LEAST_LIMB = 0.025
"""The share of the volume that a limb has at least."""
LONG = 2.2
"""A limb is at least this many times as long as its root's radius."""
STOUT = 3.0
"""A section's area is at most this many times that of the largest circle in it: no plate, no rim."""
MOST_CELLS = 60_000
SNAP = 1.15
"""A level cut is taken when its section is at most this many times the smallest."""


@dataclass(frozen=True)
class Cut:
    """A plane through ``at`` (3,), ``normal`` (3,) unit from the piece that keeps its peg to the other.

    ``here`` says that only the section around ``at`` is cut, and not what else the plane meets.
    """

    at: Floats
    normal: Floats
    here: bool = True


def frame_of(normal: Floats) -> Floats:
    """Rows: two unit directions in the plane and its normal, right-handed, the second upright."""
    wish = np.array([0.0, 0.0, 1.0]) if abs(normal[2]) < 0.9 else np.array([0.0, 1.0, 0.0])
    up = wish - normal * (wish @ normal)
    up = up / np.linalg.norm(up)
    return np.stack([np.cross(up, normal), up, normal])


def section_at(solid: manifold3d.Manifold, at: Floats, normal: Floats) -> manifold3d.CrossSection | None:
    """The outline, in ``frame_of(normal)`` about ``at``, of the section that holds ``at``; None for none."""
    outlines = sections(solid, at, normal)
    return min(outlines, key=_off_middle) if outlines else None


def sections(solid: manifold3d.Manifold, at: Floats, normal: Floats) -> list[manifold3d.CrossSection]:
    """Every outline that the plane cuts, each with its holes, in ``frame_of(normal)`` about ``at``."""
    axes = frame_of(normal)
    matrix = np.concatenate([axes, -(axes @ at)[:, None]], axis=1)
    return list(solid.transform(matrix).slice(0.0).decompose())


def _off_middle(outline: manifold3d.CrossSection) -> float:
    """How far the origin lies outside the outline's box."""
    left, low, right, high = outline.bounds()
    return float(max(left, -right, low, -high, 0.0) + 1e-6 * (right - left))


def joints_of(mesh: trimesh.Trimesh) -> list[list[Cut]]:
    """The necks of a closed mesh in mm, the narrowest first, then where its limbs begin.

    Each is a list of cuts that go together: two legs on one base come off as one.
    """
    step = max(0.7, (float(mesh.volume) / MOST_CELLS) ** (1 / 3))
    cells = cells_around([mesh], step=step)
    deep = depth_in(inside(mesh, cells), cells.step)
    coarse = to_manifold(mesh).simplify(0.15)
    found = []
    for saddle, low, high, share in sorted(_saddles(deep, cells.step), key=lambda neck: neck[3]):
        along = cells.points(low[None])[0] - cells.points(high[None])[0]
        cut = _narrowest(coarse, cells.points(saddle[None])[0], along)
        if cut is not None and share <= NECK and _round(coarse, cut, np.inf, np.inf):
            found.append([cut])
    widest = 1.1 * GIRTH * float(deep.max())
    for patches in _limbs(deep, cells):
        cuts = []
        for at, along, length in patches:
            cut = _narrowest(coarse, at, along)
            if cut is not None and _round(coarse, cut, widest, length / LONG):
                cuts.append(cut)
        if len(cuts) == len(patches):
            found.append(cuts)
    single = [cuts[0] for cuts in found if len(cuts) == 1][:6]
    # two legs that stand on one base come off together
    level = [
        [one, other]
        for one, other in itertools.combinations(single, 2)
        if abs(one.at[2] - other.at[2]) < 0.06 * float(mesh.extents[2]) and one.normal @ other.normal > 0.8
    ]
    return found + level


def _round(solid: manifold3d.Manifold, cut: Cut, widest: float, girth: float) -> bool:
    """Whether a section is about as wide as it is deep, as that of a neck or a limb, and not too thick."""
    outline = section_at(solid, cut.at, cut.normal)
    if outline is None:
        return False
    inner = inradius(outline)
    area = float(outline.area())
    return bool(inner <= widest and area <= STOUT * np.pi * inner**2 and area <= np.pi * girth**2)


def inradius(outline: manifold3d.CrossSection) -> float:
    """The radius of the largest circle that fits in an outline, to a fiftieth of a millimetre."""
    left, low, right, high = outline.bounds()
    least, most = 0.0, float(min(right - left, high - low)) / 2 + 0.02
    while most - least > 0.02:
        middle = (least + most) / 2
        if outline.offset(-middle).is_empty():
            most = middle
        else:
            least = middle
    return least


def _limbs(deep: Floats, cells: Cells) -> list[list[tuple[Floats, Floats, float]]]:
    """Place, direction and length from each root of each limb: where a thick ball does not go."""
    from scipy.ndimage import binary_opening, distance_transform_edt, label

    reach = GIRTH * float(deep.max())
    mask = deep > 0
    core = distance_transform_edt(deep < reach) * cells.step <= reach + 0.5 * cells.step
    limbs, count = label(binary_opening(mask & ~core, np.ones((2, 2, 2), bool)))
    out = []
    for number in range(1, count + 1):
        limb = limbs == number
        volume = float(limb.sum()) * cells.step**3
        if volume < max(LEAST_LIMB * float(mask.sum()) * cells.step**3, 8 * LEAST_PEAK_MM**3):
            continue
        roots = _roots(limb, core & mask, cells, reach)
        if roots:
            out.append(roots)
    return out


def _roots(
    limb: npt.NDArray[np.bool_], core: npt.NDArray[np.bool_], cells: Cells, reach: float
) -> list[tuple[Floats, Floats, float]]:
    """Where a limb touches the body, which way it goes from there, and how far."""
    from scipy.ndimage import binary_dilation, label

    touch = binary_dilation(limb, iterations=2) & core
    patches, count = label(binary_dilation(touch, iterations=1) & (core | limb))
    every = cells.points(np.argwhere(limb))
    out = []
    for number in range(1, count + 1):
        spots = cells.points(np.argwhere(patches == number))
        if len(spots) * cells.step**3 < 0.5 * LEAST_PEAK_MM**3:
            continue
        at = spots.mean(axis=0)
        away = every - at
        distance = np.linalg.norm(away, axis=1)
        near = away[distance < 1.5 * reach]
        along = near.mean(axis=0) if len(near) else away.mean(axis=0)
        start = at + 0.25 * reach * along / max(float(np.linalg.norm(along)), 1e-9)
        out.append((start, along, float(distance.max())))
    return out


def _saddles(deep: Floats, step: float) -> list[tuple[Cell, Cell, Cell, float]]:
    """(saddle, lower peak, higher peak, ratio) for every neck: cells are flooded from the deepest on, and
    where two pools meet is a saddle."""
    cells = np.argwhere(deep > 0)
    value = deep[tuple(cells.T)]
    order = np.argsort(-value, kind="stable")
    cells, value = cells[order], value[order]
    number = np.full(deep.shape, -1, np.int64)
    number[tuple(cells.T)] = np.arange(len(cells))
    near = [np.array(o) for o in np.ndindex(3, 3, 3) if o != (1, 1, 1)]
    hood = np.stack([number[tuple((cells + o - 1).T)] for o in near], axis=1).tolist()
    parent = list(range(len(cells)))
    size = [1] * len(cells)

    def top(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    out = []
    for i, around in enumerate(hood):
        pools = sorted({top(j) for j in around if 0 <= j < i})
        if not pools:
            continue
        high = pools[0]
        for low in pools[1:]:
            neck = value[i] <= NECK * value[low] and value[low] >= LEAST_PEAK_MM
            if neck and size[low] * step**3 > 4 * LEAST_PEAK_MM**3:
                out.append((cells[i], cells[low], cells[high], float(value[i] / value[low])))
            parent[low] = high
            size[high] += size[low]
        parent[i] = high
        size[high] += 1
    return out


def _narrowest(solid: manifold3d.Manifold, at: Floats, along: Floats) -> Cut | None:
    """The plane near ``at``, roughly square to ``along``, whose section about it is smallest."""
    along = along / max(float(np.linalg.norm(along)), 1e-9)
    axes = frame_of(along)
    best: tuple[float, Cut] | None = None
    tilts = [np.zeros(2)] + [
        r * np.array([np.cos(a), np.sin(a)]) for r in (0.3, 0.7) for a in np.arange(6) * np.pi / 3
    ]
    normals = [along + t[0] * axes[0] + t[1] * axes[1] for t in tilts]
    level = np.array([0.0, 0.0, 1.0 if along[2] >= 0 else -1.0])
    if abs(along[2]) > 0.7:
        normals.append(level)
    for normal in normals:
        normal = normal / np.linalg.norm(normal)
        for shift in (0.0, -1.5, 1.5):
            point = at + shift * normal
            outline = section_at(solid, point, normal)
            if outline is None or _off_middle(outline) > 0.5:
                continue
            area = outline.area() / (SNAP if abs(normal @ level) > 0.999 else 1.0)
            if best is None or area < best[0]:
                best = (area, Cut(point, normal))
    return None if best is None else best[1]
