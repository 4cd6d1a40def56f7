"""Ready-made workflows, and the licences that a maker has read and accepted once."""

from __future__ import annotations

from pathlib import Path

from fabricate import disk, resources
from fabricate.errors import BackendError, nearest

__all__ = ["accept", "accepted", "find", "names"]


def _files() -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in resources.files("templates/workflows", "*.json"):
        found.setdefault(path.stem, path)
    return found


def names() -> list[str]:
    """The names of all workflows, the maker's own first found."""
    return sorted(_files())


def find(name: str) -> Path:
    """The file of a workflow; BackendError with the nearest names when there is none."""
    found = _files()
    if name not in found:
        raise BackendError(f"there is no workflow called {name!r}", nearest(name, found))
    return found[name]


def _ledger() -> Path:
    return resources.config_dir() / "accepted-licences.txt"


def accepted(licence: str) -> bool:
    """Whether the maker has accepted a licence on this machine."""
    try:
        return licence in _ledger().read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def accept(licence: str) -> None:
    """Note that the maker accepts a licence; once is enough."""
    if accepted(licence):
        return
    path = _ledger()
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    disk.write(path, (before + licence + "\n").encode(), path.with_suffix(".new"))
