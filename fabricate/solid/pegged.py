"""A coloured figure as pieces, each printed in one filament, that are put together with keyed pegs.

Colour parts that are large enough are pieces; buttons, stripes and eyes stay on the piece they sit on. The
pieces are taken apart in an order in which each comes off freely; the seams that one sees stay where they
are, behind them there is room for glue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.carve import hand_over
from fabricate.solid.colour import colour_of, paint
from fabricate.solid.contacts import (
    Bodies,
    bodies_of,
    gathered,
    shared_areas,
    touched,
    united,
    without_crumbs,
)
from fabricate.solid.grids import cells_around, inside
from fabricate.solid.insertion import plan
from fabricate.solid.limits import Limits
from fabricate.solid.mend import tidy
from fabricate.solid.pegs import Peg, cut_pegs, peg_places

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Joint", "Pegged", "pegged"]

Floats = npt.NDArray[np.float64]
CELLS_HIGH = 140
"""The planning grid has this many cells along the longest side, none under half a millimetre."""
LIP_MM = 0.5
"""From the visible seam inwards the gap opens over this much."""
FINE_MM = 1.0
ALSO = 0.5
"""A neighbour that a piece touches with this share of its largest contact gets a peg too: both shoes."""


@dataclass(frozen=True)
class Joint:
    """How ``piece`` goes on: moved along -``way`` onto ``mate``; its ``pegs`` (none: a flat glue face)."""

    piece: str
    mate: str
    way: Floats
    pegs: tuple[Peg, ...] = ()
    peg_on: str = ""


@dataclass(frozen=True)
class Pegged:
    """``pieces`` at their assembled places, each one closed body in one colour; ``joints`` in the order in
    which they come off (put together in reverse); ``parts`` names the colour parts that each piece holds."""

    pieces: Mapping[str, trimesh.Trimesh]
    joints: tuple[Joint, ...]
    parts: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    @property
    def pegs(self) -> tuple[Peg, ...]:
        """The pegs of all joints."""
        return tuple(peg for joint in self.joints for peg in joint.pegs)


def pegged(
    parts: Mapping[str, trimesh.Trimesh],
    limits: Limits,
    *,
    progress: Callable[[str, float], None] = lambda _message, _share: None,
) -> Pegged:
    """Abutting colour parts in mm as pieces with pegs and sockets, for one filament at a time.

    Every piece is one sound body and comes off freely in the order of ``joints``; outside, the pieces
    together are the figure. Small parts and pieces that cannot come off are fused with a neighbour and named
    in ``notes``. Raises MeshError for parts that are no solids.
    """
    if not parts:
        raise MeshError("the figure has no parts", "lift it again: --remake lift")
    progress("finding the pieces", 0.0)
    bodies = bodies_of(dict(parts))
    touching = touched(bodies.meshes)
    groups = gathered(bodies, shared_areas(bodies.meshes, touching), limits)
    groups = [_led_by_the_most_seen(bodies, touching, group) for group in groups]
    names = _names(bodies, groups)
    solids = {
        name: united([bodies.meshes[i] for i in group]) for name, group in zip(names, groups, strict=True)
    }
    held = {
        name: tuple(dict.fromkeys(bodies.of[i] for i in group))
        for name, group in zip(names, groups, strict=True)
    }
    colours = {name: colour_of(parts[bodies.of[group[0]]]) for name, group in zip(names, groups, strict=True)}
    progress("how they come apart", 0.3)
    order, notes = _taken_apart(solids, held)
    progress("making room between them", 0.6)
    _open_gaps(solids, limits.clearance_mm[1])
    progress("pegs and sockets", 0.8)
    joints = _joined(solids, order, limits)
    pieces = {}
    for name, solid in solids.items():
        mesh, _ = tidy(without_crumbs(solid, 0.5))
        pieces[name] = paint(mesh, colours[name])
    notes = [*notes, *_said(held, joints, limits)]
    return Pegged(pieces, tuple(joints), {n: held[n] for n in pieces}, tuple(notes))


def _led_by_the_most_seen(
    bodies: Bodies, touching: list[npt.NDArray[np.int64]], group: list[int]
) -> list[int]:
    """The group with a body of the part first that shows most surface: it gives name and colour."""
    shown: dict[str, float] = {}
    for i in group:
        area = float(np.asarray(bodies.meshes[i].area_faces)[touching[i] < 0].sum())
        shown[bodies.of[i]] = shown.get(bodies.of[i], 0.0) + area
    return sorted(group, key=lambda i: (-shown[bodies.of[i]], -bodies.volumes[i]))


def _names(bodies: Bodies, groups: list[list[int]]) -> list[str]:
    """A piece is called like its leading part, with its place when several are: left and right by pairs from
    the top down, else numbers; the kit's skin is a head, hands and legs."""
    leads = [bodies.of[group[0]] for group in groups]
    middles = np.array([bodies.meshes[group[0]].bounds.mean(axis=0) for group in groups])
    names = [lead.replace("/", "-") for lead in leads]
    for lead in dict.fromkeys(leads):
        mine = sorted((i for i, name in enumerate(leads) if name == lead), key=lambda i: -middles[i][2])
        limbs = ["hand", "leg", "foot"] if lead == "skin" else [names[mine[0]]]
        if lead == "skin" or len(mine) % 2:
            top = mine.pop(0)
            names[top] = "head" if lead == "skin" else names[top]
        for k, i in enumerate(mine):
            pair = mine[k - k % 2 : k - k % 2 + 2]
            limb = limbs[min(k // 2, len(limbs) - 1)] + ("" if k // 2 < len(limbs) else f"-{k // 2 + 1}")
            sides = {bool(middles[p][0] > 0) for p in pair}
            side = ("left" if middles[i][0] > 0 else "right") if len(sides) == 2 else str(k % 2 + 1)
            names[i] = f"{limb}-{side}"
    return names


@dataclass(frozen=True)
class _Step:
    piece: str
    mates: tuple[str, ...]
    way: Floats


def _taken_apart(
    solids: dict[str, manifold3d.Manifold], held: dict[str, tuple[str, ...]]
) -> tuple[list[_Step], list[str]]:
    """The order in which pieces come off; ``solids`` and ``held`` are changed where cells change sides."""
    names = list(solids)
    meshes = [from_manifold(solid) for solid in solids.values()]
    size = float(np.ptp(np.concatenate([m.bounds for m in meshes]), axis=0).max())
    cells = cells_around(meshes, step=max(0.5, size / CELLS_HIGH))
    labels = np.zeros(cells.shape, np.int16)
    for number, mesh in enumerate(meshes, 1):
        labels[inside(mesh, cells) & (labels == 0)] = number
    touching = touched(meshes)
    areas = shared_areas(meshes, touching)
    root = 1 + int(np.argmax([m.volume for m in meshes]))
    merged = {name: name for name in names}
    whole = from_manifold(united(meshes))
    steps: list[_Step] = []
    notes: list[str] = []
    for number in sorted(set(range(1, len(names) + 1)) - {int(k) for k in np.unique(labels)}):
        name = names[number - 1]
        solids.pop(name)
        held[names[root - 1]] = (*held[names[root - 1]], *held.pop(name))
        notes.append(f"{name} is left out: it lies inside the other pieces")
    off: set[str] = set()
    for removal in plan(labels, cells, _pulls(meshes, touching), root):
        name = names[removal.label - 1]
        if removal.into is not None:
            mate = names[removal.into - 1]
            _fuse(solids, held, name, mate)
            merged = {k: mate if v == name else v for k, v in merged.items()}
            areas[removal.into - 1] += areas[removal.label - 1]
            areas[:, removal.into - 1] += areas[:, removal.label - 1]
            notes.append(
                f"{name} stays on {mate}: it cannot be put on afterwards without "
                f"changing {removal.seen_mm2:.0f} mm2 of what is seen"
            )
            continue
        hand_over(solids, name, off, removal.way, whole)
        off.add(name)
        left = [k for k in solids if k not in off]
        share = {k: float(areas[removal.label - 1][names.index(k)]) for k in left}
        mates = sorted(left, key=lambda k: -share[k])
        mates = [k for k in mates if share[k] >= max(ALSO * share[mates[0]], 1e-9)] or mates[:1]
        steps.append(_Step(name, tuple(mates), removal.way))
    return [_Step(s.piece, tuple(dict.fromkeys(merged[m] for m in s.mates)), s.way) for s in steps], notes


def _pulls(meshes: list[trimesh.Trimesh], touching: list[npt.NDArray[np.int64]]) -> Floats:
    """The sums of area times normal over contacts that ``plan`` wants, (n + 1, n + 1, 3)."""
    pulls = np.zeros((len(meshes) + 1, len(meshes) + 1, 3))
    for number, (mesh, whom) in enumerate(zip(meshes, touching, strict=True), 1):
        met = whom >= 0
        push = np.asarray(mesh.face_normals)[met] * np.asarray(mesh.area_faces)[met, None]
        np.add.at(pulls[number], whom[met] + 1, push)
    return pulls


def _fuse(
    solids: dict[str, manifold3d.Manifold], held: dict[str, tuple[str, ...]], name: str, mate: str
) -> None:
    solids[mate] = united([from_manifold(solids[mate]), from_manifold(solids.pop(name))])
    held[mate] = (*held[mate], *held.pop(name))


def _open_gaps(solids: dict[str, manifold3d.Manifold], gap_mm: float) -> None:
    """Contact faces of one of each two pieces drawn back by ``gap_mm``, but for the seam that one sees."""
    from scipy.spatial import cKDTree

    names = list(solids)
    meshes = [from_manifold(solid.refine_to_length(FINE_MM)) for solid in solids.values()]
    for i, (name, whom) in enumerate(zip(names, touched(meshes), strict=True)):
        mesh = meshes[i]
        # of two the larger gives way: it has more to give
        yields = np.array([meshes[i].volume >= meshes[k].volume for k in range(len(names))])
        mine = (whom >= 0) & yields[np.maximum(whom, 0)]
        if not mine.any():
            continue
        faces = np.asarray(mesh.faces)
        inner, rim = np.zeros(len(mesh.vertices), bool), np.zeros(len(mesh.vertices), bool)
        inner[faces[mine]] = True
        rim[faces[whom < 0]] = True
        move = np.flatnonzero(inner & ~rim)
        edge = np.asarray(mesh.vertices)[inner & rim]
        if not len(move):
            continue
        away = cKDTree(edge).query(mesh.vertices[move])[0] if len(edge) else np.full(len(move), LIP_MM)
        points = np.array(mesh.vertices)
        points[move] -= np.asarray(mesh.vertex_normals)[move] * (
            gap_mm * np.clip(away / LIP_MM, 0, 1)[:, None]
        )
        moved = mesh.copy()
        moved.vertices = points
        solids[name] = to_manifold(moved, name)


def _joined(solids: dict[str, manifold3d.Manifold], order: list[_Step], limits: Limits) -> list[Joint]:
    """Pegs and sockets for every step, in ``solids``; the peg stands on the piece that lets it be larger."""
    joints = []
    for step in order:
        for mate in step.mates:
            own, other = from_manifold(solids[step.piece]), from_manifold(solids[mate])
            gap = 2 * limits.clearance_mm[1]
            out = peg_places(own, other, -step.way, limits, gap_mm=gap)
            back = peg_places(other, own, step.way, limits, gap_mm=gap)
            on, into, pegs = (step.piece, mate, out)
            if _strength(back) > _strength(out):
                on, into, pegs = mate, step.piece, back
            if pegs:
                solids[on], solids[into] = cut_pegs(solids[on], solids[into], pegs)
            joints.append(Joint(step.piece, mate, step.way, tuple(pegs), on if pegs else ""))
    return joints


def _strength(pegs: list[Peg]) -> float:
    return sum(peg.radius_mm**2 * peg.length_mm for peg in pegs)


def _said(held: Mapping[str, tuple[str, ...]], joints: list[Joint], limits: Limits) -> list[str]:
    """What a maker should know: what is to be painted, where there is no peg, how much room there is."""
    notes = []
    for name, parts in held.items():
        if len(parts) > 1:
            notes.append(f"{name} is printed with {', '.join(parts[1:])} on it: paint them")
    for joint in joints:
        if not joint.pegs:
            notes.append(f"{joint.piece} is glued flat to {joint.mate}: too small for a peg")
    tight, loose = limits.clearance_mm
    notes.append(
        f"pegs have {tight:g} mm room a side, faces behind the seams {loose:g} mm for glue; put together: "
        + ", ".join(dict.fromkeys(joint.piece for joint in reversed(joints)))
    )
    return notes
