"""The picture's colours on the solid: the front as it is, the back made up from it.

A picture says nothing of the back. It gets the front's colours mirrored in depth, without what only a front
has: small details are smoothed away, and behind the face lies what frames its upper half, which is hair or
hat.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fabricate.lift.fuse import Fused
from fabricate.lift.surface import vertex_normals

__all__ = ["behind", "bled", "vertex_colours"]

F32 = NDArray[np.float32]


def bled(rgb: F32, alpha: F32) -> F32:
    """Colours (3, h, w) carried outwards from a little inside the silhouette: its edge is mixed with what was
    behind the figure."""
    from scipy import ndimage

    solid = alpha > 0.95
    inner = ndimage.binary_erosion(solid, iterations=max(1, len(alpha) // 192))
    if not inner.any():
        inner = solid if solid.any() else alpha > 0.5
    _, (y, x) = ndimage.distance_transform_edt(~inner, return_indices=True)
    return np.asarray(rgb[:, y, x], np.float32)


def behind(rgb: F32, alpha: F32) -> F32:
    """Colours (3, h, w) of the back, from the bled colours of the front."""
    from scipy import ndimage

    side = len(alpha)
    cut = alpha > 0.5
    wide = max(3, side // 40) | 1
    plain = np.stack([ndimage.median_filter(channel[::2, ::2], wide // 2 | 1) for channel in rgb])
    plain = np.repeat(np.repeat(plain, 2, 1), 2, 2)[:, :side, :side]
    head = _head(cut)
    if head is not None:
        rows = np.flatnonzero(head.any(1))
        crown = head & ~ndimage.binary_erosion(head, iterations=max(2, side // 64))
        crown[rows[0] + int(0.42 * len(rows)) :] = False
        _, (y, x) = ndimage.distance_transform_edt(~crown, return_indices=True)
        framed = ndimage.gaussian_filter(plain[:, y, x], (0, side / 40, side / 40))
        share = ndimage.gaussian_filter(head.astype(np.float32), side / 160)
        plain = plain * (1 - share) + framed * share
    return np.asarray(ndimage.gaussian_filter(plain, (0, side / 200, side / 200)), np.float32)


def _head(cut: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """The head's part of a silhouette: from its top down to the narrowest row, where it widens again below.

    None when there is no such neck.
    """
    rows = np.flatnonzero(cut.any(1))
    top, tall = int(rows[0]), len(rows)
    column = int(np.median(np.flatnonzero(cut[top : top + max(2, tall // 40)].any(0))))
    widths, runs = [], []
    for y in range(top, top + int(0.9 * tall)):
        row = cut[y]
        if not row[column]:
            filled = np.flatnonzero(row)
            if not len(filled):
                break
            column = int(filled[np.abs(filled - column).argmin()])
        left = column - int(np.argmin(row[column::-1])) + 1 if not row[: column + 1].all() else 0
        right = column + int(np.argmin(row[column:])) if not row[column:].all() else len(row)
        widths.append(right - left)
        runs.append((left, right))
        column = (left + right) // 2
    wide = np.asarray(widths, float)
    if len(wide) < 12:
        return None
    widest = np.maximum.accumulate(wide)
    later = np.maximum.accumulate(wide[::-1])[::-1]
    notch = np.minimum(widest, later) - wide
    deep = notch >= 0.12 * widest
    deep[: int(0.08 * tall)] = False
    upper = deep & (np.arange(len(wide)) < 0.62 * tall)
    if not deep.any():
        return None
    neck = int(np.where(upper if upper.any() else deep, notch, -1).argmax())
    head = np.zeros_like(cut)
    for k, (left, right) in enumerate(runs[: neck + 1]):
        head[top + k, left:right] = True
    return head


def vertex_colours(solid: Fused, front: F32, back: F32) -> NDArray[np.uint8]:
    """RGBA (n, 4) of a solid's vertices from colours (3, h, w) of its front and back, blended round the
    sides."""
    from scipy import ndimage

    side = front.shape[-1]
    at = [(1 - solid.vertices[:, 2]) * side / 2 - 0.5, (1 + solid.vertices[:, 0]) * side / 2 - 0.5]
    ahead = -vertex_normals(solid.vertices, solid.faces)[:, 1]
    share = np.clip((ahead + 0.25) / 0.4, 0, 1)[:, None]
    seen, unseen = (
        np.stack([ndimage.map_coordinates(c, at, order=1, mode="nearest") for c in image], axis=1)
        for image in (front, back)
    )
    rgb = seen * share + unseen * (1 - share)
    out = np.full((len(rgb), 4), 255, np.uint8)
    out[:, :3] = np.rint(np.clip(rgb, 0, 1) * 255)
    return out
