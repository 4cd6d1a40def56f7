"""3MF with lib3mf: millimetres, one object whose triangle ranges are the parts, colours, names, a thumbnail.

PrusaSlicer drops every object and component of a 3MF to the plate on its own, so the parts of a figure are
one mesh object; ``Metadata/Slic3r_PE_model.config`` tells which range of triangles is which part and which
extruder prints it. Orca and Bambu Studio make one part of an object and know neither such ranges nor the
standard's colours a triangle, but each triangle's ``paint_color``, whoever wrote it; and a name from
``Metadata/model_settings.config``. The 3MF standard's own colour group tells everybody else.
"""

from __future__ import annotations

import ctypes
import io
import itertools
import re
import uuid
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.colour import colour_of, reduce_colours, rgb_of
from fabricate.solid.palette import colour_weights
from fabricate.solid.threemf_tables import (
    CONFIG,
    SETTINGS,
    Painted,
    Shade,
    Thing,
    Volume,
    config,
    painted_model,
    plain_shade,
    settings,
    shade_rows,
    shades_of,
)

if TYPE_CHECKING:
    import trimesh

__all__ = ["CONFIG", "Painted", "Thing", "Volume", "extruders_for", "write_3mf"]

WHEN = (2020, 1, 1, 0, 0, 0)
"""The date of every file in the archive: the same figure gives the same bytes."""


def extruders_for(parts: Mapping[str, trimesh.Trimesh], colours: int) -> dict[str, int]:
    """Part -> extruder, 1 to ``colours``: like colours share one, the colour with most surface is first."""
    own = {name: colour_of(mesh) for name, mesh in parts.items()}
    weights = colour_weights(parts)
    stands = reduce_colours(weights, colours)
    total: dict[str, float] = {}
    for colour, weight in weights.items():
        total[stands[colour]] = total.get(stands[colour], 0.0) + weight
    rank = {colour: i for i, colour in enumerate(sorted(total, key=lambda c: (-total[c], c)), 1)}
    return {name: rank[stands[colour]] for name, colour in own.items()}


def write_3mf(
    things: Sequence[Thing],
    path: Path,
    *,
    extruders: Mapping[str, int] | None = None,
    title: str = "",
    designer: str = "",
    thumbnail: bytes | None = None,
) -> None:
    """Things as a 3MF file; ``extruders`` maps a part's name to 1, 2, ...; ``thumbnail`` is a PNG.

    The same things give the same bytes. Without lib3mf (Linux on ARM has no wheel) trimesh writes shape and
    names only. Raises MeshError when a thing has no triangles or lib3mf refuses.
    """
    if not things or not all(any(len(p.faces) for p in t.parts.values()) for t in things):
        raise MeshError("there is nothing to write as 3MF", "make a figure with a volume first")
    try:
        import lib3mf  # noqa: F401
    except (ImportError, OSError):
        _write_plain(things, path)
        return
    extruders = extruders or {}
    volumes = [_volumes(thing, extruders) for thing in things]
    shades = shades_of(things, extruders)
    package, numbers = _package(things, extruders, shades, title, designer, thumbnail)
    tables = {CONFIG: config(things, volumes, numbers), SETTINGS: settings(things, numbers)}
    _rewrite(package, path, tables, shades)


def _volumes(thing: Thing, extruders: Mapping[str, int]) -> list[Volume]:
    ends = list(itertools.accumulate(len(part.faces) for part in thing.parts.values()))
    return [
        Volume(name, end - len(part.faces), end - 1, extruders.get(name, 1))
        for (name, part), end in zip(thing.parts.items(), ends, strict=True)
        if len(part.faces)
    ]


def _package(
    things: Sequence[Thing],
    extruders: Mapping[str, int],
    shades: Sequence[Shade],
    title: str,
    designer: str,
    thumbnail: bytes | None,
) -> tuple[bytes, list[int]]:
    """The archive as lib3mf writes it, and each object's number in it."""
    import lib3mf

    wrapper = lib3mf.Wrapper()
    try:
        model = wrapper.CreateModel()
        model.SetUnit(lib3mf.ModelUnit.MilliMeter)
        for key, value in (("Title", title), ("Designer", designer), ("Application", "fabricate")):
            if value:
                model.GetMetaDataGroup().AddMetaData("", key, value, "xs:string", True)
        group = model.AddColorGroup()
        ids = {shade: group.AddColor(wrapper.RGBAToColor(*rgb_of(shade[0]), 255)) for shade in shades}
        numbers = []
        for thing in things:
            rows = shade_rows(thing, extruders, ids)
            mesh = _add_object(lib3mf, model, thing, group.GetResourceID(), rows)
            mesh.SetObjectLevelProperty(group.GetResourceID(), plain_shade(rows, shades, ids))
            numbers.append(int(mesh.GetResourceID()))
            model.AddBuildItem(mesh, wrapper.GetTranslationTransform(*(float(v) for v in thing.at)))
        if thumbnail:
            model.CreatePackageThumbnailAttachment().ReadFromBuffer(thumbnail)
        return _written(lib3mf, model), numbers
    except lib3mf.ELib3MFException as exc:
        raise MeshError(
            f"lib3mf could not write the figure: {exc}", "report this with the figure's spec"
        ) from exc


def _add_object(lib3mf: Any, model: Any, thing: Thing, group: int, colours: npt.NDArray[np.uint32]) -> Any:
    """A mesh object with the parts' triangles one part after another, each coloured."""
    parts = [part for part in thing.parts.values() if len(part.faces)]
    shifts = np.cumsum([0, *(len(p.vertices) for p in parts)])[:-1]
    points = np.concatenate([np.asarray(p.vertices, np.float32) for p in parts])
    faces = np.concatenate(
        [np.asarray(p.faces, np.uint32) + np.uint32(s) for p, s in zip(parts, shifts, strict=True)]
    )
    mesh = model.AddMeshObject()
    mesh.SetName(thing.name)
    _fill(mesh, "setgeometry", _structures(lib3mf.Position, points), _structures(lib3mf.Triangle, faces))
    properties = np.zeros((len(faces), 4), np.uint32)
    properties[:, 0] = group
    properties[:, 1:] = colours[:, None]
    _fill(mesh, "setalltriangleproperties", _structures(lib3mf.TriangleProperties, properties))
    return mesh


def _fill(mesh: Any, deed: str, *arrays: Any) -> None:
    """A lib3mf call on whole arrays: its Python face takes them apart and is twenty times slower."""
    counted = [item for array in arrays for item in (ctypes.c_uint64(len(array)), array)]
    library = mesh._wrapper
    library.checkError(mesh, getattr(library.lib, f"lib3mf_meshobject_{deed}")(mesh._handle, *counted))


def _structures(kind: Any, rows: npt.NDArray[Any]) -> Any:
    """Rows of an array as a ctypes array of lib3mf's structures, by one copy."""
    if ctypes.sizeof(kind) != rows.dtype.itemsize * rows.shape[1]:
        raise ValueError(f"{kind.__name__} is not laid out as expected")
    return (kind * len(rows)).from_buffer_copy(np.ascontiguousarray(rows))


def _written(lib3mf: Any, model: Any) -> bytes:
    """The archive's bytes, straight from lib3mf's buffer (its Python face would make a list of integers)."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "figure.3mf"
        writer = model.QueryWriter("3mf")
        writer.SetDecimalPrecision(6)
        writer.WriteToFile(str(path))
        return path.read_bytes()


def _rewrite(package: bytes, path: Path, tables: Mapping[str, bytes], shades: Sequence[Shade]) -> None:
    """The archive with fixed dates, no random identifiers, and what slicers want beside and in the model."""
    with (
        zipfile.ZipFile(io.BytesIO(package)) as source,
        zipfile.ZipFile(path, "w") as target,
    ):
        for info in sorted(source.infolist(), key=lambda i: (i.filename.endswith(".model"), i.filename)):
            data = source.read(info)
            if info.filename.endswith(".model"):
                data = painted_model(_with_fixed_names(data), shades)
            if info.filename == "[Content_Types].xml" and b'Extension="config"' not in data:
                data = data.replace(
                    b"</Types>", b'<Default Extension="config" ContentType="text/xml"/></Types>'
                )
            _add(target, info.filename, data)
        for name, table in tables.items():
            _add(target, name, table)


def _add(target: zipfile.ZipFile, name: str, data: bytes) -> None:
    """A file with a fixed date, packed quickly: a quarter larger than at the usual level, in a third of its
    time. (The archive's own level would not hold for a ``ZipInfo``.)"""
    target.writestr(zipfile.ZipInfo(name, WHEN), data, zipfile.ZIP_DEFLATED, compresslevel=1)


def _with_fixed_names(model: bytes) -> bytes:
    """The model with its random UUIDs replaced by ones that follow from its place in the file."""
    count = itertools.count(1)

    def fixed(_found: re.Match[bytes]) -> bytes:
        return b'p:UUID="' + str(uuid.uuid5(uuid.NAMESPACE_URL, f"fabricate:{next(count)}")).encode() + b'"'

    return re.sub(rb'p:UUID="[0-9a-fA-F-]+"', fixed, model)


def _write_plain(things: Sequence[Thing], path: Path) -> None:
    import trimesh as tm

    scene = tm.Scene()
    for thing in things:
        for name, part in thing.parts.items():
            placed = part.copy()
            placed.apply_translation(thing.at)
            scene.add_geometry(placed, geom_name=f"{thing.name} {name}")
    exported: Any = scene
    path.write_bytes(exported.export(file_type="3mf"))
