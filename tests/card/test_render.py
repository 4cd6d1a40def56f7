"""The card's three files: sizes, boxes, resolution, cut lines, outlines, the same bytes twice."""

from __future__ import annotations

import io
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pikepdf
import pytest
from PIL import Image, ImageChops

from fabricate.artifacts import Card
from fabricate.card import AccessoryPicture, CardContent, render_card
from tests.card.drawn import figure, mug

CONTENT = CardContent(
    name="Maya Lindqvist",
    title="Ceramics teacher",
    accessories=(AccessoryPicture("mug", mug(), 14.0), AccessoryPicture("kiln key")),
    figure=figure(),
    height_mm=90.0,
)
GOLDEN = Path(__file__).parent / "golden" / "classic.png"
MM = 72 / 25.4


@pytest.fixture(scope="module")
def card() -> Card:
    return render_card(CONTENT)


def test_png_is_the_trimmed_card_at_300_dpi(card: Card) -> None:
    with Image.open(io.BytesIO(card.png)) as image:
        assert image.size == (1800, 2700)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.02)


def test_pdf_boxes_in_mm(card: Card) -> None:
    with pikepdf.open(io.BytesIO(card.pdf)) as document:
        assert len(document.pages) == 1
        page = document.pages[0]
        boxes = {
            name: [float(v) / MM for v in page[name]]  # type: ignore[union-attr]
            for name in ("/MediaBox", "/BleedBox", "/TrimBox")
        }
    assert boxes["/MediaBox"] == pytest.approx([0, 0, 158.4, 234.6], abs=0.01)
    assert boxes["/BleedBox"] == pytest.approx(boxes["/MediaBox"], abs=0.01)
    assert boxes["/TrimBox"] == pytest.approx([3, 3, 155.4, 231.6], abs=0.01)


def test_pdf_cut_lines_are_spot_colours(card: Card) -> None:
    with pikepdf.open(io.BytesIO(card.pdf)) as document:
        spaces = document.pages[0].Resources.ColorSpace
        spots = {str(space[1]) for space in spaces.values() if space[0] == "/Separation"}
    assert spots == {"/CutContour", "/Blister"}


def test_svg_parses_and_has_outlines_for_text(card: Card) -> None:
    root = ElementTree.fromstring(card.svg)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert "path" in tags
    assert not tags & {"text", "tspan", "font"}
    assert [float(v) / MM for v in root.attrib["viewBox"].split()] == pytest.approx(
        [0, 0, 152.4, 228.6], abs=0.01
    )


def test_same_content_same_bytes(card: Card) -> None:
    again = render_card(CONTENT)
    assert again.png == card.png
    assert again.svg == card.svg
    assert again.pdf == card.pdf


@pytest.mark.parametrize("height_mm", [45.0, 90.0, 110.0])
def test_figure_is_printed_at_its_real_size(height_mm: float) -> None:
    """The skin's own colour is nowhere else on the card: the head is 0.4 of the 0.9 tall picture."""
    skin = (1, 254, 3)
    made = render_card(
        CardContent("Q", "", (), figure(skin="#01fe03"), height_mm=height_mm, picture_mm=height_mm)
    )
    with Image.open(io.BytesIO(made.png)) as image:
        near = np.abs(np.asarray(image).astype(int) - skin).max(axis=-1) < 40
    rows = np.flatnonzero(near.any(axis=1))
    tall_mm = (rows[-1] - rows[0] + 1) / 300 * 25.4
    # at the bottom the shirt covers the last 0.03 of the head in the middle, not at its sides
    assert tall_mm == pytest.approx(height_mm * 0.4 / 0.9, rel=0.03)
    assert made.warnings == ()


def test_figure_too_large_is_said() -> None:
    made = render_card(CardContent("Giant", figure=figure(), height_mm=250.0))
    assert any("shown at" in warning and "%" in warning for warning in made.warnings)


def test_too_many_accessories_are_named() -> None:
    many = tuple(AccessoryPicture(f"thing {i}") for i in range(30))
    made = render_card(CardContent("Hoarder", "", many, figure()))
    assert any("thing 29" in warning and "thing 11" in warning for warning in made.warnings)


def test_nothing_given_is_still_a_card() -> None:
    made = render_card(CardContent())
    with Image.open(io.BytesIO(made.png)) as image:
        assert image.size == (1800, 2700)
    assert made.warnings == ()


def test_picture_without_anything_opaque() -> None:
    made = render_card(CardContent("Ghost", figure=Image.new("RGBA", (50, 80), (0, 0, 0, 0))))
    assert made.size_mm == (152.4, 228.6)


def test_golden_picture(card: Card, tmp_path: Path) -> None:
    """Small enough that the same design on another machine differs by little; a moved part by much."""
    with Image.open(io.BytesIO(card.png)) as image:
        small = image.resize((200, 300), Image.Resampling.BOX)
    with Image.open(GOLDEN) as opened:
        golden = opened.convert("RGB")
    apart = np.asarray(ImageChops.difference(small, golden)).astype(float)
    if apart.mean() >= 2.0:
        small.save(tmp_path / "classic-got.png")
        golden.save(tmp_path / "classic-wanted.png")
    assert apart.mean() < 2.0, f"see {tmp_path}; if the new one is right, copy it to {GOLDEN}"
