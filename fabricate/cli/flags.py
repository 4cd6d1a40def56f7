"""The flags that name a key of the spec: one table, from which options, tables and tests are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from fabricate.errors import SpecError

__all__ = ["FLAGS", "Flag", "over", "shared", "speaking"]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class Flag:
    """A flag and the key of the spec that it sets; ``many``: it may be given again and again."""

    name: str
    key: str
    help: str
    kind: type[str] | type[int] | type[float] = str
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


def speaking(command: Command) -> Command:
    """Decorate a command with ``--json`` and ``--quiet``."""
    command = click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")(command)
    return click.option("--json", is_flag=True, help="One JSON object on stdout, errors too.")(command)
