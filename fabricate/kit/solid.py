"""From a design to closed meshes: one for each colour part, abutting, and their union.

Each part's field is meshed by itself, at the detail it needs, and the parts are then cut where they meet, exactly, by
manifold3d: seams between hair and face, hem and trousers come out as crisp curves and not as voxel steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.errors import BackendError
from fabricate.kit import props
from fabricate.kit.design import Design
from fabricate.kit.figure import Piece, skeleton_of
from fabricate.kit.frames import Frame
from fabricate.kit.isosurface import isosurface
from fabricate.kit.meshes import Floors, PieceMesh, floors, meshes, side_by_side
from fabricate.kit.skin import tint
from fabricate.solid.boolean import checked, from_manifold, unite
from fabricate.solid.colour import paint

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["sculpture"]

SPECK = 2e-8
"""Parts' fragments below this volume (in cubed body units) are shavings of a cut, not something to print."""


def sculpture(
    design: Design, height_mm: float, process: str, step: Callable[[str, float], None] = lambda _m, _f: None
) -> tuple[dict[str, trimesh.Trimesh], trimesh.Trimesh, dict[str, dict[str, trimesh.Trimesh]]]:
    """Parts, their union, and the accessories' parts, of unit height in the figure frame, painted.

    ``step(message, fraction)`` hears how far it is. Raises BackendError when the design does not come out as one
    closed body, which is a fault of a template.
    """
    limit = floors(height_mm, process)
    made = meshes(design, limit, step)
    step("joining the parts", 0.4)
    solids = side_by_side(lambda m: _solid(m, limit.voxel), made)
    jobs: list[Callable[[], Any]] = [lambda: _one_body(unite(solids)), lambda: _apart(solids)]
    whole, apart = side_by_side(lambda job: job(), jobs)
    low, high = np.array(whole.bounding_box()).reshape(2, 3)
    fit = (1 / (high[2] - low[2]), (low + high) / 2 * [1, 1, 0] + [0, 0, low[2]])
    parts = {}
    for mesh, solid in zip(made, apart, strict=True):
        if solid is not None:
            parts[mesh.piece.name] = paint(_placed(solid, fit), mesh.piece.colour)
    skeleton, style = skeleton_of(design)
    head = _moved(skeleton.head, fit)
    for name, part in parts.items():
        tint(part, name, head, design, float(style["eyes"]["z"]))
    step("accessories", 0.9)
    unit = skeleton.size["hand"]
    extras = {name: _alone(name, unit, limit, fit[0]) for name in design.props}
    return parts, _placed(whole, fit), extras


def _solid(mesh: PieceMesh, voxel: float) -> manifold3d.Manifold:
    """A part's mesh as a solid, with the triangles left out that change its surface by less than a 25th of a cell."""
    import manifold3d as m3

    raw = m3.Mesh(
        np.ascontiguousarray(mesh.vertices, np.float32), np.ascontiguousarray(mesh.faces, np.uint32)
    )
    return checked(m3.Manifold(raw), f"the kit's {mesh.piece.name}").simplify(voxel * 0.04)


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
            f"the design fell into {len(shells)} bodies (volumes {sizes})",
            "choose another hair, hat or accessory",
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
    made = [
        PieceMesh(Piece(part, clay, colours.get(part, "#888888"), False, 0.3), *isosurface(clay, limit.voxel))
        for part, clay in reversed(props.alone(name, unit, limit.thin).items())
    ]
    made = [m for m in made if len(m.faces)]
    solids = [_solid(m, limit.voxel) for m in made]
    box = np.array(unite(solids).bounding_box()).reshape(2, 3)
    fit = (scale, (box[0] + box[1]) / 2 * [1, 1, 0] + [0, 0, box[0][2]])
    pairs = zip(made, _apart(solids), strict=True)
    return {m.piece.name: paint(_placed(s, fit), m.piece.colour) for m, s in pairs if s is not None}
