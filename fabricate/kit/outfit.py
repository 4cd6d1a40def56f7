"""An outfit: its template's ``[[garment]]`` tables, put on one after another.

Each garment gives parts by colour role, solids cut from the body grown by the cloth. Its keys, and what they
are when left out, stand beside the garment: ``tops.KEYS``, ``coats.COAT``, ``bottoms.TROUSERS``,
``bottoms.SKIRT``, ``shoes.KEYS``, ``overs.CAPE``, ``overs.SCARF``, ``overs.APRON``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fabricate import resources
from fabricate.errors import TemplateError, nearest
from fabricate.kit.bottoms import SKIRT, TROUSERS, dungarees, skirt, trousers
from fabricate.kit.coats import COAT, coat
from fabricate.kit.overs import APRON, CAPE, SCARF, apron, cape, scarf
from fabricate.kit.patterns import logo_loops
from fabricate.kit.shoes import KEYS as SHOES
from fabricate.kit.shoes import shoes
from fabricate.kit.skeleton import Skeleton
from fabricate.kit.templates import Place, filled, rows
from fabricate.kit.tops import KEYS as TOP
from fabricate.kit.tops import top
from fabricate.kit.wardrobe import Garment, Wardrobe

__all__ = ["GARMENTS", "PRINT", "dress", "takes_pattern"]

PRINT = "print"
"""The colour role of a pattern that the design asks for."""

GARMENTS: Mapping[str, tuple[Callable[[Wardrobe, Garment], None], Mapping[str, Any]]] = {
    "top": (top, TOP),
    "trousers": (trousers, TROUSERS),
    "dungarees": (dungarees, TROUSERS),
    "skirt": (skirt, SKIRT),
    "shoes": (shoes, SHOES),
    "coat": (coat, COAT),
    "cape": (cape, CAPE),
    "scarf": (scarf, SCARF),
    "apron": (apron, APRON),
}
"""Kind of garment -> what puts it on, and its keys."""


def takes_pattern(name: str, role: str) -> bool:
    """Whether a garment of this colour role in an outfit can bear a pattern."""
    return any(_bears(given, role) for given in rows("outfits", name, "garment", needed=True))


def _bears(given: Mapping[str, Any], role: str) -> bool:
    kind = str(given.get("kind", ""))
    keys = GARMENTS[kind][1] if kind in GARMENTS else {}
    return "pattern" in keys and given.get("colour", keys.get("colour")) == role


def dress(
    s: Skeleton, name: str, fine: float, line: float, patterns: Mapping[str, str] | None = None
) -> Wardrobe:
    """A skeleton dressed in the outfit called ``name``; ``fine`` and ``line``: see ``Wardrobe``.

    ``patterns``: see ``Design``; they replace the garments' own.

    Raises TemplateError with file and line for an unknown garment, an unknown key or a value that does not
    fit.
    """
    path = resources.find("outfits", name)
    wardrobe = Wardrobe(s, fine, line)
    for number, given in enumerate(rows("outfits", name, "garment", needed=True)):
        place = Place(path, "garment", number)
        kind = str(given.get("kind", ""))
        if kind not in GARMENTS:
            raise TemplateError(
                f"unknown garment {kind!r}", nearest(kind, GARMENTS), path, place.line("kind")
            )
        put_on, keys = GARMENTS[kind]
        for role, own in (patterns or {}).items():
            if _bears(given, role):
                given = {**given, "pattern": own, "pattern_colour": PRINT, "pattern_step": 0.0}
        garment = filled({k: v for k, v in given.items() if k != "kind"}, keys, place)
        garment = wardrobe.fit.worn(kind, garment)
        if garment.get("logo"):
            try:
                logo_loops(garment["logo"])
            except ValueError as exc:
                hint = "use straight lines and curves: M L H V Q C Z, in capitals or small"
                raise place.fault(f"garment.logo is {exc}", hint, "logo") from exc
        put_on(wardrobe, garment)
    return wardrobe
