"""A sketch: a shape put together quickly from the kit's clay, in parts of one colour each.

Frame as everywhere: +Z up, facing -Y. The unit is free: a sketch is framed by what it measures.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fabricate.kit.clay import Clay
from fabricate.kit.frames import HERE, Frame, along
from fabricate.kit.isosurface import isosurface
from fabricate.kit.primitives import Box, Cone, Ellipsoid, Ring, RoundCone, Strand

__all__ = ["Lump", "Model", "Sketch", "colour_of", "joined", "vec", "vertex_normals"]

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
    """A meshed shape:

    ``vertices`` (n, 3) and their ``normals``, ``faces`` (m, 3), ``colours`` (n, 3) 0..1.
    """

    vertices: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int64]
    colours: NDArray[np.float32]


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
        clays = [lump for lump in self.lumps if lump.clay]
        if not clays:
            raise ValueError("an empty sketch")
        low = np.min([lump.clay.low for lump in clays], axis=0)
        high = np.max([lump.clay.high for lump in clays], axis=0)
        size = float((high - low).max())
        meshes = []
        for lump in clays:
            least = float((lump.clay.high - lump.clay.low).min())
            cell = float(np.clip(least / 9, size / (2.5 * detail), size / detail))
            vertices, faces = isosurface(lump.clay, cell)
            if len(faces):
                meshes.append((vertices, faces, lump.colour))
        if not meshes:
            raise ValueError("a sketch without a surface")
        return joined(meshes)


def joined(meshes: list[tuple[NDArray[np.float64], NDArray[np.int64], Vec]]) -> Model:
    """Meshes with a colour each as one model, with smooth normals."""
    starts = np.cumsum([0, *(len(v) for v, _, _ in meshes)])
    vertices = np.concatenate([v for v, _, _ in meshes]).astype(np.float32)
    faces = np.concatenate([f + start for (_, f, _), start in zip(meshes, starts[:-1], strict=True)])
    colours = np.concatenate([np.tile(np.asarray(c, np.float32), (len(v), 1)) for v, _, c in meshes])
    return Model(vertices, vertex_normals(vertices, faces), faces, colours)


def vertex_normals(vertices: NDArray[np.float32], faces: NDArray[np.int64]) -> NDArray[np.float32]:
    """Unit normals (n, 3), faces weighed by their area."""
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    flat = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(flat[:, i], 3), len(vertices)) for i in range(3)], axis=1
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-12), np.float32)


def colour_of(dice: np.random.Generator, vivid: float = 0.7) -> Vec:
    """A random colour: any hue, ``vivid`` the most saturation."""
    hue, saturation, value = dice.uniform(0, 6), dice.uniform(0, vivid), dice.uniform(0.15, 1.0)
    wheel = np.clip(np.abs((np.array([0.0, 4.0, 2.0]) + hue) % 6 - 3) - 1, 0, 1)
    return np.asarray(value * (1 - saturation * (1 - wheel)))
