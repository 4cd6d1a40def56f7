"""Photo -> Likeness: the one face is found, brought to a fixed size, and each feature is read from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fabricate.artifacts import Likeness
from fabricate.photo import bindings
from fabricate.photo.colours import CHEEKS, cast, difference, hex_of, middle, monk, name_of, prevailing
from fabricate.photo.faces import Face, person_mask, the_one_face
from fabricate.photo.hair import Hair, read_hair
from fabricate.photo.marks import beard, glasses
from fabricate.photo.picture import open_picture
from fabricate.photo.portrait import FACE_PX, Portrait, portrait
from fabricate.photo.ratios import head_ratios, turned

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["read_likeness"]

_UNEVEN_L = 16.0
_TURNED = 0.2
_GREY_CHROMA = 2.5


@dataclass
class _Reading:
    """What has been read so far; turned into a Likeness at the end."""

    values: dict[str, str | bool | None] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def put(self, name: str, value: str | bool | None, sure: float, note: str = "") -> None:
        """One feature, how sure it is (0..1), and the sentence that tells it."""
        self.values[name] = value
        self.confidence[name] = round(float(np.clip(sure, 0, 1)), 2)
        if note:
            self.notes.append(note)


def read_likeness(path: Path) -> Likeness:
    """What the photo of one person shows: hair, glasses, beard, colours, head measures.

    Works offline in about half a second with the models in mediapipe's wheel. Everything is a reading
    that the maker may overrule; ``notes`` says in one sentence each what was taken and how sure it is,
    ``warnings`` what makes the photo a poor witness. Skin is never more than a hint.

    Raises
    ------
    SubjectError
        The file is no usable picture, or shows no face, several, or one under 64 px.
    BackendError
        The extra ``photo`` is not installed.
    """
    bindings.load()
    picture = open_picture(path)
    reading = _Reading()
    frames = picture.info.get("frames")
    if frames:
        reading.warnings.append(f"{path.name} holds {frames} pictures; the first is used")
    opaque, face, said = the_one_face(_on_grey(picture), path.name)
    reading.warnings += said
    shot = _shoot(opaque, face)
    grey = float(np.percentile(np.hypot(shot.lab[..., 1], shot.lab[..., 2])[shot.inside], 95)) < _GREY_CHROMA
    trust = _light(reading, shot, face, grey)
    hair = read_hair(shot)
    _put_hair(reading, hair, trust, grey)
    _put_glasses(reading, glasses(shot), trust)
    _put_beard(reading, beard(shot), trust)
    if not grey:
        _put_clothes(reading, shot, hair, trust)
        _put_skin(reading, shot)
    return Likeness(
        **reading.values,  # type: ignore[arg-type]
        ratios=head_ratios(face),
        confidence=reading.confidence,
        warnings=tuple(reading.warnings),
        notes=tuple(reading.notes),
    )


def _on_grey(picture: Image.Image) -> Image.Image:
    from PIL import Image

    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, (128, 128, 128, 255))
    return Image.alpha_composite(ground, picture).convert("RGB")


def _shoot(picture: Image.Image, face: Face) -> Portrait:
    """The portrait, its person mask made on head and shoulders alone: a finer outline, bounded memory."""
    x, y = face.middle
    tall = face.height_px
    box = (
        max(0, int(x - 2.4 * tall)),
        max(0, int(y - 2.2 * tall)),
        min(picture.width, int(x + 2.4 * tall) + 1),
        min(picture.height, int(y + 4.4 * tall) + 1),
    )
    near = picture.crop(box)
    shift = np.array([box[0], box[1], 0.0])
    points = face.points - shift
    if tall > 2 * FACE_PX:
        share = 2 * FACE_PX / tall
        size = (max(1, round(near.width * share)), max(1, round(near.height * share)))
        points = points * share
        near = near.resize(size)
    return portrait(near, person_mask(near), Face(points, face.score))


def _light(reading: _Reading, shot: Portrait, face: Face, grey: bool) -> float:
    """Warn of what spoils a reading; the trust (0..1) that is left in it."""
    trust = 1.0
    right, left = (np.median(shot.lab[shot.polygon(cheek)], axis=0) for cheek in CHEEKS)
    side = turned(face)
    if side > _TURNED:
        trust *= 0.75
        reading.warnings.append("the head is turned aside: a photo from the front reads better")
    if abs(right[0] - left[0]) > _UNEVEN_L:
        trust *= 0.75
        darker = "right" if right[0] < left[0] else "left"
        reading.warnings.append(
            f"uneven light, the subject's {darker} side is in shadow: colours and beard may be misread"
        )
    if grey:
        reading.warnings.append("a black and white photo: no colours were taken from it")
    elif (tint := cast(shot)) is not None:
        trust *= 0.9
        reading.warnings.append(f"the light looks {tint}: hair, skin and clothes may be another shade")
    return trust


def _put_hair(reading: _Reading, hair: Hair, trust: float, grey: bool) -> None:
    if hair.style is None:
        reading.warnings.append("the top of the head is outside the photo: hair not read")
        return
    sure = min(hair.sure, 0.8 if hair.style == "short" else 0.92) * trust
    if hair.lab is None or grey:
        reading.put("hair_style", hair.style, sure, f"hair: {hair.style}")
        return
    colour, name = hex_of(hair.lab), name_of(hair.lab, "hair_naming")
    reading.put("hair_style", hair.style, sure, f"hair: {hair.style}, {name} ({colour})")
    reading.put("hair_colour", colour, 0.7 * trust)


def _put_glasses(reading: _Reading, likely: float, trust: float) -> None:
    seen = likely >= 0.5
    sure = max(likely, 1 - likely) * trust
    reading.put("glasses", seen, sure, "glasses: yes" if seen else "glasses: none seen")


def _put_beard(reading: _Reading, likely: float, trust: float) -> None:
    if likely >= 0.8:
        reading.put("beard", True, likely * 0.85 * trust, "beard: perhaps, say so or say 'no beard'")
    elif likely < 0.5:
        reading.put("beard", False, (1 - likely) * 0.85 * trust, "beard: none seen")


def _put_clothes(reading: _Reading, shot: Portrait, hair: Hair, trust: float) -> None:
    body = _clothes_area(shot, hair)
    if body.sum() < 0.05 * FACE_PX**2:
        return
    lab, share = prevailing(shot.lab[body])
    colour = hex_of(lab)
    reading.put(
        "clothes_colour", colour, min(0.9, 0.4 + share) * trust, f"clothes: {name_of(lab)} ({colour})"
    )


def _clothes_area(shot: Portrait, hair: Hair) -> NDArray[np.bool_]:
    """The person from a little below the chin on, without hair and bare skin."""
    chin, width = shot.points[152, 1], shot.points[454, 0] - shot.points[234, 0]
    middle_x = (shot.points[454, 0] + shot.points[234, 0]) / 2
    y = np.arange(shot.shape[0])[:, None]
    x = np.arange(shot.shape[1])[None, :]
    body = (shot.person > 0.5) & shot.inside & ~hair.area
    body = body & (y > chin + 0.3 * FACE_PX) & (np.abs(x - middle_x) < 1.6 * width)
    bare = difference(shot.lab, _skin(shot)) < 10
    clothed: NDArray[np.bool_] = body & ~bare
    return clothed if clothed.sum() > 0.3 * body.sum() else body


def _skin(shot: Portrait) -> NDArray[np.float64]:
    return middle(shot.lab[shot.polygon(CHEEKS[0]) | shot.polygon(CHEEKS[1])])


def _put_skin(reading: _Reading, shot: Portrait) -> None:
    lab = _skin(shot)
    tone = monk(lab)
    reading.put(
        "skin",
        tone,
        0.3,
        f"skin: nearest {tone} (sampled {hex_of(lab)}), a hint only since light and camera shift it; "
        "choose with --skin monk-01 (lightest) to monk-10",
    )
