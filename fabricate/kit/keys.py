"""Every fault in the keys of a template at once, where reading it stops at the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fabricate import resources
from fabricate.errors import TemplateError, nearest
from fabricate.kit import sculpt, templates
from fabricate.kit.outfit import GARMENTS
from fabricate.kit.templates import POSE, STYLE, Place, limits

__all__ = ["faults"]

SCULPTED = ("hair", "hats", "glasses", "beards", "accessories")


def faults(kind: str, name: str) -> Iterator[TemplateError]:
    """What is wrong with the keys of one template, each with file, line and what is allowed, in order."""
    path, data = resources.find(kind, name), resources.read(kind, name)
    if kind == "styles":
        for table, keys in STYLE.items():
            yield from _table(data.get(table, {}), keys, limits(kind, table), Place(path, table))
    elif kind == "poses":
        for table, given in data.items():
            if table in POSE:
                yield from _table(given, POSE[table], limits(kind, table), Place(path, table))
            elif isinstance(given, Mapping):
                yield Place(path, table).fault(f"unknown table [{table}]", nearest(table, POSE))
    elif kind == "outfits":
        yield from _rows(kind, name, "garment", _garment)
    elif kind in SCULPTED:
        for table in ("shape", "hides"):
            try:
                yield from sculpt.faults(templates.rows(kind, name, table), path, table)
            except TemplateError as fault:
                yield fault
    if kind in (*SCULPTED, "outfits"):
        yield from _colours(data.get("colours", {}), Place(path, "colours"))


def _optional(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The same keys, none of which must be given."""
    return {key: 0.0 if usual is float else usual for key, usual in keys.items()}


def _table(
    given: Any, keys: Mapping[str, Any], ranges: Mapping[str, tuple[float, float]], place: Place
) -> Iterator[TemplateError]:
    """A table's faults, key by key, then what it lacks."""
    if not isinstance(given, Mapping):
        yield place.fault(f"{place.table} is not a table", f"begin it with [{place.table}]")
        return
    for key, value in given.items():
        try:
            templates.filled({key: value}, _optional(keys), place)
            templates.within({key: value}, ranges, place)
        except TemplateError as fault:
            yield fault
    try:
        templates.filled({key: 0.0 for key in given if keys.get(key) is float}, keys, place)
    except TemplateError as fault:
        yield fault


def _garment(given: Mapping[str, Any], place: Place) -> Iterator[TemplateError]:
    kind = str(given.get("kind", ""))
    if kind not in GARMENTS:
        yield place.fault(f"unknown garment {kind!r}", nearest(kind, GARMENTS), "kind")
        return
    rest = {key: value for key, value in given.items() if key != "kind"}
    yield from _table(rest, GARMENTS[kind][1], {}, place)


def _rows(
    kind: str, name: str, table: str, check: Callable[[Mapping[str, Any], Place], Iterator[TemplateError]]
) -> Iterator[TemplateError]:
    try:
        rows = templates.rows(kind, name, table)
    except TemplateError as fault:
        yield fault
        return
    for number, given in enumerate(rows):
        yield from check(given, Place(resources.find(kind, name), table, number))


def _colours(given: Any, place: Place) -> Iterator[TemplateError]:
    if not isinstance(given, Mapping):
        yield place.fault("colours is not a table", "begin it with [colours]")
        return
    yield from templates.miscoloured(given, place)
