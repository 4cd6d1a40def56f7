"""Imports go only down: ARCHITECTURE.md's floors, enforced on every import, lazy ones included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "fabricate"

FLOORS = (
    ("errors", "events", "resources", "disk", "spec", "artifacts", "backends", "render"),
    ("solid", "words"),
    ("photo", "kit", "card", "preview", "marks", "learned", "lift", "remote", "scan"),
    ("stylizers", "lifters", "slicers", "printers"),
    ("stages",),
    (
        *("record", "run", "pipeline", "probes", "bench", "gallery", "inspection", "sweep", "train"),
        *("testing", "corpus_bench", "thicken_bench", "lift_bench", "bench_gpu"),
    ),
    ("cli",),
)
"""From the ground up. A module may import from every floor below, and loose modules from their own floor."""

FLOOR_OF = {name: floor for floor, names in enumerate(FLOORS) for name in names}
APART = (FLOOR_OF["kit"], FLOOR_OF["stylizers"])
"""Floors whose members never import one another."""
ONE_FILE_EACH = ("stages", "stylizers", "lifters", "slicers", "printers")
"""Packages whose public files never import one another."""
TOP = len(FLOORS)
"""``__init__`` (the lazy face) and ``__main__`` may import anything; only the pipeline and what is above it
may use the face."""


def dotted(path: Path, package: Path) -> str:
    """``fabricate/kit/sdf.py`` -> ``kit.sdf``; a package's ``__init__`` -> the package; the face -> ''."""
    parts = path.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name (below ``fabricate``) of everything of ours that a file imports, wherever."""
    here = path.relative_to(package.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(here[: len(here) - node.level]) if node.level else ""
            origin = ".".join(part for part in (base, node.module) if part)
            # `from fabricate.kit import sdf` names a module; `from fabricate.kit.sdf import union` does not.
            names = [
                f"{origin}.{alias.name}" if is_module(f"{origin}.{alias.name}", package) else origin
                for alias in node.names
            ]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "fabricate":
                yield node.lineno, name.partition(".")[2]


def is_module(name: str, package: Path) -> bool:
    """Whether a dotted name is a module or package of ours rather than something inside one."""
    path = package.parent.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def floor(module: str) -> int:
    """The floor of a dotted module name; KeyError where it has none yet."""
    return TOP if module in ("", "__main__") else FLOOR_OF[module.split(".")[0]]


def faults(package: Path) -> list[str]:
    """Every import that breaks the rules, as ``file:line: what``."""
    found = []
    for path in sorted(package.rglob("*.py")):
        module = dotted(path, package)
        for line, other in dict.fromkeys(imports(path, package)):
            broken = fault(module, other, package)
            if broken:
                found.append(f"{path.relative_to(package.parent)}:{line}: {broken}")
    return found


def fault(module: str, other: str, package: Path) -> str:
    """What is wrong with ``module`` importing ``other``, or ''."""
    try:
        mine, theirs = floor(module), floor(other)
    except KeyError as exc:
        return f"{exc.args[0]} stands on no floor yet: add it to FLOORS and to ARCHITECTURE.md"
    if mine == TOP or (theirs == TOP and mine >= FLOOR_OF["pipeline"]):
        return ""
    if theirs > mine:
        return f"{module} (floor {mine}) imports {other or 'the face'} (floor {theirs})"
    top, other_top = module.split(".")[0], other.split(".")[0]
    if top == other_top:
        apart = top in ONE_FILE_EACH and module != other and "." in module and "." in other
        private = other.split(".")[-1].startswith("_")
        return f"{module} imports its sibling {other}" if apart and not private else ""
    if theirs == mine and (mine in APART or (package / other_top).is_dir()):
        return f"{module} and {other} are of one step"
    return ""


def test_imports_go_only_down() -> None:
    assert not faults(PACKAGE), "\n".join(faults(PACKAGE))


def test_every_module_stands_on_a_floor() -> None:
    tops = {dotted(path, PACKAGE).split(".")[0] for path in PACKAGE.rglob("*.py")} - {"", "__main__"}
    assert tops <= FLOOR_OF.keys(), f"not in FLOORS: {sorted(tops - FLOOR_OF.keys())}"


def test_no_module_imports_itself_in_a_circle() -> None:
    """Among loose modules of one floor, which may import one another, there is no circle at import time."""
    edges: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        own, eager = dotted(path, PACKAGE), eager_lines(path)
        edges[own] = {
            other for line, other in imports(path, PACKAGE) if line in eager and other and other != own
        }
    for start in edges:
        assert start not in reachable(start, edges), f"{start} imports itself in a circle"


def eager_lines(path: Path) -> set[int]:
    """Lines of the imports that run when the file is imported: not in a function, not for types only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.lineno for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)}


def reachable(start: str, edges: dict[str, set[str]]) -> set[str]:
    """Every module that ``start`` imports, directly or through others."""
    seen: set[str] = set()
    todo = list(edges.get(start, ()))
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(edges.get(name, ()))
    return seen


TREE = (
    "__init__",
    *("errors", "resources", "spec", "kit/__init__", "kit/sdf", "card/__init__", "card/layout"),
    *("render/__init__", "render/rays", "solid/__init__", "solid/clean"),
    *("stages/__init__", "stages/lift", "stages/stylize"),
    *("lifters/__init__", "lifters/kit", "lifters/auto", "lifters/_axes"),
)


@pytest.mark.parametrize(
    ("file", "text", "broken"),
    [
        ("errors.py", "def f():\n    from fabricate.kit import sdf\n", "kit"),
        ("errors.py", "from fabricate import make\n", "the face"),
        ("pipeline.py", "import fabricate\n", ""),
        ("errors.py", "from fabricate.render import rays\n", "one step"),
        ("render/rays.py", "from fabricate import errors\n", ""),
        ("kit/sdf.py", "from fabricate.render.rays import caster\n", ""),
        ("solid/clean.py", "from ..card import layout\n", "card"),
        ("kit/sdf.py", "import fabricate.card.layout\n", "one step"),
        ("stages/lift.py", "from fabricate.stages.stylize import run\n", "sibling"),
        ("lifters/kit.py", "if True:\n    from . import auto\n", "sibling"),
        ("mixer.py", "from fabricate import errors\n", "no floor"),
        ("cli.py", "from fabricate import errors, kit\nfrom fabricate.kit.sdf import x\n", ""),
        ("lifters/auto.py", "from fabricate.lifters._axes import turn\nimport json\n", ""),
        ("spec.py", "from fabricate import resources\nfrom .errors import SpecError\n", ""),
        ("__init__.py", "def __getattr__(name):\n    from fabricate.pipeline import make\n", ""),
    ],
)
def test_the_rules_catch_what_they_should(tmp_path: Path, file: str, text: str, broken: str) -> None:
    package = tmp_path / "fabricate"
    for name in TREE:
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (package / file).write_text(text, encoding="utf-8")
    found = faults(package)
    assert (broken in found[0] and len(found) == 1) if broken else not found, found
