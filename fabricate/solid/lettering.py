"""Words as outlines thick enough to print: typst sets them, manifold3d makes every stroke wide enough."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from fabricate import resources
from fabricate.errors import MeshError
from fabricate.solid.outlines import contours, glyph_key

if TYPE_CHECKING:
    import manifold3d

__all__ = ["Words", "abbreviations", "fit_words", "line_width", "missing_scripts", "set_line"]

WIDE, NARROW = ("Rubik", 900, 100), ("Barlow", 800, 75)
"""Family, weight and stretch: a fat toy face for names that fit in it, a condensed one for longer names."""
STAMP = ("Barlow", 600, 75)
"""For small lines that are sunk: drawn wider and further apart, so that walls between are thick enough."""
STAMP_WIDER = 1.4
SPARE = "DejaVu Sans Mono"
"""The family that typst itself carries, for letters that the bundled ones lack."""
TRACKING, STAMP_TRACKING = 0.03, 0.13
"""Of an em: raised letters want a little more air between them than printed ones, sunk ones much more."""
Face = tuple[str, int, int]
EM = 100.0
NOWHERE = "\U0010fffd"
"""A private character that no font has: what is drawn for it is the sign of a missing glyph."""


@dataclass(frozen=True)
class Words:
    """Set words: ``outline`` (mm, centred on the origin) or None when nothing could be drawn.

    ``shown`` is the text that was drawn, ``height_mm`` its capitals, ``notes`` what was given up.
    """

    outline: manifold3d.CrossSection | None
    shown: str
    height_mm: float
    notes: tuple[str, ...] = ()


def abbreviations(name: str) -> list[str]:
    """The name ever smaller: whole, with initials, first and last, first, cut; each without accents too."""
    words = name.split()
    tries = [" ".join(words)]
    if len(words) > 1:
        initials = [f"{word[0]}." for word in words[1:]]
        tries.append(" ".join([words[0], *initials[:-1], words[-1]]))
        tries.append(f"{words[0]} {words[-1]}")
        tries += [" ".join([words[0], *initials[:n]]) for n in (3, 2, 1) if n <= len(initials)]
        tries.append(words[0])
    first = words[0] if words else ""
    tries += [first[:n] for n in (24, 18, 14, 11, 9, 7, 5, 3, 2, 1) if n < len(first)]
    return list(dict.fromkeys(text for t in tries if t for text in (t, _without_accents(t))))


def _without_accents(text: str) -> str:
    """Latin letters bare; other scripts keep their marks, which are no ornament there."""
    bare = [unicodedata.normalize("NFD", c)[0] for c in text]
    return "".join(b if b.isascii() else c for b, c in zip(bare, text, strict=True))


def fit_words(
    name: str, *, width_mm: float, height_mm: float, room_mm: float, line_mm: float, capitals: bool = True
) -> Words:
    """A name as outlines no wider than ``width_mm``, capitals ``height_mm`` tall or smaller.

    Accents and tails stay inside ``room_mm``, from top to bottom; every stroke is at least ``line_mm`` wide.
    A name too long is set smaller, down to capitals of three and a half lines, then abbreviated; letters
    that no font has are left out. Both are said in ``notes``.
    """
    text = " ".join(unicodedata.normalize("NFC", name).split())
    drawable, notes = _drawable(text.upper() if capitals else text)
    if not drawable:
        return Words(None, "", 0.0, tuple(notes))
    least = min(height_mm, max(3.4 * line_mm, 0.45 * height_mm))
    tries = [(drawable, WIDE, 0.92 * height_mm), *((t, NARROW, least) for t in abbreviations(drawable))]
    for shown, face, enough in tries:
        outline, capital = _set(shown, face)
        left, low, right, high = outline.bounds()
        if right <= left or high <= low:
            continue
        share = min((width_mm - line_mm) / (right - left), (room_mm - line_mm / 2) / (high - low))
        tall = min(height_mm, share * capital)
        if tall >= enough:
            made = _strong(outline.scale((tall / capital, tall / capital)), line_mm)
            if shown != drawable:
                notes.append(f"the name is long for its base, which says {shown!r}")
            return Words(_centred(made), shown, tall, tuple(notes))
    return Words(None, "", 0.0, (*notes, "there is no room on the base for the name: make the base wider"))


def line_width(text: str) -> float:
    """How wide a line of stamped letters is, over the height of its capitals; 0 when nothing is drawn."""
    drawable, _ = _drawable(text)
    if not drawable:
        return 0.0
    outline, capital = _set(drawable, STAMP)
    left, _low, right, _high = outline.bounds()
    return max(0.0, STAMP_WIDER * float(right - left) / capital)


def set_line(text: str, *, height_mm: float, line_mm: float) -> manifold3d.CrossSection | None:
    """A line of stamped letters, whole and unabridged, centred; None when no font draws any of it."""
    drawable, _ = _drawable(text)
    if not drawable:
        return None
    outline, capital = _set(drawable, STAMP)
    scaled = outline.scale((STAMP_WIDER * height_mm / capital, height_mm / capital))
    return None if scaled.is_empty() else _centred(_strong(scaled, line_mm))


def missing_scripts(characters: Sequence[str]) -> list[str]:
    """The names of the scripts that these characters belong to, in the order met: ``Arabic``, ``emoji``."""
    return list(dict.fromkeys(_script(c) for c in characters if not c.isspace()))


def _script(character: str) -> str:
    point = ord(character)
    if 0x1F000 <= point <= 0x1FAFF or 0x2600 <= point <= 0x27BF or point in (0x200D, 0xFE0F):
        return "emoji"
    word = unicodedata.name(character, "unknown").split()[0].split("-")[0]
    if word in ("HIRAGANA", "KATAKANA", "CJK"):
        return "Japanese or Chinese"
    return "Korean" if word == "HANGUL" else word.capitalize()


def _drawable(text: str) -> tuple[str, list[str]]:
    """The text without what no font can draw, and a note that names the scripts left out."""
    known = _covered(text)
    lost = [c for c in text if c not in known]
    left = " ".join("".join(c for c in text if c in known).split())
    if not lost:
        return left, []
    scripts = " and ".join(missing_scripts(lost)) or "some"
    what = "the name" if not left else "part of the name"
    return left, [
        f"{what} is not on the base: no font here draws {scripts} letters; install one and run again"
    ]


@lru_cache(maxsize=64)
def _covered(text: str) -> frozenset[str]:
    """The characters of ``text`` that some font draws, the system's fonts asked only when ours lack one."""
    letters = _letters(text)
    ours = _drawn(letters, False)
    rest = tuple(c for c in letters if c not in ours)
    return ours | _drawn(rest, True) | {c for c in text if c.isspace()}


def _letters(text: str) -> tuple[str, ...]:
    return tuple(sorted({c for c in text if not c.isspace()}))


@lru_cache(maxsize=128)
def _drawn(letters: tuple[str, ...], system: bool) -> frozenset[str]:
    """The letters that, each set on a page of its own, give outlines other than the missing sign."""
    if not letters:
        return frozenset()
    keys = [glyph_key(page) for page in _pages(list(letters), WIDE, system)]
    blanks = _blanks(system)
    return frozenset(c for c, key in zip(letters, keys, strict=True) if key and key not in blanks)


@lru_cache(maxsize=2)
def _blanks(system: bool) -> frozenset[str]:
    """What is drawn for a character that no font has, alone and with an accent."""
    return frozenset(glyph_key(page) for page in _pages([NOWHERE, NOWHERE + "\u0301"], WIDE, system))


@lru_cache(maxsize=2)
def _fonts(system: bool) -> Any:
    import typst

    folder = resources.packaged() / "templates" / "cards" / "fonts"
    ours = [str(folder)] if folder.is_dir() else []
    return typst.Fonts(include_system_fonts=system, include_embedded_fonts=True, font_paths=ours)


def _pages(texts: list[str], face: Face, system: bool) -> list[bytes]:
    """One SVG a text, all set in one go; MeshError when typst fails."""
    import json

    import typst

    family, weight, stretch = face
    source = f"""
#set page(width: auto, height: auto, margin: {EM:g}pt, fill: none)
#set text(size: {EM:g}pt, font: ("{family}", "{SPARE}"), weight: {weight}, stretch: {stretch}%,
   tracking: {STAMP_TRACKING if face == STAMP else TRACKING:g}em, ligatures: false, hyphenate: false)
#for word in json(bytes(sys.inputs.words)) {{ page(box(word)) }}
"""
    try:
        made: Any = typst.compile(
            source.encode(),
            format="svg",
            sys_inputs={"words": json.dumps(texts)},
            font_paths=_fonts(system),
        )
    except typst.TypstError as exc:
        raise MeshError(
            f"the name could not be set: {exc}", "use a simpler name, or --set prepare.base=none"
        ) from exc
    pages = made if isinstance(made, list) else [made]
    return [bytes(page) for page in pages]


@lru_cache(maxsize=64)
def _set(text: str, face: Face) -> tuple[Any, float]:
    """The outline of a text at 100 units an em, y up, and the height of its capital H."""
    import manifold3d as m3

    letters = _letters(text)
    system = len(_drawn(letters, False)) < len(letters)
    word, letter = _pages([text, "H"], face, system)
    h = m3.CrossSection(contours(letter), m3.FillRule.NonZero).bounds()
    return m3.CrossSection(contours(word), m3.FillRule.NonZero), float(h[3] - h[1])


def _strong(outline: manifold3d.CrossSection, line_mm: float) -> manifold3d.CrossSection:
    """The outline with every stroke at least ``line_mm`` wide, each letter swollen as much as it needs."""
    import manifold3d as m3

    letters = [_strong_letter(letter, line_mm) for letter in outline.decompose()]
    return m3.CrossSection.batch_boolean(letters, m3.OpType.Add).simplify(0.01)


def _strong_letter(letter: manifold3d.CrossSection, line_mm: float) -> manifold3d.CrossSection:
    """Opened by a line-wide disc, which takes away whatever is narrower, once that is next to nothing."""
    import manifold3d as m3

    radius, sharp = line_mm / 2, m3.JoinType.Miter
    opened = letter
    for swell in np.linspace(0.0, radius, 13):
        made = letter.offset(float(swell), sharp)
        opened = made.offset(-radius, sharp).offset(radius, sharp)
        if opened.area() > 0.97 * made.area() and opened.num_contour() == made.num_contour():
            break
    return opened


def _centred(outline: manifold3d.CrossSection) -> manifold3d.CrossSection:
    left, low, right, high = outline.bounds()
    return outline.translate((-(left + right) / 2, -(low + high) / 2))
