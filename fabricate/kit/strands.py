"""Hair as a sculptor makes it: chunky tapered locks combed over the head, and grooves along a cap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.kit.clay import Clay
from fabricate.kit.frames import Array, Frame
from fabricate.kit.primitives import Ellipsoid, Strand
from fabricate.kit.sdf import Field, sample, turned

__all__ = ["comb", "curls", "grooves", "smooth", "tress"]

STEPS = 20
"""Pieces of one lock."""


def _polyline(points: Any, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (k, 3) at shares ``at`` (0..1) of a polyline's length."""
    line = np.asarray(points, float).reshape(-1, 3)
    if len(line) == 1:
        return np.repeat(line, len(at), 0)
    run = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    return np.stack([np.interp(at * run[-1], run, line[:, i]) for i in range(3)], 1)


def _through(values: Any, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth curve through [root, middle, tip] at ``t`` (0..1), never under the least of them."""
    root, middle, tip = np.resize(np.atleast_1d(np.asarray(values, float)), 3)
    curve = root * (1 - t) * (1 - 2 * t) + middle * 4 * t * (1 - t) + tip * t * (2 * t - 1)
    return np.asarray(np.maximum(curve, min(root, middle, tip)))


def _surface(directions: NDArray[np.float64], frame: Frame, base: Field) -> NDArray[np.float64]:
    """How far (n,) the base's surface lies from the frame's origin along local ``directions`` (n, 3)."""
    far = np.full(len(directions), 2.5)
    for _ in range(24):
        gap = sample(base, frame.point(directions * far[:, None])) / frame.scale
        far -= gap
    return far


def comb(shape: Mapping[str, Any], frame: Frame, base: Field, flip: float, thin: float) -> Clay:
    """Locks from a polyline of ``roots`` to one of ``tips``, hugging ``base`` between them.

    ``count`` locks; ``radius`` [root, middle, tip] in the frame's unit; ``lift``: how far the lock's axis
    rises over the surface [root, middle, tip]; ``drop``: how far a lock hangs on below its tip, ``flare``
    how it then widens; ``sway`` pushes the middle sideways; ``wave`` [how far, how often] lets it wave from
    side to side, more towards its tip; ``blend`` joins neighbours; ``jitter`` varies the tips.
    """
    count = int(shape["count"])
    share = np.linspace(0, 1, count) if count > 1 else np.array([0.5])
    roots, tips = _polyline(shape["roots"], share), _polyline(shape["tips"], share)
    rng = np.random.default_rng(int(shape.get("seed", 3)))
    jitter = float(shape.get("jitter", 0.0))
    tips = tips + rng.uniform(-jitter, jitter, tips.shape)
    if flip < 0:
        roots, tips = roots * [-1, 1, 1], tips * [-1, 1, 1]
    t = np.linspace(0, 1, STEPS + 1)
    path = _arcs(roots, tips, t, float(shape.get("sway", 0.0)) * flip)
    far = _surface(path.reshape(-1, 3), frame, base).reshape(path.shape[:2])
    place = path * (far + _through(shape.get("lift", 0.0), t)[None])[:, :, None]
    if drop := float(shape.get("drop", 0.0)):
        # The hanging share of a lock leaves the head and falls, drawing in a little at its end.
        fall = np.clip((t - 0.45) / 0.55, 0, 1) ** 1.4
        place = place - np.array([0, 0, drop]) * fall[None, :, None]
        place[:, :, :2] *= 1 + float(shape.get("flare", 0.0)) * fall[None, :, None]
    if wave := shape.get("wave"):
        aside = np.cross(path[:, 0], path[:, -1] - [0, 0, 0.3])
        aside /= np.maximum(np.linalg.norm(aside, axis=1, keepdims=True), 1e-6)
        swing = float(wave[0]) * np.sin(2 * np.pi * float(wave[1]) * t) * np.sqrt(t)
        place = place + aside[:, None] * swing[None, :, None]
    locks = Clay()
    radius = np.maximum(_through(shape["radius"], t), thin) * frame.scale
    blend = float(shape.get("blend", 0.03)) * frame.scale
    for lock in place:
        locks.add(Strand(frame.point(lock), radius), blend)
    return locks


def _arcs(
    roots: NDArray[np.float64], tips: NDArray[np.float64], t: NDArray[np.float64], sway: float
) -> NDArray[np.float64]:
    """Directions (locks, len(t), 3) along great circles from roots to tips (locks, 3), bowed by ``sway``."""
    a = roots / np.linalg.norm(roots, axis=1, keepdims=True)
    b = tips / np.linalg.norm(tips, axis=1, keepdims=True)
    angle = np.arccos(np.clip((a * b).sum(1), -1, 1))[:, None, None]
    start, end = np.sin((1 - t)[None, :, None] * angle), np.sin(t[None, :, None] * angle)
    path = (start * a[:, None] + end * b[:, None]) / np.maximum(np.sin(angle), 1e-6)
    side = np.cross(a, b)
    bow = np.sin(np.pi * t)[None, :, None] * sway
    path = path + side[:, None] * bow / np.maximum(np.linalg.norm(side, axis=1), 1e-6)[:, None, None]
    return np.asarray(path / np.linalg.norm(path, axis=2, keepdims=True))


def grooves(spec: Mapping[str, Any], frame: Frame) -> tuple[Callable[[Array], Array], float]:
    """A push for ``Warped``: ridges fanning out from an axis, like combed hair or a knitted rib.

    ``count`` ridges round the axis ``pole`` (local direction), ``depth`` in the frame's unit, ``swirl`` turns
    them with distance from the pole. Returns the push and its bound in the parent's unit.
    """
    pole = np.asarray(spec.get("pole", (0.0, 0.0, 1.0)), float)
    pole = pole / np.linalg.norm(pole)
    side = np.cross(pole, [0.0, 1.0, 0.0]) if abs(pole[1]) < 0.9 else np.cross(pole, [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    turn = (frame.turn @ np.stack([side, np.cross(pole, side), pole], 1)).T
    axes = turn.astype(np.float32) / np.float32(frame.scale)
    shift = (-axes @ frame.origin).astype(np.float32)
    count, swirl = float(spec["count"]), float(spec.get("swirl", 0.0))
    depth = np.float32(float(spec["depth"]) * frame.scale)

    def push(p: Array) -> Array:
        q = turned(axes, shift, p)
        ring = np.sqrt(q[0] ** 2 + q[1] ** 2)
        angle = np.arctan2(q[1], q[0]) + np.float32(swirl) * np.arctan2(ring, q[2])
        wave = np.abs(np.sin(angle * np.float32(count / 2)))
        # Near the pole the ridges would crowd below what prints: they fade out there.
        fade = np.clip(ring * np.float32(2.2) - np.float32(0.35), 0, 1)
        return np.asarray(depth * (wave - np.float32(0.6)) * fade)

    return push, float(depth) * 0.6


def curls(shape: Mapping[str, Any], frame: Frame, base: Field, thin: float) -> Clay:
    """Balls spread evenly over the head (a Fibonacci lattice): curls, an afro, a woollen hat.

    ``count`` balls for the whole sphere, ``radius`` [least, most], ``lift`` of their centres over ``base``.
    The hairline: none in front (where the direction's -y passes ``front``) below z = ``brow``, and behind
    none below a line that falls from there to ``low``.
    """
    count = int(shape["count"])
    i = np.arange(count) + 0.5
    z = 1 - 2 * i / count
    angle = np.pi * (1 + 5**0.5) * i
    ring = np.sqrt(1 - z * z)
    way = np.stack([np.cos(angle) * ring, np.sin(angle) * ring, z], 1)
    front, brow, low = (float(shape.get(k, d)) for k, d in (("front", 0.35), ("brow", 0.35), ("low", -0.4)))
    rise = np.clip((front - 0.5 - way[:, 1]) / (2 * front), 0, 1)
    line = np.where(-way[:, 1] > front, brow, low + (brow - low) * rise)
    way = way[way[:, 2] > line]
    rng = np.random.default_rng(int(shape.get("seed", 5)))
    least, most = np.resize(np.atleast_1d(shape["radius"]), 2)
    radius = np.maximum(rng.uniform(least, most, len(way)), thin)
    far = _surface(way, frame, base) + float(shape.get("lift", 0.0))
    mass = Clay()
    for w, r, f in zip(way, radius, far, strict=True):
        mass.add(Ellipsoid(frame.inside(w * f), (r, r, r)), float(shape.get("blend", 0.04)) * frame.scale)
    return mass


def smooth(points: Any, u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (len(u), d) at shares ``u`` (0..1) of a smooth curve through ``points`` (n, d), n at least 2."""
    from scipy.interpolate import make_interp_spline

    through = np.asarray(points, float)
    at = np.linspace(0, 1, len(through))
    return np.asarray(make_interp_spline(at, through, k=min(3, len(through) - 1))(u))


def tress(shape: Mapping[str, Any], frame: Frame, flip: float, thin: float) -> Clay:
    """A tail of hair along a smooth curve through ``points``: one strand, a twisted rope or a plait.

    ``radius``: the whole tail's, at evenly spaced places along it; ``strands`` are twisted ``turns`` times
    about each other, or with ``plait`` crossed over and under as three are, that often; ``blend`` joins them.
    """
    u = np.linspace(0, 1, max(STEPS, int(14 * float(shape.get("turns", 0)))) + 1)
    axis = smooth(np.asarray(shape["points"], float) * [flip, 1, 1], u)
    way = np.gradient(axis, u, axis=0)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    # The frame along the curve is held by the axis that it crosses most squarely throughout.
    held = np.eye(3)[np.argmin(np.abs(way).max(0))]
    wide = np.cross(way, held)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    deep = np.cross(wide, way)
    given = np.atleast_1d(np.asarray(shape["radius"], float))
    radius = np.interp(u, np.linspace(0, 1, len(given)), given)
    strands, plait = int(shape.get("strands", 1)), bool(shape.get("plait"))
    share = 1.0 if strands == 1 else 0.62
    tail = Clay()
    for k in range(strands):
        phase = 2 * np.pi * (float(shape.get("turns", 1)) * u + k / strands)
        off = radius * (1 - share) * (strands > 1)
        x, y = (1.35 * np.sin(phase), 0.75 * np.sin(2 * phase)) if plait else (np.cos(phase), np.sin(phase))
        line = axis + wide * (off * x)[:, None] + deep * (off * y)[:, None]
        own = np.maximum(radius * share, thin) * frame.scale
        tail.add(Strand(frame.point(line), own), float(shape.get("blend", 0.02)) * frame.scale)
    return tail
