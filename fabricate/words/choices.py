"""What a description has chosen so far, and the ``Words`` that it makes in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fabricate import resources
from fabricate.words import Words
from fabricate.words.lexicon import Item, Kind, colour, phrase

__all__ = ["FACE", "ONE_OF", "Choices"]

ONE_OF: dict[str, str] = {"glasses": "glasses", "beards": "beard", "hats": "hat"}
"""Kind -> the field of ``spec.LikenessTable`` that holds one template's name, or ``none``."""

FACE: dict[str, str] = {"mouth": "mouth", "brows": "brows", "freckles": "freckles"}
"""Kind -> the field of ``spec.LikenessTable`` that holds what the face does; other kinds shape ``face``."""

_TABLES: dict[str, tuple[str, ...]] = {
    **{"hair": ("hair", "common"), "beard": ("hair", "common"), "eyes": ("eyes", "common")},
}
_SLOTS = ("top", "bottom", "shoes")
_SPEC = ("hair", "eyes", *_SLOTS)
"""What the spec has a key for the colour of."""


@dataclass
class Choices:
    """Choices as they are made; the first word for a thing stands.

    ``colours``: target (``hair``, ``eyes``, a slot of the clothes) -> words and ``#rrggbb``. ``chosen``:
    field -> template name, ``none`` or tone. ``styles``, ``outfits``: candidates with the item that
    named them. ``shapes``: of the face. ``jobs``: who it is. ``told``: sentences for what was denied
    without a field to hold it. ``patterns``: slot of the clothes -> the pattern on it.
    """

    colours: dict[str, tuple[str, str]] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    styles: list[tuple[str, Item]] = field(default_factory=list)
    outfits: list[tuple[str, Item]] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    jobs: list[str] = field(default_factory=list)
    accessories: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    patterns: dict[str, str] = field(default_factory=dict)

    def choose(self, key: str, name: str, over: bool = False) -> bool:
        """Set a field, ``over`` what was chosen before; whether it now holds ``name``."""
        if over or key not in self.chosen:
            self.chosen[key] = name
        return self.chosen[key] == name

    def paint(self, target: str, waiting: list[Item]) -> bool:
        """Give ``target`` the first waiting colour; whether it has got one."""
        if target in self.colours:
            return False
        for place, item in enumerate(waiting):
            said = item.of("colour")
            code = colour(said.value, _TABLES.get(target, ("common",))) if said else None
            if code is not None:
                item.used = True
                self.colours[target] = (item.text, code)
                following = waiting[place + 1] if place + 1 < len(waiting) else None
                if following and following.of("colour") and following.at == item.at + 1:
                    following.used = True  # "olive green" is an olive
                return True
        return False

    def words(self, items: list[Item]) -> Words:
        """What was chosen; items that led to no choice are not understood."""
        style, outfit = self._hair_style(), self._outfit()
        style, outfit = self._by_job(style, outfit)
        likeness: dict[str, Any] = {}
        hair = {"style": style, "colour": self._hex("hair")}
        clothes = {slot: self._hex(slot) for slot in _SLOTS}
        for name, table in (("hair", hair), ("clothes", clothes)):
            if said := {key: value for key, value in table.items() if value is not None}:
                likeness[name] = said
        keys = ("skin", "mouth", "brows", *ONE_OF.values())
        likeness |= {key: self.chosen[key] for key in keys if key in self.chosen}
        if "freckles" in self.chosen:
            likeness["freckles"] = self.chosen["freckles"] != "none"
        if self.shapes:
            likeness["face"] = ", ".join(self.shapes)
        if eyes := self._hex("eyes"):
            likeness["eyes"] = eyes
        return Words(
            likeness=likeness,
            outfit=outfit,
            pose=self.chosen.get("pose"),
            style=self.chosen.get("style"),
            accessories=tuple(self.accessories),
            colours={
                key: code
                for key, (_, code) in self.colours.items()
                if key not in _SPEC and self.chosen.get(key) != "none"
            },
            patterns=dict(self.patterns),
            understood=tuple(self._sentences(style, outfit)),
            not_understood=tuple(dict.fromkeys(item.text for item in items if self._unused(item))),
        )

    def _by_job(self, style: str | None, outfit: str | None) -> tuple[str | None, str | None]:
        """Hair and outfit, dressed by who it is where nothing was said; hat and accessory are set."""
        for job in self.jobs:
            usual = resources.read("words", "grammar")["jobs"][job]
            style, outfit = style or usual.get("hair"), outfit or usual.get("outfit")
            if "hat" in usual:
                self.choose("hat", usual["hat"])
            if "accessory" in usual and not self.accessories:
                self.accessories.append(usual["accessory"])
        return style, outfit

    def _hex(self, target: str) -> str | None:
        found = self.colours.get(target)
        return found[1] if found else None

    def _unused(self, item: Item) -> bool:
        if item.of("skin") and "skin" in self.chosen:
            return False
        silent: tuple[Kind, ...] = ("ignore", "begin", "break", "people", "negation")
        return not item.used and (not item.meanings or item.of(*silent) is None)

    def _sentences(self, style: str | None, outfit: str | None) -> list[str]:
        out = []
        if style:
            out.append(f"hair: {style}")
        labels = {"hair": "hair colour", "eyes": "eyes"}
        for target, (said, code) in self.colours.items():
            shown = code if said == code else f"{said} ({code})"
            label = f"clothes, {target}" if target in _SLOTS else labels.get(target, f"{target} colour")
            out.append(f"{label}: {shown}")
        out += [f"{key}: {value}" for key, value in self.chosen.items()]
        out += [f"face: {shape}" for shape in self.shapes]
        out += [f"clothes, {slot}: {kind}" for slot, kind in self.patterns.items()]
        if outfit:
            out.append(f"outfit: {outfit}")
        return [*out, *(f"accessory: {name}" for name in self.accessories), *self.told]

    def _hair_style(self) -> str | None:
        """Of several styles the one that stands first in the grammar's ``rank``; the others are unused."""
        if not self.styles:
            return None
        rank = [phrase(word) for word in resources.read("words", "grammar")["rank"]["hair"]]

        def place(style: tuple[str, Item]) -> int:
            said = phrase(style[1].text)
            own = phrase(style[0])
            return min((rank.index(word) for word in (said, own) if word in rank), default=len(rank))

        name, _ = min(self.styles, key=place)
        for other, item in self.styles:
            if other != name and item.of("hair") and not any(m.general for m in item.meanings):
                item.used = False
        return name

    def _outfit(self) -> str | None:
        """The outfit that most of the garments named belong to, the first of equals."""
        names = [name for name, _ in self.outfits]
        return max(names, key=names.count) if names else None
