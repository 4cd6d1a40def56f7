"""The numbers of a print report, JSON-ready: mm, mm^2, mm^3, grams, degrees."""

from __future__ import annotations

from typing import Any

import numpy as np

from fabricate.solid.limits import Limits, Profile
from fabricate.solid.stand import Stand
from fabricate.solid.thickness import Walls
from fabricate.solid.topology import Census

__all__ = ["size_measures", "stand_measures", "wall_measures"]


def size_measures(found: Census, limits: Limits, printer: Profile) -> dict[str, Any]:
    """Size (mm), volume, weight (g, usual infill), counts; rounded to what they are good for."""
    sides = np.ptp(found.vertices, axis=0)
    volume = float(found.volumes.sum())
    corners = found.vertices[found.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = float(np.sqrt(np.einsum("ij,ij->i", cross, cross)).sum() / 2)
    skin = min(max(volume, 0.0), area * limits.shell_mm)
    grams = (skin + limits.fill * max(volume - skin, 0.0)) * printer.density_g_cm3 / 1000
    return {
        "width_mm": round(float(sides[0]), 3),
        "depth_mm": round(float(sides[1]), 3),
        "height_mm": round(float(sides[2]), 3),
        "volume_mm3": round(volume, 1),
        "area_mm2": round(area, 1),
        "grams": round(grams, 1),
        "material": printer.material,
        "triangles": len(found.kept),
        "bodies": len(found.volumes),
        "process": limits.process,
        "profile": printer.name,
    }


def wall_measures(walls: Walls) -> dict[str, Any]:
    """What the walls came to: shares of the surface, the thinnest half percent, how many thin spots."""
    return {
        "thin_share": round(walls.share_floor, 5),
        "under_wall_share": round(walls.share_wall, 5),
        "thinnest_mm": round(walls.thinnest_mm, 3),
        "thin_spots": len(walls.patches),
        "wall_samples": len(walls.points),
    }


def stand_measures(stand: Stand) -> dict[str, Any]:
    """How it stands: tip angle, margin inside its foot, centre of mass."""
    return {
        "tip_deg": round(stand.tip_deg, 2),
        "stand_margin_mm": round(stand.margin_mm, 3),
        "centre_of_mass_mm": [round(float(v), 3) for v in stand.centre],
    }
