"""How to print a figure, in words: what its report says of supports, layers and filaments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["advice_for"]


def advice_for(data: Mapping[str, Any]) -> list[str]:
    """How to print the figure, one sentence each, from the numbers of its report."""
    measures = data["measures"]
    resin = measures.get("process") == "resin"
    based = data["base"]["template"] != "none"
    extruders = sorted({part["extruder"] for part in data["parts"]})
    lines = [
        "Print it standing, as the file lies: " + ("the base" if based else "the feet") + " on the plate."
    ]
    over = float(measures.get("overhang_share", 0.0))
    if resin:
        lines.append("Tilt it 15 to 30 degrees backwards and support it from behind: the face stays clean.")
        lines.append("Layers of 0.05 mm or thinner; wash and cure as your resin asks.")
    else:
        lines.append("Layers of 0.12 to 0.16 mm for the face, two or three walls, 15 % infill.")
        if over > 0.005:
            lines.append(
                f"Turn supports on, tree or organic ones: {over * 100:.0f} % of the surface hangs over "
                "(chin, hands, what it holds)."
            )
        else:
            lines.append("No supports needed.")
        lines.append(
            "A brim of 4 mm helps it hold." if not based else "No brim needed: the base holds it down."
        )
    if len(extruders) > 1 and not resin:
        lines.append(
            f"In colour: open figure.3mf, which asks for {len(extruders)} filaments. "
            "In one colour: figure.stl."
        )
    if data["accessories"]:
        lines.append(
            f"Print accessories.3mf too: {', '.join(data['accessories'])}, each standing on its own."
        )
    return lines
