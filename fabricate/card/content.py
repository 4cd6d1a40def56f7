"""What a card shows: the words and the pictures, with the sizes that they have in the hand."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["AccessoryPicture", "CardContent", "clean", "shortened", "words"]

_LONG_WORD = 14


@dataclass(frozen=True)
class AccessoryPicture:
    """One accessory: its label, and its picture (RGBA, transparent around it) or None: then a sign is drawn.

    ``height_mm`` is the height that the picture's opaque part has in the hand, or None when unknown.
    """

    label: str
    picture: Image.Image | None = None
    height_mm: float | None = None


@dataclass(frozen=True)
class CardContent:
    """Everything that a card is made of, beside its template.

    ``figure`` is RGBA, the figure upright with transparency around it, or None for a card without a
    picture. ``height_mm`` is the figure as the maker asked for it, ``picture_mm`` the height of the
    picture's opaque part in the hand (the base included when the picture shows it); None: ``height_mm``.
    """

    name: str = ""
    title: str = ""
    accessories: tuple[AccessoryPicture, ...] = ()
    figure: Image.Image | None = None
    height_mm: float = 90.0
    picture_mm: float | None = None


def clean(text: str) -> str:
    """``text`` in NFC on one line: control characters and lone surrogates go, runs of space become one."""
    kept = (
        " " if ch.isspace() else ch
        for ch in unicodedata.normalize("NFC", text)
        if ch.isspace() or unicodedata.category(ch) not in ("Cc", "Cs")
    )
    return re.sub(" +", " ", "".join(kept)).strip()


def shortened(text: str, most: int) -> str:
    """``text`` with at most ``most`` characters, an ellipsis at its end if it lost any."""
    if len(text) <= most:
        return text
    cut = most - 1
    while cut and (unicodedata.category(text[cut])[0] in "MC" or text[cut - 1] == "\u200d"):
        cut -= 1
    return text[:cut].rstrip() + "…"


def words(text: str) -> str:
    """``text`` with a place to break (U+200B) every few letters in a word too long for any line.

    Never before a mark or a joiner, so that an accent or an emoji family stays whole.
    """

    def broken(match: re.Match[str]) -> str:
        out: list[str] = []
        run = 0
        for ch in match.group():
            free = not unicodedata.category(ch).startswith(("M", "C")) and "\u200d" not in out[-1:]
            if run >= _LONG_WORD and free and not 0x1F3FB <= ord(ch) <= 0x1F3FF:
                out.append("\u200b")
                run = 0
            out.append(ch)
            run += 1
        return "".join(out)

    return re.sub(rf"\S{{{_LONG_WORD + 6},}}", broken, text)
