"""From known words in order to design choices: which colour belongs to what, and what is denied."""

from __future__ import annotations

from fabricate import resources
from fabricate.words import Words
from fabricate.words.choices import FACE, ONE_OF, Choices
from fabricate.words.lexicon import Item, Kind, Meaning

__all__ = ["Reader"]

_THINGS: tuple[Kind, ...] = (
    "hair", "glasses", "beards", "hats", "eyes", "outfits", "garment", "poses", "accessories", "skin",
    "mouth", "brows", "face", "nose", "chin", "freckles", "styles",
)  # fmt: skip

_FACE = frozenset({"mouth", "brows", "face", "nose", "chin", "freckles"})


class Reader:
    """Reads items from left to right.

    Colours and leaning words ("long", "round") wait for the thing that follows; what still waits at the
    end of a part goes to the thing before it ("her eyes are green"), or is not understood. Negation holds
    for the next thing, and on over "or".
    """

    def __init__(self, items: list[Item]) -> None:
        self.grammar = resources.read("words", "grammar")
        self.hair_only = set(resources.read("words", "colours")["hair_only"]["words"])
        self.items = items
        self.waiting: list[Item] = []
        self.before: Kind | None = None
        self.slot = ""
        self.named: Item | None = None
        self.inner = False
        self.outer = False
        self.denied = False
        self.choices = Choices()
        for at in range(len(items)):
            self._item(at)
        self._settle()

    def words(self) -> Words:
        """What was read."""
        return self.choices.words(self.items)

    # -- one item at a time ------------------------------------------------------------------------

    def _item(self, at: int) -> None:
        item = self.items[at]
        if item.of("break"):
            self._break(at)
        elif item.of("negation"):
            self._settle()
            self.denied = True
        elif gone := item.of("none"):
            item.used = True
            self.choices.choose(ONE_OF[gone.value], "none")
        elif tone := item.of("monk"):
            item.used = True
            self.choices.choose("skin", tone.value)
        elif pattern := item.of("pattern"):
            self._pattern(item, pattern, at)
        elif (thing := self._thing(item, at)) is not None:
            self._take(at, thing)
        elif item.of("colour") or any(meaning.leaning for meaning in item.meanings):
            self.waiting.append(item)
        elif item.of("begin"):
            self._begin(at)
        elif job := item.of("job"):
            self._settle()
            self.before, item.used = None, not self.denied
            if not self.denied:
                self.choices.jobs.append(job.value)
            self.denied = self._goes_on(at)
        elif item.of("people"):
            self._settle()
            self.before = None
        elif not item.meanings and not self._describes(at):  # an unknown thing: what waited was said of it
            self.waiting.clear()
            self.before = None
            self.denied = self._goes_on(at)

    def _pattern(self, item: Item, pattern: Meaning, at: int) -> None:
        """A pattern waits for its garment as a colour does; a denied one leaves the cloth plain."""
        if not self.denied:
            self.waiting.append(item)
        elif pattern.value != "plain":
            item.used = True
            self.choices.patterns[self.slot or "top"] = "plain"
            self.denied = self._goes_on(at)

    def _describes(self, at: int) -> bool:
        """Whether an unknown word stands right before a garment or the like: "brown bomber jacket"."""
        following = self.items[at + 1] if at + 1 < len(self.items) else None
        return following is not None and self._thing(following, at + 1) is not None

    def _thing(self, item: Item, at: int) -> Meaning | None:
        """The thing an item names, unless it only leans; a colour that is a thing too stays a colour."""
        if item.of("colour") and not item.of("hair", "garment"):
            return None
        firm = [m for kind in _THINGS for m in item.meanings if m.kind == kind and not m.leaning]
        if not firm:
            return None
        named = self._general_ahead(at)
        return next((m for m in firm if m.kind == named), firm[0])

    def _general_ahead(self, at: int) -> Kind | None:
        """The kind whose general name comes next, with nothing but its own adjectives between."""
        for item in self.items[at + 1 : at + 4]:
            general = next((m.kind for m in item.meanings if m.general), None)
            if general:
                return general
            if item.of("break", "begin", "negation") or not item.meanings:
                return None
        return None

    def _break(self, at: int) -> None:
        item = self.items[at]
        if item.text == ":":
            return
        keep = item.text == "," and self.denied and self._list_ends_in_or(at)
        paired = item.text == "," and bool(self.waiting) and self._colour_next(at)
        if not paired:
            self._settle()
            self.before = self.before if item.text == "," else None
        self.denied = keep

    def _colour_next(self, at: int) -> bool:
        """ "long, red hair": a comma between two words that wait is no end."""
        following = self.items[at + 1] if at + 1 < len(self.items) else None
        return following is not None and (
            following.of("colour") is not None
            or any(m.leaning or m.kind == "hair" for m in following.meanings)
        )

    def _list_ends_in_or(self, at: int) -> bool:
        for item in self.items[at + 1 :]:
            if item.text in self.grammar["keeps_negation"]:
                return True
            if item.of("begin", "negation") or item.text in ".;!?\n":
                return False
        return False

    def _begin(self, at: int) -> None:
        item = self.items[at]
        if at and self.items[at - 1].of("negation"):  # "does not wear", "without holding"
            return
        if item.text == "and" and self.waiting and (self.before is None or self._colour_next(at)):
            return  # "black and white", "long and curly"; but "her trousers are navy and her blouse is coral"
        self._settle()
        if item.text != "and":
            self.before = None
        self.denied = False

    def _goes_on(self, at: int) -> bool:
        following = self.items[at + 1].text if at + 1 < len(self.items) else ""
        return self.denied and (following in self.grammar["keeps_negation"] or following == ",")

    # -- things, and what waits for them -------------------------------------------------------------

    def _take(self, at: int, thing: Meaning) -> None:
        item = self.items[at]
        waiting, self.waiting = self.waiting, []
        if self.denied:
            self._deny(item, thing)
            self.denied = self._goes_on(at)
            return
        self.before, self.named = thing.kind, item
        item.used = thing.kind not in ("skin", "garment", "eyes") and bool(
            thing.value or thing.kind == "hair"
        )
        if thing.kind == "hair":
            self._hair(item, thing, waiting)
        elif thing.kind in ONE_OF:
            self._one_of(item, thing, waiting)
        elif thing.kind == "skin":
            self._skin(item, waiting)
        elif thing.kind == "poses":
            item.used = self.choices.choose("pose", thing.value)
            self.waiting = waiting
            return
        elif thing.kind == "styles":
            item.used = self.choices.choose("style", thing.value)
            self.waiting = waiting
            return
        elif thing.kind in _FACE:
            self._face(item, thing, waiting)
        elif thing.kind == "accessories":
            if thing.value not in self.choices.accessories:
                self.choices.accessories.append(thing.value)
            self.choices.paint(thing.value, waiting)
        else:
            self._clothes(item, thing, waiting)
        self._hair_colour_alone(waiting)

    def _hair(self, item: Item, thing: Meaning, waiting: list[Item]) -> None:
        self._lean(waiting, "hair")
        if thing.value:
            self.choices.styles.append((thing.value, item))
        self.choices.paint("hair", waiting)

    def _one_of(self, item: Item, thing: Meaning, waiting: list[Item]) -> None:
        leaning = self._lean(waiting, thing.kind)
        name = leaning or thing.value or self._preferred(thing.kind)
        item.used = bool(name)
        if name:
            item.used = self.choices.choose(ONE_OF[thing.kind], name, bool(leaning) or not thing.general)
            self.choices.paint(ONE_OF[thing.kind], waiting)

    def _face(self, item: Item, thing: Meaning, waiting: list[Item]) -> None:
        """What the face does or is like; a noun alone ("his face") says nothing, and is no fault."""
        said = [name for name in (self._lean(waiting, thing.kind), thing.value) if name]
        item.used = False not in [self._featured(thing.kind, name) for name in said]
        if thing.kind == "mouth" and thing.value:  # "a wide smile", "smiling, blue eyes": not of the mouth
            self.waiting = [one for one in waiting if not one.used]

    def _featured(self, kind: Kind, name: str) -> bool:
        if kind in FACE:
            return self.choices.choose(FACE[kind], name)
        if name not in self.choices.shapes:
            self.choices.shapes.append(name)
        return True

    def _preferred(self, kind: Kind) -> str:
        """The template that a general name stands for when no template claims that name."""
        known = resources.names(kind)
        preferred = str(self.grammar["prefer"].get(kind, ""))
        return preferred if preferred in known else known[0] if known else ""

    def _lean(self, waiting: list[Item], kind: Kind) -> str:
        """The template of this kind that a waiting adjective chooses, or ""."""
        found = ""
        for item in waiting:
            meaning = next((m for m in item.meanings if m.kind == kind and m.leaning), None)
            if meaning is None:
                continue
            item.used = True
            if kind == "hair":
                self.choices.styles.append((meaning.value, item))
            found = found or meaning.value
        return found

    def _clothes(self, item: Item, thing: Meaning, waiting: list[Item]) -> None:
        if thing.kind == "eyes":
            item.used = self.choices.paint("eyes", waiting)
            if shape := self._lean(waiting, "eyes"):
                item.used = True
                self._featured("face", shape)
            return
        garment = item.of("garment")
        outfit = item.of("outfits")
        self.slot = garment.value if garment else "top"
        self.before = "garment"
        named = next((m for w in waiting for m in w.meanings if m.kind == "outfits" and m.leaning), None)
        if named is not None:
            self._lean(waiting, "outfits")
            self.choices.outfits.append((named.value, item))
        if outfit is not None:
            item.used = True
            self.choices.outfits.append((outfit.value, item))
        if item.text in self.grammar["outer"]:
            self.outer = True
            if "top" in self.choices.patterns:  # "a checked shirt under a lab coat"
                self.choices.patterns["shirt"] = self.choices.patterns.pop("top")
        item.used |= self._painted(item, waiting)
        item.used |= self._printed(waiting)

    def _painted(self, item: Item, waiting: list[Item]) -> bool:
        """Whether a garment has got its colour; of a jacket and a shirt the shirt is the one beneath."""
        colours = self.choices.colours
        if self.slot == "top" and "top" in colours and any(one.of("colour") for one in waiting):
            if item.text in self.grammar["inner"]:
                self.slot = "shirt"
            elif item.text in self.grammar["outer"] and self.inner and "shirt" not in colours:
                colours["shirt"] = colours.pop("top")
        painted = self.choices.paint(self.slot, waiting)
        self.inner = painted and item.text in self.grammar["inner"] if self.slot == "top" else self.inner
        return painted

    def _printed(self, waiting: list[Item]) -> bool:
        """Whether the garment has got a pattern; a colour that is left over is the pattern's own."""
        found = next((one for one in waiting if one.of("pattern")), None)
        meaning = found.of("pattern") if found else None
        if found is None or meaning is None or not self.slot:
            return False
        found.used = True
        beneath = self.outer and self.named is not None and self.named.text in self.grammar["inner"]
        self.choices.patterns["shirt" if beneath and self.slot == "top" else self.slot] = meaning.value
        self.choices.paint("print", [one for one in waiting if not one.used])
        return True

    def _skin(self, item: Item, waiting: list[Item]) -> None:
        words = resources.read("words", "skin")["words"]
        near: list[Item] = []
        for one in reversed(self.items[max(0, item.at - 3) : item.at]):
            if one.of("break", "begin", "negation") and one.text not in words:
                break
            near.insert(0, one)
        for start in range(len(near)):
            said = " ".join(one.text for one in near[start:])
            if said in words:
                for one in (*near[start:], item):
                    one.used = True
                self.choices.choose("skin", words[said])
                return

    def _hair_colour_alone(self, waiting: list[Item]) -> None:
        """ "a redhead with ...": such a colour means the hair, whatever comes next."""
        for item in waiting:
            if not item.used and item.text in self.hair_only:
                self.choices.paint("hair", [item])

    def _deny(self, item: Item, thing: Meaning) -> None:
        if thing.kind in ONE_OF:
            item.used = True
            self.choices.choose(ONE_OF[thing.kind], "none")
        elif thing.kind == "accessories":
            item.used = True
            self.choices.told.append(f"no {thing.value}")
        elif thing.kind == "freckles" or (thing.kind == "mouth" and thing.value in ("smile", "grin", "open")):
            item.used = True
            self.choices.choose(FACE[thing.kind], "none" if thing.kind == "freckles" else "calm")
        elif thing.kind == "hair" and thing.general and "bald" in resources.names("hair"):
            item.used = True
            self.choices.styles.append(("bald", item))

    def _settle(self) -> None:
        """The end of a part: what waits goes to the thing before, a hair colour to the hair."""
        waiting, self.waiting = self.waiting, []
        if self.denied:
            return
        if self.before == "hair":
            self._lean(waiting, "hair")
            self.choices.paint("hair", waiting)
        elif self.before in ("eyes", "garment"):
            target = "eyes" if self.before == "eyes" else self.slot
            painted = self.choices.paint(target, waiting)
            printed = self.before == "garment" and self._printed(waiting)
            if (painted or printed) and self.named is not None:
                self.named.used = True
        elif self.before in ONE_OF:
            if name := self._lean(waiting, self.before):
                self.choices.choose(ONE_OF[self.before], name, over=True)
            self.choices.paint(ONE_OF[self.before], waiting)
        elif self.before in _FACE and (name := self._lean(waiting, self.before)):
            self._featured(self.before, name)
        elif self.before is None:  # "a black shirt with white stripes"
            self._printed(waiting)
        self._hair_colour_alone(waiting)
