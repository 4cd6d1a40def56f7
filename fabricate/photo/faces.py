"""Where the faces are in a picture, and the one that the figure is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fabricate.errors import SubjectError
from fabricate.photo import bindings

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MIN_FACE_PX", "Face", "find_faces", "person_mask", "the_one_face"]

MIN_FACE_PX = 64
"""The least height of a face, hairline to chin, that hair, glasses and ratios can be read from."""

_BACKGROUND = 1 / 3
"""Faces below this share of the main one's height are passers-by: left out, and said."""

_SEARCH_PX = 1280
_CROP_PX = 384
_SURE, _VERY_SURE = 0.6, 0.75
"""The detector's scores that count: in the picture as it lies, and where more places are searched."""

_Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Face:
    """One face.

    ``points``: (478, 3) float64, mediapipe's face mesh with irises, in pixels of the picture (x right, y
    down, z away from the camera at x's scale). ``box``: x0, y0, x1, y1 of the points. ``height_px``: from
    the top of the forehead (point 10) to the chin (152). ``score``: the detector's, 0..1.
    """

    points: NDArray[np.float64]
    score: float

    @property
    def box(self) -> _Box:
        """x0, y0, x1, y1 in pixels."""
        low, high = self.points[:, :2].min(axis=0), self.points[:, :2].max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @property
    def height_px(self) -> float:
        """Forehead to chin, in pixels, however the head is tilted."""
        return float(np.linalg.norm(self.points[10, :2] - self.points[152, :2]))

    @property
    def tilt_deg(self) -> float:
        """How far the head leans clockwise as seen in the picture, degrees in -180..180."""
        across = self.points[263, :2] - self.points[33, :2]
        return float(np.degrees(np.arctan2(across[1], across[0])))

    @property
    def middle(self) -> NDArray[np.float64]:
        """The centre of the box, (2,) in pixels."""
        x0, y0, x1, y1 = self.box
        return np.array([(x0 + x1) / 2, (y0 + y1) / 2])


def find_faces(picture: Image.Image) -> list[Face]:
    """Every face that both the detector and the mesh see, the largest first.

    Two detectors look at the whole picture; when they find nothing, the near one looks at overlapping
    windows of it too, which finds the head of somebody photographed from head to foot.
    """
    rgb = picture.convert("RGB")
    small = rgb.copy()
    small.thumbnail((_SEARCH_PX, _SEARCH_PX))
    scale = rgb.width / small.width
    models = bindings.load()
    with bindings.quiet():
        found = _detect(models, np.asarray(small), 0) + _detect(models, np.asarray(small), 1)
        faces = _meshes(models, rgb, _merge(found), scale)
        if not faces:
            found = [one for window in _windows(small.size) for one in _detect_in(models, small, window)]
            faces = _meshes(models, rgb, _merge(found), scale)
    return sorted(faces, key=lambda face: -face.height_px)


def the_one_face(picture: Image.Image, name: str) -> tuple[Image.Image, Face, tuple[str, ...]]:
    """The picture with its face upright, the face that the figure is of, and warnings.

    ``name`` is how the messages call the picture. Raises SubjectError when there is no face, more than
    one of a size, or none large enough.
    """
    picture, faces, warnings = _upright(picture)
    if not faces:
        raise SubjectError(
            f"no face found in {name}",
            "take a photo from the front, in good light, the head at least a quarter of its height",
        )
    main = faces[0]
    rivals = [face for face in faces[1:] if face.height_px >= main.height_px * _BACKGROUND]
    if rivals:
        raise SubjectError(
            f"{len(rivals) + 1} faces found in {name}, a figure is of one person",
            "crop the photo to the one whose figure it shall be",
        )
    if main.height_px < MIN_FACE_PX:
        raise SubjectError(
            f"the face in {name} is too small: {main.height_px:.0f} px high, {MIN_FACE_PX} are needed",
            "come closer, or take the photo in its full size",
        )
    passers = len(faces) - 1
    if passers:
        who = "a small face" if passers == 1 else f"{passers} small faces"
        warnings.append(f"{who} in the background left out")
    return picture, main, tuple(warnings)


def _upright(picture: Image.Image) -> tuple[Image.Image, list[Face], list[str]]:
    """The picture with its largest face upright, its faces, and a warning when it had to be turned.

    The models may see a face in one that stands on its head, but with less confidence.
    """
    best: tuple[float, Image.Image, list[Face]] = (0.0, picture, [])
    for angle in (0, 180, 90, 270):
        tried = picture.rotate(angle, expand=True) if angle else picture
        faces = find_faces(tried)
        quarters = round(faces[0].tilt_deg / 90) % 4 if faces else 0
        if quarters:
            tried = tried.rotate(90 * quarters, expand=True)
            faces = find_faces(tried)
        score = max((face.score for face in faces), default=0.0)
        if score > best[0] and (angle == 0 or score >= _VERY_SURE):
            best = (score, tried, faces)
        if best[0] >= _VERY_SURE:
            break
    _, found, faces = best
    turned = [] if found is picture else ["the photo did not lie upright: it was turned"]
    return found, faces, turned


def person_mask(picture: Image.Image) -> NDArray[np.float32]:
    """How surely each pixel shows a person, (height, width) float32 in 0..1 (selfie segmentation)."""
    models = bindings.load()
    with bindings.quiet(), models.SelfieSegmentation(model_selection=0) as graph:
        mask = graph.process(np.ascontiguousarray(picture.convert("RGB"))).segmentation_mask
    return np.asarray(mask, dtype=np.float32)


def _detect(
    models: bindings.Models, rgb: NDArray[np.uint8], reach: int, sure: float = _SURE
) -> list[tuple[_Box, float]]:
    """Boxes in pixels with scores; ``reach`` 0 is the near model (2 m), 1 the far one (5 m)."""
    height, width = rgb.shape[:2]
    with models.FaceDetection(model_selection=reach, min_detection_confidence=sure) as graph:
        found: list[Any] = graph.process(np.ascontiguousarray(rgb)).detections or []
    out = []
    for one in found:
        if one.score[0] < sure:  # the graph itself keeps to its own 0.5
            continue
        box = one.location_data.relative_bounding_box
        x0, y0 = box.xmin * width, box.ymin * height
        out.append(((x0, y0, x0 + box.width * width, y0 + box.height * height), float(one.score[0])))
    return out


def _windows(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    """Square windows over the picture, half overlapping: its short side, then half and a third of it."""
    width, height = size
    for share in (1, 2, 3):
        side = min(width, height) // share
        if side < 64:
            return
        for y in _starts(height, side):
            for x in _starts(width, side):
                yield x, y, x + side, y + side


def _starts(length: int, side: int) -> list[int]:
    count = max(1, -(-2 * (length - side) // side) + 1)
    return [round(i * (length - side) / max(1, count - 1)) for i in range(count)]


def _detect_in(
    models: bindings.Models, picture: Image.Image, window: tuple[int, int, int, int]
) -> list[tuple[_Box, float]]:
    x, y = window[:2]
    return [
        ((x0 + x, y0 + y, x1 + x, y1 + y), score)
        for (x0, y0, x1, y1), score in _detect(models, np.asarray(picture.crop(window)), 0, _VERY_SURE)
    ]


def _merge(found: list[tuple[_Box, float]]) -> list[tuple[_Box, float]]:
    """One box for each face: of those whose middles lie in one another, the surest."""
    kept: list[tuple[_Box, float]] = []
    for box, score in sorted(found, key=lambda one: -one[1]):
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        if not any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b, _ in kept):
            kept.append((box, score))
    return kept


def _meshes(
    models: bindings.Models, rgb: Image.Image, boxes: list[tuple[_Box, float]], scale: float
) -> list[Face]:
    faces: list[Face] = []
    for (x0, y0, x1, y1), score in boxes:
        centre = np.array([x0 + x1, y0 + y1]) / 2 * scale
        side = max(x1 - x0, y1 - y0) * scale * 2.2
        points = _mesh(models, rgb, centre, side)
        if points is None:
            continue
        face = Face(points, score)
        near = [np.linalg.norm(face.middle - old.middle) < old.height_px / 2 for old in faces]
        if not any(near):
            faces.append(face)
    return faces


def _mesh(
    models: bindings.Models, rgb: Image.Image, centre: NDArray[np.float64], side: float
) -> NDArray[np.float64] | None:
    """The mesh of the face in a square window about ``centre``, in pixels of the whole picture."""
    corner = centre - side / 2
    box = (round(corner[0]), round(corner[1]), round(corner[0] + side), round(corner[1] + side))
    crop = rgb.crop(box).resize((_CROP_PX, _CROP_PX))
    with models.FaceMesh(static_image_mode=True, max_num_faces=1, refine_landmarks=True) as graph:
        found = graph.process(np.ascontiguousarray(crop)).multi_face_landmarks
    if not found:
        return None
    unit = np.array([(p.x, p.y, p.z) for p in found[0].landmark], dtype=np.float64)
    width = box[2] - box[0]
    points: NDArray[np.float64] = unit * width + np.array([box[0], box[1], 0.0])
    return points
