"""The bare head: round as a toy's, or a block with rounded edges whose underside slopes down to the neck."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fabricate.kit import face
from fabricate.kit.clay import Clay
from fabricate.kit.frames import Frame
from fabricate.kit.primitives import Block

__all__ = ["skull"]


def skull(frame: Frame, head: Mapping[str, Any]) -> Clay:
    """The head without ears or nose, in the parent's frame: the base that hair and face follow.

    ``head``: a style's ``[head]``; with ``box`` (the radius of its edges, in head radii) it is a block.
    """
    if not head.get("box"):
        return face.skull(frame, head)
    wide, deep, edge = float(head["wide"]), float(head["deep"]), float(head["box"])
    # The jaw says how far the underside draws in: from the mouth down, never flatter than prints.
    narrow = min(1 - float(head["jaw"]), 0.5)
    low = float(head.get("chin", 0.0)) * 0.4
    half = (wide, deep, 1.0 + low / 2)
    at = frame.inside((0, 0, -low / 2))
    return Clay().add(Block(at, half, (narrow, narrow * 1.1), edge, share=0.34))
