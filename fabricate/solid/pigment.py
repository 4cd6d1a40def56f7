"""Colours of foreign meshes as vertex colours: of textures, materials and faces."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fabricate.solid.colour import from_linear, to_linear

if TYPE_CHECKING:
    import trimesh

__all__ = ["is_coloured", "vertex_painted"]

Rows = npt.NDArray[np.uint8]


def is_coloured(mesh: trimesh.Trimesh) -> bool:
    """Whether a mesh has vertex colours of its own."""
    return getattr(mesh.visual, "kind", None) == "vertex"


def vertex_painted(mesh: trimesh.Trimesh, *, linear: bool) -> trimesh.Trimesh:
    """The mesh, changed in place, with its colours as sRGB vertex colours; as it was when it has none.

    ``linear`` says that factors and vertex colours are in linear light, as in glTF; textures never are.
    """
    visual: Any = mesh.visual
    kind = getattr(visual, "kind", None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows = _of_texture(visual, len(mesh.vertices), linear) if kind == "texture" else None
            if kind in ("vertex", "face"):
                rows = np.array(visual.vertex_colors, np.uint8).reshape(-1, 4)
                if linear:
                    rows[:, :3] = np.rint(from_linear(rows[:, :3] / 255.0) * 255)
    # a texture may be damaged in as many ways as there are formats: the shape is worth having without it
    except Exception:
        rows = None
    return _painted(mesh, rows)


def _painted(mesh: trimesh.Trimesh, rows: Rows | None) -> trimesh.Trimesh:
    from trimesh.visual import ColorVisuals

    if rows is None or len(rows) != len(mesh.vertices):
        mesh.visual = ColorVisuals()
        return mesh
    rows[:, 3] = 255
    mesh.visual = ColorVisuals(vertex_colors=rows)
    return mesh


def _of_texture(visual: Any, count: int, linear: bool) -> Rows | None:
    """The colour of each vertex: the texture where it lies, times the material's own colour."""
    material = visual.material
    factor = np.ones(3)
    own = getattr(material, "baseColorFactor", None) if linear else getattr(material, "diffuse", None)
    if own is not None:
        value = np.asarray(own, np.float64).reshape(-1)[:3]
        factor = value / 255.0 if np.asarray(own).dtype.kind in "ui" or value.max() > 1 else value
    image = getattr(material, "baseColorTexture", None) if linear else getattr(material, "image", None)
    places = None if visual.uv is None else np.asarray(visual.uv, np.float64)
    if image is None or places is None or len(places) != count:
        shade = from_linear(factor) if linear else factor
        return np.tile(np.append(np.rint(shade * 255), 255).astype(np.uint8), (count, 1))
    pixels = np.asarray(image.convert("RGB"), np.float64) / 255
    places = np.nan_to_num(places) % 1.0
    column = np.minimum((places[:, 0] * pixels.shape[1]).astype(np.int64), pixels.shape[1] - 1)
    row = np.minimum(((1 - places[:, 1]) * pixels.shape[0]).astype(np.int64), pixels.shape[0] - 1)
    seen = pixels[row, column]
    if linear:
        seen = from_linear(to_linear(seen) * factor)
    rows = np.full((count, 4), 255, np.uint8)
    rows[:, :3] = np.rint(np.clip(seen, 0, 1) * 255)
    return rows
