"""One figure on eight bases, a picture for the README: python examples/07_bases.py OUT.jpg"""

import sys
from dataclasses import replace

import numpy as np

from fabricate.artifacts import Lifted
from fabricate.kit.design import MONK, Design
from fabricate.kit.solid import sculpture
from fabricate.render import Camera, Scene, Surface, picture
from fabricate.solid.assemble import assemble, in_place
from fabricate.solid.shading import seen_surfaces

BASES = ("round", "oval", "plaque", "arched", "cobblestones", "meadow", "books", "cloud")
HIM = Design(hair="curly", skin=MONK["monk-07"], outfit="tee-jeans", pose="hands-on-hips", glasses="round")


def main(out: str) -> None:  # Sculpt once, set on every base, stand them in two rows.
    parts, whole, _ = sculpture(HIM, 60.0, "fdm")
    shelf: list[Surface] = []
    for k, base in enumerate(BASES):
        made = assemble(Lifted(parts, whole), height_mm=60.0, base=base, name="Milo")
        x, y = (k % 4) * 72.0 + 36.0 * (k < 4), -150.0 * (k // 4)
        for part in seen_surfaces(*in_place(made)):
            moved = (part.vertices + np.array([x, y, 0.0])) / 60
            shelf.append(replace(part, vertices=moved))
    camera, paper = Camera(yaw_deg=-4, pitch_deg=24, perspective=14), (0.953, 0.945, 0.930)
    shot = picture(Scene(shelf), width=1800, height=1100, camera=camera, ground=True, background=paper)
    shot.convert("RGB").save(out, quality=90)


if __name__ == "__main__":
    main(sys.argv[1])
