"""Files for printers and viewers, each read back before it counts: STL, 3MF and GLB of a figure in mm."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.colour import colour_of, paint
from fabricate.solid.glb import write_viewer
from fabricate.solid.palette import Filament, Palette, filaments_for
from fabricate.solid.scale import box_of
from fabricate.solid.threemf import Painted, Thing, extruders_for, write_3mf
from fabricate.solid.threemf_read import read_3mf
from fabricate.solid.topology import weld

if TYPE_CHECKING:
    import trimesh

__all__ = [
    "in_filaments",
    "plain_name",
    "read_stl",
    "side_by_side",
    "write_accessories",
    "write_colour_stls",
    "write_figure_3mf",
    "write_painted_3mf",
    "write_stl",
    "write_verified",
    "write_viewer",
]

FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
GAP_MM = 6.0
OFF_MM = 2e-4
"""What the six decimals of 3MF's text may move a point by."""


def write_stl(mesh: trimesh.Trimesh, path: Path, title: str = "") -> trimesh.Trimesh:
    """A mesh in mm as binary STL; the mesh that a reader gets back from it, points welded.

    The header says ``fabricate``, the unit and the title. Raises MeshError when the file does not hold the
    triangles that were written.
    """
    corners = np.asarray(mesh.vertices, np.float32)[np.asarray(mesh.faces)]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.sqrt(np.einsum("ij,ij->i", normals, normals))
    facets = np.zeros(len(corners), FACET)
    facets["normal"] = normals / np.maximum(length, 1e-30)[:, None]
    facets["corners"] = corners
    plain = title.encode("ascii", "replace").decode()
    header = f"fabricate unit=mm {plain}".encode()[:80].ljust(80)
    with path.open("wb") as file:
        file.write(header + len(facets).to_bytes(4, "little"))
        file.write(facets.tobytes())
    back = _facets(path)
    if not np.array_equal(back, corners):
        raise MeshError(f"{path.name} does not hold what was written", "check the disk and run again")
    used = np.zeros(len(mesh.vertices), bool)
    used[mesh.faces] = True
    # the same points as the file's corners have, a sixth as many to sort
    return _joined(mesh) if used.all() else _welded(back)


def read_stl(path: Path) -> trimesh.Trimesh:
    """A binary STL as a mesh with points at one place joined; MeshError when it is cut off."""
    return _welded(_facets(path))


def _facets(path: Path) -> npt.NDArray[np.float32]:
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    if len(data) < 84 or len(data) != 84 + count * FACET.itemsize:
        raise MeshError(f"{path} is cut off", "make it again")
    return np.ascontiguousarray(np.frombuffer(data, FACET, count, 84)["corners"])


def _welded(corners: npt.NDArray[np.float32]) -> trimesh.Trimesh:
    import trimesh as tm

    loose = tm.Trimesh(
        corners.reshape(-1, 3), np.arange(3 * len(corners)).reshape(-1, 3), process=False, validate=False
    )
    return _joined(loose)


def _joined(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    import trimesh as tm

    vertices, faces, _ = weld(mesh)
    return tm.Trimesh(vertices.astype(np.float64), faces, process=False)


def write_figure_3mf(
    parts: Mapping[str, trimesh.Trimesh],
    path: Path,
    *,
    colours: int,
    bed_mm: tuple[float, float, float],
    title: str = "",
    thumbnail: bytes | None = None,
    palette: Palette | None = None,
) -> dict[str, int]:
    """A figure as 3MF in the middle of the bed, at most ``colours`` extruders; part -> its extruder.

    With a ``palette`` each part has its filament's colour in the file. Raises MeshError when reading it back
    does not give the same parts.
    """
    if palette is not None:
        parts = in_filaments(parts, filaments_for(parts, palette, colours))
    extruders = extruders_for(parts, colours)
    thing = Thing(title or "figure", parts, (bed_mm[0] / 2, bed_mm[1] / 2, 0.0))
    write_verified([thing], path, extruders=extruders, title=title, thumbnail=thumbnail)
    return extruders


def in_filaments(
    parts: Mapping[str, trimesh.Trimesh], filaments: Mapping[str, Filament]
) -> dict[str, trimesh.Trimesh]:
    """Copies of parts in the colours of their filaments."""
    return {name: paint(part.copy(), filaments[name].hex.lower()) for name, part in parts.items()}


def write_painted_3mf(
    mesh: trimesh.Trimesh,
    painted: Painted,
    path: Path,
    *,
    bed_mm: tuple[float, float, float],
    title: str = "",
    thumbnail: bytes | None = None,
) -> None:
    """One mesh whose triangles are painted, in the middle of the bed, for slicers that print colours.

    Raises MeshError when reading it back does not give the same triangles in the same colours.
    """
    name = title or "figure"
    thing = Thing(name, {name: mesh}, (bed_mm[0] / 2, bed_mm[1] / 2, 0.0), {name: painted})
    write_verified([thing], path, extruders={}, title=title, thumbnail=thumbnail)


def write_colour_stls(
    parts: Mapping[str, trimesh.Trimesh], folder: Path, filaments: Mapping[str, Filament] | None = None
) -> dict[str, Path]:
    """``colours/1-name.stl`` ...: one file a colour, all in one frame, for slicers that merge STLs.

    ``filaments`` (part -> filament) joins the parts of a filament and names the files; else every colour is
    a file, named after its largest part. Largest first; name in the file -> its path.
    """
    groups: dict[str, list[str]] = {}
    for name, part in parts.items():
        groups.setdefault(filaments[name].name if filaments else colour_of(part), []).append(name)
    area = {name: float(part.area) for name, part in parts.items()}
    order = sorted(groups, key=lambda key: (-sum(area[name] for name in groups[key]), key))
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for number, key in enumerate(order, 1):
        largest = max(groups[key], key=lambda name: (area[name], name))
        label = plain_name(key if filaments else largest)
        bodies = [to_manifold(parts[name], name) for name in groups[key]]
        path = folder / f"{number}-{label}.stl"
        write_stl(from_manifold(unite(bodies)), path, label)
        written[key if filaments else largest] = path
    return written


def plain_name(name: str) -> str:
    """A name as part of a file's name: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "part"


def write_accessories(
    accessories: Mapping[str, Mapping[str, trimesh.Trimesh]],
    path: Path,
    *,
    colours: int,
    title: str = "",
    palette: Palette | None = None,
) -> None:
    """Accessories as 3MF, one object each, standing side by side on the plate."""
    if palette is not None:
        every = {f"{name}/{part}": mesh for name, own in accessories.items() for part, mesh in own.items()}
        spools = filaments_for(every, palette, colours)
        accessories = {
            name: in_filaments(own, {part: spools[f"{name}/{part}"] for part in own})
            for name, own in accessories.items()
        }
    every = {f"{name} {part}": mesh for name, own in accessories.items() for part, mesh in own.items()}
    extruders = extruders_for(every, colours)
    things = [
        Thing(thing.name, {f"{thing.name} {part}": mesh for part, mesh in thing.parts.items()}, thing.at)
        for thing in side_by_side(accessories)
    ]
    write_verified(things, path, extruders=extruders, title=title)


def side_by_side(accessories: Mapping[str, Mapping[str, trimesh.Trimesh]]) -> list[Thing]:
    """Accessories in a row along x, each standing on the plate, its left and front at the gap."""
    things = []
    left = GAP_MM
    for name, parts in accessories.items():
        low, high = box_of(parts)
        things.append(Thing(name, parts, (left - low[0], GAP_MM - low[1], -low[2])))
        left += float(high[0] - low[0]) + GAP_MM
    return things


def write_verified(
    things: Sequence[Thing],
    path: Path,
    *,
    extruders: Mapping[str, int],
    title: str,
    thumbnail: bytes | None = None,
) -> None:
    """Things as 3MF, read back where lib3mf is there; MeshError when the file does not hold them."""
    write_3mf(things, path, extruders=extruders, title=title, designer="fabricate", thumbnail=thumbnail)
    try:
        import lib3mf  # noqa: F401
    except (ImportError, OSError):
        return
    back = read_3mf(path)
    same = len(back) == len(things) and all(
        list(b.parts) == list(a.parts)
        and all(_alike(b.parts[name], part) for name, part in a.parts.items())
        and all(_painted_alike(b.painted.get(name), own) for name, own in a.painted.items())
        for a, b in zip(things, back, strict=True)
    )
    if not same:
        raise MeshError(f"{path.name} does not hold what was written", "check the disk and run again")


def _alike(back: trimesh.Trimesh, part: trimesh.Trimesh) -> bool:
    """The same triangles in the same order, to the six decimals that 3MF text carries."""
    if len(back.faces) != len(part.faces):
        return False
    off = back.vertices.astype(np.float32)[back.faces] - part.vertices.astype(np.float32)[part.faces]
    return bool(np.isfinite(off).all() and np.abs(off, out=off).max(initial=0.0) <= OFF_MM)


def _painted_alike(back: Painted | None, own: Painted) -> bool:
    """The same colour on every triangle."""
    if len(np.unique(own.index)) < 2:
        return back is None
    if back is None:
        return False
    if not np.array_equal(_inked(back, back.colours), _inked(own, own.colours)):
        return False
    return bool(np.array_equal(_inked(back, back.extruders), _inked(own, own.extruders)))


def _inked(painted: Painted, values: Sequence[Any]) -> npt.NDArray[Any]:
    return np.asarray(np.array(values)[painted.index])
