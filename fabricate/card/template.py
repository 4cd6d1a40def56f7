"""A card template: the TOML that a tinkerer edits, checked, and its colours worked out for one figure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.card.colour import Palette, from_lch, legible
from fabricate.errors import TemplateError, nearest

__all__ = ["CardTemplate", "colours", "load"]

Positive = Annotated[float, Field(gt=0.0, le=1000.0, allow_inf_nan=False)]
Hex = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Box = tuple[float, float, Positive, Positive]


class Table(BaseModel):
    """A TOML table: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Tint(Table):
    """An OKLCH colour whose hue may come from the figure, turned by ``turn`` degrees."""

    hue: Literal["accent", "second"] | float
    light: float = Field(ge=0.0, le=1.0)
    chroma: float = Field(ge=0.0, le=0.4)
    turn: float = 0.0


class Scheme(Table):
    """A colour scheme, and the clothes that it is picked for."""

    mood: Literal["bright", "dark", "muted"] | None = Field(default=None, alias="for")
    hues: tuple[float, float] | None = None
    colours: dict[str, Hex | Tint]

    def suits(self, palette: Palette) -> bool:
        """Whether it is meant for a figure of these colours."""
        if self.mood != palette.mood:
            return False
        return self.hues is None or self.hues[0] <= palette.accent[2] <= self.hues[1]


class Pair(Table):
    """A text colour and the colours that it lies on."""

    text: str
    on: tuple[str, ...]


class Contrast(Table):
    """How much texts stand out (WCAG 2 ratio), and which."""

    ratio: float = Field(default=4.5, ge=1.0, le=15.0)
    pairs: tuple[Pair, ...] = ()


class Layout(Table):
    """Boxes (left, top, width, height) and lengths on the trimmed card, in mm."""

    name_mm: Box
    stage_mm: Box
    clearance_mm: float = Field(ge=0.0, le=50.0)
    flange_mm: float = Field(ge=0.0, le=50.0)
    compartment_mm: Positive
    hole_mm: tuple[Positive, Positive, Positive]
    hole_top_mm: Positive


class Type(Table):
    """Font families in order of preference, and the name's size range in points."""

    display: tuple[str, ...]
    text: tuple[str, ...]
    name_pt: tuple[Positive, Positive]
    upper: bool = True


class CardTemplate(Table):
    """A whole template. ``words`` are the texts it prints; what they are for is up to its document."""

    description: str = ""
    document: str
    size_mm: tuple[Positive, Positive]
    bleed_mm: float = Field(ge=0.0, le=20.0)
    safe_mm: float = Field(ge=0.0, le=50.0)
    scheme: str = "auto"
    words: dict[str, str]
    layout: Layout
    type: Type
    schemes: dict[str, Scheme] = Field(min_length=1)
    contrast: Contrast = Contrast()


@dataclass(frozen=True)
class Loaded:
    """A template with the files that it stands in."""

    template: CardTemplate
    toml: Path
    document: Path


def _line(path: Path, location: tuple[Any, ...]) -> int | None:
    """The line of the key at ``location``: its own, else that of the innermost table around it."""
    keys = [part for part in location if isinstance(part, str)]
    here: list[str] = []
    depth, best = -1, None
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+", text):
            here = header.group(1).split(".")
            found = here == keys[: len(here)]
        else:
            key = re.match(r'\s*"?([\w-]+)"?\s*=', text)
            found = key is not None and [*here, key.group(1)] == keys[: len(here) + 1]
        level = len(here) + (header is None)
        if found and level > depth:
            depth, best = level, number
    return best


def _refusal(exc: pydantic.ValidationError, path: Path) -> TemplateError:
    """The most telling of pydantic's complaints: a misspelt key before the one that it leaves missing."""
    errors = sorted(exc.errors(), key=lambda error: error["type"] != "extra_forbidden")
    error = errors[0]
    spot = tuple(part for part in error["loc"] if part != "Tint" and "constrained" not in str(part))
    dotted = ".".join(str(part) for part in spot)
    if error["type"] != "extra_forbidden":
        return TemplateError(f"{dotted}: {error['msg']}", "mend it there", path, _line(path, spot))
    lacking = [str(e["loc"][-1]) for e in errors if e["type"] == "missing"]
    known = lacking or ["hue", "light", "chroma", "turn", *Layout.model_fields, *CardTemplate.model_fields]
    return TemplateError(f"unknown key {dotted!r}", nearest(str(spot[-1]), known), path, _line(path, spot))


def load(name: str) -> Loaded:
    """The card template of that name; TemplateError with file and line when it is missing or wrong."""
    data = resources.read("cards", name)
    path = resources.find("cards", name)
    try:
        template = CardTemplate.model_validate(data)
    except pydantic.ValidationError as exc:
        raise _refusal(exc, path) from exc
    document = path.with_name(template.document)
    if not document.is_file():
        raise TemplateError(
            f"there is no document {template.document!r} beside it",
            "name the .typ file that draws the card",
            path,
            _line(path, ("document",)),
        )
    return Loaded(template, path, document)


def _hex(colour: str | Tint, palette: Palette) -> str:
    if isinstance(colour, str):
        return colour
    hues: Mapping[str, float] = {"accent": palette.accent[2], "second": palette.second[2]}
    hue = hues[colour.hue] if isinstance(colour.hue, str) else colour.hue
    return from_lch((colour.light, colour.chroma, (hue + colour.turn) % 360.0))


def pick(loaded: Loaded, palette: Palette) -> str:
    """The name of the scheme to use: the template's own word, else the first one for the figure's mood."""
    template = loaded.template
    if template.scheme != "auto":
        if template.scheme not in template.schemes:
            raise TemplateError(
                f"scheme {template.scheme!r} is not among the schemes",
                nearest(template.scheme, [*template.schemes, "auto"]),
                loaded.toml,
                _line(loaded.toml, ("scheme",)),
            )
        return template.scheme
    fitting = [name for name, scheme in template.schemes.items() if scheme.suits(palette)]
    return (fitting or list(template.schemes))[0]


def colours(loaded: Loaded, palette: Palette) -> dict[str, str]:
    """Every colour of the picked scheme as ``#rrggbb``, texts moved until they stand out as asked."""
    template = loaded.template
    chosen = template.schemes[pick(loaded, palette)]
    out = {name: _hex(colour, palette) for name, colour in chosen.colours.items()}
    for pair in template.contrast.pairs:
        unknown = [key for key in (pair.text, *pair.on) if key not in out]
        if unknown:
            raise TemplateError(
                f"contrast names the colour {unknown[0]!r}, which the scheme lacks",
                nearest(unknown[0], out),
                loaded.toml,
                _line(loaded.toml, ("contrast", "pairs")),
            )
        out[pair.text] = legible(out[pair.text], [out[key] for key in pair.on], template.contrast.ratio)
    return out
