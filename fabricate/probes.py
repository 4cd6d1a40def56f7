"""How ``fabricate.bench`` measures: whole programs, and deeds in a process of their own.

A program is run by ``cold``. A deed is a probe: ``run`` calls ``python -m fabricate.probes NAME``.
Each probe returns seconds (``*_s``), or sizes and counts that another probe should match. Libraries are
imported before the clock starts: start-up is measured apart.
"""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from fabricate import backends
from fabricate.errors import FabricateError
from fabricate.events import silent

if TYPE_CHECKING:
    import trimesh

    from fabricate.artifacts import Lifted, View

__all__ = ["PROBES", "Cost", "cold", "figure", "run", "timed"]

T = TypeVar("T")


def timed(deed: Callable[[], T]) -> tuple[T, float]:
    """What ``deed`` returns, and the wall seconds it took."""
    begin = time.perf_counter()
    done = deed()
    return done, time.perf_counter() - begin


def clocked(deed: Callable[[], T], name: str) -> tuple[T, dict[str, float]]:
    """What ``deed`` returns; its seconds by the wall (``name_s``) and of all processors (``name_cpu_s``)."""
    begin = time.process_time()
    done, wall = timed(deed)
    return done, {f"{name}_s": wall, f"{name}_cpu_s": time.process_time() - begin}


def _written(data: bytes, folder: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def bandwidth() -> dict[str, float]:
    """Bytes read and written each second by numpy copying 256 MB: the best of five."""
    import numpy as np

    source = np.ones(1 << 25, dtype=np.float64)
    target = np.zeros_like(source)
    best = min(timed(lambda: np.copyto(target, source))[1] for _ in range(5))
    return {"gb_per_s": 2 * source.nbytes / best / 1e9}


def disk(folder: str) -> dict[str, float]:
    """Reading and hashing a folder's files, and writing them again as one file, synced."""
    files = [path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink()]
    once = list({path.stat().st_ino: path for path in files}.values())
    _, hash_s = timed(lambda: [hashlib.sha256(path.read_bytes()).digest() for path in once])
    data = b"".join(path.read_bytes() for path in once)
    _, write_s = timed(lambda: _written(data, Path(folder).parent))
    return {"hash_s": hash_s, "write_s": write_s, "mb": len(data) / 1e6}


def figure() -> tuple[View, Lifted, dict[str, float]]:
    """A figure described in words: its view of 1024 pixels, its solids, the seconds of both."""
    from fabricate.spec import from_mapping

    for library in ("manifold3d", "scipy.spatial", "skimage.measure", "trimesh", "PIL.Image"):
        importlib.import_module(library)
    words = "curly red hair in a bun, round glasses, green dungarees over a striped shirt"
    subject = {"name": "Maya", "describe": words, "accessories": ["mug"]}
    spec = from_mapping({"subject": subject, "stylize": {"size": 1024}})
    stylizer, lifter = backends.get("stylizers", "kit"), backends.get("lifters", "kit")
    view, drawn = clocked(lambda: stylizer.stylize(spec, None, silent()), "view")
    lifted, sculpted = clocked(lambda: lifter.lift(view, backends.Job(lifter.Options()), silent()), "solids")
    return view, lifted, drawn | sculpted


def _faces(lifted: Lifted) -> int:
    return sum(len(part.faces) for part in lifted.parts.values())


def kit() -> dict[str, float]:
    """The kit's front view, and its solids with their union, for one figure described in words."""
    view, lifted, took = figure()
    return took | {"faces": _faces(lifted), "pixels": view.image.width * view.image.height}


def preview() -> dict[str, float]:
    """The preview of that figure: front, three-quarter and back in one picture, lit and shadowed."""
    import numpy as np

    from fabricate import preview as drawing
    from fabricate.render import Surface
    from fabricate.solid.colour import colour_of, rgb_of

    _, lifted, _ = figure()
    surfaces = [
        Surface(np.asarray(part.vertices, np.float32), part.faces, np.divide(rgb_of(colour_of(part)), 255))
        for part in lifted.parts.values()
    ]
    image, took = clocked(lambda: drawing.preview(surfaces, title="Maya"), "preview")
    return took | {"pixels": image.width * image.height, "faces": _faces(lifted)}


def sphere() -> dict[str, float]:
    """One sphere's distances on a dense 256-cubed grid, and marching cubes over it."""
    import numpy as np
    from skimage import measure

    cubes: Callable[..., Any] = measure.marching_cubes
    axis = np.linspace(-1.1, 1.1, 256, dtype=np.float32)

    def dense() -> Any:
        x, y, z = axis[:, None, None], axis[:, None], axis
        return cubes(np.sqrt(x * x + y * y + z * z) - 1.0, 0.0)

    return {"dense_s": timed(dense)[1]}


def ball(faces: int) -> trimesh.Trimesh:
    """A sphere of unit radius with about as many faces as asked for."""
    import trimesh

    rings = max(int((faces / 4) ** 0.5), 4)
    made: trimesh.Trimesh = trimesh.creation.uv_sphere(count=[rings, 2 * rings])
    return made


def rays(pixels: str, faces: str) -> dict[str, float]:
    """One ray a pixel at a sphere of so many faces, the tree of boxes included."""
    import numpy as np

    from fabricate.render.rays import caster

    side = max(int(int(pixels) ** 0.5), 1)
    grid = np.linspace(-1, 1, side, dtype=np.float32)
    x, z = np.meshgrid(grid, grid)
    origins = np.stack([x.ravel(), np.full(side * side, -2, np.float32), z.ravel()], axis=1)
    directions = np.broadcast_to(np.array([0, 1, 0], np.float32), origins.shape).copy()
    corners = np.asarray(ball(int(faces)).triangles, dtype=np.float32)
    return {"rays_s": timed(lambda: caster(corners).closest(origins, directions))[1]}


def stl() -> dict[str, float]:
    """The figure's STL written and synced; a sphere of as many faces likewise; the same bytes alone."""
    _, lifted, _ = figure()
    mesh = lifted.solid
    if mesh is None:
        raise FabricateError("the kit gave no union of its parts", "report this: it is a bug")

    def export(one: trimesh.Trimesh, folder: Path) -> int:
        buffer = io.BytesIO()
        one.export(buffer, file_type="stl")
        _written(buffer.getvalue(), folder)
        return len(buffer.getvalue())

    round_one = ball(len(mesh.faces))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        size, stl_s = timed(lambda: export(mesh, folder))
        _, sphere_s = timed(lambda: export(round_one, folder))
        _, write_s = timed(lambda: _written(bytes(size), folder))
    return {"stl_s": stl_s, "sphere_s": sphere_s, "write_s": write_s, "faces": len(mesh.faces)}


def extraction(points: str = "256") -> dict[str, float]:
    """A figure's surface in TripoSR's field on the processor, found near it alone and by asking every point.

    The decoder and its planes are full-size with random weights, and every point that is asked for goes
    through them; where the surface lies is told by two balls and two legs.
    """
    import numpy as np
    import torch
    from scipy.spatial import cKDTree

    from fabricate.learned.device import asked
    from fabricate.learned.surface import dense, near_surface
    from fabricate.learned.triposr import TripoSR
    from fabricate.lifters.triposr import CHUNK

    with torch.device("meta"):
        network = TripoSR()
    torch.manual_seed(0)
    network.decoder.to_empty(device="cpu")
    for layer in network.decoder.layers:
        if isinstance(layer, torch.nn.Linear):
            layer.reset_parameters()
    size = network.size
    planes = torch.randn(3, size.features, 2 * size.plane, 2 * size.plane)
    lumps = ((0.0, 0.55, 0.3, 1), (0.0, 0.0, 0.35, 1), (0.15, -0.5, 0.13, 3), (-0.15, -0.5, 0.13, 3))

    def field(at: Any) -> Any:
        asked(lambda some: network.field(planes, some * size.radius)[0], at, planes.device, CHUNK)
        each = [r - np.linalg.norm((at - (0, y, z)) / (1, 1, long), axis=1) for y, z, r, long in lumps]
        return np.max(each, axis=0).astype(np.float32)

    with torch.inference_mode():
        near, near_s = timed(lambda: near_surface(field, int(points)))
        every, dense_s = timed(lambda: dense(field, int(points)))
    trees = cKDTree(near.vertices), cKDTree(every.vertices)
    apart = max(trees[0].query(every.vertices)[0].max(), trees[1].query(near.vertices)[0].max())
    counts = {"near": float(near.evaluations), "dense": float(every.evaluations)}
    return counts | {"near_s": near_s, "dense_s": dense_s, "apart": float(apart)}


@dataclass(frozen=True)
class Cost:
    """What a program cost over ``runs``: seconds by the wall and of all processors (medians), peak resident
    memory in MB (highest)."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    runs: int


_LAUNCH = """
import json, os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - begin
os.write(1, json.dumps([status, wall, used.ru_utime + used.ru_stime, used.ru_maxrss]).encode())
"""
"""A small process between this one and what is measured: on Linux a child's peak memory begins at its
parent's, and this one may be large."""


def cold(argv: Sequence[str], runs: int, before: Callable[[], None] = lambda: None) -> Cost:
    """Run a program ``runs`` times, each time as a new process; FabricateError when it fails."""
    walls, works, peaks = [], [], []
    for _ in range(runs):
        before()
        launch = [sys.executable, "-I", "-S", "-c", _LAUNCH, *argv]
        done = subprocess.run(launch, stdin=subprocess.DEVNULL, capture_output=True, check=True)
        status, wall, work, peak = json.loads(done.stdout)
        if status:
            lines = done.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
            command = " ".join([Path(argv[0]).name, *argv[1:]])
            raise FabricateError(f"{command[:70]} failed: {lines[-2:][0]}", lines[-1])
        walls.append(wall)
        works.append(work)
        peaks.append(peak / (1e6 if sys.platform == "darwin" else 1e3))
    return Cost(statistics.median(walls), statistics.median(works), max(peaks), runs)


PROBES: dict[str, Callable[..., dict[str, float]]] = {
    probe.__name__: probe for probe in (bandwidth, disk, extraction, kit, preview, rays, sphere, stl)
}


def run(name: str, *words: str) -> dict[str, float]:
    """What a probe measures in a new process of its own; FabricateError when it fails."""
    argv = [sys.executable, "-m", "fabricate.probes", name, *words]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise FabricateError(f"the probe {name!r} failed", last)
    took: dict[str, float] = json.loads(done.stdout)
    return took


if __name__ == "__main__":
    sys.stdout.write(json.dumps(PROBES[sys.argv[1]](*sys.argv[2:])))
