"""Meshes from files: STL, OBJ, PLY, GLB, 3MF and OFF as one mesh in millimetres, +Z up; or a MeshError.

GLB counts metres and stands on +Y: it is turned and scaled. A 3MF's own unit is honoured. The closed parts
of both are united, as a slicer unites them. The other formats have no unit: millimetres, +Z up.
"""

from __future__ import annotations

import io
import logging
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.mend import swollen, tidy
from fabricate.solid.scale import moved, turned
from fabricate.solid.threemf_read import meshes_of

if TYPE_CHECKING:
    import trimesh

__all__ = ["FORMATS", "Reading", "read_mesh"]

FORMATS = {".stl": "stl", ".obj": "obj", ".ply": "ply", ".glb": "glb", ".3mf": "3mf", ".off": "off"}
HAIR_MM = 0.002
MOST_BYTES = 1_500_000_000
MOST_INFLATED = 4_000_000_000
UNITS_MM = {
    "micron": 0.001,
    "millimeter": 1.0,
    "millimeters": 1.0,
    "centimeter": 10.0,
    "inch": 25.4,
    "foot": 304.8,
    "meter": 1000.0,
    "meters": 1000.0,
}
FARTHEST_MM = 1e9
"""Beyond this a coordinate is damage, not a place: squares and products of it would overflow float32."""
HINT = "export it again from the program that made it, as STL or GLB"


@dataclass(frozen=True)
class Reading:
    """One mesh in mm, +Z up, and what was assumed while reading it (one sentence each)."""

    mesh: trimesh.Trimesh
    notes: tuple[str, ...] = ()


def read_mesh(path: Path) -> Reading:
    """The mesh in a file. Nothing outside the file is opened, no address in it is followed.

    Raises MeshError for a missing, foreign, empty, truncated or damaged file, and for points that are not
    finite numbers or lie over 1,000 km away.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise MeshError(
            f"{path} is no mesh file that can be read", "give " + " ".join(s[1:] for s in FORMATS)
        )
    data = _bytes_of(path)
    _foretell(data, kind, path)
    pieces, unit = _read_3mf(data, path) if kind == "3mf" else (_meshes(_load(data, kind, path)), "")
    if not pieces:
        raise MeshError(f"{path} holds no triangles", HINT)
    notes: list[str] = []
    if kind == "glb":
        pieces = [turned(moved(piece, 1000.0), "y") for piece in pieces]
        notes.append("GLB: metres, +Y up, as the format says")
    if UNITS_MM.get(unit, 1.0) != 1.0:
        pieces = [moved(piece, UNITS_MM[unit]) for piece in pieces]
        notes.append(f"3MF: unit {unit}")
    mesh = _joined(pieces)
    if not np.isfinite(mesh.vertices).all():
        raise MeshError(f"{path} holds points that are not numbers", HINT)
    if np.abs(mesh.vertices).max() > FARTHEST_MM:
        raise MeshError(f"{path} holds points over 1,000 km away: it is damaged", HINT)
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise MeshError(f"{path} is damaged: a face names a point that is not there", HINT)
    if kind in ("3mf", "glb"):
        mesh = _united(mesh, pieces, kind, notes)
    return Reading(mesh, tuple(notes))


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise MeshError(f"{path} is too large: {size / 1e9:.1f} GB", "reduce the mesh first")
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise MeshError(f"there is no file {path}", "check the path") from exc
    except OSError as exc:
        raise MeshError(
            f"{path} cannot be read: {exc.strerror}", "check the path and its permissions"
        ) from exc
    if not data:
        raise MeshError(f"{path} is empty", HINT)
    return data


def _foretell(data: bytes, kind: str, path: Path) -> None:
    """Refuse what the loaders would choke on: a wrong signature, a cut-off file, a zip bomb."""
    foreign = MeshError(f"{path} is not a {kind.upper()} file", HINT)
    cut = MeshError(f"{path} is cut off: the file ends too early", HINT)
    if kind == "glb":
        if data[:4] != b"glTF":
            raise foreign
        if len(data) < 20 or int.from_bytes(data[8:12], "little") > len(data):
            raise cut
    elif kind == "3mf":
        if data[:2] != b"PK":
            raise foreign
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                inflated = sum(info.file_size for info in archive.infolist())
        except (zipfile.BadZipFile, ValueError) as exc:
            raise cut from exc
        if inflated > MOST_INFLATED:
            raise MeshError(f"{path} would unpack to {inflated / 1e9:.0f} GB", "it is no honest 3MF file")
    elif kind == "stl":
        _foretell_stl(data, foreign, cut)
    elif (kind == "ply" and data[:3] != b"ply") or (kind == "off" and b"OFF" not in data[:64]):
        raise foreign


def _foretell_stl(data: bytes, foreign: MeshError, cut: MeshError) -> None:
    count = int.from_bytes(data[80:84], "little") if len(data) >= 84 else -1
    if len(data) == 84 + 50 * count and count > 0:
        return
    if data.lstrip()[:5].lower() == b"solid" and b"facet" in data[:4096]:
        if b"endsolid" not in data[-400:].lower():
            raise cut
        return
    if len(data) < 84 or b"\0" not in data[:4096]:
        raise foreign
    if len(data) < 84 + 50 * count:
        raise cut


def _read_3mf(data: bytes, path: Path) -> tuple[list[trimesh.Trimesh], str]:
    """With lib3mf, which is fast and strict; where it has no wheel, with trimesh."""
    try:
        return meshes_of(data)
    except (ImportError, OSError):
        scene = _load(data, "3mf", path)
        return _meshes(scene), str(getattr(scene, "units", None) or "millimeter")
    except MeshError as exc:
        raise MeshError(f"{path} is {exc.message}", HINT) from exc


def _load(data: bytes, kind: str, path: Path) -> Any:
    """The file as a trimesh scene; whatever the loaders raise becomes a MeshError."""
    import trimesh as tm

    log = logging.getLogger("trimesh")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if b"KHR_draco_mesh_compression" in data[:4_000_000] and kind == "glb":
                raise MeshError(
                    f"{path} is Draco-compressed, which is not read here", "export it without compression"
                )
            options: dict[str, Any] = {"split_object": False, "maintain_order": True} if kind == "obj" else {}
            return tm.load_scene(
                io.BytesIO(data), file_type=kind, resolver=None, process=False, allow_remote=False, **options
            )
    except MeshError:
        raise
    except MemoryError as exc:
        raise MeshError(f"{path} needs more memory than there is", "reduce the mesh first") from exc
    # trimesh's readers raise nearly anything on damaged files: this edge turns all of it into one error
    except Exception as exc:
        reason = (str(exc).splitlines() or [type(exc).__name__])[0][:120]
        raise MeshError(f"{path} is damaged: {reason or type(exc).__name__}", HINT) from exc
    finally:
        log.setLevel(level)


def _meshes(scene: Any) -> list[trimesh.Trimesh]:
    """Every mesh of a scene at its place in it."""
    import trimesh as tm

    found = []
    for node in scene.graph.nodes_geometry:
        matrix, name = scene.graph[node]
        piece = scene.geometry[name]
        if isinstance(piece, tm.Trimesh) and len(piece.faces):
            copy = piece.copy()
            copy.apply_transform(matrix)
            found.append(copy)
    return found


def _joined(pieces: list[trimesh.Trimesh]) -> trimesh.Trimesh:
    import trimesh as tm

    if len(pieces) == 1:
        return pieces[0]
    points = [piece.vertices for piece in pieces]
    before = np.cumsum([0, *(len(p) for p in points[:-1])])
    faces = [piece.faces + at for piece, at in zip(pieces, before, strict=True)]
    return tm.Trimesh(np.concatenate(points), np.concatenate(faces), process=False)


def _united(
    joined: trimesh.Trimesh, meshes: list[trimesh.Trimesh], kind: str, notes: list[str]
) -> trimesh.Trimesh:
    """A file's closed parts as one: parts that touch or overlap print as one piece. Else as they are."""
    try:
        pieces = [part for mesh in meshes for part in to_manifold(mesh).decompose()]
    except MeshError:
        return joined
    outer = [to_manifold(swollen(from_manifold(piece), HAIR_MM)) for piece in pieces if piece.volume() > 0]
    if len(pieces) < 2 or not outer:
        return joined
    notes.append(f"{kind.upper()}: its {len(outer)} closed parts were united, as a slicer does")
    mesh, more = tidy(unite(outer))
    notes += more
    return mesh
