"""A scan from a file: a cloud of points (PLY, OBJ, GLB), or a mesh in any format, as points all over it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fabricate.errors import MeshError
from fabricate.scan.cloud import Cloud, Floats, sampled
from fabricate.solid.colour import from_linear
from fabricate.solid.customs import Told, told_by_gltf
from fabricate.solid.forecast import HINT as MESH_HINT
from fabricate.solid.forecast import bytes_of, foretell
from fabricate.solid.read import FORMATS, load_scene, read_mesh, refuse_far

__all__ = ["CLOUDS", "Scan", "read_scan"]

CLOUDS = ("ply", "obj", "glb", "gltf")
"""The formats in which points without faces are read."""
SAMPLES = 250_000
HINT = "export it again from the scanning app, as PLY, OBJ or GLB"
SURFACES = {4, 5, 6}
"""glTF's modes of drawing that are triangles."""
PAINT = (("red", "green", "blue"), ("diffuse_red", "diffuse_green", "diffuse_blue"), ("r", "g", "b"))


@dataclass(frozen=True)
class Scan:
    """What a file holds, in its own unit and frame.

    ``kind``: the format's name; ``faces``: how many it had, 0 for a cloud; ``lost``: points that were no
    numbers and are left out.
    """

    cloud: Cloud
    kind: str
    faces: int = 0
    lost: int = 0

    @property
    def told(self) -> Told:
        """What the format says of its unit and its way up."""
        return told_by_gltf(self.kind) if self.kind in ("glb", "gltf") else Told()


def read_scan(path: Path) -> Scan:
    """The points of a scan, those of a mesh spread evenly over its surface.

    Raises MeshError for a file that is missing, foreign, damaged or empty.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        known = " ".join(suffix[1:] for suffix in FORMATS)
        raise MeshError(f"{path} is no scan that can be read", f"give a PLY, OBJ or GLB (or {known})")
    try:
        if kind not in CLOUDS or (scan := _cloud(path, kind)) is None:
            scan = _surface(path, kind)
        if not len(scan.cloud):
            raise MeshError(f"{path} holds no points", HINT)
        refuse_far(scan.cloud.points, path)
    except MeshError as exc:  # whoever has a scan is sent to the app, not to a modelling program
        raise MeshError(exc.message, HINT if exc.hint == MESH_HINT else exc.hint) from exc
    return scan


def _surface(path: Path, kind: str) -> Scan:
    """A mesh as points all over it, as it lies: turning and measuring come later, and here."""
    mesh = read_mesh(path, "z", "mm").mesh
    return Scan(sampled(mesh, SAMPLES), kind, len(mesh.faces))


def _cloud(path: Path, kind: str) -> Scan | None:
    """The points of a file, those left out that are no numbers; None when it has faces."""
    data = bytes_of(path, kind)
    foretell(data, kind, path)
    if _has_faces(data, kind):
        return None
    cloud = _obj(data, path) if kind == "obj" else _points(data, kind, path)
    good = np.isfinite(cloud.points).all(axis=1)
    lost = int((~good).sum())
    if lost and lost == len(cloud):
        raise MeshError(f"{path} holds no point that is a number", HINT)
    return Scan(cloud.at(good) if lost else cloud, kind, 0, lost)


def _has_faces(data: bytes, kind: str) -> bool:
    if kind == "ply":
        header = data[: data.find(b"end_header")] if b"end_header" in data[:65536] else data[:65536]
        found = re.search(rb"element\s+(?:face|tristrips)\s+(\d+)", header)
        return found is not None and int(found[1]) > 0
    if kind == "obj":
        return re.search(rb"(?:^|[\r\n])\s*f[ \t]", data) is not None
    text = data[20 : 20 + int.from_bytes(data[12:16], "little")] if kind == "glb" else data
    try:
        meshes = json.loads(text).get("meshes", [])
        parts = [part for mesh in meshes for part in mesh.get("primitives", [])]
        return any(part.get("mode", 4) in SURFACES for part in parts)
    except (AttributeError, TypeError):
        return True  # no glTF: the mesh reader says what is wrong


def _points(data: bytes, kind: str, path: Path) -> Cloud:
    """The clouds of a PLY, GLB or glTF, each at its place."""
    scene = load_scene(data, kind, path, [])
    nodes = [scene.graph[node] for node in scene.graph.nodes_geometry]
    pieces = [(scene.geometry[name], np.asarray(at, np.float64)) for at, name in nodes]
    pieces = [each for each in pieces if np.shape(getattr(each[0], "vertices", ()))[-1:] == (3,)]
    if not pieces:
        return Cloud(np.zeros((0, 3)))
    if kind == "ply":
        return _ply(pieces[0][0])
    points = [np.asarray(piece.vertices) @ at[:3, :3].T + at[:3, 3] for piece, at in pieces]
    painted = [_painted(piece) for piece, _ in pieces]
    rows = [row for row in painted if row is not None]
    colours = from_linear(np.concatenate(rows)) if len(rows) == len(painted) else None
    return Cloud(np.concatenate(points), colours)


def _ply(piece: Any) -> Cloud:
    """A PLY's points with the colours and normals that its vertices have, whatever their type."""
    points = np.asarray(piece.vertices, np.float64)
    raw = piece.metadata.get("_ply_raw", {}).get("vertex", {}).get("data")
    names = getattr(getattr(raw, "dtype", None), "names", None) or tuple(raw if isinstance(raw, dict) else ())

    def columns(wanted: tuple[str, ...]) -> Floats | None:
        if not set(wanted) <= set(names):
            return None
        rows = np.stack([np.asarray(raw[name]).reshape(-1) for name in wanted], axis=1)
        return rows if len(rows) == len(points) else None

    paint = next((rows for each in PAINT if (rows := columns(each)) is not None), None)
    normals = columns(("nx", "ny", "nz"))
    if normals is not None:
        normals = np.nan_to_num(normals.astype(np.float64), posinf=0.0, neginf=0.0)
    return Cloud(points, _shares(paint) if paint is not None else _painted(piece), normals)


def _painted(piece: Any) -> Floats | None:
    rows = getattr(piece, "colors", None)
    if rows is None or np.shape(rows)[:1] != np.shape(piece.vertices)[:1]:
        return None
    return _shares(np.asarray(rows)[:, :3])


def _shares(rows: Any) -> Floats:
    """Colours of any type as 0..1."""
    value = np.nan_to_num(np.asarray(rows, np.float64))
    if np.asarray(rows).dtype.kind in "ui":
        return value / np.iinfo(np.asarray(rows).dtype).max
    return np.clip(value / (255.0 if value.max(initial=0.0) > 1.0 else 1.0), 0.0, 1.0)


def _obj(data: bytes, path: Path) -> Cloud:
    """The ``v`` lines of an OBJ without faces: x y z, and r g b where a scanner added them."""
    rows = [line[2:].split() for line in data.splitlines() if line[:2] in (b"v ", b"v\t")]
    if not rows:
        return Cloud(np.zeros((0, 3)))
    width = min(map(len, rows))
    try:
        table = np.array([row[:width] for row in rows], np.float64)
    except ValueError as exc:
        raise MeshError(f"{path} is damaged: {str(exc)[:100]}", HINT) from exc
    if width < 3:
        raise MeshError(f"{path} is damaged: a point has {width} coordinates", HINT)
    return Cloud(table[:, :3], _shares(table[:, 3:6]) if width >= 6 else None)
