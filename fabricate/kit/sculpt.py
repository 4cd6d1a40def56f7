"""Sculpting from data: a template's ``[[shape]]`` tables become clay.

Every hair style, hat, beard, pair of glasses and accessory is such a list, so a new one needs no Python.
Lengths are in the unit of the frame it is put in: head radii on a head, hand units (half the hand's length)
for an accessory. The axes are the figure's: x to its left, y to its back, z up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import TemplateError, nearest
from fabricate.kit import ranges
from fabricate.kit.clay import Clay, Offset, Warped
from fabricate.kit.decals import Decal
from fabricate.kit.frames import Frame, rotation
from fabricate.kit.outlines import Outline, oval, rounded, stroke
from fabricate.kit.primitives import Box, Cone, Ellipsoid, Half, Ring, RoundCone
from fabricate.kit.sdf import Field
from fabricate.kit.strands import comb, curls, grooves, smooth, tress
from fabricate.kit.templates import Place

__all__ = ["Bench", "faults", "sculpt"]


@dataclass(frozen=True)
class Bench:
    """What a template is sculpted upon.

    ``frame``: where it goes. ``thin``: the least radius of a free part, ``line``: the least width of a raised
    line, both in the frame's unit (a printer's floors). ``bases``: fields a shape may grow from, by name
    (``head``, ``skin``), in the parent's frame.
    """

    frame: Frame
    thin: float = 0.0
    bases: Mapping[str, Field] = field(default_factory=dict)
    line: float = 0.0


def _turn(angles: Sequence[float]) -> NDArray[np.float64]:
    """(3, 3): turned by degrees about x, then y, then z."""
    x, y, z = angles
    return rotation("z", z) @ rotation("y", y) @ rotation("x", x)


def _place(shape: Mapping[str, Any], bench: Bench, flip: float) -> Frame:
    x, y, z = shape.get("at", (0.0, 0.0, 0.0))
    rx, ry, rz = shape.get("turn", (0.0, 0.0, 0.0))
    return bench.frame.inside((x * flip, y, z), _turn((rx, ry * flip, rz * flip)))


def _flip(point: Sequence[float], flip: float) -> tuple[float, float, float]:
    return (point[0] * flip, point[1], point[2])


def _pair(value: Any) -> tuple[float, float]:
    return (
        (float(value), float(value)) if isinstance(value, int | float) else (float(value[0]), float(value[1]))
    )


def _ellipsoid(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    return Ellipsoid(_place(shape, bench, flip), np.maximum(shape["radii"], bench.thin))


def _capsule(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    r1, r2 = (max(r, bench.thin) for r in _pair(shape["radius"]))
    return RoundCone(bench.frame, _flip(shape["from"], flip), _flip(shape["to"], flip), r1, r2)


def _box(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    half = np.maximum(shape["half"], bench.thin)
    return Box(_place(shape, bench, flip), half, min(float(shape.get("edge", 0.0)), float(half.min()) * 0.98))


def _ring(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    minor = max(shape["minor"], bench.thin)
    return Ring(_place(shape, bench, flip), shape["major"], minor, shape.get("squash", 1.0))


def _cone(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    r1, r2 = _pair(shape["radii"])
    half = max(shape["half"], bench.thin)
    edge = min(float(shape.get("edge", 0.0)), half * 0.95, max(min(r1, r2), bench.thin) * 0.95)
    return Cone(_place(shape, bench, flip), r1, r2, half, edge, shape.get("oval", 1.0))


def _half(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    return Half(_place(shape, bench, flip))


def _tube(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    points = [_flip(p, flip) for p in shape["points"]]
    if shape.get("closed"):
        points.append(points[0])
    given = shape["radius"]
    ends = [float(given)] * len(points) if isinstance(given, int | float) else given
    radii = np.maximum(
        np.interp(np.linspace(0, 1, len(points)), np.linspace(0, 1, len(ends)), ends), bench.thin
    )
    tube = Clay()
    for i in range(len(points) - 1):
        tube.add(RoundCone(bench.frame, points[i], points[i + 1], radii[i], radii[i + 1]))
    return tube


def _cap(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    by = max(float(shape["thickness"]), bench.thin) * bench.frame.scale
    grown: Field = Offset(bench.bases[shape.get("on", "head")], by)
    if groove := shape.get("grooves"):
        push, most = grooves(groove, bench.frame)
        grown = Warped(grown, push, most)
    return grown


def _locks(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    return comb(shape, bench.frame, bench.bases[shape.get("on", "head")], flip, bench.thin)


def _curls(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    return curls(shape, bench.frame, bench.bases[shape.get("on", "head")], bench.thin)


def _tress(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    return tress(shape, bench.frame, flip, bench.thin)


def _line_width(shape: Mapping[str, Any], key: str, bench: Bench) -> float:
    return max(float(shape[key]), bench.line)


def _badge(shape: Mapping[str, Any], bench: Bench, flip: float) -> Field:
    """A flat outline on a base: ``oval`` (radii), ``patch`` (half, corner) or ``line`` (points, width)."""
    x, z = shape.get("at", (0.0, 0.0))
    kind = shape["shape"]
    outline: Outline
    if kind == "oval":
        outline = oval(x * flip, z, *shape["radii"])
    elif kind == "patch":
        wide, tall = shape["half"]
        outline = rounded(
            x * flip, z, wide, tall, float(shape.get("corner", 0.02)), float(shape.get("taper", 0.0))
        )
    else:
        points = [(px * flip, pz) for px, pz in shape["points"]]
        if shape.get("smooth"):
            points = [(px, pz) for px, pz in smooth(points, np.linspace(0, 1, 6 * len(points)))]
        outline = stroke(points, _line_width(shape, "width", bench))
    if kind != "line" and "rim" in shape:
        outline = outline.line(_line_width(shape, "rim", bench))
    turn = rotation("z", float(shape.get("around", 0.0)) * flip)
    base = bench.bases[shape.get("on", "head")]
    lift = max(float(shape["lift"]), bench.line / 2)
    return Decal(
        base,
        bench.frame.inside((0, 0, 0), turn),
        outline,
        lift,
        float(shape.get("sink", 0.05)),
        lift * 0.3,
        cut=0.0,
    )


_PLACED = ("at", "turn")
_FLAT = ("around", "on", "sink")
_SHAPES: dict[
    str, tuple[Callable[[Mapping[str, Any], Bench, float], Field], tuple[str, ...], tuple[str, ...]]
] = {
    "ellipsoid": (_ellipsoid, ("radii",), _PLACED),
    "capsule": (_capsule, ("from", "to", "radius"), ()),
    "box": (_box, ("half",), (*_PLACED, "edge")),
    "ring": (_ring, ("major", "minor"), (*_PLACED, "squash")),
    "cone": (_cone, ("radii", "half"), (*_PLACED, "edge", "oval")),
    "half": (_half, (), _PLACED),
    "tube": (_tube, ("points", "radius"), ("closed",)),
    "cap": (_cap, ("thickness",), ("on", "grooves")),
    "curls": (_curls, ("count", "radius"), ("on", "front", "brow", "low", "seed", "lift")),
    "oval": (_badge, ("at", "radii", "lift"), (*_FLAT, "rim")),
    "patch": (_badge, ("at", "half", "lift"), (*_FLAT, "rim", "corner", "taper")),
    "line": (_badge, ("points", "width", "lift"), (*_FLAT, "smooth")),
    "tress": (_tress, ("points", "radius"), ("strands", "plait", "turns")),
    "locks": (
        _locks,
        ("roots", "tips", "count", "radius"),
        ("on", "seed", "jitter", "sway", "lift", "drop", "flare", "wave"),
    ),
}
"""What makes a shape, the keys it needs, and those it may have besides ``EVERY`` one's."""
EVERY = ("shape", "part", "op", "blend", "mirror")
OPS = ("add", "cut", "keep")


def faults(
    shapes: Sequence[Mapping[str, Any]], path: Path | None, table: str = "shape"
) -> list[TemplateError]:
    """Everything wrong with the keys of a list of shapes, each with file and line, in order."""
    return [
        fault for number, given in enumerate(shapes) for fault in _faults(given, Place(path, table, number))
    ]


def _faults(shape: Mapping[str, Any], place: Place) -> Iterator[TemplateError]:
    kind = shape.get("shape")
    if kind not in _SHAPES:
        yield place.fault(f"unknown shape {kind!r}", nearest(str(kind), _SHAPES), "shape")
        return
    _, needed, optional = _SHAPES[kind]
    if missing := [k for k in needed if k not in shape]:
        yield place.fault(f"the {kind} lacks {', '.join(missing)}", f"a {kind} needs {', '.join(needed)}")
    known = (*needed, *optional, *EVERY)
    for key in shape:
        if key not in known:
            yield place.fault(f"unknown key {key!r} in a {kind}", nearest(key, known), key)
    if (op := shape.get("op", "add")) not in OPS:
        yield place.fault(f"unknown op {op!r}", "op is add, cut or keep", "op")
    yield from ranges.faults({key: shape[key] for key in shape if key in known}, place)


def sculpt(
    shapes: Sequence[Mapping[str, Any]], bench: Bench, path: Path | None = None, table: str = "shape"
) -> dict[str, Clay]:
    """The clay of each part named in a list of shapes (``part``, default ``main``), in the parent's frame.

    Keys of a shape: ``shape``, its own (see ``_SHAPES``), ``op`` add | cut | keep, ``blend``, ``mirror``,
    ``part``. ``path`` and ``table`` (``[[shape]]``) say where the list stands. Raises TemplateError with file
    and line for an unknown shape or key, a missing key or a wrong type.
    """
    parts: dict[str, Clay] = {}
    for number, shape in enumerate(shapes):
        place = Place(path, table, number)
        if fault := next(_faults(shape, place), None):
            raise fault
        kind, op = shape["shape"], shape.get("op", "add")
        clay = parts.setdefault(str(shape.get("part", "main")), Clay())
        # Only what is added has a least size: a cutter made thicker would leave less.
        on = bench if op == "add" else replace(bench, thin=0.0, line=0.0)
        try:
            k = float(shape.get("blend", 0.0)) * bench.frame.scale
            for flip in (1.0, -1.0) if shape.get("mirror") else (1.0,):
                getattr(clay, op)(_SHAPES[kind][0](shape, on, flip), k)
        except (TypeError, ValueError, KeyError, IndexError) as exc:
            raise place.fault(
                f"the {kind} has a value of the wrong kind: {exc}", "compare it with ours"
            ) from exc
    return parts
