"""Typst at arm's length: a folder of files in, PDF, PNG and SVG out, its errors made ours.

PNG is set with flat colours in mind: typst samples a gradient pixel by pixel, and one that fills the page
took 1.7 s of a 300 dpi card, flat shapes 0.04 s.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate import resources
from fabricate.card import glyphs
from fabricate.errors import TemplateError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["Fonts", "folders", "fonts_for", "sheet"]


class Fonts:
    """The fonts to set with, and what they lack.

    ``lacking`` are the characters that none of them draws, ``loose`` the combining marks that none of them
    sets upon the letter before: one of those would turn its letter into an empty box too.
    """

    def __init__(self, typst_fonts: Any, lacking: str, loose: str) -> None:
        self.typst_fonts = typst_fonts
        self.lacking = lacking
        self.loose = loose

    def drawable(self, text: str) -> str:
        """``text`` without its loose marks (``warnings`` names them)."""
        return _without(text, self.loose)

    def warnings(self) -> list[str]:
        """What will not be seen as written, and what to do about it: one sentence each."""
        out = []
        if self.lacking:
            names = ", ".join(glyphs.scripts(self.lacking))
            out.append(
                f"no font here draws {_some(self.lacking)} ({names}): they show as empty boxes on the card; "
                "put a font with them into ./templates/cards/fonts"
            )
        if self.loose:
            out.append(
                "no font here sets these marks upon their letters, so they are left out: "
                + _some(["◌" + mark for mark in self.loose])
            )
        return out


def _some(characters: Sequence[str]) -> str:
    return " ".join(characters[:8]) + (" ..." if len(characters) > 8 else "")


def folders() -> list[Path]:
    """Where fonts are looked for: ``templates/cards/fonts`` of the maker, and ours."""
    folders = (root / resources.KINDS["cards"] / "fonts" for root in resources.roots())
    return [folder for folder in folders if folder.is_dir()]


def fonts_for(text: str) -> Fonts:
    """Fonts that draw ``text``: the packaged and the maker's own; the system's only for what those lack."""
    import typst

    paths = [str(folder) for folder in folders()]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)
    ours = list(_files(fonts))
    theirs: list[tuple[Path, int]] = []
    lacking = glyphs.missing(text, ours)
    if lacking:
        fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=paths)
        theirs = list(_files(fonts))
    loose = glyphs.loose_marks(text, ours, theirs)
    return Fonts(fonts, glyphs.missing(_without(lacking, loose), theirs), loose)


def _without(text: str, some: str) -> str:
    return "".join(ch for ch in text if ch not in some)


def _files(fonts: Any) -> Iterator[tuple[Path, int]]:
    for font in fonts.fonts():
        if font.path is not None:
            yield Path(font.path), font.index


class Sheet:
    """One card ready to be set: call ``pdf``, ``png`` or ``svg``."""

    def __init__(self, compiler: Any, document: Path, data: Mapping[str, Any]) -> None:
        self._compiler = compiler
        self._document = document
        self._data = data

    def _compile(self, layer: str, **how: Any) -> bytes:
        import typst

        inputs = {"card": json.dumps({**self._data, "layer": layer}, ensure_ascii=False)}
        try:
            made: bytes | list[bytes] = self._compiler.compile(sys_inputs=inputs, **how)
        except typst.TypstError as exc:
            raise _refusal(exc, self._document) from exc
        if isinstance(made, list):
            raise TemplateError(
                f"the card runs over {len(made)} pages", "keep everything placed on one", self._document
            )
        return made

    def pdf(self, layer: str = "print") -> bytes:
        """The card with its bleed, as typst writes it (without BleedBox)."""
        return self._compile(layer, format="pdf")

    def png(self, dpi: float, layer: str = "screen") -> bytes:
        """The trimmed card as PNG."""
        return self._compile(layer, format="png", ppi=dpi)

    def svg(self, layer: str = "screen") -> bytes:
        """The trimmed card as SVG, its text as outlines."""
        return self._compile(layer, format="svg")


@contextmanager
def sheet(
    document: Path, data: Mapping[str, Any], pictures: Mapping[str, Image.Image], fonts: Fonts
) -> Iterator[Sheet]:
    """Set ``document`` with ``data`` (``sys.inputs.card``, JSON) and ``pictures`` (name -> RGBA, as files).

    The document may read whatever lies in its own folder, and nothing else.
    """
    import typst

    with tempfile.TemporaryDirectory(prefix="fabricate-card-") as made:
        folder = Path(made)
        shutil.copytree(
            document.parent, folder, ignore=shutil.ignore_patterns("fonts", ".*"), dirs_exist_ok=True
        )
        for name, picture in pictures.items():
            picture.save(folder / name, format="PNG", compress_level=1)
        compiler = typst.Compiler(str(folder / document.name), root=str(folder), font_paths=fonts.typst_fonts)
        yield Sheet(compiler, document, data)


def _refusal(exc: Any, document: Path) -> TemplateError:
    found = re.search(r"[\w./\\-]*?([\w.-]+\.typ):(\d+):(\d+)", exc.diagnostic or "")
    line = int(found.group(2)) if found else None
    file = document.with_name(found.group(1)) if found else document
    message = unicodedata.normalize("NFC", str(exc.message or exc).splitlines()[0])
    hint = "; ".join(exc.hints or ()) or "mend the template there"
    return TemplateError(message, hint, file, line)
