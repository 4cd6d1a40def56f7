"""From a mesh coloured point by point to a few filaments: which face has which, smooth and wide enough.

A learned lift or a scan has thousands of colours and its light baked in: they are gathered into a few, each
gets the filament that looks nearest, and each face one of those (``region_borders``); the solid is cut along
the borders between them (``region_volumes``).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.solid.boolean import to_manifold
from fabricate.solid.colour import hex_of, lab_of, paint, vertex_rgba
from fabricate.solid.difference import ciede2000
from fabricate.solid.palette import Filament, Palette, chosen, palette_of
from fabricate.solid.region_borders import smoothed
from fabricate.solid.region_volumes import split_by_label
from fabricate.solid.threemf_tables import Painted
from fabricate.solid.topology import weld

if TYPE_CHECKING:
    import trimesh

__all__ = ["Regions", "coloured_regions"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
BIN = 4.0
"""Colours within so much L*a*b* are one while filaments are chosen."""
LIT = 2.0
"""Lightness counts half: the light that a scan has baked in is no colour of the thing."""
ALIKE = 12.0
"""Without a palette, colours closer than this in L*a*b* are one filament's."""
NAMES = "basic-24"


@dataclass(frozen=True)
class Regions:
    """A mesh in few filaments.

    ``parts``: filament's name -> closed part in its colour; they abut and fill the solid. Empty when the mesh
    is no solid: then ``mesh`` with its ``painted`` triangles is what a 3MF can hold (``write_painted_3mf``).
    ``filaments``: the same names, the first is the one inside. ``error``: the mean difference (CIEDE2000)
    between what the mesh shows and its filaments.
    """

    parts: dict[str, trimesh.Trimesh]
    mesh: trimesh.Trimesh
    painted: Painted
    filaments: dict[str, Filament]
    error: float
    notes: tuple[str, ...]


def coloured_regions(
    mesh: trimesh.Trimesh,
    most: int,
    palette: Palette | None = None,
    *,
    line_mm: float = 0.8,
    depth_mm: float = 1.2,
    keep: Iterable[str] = (),
) -> Regions:
    """A mesh with vertex colours, in mm, as at most ``most`` filaments; ``keep``: colours to be true to.

    Regions narrower than ``line_mm`` join their neighbours; each goes ``depth_mm`` into the solid, whose
    inside is the commonest filament's. The same mesh gives the same regions.
    """
    fine = _fine(mesh, 1.25 * line_mm)
    faces = np.asarray(fine.faces, np.int64)
    rgb = vertex_rgba(fine)[:, :3].astype(np.float64)[faces].mean(axis=1)
    area = np.asarray(fine.area_faces, np.float64)
    shades, kind = _binned(rgb, area)
    weights = dict(zip(shades, np.bincount(kind, area, minlength=len(shades)).tolist(), strict=True))
    middles = _clusters(weights, most, keep)
    apart = ciede2000(lab_of(shades)[:, None], lab_of(middles)[None], LIT)
    cost = np.minimum(apart / 10.0, 4.0)[kind]
    group = np.bincount(np.asarray(apart.argmin(axis=1))[kind], area, minlength=len(middles))
    each = _filaments(dict(zip(middles, group.tolist(), strict=True)), palette, most, keep)
    filaments = list(dict.fromkeys(each))
    if len(filaments) < len(middles):  # two groups of one filament have no border
        cost = np.stack(
            [cost[:, [f == filament for f in each]].min(axis=1) for filament in filaments], axis=1
        )
    label = smoothed(fine, cost, area, line_mm) if len(filaments) > 1 else np.zeros(len(faces), np.int64)
    order = np.argsort(-np.bincount(label, area, minlength=len(filaments)), kind="stable")
    order = order[np.isin(order, label)]
    place = np.zeros(len(filaments), np.int64)
    place[order] = np.arange(len(order))
    label, own = place[label], [filaments[i] for i in order]
    shown = ciede2000(lab_of(shades)[:, None], lab_of([f.hex.lower() for f in own])[None])
    error = float((shown[kind, label] * area).sum() / max(area.sum(), 1e-30))
    parts, notes = _parts(fine, label, own, line_mm, depth_mm)
    painted = Painted(label, tuple(f.hex.lower() for f in own), tuple(range(1, len(own) + 1)))
    names = ", ".join(f.name for f in own)
    plural = "s" if len(own) > 1 else ""
    notes = (f"{len(own)} filament{plural}: {names}; colours are off by {error:.0f} (1 is just seen)", *notes)
    return Regions(parts, fine, painted, {f.name: f for f in own}, error, notes)


def _parts(
    mesh: trimesh.Trimesh, label: Ints, own: list[Filament], line_mm: float, depth_mm: float
) -> tuple[dict[str, trimesh.Trimesh], tuple[str, ...]]:
    if len(own) == 1:
        return {own[0].name: paint(mesh.copy(), own[0].hex.lower())}, ()
    try:
        bodies = split_by_label(mesh, label, len(own), line_mm=line_mm, depth_mm=depth_mm)
    except MeshError as exc:
        return {}, (f"painted, not cut into parts: {exc.message}",)
    found = {
        own[i].name: paint(body, own[i].hex.lower()) for i, body in enumerate(bodies) if body is not None
    }
    return found, ()


def _fine(mesh: trimesh.Trimesh, longest_mm: float) -> trimesh.Trimesh:
    """The mesh welded, its colours at its points, with long edges divided where it is a solid."""
    import trimesh as tm

    vertices, faces, kept = weld(mesh)
    corner = vertex_rgba(mesh)[:, :3].astype(np.float64)[np.asarray(mesh.faces)[kept]].reshape(-1, 3)
    at = faces.reshape(-1)
    count = np.maximum(np.bincount(at, minlength=len(vertices)), 1)
    rgb = np.stack([np.bincount(at, corner[:, k], minlength=len(vertices)) / count for k in range(3)], axis=1)
    plain = tm.Trimesh(vertices.astype(np.float64), faces, process=False)
    if plain.edges_unique_length.max() > 2 * longest_mm:
        with contextlib.suppress(MeshError):  # what is no solid is painted as it is
            vertices, faces, rgb = _divided(plain, rgb, longest_mm)
    fine = tm.Trimesh(vertices.astype(np.float64), faces, process=False)
    rows = np.full((len(vertices), 4), 255, np.uint8)
    rows[:, :3] = np.clip(np.rint(rgb), 0, 255)
    fine.visual = tm.visual.ColorVisuals(vertex_colors=rows)
    return fine


def _divided(mesh: trimesh.Trimesh, rgb: Floats, longest_mm: float) -> tuple[Any, Ints, Floats]:
    """Points, faces and colours with no edge longer than asked; MeshError for no solid."""
    import manifold3d as m3

    to_manifold(mesh)
    rows = np.concatenate([np.asarray(mesh.vertices), rgb], axis=1).astype(np.float32)
    solid = m3.Manifold(m3.Mesh(np.ascontiguousarray(rows), np.ascontiguousarray(mesh.faces, np.uint32)))
    # as many pieces as a large figure needs, no more
    most = max(longest_mm, float(np.sqrt(mesh.area / 150_000)))
    raw = solid.refine_to_length(most).to_mesh()
    rows = np.asarray(raw.vert_properties, np.float64)
    faces = np.asarray(raw.tri_verts, np.int64)
    if len(raw.merge_from_vert):
        place = np.arange(len(rows))
        place[raw.merge_from_vert] = raw.merge_to_vert
        faces = place[faces]
    return rows[:, :3].astype(np.float32), faces, np.asarray(rows[:, 3:6], np.float64)


def _binned(rgb: Floats, area: Floats) -> tuple[list[str], Ints]:
    """Few colours that stand for all, and each face's."""
    whole = np.clip(np.rint(rgb), 0, 255).astype(np.int64)
    packed = whole[:, 0] << 16 | whole[:, 1] << 8 | whole[:, 2]
    exact, back = np.unique(packed, return_inverse=True)
    lab = lab_of([f"#{int(value):06x}" for value in exact])
    _, kind = np.unique(np.rint(lab / BIN).astype(np.int64), axis=0, return_inverse=True)
    kind = np.asarray(kind).reshape(-1)[back.reshape(-1)]
    total = np.maximum(np.bincount(kind, area), 1e-30)
    mean = np.stack([np.bincount(kind, area * rgb[:, k]) / total for k in range(3)], axis=1)
    shades = [hex_of(row) for row in np.clip(np.rint(mean), 0, 255).astype(int)]
    names = list(dict.fromkeys(shades))
    number = {name: i for i, name in enumerate(names)}
    return names, np.array([number[shade] for shade in shades], np.int64)[kind]


def _filaments(
    weights: dict[str, float], palette: Palette | None, most: int, keep: Iterable[str]
) -> list[Filament]:
    """A filament for each colour, in the order of ``weights``: of the palette, else named and made up."""
    if palette is not None:
        found = chosen(weights, palette, most, keep=[k for k in keep if k in weights])
        return [found.stands[colour] for colour in weights]
    named = palette_of(NAMES).filaments
    spots = lab_of([f.hex for f in named])
    out: list[Filament] = []
    for middle in weights:
        nearest = named[int(ciede2000(lab_of([middle]), spots).argmin())].name
        taken = sum(f.name.split(" (")[0] == nearest for f in out)
        out.append(Filament(name=f"{nearest} ({taken + 1})" if taken else nearest, hex=middle))
    return out


def _clusters(weights: dict[str, float], most: int, keep: Iterable[str]) -> list[str]:
    """At most ``most`` colours for all: k-means in L*a*b*, begun at the farthest ones; ``keep`` stay."""
    shades = sorted(weights, key=lambda c: (-weights[c], c))
    spots, heavy = lab_of(shades) * (1 / LIT, 1.0, 1.0), np.array([weights[c] for c in shades])
    held = [k.lower() for k in keep][:most]
    fixed = lab_of(held) * (1 / LIT, 1.0, 1.0)
    middles = fixed if held else spots[:1]
    near = np.linalg.norm(spots[:, None] - middles[None], axis=2).min(axis=1)
    while len(middles) < most:
        far = int((near**2 * heavy).argmax())
        if near[far] < ALIKE:
            break
        middles = np.concatenate([middles, spots[far : far + 1]])
        near = np.minimum(near, np.linalg.norm(spots - spots[far], axis=1))
    for _ in range(30):
        group = ((spots[:, None] - middles[None]) ** 2).sum(axis=2).argmin(axis=1)
        total = np.bincount(group, heavy, minlength=len(middles))
        moved = np.stack(
            [np.bincount(group, heavy * spots[:, k], minlength=len(middles)) for k in range(3)], axis=1
        )
        fresh = np.where(total[:, None] > 0, moved / np.maximum(total, 1e-30)[:, None], middles)
        fresh[: len(held)] = fixed
        if np.allclose(fresh, middles, atol=1e-3):
            break
        middles = fresh
    middles[len(held) :, 0] = [
        _lit(spots[group == i, 0], heavy[group == i], float(middles[i, 0]))
        for i in range(len(held), len(middles))
    ]
    # the shade that is there and lies nearest to each middle
    free = middles[len(held) :]
    return list(dict.fromkeys([*held, *(shades[int(((spots - m) ** 2).sum(axis=1).argmin())] for m in free)]))


def _lit(light: Floats, heavy: Floats, otherwise: float) -> float:
    """The lightness that a group has where light falls on it: three quarters of it are darker."""
    if not len(light):
        return otherwise
    order = np.argsort(light)
    running = np.cumsum(heavy[order])
    return float(light[order][min(int(np.searchsorted(running, 0.75 * running[-1])), len(light) - 1)])
