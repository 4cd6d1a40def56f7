"""A solid cut into pieces that fit a bed, or at its joints, with keyed pegs and names on the cut faces.

Every cut is a plane. The lower (or larger) side keeps the peg, the other gets the socket, so that each piece
can lie on its flattest face. Put together, the pieces are the solid again; colour parts are cut alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.colour import colour_of, paint, vertex_rgba
from fabricate.solid.contacts import without_crumbs
from fabricate.solid.engrave import engraved
from fabricate.solid.joints import Cut, frame_of, inradius, joints_of, section_at, sections
from fabricate.solid.limits import Limits
from fabricate.solid.mend import tidy
from fabricate.solid.pegs import Peg, cut_pegs, peg_places
from fabricate.solid.scale import bounds_of
from fabricate.solid.seams import Seam, clear_of, holds, inner_point, lies_beyond

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Part", "Split", "split_at_joints", "split_to_bed"]

Floats = npt.NDArray[np.float64]
SLIT_MM = 0.004
"""What a cut at a joint takes away: less than any file's rounding shows."""
BESIDE_MM = 0.3
LEAST_MM3, LEAST_SHARE = 100.0, 0.008
"""No cut leaves a piece smaller than this."""
MOST_PIECES = 64
BED_MARGIN_MM = 5.0
STEP_MM = 1.5
"""How closely the planes are tried among which the thinnest place is chosen."""


@dataclass(frozen=True)
class Part:
    """A piece at its place in the figure: its closed ``solid``, the colour ``parts`` it holds, and ``down``,
    the unit direction out of the cut face on which it lies best (None: as it stands)."""

    solid: trimesh.Trimesh
    parts: Mapping[str, trimesh.Trimesh] = field(default_factory=dict)
    down: Floats | None = None


@dataclass(frozen=True)
class Split:
    """``pieces`` by name, the ``cuts`` and ``pegs`` between them, and what is to be said."""

    pieces: Mapping[str, Part]
    cuts: tuple[Cut, ...] = ()
    pegs: tuple[Peg, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Body:
    """A piece while it is being cut: ``below`` are the normals of the faces on which it could lie."""

    solid: manifold3d.Manifold
    below: tuple[Floats, ...] = ()


def split_to_bed(
    solid: trimesh.Trimesh,
    bed_mm: tuple[float, float, float],
    limits: Limits,
    *,
    parts: Mapping[str, trimesh.Trimesh] | None = None,
    clearance_mm: float | None = None,
    names: bool = True,
) -> Split:
    """The solid in mm as pieces that each fit a bed (x, y, z): cut where it is thinnest near the bed's end.

    One that fits comes back whole. ``clearance_mm`` 0 makes sockets that their pegs fill. Raises MeshError
    for what is no solid, and when more than 64 pieces would be needed.
    """
    room = np.array(bed_mm, np.float64) - [2 * BED_MARGIN_MM, 2 * BED_MARGIN_MM, 0.5]
    if (room < 20).any():
        raise MeshError(f"a bed of {bed_mm} mm is too small to split for", "choose another slice.profile")
    bodies = [_Body(to_manifold(solid))]
    seams: list[Seam] = []
    fitting = 0
    while fitting < len(bodies):
        axis = _too_long(bodies[fitting].solid, room)
        if axis is None:
            fitting += 1
            continue
        bodies[fitting : fitting + 1] = _bed_cut(bodies[fitting], axis, room, seams)
        if len(bodies) > MOST_PIECES:
            raise MeshError(f"the figure would fall into more than {MOST_PIECES} pieces", "print it smaller")
    return _finished(solid, bodies, seams, limits, parts, clearance_mm, names)


def split_at_joints(
    solid: trimesh.Trimesh,
    limits: Limits,
    *,
    parts: Mapping[str, trimesh.Trimesh] | None = None,
    clearance_mm: float | None = None,
    names: bool = True,
    most: int = 12,
) -> Split:
    """The solid in mm cut at its neck, wrists, ankles and where its limbs begin, as far as its shape has any.

    One without joints comes back whole, and that is said. Raises MeshError for what is no solid.
    """
    waiting, bodies = [_Body(to_manifold(solid))], list[_Body]()
    least = max(LEAST_MM3, LEAST_SHARE * float(solid.volume))
    seams: list[Seam] = []
    while waiting and len(waiting) + len(bodies) < most:
        body = waiting.pop(max(range(len(waiting)), key=lambda i: waiting[i].solid.volume()))
        for cuts in joints_of(from_manifold(body.solid)):
            made = _joint_cut(body, cuts, seams, limits, least)
            if made:
                waiting += made
                break
        else:
            bodies.append(body)
    bodies += waiting
    split = _finished(solid, bodies, seams, limits, parts, clearance_mm, names)
    if len(bodies) == 1:
        return replace(split, notes=(*split.notes, "no joint was found: the figure stays whole"))
    return split


def _too_long(solid: manifold3d.Manifold, room: Floats) -> int | None:
    """The axis along which a piece exceeds the bed most, turned if that helps; None when it fits."""
    low, high = bounds_of(solid)
    size = high - low
    turned = room[[1, 0, 2]]
    over = min((size / room, size / turned), key=lambda share: float(share.max()))
    return int(over.argmax()) if float(over.max()) > 1 + 1e-6 else None


def _bed_cut(body: _Body, axis: int, room: Floats, seams: list[Seam]) -> list[_Body]:
    """A body cut across ``axis``, at the thinnest place that leaves as few further cuts as possible."""
    low, high = (float(corner[axis]) for corner in bounds_of(body.solid))
    most = float(room[axis])
    # a peg sticks out by up to a centimetre
    most = most - 10.5
    count = int(np.ceil((high - low) / most))
    first, last = max(high - (count - 1) * most, low + 0.15 * most), min(low + most, high - 0.15 * most)
    if last <= first:
        first = last = (low + high) / 2
    normal = np.eye(3)[axis]
    best: tuple[float, float] | None = None
    for at in np.linspace(first, last, max(2, int((last - first) / STEP_MM) + 1)):
        outlines = sections(body.solid, normal * at, normal)
        area = sum(outline.area() for outline in outlines)
        aside = abs(at - (first + last) / 2) / max(high - low, 1e-9)
        cost = area * (1 + 0.25 * (len(outlines) - 1)) * (1 + 0.6 * aside)
        if outlines and (best is None or cost < best[0]):
            best = (cost, float(at))
    place = (first + last) / 2 if best is None else best[1]
    cut = Cut(normal * place, normal, here=False)
    seams += [Seam(cut, outline) for outline in sections(body.solid, cut.at, normal)]
    over, under = body.solid.split_by_plane(tuple(normal), place)
    made = [_Body(piece, (*body.below, -normal)) for piece in without_crumbs(over).decompose()]
    return made + [_Body(piece, body.below) for piece in without_crumbs(under).decompose()]


def _joint_cut(body: _Body, cuts: list[Cut], seams: list[Seam], limits: Limits, least: float) -> list[_Body]:
    """A body cut by slits at joints; empty when it does not fall in two there, or into crumbs."""
    import manifold3d as m3

    solid, found = body.solid, []
    for cut in cuts:
        away = _clear(body.solid, cut, seams)
        if away is None:
            return []
        turned = away if _is_core(body.solid, away) else Cut(away.at, -away.normal)
        outline = section_at(solid, turned.at, turned.normal)
        if outline is None:
            return []
        axes = frame_of(turned.normal)
        slit = m3.Manifold.extrude(outline.offset(BESIDE_MM, m3.JoinType.Round, 2.0, 32), SLIT_MM)
        place = turned.at - 0.5 * SLIT_MM * turned.normal
        solid = solid - slit.transform(np.concatenate([axes.T, place[:, None]], axis=1))
        found.append(Seam(turned, outline))
    pieces = without_crumbs(solid).decompose()
    if len(pieces) < 2 or min(piece.volume() for piece in pieces) < least:
        return []
    if any(2 * inradius(seam.outline) < limits.pin_mm for seam in found):
        return []
    seams += found
    made = []
    for piece in pieces:
        sides = [seam.cut.normal for seam in found if lies_beyond(piece, seam)]
        made.append(_Body(piece, (*body.below, *(-side for side in sides))))
    return made


def _clear(solid: manifold3d.Manifold, cut: Cut, seams: list[Seam]) -> Cut | None:
    """The cut, or one a little further out along the limb that does not run into earlier cuts."""
    for k in range(7):
        further = Cut(cut.at + k * STEP_MM * cut.normal, cut.normal)
        outline = section_at(solid, further.at, further.normal)
        if outline is None:
            return None
        reach = 1.3 * float(np.sqrt(outline.area() / np.pi))
        if all(clear_of(seam, further, reach) for seam in seams):
            return further
    return None


def _is_core(solid: manifold3d.Manifold, cut: Cut) -> bool:
    """Whether the peg belongs where the cut's normal comes from: below when the cut is level, else within."""
    if abs(cut.normal[2]) > 0.6:
        return bool(cut.normal[2] > 0)
    middle = bounds_of(solid).mean(axis=0)
    return bool(cut.normal[:2] @ (cut.at - middle)[:2] >= 0)


def _finished(
    solid: trimesh.Trimesh,
    bodies: list[_Body],
    seams: list[Seam],
    limits: Limits,
    parts: Mapping[str, trimesh.Trimesh] | None,
    clearance_mm: float | None,
    names: bool,
) -> Split:
    """Pegs, names and colours for the bodies that the cuts have left, the lowest first."""
    bodies = sorted(
        bodies, key=lambda body: (round(body.solid.bounding_box()[2]), body.solid.bounding_box()[0])
    )
    solids = [body.solid for body in bodies]
    titles = [f"{k}" for k in range(1, len(bodies) + 1)]
    pegs: list[Peg] = []
    notes: list[str] = []
    engravings: list[tuple[int, Seam, bool]] = []
    for seam in seams:
        for i, j in _sides(bodies, seam):
            found = peg_places(
                from_manifold(solids[i]),
                from_manifold(solids[j]),
                seam.cut.normal,
                limits,
                clearance_mm=clearance_mm,
            )
            if not found:
                notes.append(f"pieces {titles[i]} and {titles[j]} are glued flat: too small for a peg")
            solids[i], solids[j] = cut_pegs(solids[i], solids[j], found)
            pegs += found
            engravings += [(i, seam, True), (j, seam, False)]
    if names and len(bodies) > 1:
        for k, seam, near in engravings:
            made = engraved(solids[k], seam.outline, seam.cut, titles[k], near, pegs, limits)
            if made is solids[k]:
                notes.append(f"a cut face of piece {titles[k]} has no room for its number")
            solids[k] = made
    pieces = {}
    for k, (body, title) in enumerate(zip(bodies, titles, strict=True)):
        mesh, _ = tidy(without_crumbs(solids[k]))
        mesh, own = _coloured(mesh, solids[k], solid, parts)
        pieces[title] = Part(mesh, own, body.below[-1] if body.below else None)
    if len(bodies) > 1:
        notes.insert(0, f"cut into {len(bodies)} pieces, numbered on their cut faces; {len(pegs)} keyed pegs")
    return Split(pieces, tuple(seam.cut for seam in seams), tuple(pegs), tuple(notes))


def _sides(bodies: list[_Body], seam: Seam) -> list[tuple[int, int]]:
    """The bodies before and beyond a seam: (keeps the peg, gets the socket)."""
    point, normal = inner_point(seam), seam.cut.normal
    near = [k for k, b in enumerate(bodies) if holds(b.solid, point - 0.05 * normal, normal)]
    far = [k for k, b in enumerate(bodies) if holds(b.solid, point + 0.05 * normal, normal)]
    return [(i, j) for i in near for j in far if i != j]


def _coloured(
    mesh: trimesh.Trimesh,
    piece: manifold3d.Manifold,
    whole: trimesh.Trimesh,
    parts: Mapping[str, trimesh.Trimesh] | None,
) -> tuple[trimesh.Trimesh, dict[str, trimesh.Trimesh]]:
    """The piece with the colours of the nearest points of the whole, and the parts cut to it."""
    from scipy.spatial import cKDTree
    from trimesh.visual import ColorVisuals

    painted: Any = ColorVisuals
    rows = vertex_rgba(whole)
    nearest = cKDTree(whole.vertices).query(mesh.vertices)[1]
    mesh.visual = painted(vertex_colors=rows[nearest])
    cut = {}
    for name, part in (parts or {}).items():
        own = to_manifold(part, f"the part {name!r}") ^ piece
        if own.volume() > 0.01:
            cut[name] = paint(tidy(own)[0], colour_of(part))
    return mesh, cut
