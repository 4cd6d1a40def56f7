"""Palettes: which of a maker's real filaments print a figure with the least error that an eye sees.

Distances are CIEDE2000 and the sets are compared whole (a weighted k-median problem, solved by greedy
choice and exchange, Teitz and Bart 1968). A face is looked at first: the filament nearest to the skin is
taken before all others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import numpy.typing as npt
import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.solid.colour import colour_of, lab_of
from fabricate.solid.difference import ciede2000
from fabricate.solid.limits import template_refusal

if TYPE_CHECKING:
    import trimesh

__all__ = [
    "LOOKED_AT",
    "Filament",
    "Palette",
    "chosen",
    "colour_weights",
    "filaments_for",
    "palette_of",
    "skin_colours",
]

LOOKED_AT = {"skin": 3.0, "white": 25.0, "white_top": 25.0, "dark": 12.0, "iris": 3.0}
"""How much more than its area a part counts when filaments are shared: a face is small, and is looked at."""
SKIN = "skin"
HINT = 'a filament is { name = "red", hex = "#c01f2b" }'


class Filament(BaseModel):
    """A filament: its name on the spool and its colour."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=40, pattern=r"\S")]
    hex: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]


class Palette(BaseModel):
    """The filaments that a maker has."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    material: str = "PLA"
    finish: str = ""
    filaments: Annotated[tuple[Filament, ...], Field(min_length=1, max_length=500)]


@dataclass(frozen=True)
class Chosen:
    """Colour ``#rrggbb`` -> the filament that stands for it, and the weighted mean error in CIEDE2000."""

    stands: Mapping[str, Filament]
    error: float


def palette_of(name: str) -> Palette:
    """The palette of that name in ``templates/palettes``, or of a TOML file when it is a file's path.

    Raises TemplateError when there is none, or the file is wrong.
    """
    own = Path(name)
    named = own.suffix != ".toml" and own.parent == Path()
    path = resources.find("palettes", name) if named else own
    try:
        palette = Palette.model_validate(resources.parse(path))
    except OSError as exc:
        raise TemplateError(f"there is no palette file {path}", "give a name or a file's path") from exc
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, path, whole=True, hint=HINT, line=_row(exc, path)) from exc
    names = [filament.name for filament in palette.filaments]
    if twice := next((n for n in names if names.count(n) > 1), ""):
        raise TemplateError(f"two filaments are called {twice!r}", "give each a name of its own", path)
    return palette


def _row(exc: pydantic.ValidationError, path: Path) -> int | None:
    """The line of the filament that a complaint is about, filaments written one a line; None for none."""
    where = exc.errors()[0]["loc"]
    if len(where) < 2 or not isinstance(where[1], int):
        return None
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [i for i, text in enumerate(lines, 1) if "{" in text and not text.lstrip().startswith("#")]
    return rows[where[1]] if where[1] < len(rows) else None


def chosen(
    weights: Mapping[str, float],
    palette: Palette,
    most: int,
    keep: Iterable[str] = (),
) -> Chosen:
    """At most ``most`` filaments for colours of these weights, with the least weighted squared error.

    The filaments nearest to the colours of ``keep`` (the skin) are taken first and never given up, heaviest
    first, as far as ``most`` allows. The same input gives the same choice. ValueError for ``most`` < 1.
    """
    if most < 1:
        raise ValueError("at least one filament must remain")
    colours = sorted(weights, key=lambda c: (-weights[c], c))
    if not colours:
        return Chosen({}, 0.0)
    spots = lab_of([f.hex.lower() for f in palette.filaments])
    apart = ciede2000(lab_of(colours)[:, None], spots[None])
    heavy = np.array([max(weights[c], 0.0) for c in colours])
    first = [colours.index(c) for c in colours if c in set(keep)]
    held = list(dict.fromkeys(int(apart[i].argmin()) for i in first))[:most]
    picked = _picked(apart**2 * heavy[:, None], most, held)
    nearest = np.array(picked)[apart[:, picked].argmin(axis=1)]
    for i in first:  # a face is its own filament, whatever else there is
        nearest[i] = picked[int(apart[i, picked].argmin())]
    error = float((apart[np.arange(len(colours)), nearest] * heavy).sum() / max(heavy.sum(), 1e-30))
    stands = {c: palette.filaments[int(n)] for c, n in zip(colours, nearest, strict=True)}
    return Chosen(stands, error)


def _picked(cost: npt.NDArray[np.float64], most: int, held: Sequence[int]) -> list[int]:
    """Columns, ``held`` among them and ``most`` at the most, whose least entry a row sums to the least."""
    picked = list(held)
    best = cost[:, picked].min(axis=1) if picked else np.full(len(cost), np.inf)
    while len(picked) < min(most, cost.shape[1]):
        totals = np.minimum(best[:, None], cost).sum(axis=0)
        totals[picked] = np.inf
        new = int(totals.argmin())
        if picked and totals[new] >= best.sum() - 1e-12:
            break  # one more filament would change nothing
        picked.append(new)
        best = np.minimum(best, cost[:, new])
    for _ in range(50):
        swap = _better_swap(cost, picked, len(held), float(best.sum()))
        if swap is None:
            break
        picked[swap[0]] = swap[1]
        best = cost[:, picked].min(axis=1)
    return picked


def _better_swap(
    cost: npt.NDArray[np.float64], picked: Sequence[int], held: int, now: float
) -> tuple[int, int] | None:
    """The exchange of one free pick that helps most: (its place, the column instead)."""
    found, least = None, now - 1e-9 * max(now, 1.0)
    for place in range(held, len(picked)):
        others = [*picked[:place], *picked[place + 1 :]]
        rest = cost[:, others].min(axis=1) if others else np.full(len(cost), np.inf)
        totals = np.minimum(rest[:, None], cost).sum(axis=0)
        new = int(totals.argmin())
        if totals[new] < least:
            found, least = (place, new), float(totals[new])
    return found


def colour_weights(parts: Mapping[str, trimesh.Trimesh]) -> dict[str, float]:
    """Colour -> how much of it there is: the surface of its parts in mm^2, faces counted as ``LOOKED_AT``."""
    weights: dict[str, float] = {}
    for name, mesh in parts.items():
        colour = colour_of(mesh)
        weights[colour] = weights.get(colour, 0.0) + float(mesh.area) * LOOKED_AT.get(name, 1.0)
    return weights


def skin_colours(parts: Mapping[str, trimesh.Trimesh]) -> list[str]:
    """The colours of the parts that are skin: those with the word in their name."""
    return sorted({colour_of(mesh) for name, mesh in parts.items() if SKIN in name.lower()})


def filaments_for(parts: Mapping[str, trimesh.Trimesh], palette: Palette, most: int) -> dict[str, Filament]:
    """Part -> its filament, at most ``most`` different ones, the skin's chosen first."""
    found = chosen(colour_weights(parts), palette, most, keep=skin_colours(parts))
    return {name: found.stands[colour_of(mesh)] for name, mesh in parts.items()}
