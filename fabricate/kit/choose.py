"""From spec, photo and words to a design: each choice says where it came from and how to change it.

Order of weight: an explicit key of the spec, then the words, then the photo, then what the seed picks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fabricate import resources, words
from fabricate.errors import SpecError, nearest
from fabricate.kit import leans, props, templates
from fabricate.kit.design import MONK, Design, darker
from fabricate.kit.features import BROWS, MOUTHS
from fabricate.kit.outfit import PRINT, takes_pattern
from fabricate.kit.patterns import KINDS

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness
    from fabricate.spec import Spec

__all__ = ["choose"]

STYLES = ("short", "bob", "quiff", "bun", "long", "curly")
HAIRS = ("#2a1d18", "#4a2f20", "#6e4426", "#8a4b2a", "#a8703a", "#d9b26a", "#1c1c22", "#b5482a")
TONES = ("monk-02", "monk-03", "monk-04", "monk-05", "monk-06", "monk-07", "monk-08")
EYES = ("#5a3a22", "#3b6ea5", "#3f7d4e", "#6b5132")
PLAIN = ("hoodie", "tee-jeans")
"""What the seed picks from."""


class _Chooser:
    """Takes each choice from the weightiest source that has one, and writes down which."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def take(
        self, label: str, flag: str, *, given: Any, word: Any, photo: Any = None, default: Any = None
    ) -> Any:
        """The first of given, word, photo, default that is there; ``label`` and ``flag`` tell the maker."""
        for value, source in ((given, ""), (word, "the words"), (photo, "the photo"), (default, "")):
            if value is not None:
                if source:
                    self.said.append(f"{label}: {value} (from {source}; change it with {flag})")
                return value
        return None


def choose(spec: Spec, likeness: Likeness | None) -> tuple[Design, tuple[str, ...]]:
    """The design, and a sentence for each choice taken from photo or words.

    Raises TemplateError for an outfit that does not exist, SpecError for an unknown skin tone, mouth, brows
    or face, MeshError for an accessory's file that is no mesh.
    """
    read = words.read(spec.subject.describe)
    word, own, photo = read.likeness, spec.likeness, likeness
    hair_word: Mapping[str, Any] = word.get("hair") or {}
    luck = random.Random(spec.stylize.seed)
    # Drawn in a fixed order, so that giving one choice leaves the others as they were.
    style, tint, tone, eyes, plain = (luck.choice(each) for each in (STYLES, HAIRS, TONES, EYES, PLAIN))
    chooser = _Chooser()
    take = chooser.take
    hair = take(
        "hair",
        "--hair",
        given=own.hair.style,
        word=hair_word.get("style"),
        photo=photo and photo.hair_style,
        default=style,
    )
    hair_colour = take(
        "hair colour",
        "--hair-colour",
        given=own.hair.colour,
        word=hair_word.get("colour"),
        photo=photo and photo.hair_colour,
        default=tint,
    )
    skin = _skin(chooser, own.skin, word.get("skin"), photo.skin if photo else None, tone)
    seen = "round" if photo and photo.glasses else None
    glasses = take(
        "glasses", "--glasses", given=own.glasses, word=word.get("glasses"), photo=seen, default="none"
    )
    beard = take("beard", "--beard", given=own.beard, word=word.get("beard"))
    if photo and photo.beard and beard is None:
        chooser.said.append("beard: the photo may show one; add it with --beard full")
    hat = take("hat", "--hat", given=own.hat, word=word.get("hat"))
    outfit = _outfit(chooser, spec, read.outfit, plain)
    given_style = None if spec.stylize.style == "auto" else spec.stylize.style
    figure = take("style", "--style", given=given_style, word=read.style, default="chibi")
    mouth = take(
        "mouth", "--set likeness.mouth=smile", given=own.mouth, word=word.get("mouth"), default="smile"
    )
    brows = take(
        "brows", "--set likeness.brows=soft", given=own.brows, word=word.get("brows"), default="soft"
    )
    freckled = {True: "yes", False: "no", None: None}
    freckles = take(
        "freckles",
        "--set likeness.freckles=false",
        given=freckled[own.freckles],
        word=freckled[word.get("freckles")],
    )
    face = take("face", '--set likeness.face=""', given=own.face, word=word.get("face"))
    design = Design(
        style=figure,
        pose=_pose(chooser, spec.stylize.pose, read.pose),
        outfit=outfit,
        hair=hair,
        hair_colour=hair_colour.lower(),
        skin=skin,
        eyes=take("eyes", "--eyes", given=own.eyes, word=word.get("eyes"), default=eyes),
        glasses=_worn(glasses),
        beard=_worn(beard),
        hat=_worn(hat),
        mouth=_one_of("mouth", mouth, MOUTHS),
        brows=_one_of("brows", brows, BROWS),
        freckles=freckles == "yes",
        relief=spec.prepare.relief,
        props=_props(chooser, spec.subject.accessories, read.accessories),
        colours=_colours(chooser, spec, outfit, word.get("clothes") or {}, photo),
        head=_head(chooser, figure, face, photo),
        patterns=_patterns(chooser, spec, outfit, read.patterns),
    )
    if worn := _worn_colours(chooser, read.colours, design):
        design = replace(design, colours={**design.colours, **worn})
    if read.not_understood:
        chooser.said.append(f"not understood: {', '.join(read.not_understood)}")
    return design, tuple(chooser.said)


def _worn(name: str | None) -> str | None:
    return None if name == "none" else name


def _skin(chooser: _Chooser, given: str | None, word: str | None, photo: str | None, tone: str) -> str:
    """The skin's colour. The photo's light only hints at it, and the seed knows nothing: either is said."""
    name: str = chooser.take("skin", "--skin", given=given, word=word, default=photo or tone)
    if given is None and word is None:
        how = "only a hint from the photo's light" if photo else "picked by the seed"
        chooser.said.append(
            f"skin: {name} ({how}; choose it with --skin monk-01 (lightest) to monk-10, or #rrggbb)"
        )
    if name in MONK:
        return MONK[name]
    if len(name) == 7 and name[0] == "#":
        return name.lower()
    raise SpecError(f"there is no skin tone called {name!r}", nearest(name, MONK) + " (or #rrggbb)")


def _outfit(chooser: _Chooser, spec: Spec, word: str | None, plain: str) -> str:
    """The outfit asked for, else one of the words, else one that the title speaks of, else a plain one."""
    if spec.stylize.outfit != "auto":
        return spec.stylize.outfit
    known = resources.names("outfits")
    title = spec.subject.title.casefold()
    if word is None:
        for name in known:
            for phrase in resources.read("outfits", name).get("words", []):
                if phrase.casefold() in title:
                    chooser.said.append(
                        f"outfit: {name} (from the title's {phrase!r}; change it with --outfit)"
                    )
                    return name
    return str(chooser.take("outfit", "--outfit", given=None, word=word, default=plain))


def _pose(chooser: _Chooser, asked: str, word: str | None) -> str:
    """The pose asked for; for ``auto`` the words' own, else standing."""
    given = None if asked == "auto" else asked
    return str(chooser.take("pose", "--pose", given=given, word=word, default="stand"))


def _props(chooser: _Chooser, asked: tuple[str, ...], read: tuple[str, ...]) -> tuple[str, ...]:
    """The accessories asked for, then those that the words name, each once; an unknown word is told.

    Raises SpecError for a file named without its path, MeshError for one that is missing or holds no solid.
    """
    found: dict[str, None] = {}
    for word in asked:
        try:
            found[props.resolve(word)] = None
        except SpecError as exc:
            if not props.is_word(word):
                raise
            chooser.said.append(
                f"accessory: {exc.message}, so it is not sculpted: the card shows an icon of it ({exc.hint})"
            )
    for name in found:
        chooser.said.extend(props.remarks(name))
    for name in (props.resolve(name) for name in read):
        if name not in found:
            found[name] = None
            chooser.said.append(f"accessory: {name} (from the words; choose your own with --accessory)")
    return tuple(found)


def _colours(
    chooser: _Chooser, spec: Spec, outfit: str, word: Mapping[str, str], photo: Likeness | None
) -> dict[str, str]:
    """Colours that override the outfit's own; what the photo saw is the top's."""
    worn = templates.colours("outfits", outfit)
    colours: dict[str, str] = {}
    for role in ("top", "bottom", "shoes"):
        value = chooser.take(
            f"clothes, {role}",
            f"--set likeness.clothes.{role}=#rrggbb",
            given=getattr(spec.likeness.clothes, role),
            word=word.get(role),
            photo=photo.clothes_colour if photo and role == "top" else None,
        )
        if value is not None:
            colours[role] = value
    if "top" in colours and worn.get("top") == worn.get("bottom"):
        colours.setdefault("bottom", colours["top"])
    if "top" in colours and colours["top"] == worn.get("trim"):
        colours["trim"] = darker(colours["top"], 0.35)
    return colours


def _patterns(chooser: _Chooser, spec: Spec, outfit: str, word: Mapping[str, str]) -> dict[str, str]:
    """Colour role -> its pattern; one that the outfit has no cloth for is told."""
    found: dict[str, str] = {}
    clothes = spec.likeness.clothes
    asked = {"top": clothes.top_pattern, "bottom": clothes.bottom_pattern}
    for role in dict.fromkeys((*asked, *word)):
        kind = chooser.take(
            f"clothes, {role}",
            f"--set likeness.clothes.{role}_pattern=plain",
            given=asked.get(role),
            word=word.get(role),
        )
        if kind is None:
            continue
        _one_of(f"clothes.{role}_pattern", kind, ("plain", *KINDS[1:]))
        if role == "shirt" and not takes_pattern(outfit, role):
            role = "top"  # nothing is worn over it
        if takes_pattern(outfit, role):
            found[role] = "" if kind == "plain" else kind
        elif kind != "plain":
            chooser.said.append(
                f"not used: {kind} on the {role} (the outfit {outfit} has no cloth there for it)"
            )
    return found


def _head(chooser: _Chooser, style: str, asked: str | None, photo: Likeness | None) -> dict[str, float]:
    """What differs from the style's head: by the photo's ratios, and by the shapes asked for."""
    ratios = photo.ratios if photo is not None else {}
    lean = leans.leaning(templates.style(style), ratios, leans.shapes(asked or ""))
    if any(ratio in ratios for ratio in leans.USUAL):
        chooser.said.append(
            "proportions: jaw, chin, eyes, brows, nose and mouth lean a little to the photo's (leave the "
            "photo out for the plain head)"
        )
    return lean


def _one_of(key: str, asked: str, known: tuple[str, ...]) -> str:
    """``asked`` when it is known; SpecError with the nearest else."""
    if asked not in known:
        raise SpecError(f"likeness.{key} is {asked!r}", nearest(asked, known))
    return asked


def _worn_colours(chooser: _Chooser, said: Mapping[str, str], design: Design) -> dict[str, str]:
    """Colours from the words for what has no key in the spec: hat, glasses, beard, tie, cape, accessories."""
    worn = {"hat": design.hat, "glasses": design.glasses, "beard": design.beard}
    roles = templates.colours("outfits", design.outfit)
    out = {}
    for role, colour in said.items():
        if (
            role in roles
            or role in design.props
            or worn.get(role) is not None
            or (role == PRINT and design.patterns)
        ):
            out[role] = colour
            chooser.said.append(f"{role} colour: {colour} (from the words; leave the word out for its own)")
        else:
            chooser.said.append(f"not used: the colour of the {role}, which this figure has not")
    return out
