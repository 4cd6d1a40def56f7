"""Pictures of solids without a display: rays at triangles, lit like a toy in a photographer's studio.

One ray goes through each pixel, many more only where a silhouette, a part or a shade ends; what light
reaches a point is asked at half resolution and spread again without crossing edges. The same input gives
the same picture, bit for bit, on the same machine. All lengths are in the caller's unit, all points in the
figure frame (+Z up, the figure faces -Y). Linux on ARM has no embree wheel: there a caster in plain numpy
gives the same pictures some fifty times slower (a minute for a large one).
"""

from fabricate.render.camera import Camera, Framing
from fabricate.render.canvas import Patch, Window, to_image
from fabricate.render.ground import floor, mirrored
from fabricate.render.paint import framing, layer, picture
from fabricate.render.scene import Scene, Surface

__all__ = [
    "Camera",
    "Framing",
    "Patch",
    "Scene",
    "Surface",
    "Window",
    "floor",
    "framing",
    "layer",
    "mirrored",
    "picture",
    "to_image",
]
