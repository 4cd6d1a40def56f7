"""A slicer's zip written anew: the same plate gives the same bytes, with pictures of it inside."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

__all__ = ["rewrite"]

WHEN = (2020, 1, 1, 0, 0, 0)
"""The date of every file in the archive, instead of the time of its making."""


def rewrite(
    source: Path,
    target: Path,
    pictures: Mapping[str, bytes],
    *,
    method: int,
    kept: Callable[[str, bytes], bytes | None] = lambda _name, data: data,
) -> None:
    """The archive in one step at ``target``, its files by ``method`` of ``zipfile``, ``pictures`` added.

    ``kept`` says of a file's name and bytes what is kept of it; None leaves it out.
    """
    aside = target.with_name(f".{target.name}.part")
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(aside, "w") as new:
        for name in old.namelist():
            data = kept(name, old.read(name))
            if data is not None:
                new.writestr(zipfile.ZipInfo(name, WHEN), data, method)
        for name, png in pictures.items():
            new.writestr(zipfile.ZipInfo(name, WHEN), png, zipfile.ZIP_STORED)
    aside.replace(target)
