"""Colours of meshes: one colour a part in memory (sRGB vertex colours), linear light on disk in GLB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import trimesh

__all__ = [
    "PLAIN",
    "colour_of",
    "from_linear",
    "hex_of",
    "is_uniform",
    "lab_of",
    "paint",
    "reduce_colours",
    "rgb_of",
    "to_linear",
    "vertex_rgba",
]

PLAIN = "#b9b4ac"
"""The colour of a mesh that has none: unpainted stone grey."""


def rgb_of(colour: str) -> tuple[int, int, int]:
    """``#rrggbb`` as three integers 0..255; ValueError when it is not of that form."""
    if len(colour) != 7 or colour[0] != "#":
        raise ValueError(f"not a #rrggbb colour: {colour!r}")
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def hex_of(rgb: Sequence[int] | npt.NDArray[Any]) -> str:
    """Three integers 0..255 as ``#rrggbb``; anything after the third is ignored."""
    return "#" + "".join(f"{int(channel):02x}" for channel in rgb[:3])


def paint(mesh: trimesh.Trimesh, colour: str) -> trimesh.Trimesh:
    """The same mesh (changed in place and returned) with one colour, ``#rrggbb``, on every vertex."""
    rows = np.zeros((len(mesh.vertices), 4), np.uint8)
    rows[:] = (*rgb_of(colour), 255)
    mesh.visual = _vertex_colours(rows)
    return mesh


def vertex_rgba(mesh: trimesh.Trimesh) -> npt.NDArray[np.uint8]:
    """Vertex colours, (n, 4) uint8 sRGB; ``PLAIN`` where the mesh has none."""
    visual: Any = mesh.visual
    if getattr(visual, "kind", None) is None:
        rows = np.zeros((len(mesh.vertices), 4), np.uint8)
        rows[:] = (*rgb_of(PLAIN), 255)
        return rows
    if visual.kind == "texture":
        visual = visual.to_color()
    return np.asarray(visual.vertex_colors, np.uint8).reshape(-1, 4)


def colour_of(mesh: trimesh.Trimesh) -> str:
    """The mesh's colour as ``#rrggbb``: the commonest one of its vertices, ``PLAIN`` when it has none."""
    packed = _packed(vertex_rgba(mesh))
    if not len(packed):
        return PLAIN
    if packed[0] == packed[-1] and (packed == packed[0]).all():
        return f"#{int(packed[0]):06x}"
    values, counts = np.unique(packed, return_counts=True)
    return f"#{int(values[counts.argmax()]):06x}"


def is_uniform(mesh: trimesh.Trimesh) -> bool:
    """True when every vertex has the same colour (or none has any)."""
    packed = _packed(vertex_rgba(mesh))
    return not len(packed) or bool((packed == packed[0]).all())


def to_linear(srgb: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """sRGB values 0..1 in linear light (IEC 61966-2-1), any shape."""
    value = np.asarray(srgb, np.float64)
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def from_linear(linear: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Linear light 0..1 as sRGB values 0..1, any shape: the inverse of ``to_linear``."""
    value = np.clip(np.asarray(linear, np.float64), 0.0, None)
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)


def lab_of(colours: Sequence[str]) -> npt.NDArray[np.float64]:
    """Colours in CIE L*a*b* (D65), (n, 3): distances there are close to what the eye sees."""
    rgb = to_linear(np.array([rgb_of(c) for c in colours], np.float64).reshape(-1, 3) / 255)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = rgb @ matrix.T / (0.9505, 1.0, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])],
        axis=1,
    )


def reduce_colours(weights: dict[str, float], most: int) -> dict[str, str]:
    """Each colour -> the one that stands for it, at most ``most`` of them.

    The two groups whose joining costs least (Ward's measure in Lab, 1963) are joined until few enough
    are left; each group keeps its heaviest colour, so no new colour is made up.
    """
    if most < 1:
        raise ValueError("at least one colour must remain")
    heads = dict(sorted(weights.items(), key=lambda item: (-item[1], item[0])))
    stands = {colour: colour for colour in heads}
    spot = dict(zip(heads, lab_of(list(heads)), strict=True))
    while len(heads) > most:
        names = list(heads)
        _, keep, drop = min(
            (_loss(heads[a], heads[b], float(np.linalg.norm(spot[a] - spot[b]))), i, j)
            for i, a in enumerate(names)
            for j, b in enumerate(names)
            if i < j
        )
        kept, gone = names[keep], names[drop]
        heads[kept] += heads.pop(gone)
        stands = {colour: kept if head == gone else head for colour, head in stands.items()}
    return stands


def _loss(one: float, other: float, distance: float) -> float:
    return one * other / (one + other) * distance**2


def _packed(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    wide = rgba.astype(np.uint32)
    return np.asarray(wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2], np.uint32)


def _vertex_colours(rows: npt.NDArray[np.uint8]) -> Any:
    from trimesh.visual import ColorVisuals

    return ColorVisuals(vertex_colors=rows)
