"""Which characters the fonts can draw: their character maps, read straight from the files.

OpenType ``cmap`` formats 4 and 12, which every font of the last twenty years has.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

__all__ = ["covered", "loose_marks", "missing", "scripts"]

_SCRIPTS = {
    "CJK": "Chinese or Japanese (kanji)",
    "HIRAGANA": "Japanese (kana)",
    "KATAKANA": "Japanese (kana)",
    "HANGUL": "Korean",
    "ARABIC": "Arabic",
    "HEBREW": "Hebrew",
    "GREEK": "Greek",
    "CYRILLIC": "Cyrillic",
    "DEVANAGARI": "Devanagari",
    "THAI": "Thai",
    "LATIN": "Latin",
}


def _format4(table: bytes) -> set[int]:
    pairs = struct.unpack(">H", table[6:8])[0] // 2
    arrays = struct.unpack(f">{pairs}H2x{pairs}H{pairs}h", table[14 : 16 + 6 * pairs])
    ends, starts, deltas = arrays[:pairs], arrays[pairs : 2 * pairs], arrays[2 * pairs :]
    at = 16 + 6 * pairs
    out: set[int] = set()
    for i in range(pairs):
        offset = struct.unpack(">H", table[at + 2 * i : at + 2 * i + 2])[0]
        for code in range(starts[i], min(ends[i], 0xFFFE) + 1):
            glyph = code
            if offset:
                where = at + 2 * i + offset + 2 * (code - starts[i])
                glyph = struct.unpack(">H", table[where : where + 2])[0]
                if glyph == 0:
                    continue
            if (glyph + deltas[i]) & 0xFFFF:
                out.add(code)
    return out


def _format12(table: bytes) -> set[int]:
    count = struct.unpack(">I", table[12:16])[0]
    out: set[int] = set()
    for i in range(count):
        first, last, glyph = struct.unpack(">III", table[16 + 12 * i : 28 + 12 * i])
        out.update(range(first + (glyph == 0), min(last, 0x10FFFF) + 1))
    return out


@cache
def covered(path: Path, index: int = 0) -> frozenset[int]:
    """The code points that a font file can draw (``index``: the face in a collection), none if unreadable."""
    try:
        data = path.read_bytes()
        start = struct.unpack(">I", data[12 + 4 * index : 16 + 4 * index])[0] if data[:4] == b"ttcf" else 0
        tables = struct.unpack(">H", data[start + 4 : start + 6])[0]
        for i in range(tables):
            tag, _sum, at, _length = struct.unpack(">4sIII", data[start + 12 + 16 * i : start + 28 + 16 * i])
            if tag == b"cmap":
                return frozenset(_cmap(data, at))
    except (OSError, struct.error):
        pass
    return frozenset()


def _cmap(data: bytes, at: int) -> set[int]:
    out: set[int] = set()
    for i in range(struct.unpack(">H", data[at + 2 : at + 4])[0]):
        platform, encoding, offset = struct.unpack(">HHI", data[at + 4 + 8 * i : at + 12 + 8 * i])
        if platform not in (0, 3) or (platform == 3 and encoding not in (1, 10)):
            continue
        table = data[at + offset :]
        kind = struct.unpack(">H", table[:2])[0]
        if kind == 4:
            out |= _format4(table)
        elif kind == 12:
            out |= _format12(table)
    return out


def _invisible(ch: str) -> bool:
    code = ord(ch)
    return ch.isspace() or unicodedata.category(ch) in ("Cf", "Cc") or 0xFE00 <= code <= 0xFE0F


def missing(text: str, fonts: Iterable[tuple[Path, int]]) -> str:
    """The characters of ``text``, each once and in order, that none of these (file, face) fonts can draw."""
    left = dict.fromkeys(ch for ch in text if not _invisible(ch))
    for path, index in fonts:
        if not left:
            break
        have = covered(path, index)
        left = dict.fromkeys(ch for ch in left if ord(ch) not in have)
    return "".join(left)


def loose_marks(text: str, ours: Iterable[tuple[Path, int]], others: Iterable[tuple[Path, int]] = ()) -> str:
    """The combining marks of ``text`` that cannot be set upon the letter before them, each once.

    A letter that one of ``ours`` draws stays in that font, and so must its marks; ``others`` draw the rest.
    """
    near = [covered(path, index) for path, index in ours]
    far = [covered(path, index) for path, index in others]
    out: dict[str, None] = {}
    base = 0x20
    for ch in text:
        if not unicodedata.category(ch).startswith("M") or _invisible(ch):
            base = ord(ch)
            continue
        fonts = near if any(base in have for have in near) else far
        if not any(base in have and ord(ch) in have for have in fonts):
            out[ch] = None
    return "".join(out)


def scripts(text: str) -> list[str]:
    """The scripts that the characters of ``text`` belong to, in plain words, sorted."""
    out = set()
    for ch in text:
        first = unicodedata.name(ch, "UNNAMED").replace("-", " ").split()[0]
        emoji = unicodedata.category(ch) in ("So", "Sk") and ord(ch) >= 0x2190
        out.add("emoji and symbols" if emoji else _SCRIPTS.get(first, first.capitalize()))
    return sorted(out)
