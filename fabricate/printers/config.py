"""Where the printers are and their keys: ``printers.toml`` in the user's config folder, its owner's only."""

from __future__ import annotations

import contextlib
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pydantic

from fabricate import disk, resources
from fabricate.errors import PrinterError, nearest
from fabricate.printers import Address
from fabricate.printers._locks import held

__all__ = ["add", "every", "file", "find", "remove", "some"]


def file() -> Path:
    """The file that holds them."""
    return resources.config_dir() / "printers.toml"


def every() -> dict[str, Address]:
    """All printers that were added, by name. Raises PrinterError when the file is broken."""
    return _addresses(_tables())


def _tables() -> dict[str, Any]:
    path = file()
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise PrinterError(
            f"{path} cannot be read: {exc}", "mend it, or remove it and add them anew"
        ) from exc


def _addresses(tables: dict[str, Any]) -> dict[str, Address]:
    try:
        return {name: Address.model_validate({"name": name, **row}) for name, row in tables.items()}
    except (pydantic.ValidationError, TypeError) as exc:
        # never the text of the refusal itself: it shows what was read, keys among it
        where = (
            ".".join(map(str, exc.errors()[0]["loc"])) if isinstance(exc, pydantic.ValidationError) else ""
        )
        raise PrinterError(f"{file()}: a printer's entry does not fit: {where}", "mend it there") from None


def some() -> dict[str, Address]:
    """All printers that were added; PrinterError when there is none."""
    known = every()
    if not known:
        raise PrinterError("there is no printer yet", "fabricate printers add NAME --kind KIND --url ADDRESS")
    return known


def find(name: str) -> Address:
    """The printer of that name; PrinterError with the nearest names when there is none."""
    known = every()
    if name not in known:
        hint = nearest(name, known) if known else f"fabricate printers add {name} --kind KIND --url ADDRESS"
        raise PrinterError(f"there is no printer called {name!r}", hint)
    return known[name]


def add(address: Address) -> None:
    """Keep a printer, in place of one of the same name."""
    with _changing() as tables:
        row = address.model_dump(mode="json", exclude={"name", "key"}, exclude_defaults=True)
        row |= {"kind": address.kind, "url": address.url}
        if key := address.key.get_secret_value():
            row["key"] = key
        tables[address.name] = row


def remove(name: str) -> None:
    """Forget a printer and its key; PrinterError when there is none of that name."""
    with _changing() as tables:
        find(name)
        del tables[name]


@contextlib.contextmanager
def _changing() -> Iterator[dict[str, Any]]:
    """The tables, read and written back whole while no other process does the same."""
    import tomli_w

    path = file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held(path.with_name(".printers.lock")):
            tables = _tables()
            _addresses(tables)  # refuses to write over what does not fit
            yield tables
            aside = path.with_name(".printers.part")
            aside.unlink(missing_ok=True)
            os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            disk.write(path, tomli_w.dumps(tables).encode(), aside)
    except OSError as exc:
        raise disk.complaint(exc, path.parent) or exc from exc
