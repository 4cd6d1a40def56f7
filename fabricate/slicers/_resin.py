"""SL1: a zip of one picture a layer for resin printers; read before it is believed, pictures of it put in."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fabricate.errors import SliceError
from fabricate.slicers._archive import rewrite
from fabricate.slicers._moves import check_top
from fabricate.solid.limits import Profile

__all__ = ["Cured", "read_sl1", "rewrite_sl1"]


@dataclass(frozen=True)
class Cured:
    """What an SL1 says of itself, and what was counted in it."""

    slicer: str
    layers: int
    seconds: float
    grams: float
    height_mm: float


def read_sl1(path: Path, profile: Profile, height_mm: float, layer_mm: float | None = None) -> Cured:
    """An SL1 looked at: as many pictures as layers, the last one not black, the top where the solid's is.

    Raises SliceError when it is not so.
    """
    layer = layer_mm or profile.layer_mm
    try:
        with zipfile.ZipFile(path) as archive:
            text = archive.read("config.ini").decode("utf-8", "replace")
            layers = sorted(name for name in archive.namelist() if re.search(r"\d{5}\.png$", name))
            last = archive.read(layers[-1]) if layers else b""
    except (zipfile.BadZipFile, KeyError) as exc:
        raise SliceError(f"PrusaSlicer wrote no sound SL1: {exc}", "check the disk and run again") from exc
    rows = {key.strip(): value.strip() for key, _, value in (r.partition("=") for r in text.splitlines())}
    count = int(rows.get("numFast", 0)) + int(rows.get("numSlow", 0))
    if not layers or count != len(layers):
        raise SliceError(
            f"PrusaSlicer tells of {count} layers and wrote {len(layers)}", "check the disk and run again"
        )
    if _black(last):
        raise SliceError("PrusaSlicer wrote an empty last layer", "check the file: fabricate check")
    tall = count * layer
    check_top(tall, height_mm, profile, "PrusaSlicer", layer)
    told = re.search(r"PrusaSlicer[- ](\d+(?:\.\d+)*)", rows.get("prusaSlicerVersion", ""))
    return Cured(
        slicer=f"PrusaSlicer {told[1]}" if told else "PrusaSlicer",
        layers=count,
        seconds=float(rows.get("printTime", 0.0)),
        grams=float(rows.get("usedMaterial", 0.0)) * profile.density_g_cm3,
        height_mm=tall,
    )


def _black(png: bytes) -> bool:
    from PIL import Image

    with Image.open(io.BytesIO(png)) as image:
        return image.convert("L").getbbox() is None


def rewrite_sl1(source: Path, target: Path, pictures: Sequence[tuple[int, int, bytes]]) -> None:
    """The archive with pictures (width, height, PNG) of what it holds, and without the time of its making."""
    shown = {f"thumbnail/thumbnail{width}x{height}.png": png for width, height, png in pictures}
    rewrite(source, target, shown, method=zipfile.ZIP_STORED, kept=_timeless)


def _timeless(name: str, data: bytes) -> bytes | None:
    if name.startswith("thumbnail/"):
        return None
    return re.sub(rb"(?m)^fileCreationTimestamp = .*\n", b"", data) if name == "config.ini" else data
