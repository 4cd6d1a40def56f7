"""A 3MF's meshes with their colours: colour groups and base materials, as the standard's materials say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.threemf_read import MOST_DEEP, _geometry, _items, _matrix

if TYPE_CHECKING:
    import trimesh

__all__ = ["coloured_meshes_of"]


def coloured_meshes_of(data: bytes) -> tuple[list[trimesh.Trimesh], str]:
    """``meshes_of`` with vertex colours; a mesh of several colours has points of its own for each face.

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
            for mesh in _placed(
                lib3mf, model, item.GetObjectResource(), _matrix(item.GetObjectTransform()), 0
            )
        ]
    except lib3mf.ELib3MFException as exc:
        raise MeshError(f"no sound 3MF: {str(exc).splitlines()[0][:120]}", "export it again") from exc
    return found, unit


def _placed(
    lib3mf: Any, model: Any, thing: Any, matrix: npt.NDArray[np.float64], depth: int
) -> Iterator[trimesh.Trimesh]:
    if depth > MOST_DEEP:
        raise MeshError("no sound 3MF: its components hold one another", "export it again")
    if thing.IsMeshObject():
        points, faces = _geometry(lib3mf, thing)
        if len(faces):
            yield _painted(lib3mf, model, thing, points @ matrix[:3] + matrix[3], faces.astype(np.int64))
    elif thing.IsComponentsObject():
        for i in range(thing.GetComponentCount()):
            part = thing.GetComponent(i)
            inner = _matrix(part.GetTransform())
            inner = np.concatenate([inner[:3] @ matrix[:3], inner[3:] @ matrix[:3] + matrix[3]])
            yield from _placed(lib3mf, model, part.GetObjectResource(), inner, depth + 1)


def _painted(
    lib3mf: Any, model: Any, thing: Any, points: npt.NDArray[np.float64], faces: npt.NDArray[np.int64]
) -> trimesh.Trimesh:
    import trimesh as tm

    rows = _corner_colours(lib3mf, model, thing, len(faces))
    if rows is None:
        return tm.Trimesh(points, faces, process=False)
    if (rows == rows[0, 0]).all():
        made = tm.Trimesh(points, faces, process=False)
        made.visual = tm.visual.ColorVisuals(vertex_colors=np.tile(rows[0, 0], (len(points), 1)))
        return made
    # corners of one place and one colour are one vertex: joined again where colours do not differ
    flat = faces.reshape(-1)
    packed = rows.reshape(-1, 4).view(np.uint32).reshape(-1)
    key = flat * (np.int64(1) << 32) + packed
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    made = tm.Trimesh(points[flat[first]], place.reshape(-1, 3), process=False)
    made.visual = tm.visual.ColorVisuals(vertex_colors=rows.reshape(-1, 4)[first])
    return made


def _corner_colours(lib3mf: Any, model: Any, thing: Any, count: int) -> npt.NDArray[np.uint8] | None:
    """The colour of each face's corners (count, 3, 4), or None when the mesh has none."""
    tables: dict[int, dict[int, tuple[int, int, int, int]]] = {}
    rows = np.full((count, 3, 4), 255, np.uint8)
    plain = True
    for i, about in enumerate(thing.GetAllTriangleProperties()):
        resource = int(about.ResourceID)
        if not resource:
            rows[i, :, :3] = (185, 180, 172)
            continue
        if resource not in tables:
            tables[resource] = _table(model, lib3mf, resource)
        table = tables[resource]
        for corner in range(3):
            colour = table.get(int(about.PropertyIDs[corner]))
            if colour:
                rows[i, corner], plain = colour, False
    return None if plain else rows


def _table(model: Any, lib3mf: Any, resource: int) -> dict[int, tuple[int, int, int, int]]:
    """Property number -> RGBA of a colour group or of base materials; empty for anything else."""
    found = {}
    try:
        group = model.GetColorGroupByID(resource)
        for number in group.GetAllPropertyIDs():
            c = group.GetColor(number)
            found[int(number)] = (c.Red, c.Green, c.Blue, 255)
    except lib3mf.ELib3MFException:
        try:
            materials = model.GetBaseMaterialGroupByID(resource)
            for number in materials.GetAllPropertyIDs():
                c = materials.GetDisplayColor(number)
                found[int(number)] = (c.Red, c.Green, c.Blue, 255)
        except lib3mf.ELib3MFException:
            return {}
    return found
