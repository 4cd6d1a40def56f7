"""A shelf of kit figures, the README's second picture: python examples/04_line_up.py OUT.jpg"""

import sys

from fabricate.kit.design import MONK, Design
from fabricate.kit.views import row
from fabricate.render import Camera, Scene, picture

BLACK, SAND, RED = "#1f1a1c", "#d8b068", "#a5452b"
SHELF = [
    Design(hair="ponytail", hair_colour=BLACK, skin=MONK["monk-07"], outfit="lab-coat", pose="think"),
    Design(hair="bun", hair_colour=RED, outfit="dungarees", pose="wave", glasses="round", props=("mug",)),
    Design(hat="turban", skin=MONK["monk-06"], outfit="scrubs", pose="thumbs-up", beard="full"),
    Design(hair="afro", hair_colour=BLACK, skin=MONK["monk-09"], outfit="sportswear", pose="run"),
    Design(hair="long-wavy", hair_colour=SAND, outfit="winter-coat", eyes="#3b6ea5", props=("dog",)),
    Design(hair="side-part", outfit="suit", pose="arms-crossed", beard="goatee"),
    Design(hair="bob", hat="hijab", outfit="skirt-top", pose="wave"),
    Design(hair="buzz", skin=MONK["monk-08"], outfit="space-suit", pose="jump"),
]


def main(out: str) -> None:  # Stand them side by side and take the picture.
    scene, camera = Scene(row(SHELF, 0.07)), Camera(pitch_deg=6, perspective=12)
    paper = (0.953, 0.945, 0.930)
    shot = picture(scene, width=2200, height=720, camera=camera, ground=True, background=paper)
    shot.convert("RGB").save(out, quality=90)


if __name__ == "__main__":
    main(sys.argv[1])
