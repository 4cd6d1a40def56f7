"""Kit figures for training: random designs of every template that is not held out, and the bench's own.

A figure may be built between two styles, its limbs moved about their pose; its proportions are then changed
by a smooth warp of space (legs longer, head smaller, slimmer or heavier), so that the network learns neither
the few poses nor one style's proportions by heart.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate import resources
from fabricate.kit import props, templates
from fabricate.kit.design import MONK, Design, levels
from fabricate.kit.figure import Tables, build
from fabricate.kit.skeleton import LEG
from fabricate.train.sketch import Model, modelled

__all__ = ["accessory", "design", "figure", "held_out", "loosened", "warped"]

Dice = np.random.Generator
KINDS = ("styles", "outfits", "hair", "poses", "accessories")
CELL = 0.017
"""Cell of the coarse meshes, in body units; two fifths of it for the face's lines."""


@cache
def held_out() -> dict[str, frozenset[str]]:
    """Kind of template -> the names that training never sees."""
    text = Path(__file__).with_name("held-out.toml").read_text(encoding="utf-8")
    return {kind: frozenset(names) for kind, names in tomllib.loads(text).items()}


def _pick(dice: Dice, kind: str, unseen: bool) -> str:
    names = [n for n in resources.names(kind) if (n in held_out().get(kind, ())) == unseen]
    return str(dice.choice(names or resources.names(kind)))


def design(dice: Dice, unseen: bool = False) -> Design:
    """A random design; ``unseen`` takes style, outfit, hair and pose from the held-out lists instead."""

    def some(kind: str, share: float) -> str | None:
        return _pick(dice, kind, unseen=False) if dice.random() < share else None

    def paint() -> str:
        return "#" + "".join(f"{v:02x}" for v in dice.integers(20, 246, 3))

    return Design(
        style=_pick(dice, "styles", unseen),
        pose=_pick(dice, "poses", unseen),
        outfit=_pick(dice, "outfits", unseen),
        hair=_pick(dice, "hair", unseen),
        hair_colour=paint(),
        skin=str(dice.choice(list(MONK.values()))),
        eyes=paint(),
        glasses=some("glasses", 0.25),
        beard=some("beards", 0.15),
        hat=some("hats", 0.2),
        mouth=str(dice.choice(["smile", "grin", "open", "calm", "cat"])),
        props=(_pick(dice, "accessories", unseen),) if dice.random() < 0.3 else (),
        colours={role: paint() for role in ("top", "bottom", "shoes", "trim") if dice.random() < 0.6},
    )


def figure(
    dice: Dice, made: Design | None = None, cell: float = CELL, tables: tuple[Tables, Tables] | None = None
) -> Model:
    """The coarse mesh of a design (a random one when none is given), its parts in their own colours.

    ``tables``: of a style and a pose in place of the design's own, as ``loosened`` gives them.
    """
    made = design(dice) if made is None else made
    return modelled(
        (piece.field, cell / 2.5 if piece.fine else cell, np.array(levels(piece.colour)))
        for piece in build(made, tables=tables)
    )


def loosened(made: Design, dice: Dice) -> tuple[Tables, Tables]:
    """Tables about those of a design's style and pose: built between two styles, its limbs moved.

    There are few poses and styles, and whoever has seen no other knows them by heart.
    """
    style, pose = templates.style(made.style), dict(templates.pose(made.pose))
    other, share = templates.style(_pick(dice, "styles", unseen=False))["size"], dice.uniform(-0.2, 0.9)
    size = {key: value + share * (other[key] - value) for key, value in style["size"].items()}
    for arm in ("right_arm", "left_arm", "hold"):
        far = 14.0 if dice.random() < 0.7 else 45.0
        pose[arm] = _about({**pose.get(arm, {}), "reach": ""}, ("abduct", "flex", "turn", "bend"), far, dice)
    for leg in ("right_leg", "left_leg"):
        pose[leg] = _about(pose.get(leg, LEG), ("abduct", "flex", "bend"), 7.0, dice)
        if dice.random() < 0.3:
            pose[leg] |= {"flex": dice.uniform(-40, 95), "bend": dice.uniform(0, 100), "follow": True}
    pose["body"] = _about(pose.get("body", {}), ("turn", "tilt", "lean"), 6.0, dice)
    pose["head"] = _about(pose.get("head", {}), ("turn", "tilt", "nod"), 9.0, dice)
    return {**style, "size": size}, pose


def _about(given: Mapping[str, Any], keys: Sequence[str], far: float, dice: Dice) -> dict[str, Any]:
    """The table with the angles ``keys`` moved by ``far`` degrees or so; elbows and knees bend one way."""
    turned = {key: float(given.get(key, 0.0) + dice.normal() * far) for key in keys}
    return {**given, **turned, **({"bend": abs(turned["bend"])} if "bend" in turned else {})}


def accessory(dice: Dice) -> Model:
    """One accessory by itself, of a random kind."""
    name = _pick(dice, "accessories", unseen=False)
    shades = props.colours(name, "")
    return modelled(
        (
            clay,
            float((clay.high - clay.low).max()) / 60,
            np.array(levels(shades.get(part.removeprefix("prop/"), "#888888"))),
        )
        for part, clay in props.alone(name, 1.0, 0.03).items()
    )


def warped(model: Model, dice: Dice, strength: float = 1.0) -> Model:
    """The model in other proportions: its height remapped smoothly, its girth changed, bent a little."""
    low, high = model.vertices.min(0), model.vertices.max(0)
    size = high - low
    z = (model.vertices[:, 2] - low[2]) / size[2]
    knots = np.cumsum(np.exp(dice.normal(size=6) * 0.35 * strength))
    line = np.concatenate([[0.0], knots / knots[-1]])
    tall = float(np.exp(dice.normal() * 0.22 * strength))
    out: NDArray[np.float64] = model.vertices.astype(np.float64)
    out[:, 2] = np.interp(z, np.linspace(0, 1, 7), _smooth(line)) * size[2] * tall
    girth = np.exp(np.interp(z, np.linspace(0, 1, 5), dice.normal(size=5) * 0.13 * strength))
    out[:, :2] = (out[:, :2] - (low + high)[:2] / 2) * girth[:, None]
    out[:, 1] *= np.exp(dice.normal() * 0.15 * strength)
    out[:, 1] += size[2] * 0.08 * strength * dice.normal() * (z - 0.5) ** 2
    return model.moved(out)


def _smooth(line: NDArray[np.float64]) -> NDArray[np.float64]:
    """The knots drawn towards an even spacing, so that no part is crushed."""
    return np.asarray(0.5 * line + 0.5 * np.linspace(0, 1, len(line)))
