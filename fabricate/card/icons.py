"""A sign for an accessory that nobody has sculpted: the emoji font's own drawing of it, else a parcel."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from fabricate import resources
from fabricate.card import glyphs

__all__ = ["PARCEL", "sign"]

PARCEL = "\U0001f381"
FONT = "NotoEmoji-Bold.ttf"
PASSED = frozenset(
    ("with", "and", "of", "the", "in", "symbol", "sign", "emoji", "face", "heavy", "black", "white")
)
"""Words of a character's name that say nothing of what it shows."""
ALSO = {
    "bike": "bicycle",
    "car": "automobile",
    "phone": "mobile phone",
    "cup": "hot beverage",
    "coffee": "hot beverage",
    "computer": "personal computer",
    "drink": "cup with straw",
    "medal": "sports medal",
    "horn": "postal horn",
    "drumsticks": "drum with drumsticks",
    "drum": "drum with drumsticks",
    "plane": "airplane",
    "aeroplane": "airplane",
    "flower": "tulip",
    "gun": "pistol",
    "skis": "ski and ski boot",
    "ice cream": "soft ice cream",
    "teddy": "teddy bear",
    "suitcase": "luggage",
    "pen": "fountain pen",
    "specs": "eyeglasses",
    "hat": "top hat",
    "magnifying glass": "left-pointing magnifying glass",
    "lens": "left-pointing magnifying glass",
}
"""What people call things, and the character's name for it."""


@cache
def _drawn() -> dict[str, str]:
    """Name in small letters -> character, for every picture in the packaged emoji font."""
    font = resources.packaged() / resources.KINDS["cards"] / "fonts" / FONT
    out = {}
    for code in sorted(glyphs.covered(font)):
        if code >= 0x2190 and unicodedata.category(chr(code)) == "So":
            out[unicodedata.name(chr(code), "").casefold()] = chr(code)
    return out


def sign(label: str) -> str:
    """One character for what a label names: "red trumpet" -> a trumpet; ``PARCEL`` for what has none.

    The whole label counts first, then its words from the last, which in English names the thing.
    """
    words = re.findall(r"[^\W\d_]+", label.casefold())
    for said in (" ".join(words), *reversed(words)):
        for tried in (said, said.removesuffix("s"), said.removesuffix("es")):
            if len(tried) > 2 and (found := _named(ALSO.get(tried, tried), alone=len(words) == 1)):
                return found
    return PARCEL


def _named(word: str, alone: bool) -> str:
    """The character called just so; for a word ``alone`` also one in whose name little stands beside it."""
    drawn = _drawn()
    if word in drawn:
        return drawn[word]
    if not alone:  # a sewing machine is no fax machine
        return ""
    holding = []
    for name, character in drawn.items():
        parts = [part for part in re.findall(r"[^\W\d_]+", name) if part not in PASSED]
        if word in parts and len(parts) <= 2:
            holding.append((len(parts), parts[-1] != word, name, character))
    return min(holding)[3] if holding else ""
