"""Any mesh in, one sound solid out, as like the mesh as can be; or a MeshError that says why not.

The gentlest means that works wins. A sound mesh is handed back untouched. Else its closed parts are united;
else cracks are welded, faces turned, holes capped, and the parts united; else it is sculpted anew from a
lattice a quarter of the smallest printable feature wide, as it is, inside out, or as a bare shell. What each
gives is compared with what came in, and what is unlike it is put aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.errors import MeshError
from fabricate.events import Progress, silent
from fabricate.solid.adjacency import pieces_of
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.closeness import areas
from fabricate.solid.decimate import decimated
from fabricate.solid.holes import Mended, mended_surface
from fabricate.solid.mend import SPECK_MM3, tidy
from fabricate.solid.pigment import is_coloured, vertex_painted
from fabricate.solid.recolour import coloured_like
from fabricate.solid.remesh import PLATE, remeshed
from fabricate.solid.scale import fit_height, moved
from fabricate.solid.topology import Census, census, extent
from fabricate.solid.verdict import Original, is_sound
from fabricate.solid.winding import measure_winding

if TYPE_CHECKING:
    import manifold3d
    import trimesh

__all__ = ["Cleaned", "cleaned", "faults_of"]

Floats = npt.NDArray[np.float64]

OVERLAP = 0.002
"""Parts that overlap by more than this share of the volume are united."""
VOXELS_A_FEATURE = 4.0
ISLAND = 1.5
"""A loose piece smaller than a cube of this many features is an island: left out of what is sculpted anew."""
CRUMB = 0.001
"""So is one smaller than this share of the largest piece."""
MOST_OPEN = 0.6
"""With more of the surface than this in broken pieces, the whole is sculpted anew."""
MOST_LEFT_OUT = 0.01
"""Of the volume: where small pieces are more than this, they are what the mesh is made of, and stay."""
INVERTED = 0.5
FLAT = 1e-6
HINT = "use a mesh that encloses a volume, or give it a thickness in its own program"


@dataclass(frozen=True)
class Cleaned:
    """A sound solid in the unit of the mesh that came in, with its colours.

    ``repairs`` names each repair in plain words; it is empty when the mesh was sound, and ``mesh`` is then
    the very same object. ``voxel_mm`` is 0 unless it was sculpted anew.
    """

    mesh: trimesh.Trimesh
    repairs: tuple[str, ...] = ()
    voxel_mm: float = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """The repairs as a report tells them."""
        return tuple(f"mended: {each}" for each in self.repairs)


def cleaned(
    mesh: trimesh.Trimesh, *, height_mm: float, feature_mm: float, progress: Progress | None = None
) -> Cleaned:
    """One sound solid out of a mesh in any unit, +Z up; its size and colours kept.

    ``height_mm`` is how tall it will be printed, ``feature_mm`` the least that the process can make: they set
    how fine it is sculpted, should that be needed. Raises MeshError for what has no inside and cannot be
    given one: no faces, no area, a flat sheet, points that are not numbers.
    """
    progress = progress or silent()
    _refuse(mesh)
    factor = fit_height(mesh, height_mm).factor
    if not faults_of(mesh, factor):
        return Cleaned(mesh)
    scaled = moved(mesh, factor)
    scaled.update_faces(scaled.area_faces > 0)
    original = Original(np.asarray(scaled.triangles, np.float64))
    best = _best(scaled, original, feature_mm, progress)
    made = moved(best.mesh, 1 / factor)
    coloured_like(made, mesh if is_coloured(mesh) else vertex_painted(mesh.copy(), linear=False))
    return replace(best, mesh=made)


def _refuse(mesh: trimesh.Trimesh) -> None:
    """Raise MeshError for what nothing can be made of."""
    if not len(mesh.faces):
        raise MeshError("the mesh has no faces", HINT)
    used = np.zeros(len(mesh.vertices), bool)
    used[mesh.faces] = True
    points = np.asarray(mesh.vertices, np.float64)[used]
    if not np.isfinite(points).all():
        raise MeshError("the mesh has points that are not numbers", "export it again, as STL or GLB")
    low, high = extent(points)
    longest = float((high - low).max())
    if longest <= 0:
        raise MeshError("the mesh has no size: all its points are in one place", HINT)
    middle = (points - points.mean(axis=0)) / longest
    if not float(mesh.area) > longest**2 * 1e-9:
        raise MeshError("the mesh has no surface: none of its faces has an area", HINT)
    if np.linalg.svd(middle.T @ middle, compute_uv=False)[-1] <= FLAT**2 * len(middle):
        what = "is a single triangle" if len(mesh.faces) == 1 else "is flat: a sheet without thickness"
        raise MeshError(f"the mesh {what}", HINT)


def faults_of(mesh: trimesh.Trimesh, mm: float = 1.0) -> tuple[str, ...]:
    """What keeps a mesh from being a sound solid, in plain words; ``mm`` is what its unit measures."""
    found = census(mesh)
    faults = _faults_seen(found)
    if faults:
        return faults
    speck = SPECK_MM3 / mm**3
    if (found.volumes < 0).any():
        faults += ("surfaces inside it",) if found.volumes.sum() > 0 else ("it is inside out",)
    if len(found.volumes) > 1 and (np.abs(found.volumes) < speck).any():
        faults += ("loose specks",)
    # manifold3d is not asked: two faces at every edge, one each way, is what it takes (see the tests)
    corners = found.vertices.astype(np.float64)[found.faces]
    if not faults and measure_winding(corners).overlapping > OVERLAP:
        faults += ("parts that overlap",)
    return faults


def _faults_seen(found: Census) -> tuple[str, ...]:
    counts = {
        "open edges": found.open_edges,
        "edges with more than two faces": found.crowded_edges,
        "edges whose faces look opposite ways": found.flipped_edges,
    }
    return tuple(f"{count:,} {what}" for what, count in counts.items() if count)


def _best(mesh: trimesh.Trimesh, original: Original, feature_mm: float, progress: Progress) -> Cleaned:
    """The first attempt that is faithful, else the least unfaithful one; MeshError when none is a solid.
    Everything is in mm."""
    seen: list[tuple[float, Cleaned]] = []
    for attempt in _attempts(mesh, feature_mm, progress):
        if attempt is None:
            continue
        made = _rid_of_islands(attempt, feature_mm)
        if not is_sound(made.mesh):
            continue
        likeness = original.likeness(made.mesh)
        if likeness.faithful:
            return made
        seen.append((likeness.badness, made))
    if not seen:
        raise MeshError("no solid can be made of this mesh", HINT)
    # a later, rougher means must be clearly better
    return min(enumerate(seen), key=lambda each: each[1][0] * 1.25 ** each[0])[1][1]


def _rid_of_islands(made: Cleaned, feature_mm: float) -> Cleaned:
    """The attempt without loose pieces that are too small to be printed, or next to nothing of the whole."""
    found = census(made.mesh)
    if len(found.volumes) < 2:
        return made
    least = max((ISLAND * feature_mm) ** 3, CRUMB * float(found.volumes.max()))
    mesh, islands = _without_islands(found, least)
    if not islands or found.volumes[found.volumes < least].sum() > MOST_LEFT_OUT * found.volumes.sum():
        return made
    what = "a loose piece" if islands == 1 else f"{islands:,} loose pieces"
    said = f"{what} under {least:.2g} mm3 left out"
    return replace(made, mesh=mesh, repairs=(*made.repairs, said))


def _attempts(mesh: trimesh.Trimesh, feature_mm: float, progress: Progress) -> Iterator[Cleaned | None]:
    """What each way to mend a mesh in mm gives, the gentlest first; None where one gives nothing."""
    progress.step("mending: uniting its closed parts")
    yield _tried(lambda: _united(mesh, ()))
    progress.step("mending: cracks, faces and holes")
    surface = mended_surface(np.asarray(mesh.vertices, np.float64), np.asarray(mesh.faces, np.int64))
    voxel = feature_mm / VOXELS_A_FEATURE
    mended = _tried(lambda: _mended(surface, voxel, feature_mm))
    yield mended
    progress.step("mending: sculpting it anew")
    if mended is None or not mended.voxel_mm:
        yield _tried(lambda: _sculpted(surface, surface.corners, voxel, feature_mm))
    winding = measure_winding(surface.corners)
    if winding.negative > INVERTED * winding.inside and winding.adrift < INVERTED:
        turned = surface.corners[:, ::-1]
        yield _tried(lambda: _sculpted(surface, turned, voxel, feature_mm, "it was inside out: turned"))
    yield _tried(
        lambda: _sculpted(surface, surface.corners, voxel, feature_mm, "as a bare shell", signed=False)
    )


def _tried(way: Callable[[], Cleaned | None]) -> Cleaned | None:
    try:
        return way()
    except MeshError:
        return None


def _united(mesh: trimesh.Trimesh, said: tuple[str, ...]) -> Cleaned | None:
    """The union of a mesh's closed parts, each turned outwards; None when that is not all of it."""
    solid = to_manifold(mesh)
    pieces = solid.decompose()
    outward = _outward(pieces)
    turned = sum(piece.volume() < 0 for piece in pieces)
    whole = unite(outward)
    winding = measure_winding(np.asarray(mesh.triangles, np.float64))
    if winding.adrift < 0.01 and abs(whole.volume() - winding.inside) > 0.04 * winding.inside and not turned:
        return None
    made, more = tidy(whole)
    left = len(whole.decompose())
    if turned and whole.volume() < 1.001 * max(sum(p.volume() for p in outward if p.volume() > 0), 1e-30):
        said += ("what was inside out was turned, hollows were filled",)
    if left < len(pieces):
        said += (f"its {len(pieces)} closed parts were united",)
    return Cleaned(made, (*said, *more) or ("points at one place were joined",))


def _outward(pieces: Sequence[manifold3d.Manifold]) -> list[manifold3d.Manifold]:
    """Each piece as it is, or turned where it was inside out."""
    return [piece if piece.volume() > 0 else _reversed(piece) for piece in pieces]


def _reversed(piece: manifold3d.Manifold) -> manifold3d.Manifold:
    mesh = from_manifold(piece)
    mesh.invert()
    return to_manifold(mesh)


def _mended(surface: Mended, voxel: float, feature_mm: float) -> Cleaned | None:
    """The union of the pieces that are solids, and of what the others give when they are sculpted anew."""
    sound = _sound_pieces(surface)
    if sound.all():
        return _united(surface.mesh(surface.faces), surface.repairs)
    open_area = areas(surface.points[surface.faces[~sound]]).sum() / areas(surface.corners).sum()
    if open_area > MOST_OPEN:
        return None
    exact = to_manifold(surface.mesh(surface.faces[sound]))
    rest = Mended(surface.points, surface.faces[~sound])
    part = _sculpted(rest, rest.corners, voxel, feature_mm)
    if part is None:
        return None
    made, more = tidy(unite([*_outward(exact.decompose()), to_manifold(part.mesh)]))
    said = (
        f"{open_area:.0%} of its surface was sculpted anew, {part.voxel_mm:.2g} mm fine",
        *part.repairs[1:],
    )
    return Cleaned(made, (*surface.repairs, *said, "its closed parts were united", *more), part.voxel_mm)


def _sound_pieces(surface: Mended) -> npt.NDArray[np.bool_]:
    """Which faces belong to a piece that is a solid by itself: closed, and nowhere through itself."""
    piece, closed = pieces_of(surface.faces)
    good = closed.copy()
    order = np.argsort(piece, kind="stable")
    ends = np.searchsorted(piece[order], np.arange(len(closed) + 1))
    for i in np.flatnonzero(closed):
        faces = surface.faces[order[ends[i] : ends[i + 1]]]
        winding = measure_winding(surface.points[faces], 40)
        good[i] = winding.overlapping < 5 * OVERLAP
        if good[i]:
            try:
                to_manifold(surface.mesh(faces))
            except MeshError:
                good[i] = False
    return np.asarray(good[piece])


def _sculpted(
    surface: Mended, corners: Floats, voxel: float, feature_mm: float, how: str = "", *, signed: bool = True
) -> Cleaned | None:
    """The surface sculpted anew, islands left out, as few triangles as the bound allows."""
    made, used, thin = remeshed(corners, voxel, signed=signed)
    if not len(made.faces):
        return None
    made, _ = _without_islands(census(made), (ISLAND * feature_mm) ** 3)
    solid = to_manifold(made)
    del made  # half a million faces of it: memory
    mesh, more = tidy(decimated(solid))
    said = [*surface.repairs, f"its surface was sculpted anew, {used:.2g} mm fine"]
    said += [how] if how else []
    said += [f"sheets without thickness were made {2 * PLATE * used:.2g} mm thick"] if thin > 0.002 else []
    said += more
    return Cleaned(mesh, tuple(said), used)


def _without_islands(found: Census, least_mm3: float) -> tuple[trimesh.Trimesh, int]:
    """Only bodies of at least that volume, or the largest if there is none; hollows are filled. The second
    is how many bodies were left out."""
    keep = found.volumes >= min(least_mm3, float(found.volumes.max()))
    return found.mesh(keep), int(((found.volumes > 0) & ~keep).sum())
