"""Six pictures lifted, from three sides: python examples/08_from_pictures.py OUT.jpg [2 or 4]"""

import sys

import numpy as np
from PIL import Image, ImageOps

from fabricate.artifacts import View
from fabricate.backends import Job, get
from fabricate.events import silent
from fabricate.kit.design import Design
from fabricate.kit.views import front_view
from fabricate.lift.cutout import cut_out
from fabricate.render import Camera, Surface, picture
from fabricate.train import creatures, things


def shot(mesh, colours, yaw=0, **more):  # One mesh from one side.
    surface = Surface(np.asarray(mesh.vertices, np.float32), mesh.faces, np.float32(colours), gloss=0.3)
    return picture([surface], width=360, height=360, camera=Camera(yaw_deg=yaw), samples=5, **more)


def six():  # The kit's view, a card, a toy before a wall, a drawing, grey clay, a portrait.
    maya = front_view(Design(hair="bun", glasses="round", outfit="dungarees", pose="wave"), size=640)
    card = ImageOps.expand(Image.new("RGB", (640, 800), "#b9dbe6"), 40, "#d95f2b")
    card.paste(maya, (360 - maya.width // 2, 120), maya)
    makers = ((creatures.plush, 7), (things.robot, 0), (creatures.quadruped, 9))
    toy, robot, deer = (make(np.random.default_rng(seed)).model() for make, seed in makers)
    wall = shot(toy, toy.colours, 10, background=(0.93, 0.92, 0.9), ground=True)
    return maya, card, wall, shot(robot, robot.colours), shot(deer, 0.7, -35), maya.crop((0, 0, 356, 400))


if __name__ == "__main__":
    lifter, rows = get("lifters", "frontback"), []
    for given in six()[: int((*sys.argv, 6)[2])]:
        solid = lifter.lift(View(cut_out(given).image, ""), Job(lifter.Options()), silent()).parts["figure"]
        sides = [shot(solid, solid.visual.vertex_colors[:, :3] / 255, yaw) for yaw in (0, 40, 180)]
        tiles = (ImageOps.pad(t.convert("RGBA"), (360, 360)) for t in (given, *sides))
        rows.append(np.hstack([Image.alpha_composite(Image.new("RGBA", t.size, "white"), t) for t in tiles]))
    Image.fromarray(np.hstack(np.split(np.vstack(rows), 2))).convert("RGB").save(sys.argv[1], quality=88)
