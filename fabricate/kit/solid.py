"""From a design to closed meshes: one for each colour part, abutting, and their union.

Each part's field is meshed by itself, at the detail it needs, and the parts are then cut where they meet,
exactly, by manifold3d: seams between hair and face, hem and trousers come out as crisp curves and not as
voxel steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import BackendError
from fabricate.kit import prop_files, props
from fabricate.kit.design import Design, is_path
from fabricate.kit.figure import FACE, GREY, skeleton_of
from fabricate.kit.frames import Frame
from fabricate.kit.isosurface import isosurface
from fabricate.kit.lying import lying
from fabricate.kit.meshes import Floors, floors, meshes, side_by_side
from fabricate.kit.outfit import PRINT
from fabricate.kit.skin import tint
from fabricate.solid.boolean import checked, from_manifold, to_manifold, unite
from fabricate.solid.colour import paint

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["labelled", "sculpture"]

RAISED = frozenset((*FACE, "glasses", "lens", PRINT, "top_seam", "bottom_seam"))
"""Parts that are lines upon others, which ``relief = 0`` lays flush."""
SPECK = 2e-8
"""Parts' fragments below this volume (in cubed body units) are shavings of a cut, not something to print."""
COVERED = 0.01
"""The share of the figure's volume below which a loose body under a hat is what the hat left of the hair."""
CRUMB = 2e-4
"""The share below which it is a crumb of the cut, a cubic millimetre or two: no design is refused for it."""
UNPINCH = 2e-5
"""How far points at one place are drawn apart, in figure heights: two micrometres of a large figure."""


def sculpture(
    design: Design, height_mm: float, process: str, step: Callable[[str, float], None] = lambda _m, _f: None
) -> tuple[dict[str, trimesh.Trimesh], trimesh.Trimesh, dict[str, dict[str, trimesh.Trimesh]]]:
    """Parts, their union, and the accessories' parts, of unit height in the figure frame, painted.

    ``step(message, fraction)`` hears how far it is. Raises BackendError when the design does not come out as
    one closed body, which is a fault of a template, TemplateError for a fault that a template shows before,
    and MeshError when an accessory's file is no longer there.
    """
    limit = floors(height_mm, process, design.relief)
    made = meshes(design, limit, step)
    step("joining the parts", 0.4)
    solids = side_by_side(
        lambda m: _solid(m.vertices, m.faces, f"the kit's {m.piece.name}", limit.voxel), made
    )
    if design.relief == 0:
        solids = _flush([m.piece.name for m in made], solids)
    jobs: list[Callable[[], Any]] = [lambda: unite(solids), lambda: _apart(solids)]
    united, apart = side_by_side(lambda job: job(), jobs)
    whole, loose = _one_body(united, COVERED if design.hat else CRUMB)
    for piece in loose:
        apart = [None if solid is None else _rest(solid, piece) for solid in apart]
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
    extras = {
        label: _alone(name, unit, limit, fit[0], design.colours.get(name))
        for label, name in labelled(design.props).items()
    }
    return parts, _placed(whole, fit), extras


def _flush(names: Sequence[str], solids: Sequence[Any]) -> list[Any]:
    """The raised lines cut level with what they lie on: their colours stay, the surface is smooth."""
    ground = unite([s for name, s in zip(names, solids, strict=True) if name not in RAISED])
    return side_by_side(lambda k: solids[k] ^ ground if names[k] in RAISED else solids[k], range(len(solids)))


def _solid(
    vertices: NDArray[np.float64], faces: NDArray[np.int64], what: str, voxel: float
) -> manifold3d.Manifold:
    """A mesh as a solid, without the triangles that change its surface by less than a 25th of a cell."""
    import manifold3d as m3

    raw = m3.Mesh(np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32))
    return checked(m3.Manifold(raw), what).simplify(voxel * 0.04)


def _apart(solids: Sequence[Any]) -> list[Any]:
    """Each solid less all before it, without the shavings; None where nothing is left."""
    import manifold3d as m3

    boxes = [np.array(s.bounding_box()).reshape(2, 3) for s in solids]

    def remains(i: int) -> Any:
        touching = [
            solids[j]
            for j in range(i)
            if (boxes[j][0] <= boxes[i][1]).all() and (boxes[i][0] <= boxes[j][1]).all()
        ]
        left = (
            m3.Manifold.batch_boolean([solids[i], *touching], m3.OpType.Subtract) if touching else solids[i]
        )
        pieces = [p for p in left.decompose() if p.volume() > SPECK] if not left.is_empty() else []
        return m3.Manifold.compose(pieces) if pieces else None

    return side_by_side(remains, range(len(solids)))


def _one_body(
    solid: manifold3d.Manifold, covered: float
) -> tuple[manifold3d.Manifold, list[manifold3d.Manifold]]:
    """The outer skin of a union, and the bodies that were left out of it.

    Enclosed voids are filled, shavings dropped. A body of less than the share ``covered`` of the whole is
    left out: what a hat leaves of a bun. BackendError for two bodies.
    """
    shells = sorted((p for p in solid.decompose() if p.volume() > SPECK * 10), key=lambda p: -p.volume())
    loose = [p for p in shells[1:] if p.volume() < covered * shells[0].volume()]
    shells = shells[: len(shells) - len(loose)]
    if len(shells) != 1:
        sizes = ", ".join(f"{p.volume():.2g}" for p in shells[:4])
        raise BackendError(
            f"the design fell into {len(shells)} bodies (volumes {sizes})",
            "choose another hair, hat or accessory",
        )
    mesh = from_manifold(shells[0])
    if mesh.body_count == 1:
        return shells[0], loose
    outer = next(p for p in mesh.split(only_watertight=False) if p.volume > 0)
    return to_manifold(outer, "the kit's figure"), loose


def _rest(solid: manifold3d.Manifold, piece: manifold3d.Manifold) -> manifold3d.Manifold | None:
    """A part without its bodies that lie in a loose piece; None when none is left."""
    import manifold3d as m3

    kept = [own for own in solid.decompose() if (own ^ piece).volume() < 0.5 * own.volume()]
    return m3.Manifold.compose(kept) if kept else None


Fit = tuple[float, Any]


def _placed(solid: Any, fit: Fit) -> trimesh.Trimesh:
    import trimesh as tm

    points, faces = _unpinched(from_manifold(solid), fit)
    # manifold3d's threads number vertices and faces as they finish: put in order, the same design gives the
    # same bytes.
    order = np.lexsort(points.T)
    rank = np.zeros(len(order), np.int64)
    rank[order] = np.arange(len(order))
    faces = rank[faces]
    first = faces.argmin(1)[:, None]
    faces = np.take_along_axis(faces, (first + np.arange(3)) % 3, 1)
    faces = faces[np.lexsort(faces.T[::-1])]
    return tm.Trimesh(points[order].astype(np.float64), faces, process=False)


def _unpinched(mesh: trimesh.Trimesh, fit: Fit) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Points and faces of a fitted mesh; where two points fall on one float32 place they are drawn inwards.

    A file knows places alone: a reader would join the two, and count four faces at their edges.
    """
    points = (np.asarray(mesh.vertices) - fit[1]) * fit[0]
    for _ in range(3):
        placed = points.astype(np.float32)
        order = np.lexsort(placed.T)
        same = (np.diff(placed[order], axis=0) == 0).all(axis=1)
        if not same.any():
            break
        twins = np.unique(np.concatenate([order[:-1][same], order[1:][same]]))
        points[twins] -= np.asarray(mesh.vertex_normals)[twins] * UNPINCH
    return placed, np.asarray(mesh.faces, np.int64)


def _moved(frame: Frame, fit: Fit) -> Frame:
    return Frame((frame.origin - fit[1]) * fit[0], frame.turn, frame.scale * fit[0])


def labelled(names: Sequence[str]) -> dict[str, str]:
    """Accessories by what they are called: a template's name or a file's stem, numbered if need be."""
    out: dict[str, str] = {}
    for name in names:
        stem = Path(name).stem if is_path(name) else name
        tries = (stem if k == 1 else f"{stem}-{k}" for k in itertools.count(1))
        out[next(label for label in tries if label not in out)] = name
    return out


def _alone(
    name: str, unit: float, limit: Floors, scale: float, colour: str | None = None
) -> dict[str, trimesh.Trimesh]:
    """An accessory's parts lying on z = 0 as they print best, at the figure's scale.

    A mesh file has one part, ``body``. ``colour``: the main part's own.
    """
    if is_path(name):
        own = prop_files.read(Path(name))
        colours = {"body": own.colour}
        solids = {"body": own.sized(unit).simplify(limit.voxel * 0.04)}
    else:
        colours = props.colours(name, "", colour)
        solids = _sculpted(name, unit, limit)
    whole = unite(list(solids.values()))
    if not props.stands(name):
        turn = np.hstack([lying(from_manifold(whole)), np.zeros((3, 1))])
        solids = {part: solid.transform(turn) for part, solid in solids.items()}
        whole = whole.transform(turn)
    low, high = np.array(whole.bounding_box()).reshape(2, 3)
    fit = (scale, (low + high) / 2 * [1, 1, 0] + [0, 0, low[2]])
    pairs = zip(solids, _apart(list(solids.values())), strict=True)
    return {part: paint(_placed(s, fit), colours.get(part, GREY)) for part, s in pairs if s is not None}


def _sculpted(name: str, unit: float, limit: Floors) -> dict[str, manifold3d.Manifold]:
    """The solids of an accessory's template, the later ones first: they keep their room."""
    out = {}
    for part, clay in reversed(props.alone(name, unit, limit.thin).items()):
        vertices, faces = isosurface(clay, limit.voxel)
        if len(faces):
            out[part] = _solid(vertices, faces, f"the {name}'s {part}", limit.voxel)
    return out
