"""Photo -> Likeness: what a figure of the person in the photo should resemble. Imports nothing heavy."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

    from fabricate.artifacts import Likeness

__all__ = ["open_picture", "read_likeness"]


def open_picture(path: Path) -> Image.Image:
    """The picture in a file: RGB or RGBA, upright, without metadata; see ``fabricate.photo.picture``.

    Raises SubjectError when there is none, or it cannot or should not be decoded; BackendError for a HEIC
    photo without the extra ``photo``.
    """
    from fabricate.photo import picture

    return picture.open_picture(Path(path))


def read_likeness(path: Path) -> Likeness:
    """What the photo of one person shows; see ``fabricate.photo.likeness``.

    Raises SubjectError (unreadable, no face, several faces, too small) and BackendError with the pip line
    when the extra ``photo`` is not installed.
    """
    from fabricate.photo import likeness

    return likeness.read_likeness(Path(path))
