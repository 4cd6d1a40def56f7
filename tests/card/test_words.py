"""Whatever the words, they stay inside the safe zone, and what no font can draw is said."""

from __future__ import annotations

import io
import unicodedata

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from fabricate.card import AccessoryPicture, CardContent, render_card
from fabricate.card.content import clean, shortened, words
from fabricate.card.render import prepared
from tests.card.drawn import figure

DPI = 75
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=200)
LATIN = st.text(st.characters(max_codepoint=0x24F, exclude_categories=("Cs", "Cc")), max_size=200)


def ink(content: CardContent) -> np.ndarray:
    """Where the layer of words has anything on it, at ``DPI``."""
    with prepared(content, "classic") as (sheet, _, _):
        png = sheet.png(DPI, layer="words")
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("L")) < 200


def margins_mm(content: CardContent) -> tuple[float, float, float, float]:
    """Free room on the left, top, right and bottom of the card, mm."""
    drawn = ink(content)
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    per_px = 25.4 / DPI
    high, wide = drawn.shape
    return (
        float(columns[0] * per_px),
        float(rows[0] * per_px),
        float((wide - 1 - columns[-1]) * per_px),
        float((high - 1 - rows[-1]) * per_px),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=TEXT | LATIN, title=LATIN, label=LATIN)
@example("W" * 200, "M" * 200, "W" * 200)
@example("WM" * 5 + " " + "MW" * 95, "i" * 200, "mug")
@example("ميسون" * 40, "宇宙飛行士" * 40, "🚀" * 60)
@example("Z̵̢̛͑a̸l̵g̷o̶" * 12, "g" * 30, "Å" * 40)
def test_words_stay_in_the_safe_zone(name: str, title: str, label: str) -> None:
    content = CardContent(name, title, (AccessoryPicture(label),) * 7, figure(), 90.0)
    assert min(margins_mm(content)) >= 4.0


@pytest.mark.parametrize("height_mm", [20.0, 90.0, 300.0, 1000.0])
@pytest.mark.parametrize("count", [0, 1, 6, 12, 40])
def test_pictures_stay_in_the_safe_zone(height_mm: float, count: int) -> None:
    things = tuple(AccessoryPicture(f"thing {i}", figure("#dd4422"), 30.0) for i in range(count))
    assert min(margins_mm(CardContent("Maya", "Teacher", things, figure(), height_mm))) >= 4.0


@pytest.mark.parametrize("name", ["ياسمين", "Мария", "שלום", "Ünal Łódź", "Zoë 🚀👩‍🚀👍🏽🇯🇵"])
def test_scripts_that_our_own_fonts_draw(name: str) -> None:
    assert render_card(CardContent(name, figure=figure())).warnings == ()


def test_a_missing_script_is_named() -> None:
    """Egyptian hieroglyphs and Tangut: hardly a system has fonts for both."""
    warnings = render_card(CardContent("Thoth 𓅝 𗼇", figure=figure())).warnings
    if warnings:
        assert len(warnings) == 1
        assert "𓅝" in warnings[0] or "𗼇" in warnings[0]
        assert "Egyptian" in warnings[0] or "Tangut" in warnings[0]
    else:
        drawn = ink(CardContent("Thoth 𓅝 𗼇", figure=figure()))
        plain = ink(CardContent("Thoth", figure=figure()))
        assert (drawn != plain).any()


def test_marks_that_cannot_be_set_are_left_out_and_said() -> None:
    """The letters stay: a mark that the font lacks must not turn them into empty boxes."""
    made = render_card(CardContent("Z\u0335a\u0331lgo", figure=figure()))
    plain = render_card(CardContent("Zalgo", figure=figure()))
    assert any("\u0335" in warning and "left out" in warning for warning in made.warnings)
    assert made.png == plain.png


def test_a_long_label_is_cut_and_said() -> None:
    made = render_card(CardContent("Q", "", (AccessoryPicture("screwdriver " * 20),), figure()))
    assert any("cut short" in warning for warning in made.warnings)


@given(TEXT)
def test_clean_is_one_line_and_stable(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(unicodedata.category(ch) in ("Cc", "Cs") for ch in once)
    assert "  " not in once


@given(TEXT)
def test_words_add_only_places_to_break(text: str) -> None:
    assert words(text).replace("\u200b", "") == text.replace("\u200b", "")
    if all(len(word) < 20 for word in text.split()):
        assert words(text) == text


@given(TEXT, st.integers(1, 50))
def test_shortened(text: str, most: int) -> None:
    got = shortened(text, most)
    assert len(got) <= most
    assert got == text or (len(text) > most and got.endswith("…"))


def test_an_emoji_family_stays_whole() -> None:
    family = "👩‍👩‍👧‍👦"
    assert family in words("x" * 13 + family + "y" * 20)
