"""What words mean: every template's ``words``, the lists in ``templates/words``, and a text cut by them."""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from fabricate import resources

__all__ = ["Item", "Kind", "Meaning", "colour", "items", "phrase"]

Kind = Literal[
    "hair", "glasses", "beards", "hats", "eyes", "outfits", "poses", "accessories", "styles",
    "mouth", "brows", "face", "nose", "chin", "freckles", "job", "garment",
    "skin", "monk", "colour", "pattern", "none", "begin", "negation", "people", "ignore", "passing", "break",
]  # fmt: skip
Phrase = tuple[str, ...]

_TEMPLATES: tuple[Kind, ...] = (
    *("hair", "glasses", "beards", "hats", "outfits", "poses", "accessories", "styles"),
)
_FACE: tuple[Kind, ...] = ("mouth", "brows", "face", "chin", "nose", "eyes")
_TOKEN = re.compile(r"#[0-9a-f]{6}(?![0-9a-z])|[^\W_]+(?:'[^\W_]+)*|[.,;:!?\n()]")
_BREAKS = frozenset(".,;:!?\n()")


@dataclass(frozen=True)
class Meaning:
    """One meaning of a phrase. ``general``: names the kind alone; ``leaning``: counts only beside that."""

    kind: Kind
    value: str = ""
    general: bool = False
    leaning: bool = False


@dataclass
class Item:
    """A run of words in the text that the lexicon knows (or one that it does not: no meanings).

    ``at``: its place among the items.
    """

    text: str
    meanings: list[Meaning]
    used: bool = False
    at: int = 0

    def of(self, *kinds: Kind) -> Meaning | None:
        """Its first meaning of one of these kinds."""
        return next((m for kind in kinds for m in self.meanings if m.kind == kind), None)


def _tokens(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'").replace("\u2018", "'")
    return _TOKEN.findall(plain)


def _stem(word: str) -> str:
    """The singular of a plural, roughly; only tried where the word itself is not known."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "'s")) else word


def phrase(words: str) -> Phrase:
    """Words as the lexicon's keys hold them: tokens in lower case, "T-shirt" as "t", "shirt"."""
    return tuple(token for token in _tokens(words) if token not in _BREAKS)


def _lexicon() -> dict[Phrase, list[Meaning]]:
    return _built(resources.digest("words", *_TEMPLATES))


@cache
def _built(_digest: str) -> dict[Phrase, list[Meaning]]:
    """Phrase -> its meanings, from every template and ``templates/words``."""
    lexicon: dict[Phrase, list[Meaning]] = {}

    def add(words: str, meaning: Meaning) -> None:
        if found := phrase(words):
            known = lexicon.setdefault(found, [])
            if meaning not in known:
                known.append(meaning)

    grammar = resources.read("words", "grammar")
    leaning = {phrase(word) for word in grammar["adjectives"]}
    for kind in _TEMPLATES:
        general = {phrase(word) for word in grammar["nouns"].get(kind, ())}
        for name in resources.names(kind):
            also = grammar.get("also", {}).get(kind, {}).get(name, ())
            spoken = [*resources.read(kind, name).get("words", ()), *also, name.replace("_", " ")]
            for word in spoken:
                said = phrase(str(word))
                add(str(word), Meaning(kind, name, said in general, said in leaning))
    for kind, words in grammar["nouns"].items():
        for word in words:
            add(word, Meaning(kind, "", general=True))
    for slot, words in grammar["garments"].items():
        for word in words:
            add(word, Meaning("garment", slot))
    for kind, words in grammar["patterns"].items():
        for word in words:
            add(word, Meaning("pattern", kind))
    for word in grammar["jobs"]:
        add(word, Meaning("job", word))
    for kind, words in grammar["none"].items():
        for word in words:
            add(word, Meaning("none", kind))
    lists: dict[str, Kind] = {
        "negations": "negation",
        "begins": "begin",
        "people": "people",
        "ignore": "ignore",
        "passing": "passing",
    }
    for key, one in lists.items():
        for word in grammar[key]:
            add(word, Meaning(one))
    _add_face(add, leaning)
    _add_colours(add)
    stemmed: dict[Phrase, list[Meaning]] = {}
    for exact, meanings in lexicon.items():
        known = stemmed.setdefault(tuple(map(_stem, exact)), [])
        known += [one for one in meanings if one not in known]
    return stemmed | lexicon  # a word as it stands goes before its stem: "short" is not "shorts"


def _add_face(add: Callable[[str, Meaning], None], leaning: set[Phrase]) -> None:
    face = resources.read("words", "face")
    for kind, words in face["nouns"].items():
        for word in words:
            add(word, Meaning(kind, general=True))
    for kind in _FACE:
        for name, words in face[kind].items():
            for word in words:
                add(word, Meaning(kind, name, leaning=phrase(word) in leaning))
    for word in face["freckles"]:
        add(word, Meaning("freckles", "freckles"))


def _add_colours(add: Callable[[str, Meaning], None]) -> None:
    from PIL import ImageColor

    colours = resources.read("words", "colours")
    skin = resources.read("words", "skin")
    spoken = [*ImageColor.colormap, *(w for table in ("common", "hair", "eyes") for w in colours[table])]
    for word in spoken:
        add(word, Meaning("colour", word))
    for word in colours["modifiers"]:
        add(word, Meaning("colour", word))
        for base in spoken:
            if base not in colours["modifiers"] and f"{word} {base}" not in spoken:
                add(f"{word} {base}", Meaning("colour", f"{word} {base}"))
    for word in skin["nouns"]:
        add(word, Meaning("skin"))
    for tone in skin["scale"]:
        add(tone, Meaning("monk", tone))


def items(text: str) -> list[Item]:
    """The text cut into the longest phrases that the lexicon knows, in order."""
    tokens = _tokens(text)
    lexicon = _lexicon()
    longest = max(map(len, lexicon))
    stems = [_stem(token) for token in tokens]
    out: list[Item] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token in _BREAKS:
            out.append(Item(token, [Meaning("break")]))
            at += 1
            continue
        if token.startswith("#"):
            out.append(Item(token, [Meaning("colour", token)]))
            at += 1
            continue
        for length in range(min(longest, len(tokens) - at), 0, -1):
            known = lexicon.get(tuple(tokens[at : at + length])) or lexicon.get(
                tuple(stems[at : at + length])
            )
            if known or length == 1:
                out.append(Item(" ".join(tokens[at : at + length]), list(known or ())))
                at += length
                break
    for place, item in enumerate(out):
        item.at = place
    return out


def colour(said: str, tables: tuple[str, ...]) -> str | None:
    """``#rrggbb`` of a colour's words, looked up in these tables, then among the CSS names."""
    from PIL import ImageColor

    if said.startswith("#"):
        return said
    data = resources.read("words", "colours")
    for table in tables:
        if said in data[table]:
            return str(data[table][said])
    if said in ImageColor.colormap:
        return "#" + "".join(f"{part:02x}" for part in ImageColor.getrgb(said)[:3])
    modifier, _, base = said.partition(" ")
    if modifier in data["modifiers"] and base and (plain := colour(base, tables)):
        lighter, stronger = data["modifiers"][modifier]
        return _shifted(plain, float(lighter), float(stronger))
    return None


def _shifted(given: str, lighter: float, stronger: float) -> str:
    """The colour, in CIELAB: lightness moved a share of the way to black or white, chroma scaled."""
    import numpy as np
    from skimage.color import lab2rgb, rgb2lab

    lab = rgb2lab(np.array([int(given[i : i + 2], 16) for i in (1, 3, 5)]).reshape(1, 1, 3) / 255)
    light = lab[..., 0]
    lab[..., 0] = light + lighter * (100 - light if lighter > 0 else light)
    lab[..., 1:] *= stronger
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # out of sRGB: clipped below
        rgb = lab2rgb(lab).reshape(3)
    return "#" + "".join(f"{round(float(np.clip(value, 0, 1)) * 255):02x}" for value in rgb)
