"""The head's own shape: what the photo's ratios lean, gently, and what the words for faces ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fabricate import resources
from fabricate.errors import SpecError, nearest

__all__ = ["USUAL", "leaning", "shapes"]

USUAL = {
    "face_h": 1.20,
    "jaw_w": 0.805,
    "eye_span": 0.64,
    "eye_w": 0.203,
    "mouth_w": 0.40,
    "nose_w": 0.29,
    "nose_h": 0.357,
    "chin_h": 0.262,
    "brow_h": 0.137,
}
"""``Likeness.ratios`` of an average face: medians over the portraits of twelve people. It gives exactly the
style's own head."""

FACTORS = (
    ("wide", "face_h", -0.35, 0.03),
    ("jaw", "jaw_w", 0.8, 0.08),
    ("eye_x", "eye_span", 0.6, 0.06),
    ("eye_wide", "eye_w", 0.6, 0.08),
    ("mouth_wide", "mouth_w", 0.5, 0.15),
    ("nose", "nose_w", 0.8, 0.25),
    ("nose_tall", "nose_h", 0.8, 0.20),
)
"""Number of the head, the ratio that moves it, the share of the ratio's change that it takes, its most."""
ADDED = (("chin", "chin_h", 0.20, 0.05), ("brow_up", "brow_h", 0.12, 0.03))
"""The same for numbers that are added to, in head radii."""
PLAIN = {"mouth_wide": 1.0, "nose_tall": 1.0, "brow_up": 0.0}
"""Numbers that no style names."""


def shapes(asked: str) -> list[str]:
    """The shapes in ``"square, big-nose"``, each once; SpecError with the nearest for an unknown one."""
    known = resources.read("words", "face")["shapes"]
    names = [
        name for name in (part.strip().casefold().replace(" ", "-") for part in asked.split(",")) if name
    ]
    for name in names:
        if name not in known:
            raise SpecError(f"there is no shape of face called {name!r}", nearest(name, known))
    return list(dict.fromkeys(names))


def leaning(
    style: Mapping[str, Mapping[str, Any]], ratios: Mapping[str, float], asked: list[str]
) -> dict[str, float]:
    """``Design.head``: the numbers of a style's head that differ, by the photo's ratios and by shapes.

    A shape's numbers are taken from the style's own: what it sets, the photo does not lean. Numbers that the
    style has not (a nose) stay away.
    """
    own = {**PLAIN, **style["head"], **{f"eye_{k}": v for k, v in style["eyes"].items()}}
    out: dict[str, float] = {}
    for key, ratio, gain, most in FACTORS:
        if ratio in ratios and key in own:
            lean = gain * (ratios[ratio] / USUAL[ratio] - 1)
            out[key] = own[key] * (1 + max(-most, min(most, lean)))
    for key, ratio, gain, most in ADDED:
        if ratio in ratios:
            lean = gain * (ratios[ratio] / USUAL[ratio] - 1)
            out[key] = own[key] + max(-most, min(most, lean))
    shaped: dict[str, float] = {}
    for name in asked:
        for key, change in resources.read("words", "face")["shapes"][name].items():
            if key in own:
                before = shaped.get(key, own[key])
                shaped[key] = before + change if key == "chin" else before * change
    return {key: round(value, 4) for key, value in {**out, **shaped}.items() if round(value, 4) != own[key]}
