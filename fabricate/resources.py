"""The data that ships with fabricate, and the maker's own beside it: the only module that finds files.

A template is looked for in ``./templates`` (and ``./meshes``), then in the user's config folder, then
among ours, which lie beside the imported package (a checkout) or inside it (a wheel).
"""

from __future__ import annotations

import hashlib
import os
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from fabricate.errors import TemplateError, nearest

__all__ = ["KINDS", "config_dir", "digest", "files", "find", "names", "packaged", "parse", "read", "roots"]

KINDS = {
    "styles": "templates/styles",
    "poses": "templates/poses",
    "outfits": "templates/outfits",
    "hair": "templates/hair",
    "hats": "templates/hats",
    "glasses": "templates/glasses",
    "beards": "templates/beards",
    "accessories": "meshes/accessories",
    "bases": "templates/bases",
    "cards": "templates/cards",
    "printers": "templates/printers",
    "palettes": "templates/palettes",
    "models": "templates/models",
    "specs": "templates/specs",
    "words": "templates/words",
}
"""Kind of template -> its folder under a root."""
BESIDE = {"bases": "meshes/bases"}
"""Kind of template -> a folder of meshes that its templates name."""


def packaged() -> Path:
    """The root that holds our own ``templates/`` and ``meshes/``: the checkout, or the installed package."""
    here = Path(__file__).resolve().parent
    return here.parent if (here.parent / "pyproject.toml").is_file() else here


def config_dir() -> Path:
    """The user's config folder: ``FABRICATE_CONFIG``, else ``fabricate`` under the platform's own."""
    if own := os.environ.get("FABRICATE_CONFIG"):
        return Path(own)
    base = os.environ.get("APPDATA") or os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "fabricate"


def roots() -> list[Path]:
    """Where templates are looked for, first wins."""
    return list(dict.fromkeys(_resolved(root.absolute()) for root in (Path.cwd(), config_dir(), packaged())))


@cache
def _resolved(path: Path) -> Path:
    return path.resolve()


def files(folder: str, pattern: str) -> Iterator[Path]:
    """The files in a folder under each root whose names fit a pattern, first root first, sorted within."""
    for root in roots():
        yield from sorted(path for path in (root / folder).glob(pattern) if path.is_file())


def _files(kind: str) -> Iterator[Path]:
    return files(KINDS[kind], "*.toml")


def names(kind: str) -> list[str]:
    """The names of all templates of a kind, sorted, each once."""
    return sorted({path.stem for path in _files(kind)})


def find(kind: str, name: str) -> Path:
    """The file of one template; TemplateError with the nearest names when there is none."""
    plain = Path(name).name == name
    for root in roots() if plain else ():
        if (path := root / KINDS[kind] / f"{name}.toml").is_file():
            return path
    label = {"accessories": "accessory", "glasses": "glasses"}.get(kind, kind.removesuffix("s"))
    raise TemplateError(f"there is no {label} called {name!r}", nearest(name, names(kind)))


@cache
def _parsed(path: Path, _mtime_ns: int, _size: int) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        found = re.search(r"line (\d+)", str(exc))
        line = int(found.group(1)) if found else None
        raise TemplateError(str(exc), "mend the TOML there", path, line) from exc


def read(kind: str, name: str) -> dict[str, Any]:
    """One template as a dict (do not change it: it is shared); TemplateError when missing or broken."""
    return parse(find(kind, name))


def parse(path: Path) -> dict[str, Any]:
    """A TOML file as a dict (do not change it: it is shared); TemplateError with its line when broken."""
    stat = path.stat()
    return _parsed(path, stat.st_mtime_ns, stat.st_size)


def digest(*kinds: str) -> str:
    """A hash over every usable template of these kinds and their meshes, so that an edit remakes a stage."""
    total = hashlib.sha256()
    for kind in kinds:
        seen: set[str] = set()
        for path in _files(kind):
            if path.stem not in seen:
                seen.add(path.stem)
                total.update(f"{kind}/{path.stem}\0".encode() + path.read_bytes())
        if kind in BESIDE:
            for path in files(BESIDE[kind], "*"):
                total.update(f"{path.name}\0".encode() + path.read_bytes())
    return total.hexdigest()
