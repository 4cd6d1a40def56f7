"""Files that a mesh file names, its buffers, materials and textures: read only from its own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote

from trimesh.resolvers import Resolver

__all__ = ["Beside"]

MOST_BYTES = 1_000_000_000


class Beside(Resolver):
    """Gives the bytes of files inside one folder, and nothing else: no address, no way out, no link out.

    ``refused`` lists the names that were asked for and not given.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self.refused: list[str] = []

    def get(self, name: str) -> bytes:
        """The bytes of a file; FileNotFoundError for anything that is not in the folder."""
        try:
            path = (self._folder / unquote(str(name).strip())).resolve()
            inside = path.is_relative_to(self._folder) and path.is_file()
            if inside and "://" not in name and path.stat().st_size <= MOST_BYTES:
                return path.read_bytes()
        except (OSError, ValueError):
            pass
        self.refused.append(str(name)[:80])
        raise FileNotFoundError(f"{str(name)[:80]!r} is not beside it")

    def keys(self) -> list[str]:
        """No file is listed: only what is named is looked for."""
        return []

    def namespaced(self, namespace: str) -> Any:
        """The same folder: names with folders in them are looked up as they are."""
        del namespace
        return self

    def write(self, name: str, data: bytes) -> None:
        """Nothing is ever written."""
        raise PermissionError(name)
