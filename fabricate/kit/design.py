"""The design: every choice that a kit figure is built from, as plain data.

A design is what the spec, the words and the photo come to once the templates' defaults are filled in. It is
written beside the view, so that the lift sculpts exactly the figure that the view shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["MONK", "Design", "darker", "is_path", "levels", "mix"]

MONK = {
    "monk-01": "#fbe4d5",
    "monk-02": "#f8d9c4",
    "monk-03": "#f4ceb2",
    "monk-04": "#edc09d",
    "monk-05": "#dda97f",
    "monk-06": "#bf8459",
    "monk-07": "#986440",
    "monk-08": "#71472e",
    "monk-09": "#503224",
    "monk-10": "#3b251c",
}
"""The ten steps of the Monk Skin Tone scale (E. Monk, 2022), lightest to darkest, as a toy is painted: his
swatches are flat samples, and read grey on vinyl."""


@dataclass(frozen=True)
class Design:
    """One figure. Colours are ``#rrggbb``, names are templates' names.

    ``props``: accessories, by their templates' names or as absolute paths of the maker's own mesh files.
    ``mouth`` and ``brows``: of ``features.MOUTHS`` and ``BROWS``. ``relief``: one layer of raised lines in
    mm, 0 flush, None the process's own. ``colours`` maps a colour role (``top``, ``trim``, ``bottom``,
    ``shoes`` ...) or an accessory's name to a colour and overrides its template's; ``patterns`` maps one to
    what is on its cloth, of ``patterns.KINDS``, in the colour role ``print``. ``head`` overrides the
    style's ``[head]`` numbers, as ``eye_...`` its ``[eyes]``, and holds what ``features.Features`` leans.
    """

    style: str = "chibi"
    pose: str = "stand"
    outfit: str = "tee-jeans"
    hair: str = "short"
    hair_colour: str = "#4a2f20"
    skin: str = "#f0c8a4"
    eyes: str = "#5a3a22"
    glasses: str | None = None
    beard: str | None = None
    hat: str | None = None
    mouth: str = "smile"
    brows: str = "soft"
    freckles: bool = False
    relief: float | None = None
    props: tuple[str, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, str] = field(default_factory=dict)
    head: Mapping[str, float] = field(default_factory=dict)

    @property
    def held(self) -> str | None:
        """The accessory in the right hand: the first that has a grip point, which a mesh file has not."""
        return next((name for name in self.props if not is_path(name)), None)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; ``from_json`` reads it back equal."""
        data = asdict(self)
        data["props"] = list(self.props)
        return data

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Design:
        """The design that ``to_json`` wrote; TypeError for a key that no design has."""
        return Design(**{**data, "props": tuple(data.get("props", ()))})


def is_path(accessory: str) -> bool:
    """Whether an accessory is a mesh file (``./trophy.stl``) and not a template's name."""
    return "/" in accessory or "\\" in accessory


def levels(colour: str) -> tuple[float, float, float]:
    """``#rrggbb`` as three sRGB levels 0..1."""
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def mix(a: str, b: str, share: float) -> str:
    """The colour ``share`` (0..1) of the way from ``a`` to ``b``, in sRGB."""
    pairs = ((int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in pairs)


def darker(colour: str, share: float) -> str:
    """``colour`` with ``share`` of the way to black."""
    return mix(colour, "#000000", share)
