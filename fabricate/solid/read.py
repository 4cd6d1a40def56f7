"""Meshes from files: STL, OBJ, PLY, GLB, glTF, 3MF, OFF, DAE as one mesh in mm, +Z up; or a MeshError.

What a format does not say, its unit and which way is up, is guessed from size and shape, and said. Colours
come as vertex colours, textures looked up. The closed parts of GLB, glTF and 3MF are united, as slicers do.
Nothing outside the file's own folder is opened, and no address in a file is ever followed.
"""

from __future__ import annotations

import io
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.collada import collada_meshes
from fabricate.solid.colour import vertex_rgba
from fabricate.solid.customs import (
    Told,
    Units,
    Up,
    settled,
    told_by_3mf,
    told_by_collada,
    told_by_gltf,
    told_by_stl,
    upright,
)
from fabricate.solid.forecast import HINT, MOST_FACES, bytes_of, foretell, too_many
from fabricate.solid.mend import swollen, tidy
from fabricate.solid.pigment import is_coloured, vertex_painted
from fabricate.solid.recolour import coloured_like
from fabricate.solid.threemf_colours import coloured_meshes_of
from fabricate.solid.topology import weld

if TYPE_CHECKING:
    import trimesh

__all__ = ["FORMATS", "Reading", "load_scene", "read_mesh", "refuse_far"]

FORMATS = {
    ".stl": "stl",
    ".obj": "obj",
    ".ply": "ply",
    ".glb": "glb",
    ".gltf": "gltf",
    ".3mf": "3mf",
    ".off": "off",
    ".dae": "dae",
}
HAIR_MM = 0.002
FARTHEST_MM = 1e9
"""Beyond this a coordinate is damage, not a place: squares and products of it would overflow float32."""
FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


@dataclass(frozen=True)
class Reading:
    """One mesh in mm, +Z up, and what was assumed while reading it (one sentence each).

    ``taken`` is what nothing was done about: the unit and the way up that the file does not say, taken as
    they are.
    """

    mesh: trimesh.Trimesh
    notes: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


def read_mesh(path: Path, up: Up = "auto", units: Units = "auto") -> Reading:
    """The mesh in a file, with its colours as vertex colours if it has any.

    ``up`` and ``units`` override what the format says or what is guessed. Raises MeshError for a missing,
    foreign, empty, truncated, damaged or compressed file, one that is too large, a cloud of points, and for
    points that are not finite numbers or lie over 1,000 km away.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise MeshError(
            f"{path} is no mesh file that can be read", "give " + " ".join(s[1:] for s in FORMATS)
        )
    data = bytes_of(path, kind)
    foretell(data, kind, path)
    notes: list[str] = []
    pieces, told = _pieces(data, kind, path, notes)
    if not pieces:
        raise MeshError(f"{path} holds no triangles", HINT)
    mesh = _joined(pieces)
    _sane(mesh, path)
    way = settled(told, kind, up, units, *np.asarray(mesh.bounds, np.float64))
    if way.mm != 1.0 or way.up != "z":
        for piece in {id(each): each for each in (mesh, *pieces)}.values():
            piece.vertices = upright(np.asarray(piece.vertices, np.float64) * way.mm, way.up)
    notes += way.said
    refuse_far(mesh.bounds, path)
    if kind in ("3mf", "glb", "gltf"):
        mesh = _united(mesh, pieces, kind, notes)
    return Reading(mesh, tuple(notes), way.taken)


def _sane(mesh: trimesh.Trimesh, path: Path) -> None:
    """Raise MeshError where numbers are none, or faces name points that are not there."""
    if np.ndim(mesh.vertices) != 2 or np.shape(mesh.vertices)[1] != 3 or np.shape(mesh.faces)[1:] != (3,):
        raise MeshError(f"{path} is damaged: its points are not in space", HINT)
    if len(mesh.faces) > MOST_FACES:
        raise too_many(path, len(mesh.faces))
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise MeshError(f"{path} is damaged: a face names a point that is not there", HINT)
    if not np.isfinite(mesh.vertices).all():
        mesh.remove_unreferenced_vertices()
        if not np.isfinite(mesh.vertices).all():
            raise MeshError(f"{path} holds points that are not numbers", HINT)
    refuse_far(mesh.vertices, path)


def refuse_far(points: npt.ArrayLike, path: Path) -> None:
    """MeshError for points (n, 3) over 1,000 km from the origin: no unit makes that a figure."""
    if np.abs(points).max() > FARTHEST_MM:
        raise MeshError(f"{path} holds points over 1,000 km away: it is damaged", HINT)


def _pieces(data: bytes, kind: str, path: Path, notes: list[str]) -> tuple[list[trimesh.Trimesh], Told]:
    """The meshes of a file at their places, and what it says of its unit and its way up."""
    if kind == "3mf":
        return _read_3mf(data, path, notes)
    if kind == "dae":
        return _read_dae(data, path)
    if kind == "stl" and len(data) >= 84:
        count = int.from_bytes(data[80:84], "little")
        wordy = data.lstrip()[:5].lower() == b"solid" and b"facet" in data[:4096]
        if count and (len(data) == 84 + 50 * count or (not wordy and len(data) > 84 + 50 * count)):
            return [_binary_stl(data, count)], told_by_stl(data)
    scene = load_scene(data, kind, path, notes)
    if kind in ("glb", "gltf"):
        return _meshes(scene, path, linear=True), told_by_gltf(kind)
    return _meshes(scene, path), Told()


def _binary_stl(data: bytes, count: int) -> trimesh.Trimesh:
    """A binary STL with points at one place joined."""
    import trimesh as tm

    corners = np.frombuffer(data, FACET, count, 84)["corners"].reshape(-1, 3)
    faces = np.arange(3 * count).reshape(-1, 3)
    loose = tm.Trimesh(corners, faces, process=False, validate=False)
    if not np.isfinite(corners).all():
        return loose
    vertices, joined, _ = weld(loose)
    return tm.Trimesh(vertices.astype(np.float64), joined, process=False) if len(joined) else loose


def _read_dae(data: bytes, path: Path) -> tuple[list[trimesh.Trimesh], Told]:
    try:
        pieces, metres, up = collada_meshes(data)
    except MeshError as exc:
        raise MeshError(f"{path} is {exc.message}", HINT) from exc
    except (ValueError, KeyError, IndexError, RuntimeError, MemoryError) as exc:
        raise MeshError(f"{path} is damaged: {str(exc)[:100] or type(exc).__name__}", HINT) from exc
    return pieces, told_by_collada(metres, up)


def _read_3mf(data: bytes, path: Path, notes: list[str]) -> tuple[list[trimesh.Trimesh], Told]:
    """With lib3mf, which is fast and strict; where it has no wheel, with trimesh."""
    try:
        pieces, unit = coloured_meshes_of(data)
        return pieces, told_by_3mf(unit)
    except (ImportError, OSError):
        scene = load_scene(data, "3mf", path, notes)
        return _meshes(scene, path), told_by_3mf(str(getattr(scene, "units", None) or "millimeter"))
    except MeshError as exc:
        raise MeshError(f"{path} is {exc.message}", HINT) from exc


def load_scene(data: bytes, kind: str, path: Path, notes: list[str]) -> Any:
    """The file as a trimesh scene; whatever the loaders raise becomes a MeshError."""
    import trimesh as tm

    from fabricate.solid.beside import Beside

    beside = Beside(path.parent) if kind in ("gltf", "obj") else None
    log = logging.getLogger("trimesh")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options: dict[str, Any] = {"split_object": False} if kind == "obj" else {}
            scene = tm.load_scene(
                io.BytesIO(data),
                file_type=kind,
                resolver=beside,
                process=False,
                allow_remote=False,
                **options,
            )
    except MemoryError as exc:
        raise MeshError(f"{path} needs more memory than there is", "reduce the mesh first") from exc
    # trimesh's readers raise nearly anything on damaged files: this edge turns all of it into one error
    except Exception as exc:
        if beside is not None and beside.refused and kind == "gltf":
            raise MeshError(
                f"{path} needs {beside.refused[0]!r}, which is not in its folder (nothing is fetched)",
                "put the file beside it, or export a GLB, which holds everything",
            ) from exc
        reason = (str(exc).splitlines() or [type(exc).__name__])[0][:120]
        raise MeshError(f"{path} is damaged: {reason or type(exc).__name__}", HINT) from exc
    finally:
        log.setLevel(level)
    if beside is not None and beside.refused:
        notes.append(f"not found beside it, so left out: {', '.join(sorted(set(beside.refused))[:3])}")
    return scene


def _meshes(scene: Any, path: Path, *, linear: bool = False) -> list[trimesh.Trimesh]:
    """Every mesh of a scene at its place in it."""
    import trimesh as tm

    found, loose, faces = [], 0, 0
    painted: set[str] = set()
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        piece = scene.geometry[name]
        if isinstance(piece, tm.Trimesh) and len(piece.faces):
            faces += len(piece.faces)
            if faces > MOST_FACES:
                raise too_many(path, faces)
            if not np.isfinite(matrix).all():
                raise MeshError(f"{path} is damaged: a part's place is not a number", HINT)
            _sane(piece, path)
            if name not in painted:
                painted.add(name)
                vertex_painted(piece, linear=linear)
            points = np.asarray(piece.vertices, np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
            copy = tm.Trimesh(points, np.array(piece.faces), process=False)
            if is_coloured(piece):
                copy.visual = tm.visual.ColorVisuals(vertex_colors=vertex_rgba(piece))
            # a place that mirrors turns every face inside out
            if np.linalg.det(matrix[:3, :3]) < 0:
                copy.invert()
            found.append(copy)
        elif len(getattr(piece, "vertices", ())):
            loose += len(piece.vertices)
    if not found and loose:
        raise MeshError(
            f"{path} is a cloud of {loose:,} points without faces",
            f"make a surface of it first: fabricate scan {path}",
        )
    return found


def _joined(pieces: list[trimesh.Trimesh]) -> trimesh.Trimesh:
    """Meshes as one, nothing welded; coloured when any of them is."""
    import trimesh as tm

    if len(pieces) == 1:
        return pieces[0]
    points = [piece.vertices for piece in pieces]
    before = np.cumsum([0, *(len(p) for p in points[:-1])])
    faces = [piece.faces + at for piece, at in zip(pieces, before, strict=True)]
    made = tm.Trimesh(np.concatenate(points), np.concatenate(faces), process=False)
    if any(is_coloured(piece) for piece in pieces):
        rows = np.concatenate([vertex_rgba(piece) for piece in pieces])
        made.visual = tm.visual.ColorVisuals(vertex_colors=rows)
    return made


def _united(
    joined: trimesh.Trimesh, meshes: list[trimesh.Trimesh], kind: str, notes: list[str]
) -> trimesh.Trimesh:
    """A file's closed parts as one: parts that touch or overlap print as one piece. Else as they are."""
    try:
        pieces = [part for mesh in meshes for part in to_manifold(mesh).decompose()]
        outer = [
            to_manifold(swollen(from_manifold(piece), HAIR_MM)) for piece in pieces if piece.volume() > 0
        ]
        if len(pieces) < 2 or not outer:
            return joined
        mesh, more = tidy(unite(outer))
    except MeshError:
        return joined
    notes.append(f"{kind.upper()}: its {len(outer)} closed parts were united, as a slicer does")
    notes += more
    return coloured_like(mesh, joined)
