"""``fabricate check``: the print gate for any mesh file, on the terminal, as JSON, or as a page."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fabricate.cli.flags import over, shared, speaking
from fabricate.cli.terminal import Terminal

if TYPE_CHECKING:
    import trimesh
    from PIL import Image

    from fabricate.artifacts import Check
    from fabricate.events import Progress
    from fabricate.solid.check import Inspection
    from fabricate.solid.limits import Profile

__all__ = ["check"]

FILE = click.Path(path_type=Path)
WORDS = {"ok": "ok", "warn": "warning", "fail": "REFUSED"}


@click.command(
    epilog="Example: fabricate check figure.stl --process fdm --profile prusa-mini --report report.html"
)
@click.argument("file", type=FILE)
@click.option("--profile", metavar="NAME", help="Printer profile whose bed it must fit.")
@click.option("--report", type=FILE, metavar="FILE|DIR", help="A page with pictures of every trouble.")
@click.option(
    "--slice/--no-slice", "slicing", default=True, help="Ask PrusaSlicer too, where it is installed."
)
@click.option("--strict", is_flag=True, help="Warnings count as a refusal.")
@shared("--process", "--up", "--units")
@speaking
def check(
    file: Path,
    profile: str | None,
    report: Path | None,
    slicing: bool,
    strict: bool,
    sets: tuple[str, ...],
    json: bool,
    quiet: bool,
    **flags: Any,
) -> int:
    """Hold the print gate to any STL, 3MF, OBJ, GLB, PLY or OFF, and say what it measured."""
    from fabricate import spec
    from fabricate.events import Event, Progress
    from fabricate.solid.check import inspect_closely
    from fabricate.solid.limits import profile_of
    from fabricate.solid.read import read_mesh

    sets = (*sets, f"slice.profile={profile!r}") if profile else sets
    tables = over(sets, flags)
    wanted = spec.from_mapping(tables, source="the flags")
    printer = profile_of(wanted.slice.profile)
    process = wanted.prepare.process
    if "process" not in tables.get("prepare", {}) and profile:
        process = printer.process  # a resin printer's profile says what is meant
    with Terminal(json=json, quiet=quiet) as terminal:
        terminal.hear(Event("start", "check"))
        progress = Progress("check", terminal.hear)
        progress.step("reading", 0.0)
        reading = read_mesh(file, wanted.prepare.up, wanted.prepare.units)
        progress.step("measuring", 0.1)
        notes = (*reading.taken, *reading.notes)
        found = inspect_closely(reading.mesh, process, printer.name, notes=notes, deep=True)
        checks = list(found.report.checks)
        if slicing and found.report.printable and printer.process == process:
            progress.step("slicing", 0.4)
            checks += _sliced(reading.mesh, printer)
        data = _told(file, found, checks, printer)
        if report is not None:
            progress.step("drawing", 0.7)
            data["report"] = str(_write(report, data, reading.mesh, found, progress))
    refused = any(c.level == "fail" or (strict and c.level == "warn") for c in checks)
    _say(terminal, file, data, checks, refused)
    terminal.result({**data, "printable": not refused})
    return 3 if refused else 0


def _sliced(mesh: trimesh.Trimesh, printer: Profile) -> list[Check]:
    """The slicer's word as a check; nothing without a slicer."""
    import tempfile

    from fabricate.artifacts import Check
    from fabricate.errors import SliceError
    from fabricate.slicers import prusa
    from fabricate.solid.export import write_stl

    if prusa.program() is None:
        return []
    limit = f"a real slice for {printer.label or printer.name}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "solid.stl"
        write_stl(mesh, path)
        try:
            found = prusa.slice_file(path, printer, height_mm=float(mesh.extents[2]))
        except SliceError as exc:
            return [Check("slices", "fail", exc.message, limit, exc.hint)]
    return [Check("slices", "ok", str(found), limit)]


def _told(file: Path, found: Inspection, checks: list[Check], printer: Profile) -> dict[str, Any]:
    """Everything the page and the JSON tell."""
    from fabricate.solid.measures import time_class

    measures = dict(found.report.measures)
    data: dict[str, Any] = {
        "name": file.name,
        "file": str(file),
        "printable": all(c.level != "fail" for c in checks),
        "checks": [vars(c) for c in checks],
        "measures": measures,
        "read": list(found.report.notes),
        "notes": list(found.report.notes),
    }
    if "thin_share" in measures:  # else it is no solid, and its volume means nothing
        data["time"] = time_class(measures, printer.layer_mm)
    for each in checks:
        if each.name == "slices":
            data["sliced" if each.level == "ok" else "unsliced"] = each.value
    return data


def _say(terminal: Terminal, file: Path, data: dict[str, Any], checks: list[Check], refused: bool) -> None:
    from fabricate.solid.report import ORDER

    ordered = sorted(checks, key=lambda c: ORDER[c.level])
    terminal.table([(WORDS[c.level], c.name, c.value, c.advice if c.level != "ok" else "") for c in ordered])
    terminal.say()
    m = data["measures"]
    if "time" in data:
        size = " x ".join(f"{m[f'{side}_mm']:.1f}" for side in ("width", "depth", "height"))
        volume, grams = f"{m['volume_mm3'] / 1000:.1f} cm3", f"about {m['grams']:.0f} g of {m['material']}"
        time = "" if "sliced" in data else f", {data['time']}"
        terminal.say(f"{size} mm, {volume}, {grams}{time}")
    for note in data["notes"]:
        terminal.say(note)
    if "report" in data:
        terminal.say(f"pictures: {data['report']}")
    terminal.say(f"{file}: {'not printable' if refused else 'printable'}")


def _write(
    place: Path, data: dict[str, Any], mesh: trimesh.Trimesh, found: Inspection, progress: Progress
) -> Path:
    """The page (and beside it, in a folder, each picture and the numbers); where the page lies."""
    from fabricate import disk
    from fabricate.errors import RunError
    from fabricate.marks import pictures_of
    from fabricate.render.clay import jpeg
    from fabricate.solid.report import page

    alone = place.suffix.lower() in (".html", ".htm")
    if place.is_dir() if alone else place.is_file():
        raise RunError(f"{place} is in the way", "give a folder, or a file that ends in .html")
    pictures: dict[str, bytes] = {}
    if len(mesh.faces) and found.report.measures:
        pictures["preview"] = jpeg(_portrait(mesh))
        pictures |= pictures_of(
            mesh,
            found,
            told=lambda title, share: progress.step(f"drawing {title.lower()}", 0.75 + 0.25 * share),
        )
    folder = place.parent if alone else place
    target = place if alone else place / "report.html"
    files = {target: page(data, pictures).encode()}
    if not alone:
        files |= {place / f"{key}.jpg": picture for key, picture in pictures.items()}
        text = json_text.dumps(data, indent=1, ensure_ascii=False, default=str)
        files[place / "report.json"] = text.encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            disk.write(path, content, path.with_name(f".{path.name}.part"))
    except OSError as exc:
        raise disk.complaint(exc, target) or exc from exc
    return target


def _portrait(mesh: trimesh.Trimesh) -> Image.Image:
    """The mesh in its own colours, front, side and back."""
    import numpy as np

    from fabricate.preview import preview
    from fabricate.render import Surface
    from fabricate.solid.colour import vertex_rgba

    colours = vertex_rgba(mesh)[:, :3].astype(np.float32) / 255
    return preview([Surface(mesh.vertices, mesh.faces, colours)], height_mm=round(float(mesh.extents[2]), 1))
