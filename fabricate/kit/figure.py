"""A whole figure as fields: every part with its colour, in the order in which parts give way to others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fabricate import resources
from fabricate.kit import body, face, hands, heads, props, templates
from fabricate.kit.clay import Clay
from fabricate.kit.design import Design, darker, levels, mix
from fabricate.kit.features import Features
from fabricate.kit.joints import JOINTED, grooved
from fabricate.kit.outfit import PRINT, dress
from fabricate.kit.sculpt import Bench, sculpt
from fabricate.kit.skeleton import Skeleton, peg, pose_skeleton
from fabricate.kit.wardrobe import Wardrobe

__all__ = ["Piece", "Tables", "build"]

Tables = Mapping[str, Mapping[str, Any]]
"""What a template holds: name of a table -> its keys and values."""

FACE = ("white_top", "dark", "iris", "white", "mouth", "brow", "freckle")
ORDER = (
    *FACE,
    *("glasses", "metal", "top_seam", "bottom_seam", PRINT, "trim", "belt", "prop", "hat_trim", "hat"),
    *("skin", "beard", "hair_tie", "hair", "soles", "shoes", "bottom", "top", "peg"),
)
"""Earlier parts keep their room; later ones are cut where they meet. A prop's and a template's own parts
stand where ``prop`` does."""

GLOSS = {
    "dark": 0.9,
    "white": 0.7,
    "white_top": 0.9,
    "iris": 0.9,
    "metal": 0.8,
    "glasses": 0.8,
    "lens": 0.9,
    "shoes": 0.5,
    "hair": 0.32,
    "skin": 0.3,
}
PIN = 1.4
"""The radius of the thinnest limb over that of the thinnest free part."""
GREY = "#888888"
PLAIN = {"soles": "#f4f1ea", "metal": "#d9b45b", "trim": "#f4f1ea", "belt": "#5b3d28", "peg": "#cfe3ea"}
"""Colours that an outfit need not name."""


@dataclass(frozen=True)
class Piece:
    """One colour part of a figure: ``field`` in body units, ``colour`` #rrggbb, ``gloss`` 0..1 for pictures.

    ``fine`` pieces are meshed at twice the detail, any with cells ``detail`` of the usual size.
    """

    name: str
    field: Clay
    colour: str
    fine: bool
    gloss: float
    detail: float = 1.0


def _drawn() -> Mapping[str, float]:
    """The size of the body that poses are drawn for."""
    return templates.style("chibi")["size"]


def skeleton_of(design: Design, tables: tuple[Tables, Tables] | None = None) -> tuple[Skeleton, Tables]:
    """The posed skeleton of a design and its style's tables; TemplateError for a fault in either template.

    ``tables``: a style's and a pose's to take in place of the templates that the design names.
    """
    style, pose = tables or (templates.style(design.style), templates.pose(design.pose))
    drawn = None if style["size"] == _drawn() else _drawn()
    return pose_skeleton(style["size"], pose, design.held is not None, style["body"], drawn), style


def build(
    design: Design,
    thin: float = 0.006,
    step: float = 0.0035,
    line: float = 0.009,
    tables: tuple[Tables, Tables] | None = None,
) -> list[Piece]:
    """Every part of a design, first the ones that keep their room.

    ``thin``: the least radius of a free-standing part; ``step``: one layer of relief; ``line``: the least
    width of a raised line; in body units, from the printer's limits in mm at the asked height; ``tables``: as
    for ``skeleton_of``. Raises TemplateError for a fault in a template.
    """
    s, style = skeleton_of(design, tables)
    s = replace(s, size=_sturdy(s.size, thin))
    lean = design.head
    head = {**style["head"], **{k: v for k, v in lean.items() if k in (*style["head"], "nose_tall")}}
    eyes = {**style["eyes"], **{k[4:]: v for k, v in lean.items() if k.startswith("eye_")}}
    skull = heads.skull(s.head, head)
    wardrobe = dress(s, design.outfit, max(step, thin * 0.5), line, design.patterns)
    parts = dict(wardrobe.parts)
    if stand := peg(s):
        parts["peg"] = stand
    parts["skin"] = _skin(s, skull, head, wardrobe, thin)
    features = Features.of(design.mouth, design.brows, design.freckles, lean)
    drawn = line * eyes["line"] / s.head.scale
    parts.update(face.face(s.head, skull, eyes, features, step / s.head.scale, drawn))
    bases = {"head": skull, "skin": parts["skin"]}
    bench = Bench(s.head, thin / s.head.scale, bases, line / s.head.scale)
    _on_head(design, bench, parts)
    if s.made["joints"] == "rings":
        deep = min(step * 1.2, s.size["wrist_r"] * 0.2)
        for name in JOINTED:
            if name in parts:
                parts[name] = grooved(s, parts[name], deep, line * 0.7, wardrobe.hidden)
    if design.held is not None:
        parts.update(props.in_hand(design.held, s, thin))
    return _pieces(parts, palette(design), float(np.clip(1.5 * s.size["head"] / 0.187, 0.6, 1.0)))


def _sturdy(size: Mapping[str, float], thin: float) -> Mapping[str, float]:
    """A style's size with neck, arms and legs no thinner than a pin may be: 1.8 mm where a wall is 1.3."""
    limbs = ("neck_r", "arm_r", "wrist_r", "thigh_r", "shin_r")
    return {**size, **{key: max(size[key], PIN * thin) for key in limbs}}


def _pieces(parts: Mapping[str, Clay], colours: Mapping[str, str], detail: float) -> list[Piece]:
    """``detail``: of skin and hair, smaller on a smaller head with its fingers."""
    rank = {name: float(i) for i, name in enumerate(ORDER)}
    # A prop's later parts lie upon or within its earlier ones, and keep their room.
    held = [n for n in parts if n.startswith("prop/")]
    rank.update({n: rank["prop"] - k / 100 for k, n in enumerate(held)})
    names = sorted((n for n, c in parts.items() if c), key=lambda n: rank.get(n, rank["prop"]))
    return [
        Piece(
            *(n, parts[n], colours.get(n) or GREY, n in FACE, GLOSS.get(n, 0.25)),
            detail=detail if n in ("skin", "hair", "beard", "glasses") else 1.0,
        )
        for n in names
    ]


def _skin(s: Skeleton, skull: Clay, head: Mapping[str, Any], wardrobe: Wardrobe, thin: float) -> Clay:
    skin = Clay().add(skull)
    if head.get("nose"):
        skin.add(
            face.nose(s.head, skull, head.get("nose", 1.0), head.get("nose_tall", 1.0)), 0.05 * s.head.scale
        )
    if not head["box"]:
        skin.add(face.ears(s.head, head), 0.02 * s.head.scale)
    skin.add(body.neck(s), 0.012)
    for limb in s.arms:
        skin.add(body.arm_from(s, limb, max(0.0, wardrobe.sleeve - 0.16)))
        skin.add(hands.hand(s, limb, thin), 0.006)
    for limb in s.legs:
        leg = body.leg(s, limb)
        if wardrobe.leg >= 0.85:
            # An ankle may be seen between a wide hem and a low shoe, and holds the foot on.
            leg.keep(body.plane(limb.at(0.82)[0], limb.b - limb.c))
        skin.add(leg)
    return skin


def _on_head(design: Design, bench: Bench, parts: dict[str, Clay]) -> None:
    """Hair, beard, glasses and hat from their templates; the part ``main`` takes the name of its kind."""
    for kind, name, main in (
        ("hair", design.hair, "hair"),
        ("beards", design.beard, "beard"),
        ("glasses", design.glasses, "glasses"),
        ("hats", design.hat, "hat"),
    ):
        if name:
            shapes = templates.rows(kind, name, "shape")
            for part, clay in sculpt(shapes, bench, resources.find(kind, name)).items():
                parts[main if part == "main" else part] = clay
    if design.hat:
        # Hair under the hat would poke through it: nothing stays above its brim.
        hides = templates.rows("hats", design.hat, "hides")
        for clay in sculpt(hides, bench, resources.find("hats", design.hat), "hides").values():
            for covered in ("hair", "hair_tie"):
                if covered in parts:
                    parts[covered].cut(clay, 0.01)


def palette(design: Design) -> dict[str, str]:
    """Colour of every part: the outfit's, the design's own over it, the face's."""
    colours = {**PLAIN, **templates.colours("outfits", design.outfit), **design.colours}
    colours.update(
        skin=design.skin,
        hair=design.hair_colour,
        brow=darker(design.hair_colour, 0.25),
        beard=design.colours.get("beard", darker(design.hair_colour, 0.12)),
        iris=design.eyes,
        white="#fbfaf6",
        white_top="#ffffff",
        dark="#231b1d",
        glasses=design.colours.get("glasses", "#2a2a30"),
        mouth=mix(darker(design.skin, 0.55), "#8a2430", 0.55),
        freckle=mix(darker(design.skin, 0.22), "#8f4a26", 0.42),
        hair_tie=colours["trim"],
    )
    for role in design.patterns:
        colours.setdefault(PRINT, _print_on(colours.get(role, GREY), colours["trim"]))
    for role in ("top", "bottom"):
        colours.setdefault(f"{role}_seam", darker(colours.get(role, GREY), 0.22))
    for kind, name in (("hats", design.hat), ("glasses", design.glasses)):
        if name:
            own = templates.colours(kind, name)
            colours.update({k: design.colours.get(k, v) for k, v in own.items()})
    if design.held is not None:
        colours.update(props.colours(design.held, main=design.colours.get(design.held)))
    return colours


def _print_on(cloth: str, trim: str) -> str:
    """A pattern's colour: the outfit's trim where that shows upon the cloth, else cream or ink."""

    def apart(colour: str) -> float:
        return sum(abs(a - b) for a, b in zip(levels(colour), levels(cloth), strict=True))

    return trim if apart(trim) > 0.6 else max(("#f7f1e3", "#2b2d42"), key=apart)
