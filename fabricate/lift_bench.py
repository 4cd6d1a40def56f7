"""How well a picture is lifted, measured against meshes whose truth is known, inflation beside it.

Numbers follow the usual ones of single-image reconstruction: depth and normals of the front as the picture
sees it, F-score of surface points at 1 and 2 % of the height (Tatarchenko et al., CVPR 2019), volumetric
intersection over union. From one picture nobody can tell how far away a figure is, so depth is free by one
shift, for every lifter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fabricate.errors import FabricateError
from fabricate.lift.score import Score, score

if TYPE_CHECKING:
    import trimesh
    from PIL import Image

    from fabricate.artifacts import Lifted

__all__ = [
    "Case",
    "Score",
    "Table",
    "bench",
    "bench_folder",
    "clay_picture",
    "lifters",
    "score",
    "to_json",
    "to_text",
]

OWN_FRAME = (".glb", ".gltf", ".dae")
"""Mesh files that say which way is up."""
PICTURES = (".png", ".jpg", ".jpeg", ".webp")
Lifter = Callable[["Image.Image"], "Lifted"]


@dataclass(frozen=True)
class Case:
    """A picture and the mesh that it shows from the front: figure frame, any unit."""

    name: str
    picture: Image.Image
    truth: trimesh.Trimesh


@dataclass(frozen=True)
class Table:
    """Every lifter's scores, case by case."""

    cases: tuple[str, ...]
    scores: Mapping[str, tuple[Score, ...]]

    def mean(self, lifter: str) -> Score:
        """The mean of each number."""
        rows = np.array([list(asdict(s).values()) for s in self.scores[lifter]])
        return Score(*rows.mean(axis=0).tolist())


def bench(cases: Iterator[Case], lifters: Mapping[str, Lifter], said: Callable[[str], None]) -> Table:
    """Every lifter on every case."""
    names: list[str] = []
    scores: dict[str, list[Score]] = {name: [] for name in lifters}
    for case in cases:
        for name, lifter in lifters.items():
            begun = time.perf_counter()
            lifted = lifter(case.picture)
            took = time.perf_counter() - begun
            mesh = lifted.solid if lifted.solid is not None else next(iter(lifted.parts.values()))
            scores[name].append(score(mesh, case.truth, took))
        names.append(case.name)
        said(f"{case.name}: " + ", ".join(f"{name} F@2% {rows[-1].f2:.2f}" for name, rows in scores.items()))
    if not names:
        raise FabricateError(
            "there is nothing to measure", "pictures and meshes of the same name belong in it"
        )
    return Table(tuple(names), {name: tuple(rows) for name, rows in scores.items()})


def lifters(names: Sequence[str] = ("frontback",)) -> dict[str, Lifter]:
    """Inflation, through the same volume as frontback, and the named lifters: from a picture to a solid."""
    from fabricate import backends
    from fabricate.artifacts import Lifted, View
    from fabricate.events import silent
    from fabricate.lift.cutout import cut_out
    from fabricate.lift.frame import framed
    from fabricate.lift.sheets import balloon_sheets
    from fabricate.lift.solid import lifted_mesh
    from fabricate.lifters.frontback import GRID

    def inflation(picture: Image.Image) -> Lifted:
        found = framed(cut_out(picture).image)
        made = lifted_mesh(found, balloon_sheets(), height_mm=90, process="fdm", relief_mm=0, grid=GRID)
        return Lifted({"figure": made.mesh}, made.mesh, backend="inflation")

    def of(name: str) -> Lifter:
        backend: backends.Lifter = backends.get("lifters", name)

        def lift(picture: Image.Image) -> Lifted:
            return backend.lift(
                View(picture, "picture"), backends.Job(backend.Options(), relief=0.0), silent()
            )

        return lift

    return {"inflation": inflation, **{name: of(name) for name in names}}


def folder_cases(folder: Path) -> Iterator[Case]:
    """The pictures of a folder with the mesh of the same stem beside each; a mesh alone is drawn in clay.

    Meshes stand upright in the figure frame (+Z up, facing -Y), whatever their shape seems to say; those of
    ``OWN_FRAME`` as their format has it (a GLB +Y up, facing +Z).
    """
    from PIL import Image

    from fabricate.solid.read import FORMATS, read_mesh

    meshes = sorted(p for p in folder.iterdir() if p.suffix.lower() in FORMATS)
    for path in meshes:
        truth = read_mesh(path, "auto" if path.suffix.lower() in OWN_FRAME else "z").mesh
        found = next((path.with_suffix(s) for s in PICTURES if path.with_suffix(s).is_file()), None)
        if found is not None:
            with Image.open(found) as opened:
                picture = opened.convert("RGBA")
        else:
            picture = clay_picture(truth)
        yield Case(path.stem, picture, truth)


def clay_picture(mesh: trimesh.Trimesh, side: int = 512) -> Image.Image:
    """A mesh from the front in grey clay, transparent around it."""
    from fabricate.render import Surface, picture

    grey = np.full(3, 0.72, np.float32)
    surface = Surface(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces), grey, gloss=0.1)
    return picture([surface], width=side, height=side, margin=0.03, samples=4, occlusion=4)


def bench_folder(
    folder: Path, names: Sequence[str] = ("frontback",), said: Callable[[str], None] = lambda _t: None
) -> Table:
    """The lifters on a folder of meshes (and pictures of them). Raises FabricateError when it holds none."""
    if not folder.is_dir():
        raise FabricateError(f"there is no folder {folder}", "name one with meshes and pictures of them")
    return bench(folder_cases(folder), lifters(names), said)


TARGETS = {"depth": 1.4, "normals": 12.0, "iou": 0.86, "f1": 0.70, "sound": 1.0, "seconds": 4.0}


def to_json(table: Table) -> dict[str, object]:
    """JSON-ready: means, and every case."""
    return {
        "means": {name: asdict(table.mean(name)) for name in table.scores},
        "targets": TARGETS,
        "cases": [
            {"name": case, **{name: asdict(rows[k]) for name, rows in table.scores.items()}}
            for k, case in enumerate(table.cases)
        ],
    }


def to_text(table: Table) -> str:
    """The means as a table, and how the lifters fare against inflation case by case."""
    names = list(table.scores)
    lines = [
        f"{len(table.cases)} figures".ljust(22)
        + "".join(name.rjust(12) for name in names)
        + "target".rjust(10)
    ]
    label = {
        "depth": "front depth, %",
        "normals": "normals, deg",
        "iou": "IoU",
        "f1": "F at 1 %",
        "f2": "F at 2 %",
    }
    for field in fields(Score):
        values = "".join(f"{getattr(table.mean(name), field.name):12.3f}" for name in names)
        target = f"{TARGETS[field.name]:10.2f}" if field.name in TARGETS else ""
        lines.append(label.get(field.name, field.name).ljust(22) + values + target)
    base = np.array([s.f2 for s in table.scores[names[0]]])
    for name in names[1:]:
        gain = np.array([s.f2 for s in table.scores[name]]) - base
        ratio = float(np.mean(base + gain) / max(np.mean(base), 1e-9))
        lines.append(
            f"{name}: F at 2 % {ratio:.2f} x {names[0]}, "
            f"better on {(gain > 0).sum()} of {len(gain)}, worst {gain.min():+.3f}"
        )
    return "\n".join(lines)
