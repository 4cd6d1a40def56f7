"""Pictures held against ones that a person looked at and liked."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HERE = Path(__file__).resolve().parent


def levels(image: Image.Image) -> NDArray[np.float64]:
    """Pixels 0..1, (h, w, channels)."""
    return np.asarray(image, dtype=np.float64) / 255


def like_golden(image: Image.Image, name: str, tolerance: float = 0.012) -> None:
    """Fail when ``image`` differs from ``tests/golden/<name>.png``: by ``tolerance`` in the mean, or much in
    more than a few pixels. The pair is then saved in tests/failed; ``NEW_GOLDEN=1`` makes it anew."""
    path = HERE / "golden" / f"{name}.png"
    if os.environ.get("NEW_GOLDEN"):
        image.save(path, optimize=True)
    with Image.open(path) as opened:
        golden = opened.convert(image.mode)
    problem = f"size {image.size}, not {golden.size}"
    if image.size == golden.size:
        apart = np.abs(levels(image) - levels(golden)).max(axis=-1)
        if apart.mean() <= tolerance and (apart > 0.15).mean() <= 0.004:
            return
        problem = f"mean difference {apart.mean():.4f}, {(apart > 0.15).mean():.2%} of pixels far off"
    failed = HERE / "failed"
    failed.mkdir(exist_ok=True)
    image.save(failed / f"{name}.png")
    golden.save(failed / f"{name}.golden.png")
    raise AssertionError(f"{name}: {problem}; see {failed}")
