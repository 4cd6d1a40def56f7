"""What a diffusion model is told: the style's words, the figure's choices in words, how to frame it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fabricate import resources
from fabricate.kit import templates

if TYPE_CHECKING:
    from fabricate.kit.design import Design

__all__ = ["AVOID", "FRAME", "LIGHT", "negative", "positive", "references"]

FRAME = "full body from head to shoes, front view, plain {ground} background"
"""What the check after drawing asks for."""
LIGHT = "alone, both feet visible, empty space around, soft even studio light"
AVOID = (
    "cropped, out of frame, feet cut off, close-up, portrait, two people, several figures, extra limbs, "
    "scenery, busy background, base, pedestal, box, packaging, text, watermark, signature, blurry"
)
_MOUTHS = {"smile": "smiling", "grin": "grinning", "frown": "frowning"}


def positive(design: Design, ground: str, title: str = "", describe: str = "") -> str:
    """The figure in words: style, framing, pose, what the design holds, then the maker's own words.

    ``ground``: the colour behind it. The first words weigh most, and SDXL reads 77 tokens only. Raises
    TemplateError.
    """
    look = str(templates.style(design.style)["prompt"]["look"]) or _title("styles", design.style)
    said = [
        look,
        FRAME.format(ground=ground),
        _title("poses", design.pose).lower(),
        *_worn(design),
        f"dressed as {title}" if title else "",
        describe,
        LIGHT,
    ]
    return ", ".join(" ".join(part.split()) for part in said if part.strip())


def negative(design: Design) -> str:
    """What must not be drawn: the style's own words, then what would spoil the cutting out."""
    own = str(templates.style(design.style)["prompt"]["avoid"])
    return ", ".join(part for part in (own, AVOID) if part)


def references(prompt: str, photo: bool) -> str:
    """The prompt for a model that is shown pictures: says what each is for, in the order they are given."""
    told = "Draw one toy figure. "
    if photo:
        told += (
            "Picture 1 is the person: keep the face, the hair, the skin tone and the age, so that friends "
            "recognise them. Picture 2"
        )
    else:
        told += "Picture 1"
    told += (
        " is a stick figure on black: take only the pose from it, the limbs where its limbs are, and draw "
        "neither its lines nor its black ground. The figure: "
    )
    return told + prompt


def _worn(design: Design) -> list[str]:
    from fabricate.photo.colours import lab_of, monk, name_of

    hair = name_of(lab_of(design.hair_colour), "hair_naming")
    tone = _skin_words().get(monk(lab_of(design.skin)), "")
    out = [f"{tone} skin" if tone else "", f"{hair} hair, {_title('hair', design.hair).lower()}"]
    for kind, name in (("glasses", design.glasses), ("beards", design.beard), ("hats", design.hat)):
        if name is not None:
            out.append(_title(kind, name).lower())
    if design.freckles:
        out.append("freckles")
    out.append(_MOUTHS.get(design.mouth, ""))
    out.append(f"wearing {_title('outfits', design.outfit).lower()}")
    for role in ("top", "bottom", "shoes"):
        if colour := design.colours.get(role):
            out.append(f"{name_of(lab_of(colour))} {'trousers' if role == 'bottom' else role}")
    if design.held is not None:
        out.append(f"holding {_title('accessories', design.held).lower()}")
    return out


def _title(kind: str, name: str) -> str:
    return str(resources.read(kind, name).get("title") or name.replace("-", " "))


def _skin_words() -> dict[str, str]:
    """Step of the Monk scale -> the first word for it in templates/words/skin.toml."""
    out: dict[str, str] = {}
    for word, step in resources.read("words", "skin")["words"].items():
        out.setdefault(step, word)
    return out
