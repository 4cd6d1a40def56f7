"""What a mesh file is before it is parsed: its bytes, unless too many, foreign, cut off or packed."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from fabricate.errors import MeshError

__all__ = ["HINT", "MOST_FACES", "bytes_of", "foretell", "too_many"]

MOST_BYTES = 1_500_000_000
MOST_TEXT = 500_000_000
"""Text formats and XML take some eight times their size in memory."""
MOST_FACES = 8_000_000
MOST_INFLATED = 2_000_000_000
DENSEST = 400
"""No honest 3MF shrinks to less than one part in so many."""
HINT = "export it again from the program that made it, as STL or GLB"
PACKED = {
    "KHR_draco_mesh_compression": "Draco-compressed",
    "EXT_meshopt_compression": "meshopt-compressed",
}


def too_many(path: Path, count: int) -> MeshError:
    """The refusal of a file with so many triangles."""
    return MeshError(
        f"{path} holds {count:,} triangles, more than {MOST_FACES:,}",
        "decimate it first (Blender: Decimate): a printer shows a million at most",
    )


def bytes_of(path: Path, kind: str) -> bytes:
    """A file's bytes; MeshError when there is none, or too much of it."""
    try:
        size = path.stat().st_size
        if size > (MOST_BYTES if kind in ("stl", "ply", "glb") else MOST_TEXT):
            raise MeshError(f"{path} is too large: {size / 1e9:.1f} GB", "decimate the mesh first")
        if kind == "stl" and size > 50 * MOST_FACES:
            with path.open("rb") as file:
                count = int.from_bytes(file.read(84)[80:], "little")
            if size == 84 + 50 * count:
                raise too_many(path, count)
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


def foretell(data: bytes, kind: str, path: Path) -> None:
    """Refuse what the loaders would choke on: a wrong signature, a cut-off file, a zip bomb, packing."""
    foreign = MeshError(f"{path} is not a {kind.upper()} file", HINT)
    cut = MeshError(f"{path} is cut off: the file ends too early", HINT)
    if kind == "glb":
        if data[:4] != b"glTF":
            raise foreign
        if len(data) < 20 or int.from_bytes(data[8:12], "little") > len(data):
            raise cut
        _foretell_gltf(data[20 : 20 + int.from_bytes(data[12:16], "little")], path)
    elif kind == "gltf":
        if data.lstrip()[:1] != b"{" and not data.startswith(b"\xef\xbb\xbf"):
            raise foreign
        _foretell_gltf(data, path)
    elif kind == "3mf":
        if data[:2] != b"PK":
            raise foreign
        _foretell_zip(data, cut, path)
    elif kind == "stl":
        _foretell_stl(data, foreign, cut, path)
    elif (kind == "ply" and data[:3] != b"ply") or (kind == "off" and b"OFF" not in data[:64]):
        raise foreign


def _foretell_gltf(text: bytes, path: Path) -> None:
    for name, packed in PACKED.items():
        if name.encode() in text:
            raise MeshError(f"{path} is {packed}, which is not read here", "export it without compression")
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise MeshError(f"{path} is damaged: its description is no JSON", HINT) from exc
    if not isinstance(tree, dict):
        raise MeshError(f"{path} is damaged: its description is no glTF", HINT)
    accessors = tree.get("accessors", [])
    for accessor in accessors if isinstance(accessors, list) else []:
        count = accessor.get("count", 0) if isinstance(accessor, dict) else 0
        if isinstance(count, int | float) and count > 3 * MOST_FACES:
            raise too_many(path, int(count) // 3)


def _foretell_zip(data: bytes, cut: MeshError, path: Path) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            items = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as exc:
        raise cut from exc
    inflated = sum(info.file_size for info in items)
    if inflated > MOST_INFLATED or inflated > max(DENSEST * len(data), 50_000_000):
        raise MeshError(f"{path} would unpack to {inflated / 1e9:.1f} GB", "it is no honest 3MF file")
    for info in items:
        parts = info.filename.replace("\\", "/").split("/")
        if ".." in parts or info.filename.startswith("/") or ":" in parts[0]:
            raise MeshError(f"{path} names files outside itself: {info.filename[:60]!r}", HINT)


def _foretell_stl(data: bytes, foreign: MeshError, cut: MeshError, path: Path) -> None:
    count = int.from_bytes(data[80:84], "little") if len(data) >= 84 else -1
    if len(data) == 84 + 50 * count and count > 0:
        if count > MOST_FACES:
            raise too_many(path, count)
        return
    if data.lstrip()[:5].lower() == b"solid" and b"facet" in data[:4096]:
        if b"endsolid" not in data[-400:].lower():
            raise cut
        if len(data) > MOST_TEXT:
            raise too_many(path, len(data) // 250)
        return
    if len(data) < 84 or b"\0" not in data[:4096]:
        raise foreign
    if len(data) < 84 + 50 * count:
        raise cut
    if count > MOST_FACES:
        raise too_many(path, count)
