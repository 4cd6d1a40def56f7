"""Palettes: the standard's own colour pairs, the best set of all sets, and a face that stays true."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.solid.colour import lab_of, paint
from fabricate.solid.difference import ciede2000
from fabricate.solid.palette import Palette, chosen, filaments_for, palette_of
from tests.solid.shapes import box

HEX = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
LAB = st.tuples(st.floats(0, 100), st.floats(-110, 110), st.floats(-110, 110))

# L1 a1 b1 L2 a2 b2 difference, from the test data published with Sharma, Wu and Dalal (2005)
PAIRS = (
    (50.0, 2.6772, -79.7751, 50.0, 0.0, -82.7485, 2.0425),
    (50.0, 3.1571, -77.2803, 50.0, 0.0, -82.7485, 2.8615),
    (50.0, -1.3802, -84.2814, 50.0, 0.0, -82.7485, 1.0000),
    (50.0, 0.0, 0.0, 50.0, -1.0, 2.0, 2.3669),
    (50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0009, 7.1792),
    (50.0, 2.4900, -0.0010, 50.0, -2.4900, 0.0011, 7.2195),
    (50.0, -0.0010, 2.4900, 50.0, 0.0009, -2.4900, 4.8045),
    (50.0, -0.0010, 2.4900, 50.0, 0.0011, -2.4900, 4.7461),
    (50.0, 2.5, 0.0, 50.0, 0.0, -2.5, 4.3065),
    (50.0, 2.5, 0.0, 73.0, 25.0, -18.0, 27.1492),
    (50.0, 2.5, 0.0, 61.0, -5.0, 29.0, 22.8977),
    (50.0, 2.5, 0.0, 56.0, -27.0, -3.0, 31.9030),
    (50.0, 2.5, 0.0, 58.0, 24.0, 15.0, 19.4535),
    (60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644),
    (22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373),
    (90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441),
    (2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082),
)


@pytest.mark.parametrize("row", PAIRS)
def test_the_published_pairs(row: tuple[float, ...]) -> None:
    assert ciede2000(row[:3], row[3:6]) == pytest.approx(row[6], abs=5.1e-5)
    assert ciede2000(row[3:6], row[:3]) == pytest.approx(row[6], abs=5.1e-5)


@given(LAB, LAB)
def test_a_difference_is_symmetric_and_none_is_nothing(
    one: tuple[float, ...], other: tuple[float, ...]
) -> None:
    there, back = float(ciede2000(one, other)), float(ciede2000(other, one))
    assert there == pytest.approx(back, abs=1e-6)
    assert there >= 0
    assert float(ciede2000(one, one)) == 0


@pytest.mark.parametrize("name", resources.names("palettes"))
def test_our_palettes_are_sound(name: str) -> None:
    palette = palette_of(name)
    assert palette.title
    assert len(palette.filaments) == int(name.rsplit("-", 1)[1])
    spots = lab_of([f.hex for f in palette.filaments])
    apart = ciede2000(spots[:, None], spots[None])
    # two spools that look alike would be one too many
    assert apart[np.triu_indices(len(spots), 1)].min() > 5


def small(*colours: str) -> Palette:
    return Palette.model_validate({"filaments": [{"name": f"f{i}", "hex": c} for i, c in enumerate(colours)]})


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(HEX, st.floats(0.1, 100), min_size=1, max_size=7),
    st.lists(HEX, min_size=2, max_size=7, unique=True),
    st.integers(1, 3),
)
def test_the_choice_is_within_a_hair_of_the_best_of_all_sets(
    weights: dict[str, float], colours: list[str], most: int
) -> None:
    palette = small(*colours)
    found = chosen(weights, palette, most)
    assert set(found.stands) == set(weights)
    assert len({f.name for f in found.stands.values()}) <= most
    apart = ciede2000(lab_of(list(weights))[:, None], lab_of(colours)[None]) ** 2
    cost = apart * np.array(list(weights.values()))[:, None]
    best = min(
        float(cost[:, list(pick)].min(axis=1).sum())
        for pick in combinations(range(len(colours)), min(most, len(colours)))
    )
    names = {f.name: i for i, f in enumerate(palette.filaments)}
    ours = sum(cost[i, names[found.stands[c].name]] for i, c in enumerate(weights))
    assert ours <= 1.25 * best + 1e-6
    assert chosen(dict(reversed(weights.items())), palette, most) == found


def test_skin_keeps_its_filament_though_cloth_outweighs_it() -> None:
    parts = {
        "skin": paint(box(3, 3, 3), "#e0b090"),
        "shirt": paint(box(60, 60, 60), "#b01020"),
        "trousers": paint(box(50, 50, 50), "#1a4f9c"),
        "hair": paint(box(20, 20, 20), "#201510"),
    }
    palette = palette_of("basic-24")
    for most in (1, 2, 3, 4):
        found = filaments_for(parts, palette, most)
        assert found["skin"].name == "beige"
        assert len({f.name for f in found.values()}) <= most
    four = {name: f.name for name, f in filaments_for(parts, palette, 4).items()}
    assert four["shirt"] == "red"
    assert four["trousers"] == "blue"
    assert four["hair"] in ("black", "dark brown")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('filaments = [\n  { name = "Rosso", hex = "#AA1020" },\n]\n', encoding="utf-8")
    found = palette_of(str(path))
    assert chosen({"#000000": 1.0}, found, 4).stands["#000000"].name == "Rosso"


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ('filaments = [\n  { name = "a", hex = "#aa1020" },\n  { name = "b", hex = "red" },\n]', "hex", 3),
        ("filaments = []", "filaments", None),
        ("filaments = [", "wrong.toml", None),
        ('brand = "x"\nfilaments = [\n  { name = "a", hex = "#aa1020" },\n]', "brand", None),
        ('filaments = [\n{ name = "a", hex = "#aa1020" },\n{ name = "a", hex = "#aa1021" }]', "two", None),
    ],
)
def test_a_wrong_palette_is_refused(tmp_path: Path, text: str, said: str, line: int | None) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TemplateError, match=said) as caught:
        palette_of(str(path))
    assert "wrong.toml" in str(caught.value)
    if line:
        assert caught.value.line == line


def test_an_unknown_palette_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="basic-13"):
        palette_of("basic-13")
    with pytest.raises(TemplateError, match="no palette file"):
        palette_of(str(tmp_path / "none.toml"))
