"""A scan set upright on z = 0, one unit tall, facing front (-Y)."""

from __future__ import annotations

import numpy as np

from fabricate.scan.cloud import Cloud, Floats

__all__ = ["facing", "long_axis", "sole", "standing", "turn_about", "turned_up"]

TURNS = 90
SAMPLES = 20_000
CELL = 0.025
LEGS, HEAD = (0.0, 0.3), (0.68, 1.0)
"""Shares of the height in which left and right are looked for: below the hands, and where the head is."""
FEET, SHINS = (0.0, 0.06), (0.1, 0.22)
GAP = 8
"""Cells over which the outline of a foot is closed."""
SEEN = 0.5
"""With more of the soles than this in the scan, nothing is laid under them."""
TOES = 0.02
"""How far (of the height) feet lie before the shins when there is no doubt which way they point."""


def turned_up(up: Floats) -> Floats:
    """The rotation (3, 3) that brings the direction ``up`` to +Z along the shortest way."""
    up = up / np.linalg.norm(up)
    cross, cosine = np.cross(up, (0.0, 0.0, 1.0)), float(up[2])
    if cosine < -0.999999:
        return np.diag([1.0, -1.0, -1.0])
    skew = np.array([[0, -cross[2], cross[1]], [cross[2], 0, -cross[0]], [-cross[1], cross[0], 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))


def turn_about(degrees: float) -> Floats:
    """The rotation (3, 3) about +Z, anticlockwise as seen from above."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def long_axis(points: Floats) -> tuple[Floats, float]:
    """The direction in which points spread most (unit, z >= 0), and how many times as much as across it."""
    values, ways = np.linalg.eigh(np.cov((points - points.mean(axis=0)).T))
    axis = ways[:, 2] * (1.0 if ways[2, 2] >= 0 else -1.0)
    return axis, float(np.sqrt(values[2] / max(values[1], 1e-12)))


def standing(cloud: Cloud, turn: Floats, ground: float | None) -> tuple[Cloud, float]:
    """The cloud turned, centred, one unit tall on z = 0, and its height before.

    ``ground``: the height of the floor once turned; None: its lowest points are its feet.
    """
    points = cloud.points @ turn.T
    low, high = np.quantile(points, [0.0005, 0.9995], axis=0)
    bottom = low[2] if ground is None else ground
    height = float(high[2] - bottom)
    shift = -np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, bottom]) / height
    return cloud.placed(turn, 1 / height, shift), height


def sole(cloud: Cloud, spacing: float, above: float) -> Cloud:
    """The cloud with points under its feet, which no camera sees: where its lowest slice stands, at z = 0.

    ``above``: how high over the floor the figure's own points begin. Feet seen from below stay as they are.
    """
    from scipy import ndimage
    from scipy.spatial import cKDTree

    slab = cloud.at(cloud.points[:, 2] < above + max(0.02, 3 * spacing))
    if len(slab) < 30:
        return cloud
    cell, rim = 1.5 * spacing, 2 * GAP
    low = slab.points[:, :2].min(axis=0) - rim * cell
    key = np.floor((slab.points[:, :2] - low) / cell).astype(np.int64)
    there = np.zeros(tuple(key.max(axis=0) + rim + 1), bool)
    there[tuple(key.T)] = True
    around = ndimage.generate_binary_structure(2, 1)
    feet, count = ndimage.label(ndimage.binary_dilation(there, around, 2))
    grid = np.zeros_like(there)
    for foot in range(1, count + 1):  # apart, so that nothing is laid between them
        wide = ndimage.binary_fill_holes(ndimage.binary_dilation(there & (feet == foot), around, GAP))
        grid |= ndimage.binary_erosion(wide, around, GAP)
    inner = ndimage.binary_erosion(grid, around, 3)
    if not grid.any() or (there & inner).sum() > SEEN * inner.sum():
        return cloud
    place = (np.argwhere(grid) + 0.5) * cell + low
    points = np.concatenate([place, np.zeros((len(place), 1))], axis=1)
    near = cKDTree(slab.points).query(points)[1]
    colours = None if cloud.colours is None else np.concatenate([cloud.colours, slab.colours[near]])  # type: ignore[index]
    normals = None
    if cloud.normals is not None:
        normals = np.concatenate([cloud.normals, np.tile([[0.0, 0.0, -1.0]], (len(points), 1))])
    return Cloud(np.concatenate([cloud.points, points]), colours, normals)


def facing(points: Floats) -> tuple[float, float]:
    """Degrees to turn an upright figure of unit height so that it faces -Y, and how sure that is (0..1).

    The turn in which legs and head are most alike their mirror images gives left and right, whatever the
    arms do; toes tell front from back.
    """
    some = points[:: max(1, len(points) // SAMPLES)]
    turns = np.arange(TURNS) * (180.0 / TURNS)
    legs, head = (some[(some[:, 2] >= low) & (some[:, 2] < high)] for low, high in (LEGS, HEAD))
    unlike = np.array([2 * _unlike_mirrored(legs, turn) + _unlike_mirrored(head, turn) for turn in turns])
    best = float(turns[int(unlike.argmin())])
    turned = points @ turn_about(best).T
    toes = _depth(turned, FEET) - _depth(turned, SHINS)
    clear = float(np.median(unlike) - unlike.min()) / max(float(np.median(unlike)), 1e-9)
    return (best if toes <= 0 else best + 180.0), min(1.0, clear, abs(toes) / TOES)


def _depth(points: Floats, part: tuple[float, float]) -> float:
    rows = points[(points[:, 2] >= part[0]) & (points[:, 2] < part[1])]
    return float(rows[:, 1].mean()) if len(rows) else 0.0


def _unlike_mirrored(points: Floats, turn: float) -> float:
    """The share of a figure's cells without a partner across the best plane that lies across x."""
    if len(points) < 50:
        return 1.0
    flat = points[:, :2] @ turn_about(turn)[:2, :2].T
    key = np.floor(np.column_stack([flat, points[:, 2]]) / CELL).astype(np.int64)
    key -= key.min(axis=0)
    grid = np.zeros(tuple(key.max(axis=0) + 1), bool)
    grid[tuple(key.T)] = True
    count, here = len(grid), np.arange(len(grid))
    alike = 0
    for both in range(int(0.6 * count), int(1.4 * count)):  # cell i is mirrored to cell both - i
        there = both - here
        inside = (there >= 0) & (there < count)
        alike = max(alike, int((grid[here[inside]] & grid[there[inside]]).sum()))
    return 1.0 - alike / float(grid.sum())
