"""Warmth on the cheeks: colour on the skin's vertices, for pictures; prints keep the one skin colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.design import Design
from fabricate.kit.frames import Frame

if TYPE_CHECKING:
    import trimesh

__all__ = ["blush", "blushed"]


def blushed(vertices: NDArray[np.floating], head: Frame, design: Design) -> NDArray[np.float64]:
    """Colours (n, 3), sRGB 0..1, of skin at ``vertices`` (n, 3) given in the frame that ``head`` stands in."""
    skin = np.array([int(design.skin[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    local = ((vertices - head.origin) @ head.turn) / head.scale
    warm = np.zeros(len(vertices))
    for side in (-1, 1):
        gap = np.hypot((local[:, 0] - side * 0.60) / 0.25, (local[:, 2] + 0.50) / 0.17)
        warm = np.maximum(warm, np.clip(1.25 - gap, 0, 1))
    warm = np.where(local[:, 1] < -0.2, warm, 0) ** 1.5 * 0.55
    rosy = skin * [1.0, 0.56, 0.52] + [0.04, 0.02, 0.02]
    return skin + (np.clip(rosy, 0, 1) - skin) * warm[:, None]


def blush(mesh: trimesh.Trimesh, head: Frame, design: Design) -> None:
    """Paint a skin mesh in place: most vertices keep the skin's own colour exactly."""
    from trimesh.visual import ColorVisuals

    rgb = np.rint(blushed(np.asarray(mesh.vertices), head, design) * 255).astype(np.uint8)
    alpha = np.full((len(rgb), 1), 255, np.uint8)
    mesh.visual = ColorVisuals(vertex_colors=np.hstack([rgb, alpha]))
