"""Picture files become upright, clean, 8-bit pixels, or a clear error."""

from __future__ import annotations

import contextlib
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, features

from fabricate.errors import SubjectError
from fabricate.photo import open_picture

HEIC = Path(__file__).with_name("astronaut.heic")
_STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""EXIF orientation -> how an upright picture lies in a file that carries it."""


def corners() -> Image.Image:
    """A 60 x 40 picture, every quarter in another colour."""
    picture = Image.new("RGB", (60, 40), "#c03020")
    for box, colour in (((30, 0), "#20a040"), ((0, 20), "#2040c0"), ((30, 20), "#e0d020")):
        picture.paste(colour, (*box, box[0] + 30, box[1] + 20))
    return picture


def close(one: Image.Image, other: Image.Image, limit: float = 6) -> bool:
    """Whether two pictures have one size and differ little on average."""
    if one.size != other.size:
        return False
    pixels = [np.asarray(each.convert("RGB"), dtype=float) for each in (one, other)]
    return bool(np.abs(pixels[0] - pixels[1]).mean() < limit)


@pytest.mark.parametrize("orientation", sorted(_STORED_AS))
def test_every_exif_orientation_comes_out_upright_and_without_metadata(
    tmp_path: Path, orientation: int
) -> None:
    turn = _STORED_AS[orientation]
    stored = corners() if turn is None else corners().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "a camera that nobody need know"
    exif.get_ifd(0x8825)[2] = (48.0, 8.0, 0.0)
    path = tmp_path / "turned.jpg"
    stored.save(path, exif=exif, quality=95, comment=b"secret")
    picture = open_picture(path)
    assert close(picture, corners())
    assert not picture.getexif()
    assert not picture.info


@pytest.mark.parametrize("ending", ["jpg", "png", "webp", "avif", "tiff", "bmp", "gif"])
def test_formats(tmp_path: Path, ending: str) -> None:
    if ending in ("webp", "avif") and not features.check(ending):
        pytest.skip(f"this Pillow is built without {ending}")
    path = tmp_path / f"picture.{ending}"
    corners().save(path)
    picture = open_picture(path)
    assert picture.mode == "RGB"
    assert close(picture, corners(), 10)


def test_heic(tmp_path: Path) -> None:
    picture = open_picture(HEIC)
    example = Image.open(Path(__file__).parents[2] / "examples" / "astronaut.png").crop((100, 0, 356, 256))
    assert close(picture, example, 8)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "YCbCr", "RGBA", "I;16"])
def test_modes(tmp_path: Path, mode: str) -> None:
    grey = Image.linear_gradient("L")
    if mode == "I;16":
        stored = Image.fromarray(np.asarray(grey, dtype=np.uint16) * 257)
    else:
        stored = grey.quantize() if mode == "P" else grey.convert("RGB").convert(mode)
    path = tmp_path / ("picture.jpg" if mode in ("CMYK", "YCbCr") else "picture.png")
    stored.save(path)
    picture = open_picture(path)
    assert picture.mode == "RGB"
    assert close(picture, grey, 130 if mode == "1" else 4)
    low, high = picture.getextrema()[0]
    assert low < 8
    assert high > 247


def test_transparency_is_kept_where_there_is_any(tmp_path: Path) -> None:
    stored = corners().convert("RGBA")
    stored.putpixel((3, 3), (0, 0, 0, 0))
    stored.save(tmp_path / "cut.png")
    picture = open_picture(tmp_path / "cut.png")
    assert picture.mode == "RGBA"
    assert picture.getpixel((3, 3))[3] == 0
    stored.quantize().save(tmp_path / "palette.png", transparency=0)
    assert open_picture(tmp_path / "palette.png").mode == "RGBA"


def test_of_an_animation_the_first_frame_is_taken_and_that_is_said(tmp_path: Path) -> None:
    other = Image.new("RGB", (60, 40), "black")
    corners().save(tmp_path / "moving.gif", save_all=True, append_images=[other, other.rotate(3)])
    picture = open_picture(tmp_path / "moving.gif")
    assert close(picture, corners(), 12)
    assert picture.info["frames"] >= 2


def png_header(width: int, height: int) -> bytes:
    """A PNG that promises much and holds nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64))


@pytest.mark.parametrize("size", [(9000, 9000), (20_000, 10_000), (60_000, 60_000)])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(*size))
    with pytest.raises(SubjectError, match="too large") as caught:
        open_picture(path)
    assert "megapixels" in caught.value.hint


def test_unusable_files_are_clear_errors(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("Dear Maya,\nplease find attached nothing at all.\n")
    (tmp_path / "empty.png").touch()
    corners().resize((600, 400)).save(tmp_path / "whole.jpg", quality=95)
    whole = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    corners().resize((600, 400)).save(tmp_path / "whole.png")
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:-300])
    said = {
        "nowhere.jpg": "there is no picture",
        "notes.jpg": "not a picture",
        "empty.png": "empty",
        "cut.jpg": "cut off",
        "cut.png": "damaged",
        ".": "folder",
    }
    for name, words in said.items():
        with pytest.raises(SubjectError, match=words) as caught:
            open_picture(tmp_path / name)
        assert caught.value.hint
        assert "\n" not in caught.value.message + caught.value.hint


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, 600), with_what=st.binary(min_size=1, max_size=40), short=st.integers(0, 400))
def test_a_damaged_file_is_read_or_refused_but_never_a_crash(
    tmp_path: Path, where: int, with_what: bytes, short: int
) -> None:
    for ending in ("jpg", "png", "webp"):
        path = tmp_path / f"damaged.{ending}"
        corners().save(path)
        data = bytearray(path.read_bytes())
        data[where % len(data) : where % len(data) + len(with_what)] = with_what
        path.write_bytes(data[: len(data) - short] if short < len(data) else data)
        with contextlib.suppress(SubjectError):
            assert open_picture(path).mode in ("RGB", "RGBA")
