"""COLLADA (.dae) as meshes at their places: triangles and polygons, the scene's matrices, unit and up axis.

Colours, skins and animations are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError

if TYPE_CHECKING:
    import trimesh

__all__ = ["collada_meshes"]

Floats = npt.NDArray[np.float64]
MOST_DEEP = 64
MOST_PLACED = 20_000


def collada_meshes(data: bytes) -> tuple[list[trimesh.Trimesh], float, str]:
    """The meshes of a COLLADA document, how many metres its unit is, and its up axis (``x``, ``y``, ``z``).

    Raises MeshError for what is no COLLADA, ValueError, KeyError or IndexError for damage within.
    """
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError, LookupError) as exc:
        raise MeshError(f"no sound COLLADA: {exc}", "export it again") from exc
    for item in root.iter():
        item.tag = item.tag.rpartition("}")[2] if isinstance(item.tag, str) else ""
    if root.tag != "COLLADA":
        raise MeshError("no COLLADA document", "export it again")
    named = {item.get("id", ""): item for item in root.iter() if item.get("id")}
    unit, up = root.find("asset/unit"), root.findtext("asset/up_axis") or "Y_UP"
    metres = float(unit.get("meter", "1")) if unit is not None else 1.0
    scene = root.find("scene/instance_visual_scene")
    start = named.get((scene.get("url") or "")[1:]) if scene is not None else None
    if start is None:
        start = root.find("library_visual_scenes/visual_scene")
    placed = list(_placed(start, named, np.eye(4), 0)) if start is not None else []
    if not placed:
        placed = [(item, np.eye(4)) for item in root.iter("geometry")]
    found = []
    for geometry, matrix in placed[:MOST_PLACED]:
        mesh = geometry.find("mesh")
        if mesh is not None:
            found += [_moved(points, faces, matrix) for points, faces in _primitives(mesh)]
    return found, metres, up.strip()[:1].lower()


def _placed(
    node: ElementTree.Element, named: dict[str, ElementTree.Element], matrix: Floats, depth: int
) -> Iterator[tuple[ElementTree.Element, Floats]]:
    """Geometries below a node with their places in the scene."""
    if depth > MOST_DEEP:
        raise MeshError("no sound COLLADA: its nodes hold one another", "export it again")
    for item in node:
        if item.tag in ("matrix", "translate", "rotate", "scale"):
            matrix = matrix @ _transform(item)
        elif item.tag == "node":
            yield from _placed(item, named, matrix, depth + 1)
        elif item.tag == "instance_node":
            other = named.get((item.get("url") or "")[1:])
            if other is not None:
                yield from _placed(other, named, matrix, depth + 1)
        elif item.tag in ("instance_geometry", "instance_controller"):
            target = named.get((item.get("url") or "")[1:])
            skin = target.find("skin") if target is not None and target.tag == "controller" else None
            if skin is not None:
                target = named.get((skin.get("source") or "")[1:])
            if target is not None and target.tag == "geometry":
                yield target, matrix


def _transform(item: ElementTree.Element) -> Floats:
    values = np.array((item.text or "").split(), np.float64)
    made = np.eye(4)
    if item.tag == "matrix":
        made = values.reshape(4, 4)
    elif item.tag == "translate":
        made[:3, 3] = values
    elif item.tag == "scale":
        made[:3, :3] = np.diag(values)
    else:
        from scipy.spatial.transform import Rotation

        made[:3, :3] = Rotation.from_rotvec(values[:3] * np.radians(values[3])).as_matrix()
    return made


def _moved(points: Floats, faces: npt.NDArray[np.int64], matrix: Floats) -> trimesh.Trimesh:
    import trimesh as tm

    made = tm.Trimesh(points, faces, process=False)
    made.apply_transform(matrix)
    return made


def _primitives(mesh: ElementTree.Element) -> Iterator[tuple[Floats, npt.NDArray[np.int64]]]:
    """Points and triangles of each primitive of a mesh; polygons are cut into fans."""
    sources = {item.get("id", ""): item for item in mesh.findall("source")}
    for item in mesh.findall("vertices"):
        position = next(i for i in item.findall("input") if i.get("semantic") == "POSITION")
        sources[item.get("id", "")] = sources[(position.get("source") or "")[1:]]
    for kind in ("triangles", "polylist", "polygons"):
        for item in mesh.findall(kind):
            inputs = item.findall("input")
            stride = max(int(i.get("offset", "0")) for i in inputs) + 1
            vertex = next(i for i in inputs if i.get("semantic") == "VERTEX")
            offset = int(vertex.get("offset", "0"))
            points = _floats(sources[(vertex.get("source") or "")[1:]])
            rows = [np.array((p.text or "").split(), np.int64) for p in item.findall("p")]
            if kind == "polygons":
                counts: Any = np.array([len(row) // stride for row in rows], np.int64)
            elif kind == "polylist":
                counts = np.array((item.findtext("vcount") or "").split(), np.int64)
            else:
                counts = None
            corner = (np.concatenate(rows) if rows else np.zeros(0, np.int64)).reshape(-1, stride)[:, offset]
            counts = np.full(len(corner) // 3, 3) if counts is None else counts
            faces = _fans(corner, counts)
            if len(faces):
                yield points, faces


def _floats(source: ElementTree.Element) -> Floats:
    accessor = source.find("technique_common/accessor")
    stride = int(accessor.get("stride", "3")) if accessor is not None else 3
    return np.array((source.findtext("float_array") or "").split(), np.float64).reshape(-1, stride)[:, :3]


def _fans(corner: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Polygons, ``counts`` corners each, as triangles from their first corner."""
    if (counts < 0).any() or counts.sum() > len(corner):
        raise ValueError("a polygon has corners that are not there")
    starts = np.cumsum(counts) - counts
    held = np.maximum(counts - 2, 0)
    first = np.repeat(starts, held)
    turn = np.arange(len(first)) - np.repeat(np.cumsum(held) - held, held)
    return np.stack([corner[first], corner[first + turn + 1], corner[first + turn + 2]], axis=1)
