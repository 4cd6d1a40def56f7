"""Colours: the conversions are each other's inverse, the figure lends its clothes, text stands out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.card import colour
from fabricate.card import template as templates
from tests.card.drawn import figure

HEX = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


@given(HEX)
def test_lch_and_back(hexed: str) -> None:
    back = colour.from_lch(colour.to_lch(hexed))
    assert max(abs(int(hexed[i : i + 2], 16) - int(back[i : i + 2], 16)) for i in (1, 3, 5)) <= 1


def test_known_contrasts() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(HEX, HEX)
def test_legible_on_any_ground(text: str, ground: str) -> None:
    got = colour.legible(text, [ground], 4.5)
    assert colour.contrast(got, ground) >= 4.5
    if colour.contrast(text, ground) >= 4.5:
        assert got == text


@pytest.mark.parametrize("shirt", ["#2a8fbd", "#c0302a", "#3d8f3a", "#d9a515", "#8a3fc0"])
def test_accent_is_the_shirt_and_not_the_skin(shirt: str) -> None:
    got = colour.palette(figure(shirt)).accent
    wanted = colour.to_lch(shirt)
    assert abs((got[2] - wanted[2] + 180) % 360 - 180) < 20


@pytest.mark.parametrize(("shirt", "mood"), [("#2a8fbd", "bright"), ("#888888", "dark"), ("#f2f2f2", "dark")])
def test_mood(shirt: str, mood: str) -> None:
    """A grey or white shirt leaves the dark blue trousers as the only colour."""
    assert colour.palette(figure(shirt)).mood == mood


def test_a_figure_without_colour_is_muted() -> None:
    grey = figure("#909090").convert("LA").convert("RGBA")
    assert colour.palette(grey).mood == "muted"


@settings(max_examples=60, deadline=None)
@given(
    hue=st.floats(0, 359.9),
    light=st.floats(0, 1),
    chroma=st.floats(0, 0.3),
    scheme=st.sampled_from(["poolside", "sunburst", "midnight", "seventies"]),
)
def test_every_text_stands_out_whatever_the_figure_wears(
    hue: float, light: float, chroma: float, scheme: str
) -> None:
    loaded = templates.load("classic")
    fixed = loaded.template.model_copy(update={"scheme": scheme})
    palette = colour.Palette((light, chroma, hue), (light, chroma, (hue + 120) % 360), "bright")
    got = templates.colours(templates.Loaded(fixed, loaded.toml, loaded.document), palette)
    pairs = fixed.contrast.pairs
    assert {pair.text for pair in pairs} >= {"name", "ribbon_text", "plate_text", "foot_text"}
    for pair in pairs:
        for ground in pair.on:
            assert colour.contrast(got[pair.text], got[ground]) >= 4.5, (pair.text, ground)


@pytest.mark.parametrize(
    ("shirt", "scheme"),
    [("#2a8fbd", "sunburst"), ("#e07a1c", "poolside"), ("#101830", "midnight"), ("#888888", "midnight")],
)
def test_the_scheme_follows_the_clothes(shirt: str, scheme: str) -> None:
    assert templates.pick(templates.load("classic"), colour.palette(figure(shirt))) == scheme
