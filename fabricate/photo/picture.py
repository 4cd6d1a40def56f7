"""A picture file -> clean pixels: upright, 8 bits, without metadata, and never larger than is safe."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from fabricate.errors import BackendError, SubjectError

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["FORMATS", "MAX_PIXELS", "open_picture"]

MAX_PIXELS = 80_000_000
"""The largest picture that is decoded, width x height: the header alone decides."""

FORMATS = "JPEG, PNG, WebP, AVIF, TIFF or HEIC"
_PILLOW_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "GIF")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")


def open_picture(path: Path) -> Image.Image:
    """The picture in a file, as RGB, or RGBA when some of it is transparent.

    The EXIF orientation is applied; the picture is rebuilt from its pixels, so neither place, camera nor
    thumbnail is left; 16-bit, palette, grey and CMYK pictures become 8 bits per channel; of an animated
    file the first frame is taken, which ``info["frames"]`` (its number of frames) tells.

    Raises
    ------
    SubjectError
        There is no such file; it is empty, no picture, or cut off; it has more than ``MAX_PIXELS``.
    BackendError
        It is a HEIC photo and the extra ``photo``, which brings their decoder, is not installed.
    """
    from PIL import Image, UnidentifiedImageError

    head = _head(path)
    formats = (*_PILLOW_FORMATS, "HEIF") if _is_heif(head, path) else _PILLOW_FORMATS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=formats) as picture:
                _refuse_bomb(picture.size, path)
                frames = int(getattr(picture, "n_frames", 1)) if picture.format != "MPO" else 1
                return _clean(picture, frames)
    except UnidentifiedImageError as exc:
        raise SubjectError(
            f"{path.name} is not a picture that can be read", f"give a photo as {FORMATS}"
        ) from exc
    except Image.DecompressionBombError as exc:
        raise _bomb(path, f"over {MAX_PIXELS / 1e6:.0f} megapixels") from exc
    except (OSError, SyntaxError, ValueError, EOFError) as exc:
        reason = "it is cut off" if "truncat" in str(exc).lower() else _first_line(exc)
        raise SubjectError(
            f"{path.name} is damaged: {reason}", "copy it again from the phone or camera and try that"
        ) from exc


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(32)
    except FileNotFoundError as exc:
        raise SubjectError(f"there is no picture at {path}", "look at the path, or drag the file in") from exc
    except IsADirectoryError as exc:
        raise SubjectError(f"{path} is a folder, not a picture", "name one picture file inside it") from exc
    except OSError as exc:
        raise SubjectError(f"{path} cannot be opened: {exc.strerror}", "allow reading it") from exc
    if not head:
        raise SubjectError(
            f"{path.name} is empty, not a picture", "copy it again from the phone or camera and try that"
        )
    return head


def _is_heif(head: bytes, path: Path) -> bool:
    """Whether the file is HEIC; Pillow is taught that format only when one is at hand."""
    if head[4:8] != b"ftyp" or head[8:12] not in _HEIF_BRANDS:
        return False
    try:
        import pi_heif
    except ImportError as exc:
        raise BackendError(
            f"{path.name} is a HEIC photo and the reader for those is not installed",
            "pip install 'fabricate-figures[photo]', or save the photo as JPEG",
        ) from exc
    pi_heif.register_heif_opener(thumbnails=False)
    return True


def _refuse_bomb(size: tuple[int, int], path: Path) -> None:
    pixels = size[0] * size[1]
    if pixels > MAX_PIXELS:
        raise _bomb(path, f"{pixels / 1e6:.0f} megapixels ({size[0]} x {size[1]})")


def _bomb(path: Path, size: str) -> SubjectError:
    return SubjectError(
        f"{path.name} is too large: {size}, the limit is {MAX_PIXELS / 1e6:.0f}",
        "save it smaller; 12 megapixels are plenty",
    )


def _first_line(exc: BaseException) -> str:
    return (str(exc).splitlines() or [type(exc).__name__])[0]


def _clean(picture: Image.Image, frames: int) -> Image.Image:
    """The first frame, upright, as a new RGB or RGBA picture that shares nothing with the file."""
    from PIL import Image, ImageOps

    picture.seek(0)
    picture.load()
    profile = picture.info.get("icc_profile")
    ImageOps.exif_transpose(picture, in_place=True)
    clear = picture.has_transparency_data
    pixels = _standard_colours(_eight_bits(picture), profile, clear)
    if clear and pixels.getchannel("A").getextrema() == (255, 255):
        pixels = pixels.convert("RGB")
    fresh = Image.new(pixels.mode, pixels.size)
    fresh.paste(pixels)
    if frames > 1:
        fresh.info["frames"] = frames
    return fresh


def _standard_colours(picture: Image.Image, profile: bytes | None, clear: bool) -> Image.Image:
    """RGB(A) in sRGB: phones write Display P3, scanners their own; a broken profile is passed over."""
    from PIL import ImageCms

    if profile and not clear and picture.mode in ("RGB", "CMYK", "L"):
        try:
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            out = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            out = None
        if out is not None:
            return out
    mode = "RGBA" if clear else "RGB"
    return picture if picture.mode == mode else picture.convert(mode)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """16- and 32-bit greys scaled to 8 bits (Pillow's own ``convert`` clips them instead)."""
    import numpy as np
    from PIL import Image

    if not (picture.mode.startswith("I") or picture.mode == "F"):
        return picture
    values = np.asarray(picture, dtype=np.float64)
    top = 65535.0 if picture.mode.startswith("I") else 1.0
    top = top if values.max() <= top else float(values.max())
    return Image.fromarray(np.clip(values / top * 255.0 + 0.5, 0, 255).astype(np.uint8))
