"""Which face has which label: the one that fits it best, borders straight, nothing narrower than a line.

What a label costs is looked at over a line's width (averaged over the surface); then borders are
straightened (iterated conditional modes on the faces, Besag 1986) and what is narrower than a printed line
joins its neighbour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import trimesh

__all__ = ["smoothed"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STIFF = 1.0
"""How much a face's neighbours weigh against its own cost when borders are straightened."""


def smoothed(mesh: trimesh.Trimesh, cost: Floats, area: Floats, line_mm: float) -> Ints:
    """Labels (m,) of least cost with straight borders and nothing narrower than a line.

    ``cost`` (m, labels) is what each label costs each face of ``mesh`` (mm), ``area`` (m,) their mm2.
    """
    from scipy.sparse import coo_array, diags_array

    count = len(area)
    pairs = np.asarray(mesh.face_adjacency, np.int64).reshape(-1, 2)
    if not len(pairs):
        return np.asarray(cost.argmin(axis=1), np.int64)
    ends = np.asarray(mesh.vertices)[np.asarray(mesh.face_adjacency_edges)]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    both = np.concatenate([pairs, pairs[:, ::-1]])
    links = coo_array((np.tile(length, 2), (both[:, 0], both[:, 1])), shape=(count, count)).tocsr()
    spread = links.copy()
    spread.data = area[spread.indices]
    blend = (spread + diags_array(area)).tocsr()
    blend = (diags_array(1 / np.maximum(np.asarray(blend.sum(axis=1)).reshape(-1), 1e-30)) @ blend).tocsr()
    across = float(np.sqrt(area.mean()))
    for _ in range(int(np.clip((0.5 * line_mm / across) ** 2 * 2, 1, 30))):
        cost = blend @ cost
    label = np.asarray(cost.argmin(axis=1), np.int64)
    rim = np.maximum(np.asarray(links.sum(axis=1)).reshape(-1), 1e-30)
    halves = np.arange(count) % 2 == 0
    for sweep in range(12):
        hot = np.zeros_like(cost)
        hot[np.arange(count), label] = 1.0
        better = (cost - STIFF * 3 * (links @ hot) / rim[:, None]).argmin(axis=1)
        now = halves if sweep % 2 else ~halves
        changed = now & (better != label)
        label[changed] = better[changed]
    for _ in range(6):
        if not _join_small(label, pairs, length, area, line_mm):
            break
    return label


def _join_small(label: Ints, pairs: Ints, length: Floats, area: Floats, line_mm: float) -> bool:
    """Let regions narrower than a line join the neighbour with most of their border; whether any did."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    inner = label[pairs[:, 0]] == label[pairs[:, 1]]
    links = coo_array((np.ones(inner.sum(), np.int8), tuple(pairs[inner].T)), shape=(len(label),) * 2)
    count, region = connected_components(links, directed=False)
    border = pairs[~inner]
    one, two = region[border[:, 0]], region[border[:, 1]]
    size = np.bincount(region, area, minlength=count)
    edge = np.bincount(np.concatenate([one, two]), np.tile(length[~inner], 2), minlength=count)
    # a strip of width w has an area of half its border times w
    width = 2 * size / np.maximum(edge, 1e-30)
    small = (edge > 0) & ((size < 1.5 * line_mm**2) | (width < 0.75 * line_mm))
    if not small.any():
        return False
    links = coo_array(
        (np.tile(length[~inner], 2), (np.concatenate([one, two]), np.concatenate([two, one]))),
        shape=(count, count),
    ).tocsr()
    links.sum_duplicates()
    kind = np.zeros(count, np.int64)
    kind[region] = label
    changed = False
    for number in np.flatnonzero(small)[np.argsort(size[small], kind="stable")]:
        row = slice(links.indptr[number], links.indptr[number + 1])
        wide = np.bincount(kind[links.indices[row]], links.data[row])
        wide[kind[number] : kind[number] + 1] = 0
        if wide.any():
            kind[number], changed = int(wide.argmax()), True
    label[:] = kind[region]
    return changed
