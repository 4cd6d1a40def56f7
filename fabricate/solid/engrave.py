"""A piece's name sunk into its cut face, where its peg leaves room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fabricate.solid.joints import Cut, frame_of
from fabricate.solid.lettering import fit_words
from fabricate.solid.limits import Limits
from fabricate.solid.pegs import Peg

if TYPE_CHECKING:
    import manifold3d

__all__ = ["engraved"]

Floats = npt.NDArray[np.float64]
DEPTH_MM = 0.5
RIM_MM = 0.8
TALL_MM = (6.0, 5.0, 4.0, 3.2, 2.6)
TRIES = 15


def engraved(
    solid: manifold3d.Manifold,
    outline: manifold3d.CrossSection,
    cut: Cut,
    name: str,
    near: bool,
    pegs: Sequence[Peg],
    limits: Limits,
) -> manifold3d.Manifold:
    """The solid with ``name`` half a millimetre deep in its face of a cut, as large as there is room for.

    ``outline`` is the face in ``frame_of(cut.normal)`` about ``cut.at``; ``near`` says that the solid lies
    before the cut and not beyond it. Unchanged where not even small letters fit beside the pegs.
    """
    import manifold3d as m3

    axes = frame_of(cut.normal)
    free = outline.offset(-RIM_MM)
    for peg in pegs:
        local = axes @ (peg.at - cut.at)
        if abs(local[2]) < 2.0 and abs(peg.axis @ cut.normal) > 0.99:
            radius = peg.radius_mm + RIM_MM
            free = free - m3.CrossSection.circle(radius, 48).translate((local[0], local[1]))
    for tall in TALL_MM:
        words = fit_words(
            name, width_mm=40, height_mm=tall, room_mm=2 * tall, line_mm=max(0.5, limits.line_mm - 0.2)
        )
        if words.outline is None or words.height_mm < 0.99 * tall:
            continue
        text = words.outline if near else words.outline.mirror((1.0, 0.0))
        spot = _place(free, text)
        if spot is not None:
            into = -1.0 if near else 1.0
            letters = m3.Manifold.extrude(text.translate((spot[0], spot[1])), DEPTH_MM + 0.2)
            start = cut.at + cut.normal * (-DEPTH_MM if into < 0 else -0.2)
            return solid - letters.transform(np.concatenate([axes.T, start[:, None]], axis=1))
    return solid


def _place(free: manifold3d.CrossSection, text: manifold3d.CrossSection) -> Floats | None:
    """Where the text's middle goes so that its box lies within ``free``: the roomiest of a grid of places."""
    import manifold3d as m3

    if free.is_empty():
        return None
    left, low, right, high = text.bounds()
    size = np.array([right - left, high - low])
    start, end = np.array(free.bounds()).reshape(2, 2)
    if (end - start < size).any():
        return None
    spots = np.stack(
        np.meshgrid(
            *(np.linspace(a, b, TRIES) for a, b in zip(start + size / 2, end - size / 2, strict=True))
        ),
        axis=-1,
    ).reshape(-1, 2)
    middle = (start + end) / 2
    shape = m3.CrossSection.square((float(size[0]), float(size[1])), True)
    for spot in sorted(spots, key=lambda s: float(((s - middle) ** 2).sum())):
        if (shape.translate((float(spot[0]), float(spot[1]))) - free).area() < 1e-6:
            return np.asarray(spot)
    return None
