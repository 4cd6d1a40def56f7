"""Colour that only pictures show: warm cheeks, shade under the lids. A print keeps one colour a part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.kit import templates
from fabricate.kit.design import Design, levels
from fabricate.kit.frames import Frame

if TYPE_CHECKING:
    import trimesh

__all__ = ["blushed", "shaded", "tint"]


def blushed(vertices: NDArray[np.floating], head: Frame, design: Design) -> NDArray[np.float64]:
    """Colours (n, 3), sRGB 0..1, of skin at ``vertices`` (n, 3) in the frame that ``head`` stands in."""
    skin = np.array(levels(design.skin))
    local = ((vertices - head.origin) @ head.turn) / head.scale
    warm = np.zeros(len(vertices))
    for side in (-1, 1):
        gap = np.hypot((local[:, 0] - side * 0.60) / 0.25, (local[:, 2] + 0.50) / 0.17)
        warm = np.maximum(warm, np.clip(1.25 - gap, 0, 1))
    warm = np.where(local[:, 1] < -0.2, warm, 0) ** 1.5 * 0.55
    warm *= templates.style(design.style)["head"]["blush"]
    rosy = skin * [1.0, 0.56, 0.52] + [0.04, 0.02, 0.02]
    return np.asarray(skin + (np.clip(rosy, 0, 1) - skin) * warm[:, None])


def shaded(vertices: NDArray[np.floating], head: Frame, design: Design, eye_z: float) -> NDArray[np.float64]:
    """Colours (n, 3) of the irises: the upper half falls into the lid's shade, the lower keeps its colour."""
    iris = np.array(levels(design.eyes))
    local = ((vertices - head.origin) @ head.turn) / head.scale
    shade = np.clip((local[:, 2] - eye_z + 0.02) / 0.20, 0, 1) * 0.55
    return np.asarray(iris * (1 - shade[:, None]))


def tint(mesh: trimesh.Trimesh, name: str, head: Frame, design: Design, eye_z: float) -> None:
    """Paint the mesh of ``skin`` or ``iris`` in place; any other part is left alone.

    Most vertices keep the part's own colour exactly, so that it remains the part's commonest.
    """
    if name == "skin":
        colours = blushed(np.asarray(mesh.vertices), head, design)
    elif name == "iris":
        colours = shaded(np.asarray(mesh.vertices), head, design, eye_z)
    else:
        return
    from trimesh.visual import ColorVisuals

    rgb = np.rint(colours * 255).astype(np.uint8)
    alpha = np.full((len(rgb), 1), 255, np.uint8)
    mesh.visual = ColorVisuals(vertex_colors=np.hstack([rgb, alpha]))
