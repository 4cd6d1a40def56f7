"""One filament, with and without relief: python examples/05_relief.py OUT.jpg"""

import sys
from dataclasses import replace

import numpy as np

from fabricate.kit.design import Design
from fabricate.kit.solid import sculpture
from fabricate.render import Camera, Scene, Surface, picture

DESIGN = Design(hair="bun", outfit="dungarees", pose="wave", glasses="round", props=("mug",))
CLAY = (0.71, 0.73, 0.70)


def main(out: str) -> None:
    """The same figure in one colour, relief left, flush right."""
    shelf = []
    for place, relief in ((-0.36, 0.4), (0.36, 0.0)):
        _, whole, _ = sculpture(replace(DESIGN, relief=relief), 90.0, "fdm")
        points = np.asarray(whole.vertices, np.float32) + np.array([place, 0, 0], np.float32)
        shelf.append(Surface(points, whole.faces, CLAY, gloss=0.3))
    camera = Camera(pitch_deg=5, perspective=14)
    paper = (0.953, 0.945, 0.930)
    shot = picture(Scene(shelf), width=1400, height=900, camera=camera, ground=True, background=paper)
    shot.convert("RGB").save(out, quality=90)


if __name__ == "__main__":
    main(sys.argv[1])
