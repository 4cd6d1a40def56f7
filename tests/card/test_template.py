"""A tinkerer's own template: found in ./templates, and what is wrong with it said with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fabricate import resources
from fabricate.card import CardContent, render_card
from fabricate.errors import TemplateError

OURS = resources.packaged() / "templates" / "cards"


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder ./templates/cards with a copy of classic, as ``mine``."""
    folder = tmp_path / "templates" / "cards"
    folder.mkdir(parents=True)
    for kind in ("toml", "typ"):
        shutil.copy(OURS / f"classic.{kind}", folder / f"mine.{kind}")
    edit(folder / "mine.toml", 'document = "classic.typ"', 'document = "mine.typ"')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path / "config"))
    return folder


def edit(path: Path, old: str, new: str) -> int:
    """Replace the first ``old`` by ``new``; the number of the line that it stood in."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def refused(name: str = "mine") -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        render_card(CardContent("Maya"), template=name)
    return caught.value


def test_a_copy_works_and_an_edit_shows(cards: Path) -> None:
    before = render_card(CardContent("Maya"), template="mine")
    edit(cards / "mine.toml", 'series = "Series 01"', 'series = "Series 99"')
    assert render_card(CardContent("Maya"), template="mine").png != before.png


def test_another_size(cards: Path) -> None:
    edit(cards / "mine.toml", "size_mm = [152.4, 228.6]", "size_mm = [160.0, 240.0]")
    assert render_card(CardContent("Maya"), template="mine").size_mm == (160.0, 240.0)


def test_typst_error_has_file_and_line(cards: Path) -> None:
    line = edit(cards / "mine.typ", "#let band = 3.1", "#let band = nonsense")
    error = refused()
    assert (error.file, error.line) == (cards / "mine.typ", line)
    assert "nonsense" in error.message
    assert error.hint


def test_typst_syntax_error_has_file_and_line(cards: Path) -> None:
    line = edit(cards / "mine.typ", "#let band = 3.1", "#let band = (3.1")
    error = refused()
    assert error.file == cards / "mine.typ"
    assert error.line is not None
    assert error.line >= line


def test_broken_toml_has_its_line(cards: Path) -> None:
    line = edit(cards / "mine.toml", "bleed_mm = 3.0", "bleed_mm = three")
    error = refused()
    assert (error.file, error.line) == (cards / "mine.toml", line)


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("bleed_mm = 3.0", "bleed_mm = -1.0", "bleed_mm"),
        ("clearance_mm = 3.0", 'clearance_mm = "wide"', "clearance_mm"),
        ("compartment_mm = 29.0", "compartmnet_mm = 29.0", "compartmnet_mm"),
        ('scheme = "auto"', 'scheme = "sunbrust"', "sunburst"),
        ('document = "mine.typ"', 'document = "nowhere.typ"', "nowhere.typ"),
        ("deep = {", "deep = { lihgt = 0.1, ", "lihgt"),
    ],
)
def test_a_wrong_value_has_its_line(cards: Path, old: str, new: str, word: str) -> None:
    line = edit(cards / "mine.toml", old, new)
    error = refused()
    assert (error.file, error.line) == (cards / "mine.toml", line)
    assert word in str(error)


def test_an_unknown_colour_in_a_pair(cards: Path) -> None:
    edit(cards / "mine.toml", 'text = "foot_text", on = ["deep"]', 'text = "foot_text", on = ["depe"]')
    error = refused()
    assert "depe" in error.message
    assert "deep" in error.hint


def test_an_unknown_template_names_the_nearest() -> None:
    assert "classic" in refused("clasic").hint


def test_every_scheme_makes_a_card(cards: Path) -> None:
    seen = set()
    for scheme in ("poolside", "sunburst", "midnight", "seventies"):
        text = (OURS / "classic.toml").read_text(encoding="utf-8")
        text = text.replace('scheme = "auto"', f'scheme = "{scheme}"', 1).replace("classic.typ", "mine.typ")
        (cards / f"{scheme}.toml").write_text(text, encoding="utf-8")
        seen.add(render_card(CardContent("Maya"), template=scheme).png)
    assert len(seen) == 4


def test_fonts_of_the_makers_own_are_found(cards: Path) -> None:
    """A family that only ./templates/cards/fonts holds is drawn, not replaced."""
    from fabricate.card import typeset

    (cards / "fonts").mkdir()
    shutil.copy(OURS / "fonts" / "Rubik-Black.ttf", cards / "fonts" / "Copy.ttf")
    assert cards / "fonts" in typeset.folders()
