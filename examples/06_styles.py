"""One person in the four styles, a picture for the README: python examples/06_styles.py OUT.jpg"""

import sys
from dataclasses import replace

from fabricate.kit.design import MONK, Design
from fabricate.kit.views import row
from fabricate.render import Camera, Scene, picture

HER = Design(hair="ponytail", hair_colour="#5a2f1c", skin=MONK["monk-04"], eyes="#3f6b4f", outfit="hoodie")
SHELF = [
    replace(HER, style="chibi", pose="wave", colours={"top": "#d9603f"}),
    replace(HER, style="action", pose="hands-on-hips", outfit="superhero"),
    replace(HER, style="doll", pose="stand", outfit="dress", colours={"top": "#b64a6a"}),
    replace(HER, style="block", pose="thumbs-up", outfit="dungarees"),
]


def main(out: str) -> None:  # Stand them side by side and take the picture.
    camera, paper = Camera(yaw_deg=-14, pitch_deg=6, perspective=12), (0.953, 0.945, 0.930)
    shot = picture(
        Scene(row(SHELF, 0.16)), width=1800, height=900, camera=camera, ground=True, background=paper
    )
    shot.convert("RGB").save(out, quality=90)


if __name__ == "__main__":
    main(sys.argv[1])
