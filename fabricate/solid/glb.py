"""GLB (glTF 2.0) written and read: parts as named nodes, colours in linear light, topology kept.

In memory the figure frame holds (+Z up, facing -Y); in the file glTF's own (+Y up, facing +Z). A part of
one colour has it as its material's ``baseColorFactor``; one of several carries ``COLOR_0``. Vertices are
float32. ``write_lifted`` keeps everything of a ``Lifted``; ``write_viewer`` is what viewers open.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.artifacts import Lifted
from fabricate.errors import MeshError
from fabricate.solid import colour as colours

if TYPE_CHECKING:
    import trimesh

__all__ = ["read_lifted", "write_lifted", "write_viewer"]

MAGIC, JSON_CHUNK, BIN_CHUNK = 0x46546C67, 0x4E4F534A, 0x004E4942
FLOAT, UINT, USHORT = 5126, 5125, 5123
VERTEX_BUFFER, INDEX_BUFFER = 34962, 34963
TYPES: dict[int, tuple[str, type[np.generic]]] = {
    FLOAT: ("<f4", np.float32),
    UINT: ("<u4", np.uint32),
    USHORT: ("<u2", np.uint16),
}


class _Document:
    """A glTF document being written: the JSON tree and the binary chunk that grows beside it."""

    def __init__(self) -> None:
        self.binary = bytearray()
        self.tree: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "fabricate"},
            "scene": 0,
            "scenes": [],
            "nodes": [],
            "meshes": [],
            "materials": [],
            "accessors": [],
            "bufferViews": [],
            "buffers": [{"byteLength": 0}],
        }

    def _add(self, key: str, item: dict[str, Any]) -> int:
        self.tree[key].append(item)
        return len(self.tree[key]) - 1

    def accessor(self, rows: npt.NDArray[Any], component: int, kind: str, target: int, **more: Any) -> int:
        """The index of a new accessor over ``rows``, which are appended to the binary chunk."""
        data = np.ascontiguousarray(rows, TYPES[component][0]).tobytes()
        view = {
            "buffer": 0,
            "byteOffset": len(self.binary),
            "byteLength": len(data),
            "target": target,
        }
        self.binary += data + b"\0" * (-len(data) % 4)
        item = {
            "bufferView": self._add("bufferViews", view),
            "componentType": component,
            "count": len(rows),
            "type": kind,
        }
        return self._add("accessors", item | more)

    def material(self, colour: str) -> int:
        """The index of the material of a colour, made when it is new."""
        for index, known in enumerate(self.tree["materials"]):
            if known["name"] == colour:
                return index
        linear = colours.to_linear(np.array(colours.rgb_of(colour)) / 255)
        pbr = {
            "baseColorFactor": [*(float(v) for v in linear), 1.0],
            "metallicFactor": 0.0,
            "roughnessFactor": 0.62,
        }
        return self._add("materials", {"name": colour, "pbrMetallicRoughness": pbr})

    def part(self, name: str, mesh: trimesh.Trimesh, smooth: bool, scale: float = 1.0) -> int:
        """The index of a new node that holds one part."""
        points = _to_gltf(np.asarray(mesh.vertices) * scale).astype(np.float32)
        low, high = points.min(axis=0), points.max(axis=0)
        attributes = {
            "POSITION": self.accessor(
                points, FLOAT, "VEC3", VERTEX_BUFFER, min=low.tolist(), max=high.tolist()
            )
        }
        if smooth:
            normals = _to_gltf(np.asarray(mesh.vertex_normals)).astype(np.float32)
            attributes["NORMAL"] = self.accessor(_unit(normals), FLOAT, "VEC3", VERTEX_BUFFER)
        if colours.is_uniform(mesh):
            colour = colours.colour_of(mesh)
        else:
            colour = "#ffffff"
            linear = colours.to_linear(colours.vertex_rgba(mesh)[:, :3] / 255)
            rows = np.concatenate([linear, np.ones((len(linear), 1))], axis=1)
            ints = np.rint(rows * 65535)
            attributes["COLOR_0"] = self.accessor(ints, USHORT, "VEC4", VERTEX_BUFFER, normalized=True)
        faces = np.asarray(mesh.faces).reshape(-1)
        primitive = {
            "attributes": attributes,
            "indices": self.accessor(faces, UINT, "SCALAR", INDEX_BUFFER),
            "material": self.material(colour),
        }
        made = self._add("meshes", {"name": name, "primitives": [primitive]})
        return self._add("nodes", {"name": name, "mesh": made})

    def group(self, name: str, children: list[int]) -> int:
        """The index of a new node that holds other nodes."""
        node: dict[str, Any] = {"name": name}
        if children:
            node["children"] = children
        return self._add("nodes", node)

    def write(self, path: Path) -> None:
        """The document as one GLB file, two chunks; the same document gives the same bytes."""
        self.tree["buffers"][0]["byteLength"] = len(self.binary)
        tree = {key: value for key, value in self.tree.items() if value != []}
        text = json.dumps(tree, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self.binary)
        with path.open("wb") as file:
            file.write(struct.pack("<III", MAGIC, 2, total))
            file.write(struct.pack("<II", len(text), JSON_CHUNK) + text)
            file.write(struct.pack("<II", len(self.binary), BIN_CHUNK))
            file.write(self.binary)


def write_lifted(lifted: Lifted, path: Path) -> None:
    """A ``Lifted`` as GLB, nothing lost (vertices as float32, colours as 8-bit sRGB).

    Scene 0 shows the parts; scene 1 keeps the solid and the accessories, which a viewer leaves alone.
    """
    document = _Document()
    document.tree["asset"]["extras"] = {"fabricate": "lifted", "backend": lifted.backend}
    parts = [document.part(name, mesh, smooth=False) for name, mesh in lifted.parts.items()]
    kept = []
    if lifted.solid is not None:
        kept.append(document.part("solid", lifted.solid, smooth=False))
    if lifted.accessories:
        groups = [
            document.group(name, [document.part(n, m, smooth=False) for n, m in own.items()])
            for name, own in lifted.accessories.items()
        ]
        kept.append(document.group("accessories", groups))
    document.tree["scenes"].append({"name": "figure", "nodes": [document.group("parts", parts)]})
    if kept:
        document.tree["scenes"].append({"name": "kept", "nodes": kept})
    document.write(path)


def write_viewer(
    parts: Mapping[str, trimesh.Trimesh], path: Path, *, title: str = "", flat: frozenset[str] = frozenset()
) -> None:
    """Parts in millimetres as a GLB true to size (glTF counts metres), shaded smoothly except ``flat``."""
    document = _Document()
    nodes = [document.part(n, m, smooth=n not in flat, scale=0.001) for n, m in parts.items()]
    document.tree["asset"]["extras"] = {"fabricate": "figure", "unit": "metre"}
    document.tree["scenes"].append({"nodes": [document.group(title or "figure", nodes)]})
    document.write(path)


def read_lifted(path: Path) -> Lifted:
    """The ``Lifted`` that ``write_lifted`` wrote; MeshError when the file is not one of those."""
    tree, binary = _chunks(path)
    extras = tree.get("asset", {}).get("extras")
    if not isinstance(extras, Mapping) or extras.get("fabricate") != "lifted":
        raise MeshError(f"{path} is a GLB, but no lifted figure", "give the one under work/lift/")
    try:
        nodes = tree["nodes"]
        roots = {nodes[i]["name"]: nodes[i] for scene in tree["scenes"] for i in scene["nodes"]}

        def meshes(node: Mapping[str, Any]) -> dict[str, trimesh.Trimesh]:
            return {nodes[i]["name"]: _mesh(tree, binary, nodes[i]) for i in node.get("children", ())}

        accessories = roots.get("accessories", {}).get("children", ())
        return Lifted(
            parts=meshes(roots["parts"]),
            solid=_mesh(tree, binary, roots["solid"]) if "solid" in roots else None,
            accessories={nodes[i]["name"]: meshes(nodes[i]) for i in accessories},
            backend=str(extras.get("backend", "")),
        )
    except (KeyError, IndexError, TypeError, ValueError) as exc:
        raise MeshError(f"{path} is damaged: {exc}", "make it again: --remake lift") from exc


def _chunks(path: Path) -> tuple[dict[str, Any], bytes]:
    damaged = MeshError(f"{path} is not a whole GLB file", "make it again: --remake lift")
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise MeshError(f"{path} cannot be read: {exc.strerror}", "check the path") from exc
    if len(data) < 28 or struct.unpack_from("<III", data) != (MAGIC, 2, len(data)):
        raise damaged
    length = struct.unpack_from("<I", data, 12)[0]
    try:
        tree = json.loads(data[20 : 20 + length])
        size = struct.unpack_from("<I", data, 20 + length)[0]
    except (ValueError, struct.error) as exc:
        raise damaged from exc
    binary = data[28 + length :]
    if size != len(binary) or not isinstance(tree, dict):
        raise damaged
    return tree, binary


def _rows(tree: Mapping[str, Any], binary: bytes, index: int) -> npt.NDArray[Any]:
    accessor = tree["accessors"][index]
    view = tree["bufferViews"][accessor["bufferView"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    count = accessor["count"] * width
    flat = np.frombuffer(binary, TYPES[accessor["componentType"]][0], count, view["byteOffset"])
    return flat.reshape(-1, width)


def _mesh(tree: Mapping[str, Any], binary: bytes, node: Mapping[str, Any]) -> trimesh.Trimesh:
    import trimesh

    primitive = tree["meshes"][node["mesh"]]["primitives"][0]
    attributes = primitive["attributes"]
    points = _from_gltf(_rows(tree, binary, attributes["POSITION"]).astype(np.float64))
    faces = _rows(tree, binary, primitive["indices"]).astype(np.int64).reshape(-1, 3)
    mesh: trimesh.Trimesh = trimesh.Trimesh(points, faces, process=False)
    if "COLOR_0" in attributes:
        linear = _rows(tree, binary, attributes["COLOR_0"]).astype(np.float64) / 65535
        rows = np.rint(colours.from_linear(linear) * 255).astype(np.uint8)
        rows[:, 3] = 255
        mesh.visual = trimesh.visual.ColorVisuals(vertex_colors=rows)
        return mesh
    factor = tree["materials"][primitive["material"]]["pbrMetallicRoughness"]["baseColorFactor"]
    return colours.paint(mesh, colours.hex_of(np.rint(colours.from_linear(factor[:3]) * 255)))


def _to_gltf(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Figure frame (x, y, z), facing -Y -> glTF (x, z, -y), facing +Z."""
    return np.stack([rows[:, 0], rows[:, 2], -rows[:, 1]], axis=1)


def _from_gltf(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.stack([rows[:, 0], -rows[:, 2], rows[:, 1]], axis=1)


def _unit(normals: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Unit rows; a degenerate one points up, since glTF allows no zero normal."""
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    up = np.array([0, 1, 0], np.float32)
    return np.where(length > 1e-6, normals / np.maximum(length, 1e-6), up).astype(np.float32)
