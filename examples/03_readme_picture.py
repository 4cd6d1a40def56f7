"""The picture at the top of the README: python examples/03_readme_picture.py RUN_FOLDER PHOTO OUT.jpg"""

import sys
from pathlib import Path

from PIL import Image

HEIGHT, GAP, PAPER = 720, 36, (246, 244, 240)


def fitted(path: Path) -> Image.Image:
    """A picture at the strip's height, on paper."""
    picture = Image.open(path).convert("RGBA")
    sheet = Image.new("RGBA", picture.size, (*PAPER, 255))
    sheet.alpha_composite(picture)
    width = round(picture.width * HEIGHT / picture.height)
    return sheet.convert("RGB").resize((width, HEIGHT), Image.Resampling.LANCZOS)


def main(run: Path, photo: Path, out: Path) -> None:
    """Photo, front view, the figure, the card: side by side."""
    shown = [fitted(p) for p in (photo, run / "work/stylize/view.png", run / "preview.png", run / "card.png")]
    # Of the preview only its middle, the three-quarter view.
    wide = shown[2].width
    shown[2] = shown[2].crop((round(wide * 0.365), 0, round(wide * 0.66), HEIGHT))
    strip = Image.new("RGB", (sum(p.width for p in shown) + GAP * (len(shown) + 1), HEIGHT + 2 * GAP), PAPER)
    x = GAP
    for picture in shown:
        strip.paste(picture, (x, GAP))
        x += picture.width + GAP
    strip.save(out, quality=90)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
