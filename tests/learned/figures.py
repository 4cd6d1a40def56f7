"""A picture to lift, and what must hold of the solid that a learned lift makes of it."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from PIL import Image, ImageDraw


def picture(colour: str = "#c03020") -> Image.Image:
    """A round head in a colour on a blue block, on nothing: RGBA, 90 x 160."""
    image = Image.new("RGBA", (90, 160))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 8, 70, 60), fill=colour)
    draw.rectangle((30, 55, 60, 150), fill="#2040a0")
    return image


def check_solid(mesh: trimesh.Trimesh) -> None:
    """One closed coloured solid of unit height in the figure frame."""
    assert mesh.is_watertight
    assert mesh.volume > 0
    assert mesh.bounds[:, 2] == pytest.approx([0, 1], abs=1e-6)
    assert mesh.bounds.sum(axis=0)[:2] == pytest.approx([0, 0], abs=1e-6)
    assert len(np.unique(mesh.visual.vertex_colors, axis=0)) > 10
