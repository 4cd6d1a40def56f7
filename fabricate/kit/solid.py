"""From a design to closed meshes: one for each colour part, abutting, and their union.

Each part's field is meshed by itself, at the detail it needs, and the parts are then cut where they meet, exactly, by
manifold3d: seams between hair and face, hem and trousers come out as crisp curves and not as voxel steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.errors import BackendError
from fabricate.kit import props
from fabricate.kit.design import Design
from fabricate.kit.figure import Piece, build, skeleton_of
from fabricate.kit.frames import Frame
from fabricate.kit.isosurface import isosurface
from fabricate.kit.skin import blush
from fabricate.solid.boolean import checked, from_manifold, unite
from fabricate.solid.colour import paint

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Floors", "floors", "sculpture"]

SPECK = 2e-8
"""Parts' fragments below this volume (in cubed body units) are shavings of a cut, not something to print."""


@dataclass(frozen=True)
class Floors:
    """A printer's limits in body units: ``thin`` the least radius of a free part, ``step`` one layer of relief,
    ``voxel`` the mesh's detail."""

    thin: float
    step: float
    voxel: float


def floors(height_mm: float, process: str, stretch: float = 1.12) -> Floors:
    """The floors at an asked height: FDM walls of 1.2 mm and relief of 0.3 mm a layer, resin 1.0 and 0.2.

    ``stretch``: the figure's height over its bare body's (hair, hat).
    """
    unit = stretch / height_mm
    wall, relief = (1.3, 0.30) if process == "fdm" else (1.05, 0.20)
    return Floors(max(wall / 2 * unit, 0.0045), max(relief * unit, 0.0032), float(np.clip(0.30 * unit, 0.0026, 0.0052)))


def sculpture(
    design: Design, height_mm: float, process: str, step: Callable[[str, float], None] = lambda _m, _f: None
) -> tuple[dict[str, trimesh.Trimesh], trimesh.Trimesh, dict[str, dict[str, trimesh.Trimesh]]]:
    """Parts, their union, and the accessories' parts, of unit height in the figure frame, painted.

    ``step(message, fraction)`` hears how far it is. Raises BackendError when the design does not come out as one
    closed body, which is a fault of a template.
    """
    limit = floors(height_mm, process)
    step("sculpting", 0.0)
    pieces = build(design, limit.thin, limit.step)
    solids: list[tuple[Piece, manifold3d.Manifold]] = []
    for i, piece in enumerate(pieces):
        step(f"sculpting {piece.name.removeprefix('prop/')}", 0.05 + 0.6 * i / len(pieces))
        made = _meshed(piece, limit.voxel / 2 if piece.fine else limit.voxel)
        if made is not None:
            solids.append((piece, made))
    step("joining the parts", 0.7)
    whole = _one_body(unite([m for _, m in solids]))
    low, high = np.array(whole.bounding_box()).reshape(2, 3)
    fit = (1 / (high[2] - low[2]), (low + high) / 2 * [1, 1, 0] + [0, 0, low[2]])
    parts = {}
    for (piece, _), solid in zip(solids, _apart([m for _, m in solids]), strict=True):
        if solid is not None:
            parts[piece.name] = paint(_placed(solid, fit), piece.colour)
    if "skin" in parts:
        blush(parts["skin"], _moved(skeleton_of(design)[0].head, fit), design)
    step("accessories", 0.9)
    unit = skeleton_of(design)[0].size["hand"]
    extras = {name: _alone(name, unit, limit, fit[0]) for name in design.props}
    return parts, _placed(whole, fit), extras


def _meshed(piece: Piece, voxel: float) -> manifold3d.Manifold | None:
    import manifold3d as m3

    vertices, faces = isosurface(piece.field, voxel)
    if not len(faces):
        return None
    raw = m3.Mesh(np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32))
    return checked(m3.Manifold(raw), f"the kit's {piece.name}").simplify(voxel * 0.04)


def _apart(solids: Sequence[Any]) -> list[Any]:
    """Each solid less all before it, without the shavings; None where nothing is left."""
    import manifold3d as m3

    out: list[Any] = []
    boxes = [np.array(s.bounding_box()).reshape(2, 3) for s in solids]
    for i, solid in enumerate(solids):
        touching = [
            solids[j]
            for j in range(i)
            if (boxes[j][0] <= boxes[i][1]).all() and (boxes[i][0] <= boxes[j][1]).all()
        ]
        left = m3.Manifold.batch_boolean([solid, *touching], m3.OpType.Subtract) if touching else solid
        pieces = [p for p in left.decompose() if p.volume() > SPECK] if not left.is_empty() else []
        out.append(m3.Manifold.compose(pieces) if pieces else None)
    return out


def _one_body(solid: Any) -> Any:
    """The outer skin of a union: enclosed voids are filled, shavings dropped; BackendError for two bodies."""
    import manifold3d as m3

    shells = [p for p in solid.decompose() if p.volume() > SPECK * 10]
    if len(shells) != 1:
        sizes = ", ".join(f"{p.volume():.2g}" for p in shells[:4])
        raise BackendError(
            f"the design fell into {len(shells)} bodies (volumes {sizes})", "choose another hair, hat or accessory"
        )
    return _without_voids(shells[0], m3)


def _without_voids(solid: Any, m3: Any) -> Any:
    mesh = from_manifold(solid)
    outer = [p for p in mesh.split(only_watertight=False) if p.volume > 0] if mesh.body_count > 1 else [mesh]
    if len(outer) == 1 and outer[0] is mesh:
        return solid
    raw = m3.Mesh(
        np.ascontiguousarray(outer[0].vertices, np.float32), np.ascontiguousarray(outer[0].faces, np.uint32)
    )
    return checked(m3.Manifold(raw), "the kit's figure")


Fit = tuple[float, Any]


def _placed(solid: Any, fit: Fit) -> trimesh.Trimesh:
    mesh = from_manifold(solid)
    mesh.vertices = ((np.asarray(mesh.vertices) - fit[1]) * fit[0]).astype(np.float32)
    return mesh


def _moved(frame: Frame, fit: Fit) -> Frame:
    return Frame((frame.origin - fit[1]) * fit[0], frame.turn, frame.scale * fit[0])


def _alone(name: str, unit: float, limit: Floors, scale: float) -> dict[str, trimesh.Trimesh]:
    """An accessory's parts standing on z = 0, at the figure's scale."""
    colours: Mapping[str, str] = props.colours(name, "")
    pieces = [
        Piece(part, clay, colours.get(part, "#888888"), False, 0.3)
        for part, clay in reversed(props.alone(name, unit, limit.thin).items())
    ]
    solids = [(p, m) for p in pieces if (m := _meshed(p, limit.voxel * 0.75)) is not None]
    box = np.array(unite([m for _, m in solids]).bounding_box()).reshape(2, 3)
    fit = (scale, (box[0] + box[1]) / 2 * [1, 1, 0] + [0, 0, box[0][2]])
    apart = _apart([m for _, m in solids])
    return {p.name: paint(_placed(m, fit), p.colour) for (p, _), m in zip(solids, apart, strict=True) if m is not None}
