"""Our reader of character maps against Pillow's (FreeType's) word on the same fonts."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import ImageFont

from fabricate import resources
from fabricate.card import glyphs

FONTS = sorted((resources.packaged() / "templates" / "cards" / "fonts").glob("*.ttf"))


@pytest.mark.parametrize("path", FONTS, ids=lambda path: path.stem)
def test_covered_agrees_with_freetype(path: Path) -> None:
    have = glyphs.covered(path)
    assert len(have) > 100
    font = ImageFont.truetype(str(path), 40)
    blank = bytes(font.getmask("\uffff"))
    for text in "AaÉßŁąЖяאبي漢かΩ☕🚀":
        drawn = bytes(font.getmask(text)) != blank
        assert drawn == (ord(text) in have), (path.stem, text)


def test_every_font_has_its_licence() -> None:
    assert len(FONTS) >= 4
    for path in FONTS:
        licence = path.with_name(f"OFL-{path.stem.partition('-')[0]}.txt").read_text(encoding="utf-8")
        assert licence.startswith("Copyright")
        assert "SIL OPEN FONT LICENSE Version 1.1" in licence


def test_not_a_font(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"\x00\x01\x00\x00\x00\xffnothing")
    assert glyphs.covered(tmp_path / "x.ttf") == frozenset()
    assert glyphs.covered(tmp_path / "missing.ttf") == frozenset()


def test_missing_and_scripts() -> None:
    ours = [(path, 0) for path in FONTS]
    assert glyphs.missing("Maya ياسمين 🚀\u200d", ours) == ""
    assert glyphs.missing("Maya 美咲美", ours) == "美咲"
    assert glyphs.scripts("美か한Ω") == [
        "Chinese or Japanese (kanji)",
        "Greek",
        "Japanese (kana)",
        "Korean",
    ]
    assert glyphs.scripts("🛸") == ["emoji and symbols"]
