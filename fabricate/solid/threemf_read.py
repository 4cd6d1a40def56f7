"""3MF read with lib3mf, strictly and part by part: what fabricate wrote; and lib3mf's arrays taken whole."""

from __future__ import annotations

import ctypes
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.colour import PLAIN, hex_of, paint
from fabricate.solid.threemf_tables import (
    CONFIG,
    NAMESPACE,
    PAINT,
    VERSION,
    Painted,
    Thing,
    Volume,
    extruder_of,
)

LONGEST = 4
"""Bytes of the longest paint code with the quotation mark after it."""

__all__ = ["geometry", "items", "properties", "read_3mf", "read_into"]


def read_3mf(path: Path) -> list[Thing]:
    """The things in a 3MF that ``write_3mf`` wrote, part by part with their colours; lib3mf reads strictly.

    Orca's and Bambu Studio's ``paint_color``, which is not the standard's, is left out before. Raises
    MeshError when lib3mf refuses the file, or warns about it.
    """
    import lib3mf

    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    wrapper = lib3mf.Wrapper()
    try:
        model = wrapper.CreateModel()
        reader = model.QueryReader("3mf")
        reader.SetStrictModeActive(True)
        read_into(reader, _unpainted(files))
        if reader.GetWarningCount():
            raise MeshError(f"{path}: lib3mf warns: {reader.GetWarning(0)}", "write it again")
        tables = dict(_volumes(files[CONFIG])) if CONFIG in files else {}
        xml = next((data for name, data in files.items() if name.endswith(".model")), b"")
        inks = cache(lambda: _inks(xml))
        return [_thing_of(lib3mf, model, item, tables, inks) for item in items(model)]
    except lib3mf.ELib3MFException as exc:
        raise MeshError(f"{path} is no sound 3MF file: {exc}", "write it again") from exc


def _unpainted(files: Mapping[str, bytes]) -> bytes:
    """The archive without what only some slicers know: all that is left must be the standard's."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as target:
        for name, data in files.items():
            if name.endswith(".model"):
                data = re.sub(re.escape(PAINT) + rb'[0-9A-F]+"', b"", data).replace(VERSION, b"", 1)
            target.writestr(name, data)
    return plain.getvalue()


def read_into(reader: Any, data: bytes) -> None:
    """Let a lib3mf reader read an archive's bytes: its Python face would pass them one by one."""
    count = len(data)
    library = reader._wrapper
    rows = (ctypes.c_uint8 * count).from_buffer_copy(data)
    call = library.lib.lib3mf_reader_readfrombuffer
    library.checkError(reader, call(reader._handle, ctypes.c_uint64(count), rows))


def items(model: Any) -> Iterator[Any]:
    """What a lib3mf model's build section places on the plate."""
    walk = model.GetBuildItems()
    while walk.MoveNext():
        yield walk.GetCurrent()


def geometry(lib3mf: Any, mesh: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint32]]:
    """A lib3mf mesh object's points (n, 3) in the file's unit, and its triangles (m, 3)."""
    points = np.frombuffer(_fetched(mesh, "getvertices", lib3mf.Position, mesh.GetVertexCount()), np.float32)
    rows = _fetched(mesh, "gettriangleindices", lib3mf.Triangle, mesh.GetTriangleCount())
    return points.reshape(-1, 3).astype(np.float64), np.frombuffer(rows, np.uint32).reshape(-1, 3)


def properties(lib3mf: Any, mesh: Any, count: int) -> npt.NDArray[np.uint32]:
    """For each of a mesh object's ``count`` triangles a resource (0: none) and a property a corner (m, 4)."""
    rows = _fetched(mesh, "getalltriangleproperties", lib3mf.TriangleProperties, count)
    return np.frombuffer(rows, np.uint32).reshape(-1, 4)


def _volumes(table: bytes) -> Iterator[tuple[int, list[Volume]]]:
    """PrusaSlicer's table: an object's number and its volumes."""
    for item in ElementTree.fromstring(table):
        rows = []
        for volume in item.iter("volume"):
            about = {m.get("key"): m.get("value", "") for m in volume.iter("metadata")}
            first, last = int(volume.get("firstid", 0)), int(volume.get("lastid", 0))
            rows.append(Volume(about.get("name", ""), first, last, int(about.get("extruder") or 1)))
        yield int(item.get("id", 0)), rows


def _thing_of(
    lib3mf: Any,
    model: Any,
    item: Any,
    tables: Mapping[int, list[Volume]],
    inks_of: Callable[[], npt.NDArray[np.int64]],
) -> Thing:
    import trimesh as tm

    mesh = model.GetMeshObjectByID(item.GetObjectResourceID())
    points, faces = geometry(lib3mf, mesh)
    count = len(faces)
    rows = properties(lib3mf, mesh, count)
    whole = [Volume(mesh.GetName(), 0, count - 1, 1)]
    parts, painted = {}, {}
    for volume in tables.get(int(item.GetObjectResourceID()), whole):
        here = slice(volume.first, volume.last + 1)
        used, packed = np.unique(faces[here], return_inverse=True)
        part = tm.Trimesh(points[used], packed.reshape(-1, 3), process=False)
        shades, first, index = np.unique(rows[here, 1], return_index=True, return_inverse=True)
        colours = tuple(_colour(model, int(rows[volume.first, 0]), int(shade)) for shade in shades)
        parts[volume.name] = paint(part, colours[int(index[0])])
        if len(colours) > 1:
            inks = inks_of()
            extruders = tuple(int(ink) for ink in inks[here][first]) if len(inks) == count else ()
            painted[volume.name] = Painted(index.astype(np.int64), colours, extruders)
    fields = item.GetObjectTransform().Fields
    at = (float(fields[3][0]), float(fields[3][1]), float(fields[3][2]))
    return Thing(mesh.GetName(), parts, at, painted)


def _colour(model: Any, group: int, shade: int) -> str:
    if not group:
        return PLAIN
    rgba = model.GetColorGroupByID(group).GetColor(shade)
    return hex_of([rgba.Red, rgba.Green, rgba.Blue])


def _inks(model: bytes) -> npt.NDArray[np.int64]:
    """The extruder that each triangle of a model's XML asks for; empty when nothing is painted."""
    if NAMESPACE not in model:
        return np.zeros(0, np.int64)
    text = np.frombuffer(model, np.uint8)
    triangles, paints = _places(text, b"<triangle "), _places(text, PAINT)
    codes = text[paints[:, None] + len(PAINT) + np.arange(LONGEST)]
    kinds, which = np.unique(np.ascontiguousarray(codes).view(f"S{LONGEST}").reshape(-1), return_inverse=True)
    out = np.ones(len(triangles), np.int64)
    meaning = np.array([extruder_of(code.partition(b'"')[0]) for code in kinds.tolist()], np.int64)
    out[np.searchsorted(triangles, paints) - 1] = meaning[which]
    return out


def _places(text: npt.NDArray[np.uint8], word: bytes) -> npt.NDArray[np.int64]:
    """Where a word begins in a text; a pattern would take ten times as long on tens of megabytes."""
    last = len(text) - len(word) + 1
    found = np.flatnonzero((text[:last] == word[0]) & (text[1 : last + 1] == word[1]))
    for k, letter in enumerate(word[2:], 2):
        found = found[text[found + k] == letter]
    return found


def _fetched(mesh: Any, deed: str, kind: Any, count: int) -> Any:
    """``count`` structures that lib3mf holds, as one ctypes array."""
    rows = (kind * count)()
    library = mesh._wrapper
    call = getattr(library.lib, f"lib3mf_meshobject_{deed}")
    needed = ctypes.c_uint64(0)
    library.checkError(mesh, call(mesh._handle, ctypes.c_uint64(count), needed, rows))
    return rows
