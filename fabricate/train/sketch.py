"""A sketch: a shape put together quickly from the kit's clay, in parts of one colour each.

Frame as everywhere: +Z up, facing -Y. The unit is free: a sketch is framed by what it measures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fabricate.kit.clay import Clay
from fabricate.kit.frames import HERE, Frame, along
from fabricate.kit.isosurface import isosurface
from fabricate.kit.primitives import Box, Cone, Ellipsoid, Ring, RoundCone, Strand
from fabricate.kit.sdf import Field
from fabricate.lift.surface import vertex_normals

__all__ = ["Lump", "Model", "Sketch", "colour_of", "modelled", "vec"]

Vec = NDArray[np.float64]


def vec(x: float, y: float, z: float) -> Vec:
    """A step in space."""
    return np.array([x, y, z], dtype=np.float64)


@dataclass
class Lump:
    """One part: blended clay of one colour (three levels 0..1)."""

    colour: Vec
    clay: Clay = field(default_factory=Clay)

    def ball(self, at: ArrayLike, radii: ArrayLike, turn: Vec | None = None, k: float = 0.0) -> Lump:
        """An ellipsoid; one radius makes a ball."""
        sizes = np.maximum(np.broadcast_to(np.asarray(radii, float), (3,)), 1e-3)
        self.clay.add(Ellipsoid(Frame.at(at, turn), sizes), k)
        return self

    def tube(
        self,
        a: ArrayLike,
        b: ArrayLike,
        r1: float,
        r2: float | None = None,
        k: float = 0.0,
        oval: float = 1.0,
    ) -> Lump:
        """A limb from ``a`` to ``b``; ``oval`` flattens it front to back."""
        self.clay.add(RoundCone(HERE, a, b, max(r1, 1e-3), max(r1 if r2 is None else r2, 1e-3), oval), k)
        return self

    def box(
        self, at: ArrayLike, half: ArrayLike, turn: Vec | None = None, edge: float = 0.1, k: float = 0.0
    ) -> Lump:
        """A box, its edges rounded by ``edge`` of its least half size."""
        sizes = np.maximum(np.asarray(half, float), 1e-3)
        self.clay.add(Box(Frame.at(at, turn), sizes, float(sizes.min() * edge)), k)
        return self

    def cone(
        self,
        a: ArrayLike,
        b: ArrayLike,
        r1: float,
        r2: float,
        oval: float = 1.0,
        edge: float = 0.1,
        k: float = 0.0,
    ) -> Lump:
        """A capped cone from ``a`` to ``b``; ``oval`` is its depth over its width."""
        a, b = np.asarray(a, float), np.asarray(b, float)
        half = max(float(np.linalg.norm(b - a)) / 2, 1e-3)
        turn = along(b - a) if half > 1e-3 else np.eye(3)
        round_off = edge * min(half, max(r1, r2))
        self.clay.add(
            Cone(Frame.at((a + b) / 2, turn), max(r1, 1e-3), max(r2, 1e-3), half, round_off, oval), k
        )
        return self

    def ring(
        self, at: ArrayLike, major: float, minor: float, turn: Vec | None = None, k: float = 0.0
    ) -> Lump:
        """A torus about its local Z."""
        self.clay.add(Ring(Frame.at(at, turn), major, min(minor, 0.95 * major)), k)
        return self

    def strand(self, points: ArrayLike, radii: ArrayLike, k: float = 0.0) -> Lump:
        """A tapered tube along a polyline."""
        self.clay.add(Strand(points, radii), k)
        return self


@dataclass(frozen=True)
class Model:
    """A mesh: ``vertices`` (n, 3) and their ``normals``, ``faces`` (m, 3), ``colours`` (n, 3) 0..1."""

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int64]
    colours: NDArray[np.float32]

    def moved(self, vertices: NDArray[np.floating]) -> Model:
        """The same faces and colours with the vertices (n, 3) elsewhere."""
        points = vertices.astype(np.float32)
        return replace(self, vertices=points, normals=_normals(points, self.faces))


@dataclass
class Sketch:
    """Parts in one frame."""

    lumps: list[Lump] = field(default_factory=list)

    def part(self, colour: Vec) -> Lump:
        """A new part, apart from the earlier ones: their surfaces meet in a crease."""
        self.lumps.append(Lump(colour))
        return self.lumps[-1]

    def model(self, detail: int = 60) -> Model:
        """The mesh: about ``detail`` cells along the longest side, finer for small parts.

        Raises ValueError when nothing has a surface.
        """
        lumps = [lump for lump in self.lumps if lump.clay]
        if not lumps:
            raise ValueError("an empty sketch")
        low = np.min([lump.clay.low for lump in lumps], axis=0)
        high = np.max([lump.clay.high for lump in lumps], axis=0)
        size = float((high - low).max())

        def cell(clay: Clay) -> float:
            least = float((clay.high - clay.low).min())
            return float(np.clip(least / 9, size / (2.5 * detail), size / detail))

        return modelled((lump.clay, cell(lump.clay), lump.colour) for lump in lumps)


def modelled(pieces: Iterable[tuple[Field, float, Vec]]) -> Model:
    """Fields, each with the side of its cells and its colour, as one model with smooth normals.

    Raises ValueError when none of them has a surface.
    """
    vertices, faces, colours, count = [], [], [], 0
    for item, cell, colour in pieces:
        points, corners = isosurface(item, cell)
        if len(corners):
            vertices.append(points.astype(np.float32))
            faces.append(corners + count)
            colours.append(np.tile(np.asarray(colour, np.float32), (len(points), 1)))
            count += len(points)
    if not vertices:
        raise ValueError("nothing here has a surface")
    points32, all_faces = np.concatenate(vertices), np.concatenate(faces)
    return Model(points32, _normals(points32, all_faces), all_faces, np.concatenate(colours))


def _normals(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> NDArray[np.float32]:
    return vertex_normals(vertices, faces).astype(np.float32)


def colour_of(dice: np.random.Generator, vivid: float = 0.7) -> Vec:
    """A random colour: any hue, ``vivid`` the most saturation."""
    hue, saturation, value = dice.uniform(0, 6), dice.uniform(0, vivid), dice.uniform(0.15, 1.0)
    wheel = np.clip(np.abs((np.array([0.0, 4.0, 2.0]) + hue) % 6 - 3) - 1, 0, 1)
    return np.asarray(value * (1 - saturation * (1 - wheel)))
