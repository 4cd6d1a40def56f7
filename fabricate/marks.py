"""Pictures of what to look at: one a trouble, from the side where it is seen best, with a close-up.

On the left the whole solid in grey clay with rings about the places, on the right the largest of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from fabricate.render import Camera, Framing, Scene, Surface, framing, layer, to_image
from fabricate.render.clay import CLAY, clay, jpeg
from fabricate.render.shading import to_linear
from fabricate.solid.colour import rgb_of

if TYPE_CHECKING:
    import trimesh

    from fabricate.solid.check import Inspection

__all__ = ["COLOURS", "Mark", "marks_of", "picture_of", "pictures_of"]

F32 = NDArray[np.float32]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COLOURS = {
    "thin": "#c8372d",
    "overhangs": "#e0912a",
    "islands": "#7a3fb4",
    "trapped": "#1c77c3",
    "thickened": "#2f8f4f",
}
"""What each trouble is painted with."""
VIEW_DEG = 11.0
PAPER, PANEL, INK, SOFT = "#f6f4f1", "#ffffff", "#2b2926", "#77716a"
YAWS, PITCHES = range(0, 360, 30), (-38, -8, 12, 42)
CLOSE_MM = 16.0
"""At the least so much of the solid is shown in the close-up."""
RINGS = 9
LARGE = 0.12
"""A group whose ring would be wider than this share of the picture's height needs none."""


@dataclass(frozen=True)
class Mark:
    """A kind of trouble and where it is: ``faces`` of the mesh to paint, ``points`` (n, 3) to ring.

    ``inside`` (n, 3): middles of cells ``cell_mm`` wide that are shown through the solid.
    """

    key: str
    title: str
    legend: str
    faces: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    points: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    inside: Floats = field(default_factory=lambda: np.zeros((0, 3)))
    cell_mm: float = 0.5


def pictures_of(
    mesh: trimesh.Trimesh,
    found: Inspection,
    thickened: Floats | None = None,
    *,
    told: Callable[[str, float], None] = lambda _title, _share: None,
) -> dict[str, bytes]:
    """A JPEG of each trouble that ``marks_of`` finds, under its key; worst first.

    ``told`` hears before each the trouble's title and the share of the pictures that are done.
    """
    marks, pictures = marks_of(mesh, found, thickened), dict[str, bytes]()
    for number, mark in enumerate(marks):
        told(mark.title, number / len(marks))
        pictures[mark.key] = jpeg(picture_of(mesh, mark))
    return pictures


def marks_of(mesh: trimesh.Trimesh, found: Inspection, thickened: Floats | None = None) -> list[Mark]:
    """What is worth a picture in an inspected mesh (mm): only troubles that there are, worst first.

    ``thickened``: spots (n, 3) that were thickened.
    """
    out = []
    middle = np.asarray(mesh.triangles_center, np.float64)
    level_of = {check.name: check.level for check in found.report.checks}
    if len(found.thin_faces) and level_of.get("walls") != "ok":
        legend = "thinner than the printer can make"
        out.append(Mark("thin", "Thin walls", legend, found.thin_faces, found.thin_points))
    if found.islands:
        faces = np.unique(np.concatenate([i.faces for i in found.islands]))
        points = np.array([i.at for i in found.islands])
        out.append(Mark("islands", "Islands", "a layer begins here in mid-air: support it", faces, points))
    if found.pools is not None:
        pools = found.pools
        resin = found.report.measures.get("process") == "resin"
        cells = [pools.closed, *((pools.cups, pools.sucking) if resin else ())]
        inside = np.concatenate(cells)
        if len(inside) * pools.cell_mm**3 > 100:
            legend = "resin or air stays here" if resin else "a hollow without a way out"
            out.append(
                Mark(
                    "trapped", "Trapped volumes", legend, points=inside, inside=inside, cell_mm=pools.cell_mm
                )
            )
    if len(found.overhang_faces):
        faces = found.overhang_faces
        out.append(Mark("overhangs", "Overhangs", "hangs over: wants support", faces, middle[faces]))
    if thickened is not None and len(thickened):
        spots = np.asarray(thickened, np.float64)
        faces = _near(middle, spots, 1.0)
        out.append(Mark("thickened", "Thickened", "was too thin, and was made thicker", faces, spots))
    return out


def _near(middle: Floats, spots: Floats, reach: float) -> Ints:
    from scipy.spatial import cKDTree

    distance, _ = cKDTree(spots).query(middle, distance_upper_bound=reach)
    return np.flatnonzero(np.isfinite(distance))


def picture_of(mesh: trimesh.Trimesh, mark: Mark, *, size: tuple[int, int] = (1240, 760)) -> Image.Image:
    """The picture of one kind of trouble, RGB of ``size``; the solid in mm, up is +Z."""
    scene, glow = _scene(mesh, mark)
    places = mark.points if len(mark.points) else np.asarray(mesh.triangles_center)[mark.faces]
    camera = _best_view(scene, mesh, mark, places)
    width, height = size
    foot = round(height * 0.085)
    wide = round(width * 0.52)
    whole = framing(scene, width=wide, height=height - foot, camera=camera, margin=0.075)
    seen = _seen(scene, camera, places)
    shown = places[seen] if seen.any() and not len(mark.inside) else places
    groups = _groups(whole.project(shown)[:, :2].astype(np.float64), 0.05 * height)
    biggest = shown[groups[0]]
    image = Image.new("RGB", size, PAPER)
    image.paste(_rendered(scene, glow, whole, PAPER), (0, 0))
    centres = _rings(image, whole, shown, groups, mark)
    _close_up(image, scene, glow, camera, biggest, (wide, height - foot), centres[0], COLOURS[mark.key])
    _legend(image, mark, 0 if mark.key == "overhangs" else len(groups), foot)
    return image


def _scene(mesh: trimesh.Trimesh, mark: Mark) -> tuple[Scene, Scene | None]:
    """The solid in clay with its marked faces painted, and what shines through it."""
    shades = np.tile(np.array(CLAY, np.float32), (len(mesh.faces), 1))
    shades[mark.faces] = _rgb(COLOURS[mark.key])
    solid = Scene([clay(mesh.vertices, mesh.faces, shades)])
    return solid, Scene([_blob(mark)]) if len(mark.inside) else None


def _blob(mark: Mark) -> Surface:
    """The cells inside as one smooth body of liquid."""
    from scipy import ndimage
    from skimage import measure

    contour: Any = measure.marching_cubes
    low = mark.inside.min(axis=0)
    at = np.rint((mark.inside - low) / mark.cell_mm).astype(np.int64) + 3
    cells = np.zeros(at.max(axis=0) + 4, np.float32)
    cells[tuple(at.T)] = 1
    vertices, faces, _, _ = contour(ndimage.gaussian_filter(cells, 0.9), 0.4)
    points = ((vertices - 3) * mark.cell_mm + low).astype(np.float32)
    return Surface(points, faces[:, ::-1].astype(np.int64), _rgb(COLOURS[mark.key]), gloss=0.5)


def _rgb(colour: str) -> F32:
    return (np.array(rgb_of(colour)) / 255).astype(np.float32)


def _best_view(scene: Scene, mesh: trimesh.Trimesh, mark: Mark, places: Floats) -> Camera:
    """Where most of the places are in sight and face the eye, the front rather than the back."""
    some = places[:: max(1, len(places) // 240)]
    if len(mark.faces):
        facing = np.asarray(mesh.face_normals)[mark.faces[:: max(1, len(mark.faces) // 240)]]
    else:
        facing = np.zeros((0, 3))
    best, most = Camera(28, 12, VIEW_DEG), -1.0
    for yaw in YAWS:
        for pitch in PITCHES:
            camera = Camera(float(yaw), float(pitch), VIEW_DEG)
            away = camera.axes[2].astype(np.float64)
            sight = float(_seen(scene, camera, some).mean()) if not len(mark.inside) else 0.5
            square = float(np.clip(-(facing @ away), 0, 1).mean()) if len(facing) else 0.5
            front = 0.06 * np.cos(np.radians(yaw)) - 0.05 * abs(pitch - 10) / 40
            if (value := sight + 0.6 * square + front) > most:
                best, most = camera, value
    return best


def _seen(scene: Scene, camera: Camera, places: Floats) -> NDArray[np.bool_]:
    """Which places have nothing between them and an eye far away."""
    way = np.broadcast_to(-camera.axes[2], places.shape).astype(np.float32)
    start = places.astype(np.float32) + way * np.float32(0.004 * scene.size)
    reach = np.full(len(places), 2 * scene.size, np.float32)
    return ~scene.caster.blocked(start, way, reach)


def _groups(spots: Floats, reach: float) -> list[Ints]:
    """Spots of the picture that lie together, the most populous first."""
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    some = np.arange(0, len(spots), max(1, len(spots) // 3000))
    links = cKDTree(spots[some]).sparse_distance_matrix(cKDTree(spots[some]), reach, output_type="coo_matrix")
    count, label = connected_components(links, directed=False)
    sizes = np.bincount(label, minlength=count)
    order = np.argsort(-sizes, kind="stable")
    return [some[label == number] for number in order]


def _rendered(scene: Scene, glow: Scene | None, frame: Framing, paper: str) -> Image.Image:
    canvas: F32 = np.full((frame.height, frame.width, 3), to_linear(_rgb(paper)), dtype=np.float32)
    layer(scene, frame, fill=0.16).over(canvas)
    if glow is not None:
        under = canvas.copy()
        layer(glow, frame, fill=0.3).over(canvas)
        canvas = (0.3 * under + 0.7 * canvas).astype(np.float32)
    return to_image(canvas)


def _rings(
    image: Image.Image, frame: Framing, shown: Floats, groups: Sequence[Ints], mark: Mark
) -> list[tuple[float, float, float]]:
    """A ring about each small group; their middles and radii, the largest group first."""
    placed, height = [], image.height
    for group in groups[:RINGS]:
        flat = frame.project(shown[group])[:, :2].astype(np.float64)
        low, high = flat.min(axis=0), flat.max(axis=0)
        x, y = (low + high) / 2
        radius = float(np.clip(np.linalg.norm(high - low) / 2 + 0.012 * height, 0.022 * height, 0.3 * height))
        placed.append((float(x), float(y), radius))
    if mark.key == "overhangs":  # the colour alone shows such wide places
        return placed
    fine = 3
    mask, edge = (Image.new("L", (image.width * fine, height * fine)) for _ in range(2))
    thick = max(2, round(height / 300)) * fine
    for x, y, radius in placed:
        if radius < LARGE * height:
            box = tuple(fine * v for v in (x - radius, y - radius, x + radius, y + radius))
            ImageDraw.Draw(edge).ellipse(box, outline=255, width=thick + 2 * fine)
            ImageDraw.Draw(mask).ellipse(box, outline=255, width=thick)
    for ink, layer_ in (("#ffffff", edge), (COLOURS[mark.key], mask)):
        image.paste(ink, (0, 0), layer_.resize(image.size, Image.Resampling.LANCZOS))
    return placed


def _close_up(
    image: Image.Image,
    scene: Scene,
    glow: Scene | None,
    camera: Camera,
    places: Floats,
    left: tuple[int, int],
    ring: tuple[float, float, float],
    colour: str,
) -> None:
    """The largest group large, in a panel with rounded corners, and a thread to its ring."""
    wide, tall = left
    gap = round(0.035 * tall)
    box = (wide + gap // 2, gap, image.width - gap, tall - gap // 3)
    width, height = box[2] - box[0], box[3] - box[1]
    middle = np.median(places, axis=0)
    reach = max(CLOSE_MM / 2, 1.25 * float(np.quantile(np.linalg.norm(places - middle, axis=1), 0.9)))
    reach = min(reach, scene.size / 2)
    frame = framing(scene, width=width, height=height, camera=camera, margin=0.0)
    scale = min(width, height) / (2.2 * reach)
    offset = frame.project(middle[None])[0, :2]
    factor = scale / frame.scale
    x, y = (float(frame.offset[i] - offset[i]) * factor for i in (0, 1))
    frame = replace(frame, scale=scale, offset=(width / 2 + x, height / 2 + y))
    view = _rendered(scene, glow, frame, PANEL)
    mask = Image.new("L", (width * 2, height * 2))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * 2 - 1, height * 2 - 1), 2 * gap, fill=255)
    pen = ImageDraw.Draw(image)
    thick = max(2, round(image.height / 300))
    if ring[2] < LARGE * image.height:
        pen.line((ring[0] + ring[2], ring[1], box[0], (box[1] + box[3]) / 2), fill=colour, width=thick)
    image.paste(view, box[:2], mask.resize((width, height), Image.Resampling.LANCZOS))
    pen.rounded_rectangle((box[0], box[1], box[2] - 1, box[3] - 1), gap, outline=colour, width=thick)
    _ruler(pen, frame, box, image.height)


def _ruler(pen: ImageDraw.ImageDraw, frame: Framing, box: tuple[int, int, int, int], height: int) -> None:
    """How long some millimetres are in the close-up."""
    length = next((mm for mm in (1, 2, 5, 10, 20, 50, 100) if mm * frame.scale > 0.09 * height), 100)
    font = ImageFont.load_default(size=round(height * 0.024))
    x, y = box[2] - 0.04 * height, box[3] - 0.035 * height
    thick = max(2, round(height / 360))
    pen.line((x - length * frame.scale, y, x, y), fill=INK, width=thick)
    words = f"{length} mm"
    pen.text((x - length * frame.scale / 2, y - 0.008 * height), words, fill=INK, font=font, anchor="ms")


def _legend(image: Image.Image, mark: Mark, groups: int, foot: int) -> None:
    """A chip of the colour, the trouble's name, what it means, and at how many places."""
    pen = ImageDraw.Draw(image)
    y = image.height - foot / 2
    size = round(foot * 0.40)
    bold, plain = ImageFont.load_default(size=size), ImageFont.load_default(size=round(size * 0.86))
    x = 0.045 * image.width
    half = size * 0.42
    pen.rounded_rectangle((x, y - half, x + 2 * half, y + half), half * 0.5, fill=COLOURS[mark.key])
    x += 3.1 * half
    for stroke in (0.0, 0.6):  # the built-in font has no bold
        pen.text((x + stroke, y), mark.title, fill=INK, font=bold, anchor="lm")
    x += bold.getlength(mark.title) + size * 0.9
    where = f"  ·  {groups} places in sight" if groups > 1 else ""
    pen.text((x, y), mark.legend + where, fill=SOFT, font=plain, anchor="lm")
