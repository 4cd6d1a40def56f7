"""The print gate: what a printer will make of one solid, in plain numbers. It fails closed.

Every check names what was measured, the limit, and what to do. What cannot be measured because the mesh is
not a solid counts as failed. Lengths in mm, angles in degrees; up is +Z, the plate is at the lowest point.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.artifacts import Check, PrintReport
from fabricate.errors import MeshError
from fabricate.solid.boolean import to_manifold
from fabricate.solid.check_deep import LAYER_MM, islands_check, trapped_check
from fabricate.solid.islands import Island, islands_of
from fabricate.solid.limits import Limits, Profile, fits_bed, limits_of, profile_of
from fabricate.solid.measures import deep_measures, size_measures, stand_measures, wall_measures
from fabricate.solid.pools import Pools, pools_of
from fabricate.solid.stand import Stand, stand_of
from fabricate.solid.thickness import PATCH_MM, Walls, measure_walls
from fabricate.solid.topology import Census, census

if TYPE_CHECKING:
    import trimesh

__all__ = ["Inspection", "inspect", "inspect_closely"]

THIN_SHARE = 0.01
TIP_FAIL_DEG, TIP_WARN_DEG = 4.0, 8.0
MARGIN_FAIL_MM = 0.3
OVERHANG_WARN = 0.10
TOUCH_MM = 0.15
MUST_HOLD = ("closed", "manifold", "facing")
"""Without these a mesh has no inside, and walls and weight mean nothing."""
UNMEASURED = "not measured"


@dataclass(frozen=True)
class Inspection:
    """A ``PrintReport`` and where its troubles are, for a picture.

    ``thin_points`` (n, 3) mm; ``thin_faces`` and ``overhang_faces`` are indices into its faces.
    """

    report: PrintReport
    thin_points: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    thin_faces: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    overhang_faces: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    islands: tuple[Island, ...] = ()
    """Where layers begin in mid-air; their ``faces`` are indices into the inspected mesh's faces."""
    walls: Walls | None = None
    """The walls as they were measured; None when the mesh is no solid."""
    pools: Pools | None = None
    """What liquid would stay where; None when it was not looked for."""


def inspect(mesh: trimesh.Trimesh, process: str = "fdm", profile: str = "generic-0.4-pla") -> PrintReport:
    """The gate's word on a mesh in mm, for a process (``fdm``, ``resin``) and a printer profile's name.

    A broken mesh is no error here: the report says what is wrong. SpecError for an unknown process,
    TemplateError for an unknown profile.
    """
    return inspect_closely(mesh, process, profile).report


def inspect_closely(
    mesh: trimesh.Trimesh,
    process: str = "fdm",
    profile: str = "generic-0.4-pla",
    *,
    parts: Mapping[str, trimesh.Trimesh] | None = None,
    notes: tuple[str, ...] = (),
    deep: bool = False,
) -> Inspection:
    """``inspect`` with the places of the troubles; ``parts`` must each be closed too.

    ``deep`` looks for islands and trapped volumes as well (0.3 s for a figure of 150,000 faces).
    """
    limits, printer = limits_of(process), profile_of(profile)
    if not len(mesh.faces) or not np.isfinite(mesh.vertices).all():
        return Inspection(PrintReport((_empty(mesh),), {}, notes))
    found = census(mesh)
    checks = _shape_checks(mesh, found)
    if parts:
        checks.append(_parts_check(parts))
    whole = found.sound and all(check.level == "ok" for check in checks if check.name in MUST_HOLD)
    checks.append(_bed_check(found, printer))
    measures = size_measures(found, limits, printer)
    if not whole:
        checks += [
            Check(name, "fail", UNMEASURED, "", "mend the faults above, then this can be measured")
            for name in ("walls", "stands", "overhangs", *(("islands", "trapped") if deep else ()))
        ]
        return Inspection(PrintReport(tuple(checks), measures, notes))
    corners = found.vertices[found.faces]
    walls = measure_walls(found.vertices, found.faces, floor_mm=limits.wall_floor_mm, wall_mm=limits.wall_mm)
    stand = stand_of(found.vertices, found.faces, TOUCH_MM)
    over, share = _overhangs(corners, limits)
    checks += [_walls_check(walls, limits, found), _stand_check(stand), _overhang_check(share, limits)]
    measures |= wall_measures(walls) | stand_measures(stand) | {"overhang_share": round(share, 4)}
    islands: list[Island] = []
    pools = None
    if deep:
        islands = islands_of(found.vertices, found.faces, layer_mm=max(printer.layer_mm, LAYER_MM))
        pools = pools_of(corners)
        checks += [islands_check(islands, found), trapped_check(pools, limits)]
        measures |= deep_measures(islands, pools)
    thin = walls.thickness < limits.wall_floor_mm
    return Inspection(
        PrintReport(tuple(checks), measures, notes),
        thin_points=np.concatenate([walls.points[thin], walls.patches]),
        thin_faces=found.kept[np.unique(walls.face[thin])],
        overhang_faces=found.kept[over],
        islands=tuple(Island(i.at, i.rise_mm, found.kept[i.faces]) for i in islands),
        walls=walls,
        pools=pools,
    )


def _empty(mesh: trimesh.Trimesh) -> Check:
    value = "no faces" if not len(mesh.faces) else "points that are not numbers"
    return Check("closed", "fail", value, "a surface that encloses a volume", "use another mesh")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _shape_checks(mesh: trimesh.Trimesh, found: Census) -> list[Check]:
    """Closed, manifold, facing outwards, one body, nothing inside."""
    checks = []
    open_edges = found.open_edges
    checks.append(
        Check(
            "closed",
            "fail" if open_edges or not len(found.faces) else "ok",
            _plural(open_edges, "open edge") if len(found.faces) else "only faces without area",
            "no open edge",
            "fill the holes in a mesh editor (Blender: 3D Print Toolbox)" if open_edges else "",
        )
    )
    checks.append(_manifold_check(mesh, found))
    checks.append(_facing_check(found))
    outer = int((found.volumes > 0).sum())
    inner = _shells_inside(found)
    checks.append(
        Check(
            "one body",
            "ok" if outer == 1 or (outer == 0 and len(found.volumes) == 1) else "fail",
            _plural(len(found.volumes) - inner, "body").replace("bodys", "bodies"),
            "1 body",
            "" if outer <= 1 else "join the pieces so that they overlap, or print each on its own",
        )
    )
    checks.append(
        Check(
            "nothing inside",
            "fail" if inner else "ok",
            _plural(inner, "inner shell"),
            "no inner shell",
            "remove the surfaces inside the solid: they trap resin and confuse slicers" if inner else "",
        )
    )
    return checks


def _manifold_check(mesh: trimesh.Trimesh, found: Census) -> Check:
    limit = "two faces at every edge, accepted by manifold3d"
    if found.crowded_edges:
        return Check(
            "manifold",
            "fail",
            _plural(found.crowded_edges, "edge") + " with more than two faces",
            limit,
            "separate the surfaces that touch along an edge, or unite them",
        )
    if found.open_edges:
        return Check("manifold", "fail", "open", limit, "close the mesh first")
    try:
        to_manifold(mesh)
    except MeshError as exc:
        return Check("manifold", "fail", exc.message, limit, exc.hint)
    return Check("manifold", "ok", "yes", limit)


def _facing_check(found: Census) -> Check:
    limit = "every face outwards"
    volume = float(found.volumes.sum())
    if found.flipped_edges:
        value = _plural(found.flipped_edges, "edge") + " where neighbours disagree"
        return Check(
            "facing", "fail", value, limit, "make the normals consistent (Blender: Recalculate Outside)"
        )
    if not volume > 0:
        return Check("facing", "fail", "inside out", limit, "flip the normals: the inside is outside")
    return Check("facing", "ok", "outwards", limit)


def _shells_inside(found: Census) -> int:
    """Bodies that face inwards and lie within the box of one that faces outwards."""
    if not (found.volumes < 0).any() or not (found.volumes > 0).any():
        return 0
    corners = found.vertices[found.faces]
    low, high = np.full((2, len(found.volumes), 3), [[[np.inf]], [[-np.inf]]])
    np.minimum.at(low, found.body, corners.min(axis=1))
    np.maximum.at(high, found.body, corners.max(axis=1))
    outer = found.volumes > 0
    return sum(
        bool(((low[i] >= low[outer]) & (high[i] <= high[outer])).all(axis=1).any())
        for i in np.flatnonzero(found.volumes < 0)
    )


def _parts_check(parts: Mapping[str, trimesh.Trimesh]) -> Check:
    bad = []
    for name, part in parts.items():
        found = census(part)
        if not found.sound or found.volumes.sum() <= 0:
            bad.append(name)
    return Check(
        "parts",
        "fail" if bad else "ok",
        f"not closed or inside out: {', '.join(bad)}" if bad else f"{len(parts)} closed",
        "every colour part closed, facing outwards",
        "mend these parts in a mesh editor" if bad else "",
    )


def _bed_check(found: Census, printer: Profile) -> Check:
    x, y, z = (float(side) for side in np.ptp(found.vertices, axis=0))
    wide, deep, tall = printer.bed_mm
    limit = f"{wide:g} x {deep:g} x {tall:g} mm ({printer.label or printer.name})"
    if fits_bed((x, y, z), printer.bed_mm):
        return Check("fits the bed", "ok", f"{x:.1f} x {y:.1f} x {z:.1f} mm", limit)
    most = min(tall / z, max(min(wide / x, deep / y), min(wide / y, deep / x)))
    advice = f"scale to {most * 100:.0f} % or less, or choose a larger printer with slice.profile"
    return Check("fits the bed", "fail", f"{x:.1f} x {y:.1f} x {z:.1f} mm", limit, advice)


def _walls_check(walls: Walls, limits: Limits, found: Census) -> Check:
    floor, wall = limits.wall_floor_mm, limits.wall_mm
    limit = f"at most 1 % of the surface, and no spot {PATCH_MM:g} mm across, under {floor:g} mm"
    share = f"{walls.share_floor * 100:.1f} % under {floor:g} mm"
    if len(walls.patches):
        low, high = found.vertices[:, 2].min(), found.vertices[:, 2].max()
        where = np.median(walls.patches[:, 2]) - low
        value = f"{share}; a thin spot {where:.0f} mm up (of {high - low:.0f})"
        return Check("walls", "fail", value, limit, "make it thicker there, or print larger")
    if walls.share_floor > THIN_SHARE:
        return Check("walls", "fail", share, limit, "make thin places thicker, or print larger")
    if walls.share_wall > 4 * THIN_SHARE:
        value = f"{walls.share_wall * 100:.1f} % under {wall:g} mm"
        return Check("walls", "warn", value, limit, f"fragile: walls of {wall:g} mm and more last")
    return Check("walls", "ok", share, limit)


def _stand_check(stand: Stand) -> Check:
    limit = f"tips no sooner than at {TIP_FAIL_DEG:g} degrees"
    if stand.margin_mm < 0:
        value = f"weight {-stand.margin_mm:.1f} mm outside its foot"
        return Check(
            "stands", "fail", value, limit, "it falls over: add a base, or a wider one (prepare.base_mm)"
        )
    value = f"tips at {stand.tip_deg:.0f} degrees, weight {stand.margin_mm:.1f} mm inside its foot"
    if stand.tip_deg < TIP_FAIL_DEG or stand.margin_mm < MARGIN_FAIL_MM:
        return Check("stands", "fail", value, limit, "add a base, or a wider one (prepare.base_mm)")
    if stand.tip_deg < TIP_WARN_DEG:
        return Check("stands", "warn", value, limit, "a wider base (prepare.base_mm) would be safer")
    return Check("stands", "ok", value, limit)


def _overhangs(corners: npt.NDArray[np.float32], limits: Limits) -> tuple[npt.NDArray[np.int64], float]:
    """Faces that need support, off the plate, and their share of the surface."""
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]).astype(np.float64)
    double = np.maximum(np.sqrt(np.einsum("ij,ij->i", cross, cross)), 1e-30)
    steep = cross[:, 2] < -math.sin(math.radians(limits.overhang_deg)) * double
    lifted = corners[:, :, 2].mean(axis=1) > corners[:, :, 2].min() + 0.3
    over = np.flatnonzero(steep & lifted)
    return over, float(double[over].sum() / double.sum())


def _overhang_check(share: float, limits: Limits) -> Check:
    value = f"{share * 100:.1f} % of the surface"
    limit = f"leaning more than {limits.overhang_deg:g} degrees from upright"
    if share > OVERHANG_WARN:
        return Check("overhangs", "warn", value, limit, "print with supports (tree supports mark least)")
    return Check(
        "overhangs", "ok", value, limit, "supports under chin, arms and props" if share > 0.01 else ""
    )
