"""3MF read with lib3mf: strictly and part by part what fabricate wrote, or the meshes of anybody's file."""

from __future__ import annotations

import ctypes
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.colour import PLAIN, hex_of, paint
from fabricate.solid.threemf_tables import CONFIG, NAMESPACE, PAINT, Painted, Thing, Volume, extruder_of

if TYPE_CHECKING:
    import trimesh

__all__ = ["meshes_of", "read_3mf"]

MOST_DEEP = 32
"""Components may hold components; a file that nests them deeper, or in a ring, is refused."""


def read_3mf(path: Path) -> list[Thing]:
    """The things in a 3MF that ``write_3mf`` wrote, part by part with their colours; lib3mf reads strictly.

    Orca's and Bambu Studio's ``paint_color``, which is not the standard's, is left out before. Raises
    MeshError when lib3mf refuses the file, or warns about it.
    """
    import lib3mf

    wrapper = lib3mf.Wrapper()
    try:
        model = wrapper.CreateModel()
        reader = model.QueryReader("3mf")
        reader.SetStrictModeActive(True)
        with tempfile.TemporaryDirectory() as folder:
            reader.ReadFromFile(str(_unpainted(path, Path(folder) / "plain.3mf")))
        if reader.GetWarningCount():
            raise MeshError(f"{path}: lib3mf warns: {reader.GetWarning(0)}", "write it again")
        tables = dict(_read_config(path))
        inks = _inks(path)
        return [_thing_of(lib3mf, model, item, tables, inks) for item in _items(model)]
    except lib3mf.ELib3MFException as exc:
        raise MeshError(f"{path} is no sound 3MF file: {exc}", "write it again") from exc


def _unpainted(path: Path, plain: Path) -> Path:
    """A copy without what only some slicers know: all that is left must be the standard's."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith(".model"):
                data = re.sub(re.escape(PAINT) + rb'[0-9A-F]+"', b"", data)
            target.writestr(name, data)
    return plain


def meshes_of(data: bytes) -> tuple[list[trimesh.Trimesh], str]:
    """Every mesh that a 3MF's build items place on the plate, at its place, and the file's unit.

    Raises ImportError or OSError without lib3mf, MeshError when lib3mf cannot read the file.
    """
    import lib3mf

    wrapper = lib3mf.Wrapper()
    try:
        model = wrapper.CreateModel()
        model.QueryReader("3mf").ReadFromBuffer(data)
        unit = str(model.GetUnit().name).lower()
        found = [
            mesh
            for item in _items(model)
            for mesh in _placed(lib3mf, item.GetObjectResource(), _matrix(item.GetObjectTransform()), 0)
        ]
    except lib3mf.ELib3MFException as exc:
        reason = str(exc).splitlines()[0][:120]
        raise MeshError(f"no sound 3MF: {reason}", "export it again") from exc
    return found, unit


def _placed(
    lib3mf: Any, thing: Any, matrix: npt.NDArray[np.float64], depth: int
) -> Iterator[trimesh.Trimesh]:
    import trimesh as tm

    if depth > MOST_DEEP:
        raise MeshError("no sound 3MF: its components hold one another", "export it again")
    if thing.IsMeshObject():
        points, faces = _geometry(lib3mf, thing)
        if len(faces):
            yield tm.Trimesh(points @ matrix[:3] + matrix[3], faces.astype(np.int64), process=False)
    elif thing.IsComponentsObject():
        for i in range(thing.GetComponentCount()):
            part = thing.GetComponent(i)
            inner = _matrix(part.GetTransform())
            inner = np.concatenate([inner[:3] @ matrix[:3], inner[3:] @ matrix[:3] + matrix[3]])
            yield from _placed(lib3mf, part.GetObjectResource(), inner, depth + 1)


def _matrix(transform: Any) -> npt.NDArray[np.float64]:
    """Four rows: where x, y and z go, and the shift."""
    return np.array([[float(v) for v in row] for row in transform.Fields])


def _geometry(lib3mf: Any, mesh: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.uint32]]:
    points = np.frombuffer(_fetched(mesh, "getvertices", lib3mf.Position, mesh.GetVertexCount()), np.float32)
    rows = _fetched(mesh, "gettriangleindices", lib3mf.Triangle, mesh.GetTriangleCount())
    return points.reshape(-1, 3).astype(np.float64), np.frombuffer(rows, np.uint32).reshape(-1, 3)


def _items(model: Any) -> Iterator[Any]:
    walk = model.GetBuildItems()
    while walk.MoveNext():
        yield walk.GetCurrent()


def _read_config(path: Path) -> Iterator[tuple[int, list[Volume]]]:
    with zipfile.ZipFile(path) as archive:
        if CONFIG not in archive.namelist():
            return
        tree = ElementTree.fromstring(archive.read(CONFIG))
    for item in tree:
        rows = []
        for volume in item.iter("volume"):
            about = {m.get("key"): m.get("value", "") for m in volume.iter("metadata")}
            first, last = int(volume.get("firstid", 0)), int(volume.get("lastid", 0))
            rows.append(Volume(about.get("name", ""), first, last, int(about.get("extruder") or 1)))
        yield int(item.get("id", 0)), rows


def _thing_of(
    lib3mf: Any, model: Any, item: Any, tables: Mapping[int, list[Volume]], inks: npt.NDArray[np.int64]
) -> Thing:
    import trimesh as tm

    mesh = model.GetMeshObjectByID(item.GetObjectResourceID())
    points, faces = _geometry(lib3mf, mesh)
    count = len(faces)
    rows = np.frombuffer(
        _fetched(mesh, "getalltriangleproperties", lib3mf.TriangleProperties, count), np.uint32
    ).reshape(-1, 4)
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


def _inks(path: Path) -> npt.NDArray[np.int64]:
    """The extruder that each triangle of a painted model asks for (0: nothing is painted)."""
    with zipfile.ZipFile(path) as archive:
        name = next((n for n in archive.namelist() if n.endswith(".model")), "")
        model = archive.read(name) if name else b""
    if NAMESPACE not in model:
        return np.zeros(0, np.int64)
    found = re.findall(rb"<triangle [^>]*?(?:%s([0-9A-F]+)\"[^>]*)?>" % re.escape(PAINT.strip()), model)
    return np.array([extruder_of(code) for code in found], np.int64)


def _fetched(mesh: Any, deed: str, kind: Any, count: int) -> Any:
    """``count`` structures that lib3mf holds, as one ctypes array."""
    rows = (kind * count)()
    library = mesh._wrapper
    call = getattr(library.lib, f"lib3mf_meshobject_{deed}")
    needed = ctypes.c_uint64(0)
    library.checkError(mesh, call(mesh._handle, ctypes.c_uint64(count), needed, rows))
    return rows
