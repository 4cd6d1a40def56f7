"""The flags that name a key of the spec: one table, from which options, tables and tests are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click

from fabricate.errors import SpecError

if TYPE_CHECKING:
    from fabricate.spec import Spec

__all__ = ["FLAGS", "MODEL_FLAGS", "Flag", "modelled", "modelling", "over", "shared", "speaking"]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Flag:
    """A flag and the key of the spec that it sets; ``many``: it may be given again and again."""

    name: str
    key: str
    help: str
    kind: type[str] | type[int] | type[float] | type[bool] = str
    metavar: str = "NAME"
    many: bool = False

    @property
    def parameter(self) -> str:
        """The name of the Python parameter that click hands the value to."""
        return "flag_" + self.name.removeprefix("--").replace("-", "_")


FLAGS = (
    Flag("--name", "subject.name", "Name on base and card.", metavar="TEXT"),
    Flag("--title", "subject.title", "Line below the name on the card.", metavar="TEXT"),
    Flag("--describe", "subject.describe", "What the figure looks like, in words.", metavar="TEXT"),
    Flag("--accessory", "subject.accessories", "An accessory, or a mesh file; repeatable.", many=True),
    Flag("--consent", "subject.consent", "self, permission, guardian, public-domain or fictional."),
    Flag("--hair", "likeness.hair.style", "Hair style."),
    Flag("--hair-colour", "likeness.hair.colour", "Hair colour.", metavar="#RRGGBB"),
    Flag("--skin", "likeness.skin", "monk-01 (lightest) to monk-10, or #RRGGBB.", metavar="TONE"),
    Flag("--glasses", "likeness.glasses", "Glasses, or none."),
    Flag("--beard", "likeness.beard", "Beard, or none."),
    Flag("--hat", "likeness.hat", "Hat, or none."),
    Flag("--eyes", "likeness.eyes", "Eye colour.", metavar="#RRGGBB"),
    Flag("--outfit", "stylize.outfit", "Outfit, or auto."),
    Flag("--pose", "stylize.pose", "Pose, or auto."),
    Flag("--style", "stylize.style", "Style of the figure."),
    Flag("--seed", "stylize.seed", "Seed: the same seed gives the same figure.", int, "N"),
    Flag("--stylize", "stylize.backend", "Where the front view comes from (fabricate backends)."),
    Flag("--lift", "lift.backend", "How it becomes a solid (fabricate backends)."),
    Flag("--height", "prepare.height_mm", "Height of the figure without its base, in mm.", float, "MM"),
    Flag("--process", "prepare.process", "fdm or resin: sets what the print gate holds."),
    Flag("--relief", "prepare.relief", "One layer of raised lines, in mm; 0 lays them flush.", float, "MM"),
    Flag("--base", "prepare.base", "Base, or none."),
    Flag("--base-mm", "prepare.base_mm", "Width of the base in mm; 0 sizes it by itself.", float, "MM"),
    Flag("--colours", "prepare.colours", "Filaments for the 3MF.", int, "N"),
    Flag("--palette", "prepare.palette", "Filaments to choose from: a palette's name or file."),
    Flag("--parts", "prepare.parts", "solid, colours, or pegged: pieces with pegs and sockets."),
    Flag("--split", "prepare.split", "none, bed or joints: cut the figure to pieces that fit together."),
    Flag("--hollow", "prepare.hollow_mm", "Wall of a hollow figure (resin), in mm; 0: full.", float, "MM"),
    Flag("--orient", "prepare.orient", "upright, or auto: lay a mesh without a base as it prints best."),
    Flag(
        "--up",
        "prepare.up",
        "Which axis of a mesh points up: x, y, z, -x, -y, -z; else guessed.",
        metavar="AXIS",
    ),
    Flag("--units", "prepare.units", "Unit of a mesh: mm, cm, m or in; else guessed."),
    Flag("--card", "card.template", "Card template."),
)

MODEL_FLAGS = (
    Flag("--model", "model", "Folder with the model's weights, or its id.", metavar="PATH"),
    Flag("--download", "download", "Fetch a model's weights when they are not here.", bool),
    Flag("--accept-licence", "accept_licence", "You read the model's licence and may use it.", bool),
    Flag("--seeds", "seeds", "Draw until so many pictures pass; keep the best that prints.", int, "N"),
    Flag("--tries", "tries", "At most so many pictures for each seed.", int, "N"),
    Flag("--strict", "strict", "Stop when no picture passes the check.", bool),
)
"""Flags whose ``key`` is an option of a backend, in whichever of ``[stylize]`` and ``[lift]`` takes it."""


def _nested(key: str, value: Any) -> dict[str, Any]:
    for part in reversed(key.split(".")):
        value = {part: value}
    return dict(value)


def over(sets: tuple[str, ...], values: Mapping[str, Any]) -> dict[str, Any]:
    """The tables to lay upon a spec: ``--set`` first, the matching flags upon them."""
    from fabricate.spec import merge, parse_set

    tables = parse_set(sets)
    for flag in FLAGS:
        value = values.get(flag.parameter)
        if value is None or value == ():
            continue
        tables = merge(tables, _nested(flag.key, list(value) if flag.many else value))
    if not all(isinstance(tables.get(key, {}), Mapping) for key in ("subject", "prepare", "stylize")):
        raise SpecError("--set needs TABLE.KEY=VALUE", "for example --set prepare.height_mm=120")
    return tables


def shared(*names: str) -> Callable[[Command], Command]:
    """Decorate a command with ``--set`` and the flags of these names (all of them when none is named)."""

    def decorate(command: Command) -> Command:
        for flag in reversed([f for f in FLAGS if not names or f.name in names]):
            command = click.option(
                flag.name,
                flag.parameter,
                type=flag.kind,
                multiple=flag.many,
                metavar=flag.metavar,
                help=flag.help,
            )(command)
        return click.option(
            "--set",
            "sets",
            multiple=True,
            metavar="TABLE.KEY=VALUE",
            help="Set any key of the spec; repeatable. Beats the spec; the flags beat it.",
        )(command)

    return decorate


def modelling(*names: str) -> Callable[[Command], Command]:
    """Decorate a command with the model flags of these names (all of them when none is named)."""

    def decorate(command: Command) -> Command:
        for flag in reversed([f for f in MODEL_FLAGS if not names or f.name in names]):
            looks: dict[str, Any] = {"type": flag.kind, "metavar": flag.metavar}
            if flag.kind is bool:
                looks = {"is_flag": True, "default": None}
            command = click.option(flag.name, flag.parameter, help=flag.help, **looks)(command)
        return command

    return decorate


def modelled(
    spec: Spec,
    values: Mapping[str, Any],
    tables: tuple[Literal["stylize", "lift"], ...] = ("stylize", "lift"),
    strict: bool = False,
) -> Spec:
    """The spec with the model flags laid into the tables whose backend has such an option.

    ``strict``: of ``make``, where it is not for the model alone; set where there is such an option. Raises
    SpecError for a flag that no backend takes, or a ``--model`` that two would take; BackendError for a
    backend that is unknown or cannot be imported.
    """
    given = {f: value for f in MODEL_FLAGS if (value := values.get(f.parameter)) is not None}
    if not given and not strict:
        return spec
    known = {table: _options_of(spec, table) for table in tables}
    for flag, value in given.items():
        takers = [table for table in tables if flag.key in known[table]]
        names = " nor ".join(getattr(spec, table).backend for table in tables)
        if not takers:
            raise SpecError(
                f"{flag.name} is nothing that {names} knows", "choose a backend: fabricate backends"
            )
        if flag.key == "model" and len(takers) > 1:
            raise SpecError(
                f"--model would be for both {takers[0]} and {takers[1]}",
                f"say which: {' '.join(f'--set {table}.model=PATH' for table in takers)}",
            )
        if flag.key == "model" and Path(value).expanduser().is_dir():
            value = str(Path(value).expanduser().absolute())
        for table in takers:
            spec = _with(spec, table, flag.key, value)
    for table in tables:
        if strict and "strict" in known[table]:
            spec = _with(spec, table, "strict", True)
    return spec


def _options_of(spec: Spec, table: Literal["stylize", "lift"]) -> set[str]:
    """The options of a table's backend; none for ``auto``, which is not chosen yet."""
    from fabricate import backends

    name = getattr(spec, table).backend
    if name == "auto":
        return set()
    return set(backends.get("stylizers" if table == "stylize" else "lifters", name).Options.model_fields)


def _with(spec: Spec, table: str, key: str, value: Any) -> Spec:
    return spec.model_copy(update={table: getattr(spec, table).model_copy(update={key: value})})


def speaking(command: Command) -> Command:
    """Decorate a command with ``--json`` and ``--quiet``."""
    command = click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")(command)
    return click.option("--json", is_flag=True, help="One JSON object on stdout, errors too.")(command)
