"""From spec, photo and words to a design: each choice says where it came from and how to change it.

Order of weight: an explicit key of the spec, then the words, then the photo, then what the seed picks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fabricate import resources
from fabricate.errors import SpecError, nearest
from fabricate.kit import props
from fabricate.kit.design import MONK, Design, darker

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness
    from fabricate.spec import Spec

__all__ = ["choose"]

HAIRS = ("#2a1d18", "#4a2f20", "#6e4426", "#8a4b2a", "#a8703a", "#d9b26a", "#1c1c22", "#b5482a")
EYES = ("#5a3a22", "#3b6ea5", "#3f7d4e", "#6b5132")
LENGTHS = {"bald": "bald", "short": "short", "long": "long"}


class _Chooser:
    """Takes each choice from the weightiest source that has one, and writes down which."""

    def __init__(self, words: Mapping[str, Any], seed: int) -> None:
        self.words, self.rng = words, random.Random(seed)
        self.said: list[str] = []

    def take(self, label: str, flag: str, given: Any, word: Any, photo: Any, default: Any) -> Any:
        """The first of given, word, photo, default that is not None; ``label`` and ``flag`` are for the maker."""
        for value, source in (
            (given, ""),
            (word, "from the words"),
            (photo, "from the photo"),
            (default, ""),
        ):
            if value is None:
                continue
            if source:
                self.said.append(f"{label}: {value} ({source}; change it with {flag})")
            return value
        return None


def _skin(name: str) -> str:
    if name in MONK:
        return MONK[name]
    if len(name) == 7 and name[0] == "#":
        return name.lower()
    raise SpecError(f"there is no skin tone called {name!r}", nearest(name, MONK) + " (or #rrggbb)")


def _outfit(
    spec: Spec, word: str | None, likeness: Likeness | None, said: list[str], rng: random.Random
) -> str:
    if spec.stylize.outfit != "auto":
        return spec.stylize.outfit
    if word:
        said.append(f"outfit: {word} (from the words; change it with --outfit)")
        return word
    title = spec.subject.title.casefold()
    for name in resources.names("outfits"):
        for phrase in resources.read("outfits", name).get("words", []):
            if phrase.casefold() in title:
                said.append(f"outfit: {name} (from the title's {phrase!r}; change it with --outfit)")
                return name
    plain = ["hoodie", "tee-jeans"]
    return rng.choice([n for n in plain if n in resources.names("outfits")] or resources.names("outfits"))


def _colours(
    spec: Spec, outfit: str, word: Mapping[str, Any], likeness: Likeness | None, said: list[str]
) -> dict[str, str]:
    """Colours that override the outfit's own: the maker's, the words', the photo's."""
    template = resources.read("outfits", outfit)
    worn = template.get("colours", {})
    one_piece = worn.get("top") == worn.get("bottom")
    colours: dict[str, str] = {}
    if likeness is not None and likeness.clothes_colour:
        colours["top"] = likeness.clothes_colour
        said.append(
            f"clothes: {likeness.clothes_colour} (from the photo; change it with --set likeness.clothes.top=#rrggbb)"
        )
    for role in ("top", "bottom", "shoes"):
        value = getattr(spec.likeness.clothes, role) or (word.get("clothes") or {}).get(role)
        if value:
            colours[role] = value
    if one_piece and "top" in colours:
        colours.setdefault("bottom", colours["top"])
    if "top" in colours and colours["top"] == worn.get("trim"):
        colours["trim"] = darker(colours["top"], 0.35)
    return colours


def _head(likeness: Likeness | None) -> dict[str, float]:
    """The photo's proportions as gentle changes to the style's head, each within a tenth or so of it."""
    ratios = dict(likeness.ratios) if likeness is not None else {}
    out: dict[str, float] = {}

    def lean(key: str, ratio: str, usual: float, base: float, gain: float, most: float) -> None:
        if ratio in ratios:
            out[key] = round(base * (1 + max(-most, min(most, gain * (ratios[ratio] / usual - 1)))), 4)

    lean("jaw", "jaw_w", 0.80, 0.82, 0.8, 0.08)
    lean("eye_x", "eye_span", 0.66, 0.42, 0.6, 0.06)
    lean("nose", "nose_w", 0.27, 1.0, 0.8, 0.25)
    return out


def choose(spec: Spec, likeness: Likeness | None) -> tuple[Design, tuple[str, ...]]:
    """The design, and a sentence for each choice taken from photo or words.

    Raises TemplateError for a template that does not exist, SpecError for an unknown skin tone or accessory.
    """
    from fabricate import words

    read = words.read(spec.subject.describe)
    word: Mapping[str, Any] = read.likeness
    hair_word: Mapping[str, Any] = word.get("hair") or {}
    chooser = _Chooser(word, spec.stylize.seed)
    own, photo, rng = spec.likeness, likeness, chooser.rng
    # Drawn in a fixed order, so that giving one choice leaves the others as they were.
    luck = {
        "hair": rng.choice(["short", "bob", "quiff", "bun", "long", "curly"]),
        "hair_colour": rng.choice(HAIRS),
        "skin": rng.choice([f"monk-{k:02d}" for k in (2, 3, 4, 5, 6, 7, 8)]),
        "eyes": rng.choice(EYES),
    }
    length = LENGTHS.get(photo.hair_style or "") if photo else None
    hair = chooser.take("hair", "--hair", own.hair.style, hair_word.get("style"), length, luck["hair"])
    hair_colour = chooser.take(
        "hair colour",
        "--hair-colour",
        own.hair.colour,
        hair_word.get("colour"),
        photo and photo.hair_colour,
        luck["hair_colour"],
    )
    skin = chooser.take("skin", "--skin", own.skin, word.get("skin"), None, photo and photo.skin)
    if skin is None:
        skin = luck["skin"]
        chooser.said.append(
            f"skin: {skin} (picked by the seed; choose it with --skin monk-01 ... monk-10 or #rrggbb)"
        )
    elif photo and photo.skin == skin and own.skin is None and not word.get("skin"):
        chooser.said.append(f"skin: {skin} (only a hint from the photo's light; choose it with --skin)")
    seen = "round" if photo and photo.glasses else None
    glasses = chooser.take("glasses", "--glasses", own.glasses, word.get("glasses"), seen, "none")
    beard = chooser.take("beard", "--beard", own.beard, word.get("beard"), None, "none")
    if photo and photo.beard and beard == "none" and own.beard is None:
        chooser.said.append("beard: the photo may show one; add it with --beard full")
    hat = chooser.take("hat", "--hat", own.hat, word.get("hat"), None, "none")
    outfit = _outfit(spec, read.outfit, photo, chooser.said, rng)
    pose = spec.stylize.pose
    if read.pose and pose == "stand":
        pose = read.pose
        chooser.said.append(f"pose: {pose} (from the words; change it with --pose)")
    asked = [*spec.subject.accessories, *(a for a in read.accessories if a not in spec.subject.accessories)]
    design = Design(
        style=spec.stylize.style,
        pose=pose,
        outfit=outfit,
        hair=str(hair),
        hair_colour=str(hair_colour).lower(),
        skin=_skin(str(skin)),
        eyes=str(chooser.take("eyes", "--eyes", own.eyes, word.get("eyes"), None, luck["eyes"])),
        glasses=None if glasses == "none" else str(glasses),
        beard=None if beard == "none" else str(beard),
        hat=None if hat == "none" else str(hat),
        mouth=str((spec.stylize.model_extra or {}).get("mouth", "smile")),
        props=tuple(dict.fromkeys(props.resolve(a) for a in asked)),
        colours=_colours(spec, outfit, word, photo, chooser.said),
        head=_head(photo),
    )
    missed = f"not understood: {', '.join(read.not_understood)}" if read.not_understood else ""
    return design, (*chooser.said, *([missed] if missed else []))
