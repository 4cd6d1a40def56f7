"""How the faces of a broken mesh meet: edges and pieces, faces made to agree, crowded edges parted."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["agreeing", "edges_of", "parted", "pieces_of", "without_doubles"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def edges_of(faces: Ints) -> tuple[Ints, Ints]:
    """How many faces each edge has, and for each side of each face (3m,) which edge it is."""
    ends = np.stack([faces.reshape(-1), faces[:, [1, 2, 0]].reshape(-1)], axis=1)
    ends.sort(axis=1)
    key = ends[:, 0] * np.int64(faces.max() + 1 if len(faces) else 1) + ends[:, 1]
    _, edge, count = np.unique(key, return_inverse=True, return_counts=True)
    return count, np.asarray(edge.reshape(-1), np.int64)


def _pairs(faces: Ints, count: Ints, edge: Ints) -> tuple[Ints, Ints, Bools]:
    """Pairs of faces at edges that have two (see ``edges_of``), and whether the two agree about outside."""
    order = np.argsort(edge, kind="stable")
    starts = np.cumsum(count) - count
    twos = starts[count == 2]
    one, two = order[twos], order[twos + 1]
    tail = faces.reshape(-1)
    return one // 3, two // 3, np.asarray(tail[one] != tail[two])


def pieces_of(faces: Ints) -> tuple[Ints, Bools]:
    """The number of the piece that each face belongs to, joined through edges with two faces, and which
    pieces are closed: every edge two faces."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, edge = edges_of(faces)
    one, two, _ = _pairs(faces, count, edge)
    links = coo_array((np.ones(len(one), np.int8), (one, two)), shape=(len(faces), len(faces)))
    piece = np.asarray(connected_components(links, directed=False)[1], np.int64)
    odd = (count[edge] != 2).reshape(-1, 3).any(axis=1)
    return piece, np.asarray(np.bincount(piece, odd) == 0)


def agreeing(faces: Ints) -> tuple[Ints, int]:
    """Faces turned so that neighbours agree, the majority of each piece left as it is.

    Each face stands for two, itself and its reverse; joined through edges, a piece that can agree falls into
    two halves of that doubled graph.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, two, agree = _pairs(faces, *edges_of(faces))
    if agree.all():
        return faces, 0
    count = len(faces)
    ends = np.where(agree, two, two + count), np.where(agree, two + count, two)
    links = coo_array(
        (np.ones(2 * len(one), np.int8), (np.concatenate([one, one + count]), np.concatenate(ends))),
        shape=(2 * count, 2 * count),
    )
    half = connected_components(links, directed=False)[1]
    as_is, reversed_ = half[:count], half[count:]
    size = np.bincount(as_is, minlength=half.max() + 1)
    # the half that holds more faces as they are wins; a piece that cannot agree is one half: left alone
    flip = size[reversed_] > size[as_is]
    tie = (size[reversed_] == size[as_is]) & (as_is > reversed_)
    flip = np.asarray(flip | tie)
    made = faces.copy()
    made[flip] = made[flip][:, ::-1]
    return made, int(flip.sum())


def parted(points: Floats, faces: Ints) -> tuple[Floats, Ints, int]:
    """Surfaces that touch along edges or at points taken apart, each with points of its own.

    Around a crowded edge the faces are sorted by angle; a face is joined to the next one that looks the other
    way, across the solid between them, so that solids which only touch are two.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count, edge = edges_of(faces)
    crowded = int((count > 2).sum())
    if not crowded:
        return points, faces, 0
    order = np.argsort(edge, kind="stable")
    starts = np.cumsum(count) - count
    twos = starts[count == 2]
    pairs = [np.stack([order[twos], order[twos + 1]], axis=1)]
    many = count > 2
    pairs += [
        _partners(points, faces, order[start : start + own])
        for start, own in zip(starts[many], count[many], strict=True)
    ]
    one, two = np.concatenate(pairs).T
    tail = faces.reshape(-1)
    following = np.arange(3 * len(faces)).reshape(-1, 3)[:, [1, 2, 0]].reshape(-1)
    # side i of a face runs from its corner i to the next: two sides joined share both corners
    same = tail[one] == tail[two]
    mine = np.concatenate([one, following[one]])
    other = np.concatenate([np.where(same, two, following[two]), np.where(same, following[two], two)])
    links = coo_array((np.ones(len(mine), np.int8), (mine, other)), shape=(len(tail), len(tail)))
    place = np.asarray(connected_components(links, directed=False)[1], np.int64)
    made = np.zeros((int(place.max()) + 1, 3))
    made[place] = points[tail]
    return made, place.reshape(-1, 3), crowded


def _partners(points: Floats, faces: Ints, sides: Ints) -> Ints:
    """Pairs (k, 2) among the sides of faces that meet at one edge."""
    face, corner = sides // 3, sides % 3
    tail, head = faces[face, corner], faces[face, (corner + 1) % 3]
    low, high = int(min(tail[0], head[0])), int(max(tail[0], head[0]))
    axis = points[high] - points[low]
    axis = axis / max(float(np.linalg.norm(axis)), 1e-300)
    out = points[faces[face, (corner + 2) % 3]] - points[low]
    out = out - (out @ axis)[:, None] * axis
    one = np.cross(axis, np.eye(3)[int(np.abs(axis).argmin())])
    angle = np.arctan2(out @ np.cross(axis, one), out @ one)
    turn = np.argsort(angle, kind="stable")
    forward = (tail == low)[turn]
    left, pairs = sides[turn].tolist(), []
    stack: list[int] = []
    # a face that runs with the edge has the solid before it, one that runs against it behind it
    for i in [*range(len(left)), *range(len(left))]:
        if left[i] < 0:
            continue
        if forward[i] and stack:
            mate = stack.pop()
            pairs.append((left[mate], left[i]))
            left[i] = left[mate] = -1
        elif not forward[i] and i not in stack:
            stack.append(i)
    return np.array(pairs, np.int64).reshape(-1, 2)


def _even(faces: Ints) -> Bools:
    """Whether a face's corners, smallest number first, run upwards."""
    a, b, c = faces.T
    return np.asarray(((a < b) & (b < c)) | ((b < c) & (c < a)) | ((c < a) & (a < b)))


def _faults(faces: Ints) -> int:
    return int((edges_of(faces)[0] != 2).sum()) if len(faces) else 1 << 60


def without_doubles(faces: Ints) -> tuple[Ints, int]:
    """Of faces with the same corners one is kept, or none where two back to back are a wall inside."""
    _, first, place, count = np.unique(
        np.sort(faces, axis=1), axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    if len(first) == len(faces):
        return faces, 0
    turn = np.where(_even(faces), 1, -1)
    net = np.bincount(place.reshape(-1), turn, len(first))
    one_each = faces[np.sort(first)]
    no_walls = faces[np.sort(first[(net != 0) | (count == 1)])]
    made = min((one_each, no_walls), key=_faults)
    return made, len(faces) - len(made)
