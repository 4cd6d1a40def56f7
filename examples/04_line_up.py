"""A shelf of kit figures, the README's second picture: python examples/04_line_up.py OUT.jpg"""

import sys
from dataclasses import replace

import numpy as np

from fabricate.kit.design import MONK, Design
from fabricate.kit.views import surfaces
from fabricate.render import Camera, Scene, picture

BLACK, BROWN, SAND, RED, HONEY = "#1f1a1c", "#2a1d18", "#d8b068", "#a5452b", "#94683a"
SHELF = [
    Design(hair="curly", hair_colour=BLACK, skin=MONK["monk-08"], pose="hold-out", glasses="round"),
    Design(hair="long", hair_colour=SAND, skin=MONK["monk-02"], outfit="dress", props=("book",)),
    Design(hair="quiff", skin=MONK["monk-05"], outfit="hoodie", pose="hero", beard="full"),
    Design(hair="bun", hair_colour=RED, outfit="dungarees", pose="wave", props=("mug",)),
    Design(hair="short", hair_colour=BROWN, pose="point", hat="cap", beard="moustache"),
    Design(hair="bob", skin=MONK["monk-06"], outfit="hoodie", hat="beanie", props=("ball",)),
    Design(hair="pixie", hair_colour=HONEY, outfit="jumpsuit", props=("camera",)),
]


def main(out: str) -> None:  # Stand them side by side and take the picture.
    shelf, x = [], 0.0
    for design in SHELF:
        parts = surfaces(design)
        low = min(float(part.vertices[:, 0].min()) for part in parts)
        high = max(float(part.vertices[:, 0].max()) for part in parts)
        shelf += [replace(part, vertices=part.vertices + np.array([x - low, 0, 0])) for part in parts]
        x += high - low + 0.07
    scene = Scene(shelf)
    camera = Camera(pitch_deg=6, perspective=12)
    paper = (0.953, 0.945, 0.930)
    shot = picture(scene, width=2200, height=720, camera=camera, ground=True, background=paper)
    shot.convert("RGB").save(out, quality=90)


if __name__ == "__main__":
    main(sys.argv[1])
