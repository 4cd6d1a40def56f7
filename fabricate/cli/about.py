"""The commands beside the line: check a file, start a spec, and say what there is."""

from __future__ import annotations

import platform
import sys
from pathlib import Path
from typing import Any

import click

from fabricate.cli.flags import over, shared, speaking
from fabricate.cli.subject import slug
from fabricate.cli.terminal import Terminal

__all__ = ["backends", "bench", "check", "doctor", "new"]

FILE = click.Path(path_type=Path)
EXTRAS = {"photo": ("mediapipe",), "gpu": ("torch",), "scan": ("open3d",)}
LIBRARIES = (
    "numpy",
    "scipy",
    "trimesh",
    "manifold3d",
    "scikit-image",
    "embreex",
    "lib3mf",
    "typst",
    "pikepdf",
)


@click.command(
    epilog="Example: fabricate new maya, then edit maya/maya.toml, then fabricate make maya/maya.toml"
)
@click.argument("folder", type=FILE, metavar="DIR")
@click.option("--name", metavar="TEXT", help="Name of the figure; else the folder's.")
@speaking
def new(folder: Path, name: str | None, json: bool, quiet: bool) -> int:
    """Write a commented spec into DIR, ready for make."""
    import tomli_w

    from fabricate import disk, resources
    from fabricate.errors import RunError

    name = name or folder.resolve().name.replace("-", " ").title()
    line = tomli_w.dumps({"name": name})
    text = resources.find("specs", "starter").read_text(encoding="utf-8").replace('name = ""\n', line, 1)
    path = folder / f"{slug(folder.resolve().name)}.toml"
    if path.exists():
        raise RunError(f"{path} is there already", "edit it, or choose another folder")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        disk.write(path, text.encode(), folder / f".{path.name}.part")
    except OSError as exc:
        raise disk.complaint(exc, folder) or exc from exc
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"{path}\n\nEdit it, then: fabricate make {path}")
    terminal.result({"file": str(path)})
    return 0


@click.command(epilog="Example: fabricate backends --json")
@speaking
def backends(json: bool, quiet: bool) -> int:
    """List the stylizers and lifters, whether they can be used here, and their licences."""
    from fabricate import backends as doors

    rows = [*doors.available("stylizers"), *doors.available("lifters")]
    terminal = Terminal(json=json, quiet=quiet)
    cells = [(r.role, r.name, "yes" if r.ok else "no", r.licence, r.reason) for r in rows]
    terminal.table(cells, ("role", "name", "usable", "licence", ""))
    terminal.result({"backends": [vars(row) for row in rows]})
    return 0


@click.command(epilog="Example: fabricate doctor")
@speaking
def doctor(json: bool, quiet: bool) -> int:
    """Say which versions are installed, which extras are there, and how to get the missing ones."""
    from importlib import metadata, util

    import fabricate
    from fabricate import resources

    def version(name: str) -> str | None:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            return None

    libraries = {name: version(name) for name in LIBRARIES}
    declared = set(metadata.metadata("fabricate-figures").get_all("Provides-Extra") or ())
    extras = {
        extra: all(util.find_spec(module) is not None for module in modules)
        for extra, modules in EXTRAS.items()
        if extra in declared
    }
    missing = [f"pip install {name}" for name, found in libraries.items() if found is None]
    missing += [f"pip install 'fabricate-figures[{extra}]'" for extra, ok in extras.items() if not ok]
    terminal = Terminal(json=json, quiet=quiet)
    rows = [
        ("fabricate", fabricate.__version__),
        ("Python", f"{platform.python_version()}  ({sys.executable})"),
        ("system", platform.platform()),
        ("templates", str(resources.packaged())),
        *((name, found or "missing") for name, found in libraries.items()),
        *((f"extra {extra}", "installed" if ok else "not installed") for extra, ok in extras.items()),
    ]
    terminal.table(rows)
    if missing:
        terminal.say("\nTo get what is missing:")
        for line in missing:
            terminal.say(f"  {line}")
    terminal.result(
        {
            "fabricate": fabricate.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "libraries": libraries,
            "extras": extras,
            "missing": missing,
        }
    )
    return 0


@click.command(epilog="Example: fabricate check figure.stl --profile prusa-mini --process fdm")
@click.argument("file", type=FILE)
@click.option("--profile", metavar="NAME", help="Printer profile whose bed it must fit.")
@click.option("--strict", is_flag=True, help="Warnings count as a refusal.")
@shared("--process")
@speaking
def check(
    file: Path,
    profile: str | None,
    strict: bool,
    sets: tuple[str, ...],
    json: bool,
    quiet: bool,
    **flags: Any,
) -> int:
    """Hold the print gate to any STL, 3MF, OBJ, GLB or PLY, and say what it measured."""
    from fabricate import spec
    from fabricate.solid.check import inspect
    from fabricate.solid.read import read_mesh

    sets = (*sets, *((f"slice.profile={profile!r}",) if profile else ()))
    wanted = spec.from_mapping(over(sets, flags), source="the flags")
    reading = read_mesh(file)
    report = inspect(reading.mesh, wanted.prepare.process, wanted.slice.profile)
    terminal = Terminal(json=json, quiet=quiet)
    marks = {"ok": "ok", "warn": "warning", "fail": "REFUSED"}
    rows = [(marks[c.level], c.name, c.value, c.advice if c.level != "ok" else "") for c in report.checks]
    terminal.table(rows)
    for note in reading.notes:
        terminal.say(note)
    refused = not report.printable or (strict and any(c.level == "warn" for c in report.checks))
    terminal.say(f"{file}: {'not printable' if refused else 'printable'}")
    terminal.result({"file": str(file), **report.to_json(), "printable": not refused, "read": reading.notes})
    return 3 if refused else 0


@click.command(epilog="Example: fabricate bench kit preview")
@click.argument("what", nargs=-1, metavar="[WHAT]...")
@speaking
def bench(what: tuple[str, ...], json: bool, quiet: bool) -> int:
    """Measure on this machine the numbers that we promise: all of them, or those named."""
    from fabricate import bench as benches

    with Terminal(json=json, quiet=quiet) as terminal:
        numbers = benches.measure(what, listener=terminal.hear)
    on = benches.machine()
    terminal.say(benches.to_text(numbers, on))
    terminal.result(benches.to_json(numbers, on))
    return 0
