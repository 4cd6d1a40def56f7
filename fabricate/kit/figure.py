"""A whole figure as fields: every part with its colour, in the order in which parts give way to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fabricate import resources
from fabricate.kit import body, face
from fabricate.kit.design import Design, darker, mix
from fabricate.kit.outfit import Wardrobe
from fabricate.kit.sculpt import Bench, sculpt
from fabricate.kit.sdf import Clay
from fabricate.kit.skeleton import Skeleton, pose_skeleton

__all__ = ["Piece", "build"]

ORDER = (
    "white_top", "dark", "iris", "white", "mouth", "brow", "glasses", "metal", "top_seam", "bottom_seam", "trim", "belt", "prop",
    "hat_trim", "hat", "skin", "beard", "hair_tie", "hair", "soles", "shoes", "bottom", "top",
)  # fmt: skip
"""Earlier parts keep their room; later ones are cut where they meet. Props and hats add names of their own."""

GLOSS = {
    "dark": 0.9,
    "white": 0.7,
    "white_top": 0.9,
    "iris": 0.9,
    "metal": 0.8,
    "glasses": 0.8,
    "shoes": 0.5,
    "hair": 0.32,
    "skin": 0.3,
}


@dataclass(frozen=True)
class Piece:
    """One colour part of a figure as a field in body units. ``fine`` pieces are meshed at three times the detail."""

    name: str
    field: Clay
    colour: str
    fine: bool
    gloss: float


def skeleton_of(design: Design) -> tuple[Skeleton, Mapping[str, Any]]:
    """The posed skeleton of a design and its style template."""
    style = resources.read("styles", design.style)
    pose = resources.read("poses", design.pose)
    return pose_skeleton(style["size"], pose, holding=bool(design.props)), style


def build(design: Design, thin: float = 0.006, step: float = 0.0035) -> list[Piece]:
    """Every part of a design, first the ones that keep their room.

    ``thin``: the least radius of a free-standing part; ``step``: one layer of relief; both in body units, from
    the printer's limits in mm at the asked height.
    """
    s, style = skeleton_of(design)
    numbers = design.head
    head = {**style["head"], **{k: v for k, v in numbers.items() if k in style["head"]}}
    eyes = {
        **style["eyes"],
        **{k.removeprefix("eye_"): v for k, v in numbers.items() if k.startswith("eye_")},
    }
    skull = face.skull(s.head, head)
    parts: dict[str, Clay] = {}
    outfit = resources.read("outfits", design.outfit)
    wardrobe = Wardrobe(s, max(step, thin * 0.5))
    wardrobe.wear(outfit["garment"])
    parts.update(wardrobe.parts)
    parts["skin"] = _skin(s, skull, head, wardrobe)
    parts.update(face.face(s.head, skull, eyes, {"mouth": design.mouth}, step / s.head.scale))
    bench = Bench(s.head, thin / s.head.scale, {"head": skull, "skin": parts["skin"]})
    _on_head(design, bench, parts)
    if design.props:
        parts.update(held(design.props[0], s, thin))
    colours = palette(design, outfit)
    # A prop's later parts lie upon or within its earlier ones, and keep their room.
    rank = {name: float(i) for i, name in enumerate(ORDER)}
    held_parts = [n for n in parts if n.startswith("prop/")]
    rank.update({n: rank["prop"] - k / 100 for k, n in enumerate(held_parts)})
    fine = set(ORDER[: ORDER.index("glasses")])
    names = sorted((n for n, c in parts.items() if c), key=lambda n: rank.get(n, rank["prop"]))
    return [
        Piece(
            n,
            parts[n],
            colours.get(n) or colours.get(n.split("/")[0], "#888888"),
            n in fine,
            GLOSS.get(n, 0.25),
        )
        for n in names
    ]


def _skin(s: Skeleton, skull: Clay, head: Mapping[str, Any], wardrobe: Wardrobe) -> Clay:
    skin = Clay().add(skull)
    skin.add(face.nose(s.head, skull, float(head.get("nose", 1.0))), 0.05 * s.head.scale)
    skin.add(face.ears(s.head, head), 0.02 * s.head.scale)
    skin.add(body.neck(s), 0.012)
    for limb in s.arms:
        arm = body.arm(s, limb)
        start, way = limb.at(max(0.0, wardrobe.sleeve - 0.16))
        arm.keep(body.plane(start, -way))
        skin.add(arm)
        skin.add(body.hand(s, limb), 0.006)
    if wardrobe.cuff_leg < 0.85:
        for limb in s.legs:
            skin.add(body.leg(s, limb))
    return skin


def _on_head(design: Design, bench: Bench, parts: dict[str, Clay]) -> None:
    def put(kind: str, name: str | None, main: str) -> Mapping[str, Any]:
        if not name or name == "none":
            return {}
        template = resources.read(kind, name)
        shapes = template.get("shape", [])
        for part, clay in sculpt(shapes, bench, resources.find(kind, name)).items():
            parts[main if part == "main" else part] = clay
        return template

    put("hair", design.hair, "hair")
    put("beards", design.beard, "beard")
    put("glasses", design.glasses, "glasses")
    hat = put("hats", design.hat, "hat")
    if hat and "hair" in parts:
        # Hair under the hat would poke through it: nothing stays above its brim.
        for clay in sculpt(hat.get("hides", []), bench).values():
            for name in ("hair", "hair_tie"):
                if name in parts:
                    parts[name].cut(clay, 0.01)


def held(name: str, s: Skeleton, thin: float) -> dict[str, Clay]:
    """The parts of an accessory in the right hand, named ``prop/...``; the skeleton is already holding."""
    from fabricate.kit import props

    return props.in_hand(name, s, thin)


def palette(design: Design, outfit: Mapping[str, Any]) -> dict[str, str]:
    """Colour of every part: the outfit's, the design's own, the face's."""
    from fabricate.kit import props

    colours = {
        "soles": "#f4f1ea",
        "metal": "#d9b45b",
        "trim": "#f4f1ea",
        "belt": "#5b3d28",
        **outfit.get("colours", {}),
    }
    colours.update(design.colours)
    colours.update(
        skin=design.skin, hair=design.hair_colour, brow=darker(design.hair_colour, 0.25), beard=darker(design.hair_colour, 0.12),
        iris=design.eyes, white="#fbfaf6", white_top="#ffffff", dark="#231b1d", glasses=design.colours.get("glasses", "#2a2a30"),
        mouth=mix(darker(design.skin, 0.55), "#8a2430", 0.55), hair_tie=colours.get("trim", "#d2433f"),
    )  # fmt: skip
    for role in ("top", "bottom"):
        colours.setdefault(f"{role}_seam", darker(colours.get(role, "#888888"), 0.22))
    if design.hat:
        hat = resources.read("hats", design.hat).get("colours", {})
        colours.update({k: design.colours.get(k, v) for k, v in hat.items()})
    for name in design.props[:1]:
        colours.update(props.colours(name))
    return colours
