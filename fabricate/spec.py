"""The spec: everything a figure is made from, as TOML or as flags.

Precedence: defaults < ``extends`` < photo < words < explicit keys < ``--set`` < the matching flag. Photo and
words are read by the stylize stage, which fills only what is still unset (None) here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import SpecError, nearest

__all__ = ["COLOUR", "Spec", "from_mapping", "load", "parse_set", "to_toml"]

COLOUR = r"^#[0-9a-fA-F]{6}$"
Colour = Annotated[str, Field(pattern=COLOUR)]


class Table(BaseModel):
    """A TOML table: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Subject(Table):
    """Who or what the figure is of."""

    photo: Path | None = None
    picture: Path | None = None
    name: str = ""
    title: str = ""
    describe: str = ""
    accessories: tuple[str, ...] = ()
    consent: Literal["unstated", "self", "permission", "guardian", "public-domain", "fictional"] = "unstated"


class Hair(Table):
    """Hair: a template's name and a colour."""

    style: str | None = None
    colour: Colour | None = None


class Clothes(Table):
    """Colours and patterns of the clothes; the outfit's own where unset.

    A pattern is ``plain``, ``stripes``, ``dots``, ``check``, ``star`` or ``heart``.
    """

    top: Colour | None = None
    bottom: Colour | None = None
    shoes: Colour | None = None
    top_pattern: str | None = None
    bottom_pattern: str | None = None


class LikenessTable(Table):
    """What the figure looks like: set here, it overrides the photo and the words."""

    hair: Hair = Hair()
    skin: str | None = None
    """``monk-01`` (lightest) to ``monk-10`` (the Monk Skin Tone scale), or ``#rrggbb``."""
    glasses: str | None = None
    """A template's name, or ``none``."""
    beard: str | None = None
    hat: str | None = None
    eyes: Colour | None = None
    freckles: bool | None = None
    mouth: str | None = None
    """smile, grin, calm, cat, frown, smirk, open or surprised."""
    brows: str | None = None
    """soft, thick, thin, straight, determined, raised or worried."""
    face: str | None = None
    """Shapes of templates/words/face.toml, with commas between: ``"square, big-nose"``."""
    clothes: Clothes = Clothes()


class Stylize(Table):
    """How the front view is made."""

    model_config = ConfigDict(extra="allow", frozen=True, validate_default=True)

    backend: str = "kit"
    style: str = "auto"
    """A template's name; ``auto``: what the words say, else chibi."""
    pose: str = "auto"
    """A template's name; ``auto``: what the words say, else standing."""
    outfit: str = "auto"
    """A template's name; ``auto``: from the words, else the title, else picked by the seed."""
    seed: int = Field(default=7, ge=0)


class Lift(Table):
    """How the view becomes a solid."""

    model_config = ConfigDict(extra="allow", frozen=True, validate_default=True)

    backend: str = "auto"


class Prepare(Table):
    """The printable solid. ``height_mm``: the figure without its base; ``base_mm`` 0 sizes it by itself."""

    height_mm: float = Field(default=90.0, ge=20.0, le=1000.0, allow_inf_nan=False)
    process: Literal["fdm", "resin"] = "fdm"
    base: str = "round"
    base_mm: float = Field(default=0.0, ge=0.0, le=300.0, allow_inf_nan=False)
    colours: int = Field(default=4, ge=1, le=16)
    relief: float | None = Field(default=None, ge=0.0, le=0.8, allow_inf_nan=False)
    """One layer of the kit's raised lines (eyes, brows, mouth, glasses, seams) in mm; 0 lays them flush,
    unset is the process's own: 0.3 for FDM, 0.2 for resin."""
    parts: Literal["solid", "colours", "pegged"] = "colours"
    """What the 3MF holds: ``solid`` one body, ``colours`` a body a filament; ``pegged`` also writes each
    piece apart, with pegs and sockets, for a printer with one nozzle."""
    up: Literal["auto", "x", "y", "z", "-x", "-y", "-z"] = "auto"
    """Which axis of a brought mesh points up; ``auto``: the file's own custom, then the shape."""
    units: Literal["auto", "mm", "cm", "m", "in"] = "auto"
    """The unit of a brought mesh, for what is said of its size; the figure is scaled to ``height_mm``."""
    clean: Literal["auto", "off"] = "auto"
    """Make a solid of a mesh that is none; a sound one comes out unchanged."""
    thicken: bool = True
    """Thicken what is under the process's floor, in a figure that the kit did not make."""
    orient: Literal["upright", "auto"] = "upright"
    """``auto`` lays a mesh without a base as it prints best."""
    hollow_mm: float = Field(default=0.0, ge=0.0, le=20.0, allow_inf_nan=False)
    """The wall of a hollow figure (resin) in mm, with drain holes; 0 leaves it full."""
    split: Literal["none", "bed", "joints"] = "none"
    """Cut the figure where the bed ends, or at its joints, with keyed pegs and sockets."""
    palette: str = ""
    """Filaments, whose colours the 3MF gets: a name in templates/palettes, or a file that ends in .toml."""
    number: str = ""
    """The job's number, under the base."""


class CardTable(Table):
    """The packaging card."""

    template: str = "classic"


class Slice(Table):
    """How the figure is sliced. ``profile`` names the printer, whose bed the figure must fit."""

    profile: str = "generic-0.4-pla"
    backend: str = "auto"
    """prusa, orca or bambu; ``auto``: the one that is installed and knows the printer."""
    supports: Literal["auto", "none", "plate", "everywhere"] = "auto"
    """``auto``: where the report finds overhangs; ``plate``: only where they stand on the bed."""
    brim_mm: float | None = Field(default=None, ge=0.0, le=50.0, allow_inf_nan=False)
    """The rim printed around the first layer; unset: 3 mm where something stands on little."""
    colours: int = Field(default=0, ge=0, le=16)
    """Filaments to print with at once; 0: as many as the printer's profile holds."""
    layer_mm: float | None = Field(default=None, gt=0.0, le=2.0, allow_inf_nan=False)
    """The height of a layer; unset: the profile's."""
    fill: float | None = Field(default=None, ge=0.0, le=1.0, allow_inf_nan=False)
    """The share of the inside that is filled; unset: the profile's."""
    accessories: bool = True
    """Put the accessories on the plates too."""
    anyway: bool = False
    """Slice a figure that the print gate refused."""


class Print(Table):
    """The printer, by the name it was added under."""

    printer: str | None = None


class Spec(Table):
    """The whole spec. ``schema`` is the file format's number."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    extends: str | None = None
    subject: Subject = Subject()
    likeness: LikenessTable = LikenessTable()
    stylize: Stylize = Stylize()
    lift: Lift = Lift()
    prepare: Prepare = Prepare()
    card: CardTable = CardTable()
    slice: Slice = Slice()
    print: Print = Print()

    def to_mapping(self) -> dict[str, Any]:
        """The spec as plain TOML-ready values: every default written, None left out, paths as text."""
        data = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        data.pop("extends", None)
        return data


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid upon ``base``, table by table; neither is changed."""
    out = dict(base)
    for key, value in over.items():
        old = out.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            out[key] = merge(old, value)
        else:
            out[key] = value
    return out


def parse_set(assignments: tuple[str, ...] | list[str]) -> dict[str, Any]:
    """``["prepare.height_mm=120", ...]`` as nested tables; values are TOML, else plain text."""
    out: dict[str, Any] = {}
    for text in assignments:
        key, equals, value = text.partition("=")
        path = [part.strip() for part in key.split(".")]
        if not equals or not all(path):
            raise SpecError(
                f"--set {text!r} is not TABLE.KEY=VALUE", "for example --set prepare.height_mm=120"
            )
        try:
            parsed: Any = tomllib.loads(f"v = {value}")["v"]
        except tomllib.TOMLDecodeError:
            parsed = value.strip()
        nested: dict[str, Any] = {path[-1]: parsed}
        for part in reversed(path[:-1]):
            nested = {part: nested}
        out = merge(out, nested)
    return out


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = Spec
    for part in location:
        field = model.model_fields.get(str(part))
        if field is None or not isinstance(field.annotation, type):
            return []
        if not issubclass(field.annotation, BaseModel):
            return []
        model = field.annotation
    return [field.alias or name for name, field in model.model_fields.items()]


def _refusal(exc: pydantic.ValidationError, source: str) -> SpecError:
    error = exc.errors()[0]
    location = tuple(error["loc"])
    dotted = ".".join(str(part) for part in location)
    more = f" (and {exc.error_count() - 1} more)" if exc.error_count() > 1 else ""
    if error["type"] == "extra_forbidden":
        return SpecError(
            f"{source}: unknown key {dotted!r}{more}", nearest(str(location[-1]), _known_keys(location[:-1]))
        )
    got = error.get("input")
    shown = "" if isinstance(got, Mapping) else f", got {got!r}"
    text = error["msg"].removeprefix("Input ")
    return SpecError(f"{source}: {dotted} {text}{shown}{more}", f"mend {dotted} and run again")


def from_mapping(data: Mapping[str, Any], *, source: str = "spec", folder: Path | None = None) -> Spec:
    """A Spec from nested tables, ``extends`` laid beneath, relative paths taken from ``folder``.

    Raises SpecError with the key's dotted name, and the nearest known name for an unknown one.
    """
    tables: Mapping[str, Any] = data
    seen: list[str] = []
    while isinstance(name := tables.get("extends"), str) and name not in seen:
        seen.append(name)
        below = resources.read("specs", name)
        tables = merge(below, {k: v for k, v in tables.items() if k != "extends"})
    tables = dict(tables)
    tables.pop("extends", None)
    try:
        spec = Spec.model_validate(tables)
    except pydantic.ValidationError as exc:
        raise _refusal(exc, source) from exc
    subject = spec.subject
    if subject.photo and subject.picture:
        raise SpecError(f"{source}: subject has both a photo and a picture", "keep the one to work from")
    if folder is not None:
        paths = {
            key: folder / value
            for key in ("photo", "picture")
            if (value := getattr(subject, key)) is not None and not value.is_absolute()
        }
        accessories = tuple(
            str(folder / a) if ("/" in a or "\\" in a) and not Path(a).is_absolute() else a
            for a in subject.accessories
        )
        subject = subject.model_copy(update={**paths, "accessories": accessories})
        prepare = spec.prepare
        if prepare.palette.endswith(".toml") and not Path(prepare.palette).is_absolute():
            prepare = prepare.model_copy(update={"palette": str(folder / prepare.palette)})
        spec = spec.model_copy(update={"subject": subject, "prepare": prepare})
    return spec


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a spec file as written; SpecError when it is missing or not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise SpecError(f"there is no spec at {path}", "write one with: fabricate new DIR") from exc
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SpecError(f"{path}: {exc}", "mend the file there; fabricate new DIR writes a good one") from exc


def load(path: Path, over: Mapping[str, Any] | None = None) -> Spec:
    """The spec in a TOML file, with ``over`` (from ``parse_set`` and the flags) laid upon it."""
    return from_mapping(merge(read_tables(path), over or {}), source=str(path), folder=path.resolve().parent)


def to_toml(spec: Spec) -> str:
    """The resolved spec as TOML text that ``load`` reads back to an equal spec."""
    import tomli_w

    return tomli_w.dumps(spec.to_mapping())
