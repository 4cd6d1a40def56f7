"""The outlines of the glyphs on an SVG page that typst drew, as polygons."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

__all__ = ["contours", "glyph_key"]

PIECE = re.compile(r"([mlhvqcz])|(-?\d+(?:\.\d+)?(?:e-?\d+)?)", re.IGNORECASE)


def glyph_key(svg: bytes) -> str:
    """The glyph outlines of a page as one text; empty when it has none."""
    tree = ElementTree.fromstring(svg)
    return "|".join(path.get("d", "") for path in tree.iter() if path.tag.endswith("symbol") for path in path)


def contours(svg: bytes) -> list[npt.NDArray[np.float64]]:
    """Closed outlines of every glyph on a page, in points, y up."""
    tree = ElementTree.fromstring(svg)
    shapes = {
        symbol.get("id", ""): [loop for path in symbol for loop in _loops(path.get("d", ""))]
        for symbol in tree.iter()
        if symbol.tag.endswith("symbol")
    }
    found: list[npt.NDArray[np.float64]] = []

    def walk(node: ElementTree.Element, frame: npt.NDArray[np.float64]) -> None:
        if node.tag.endswith(("symbol", "defs")):
            return
        inner = frame @ _matrix(node.get("transform", ""))
        if node.tag.endswith("use"):
            link = next((v for k, v in node.attrib.items() if k.endswith("href")), "#")[1:]
            at = np.array([float(node.get("x", 0)), float(node.get("y", 0))])
            found.extend((loop + at) @ inner[:2, :2].T + inner[:2, 2] for loop in shapes.get(link, []))
        for child in node:
            walk(child, inner)

    walk(tree, np.diag([1.0, -1.0, 1.0]))
    return found


def _matrix(text: str) -> npt.NDArray[np.float64]:
    frame = np.eye(3)
    for name, inside in re.findall(r"(matrix|translate|scale)\(([^)]*)\)", text):
        v = [float(n) for n in re.split(r"[ ,]+", inside.strip())]
        step = np.eye(3)
        if name == "matrix":
            step[:2] = [[v[0], v[2], v[4]], [v[1], v[3], v[5]]]
        elif name == "translate":
            step[:2, 2] = [v[0], v[1] if len(v) > 1 else 0.0]
        else:
            step[0, 0], step[1, 1] = v[0], v[-1]
        frame = frame @ step
    return frame


def _loops(d: str) -> Iterator[npt.NDArray[np.float64]]:
    """Closed polygons of one SVG path; curves become chords a hundredth of an em or so long."""
    points: list[npt.NDArray[np.float64]] = []
    here = start = np.zeros(2)
    for order, n in _orders(d):
        base = here if order.islower() else np.zeros(2)
        kind = order.lower()
        if kind in "mz":
            if len(points) > 2:
                yield np.array(points)
            here = start = base + n if kind == "m" else start
            points = [here]
        elif kind in "hv":
            here = here.copy()
            axis = 0 if kind == "h" else 1
            here[axis] = base[axis] + n[0]
            points.append(here)
        else:
            nodes = [here, *(base + n[i : i + 2] for i in range(0, len(n), 2))]
            points += _curve(nodes)
            here = nodes[-1]
    if len(points) > 2:
        yield np.array(points)


def _orders(d: str) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    """The path's commands, one at a time with their numbers; a repeated command is taken apart."""
    takes = {"m": 2, "l": 2, "h": 1, "v": 1, "q": 4, "c": 6}
    order = ""
    numbers: list[float] = []
    for letter, number in PIECE.findall(d):
        if letter:
            order, numbers = letter, []
            if letter in "zZ":
                yield order, np.zeros(0)
            continue
        numbers.append(float(number))
        if len(numbers) == takes[order.lower()]:
            yield order, np.array(numbers)
            numbers = []


def _curve(nodes: list[npt.NDArray[np.float64]]) -> list[npt.NDArray[np.float64]]:
    """A line or Bezier curve as chords (de Casteljau), its first node left out."""
    if len(nodes) == 2:
        return [nodes[1]]
    t = np.linspace(0.0, 1.0, 9)[1:, None]
    level = [np.broadcast_to(node, (len(t), 2)) for node in nodes]
    while len(level) > 1:
        level = [a * (1 - t) + b * t for a, b in itertools.pairwise(level)]
    return list(level[0])
