"""A stack of three books, their spines to the front; the lowest spine bears the name."""

from __future__ import annotations

import manifold3d as m3
import numpy as np

from fabricate.solid.scenes.shapes import Sculpture, Solid, apart

__all__ = ["books"]

COVER, OVER, TALL = 0.065, 0.032, 0.31
LINE = 0.013
"""How deep the lines between the pages are."""
SUNK = 0.004
"""How far each book lies in the one below, and pages in their covers, so that they weld."""
BOOKS = (
    (0.0, 0.0, 1.0, 0.80, TALL + 0.06, 0.0, "lower", "#9c3b34"),
    (-0.02, 0.02, 0.92, 0.74, TALL - 0.04, -5.0, "middle", "#d9a441"),
    (0.02, 0.0, 0.86, 0.70, TALL - 0.06, 4.0, "upper", "#2f5d7c"),
)
"""x, y, half width, half depth, height, turn in degrees, name and colour, from below."""


def books() -> Sculpture:
    """Three covers with bands on their spines, and the pages between."""
    layers: dict[str, tuple[list[Solid], str]] = {}
    pages: list[Solid] = []
    bands: list[Solid] = []
    low = 0.0
    for x, y, wide, deep, tall, turn, name, colour in BOOKS:
        placed = [s.rotate((0.0, 0.0, turn)).translate((x, y, low)) for s in _book(wide, deep, tall)]
        layers[name] = ([placed[0]], colour)
        pages.append(placed[1])
        if name != "lower":
            bands += [s.rotate((0.0, 0.0, turn)).translate((x, y, low)) for s in _bands(wide, deep, tall)]
        low += tall - SUNK
    return apart({"bands": (bands, "#f1e3c2"), **layers, "pages": (pages, "#f3ead8")})


def _book(wide: float, deep: float, tall: float) -> tuple[Solid, Solid]:
    """The cover, open on three sides, round at the spine, and the pages in it; the spine faces -y."""
    profile = m3.CrossSection.square((tall - 0.08, 2 * deep - 0.08), True)
    profile = profile.offset(0.04, m3.JoinType.Round, circular_segments=24)
    block = profile.extrude(2 * wide).translate((0.0, 0.0, -wide))  # x: up, y: depth, z: across
    hollow = m3.CrossSection.square((tall - 2 * COVER, 2 * deep), True).translate((0.0, 2 * COVER))
    inside = hollow.extrude(2 * wide + 1).translate((0.0, 0.0, -wide - 0.5))
    paper = m3.CrossSection.square((tall - 2 * COVER + 2 * SUNK, 2 * deep - COVER - OVER), True)
    paper = paper.translate((0.0, (COVER - OVER) / 2)).extrude(2 * (wide - OVER))
    paper = paper.translate((0.0, 0.0, -(wide - OVER)))
    for z in (-0.3 * (tall - 2 * COVER), 0.0, 0.3 * (tall - 2 * COVER)):
        paper = paper - _line(z, wide - OVER, deep - OVER)
    return _upright(block - inside, tall), _upright(paper, tall)


def _line(z: float, wide: float, deep: float) -> Solid:
    """A shallow line of V section around three sides of the pages."""
    wedge = m3.CrossSection([np.array([(z - 0.03, 0.01), (z, -LINE), (z + 0.03, 0.01)])], m3.FillRule.NonZero)
    back = wedge.translate((0.0, deep)).extrude(2 * wide + 0.2).translate((0.0, 0.0, -wide - 0.1))
    side = wedge.extrude(2 * deep + 1.0).rotate((90.0, 0.0, 0.0)).translate((0.0, deep + 0.5, wide))
    return Solid.batch_boolean([back, side, side.mirror((0.0, 0.0, 1.0))], m3.OpType.Add)


def _upright(solid: Solid, tall: float) -> Solid:
    """From (up, depth, across) to the scene's frame, standing on z = 0."""
    turned = solid.transform([[0.0, 0.0, -1.0, 0.0], [0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, tall / 2]])
    return turned


def _bands(wide: float, deep: float, tall: float) -> list[Solid]:
    """Two raised bands around the spine."""
    made = []
    for x in (-0.72 * wide, 0.72 * wide):
        profile = m3.CrossSection.square((tall - 0.12, 0.1), True)
        band = profile.extrude(0.07).translate((0.0, -deep + 0.05 - 0.018, x - 0.035))
        made.append(_upright(band, tall))
    return made
