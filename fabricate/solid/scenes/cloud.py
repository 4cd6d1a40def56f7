"""A cloud to stand on: soft balls around a level top, with a ribbon before it for the name."""

from __future__ import annotations

import manifold3d as m3
import numpy as np

from fabricate.solid.scenes.shapes import Sculpture, Solid, apart, ball, hulled

__all__ = ["cloud"]

LEVEL = 0.42
PUFFS = (
    *(
        (-0.66, -0.32, 0.31),
        (0.66, -0.32, 0.31),
        (-0.36, -0.54, 0.29),
        (0.36, -0.54, 0.29),
        (0.0, -0.55, 0.28),
    ),
    *((-0.72, 0.02, 0.27), (0.72, 0.04, 0.27), (-0.70, 0.36, 0.33), (0.70, 0.40, 0.30), (0.02, 0.70, 0.37)),
    *((-0.38, 0.62, 0.39), (0.42, 0.64, 0.34), (-0.34, 0.0, 0.33), (0.34, 0.0, 0.33), (0.0, 0.28, 0.33)),
)
"""x, y and radius; the balls' middles lie low, so that they print without support."""


def cloud() -> Sculpture:
    """One white cloud, flat below, and a blue ribbon."""
    balls = [ball(r, (x, y, 0.42 * r + (0.05 if y > 0.3 else 0.0)), 0.98, 72) for x, y, r in PUFFS]
    body = Solid.batch_boolean(balls, m3.OpType.Add)
    middle = ball(0.5, (0.0, 0.0, LEVEL - 0.16), 0.5, 96).scale((1.25, 1.0, 1.0))
    foot = Solid.cylinder(0.3, 0.72, 0.5, 64).scale((1.0, 0.86, 1.0))
    body = (body + middle + foot + _pillow()).trim_by_plane((0.0, 0.0, 1.0), 0.0)
    room = Solid.cylinder(0.3, 0.50, 0.80, 96).scale((1.08, 0.86, 1.0)).translate((0.0, -0.02, LEVEL))
    return apart({"ribbon": ([_ribbon()], "#5f93c9"), "cloud": ([body - room], "#f3f4f6")})


def _pillow() -> Solid:
    """The level top, its edge round."""
    rings = [
        Solid.cylinder(0.02, 0.5, 0.5, 96),
        Solid.cylinder(0.02, 0.54, 0.54, 96).translate((0, 0, -0.06)),
    ]
    return hulled([ring.scale((1.08, 0.86, 1.0)).translate((0.0, 0.0, LEVEL - 0.02)) for ring in rings])


def _ribbon() -> Solid:
    """A plate that leans back a little, its lower edge on the plate, with folded ends."""
    field = m3.CrossSection.square((1.02, 0.28), True).offset(0.03, m3.JoinType.Round, circular_segments=16)
    ends = [
        m3.CrossSection(
            [
                np.array(
                    [
                        (s * 0.48, -0.05),
                        (s * 0.74, -0.05),
                        (s * 0.66, 0.07),
                        (s * 0.74, 0.19),
                        (s * 0.48, 0.19),
                    ]
                )
            ],
            m3.FillRule.NonZero,
        ).offset(0.015, m3.JoinType.Round, circular_segments=12)
        for s in (-1.0, 1.0)
    ]
    plate = field.extrude(0.22).translate((0.0, 0.0, -0.22))
    tails = [end.extrude(0.22).translate((0.0, -0.04, -0.28)) for end in ends]
    whole = Solid.batch_boolean([plate, *tails], m3.OpType.Add).rotate((72.0, 0.0, 0.0))
    return whole.translate((0.0, -0.92, 0.19)).trim_by_plane((0.0, 0.0, 1.0), 0.0)
