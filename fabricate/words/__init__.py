"""A sentence about somebody -> design choices: "curly red hair in a bun, round glasses, no hat".

There is no model and no guessing: words are looked up in the templates (each lists its ``words``) and in
``templates/words/``. What is not found there is handed back as not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Words", "read"]


@dataclass(frozen=True)
class Words:
    """What a description says.

    ``likeness``: nested as ``spec.LikenessTable``, only what was said (``none`` where a thing was denied).
    ``outfit``, ``pose``, ``style``: template names. ``accessories``: template names in the order said.
    ``colours``: colours that the spec has no key for: ``hat``, ``glasses``, ``beard`` -> ``#rrggbb``.
    ``print`` is a pattern's own. ``patterns``: ``top`` ... -> ``stripes`` ... or ``plain``.
    ``understood``: one sentence for each choice; ``not_understood``: the words that led to none.
    """

    likeness: Mapping[str, Any] = field(default_factory=dict)
    outfit: str | None = None
    pose: str | None = None
    style: str | None = None
    accessories: tuple[str, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    understood: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()


def read(text: str) -> Words:
    """The design choices in an English description; never invents. Deterministic.

    Raises TemplateError only when a template file itself is broken.
    """
    from fabricate.words import lexicon, reader

    return reader.Reader(lexicon.items(text)).words()
