"""``fabricate bench prepare DIR``: every mesh of a folder made solid, by us and by what else is installed.

Each mesh and each way runs in a process of its own, with a time limit; the worker's peak memory is read from
the system. *Solid*: closed, two faces at every edge as a file holds it, facing outwards, accepted by
manifold3d. *Clean*: solid, the volume within 5 % of the reference, what is seen of the input on average
within 0.3 % of the diagonal of the output, the output within 1 % of the input, under 1 % of it overlapping.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.errors import FabricateError, MeshError
from fabricate.events import Progress, silent

if TYPE_CHECKING:
    import trimesh

__all__ = ["WAYS", "Row", "at_height", "late", "measure_prepare", "meshes_in", "to_markdown", "worked"]

LIMIT_S = 300
HEIGHT_MM, FEATURE_MM = 90.0, 0.8
THERE, BACK, VOLUME, OVERLAP = 0.003, 0.01, 0.05, 0.01
SAMPLES = 10_000
OURS = "fabricate"


@dataclass(frozen=True)
class Row:
    """One mesh mended one way: distances as shares of the diagonal, seconds of work (libraries imported),
    peak memory in MB; ``refused`` says why there is no result."""

    name: str
    way: str
    solid: bool = False
    clean: bool = False
    there: float = 1.0
    back: float = 1.0
    volume: float = 1.0
    seconds: float = 0.0
    peak_mb: float = 0.0
    bodies: int = 0
    refused: str = ""


def _fabricate(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    from fabricate.solid.clean import cleaned

    return cleaned(mesh, height_mm=HEIGHT_MM, feature_mm=FEATURE_MM).mesh


def _trimesh(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    from trimesh import repair as untyped

    repair: Any = untyped
    mesh.process(validate=True)
    mesh.merge_vertices()
    repair.fill_holes(mesh)
    repair.fix_normals(mesh)
    return mesh


def _manifold3d(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    from fabricate.solid.boolean import from_manifold, to_manifold, unite

    return from_manifold(unite(to_manifold(mesh).decompose()))


def _admesh(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    import trimesh as tm

    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder) / "a.stl", Path(folder) / "b.stl"
        mesh.export(before)
        subprocess.run(
            ["admesh", f"--write-binary-stl={after}", str(before)], capture_output=True, check=True
        )
        made: trimesh.Trimesh = tm.load_mesh(after)
        return made


def _pymeshfix(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    import numpy as np
    import trimesh as tm

    tool: Any = importlib.import_module("pymeshfix")
    points, faces = tool.clean_from_arrays(np.array(mesh.vertices, float), np.array(mesh.faces, np.int32))
    return tm.Trimesh(points, faces, process=False)


WAYS: dict[str, Callable[[trimesh.Trimesh], trimesh.Trimesh]] = {
    OURS: _fabricate,
    "trimesh": _trimesh,
    "manifold3d": _manifold3d,
    "admesh": _admesh,
    "pymeshfix": _pymeshfix,
}
"""How a mesh in mm is made solid, ours first; the others are run where they are installed."""


def installed() -> list[str]:
    """The ways that this machine has."""
    missing = {"admesh"} if shutil.which("admesh") is None else set()
    if importlib.util.find_spec("pymeshfix") is None:
        missing.add("pymeshfix")
    return [way for way in WAYS if way not in missing]


def measure_prepare(folder: Path, progress: Progress | None = None) -> list[Row]:
    """Every mesh file of a folder, each by every way installed; FabricateError when there is none."""
    progress = progress or silent()
    files = meshes_in(folder)
    ways = installed()
    rows = []
    for i, path in enumerate(files):
        for j, way in enumerate(ways):
            progress.step(f"{path.name}: {way}", (i * len(ways) + j) / (len(files) * len(ways)))
            rows.append(_apart(path, way))
    return rows


def meshes_in(folder: Path) -> list[Path]:
    """Every mesh file of a folder; FabricateError when there is none."""
    from fabricate.solid.read import FORMATS

    files = sorted(path for path in folder.glob("*") if path.suffix.lower() in FORMATS)
    if not files:
        raise FabricateError(
            f"{folder} holds no mesh files", "give a folder of STL, OBJ, PLY, GLB or 3MF files"
        )
    return files


def _apart(path: Path, way: str) -> Row:
    """One mesh, one way, in a process of its own."""
    return Row(path.name, way, **worked("fabricate.corpus_bench", str(path), way))


def worked(module: str, *words: str) -> dict[str, Any]:
    """What a module, run as a program on one core within ``LIMIT_S``, prints as JSON; else ``refused`` says
    why it printed nothing."""
    argv = [sys.executable, "-m", module, *words]
    surroundings = os.environ | {"OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=LIMIT_S, env=surroundings
        )
    except subprocess.TimeoutExpired:
        return {"refused": f"took more than {LIMIT_S} s", "seconds": LIMIT_S}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1]
        return {"refused": last[:120]}
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def at_height(path: Path) -> trimesh.Trimesh:
    """A file's mesh, upright and ``HEIGHT_MM`` tall. Raises MeshError for what cannot be read."""
    from fabricate.solid.read import read_mesh
    from fabricate.solid.scale import fit_height

    mesh = read_mesh(path).mesh
    return fit_height(mesh, HEIGHT_MM).apply(mesh)


def _measured(path: Path, way: str) -> dict[str, Any]:
    """What a worker measures, as JSON-ready fields of a ``Row``."""
    for library in ("manifold3d", "scipy.spatial", "scipy.ndimage", "scipy.sparse.csgraph", "trimesh"):
        importlib.import_module(library)
    mesh = at_height(path)
    begin = time.process_time()
    try:
        made = WAYS[way](mesh.copy())
    except (MeshError, subprocess.CalledProcessError, ValueError, RuntimeError, IndexError) as exc:
        spent = {"seconds": time.process_time() - begin, "peak_mb": _peak_mb()}
        return spent | {"refused": (str(exc).splitlines() or [type(exc).__name__])[0][:120]}
    spent = {"seconds": time.process_time() - begin, "peak_mb": _peak_mb()}
    return spent | _judged(mesh, made)


def _peak_mb() -> float:
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def _judged(mesh: trimesh.Trimesh, made: trimesh.Trimesh) -> dict[str, Any]:
    import numpy as np

    from fabricate.solid.closeness import Surface, seen, spread
    from fabricate.solid.topology import census
    from fabricate.solid.verdict import is_solid
    from fabricate.solid.winding import measure_winding

    if not len(made.faces):
        return {"refused": "nothing is left"}
    before, after = np.asarray(mesh.triangles, np.float64), np.asarray(made.triangles, np.float64)
    diagonal = float(np.linalg.norm(np.ptp(before.reshape(-1, 3), axis=0)))
    points, face = spread(before, SAMPLES, seed=11)
    visible = seen(before, points, face)
    points = points[visible] if visible.any() else points
    own, _ = spread(after, SAMPLES, seed=12)
    there = float(Surface(after, 200_000).nearest(points).distance.mean()) / diagonal
    back = float(Surface(before, 200_000).nearest(own).distance.mean()) / diagonal
    reference = _reference(before)
    volume = abs(float(made.volume) - reference) / reference if reference else 1.0
    solid = is_solid(made)
    overlap = measure_winding(after).overlapping
    close = there <= THERE and back <= BACK and volume <= VOLUME and overlap < OVERLAP
    return {
        "solid": solid,
        "clean": solid and close,
        "there": there,
        "back": back,
        "volume": volume,
        "bodies": len(census(made).volumes),
    }


def _reference(corners: Any) -> float:
    """The volume to hold a result against: where most of six rays along the axes wind out of the input, on
    100 x 100 lines a view; that is exact where the input is closed and faces outwards."""
    from fabricate.solid.lattice import lattice_for, voted_volume
    from fabricate.solid.winding import measure_winding

    winding = measure_winding(corners, 200)
    if winding.adrift < 0.005 and winding.negative < 0.01 * winding.inside:
        return winding.inside
    return voted_volume(corners, lattice_for(corners, float(corners.max() - corners.min()) / 250))


def late(seconds: Sequence[float]) -> float:
    """The time that nine of ten stay within."""
    ordered = sorted(seconds)
    return ordered[min(int(0.9 * len(ordered)), len(ordered) - 1)]


def to_markdown(rows: Sequence[Row]) -> str:
    """Two tables: the ways side by side, and what fabricate made of each mesh."""
    ways = list(dict.fromkeys(row.way for row in rows))
    lines = [
        "| way | solid | clean | s median | s p90 | peak MB |",
        "|---|---|---|---|---|---|",
    ]
    for way in ways:
        own = [row for row in rows if row.way == way]
        seconds = [row.seconds for row in own]
        peak = max(row.peak_mb for row in own)
        share = [
            f"{sum(hits) / len(own):.0%}" for hits in zip(*((r.solid, r.clean) for r in own), strict=True)
        ]
        times = f"{statistics.median(seconds):.2f} | {late(seconds):.2f}"
        lines.append(f"| {way} | {share[0]} | {share[1]} | {times} | {peak:.0f} |")
    lines += ["", "| mesh | solid | clean | there % | back % | volume % | bodies | s | MB |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        if row.way != OURS:
            continue
        if row.refused:
            lines.append(f"| {row.name} | refused: {row.refused} | | | | | | {row.seconds:.1f} | |")
            continue
        numbers = f"{row.there * 100:.3f} | {row.back * 100:.3f} | {row.volume * 100:.1f} | {row.bodies}"
        words = f"{'yes' if row.solid else 'NO'} | {'yes' if row.clean else 'NO'}"
        lines.append(f"| {row.name} | {words} | {numbers} | {row.seconds:.1f} | {row.peak_mb:.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(Path(sys.argv[1]), sys.argv[2])))
