"""The rest of ``fabricate bench prepare DIR``: what comes after mending.

Each mesh, mended, is thickened for a filament printer, and the whole of prepare without a base is run on its
own result: twice must be once. Then one sound figure of half a million faces goes all the way to files.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.corpus_bench import FEATURE_MM, HEIGHT_MM, at_height, late, meshes_in, worked
from fabricate.errors import FabricateError
from fabricate.events import Progress, silent
from fabricate.probes import figure, timed

if TYPE_CHECKING:
    import trimesh

    from fabricate.artifacts import Lifted
    from fabricate.solid.assemble import Assembly

__all__ = ["Chain", "Thick", "measure_chain", "measure_thickening", "to_markdown"]

SAME_MM = 1e-3
"""Prepared twice, no point may lie further than this from where it lay: what a file's float32 rounds by."""
FACES = 500_000


@dataclass(frozen=True)
class Thick:
    """One mesh thickened: shares of the surface under the floor before and after, the share of volume added,
    CPU seconds; ``again`` is how prepare took its own result: ``same`` or what differed."""

    name: str
    before: float = 0.0
    after: float = 0.0
    added: float = 0.0
    seconds: float = 0.0
    again: str = ""
    refused: str = ""


@dataclass(frozen=True)
class Chain:
    """A sound figure from memory to files: ``seconds`` by the clock for each step, and whether it prints."""

    faces: int
    seconds: dict[str, float]
    printable: bool


def measure_thickening(folder: Path, progress: Progress | None = None) -> list[Thick]:
    """Every mesh file of a folder, thickened in one process and prepared twice in another.

    Raises FabricateError when there is none.
    """
    progress = progress or silent()
    files = meshes_in(folder)
    rows = []
    for i, path in enumerate(files):
        progress.step(f"{path.name}: thickening", i / len(files))
        thick = worked("fabricate.thicken_bench", str(path), "thick")
        again = worked("fabricate.thicken_bench", str(path), "again")
        rows.append(Thick(path.name, **thick, again=again.get("again") or again["refused"]))
    return rows


def _measured(path: Path, what: str) -> dict[str, Any]:
    """What a worker measures, as JSON-ready fields of a ``Thick``: its ``again``, or all the others."""
    from fabricate.solid.clean import cleaned
    from fabricate.solid.limits import limits_of
    from fabricate.solid.thicken import thickened

    try:
        made = cleaned(at_height(path), height_mm=HEIGHT_MM, feature_mm=FEATURE_MM).mesh
        if what == "again":
            return {"again": _again(made)}
        begin = time.process_time()
        done = thickened(made, limits_of("fdm"))
        spent = time.process_time() - begin
    except FabricateError as exc:
        return {"refused": exc.message[:120]}
    return {"before": done.before, "after": done.after, "added": done.added, "seconds": spent}


def _again(mesh: trimesh.Trimesh) -> str:
    """Prepared with no base, written, read and prepared once more: ``same``, or what differs."""
    from scipy.spatial import cKDTree

    from fabricate.solid.export import read_stl, write_stl

    with tempfile.TemporaryDirectory() as folder:
        once, twice = Path(folder) / "once.stl", Path(folder) / "twice.stl"
        write_stl(_prepared(mesh), once)
        write_stl(_prepared(read_stl(once)), twice)
        first, second = read_stl(once), read_stl(twice)
    if len(first.faces) != len(second.faces):
        return f"{len(first.faces):,} faces became {len(second.faces):,}"
    trees = cKDTree(first.vertices), cKDTree(second.vertices)
    off = max(float(trees[0].query(second.vertices)[0].max()), float(trees[1].query(first.vertices)[0].max()))
    return "same" if off <= SAME_MM else f"moved by up to {off:.3f} mm"


def _prepared(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """What the stage makes of a mesh under ``base = "none"``: thickened where the gate asks for it."""
    from fabricate.solid.trial import tried
    from fabricate.spec import from_mapping

    table = {"base": "none", "height_mm": HEIGHT_MM, "orient": "upright"}
    return tried(_lifted(mesh), from_mapping({"prepare": table}))[0].solid


def _lifted(mesh: trimesh.Trimesh) -> Lifted:
    from fabricate.artifacts import Lifted

    return Lifted({"figure": mesh}, mesh, backend="mesh")


def measure_chain(progress: Progress | None = None, faces: int = FACES) -> Chain:
    """A sound figure of ``faces`` faces: looked over, set on a base, to STL and gate beside 3MF, as the stage
    does; files written and read back."""
    from fabricate.solid.assemble import assemble
    from fabricate.solid.check import inspect_closely
    from fabricate.solid.clean import cleaned
    from fabricate.solid.export import write_figure_3mf, write_stl

    (progress or silent()).step("half a million faces", 0.98)
    mesh = _figure(faces)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(1) as pool:
        out = Path(name)

        def gate(made: Assembly) -> bool:
            solid = write_stl(made.solid, out / "figure.stl")
            return inspect_closely(solid, parts=made.parts, deep=True).report.printable

        def written(made: Assembly) -> bool:
            checking = pool.submit(gate, made)
            write_figure_3mf(made.parts, out / "figure.3mf", colours=4, bed_mm=(250.0, 210.0, 210.0))
            return checking.result()

        found, looked = timed(lambda: cleaned(mesh, height_mm=HEIGHT_MM, feature_mm=FEATURE_MM).mesh)
        made, stood = timed(lambda: assemble(_lifted(found), height_mm=HEIGHT_MM, name="Ada"))
        printable, filed = timed(lambda: written(made))
    times = {"look it over": looked, "base": stood, "STL and gate beside 3MF": filed}
    return Chain(len(mesh.faces), times, printable)


def _figure(faces: int) -> trimesh.Trimesh:
    """A kit figure, its longer edges divided until there are about ``faces``, as files hold it."""
    from fabricate.solid.boolean import from_manifold, to_manifold

    _, lifted, _ = figure()
    assert lifted.solid is not None, "the kit always gives a solid"
    coarse = lifted.solid
    solid = to_manifold(coarse)
    short, long = 1e-4, float(coarse.scale)
    for _ in range(16):
        middle = (short * long) ** 0.5
        if solid.refine_to_length(middle).num_tri() > faces:
            short = middle
        else:
            long = middle
    return from_manifold(solid.refine_to_length(long))


def to_markdown(rows: Sequence[Thick], chain: Chain) -> str:
    """A table of the thickening, what it says of all meshes, and the long way's times."""
    lines = ["| mesh | thin before | after | volume | s | prepared again |", "|---|---|---|---|---|---|"]
    for row in rows:
        if row.refused:
            lines.append(f"| {row.name} | refused: {row.refused} | | | | |")
            continue
        shares = f"{row.before:.1%} | {row.after:.2%} | +{row.added:.1%}"
        lines.append(f"| {row.name} | {shares} | {row.seconds:.1f} | {row.again} |")
    mine = [row for row in rows if not row.refused]
    if mine:
        slow = late([row.seconds for row in mine])
        within = sum(row.after <= 0.01 for row in mine), sum(row.added <= 0.03 for row in mine)
        same = sum(row.again == "same" for row in mine)
        lines += [
            "",
            f"Of {len(mine)}: thin area at most 1 % after on {within[0]}, volume within 3 % on {within[1]}, "
            f"prepared again the same on {same}; thickening p90 {slow:.1f} s (limit 15).",
        ]
    total = sum(chain.seconds.values())
    steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in chain.seconds.items())
    said = "passes the gate" if chain.printable else "does NOT pass the gate"
    lines.append(f"A sound figure of {chain.faces:,} faces: {total:.1f} s (limit 6): {steps}; it {said}.")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measured(Path(sys.argv[1]), sys.argv[2])))
