"""A scan, from its file to a closed figure of unit height in the figure frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.errors import MeshError
from fabricate.events import Progress
from fabricate.scan import bindings, pose, tidy
from fabricate.scan.cloud import Cloud, Floats, spacing_of
from fabricate.scan.read import Scan, read_scan
from fabricate.scan.surface import oriented, poisson
from fabricate.solid.customs import AXES, MM, Told, Units, Up, settled
from fabricate.solid.topology import extent

if TYPE_CHECKING:
    import trimesh

    from fabricate.artifacts import Lifted

__all__ = ["Rebuilt", "rebuilt"]

LEAST = 300
"""Fewer points show no figure."""
AT_ONCE = 400_000
"""So many points are looked at to find floor and figure; then the figure's own are taken from all of them."""
TINY = 1e-6
"""Points nearer than this share of the scan's size are one."""
CELLS, MOST = 320, 140_000
"""Into so many cells the height is divided, points of one cell become one; fewer cells where noise spreads
the points over more of them than this."""
DEPTHS = (6, 9)
TILTED = np.cos(np.radians(25.0))
LONG = 1.8
FLAT, LINE = 0.03, 1e-6
"""A figure is at least so thick for its width."""
METRES_BELOW = 30.0
"""A scan without a unit whose longest side is shorter than this is in metres."""
SURE = 0.4
NEAR = 0.015
"""A part of the surface with no point nearer than this share of the height is made up."""
WHOLE, LITTLE = 0.95, 0.3
"""Of the surface near a scanned point: below the first the maker is told, below the second it is refused."""
PRINT_MM, FEATURE_MM = 120.0, 0.8
"""What the closing of holes has in mind: a figure of usual size, the smallest feature of usual printers."""


@dataclass(frozen=True)
class Rebuilt:
    """The figure; what was done and guessed, one sentence each; and the numbers behind it.

    ``measures``: ``points`` read, ``used``, ``height_m``, ``floor``, ``turned_deg``, ``sure`` (0..1, of the
    front), ``depth`` of the octree, ``faces``, ``seen`` (the share of the surface near a point).
    """

    lifted: Lifted
    notes: tuple[str, ...] = ()
    measures: dict[str, Any] = field(default_factory=dict)


def rebuilt(
    path: Path, progress: Progress, *, up: Up = "auto", units: Units = "auto", turn: float = 0.0
) -> Rebuilt:
    """The figure in a scan: strays and floor removed, upright, facing front, closed, coloured.

    ``up`` names the axis that points up, where there is no floor to tell; ``turn``: degrees to turn it
    further, anticlockwise from above. Raises BackendError without open3d, MeshError when there is no figure.
    """
    from fabricate.artifacts import Lifted

    o3d = bindings.load()
    progress.step(f"reading {path.name}", 0.0)
    scan = read_scan(path)
    if len(scan.cloud) < LEAST:
        raise MeshError(f"{path} holds only {len(scan.cloud)} points", "scan it again, from all around")
    notes = [f"{scan.lost:,} points that were no numbers were left out"] if scan.lost else []
    progress.step(f"looking for the floor in {len(scan.cloud):,} points", 0.1)
    place = _found(o3d, scan, path, up, notes)
    progress.step("setting it upright", 0.3)
    cloud, height = _figure(o3d, scan.cloud, place, path)
    metres = height * _metres(scan.told, height, units)
    notes.insert(0, _size(metres, units != "auto" or scan.told.mm > 0))
    spacing, noise = spacing_of(cloud.points), tidy.noise_of(cloud.points)
    guess, sure = pose.facing(cloud.points)
    turned = (guess + turn) % 360.0
    notes.append(_front(turned, sure, turn))
    cloud = cloud.placed(pose.turn_about(turned), 1.0, np.zeros(3))
    progress.step("turning its normals outward", 0.4)
    above = 0.0 if place.floor is None else place.floor.band / height
    cloud = oriented(o3d, pose.sole(cloud, spacing, above), spacing)
    depth = int(np.clip(np.log2(1.1 / max(1.2 * spacing, 2.5 * noise)), *DEPTHS))
    progress.step(f"laying a surface through {len(cloud):,} points", 0.6)
    mesh, seen = _closed(o3d, cloud, depth, path, progress, notes)
    measures = {
        "points": len(scan.cloud) + scan.lost,
        "used": len(cloud),
        "height_m": round(metres, 4),
        "floor": place.floor is not None,
        "turned_deg": round(turned, 1),
        "sure": round(sure, 2),
        "depth": depth,
        "faces": len(mesh.faces),
        "seen": round(seen, 3),
    }
    if seen < LITTLE:
        raise MeshError(f"the points of {path} make no surface: they show no figure", "scan it again, closer")
    if seen < WHOLE:
        notes.append(
            f"{100 * (1 - seen):.0f} % of its surface was not scanned and is made up: look before printing"
        )
    return Rebuilt(Lifted({"figure": mesh}, backend="scan"), tuple(notes), measures)


@dataclass(frozen=True)
class _Place:
    """Where the figure is: its box (2, 3) in the scan's frame, the turn upright, and the floor if any."""

    box: Floats
    turn: Floats
    floor: tidy.Floor | None


def _found(o3d: Any, scan: Scan, path: Path, up: Up, notes: list[str]) -> _Place:
    """The floor and the figure, looked for in a thinned copy of the scan."""
    cloud = tidy.gathered(scan.cloud)
    size = float(np.ptp(cloud.points, axis=0).max())
    if size > 0:
        cloud = _few(cloud.thinned(size * TINY), AT_ONCE, size / 700)
    if not size > 0 or len(cloud) < LEAST:
        raise MeshError(
            f"{path}: nearly all of its points lie at one place", "scan it again, from all around"
        )
    cloud = tidy.without_strays(o3d, cloud)
    told = scan.told
    ways = [up] if up != "auto" else [told.up] if told.up else ["z", "y"]
    floor = tidy.find_floor(o3d, cloud.points, [_axis(way) for way in ways])
    if floor is not None and up != "auto" and float(floor.up @ _axis(up)) < TILTED:
        floor = None
    flat = MeshError(f"{path} is one flat plane: there is no figure on it", "scan the figure from all around")
    if floor is not None:
        above = cloud.at(floor.heights(cloud.points) > floor.band)
        if len(above) < LEAST:
            raise flat
        notes.append(f"a floor of {len(cloud) - len(above):,} points was taken away")
        cloud = above
    cloud, lost = tidy.largest(cloud, spacing_of(cloud.points))
    spread = np.linalg.eigvalsh(np.cov(cloud.points.T))
    if len(cloud) < LEAST or spread[0] <= max(FLAT**2 * spread[1], LINE * spread[2]):
        raise flat
    if lost > 0.02 * len(cloud):
        notes.append(f"what stands beside the figure was left out ({lost:,} points)")
    way = floor.up if floor is not None else _upward(cloud.points, scan.kind, told, up, notes)
    box = np.stack([cloud.points.min(axis=0), cloud.points.max(axis=0)])
    return _Place(box, pose.turned_up(way), floor)


def _few(cloud: Cloud, most: int, cell: float) -> Cloud:
    """The cloud thinned in ever larger cells, until it has few enough points."""
    while len(cloud) > most and cell > 0:
        cloud = cloud.thinned(cell)
        cell *= 1.3
    return cloud


def _axis(name: str) -> Floats:
    way = np.zeros(3)
    way[AXES[name[-1]]] = -1.0 if name.startswith("-") else 1.0
    return way


def _upward(points: Floats, kind: str, told: Told, up: Up, notes: list[str]) -> Floats:
    """Which way is up without a floor: as asked, as the format says, along a long body, or by its shape."""
    way = settled(told, kind, up, "mm", *extent(points))
    axis = _axis(way.up)
    if up != "auto" or told.up:
        notes.append(f"no floor in it: +{way.up.upper()} up, {'as asked' if up != 'auto' else 'as GLB says'}")
        return axis
    along, long = pose.long_axis(points)
    along = along if along @ axis >= 0 else -along
    if long > LONG and along @ axis < TILTED:
        notes.append("no floor in it: set upright along its longest direction (--up AXIS if that is wrong)")
        return along
    notes.append(f"no floor in it: taken to stand on +{way.up.upper()} (--up AXIS if that is wrong)")
    return axis


def _figure(o3d: Any, cloud: Cloud, place: _Place, path: Path) -> tuple[Cloud, float]:
    """The figure's own points out of all that were scanned, upright, one unit tall, and its height."""
    room = 0.02 * float(np.ptp(place.box, axis=0).max())
    inside = ((cloud.points >= place.box[0] - room) & (cloud.points <= place.box[1] + room)).all(axis=1)
    if place.floor is not None:
        inside &= place.floor.heights(cloud.points) > place.floor.band
    cloud = cloud.at(inside)
    if len(cloud) < LEAST:
        raise MeshError(f"{path} holds only {len(cloud)} points of a figure", "scan it again, closer")
    ground = None if place.floor is None else place.floor.level
    cloud, height = pose.standing(cloud, place.turn, ground)
    cloud = tidy.without_strays(o3d, _few(cloud.thinned(1 / CELLS), MOST, 1.3 / CELLS))
    cloud, _ = tidy.largest(cloud, spacing_of(cloud.points))
    if len(cloud) < LEAST:
        raise MeshError(f"{path} shows no figure: its points hang together nowhere", "scan it again, closer")
    cloud, share = pose.standing(cloud, np.eye(3), None if ground is None else 0.0)
    return cloud, height * share


def _metres(told: Told, height: float, units: Units) -> float:
    """How many metres one unit of the scan measures."""
    if units != "auto":
        return MM[units] / 1000
    if told.mm:
        return told.mm / 1000
    return 1.0 if height < METRES_BELOW else 0.001


def _size(metres: float, known: bool) -> str:
    size = f"{metres:.2f} m" if metres >= 1 else f"{100 * metres:.1f} cm"
    return f"the scan is {size} tall{'' if known else ' (--units says otherwise)'}"


def _front(turned: float, sure: float, turn: float) -> str:
    hint = "" if turn else "; --turn 180 if that is its back"
    doubt = "" if sure >= SURE else ", but that is not sure"
    return f"turned by {turned:.0f} degrees to face front, as feet and symmetry tell{doubt}{hint}"


def _closed(
    o3d: Any, cloud: Cloud, depth: int, path: Path, progress: Progress, notes: list[str]
) -> tuple[trimesh.Trimesh, float]:
    """The surface as one closed solid of unit height on z = 0, and the share of it that was scanned."""
    from scipy.spatial import cKDTree

    from fabricate.solid.clean import cleaned
    from fabricate.solid.scale import fit_height

    try:
        surface = poisson(o3d, cloud, depth)
    except RuntimeError as exc:
        raise MeshError(f"no surface can be laid through {path}", "scan it again, from all around") from exc
    if len(surface.faces) < 100:
        raise MeshError(f"no surface can be laid through {path}", "scan it again, from all around")
    progress.step("closing it", 0.8)
    made = cleaned(surface, height_mm=PRINT_MM, feature_mm=FEATURE_MM)
    notes.extend(made.notes)
    away = cKDTree(cloud.points).query(np.asarray(made.mesh.vertices))[0]
    return fit_height(made.mesh, 1.0).apply(made.mesh), float((away < NEAR).mean())
