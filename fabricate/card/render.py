"""The card itself: words and pictures in, PDF, PNG and SVG out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fabricate.artifacts import Card
from fabricate.card import colour, compose, icons, typeset
from fabricate.card import template as templates
from fabricate.card.content import AccessoryPicture, CardContent, clean, shortened, words

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["prepared", "render_card"]

_POINTS = 72 / 25.4


def render_card(content: CardContent, *, template: str = "classic") -> Card:
    """The packaging card of a figure.

    The PDF has the bleed around it, with TrimBox and BleedBox, its cut lines in the spot colours
    ``CutContour`` (hole) and ``Blister``; PNG (300 dpi) and SVG are the trimmed card, the SVG's text as
    outlines. The same content and template give the same bytes. ``Card.warnings`` names characters that no
    font draws, accessories that found no room, and a figure too large to be shown at its real size.

    Raises TemplateError (file and line) when the template is missing or wrong.
    """
    with prepared(content, template) as (sheet, loaded, warnings):
        made = loaded.template
        return Card(
            pdf=_boxed(sheet.pdf(), made.size_mm, made.bleed_mm),
            png=_with_dpi(sheet.png(compose.DPI)),
            svg=sheet.svg(),
            size_mm=made.size_mm,
            warnings=warnings,
        )


@contextmanager
def prepared(
    content: CardContent, template: str
) -> Iterator[tuple[typeset.Sheet, templates.Loaded, tuple[str, ...]]]:
    """A card laid out and ready to be set, with its template and what is to be warned of."""
    loaded = templates.load(template)
    figure = None if content.figure is None else compose.cropped(content.figure)
    aspect = 0.5 if figure is None else figure.width / figure.height
    arranged = compose.arrange(loaded.template, content, aspect)
    pictures = _pictures(content, figure, arranged)
    data, warnings = _data(loaded, content, figure, arranged)
    fonts = typeset.fonts_for(_all_text(data))
    for key in ("name", "title"):
        data[key] = fonts.drawable(data[key])
    data["labels"] = [fonts.drawable(label) for label in data["labels"]]
    warnings.extend(fonts.warnings())
    with typeset.sheet(loaded.document, data, pictures, fonts) as sheet:
        yield sheet, loaded, tuple(warnings)


def _pictures(
    content: CardContent, figure: Image.Image | None, arranged: compose.Arrangement
) -> dict[str, Image.Image]:
    out: dict[str, Image.Image] = {}
    if figure is not None:
        out["figure.png"] = compose.at_size(figure, arranged.figure.w, arranged.figure.h)
        out["shadow.png"] = compose.shadow(figure, arranged.figure.h)
    for index, place in enumerate(arranged.pictures):
        picture = content.accessories[index].picture
        part = None if picture is None else compose.cropped(picture)
        if place is not None and part is not None:
            out[f"accessory-{index}.png"] = compose.at_size(part, place.w, place.h)
    return out


def _labels(accessories: tuple[AccessoryPicture, ...], room: int, more: str) -> tuple[list[str], str]:
    """A label for each compartment and, when there are too few of them, a sentence that says so."""
    labels = [shortened(clean(item.label), 40) for item in accessories]
    if len(labels) <= room:
        return labels, ""
    hidden = [shortened(label, 24) for label in labels[room - 1 :]]
    return [*labels[: room - 1], f"+ {len(hidden)} {more}"], (
        f"the card has room for {room} accessories; not shown by name: {', '.join(hidden)}"
    )


def _data(
    loaded: templates.Loaded,
    content: CardContent,
    figure: Image.Image | None,
    arranged: compose.Arrangement,
) -> tuple[dict[str, Any], list[str]]:
    template = loaded.template
    labels, crowded = _labels(
        content.accessories, len(arranged.compartments), template.words.get("more", "more")
    )
    warnings = [crowded] if crowded else []
    if arranged.scale < 0.999:
        warnings.append(
            f"the figure ({content.height_mm:g} mm) is larger than the card's stage: "
            f"shown at {arranged.scale:.0%} of its real size"
        )
    data = {
        "name": words(clean(content.name)),
        "title": words(clean(content.title)),
        "height_mm": round(content.height_mm, 1),
        "size_mm": template.size_mm,
        "bleed_mm": template.bleed_mm,
        "safe_mm": template.safe_mm,
        "words": template.words,
        "layout": template.layout.model_dump(),
        "type": template.type.model_dump(),
        "colours": templates.colours(loaded, colour.palette(figure)),
        "stage": arranged.to_json(),
        "figure": figure is not None,
        "shadow_mm": compose.SHADOW_MM,
        "labels": [words(label) for label in labels],
        "signs": [icons.sign(label) for label in labels],
    }
    small = [
        f"{shortened(clean(item.label), 24)} ({share:.0%})"
        for item, share in zip(content.accessories, arranged.shares, strict=False)
        if share < 0.995
    ]
    if small:
        warnings.append(f"larger than its compartment, not shown at its real size: {', '.join(small)}")
    cut = [label for label in labels if label.endswith("…")]
    if cut:
        warnings.append(f"too long for its compartment, cut short: {', '.join(cut)}")
    return data, warnings


def _all_text(data: dict[str, Any]) -> str:
    printed = [data["name"], data["title"], *data["labels"], *data["signs"], *data["words"].values()]
    return "".join(printed) + ("".join(printed).upper() if data["type"]["upper"] else "")


def _boxed(pdf: bytes, size_mm: tuple[float, float], bleed_mm: float) -> bytes:
    """The PDF with MediaBox and BleedBox around the bleed and TrimBox at the cut; no dates, a fixed ID."""
    import pikepdf

    width, height = ((side + 2 * bleed_mm) * _POINTS for side in size_mm)
    edge = bleed_mm * _POINTS
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        page.mediabox = page.cropbox = page.bleedbox = pikepdf.Array([0, 0, width, height])
        page.trimbox = pikepdf.Array([edge, edge, width - edge, height - edge])
        document.save(out, deterministic_id=True)
    return out.getvalue()


def _with_dpi(png: bytes) -> bytes:
    """The PNG opaque and with its resolution written in (pHYs)."""
    from PIL import Image

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        image.convert("RGB").save(out, format="PNG", dpi=(compose.DPI, compose.DPI), compress_level=4)
    return out.getvalue()
