"""A real portrait read by the real models, as it is and changed in known ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps
from skimage.data import chelsea, coffee, moon

from fabricate.artifacts import Likeness
from fabricate.errors import SubjectError
from fabricate.photo import open_picture, read_likeness
from fabricate.photo.colours import difference, lab_of, monk, name_of
from fabricate.photo.faces import Face, find_faces
from fabricate.photo.portrait import OVAL
from fabricate.photo.ratios import head_ratios
from tests.photo.drawn import EXAMPLE, with_beard, with_glasses

HEIC = Path(__file__).with_name("astronaut.heic")


@pytest.fixture(scope="module")
def astronaut() -> Image.Image:
    return open_picture(EXAMPLE)


@pytest.fixture(scope="module")
def face(astronaut: Image.Image) -> Face:
    return find_faces(astronaut)[0]


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    return read_likeness(EXAMPLE)


def read(picture: Image.Image, folder: Path) -> Likeness:
    """The likeness of a picture, by way of a file."""
    path = folder / "subject.png"
    picture.save(path, compress_level=1)
    return read_likeness(path)


def test_the_astronaut_is_read_as_she_looks(likeness: Likeness) -> None:
    assert likeness.hair_style == "short"
    assert likeness.glasses is False
    assert likeness.beard is False
    assert likeness.hair_colour is not None
    assert likeness.clothes_colour is not None
    assert name_of(lab_of(likeness.hair_colour), "hair_naming") in ("brown", "light brown")
    assert name_of(lab_of(likeness.clothes_colour)) == "orange"
    assert likeness.skin in {f"monk-{tone:02d}" for tone in (3, 4, 5)}
    assert likeness.warnings == ()
    assert all(0 <= sure <= 1 for sure in likeness.confidence.values())
    assert likeness.confidence["skin"] < 0.5
    assert any("hint only" in note and "--skin" in note for note in likeness.notes)


def test_ratios_are_those_of_a_head(likeness: Likeness) -> None:
    ratios = likeness.ratios
    assert 1.0 < ratios["face_h"] < 1.6
    assert 0.6 < ratios["jaw_w"] < 1.0
    assert ratios["eye_w"] * 2 < ratios["eye_span"] < 0.9
    assert ratios["nose_w"] < ratios["mouth_w"]
    assert set(ratios) == {
        *("face_h", "jaw_w", "eye_span", "eye_w", "mouth_w", "nose_w", "nose_h", "chin_h", "brow_h"),
    }


def test_reading_is_deterministic(likeness: Likeness) -> None:
    assert read_likeness(EXAMPLE) == likeness


@pytest.mark.parametrize("change", ["mirrored", "larger", "tilted", "one of many pixels"])
def test_what_does_not_change_the_person_changes_little(
    astronaut: Image.Image, likeness: Likeness, tmp_path: Path, change: str
) -> None:
    picture = {
        "mirrored": lambda: ImageOps.mirror(astronaut),
        "larger": lambda: astronaut.resize((1024, 1024), Image.Resampling.BICUBIC),
        "tilted": lambda: astronaut.rotate(12, Image.Resampling.BICUBIC, fillcolor=(190, 180, 175)),
        "one of many pixels": lambda: astronaut.resize((1700, 1700), Image.Resampling.BICUBIC),
    }[change]()
    changed = read(picture, tmp_path)
    for name in ("hair_style", "glasses", "beard"):
        assert getattr(changed, name) == getattr(likeness, name), name
    for name in ("hair_colour", "clothes_colour"):
        one, other = getattr(changed, name), getattr(likeness, name)
        assert difference(lab_of(one), lab_of(other)) < 10, (name, one, other)
    for name, value in likeness.ratios.items():
        assert changed.ratios[name] == pytest.approx(value, abs=0.07), name


def test_nothing_reaches_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    read_likeness(HEIC)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("colour", ["#151515", "#5a3a1e", "#7c7c86"])
@pytest.mark.parametrize("square", [False, True])
def test_glasses_are_seen(
    astronaut: Image.Image, face: Face, tmp_path: Path, colour: str, square: bool
) -> None:
    assert read(with_glasses(astronaut, face.points, colour, square), tmp_path).glasses is True


@pytest.mark.parametrize("colour", ["#2a1d14", "#7a4a24"])
def test_a_beard_is_suggested(astronaut: Image.Image, face: Face, tmp_path: Path, colour: str) -> None:
    bearded = read(with_beard(astronaut, face.points, colour), tmp_path)
    assert bearded.beard is True
    assert any("perhaps" in note for note in bearded.notes)


def test_a_hairless_head_is_bald(astronaut: Image.Image, face: Face, tmp_path: Path) -> None:
    """The hair painted away: a skull in the forehead's own colour before the studio's grey."""
    points, height = face.points[:, :2], face.height_px
    original = np.asarray(astronaut, dtype=float)
    y, x = np.mgrid[: astronaut.height, : astronaut.width]
    oval = Image.new("1", astronaut.size)
    ImageDraw.Draw(oval).polygon([tuple(points[i]) for i in OVAL], fill=1)
    brows = points[[105, 334], 1].mean() - 0.04 * height
    face_itself = np.asarray(oval, dtype=bool) & (y > brows)
    centre = (points[234] + points[454]) / 2
    wide = np.linalg.norm(points[454] - points[234]) / 2 * 1.04
    skull = ((x - centre[0]) / wide) ** 2 + ((y - centre[1]) / (height * 0.86)) ** 2 < 1
    hair = (y < points[152, 1] - 0.25 * height) & (np.abs(x - points[10, 0]) < 0.9 * height)
    forehead = original[int(points[9, 1]) - 3 : int(points[9, 1]) + 3, int(points[9, 0]) - 6 :][:, :12]
    pixels = original.copy()
    pixels[hair] = original[5:25, 60:80].reshape(-1, 3).mean(axis=0)
    pixels[skull & (y < brows)] = np.median(forehead.reshape(-1, 3), axis=0)
    pixels[face_itself] = original[face_itself]
    bald = read(Image.fromarray(pixels.astype(np.uint8)), tmp_path)
    assert bald.hair_style == "bald"
    assert bald.hair_colour is None


def test_black_and_white_gives_no_colours(astronaut: Image.Image, tmp_path: Path) -> None:
    grey = read(astronaut.convert("L"), tmp_path)
    assert (grey.hair_colour, grey.clothes_colour, grey.skin) == (None, None, None)
    assert grey.hair_style == "short"
    assert any("black and white" in warning for warning in grey.warnings)


def test_uneven_light_is_told(astronaut: Image.Image, face: Face, tmp_path: Path) -> None:
    dark = np.asarray(astronaut, dtype=float).copy()
    dark[:, int(face.middle[0]) :] *= 0.45
    shaded = read(Image.fromarray(dark.astype(np.uint8)), tmp_path)
    assert any("uneven light" in warning and "left side" in warning for warning in shaded.warnings)


def test_a_cut_out_person_is_read_too(astronaut: Image.Image, likeness: Likeness, tmp_path: Path) -> None:
    cut = astronaut.copy()
    cut.putalpha(255)
    cut.paste((0, 0, 0, 0), (0, 0, 60, 200))
    assert read(cut, tmp_path).hair_style == likeness.hair_style


def test_two_faces_are_refused(astronaut: Image.Image, tmp_path: Path) -> None:
    pair = Image.new("RGB", (1024, 512))
    pair.paste(astronaut, (0, 0))
    pair.paste(astronaut, (512, 0))
    with pytest.raises(SubjectError, match=r"2 faces found in subject\.png") as caught:
        read(pair, tmp_path)
    assert "crop" in caught.value.hint


def test_a_small_face_in_the_background_is_left_out_and_said(astronaut: Image.Image, tmp_path: Path) -> None:
    near = astronaut.crop((60, 0, 316, 256)).resize((1024, 1024), Image.Resampling.BICUBIC)
    near.paste(astronaut.crop((120, 0, 320, 200)).resize((240, 240)), (0, 300))
    left_out = read(near, tmp_path)
    assert left_out.hair_style == "short"
    assert any("a small face in the background" in warning for warning in left_out.warnings)


def test_a_forty_pixel_face_is_refused_with_its_size(
    astronaut: Image.Image, face: Face, tmp_path: Path
) -> None:
    share = 40 / face.height_px
    small = astronaut.resize((round(astronaut.width * share), round(astronaut.height * share)))
    with pytest.raises(SubjectError, match=r"too small: (38|39|40|41|42) px high, 64 are needed"):
        read(small, tmp_path)


@pytest.mark.parametrize("subject", [chelsea, coffee, moon], ids=lambda one: one.__name__)
def test_no_face_is_refused(tmp_path: Path, subject: Callable[[], NDArray[np.uint8]]) -> None:
    with pytest.raises(SubjectError, match="no face found") as caught:
        read(Image.fromarray(subject()), tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_photo_that_does_not_lie_upright_is_turned_and_that_is_said(
    astronaut: Image.Image, likeness: Likeness, tmp_path: Path, angle: int
) -> None:
    turned = read(astronaut.rotate(angle), tmp_path)
    assert turned.hair_style == likeness.hair_style
    assert any("was turned" in warning for warning in turned.warnings)


def test_the_monk_scale_names_its_own_colours() -> None:
    from fabricate import resources

    for tone, colour in resources.read("words", "skin")["scale"].items():
        assert monk(lab_of(colour)) == tone


def test_head_ratios_do_not_depend_on_size_or_place(face: Face) -> None:
    moved = Face(face.points * 3.7 + np.array([50.0, -20.0, 0.0]), face.score)
    assert head_ratios(moved) == pytest.approx(head_ratios(face), abs=2e-4)
