"""The renderer: edges, colours, orientation, framing, light, and what broken meshes do to it (nothing)."""

from __future__ import annotations

import colorsys
import sys

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from fabricate.render import Camera, Scene, Surface, floor, framing, layer, mirrored, picture
from fabricate.render.normals import corner_normals
from fabricate.render.rays import NumpyCaster, caster
from fabricate.render.shading import to_linear, to_srgb
from tests.pictures import levels, like_golden

RED, GREEN, BLUE, GREY = (0.85, 0.2, 0.2), (0.2, 0.7, 0.3), (0.2, 0.3, 0.85), (0.6, 0.6, 0.6)


def of(mesh: trimesh.Trimesh, colour: object = GREY, **traits: float) -> Surface:
    return Surface(np.asarray(mesh.vertices, np.float32), mesh.faces, colour, **traits)  # type: ignore[arg-type]


def ball(
    centre: tuple[float, float, float] = (0, 0, 0), radius: float = 1.0, detail: int = 4
) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(detail, radius)
    mesh.apply_translation(centre)
    return mesh


def box(
    extents: tuple[float, float, float], centre: tuple[float, float, float] = (0, 0, 0)
) -> trimesh.Trimesh:
    return trimesh.creation.box(extents, trimesh.transformations.translation_matrix(centre))


def toy() -> list[Surface]:
    """Something like a figure: matte, glossy and soft things that touch and overlap."""
    pill = trimesh.creation.capsule(height=0.3, radius=0.16)
    pill.apply_translation((0, 0, 0.33))
    return [
        of(ball((0, 0, 0.72), 0.28), (0.91, 0.71, 0.55), soft=0.7),
        of(ball((-0.1, -0.25, 0.75), 0.055), (0.1, 0.09, 0.1), gloss=1.0),
        of(ball((0.1, -0.25, 0.75), 0.055), (0.1, 0.09, 0.1), gloss=1.0),
        of(pill, RED, gloss=0.2),
        of(box((0.2, 0.1, 0.16), (0.24, -0.12, 0.32)), (0.25, 0.65, 0.59)),
        of(trimesh.creation.cylinder(radius=0.36, height=0.06, sections=96), (0.19, 0.2, 0.24)),
    ]


def test_silhouettes_fade_without_a_dark_rim() -> None:
    pixels = levels(picture([of(ball())], width=96, height=96))
    alpha = pixels[..., 3]
    rim = (alpha > 0.02) & (alpha < 0.98)
    assert 150 < rim.sum() < 700
    assert len(np.unique(alpha[rim])) > 10
    inside = alpha == 1
    shrunk = inside.copy()
    for axis in (0, 1):
        for shift in (-2, 2):
            shrunk &= np.roll(inside, shift, axis)
    ring = inside & ~shrunk
    assert abs(pixels[rim][:, :3].mean() - pixels[ring][:, :3].mean()) < 0.05


def test_part_edges_are_smoothed() -> None:
    halves = [of(box((1, 1, 1), (-0.5, 0, 0)), (1, 1, 1)), of(box((1, 1, 1), (0.5, 0, 0)), (0, 0, 0))]
    # a quarter pixel aside: the seam runs through the middle of one column of pixels
    frame = framing(halves, width=65, height=40)
    middle = levels(picture(halves, width=65, height=40, frame=frame))[20, :, 0]
    between = (middle > 0.3) & (middle < 0.85)
    assert between.sum() == 1


@pytest.mark.parametrize(
    "code", ["e8b48c", "8d5a3b", "d8433f", "f2c14e", "3fa796", "2f6fd0", "2f3e63", "e86aa6"]
)
def test_a_colour_reads_as_itself(code: str) -> None:
    colour = tuple(int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    pixels = levels(picture([of(ball(), colour)], width=80, height=80))
    mean = pixels[pixels[..., 3] == 1][:, :3].mean(axis=0)
    hue, _, value = colorsys.rgb_to_hsv(*colour)
    seen_hue, _, seen_value = colorsys.rgb_to_hsv(*mean)
    assert abs((hue - seen_hue + 0.5) % 1 - 0.5) * 360 < 5
    assert abs(value - seen_value) < 0.09
    assert np.abs(mean - colour).max() < 0.09


def test_white_is_not_burnt_nor_black_lifted() -> None:
    white = levels(picture([of(ball(), (1, 1, 1))], width=64, height=64))
    lit = white[white[..., 3] == 1][:, :3]
    assert 0.97 < lit.max() <= 1
    assert (lit.min(axis=1) >= 0.995).mean() < 0.02
    assert lit.std() > 0.02
    black = levels(picture([of(ball(), (0, 0, 0), gloss=0.0)], width=64, height=64))
    assert black[black[..., 3] == 1][:, :3].mean() < 0.14


def marks() -> list[Surface]:
    """Red at the figure's left hand (+X), blue at its right, green on its head, grey at its back."""
    return [
        of(ball((1, 0, 0), 0.3), RED),
        of(ball((-1, 0, 0), 0.3), BLUE),
        of(ball((0, 0, 1), 0.3), GREEN),
        of(ball((0, 1, 0), 0.3), GREY),
    ]


def place(image: Image.Image, colour: tuple[float, float, float]) -> NDArray[np.float64]:
    """Mean (x, y) of the pixels that look like ``colour``."""
    pixels = levels(image)
    direction = np.array(colour) - np.mean(colour)
    seen = pixels[..., :3] - pixels[..., :3].mean(axis=-1, keepdims=True)
    like = (seen @ direction > 0.6 * direction @ direction) & (pixels[..., 3] > 0.9)
    return np.argwhere(like).mean(axis=0)[::-1]


def test_facing_the_figure_its_left_is_on_the_right_and_up_is_up() -> None:
    image = picture(marks(), width=120, height=120)
    assert place(image, RED)[0] > 80
    assert place(image, BLUE)[0] < 40
    assert place(image, GREEN)[1] < 40


def test_yaw_goes_round_to_the_figures_left_and_pitch_looks_down() -> None:
    behind = picture(marks(), width=120, height=120, camera=Camera(yaw_deg=180))
    assert place(behind, RED)[0] < 40
    left = Camera(yaw_deg=90)
    # seen from its left, +X is nearest: it hides what is in the middle
    assert framing(marks(), width=9, height=9, camera=left).project([[1, 0, 0]])[0, 2] == pytest.approx(-1)
    above = framing(marks(), width=99, height=99, camera=Camera(pitch_deg=40))
    back, front = above.project([[0, 1, 0], [0, -1, 0]])[:, 1]
    assert back < front


CAMERAS = st.builds(
    Camera,
    yaw_deg=st.floats(-180, 180),
    pitch_deg=st.floats(-60, 60),
    perspective=st.one_of(st.just(0.0), st.floats(5, 50)),
)
SIDES = st.tuples(*[st.floats(1, 12)] * 3)


@settings(max_examples=25, deadline=None)
@given(camera=CAMERAS, sides=SIDES, width=st.integers(24, 70), height=st.integers(24, 70))
def test_everything_stays_inside_the_margin(
    camera: Camera, sides: tuple[float, float, float], width: int, height: int
) -> None:
    thing = [of(box(sides, (3, -7, 40)))]
    alpha = levels(picture(thing, width=width, height=height, camera=camera, margin=0.1, samples=4))[..., 3]
    rows, columns = np.nonzero(alpha > 0)
    free = 0.1 * min(width, height)
    room = [columns.min(), rows.min(), width - 1 - columns.max(), height - 1 - rows.max()]
    assert min(room) >= np.floor(free) - 1
    assert min(room) <= free + 1


@settings(max_examples=40, deadline=None)
@given(camera=CAMERAS, point=st.tuples(*[st.floats(-1, 1)] * 3))
def test_the_ray_through_a_points_pixel_meets_the_point(
    camera: Camera, point: tuple[float, float, float]
) -> None:
    frame = framing([of(box((2, 2, 2)))], width=200, height=150, camera=camera)
    pixel = frame.project([point])[0]
    origin, way = frame.rays(pixel[:1], pixel[1:2], back=10)
    aim = np.array(point) - origin[0]
    assert np.linalg.norm(aim - way[0] * (aim @ way[0])) < 2e-4 * max(1.0, float(np.linalg.norm(aim)))


def test_bounds_and_scale_hold_a_series_still() -> None:
    small, large = [of(ball(radius=0.5))], [of(ball(radius=1.0))]
    frame = framing(small, width=100, height=100, bounds=[[-1, -1, -1], [1, 1, 1]])
    assert frame.scale == pytest.approx(framing(large, width=100, height=100).scale, rel=1e-3)
    covered = [levels(picture(s, width=100, height=100, frame=frame))[..., 3].sum() for s in (small, large)]
    assert covered[1] / covered[0] == pytest.approx(4, rel=0.03)
    assert framing(small, width=50, height=50, scale=7.0).scale == 7.0


def test_the_same_scene_gives_the_same_bytes() -> None:
    one, two = (picture(toy(), width=150, height=200, ground=True).tobytes() for _ in range(2))
    assert one == two


def test_faces_without_area_or_with_nan_do_no_harm() -> None:
    mesh = ball()
    vertices = np.vstack([mesh.vertices, [[np.nan, 0, 0], [0, 0, 0], [0, 0, np.inf]]]).astype(np.float32)
    n = len(mesh.vertices)
    broken = np.vstack([mesh.faces, [[n, 0, 1], [n + 1, n + 1, n + 1], [0, 0, 1], [n + 2, 2, 3]]])
    whole = picture([of(mesh)], width=60, height=60, ground=True)
    mended = picture([Surface(vertices, broken, GREY)], width=60, height=60, ground=True)
    assert np.abs(levels(whole) - levels(mended)).max() < 0.02
    flat = Surface(np.zeros((3, 3), np.float32), np.array([[0, 1, 2]]), GREY)
    assert levels(picture([flat], width=20, height=20, ground=True)).shape == (20, 20, 4)


def test_an_empty_scene_is_an_empty_picture() -> None:
    nothing = Surface(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int64), GREY)
    for surfaces in ([], [nothing]):
        assert levels(picture(surfaces, width=20, height=30, ground=True)).max() == 0
    filled = levels(picture([], width=20, height=30, background=(1, 0.5, 0)))
    assert np.abs(filled - [1, 0.5, 0, 1]).max() < 0.01


@pytest.mark.parametrize("pitch", [0.0, 15.0])
def test_the_ground_takes_a_soft_shadow(pitch: float) -> None:
    camera = Camera(pitch_deg=pitch)
    scene = Scene(toy())
    frame = framing(scene, width=160, height=160, camera=camera, margin=0.2)
    bare = levels(picture(scene, width=160, height=160, frame=frame))
    shaded = levels(picture(scene, width=160, height=160, frame=frame, ground=True))
    added = shaded[..., 3] - bare[..., 3]
    assert added.min() >= 0
    assert 0.12 < added.max() < 0.95
    assert added[:70].max() < 0.02
    shadow = shaded[(added > 0.05) & (bare[..., 3] == 0)]
    assert len(shadow) > 100
    assert shadow[:, :3].max() == 0
    soft = floor(scene, frame).pixels[..., 3]
    assert np.abs(np.diff(soft, axis=0)).max() < 0.35


def test_the_floors_sheen_shows_the_figure_upside_down_and_faint() -> None:
    scene = Scene([of(box((1, 1, 0.2), (0, 0, 0.1)), RED), of(box((0.6, 0.6, 1), (0, 0, 0.7)), BLUE)])
    frame = framing(scene, width=120, height=120, camera=Camera(pitch_deg=10), margin=0.25)
    image = mirrored(scene, frame, strength=0.3)
    foot = frame.project([[0, -0.5, 0]])[0, 1]
    rows = image.top + np.nonzero(image.pixels[..., 3].max(axis=1) > 0.1)[0]
    assert rows.max() > foot
    assert image.pixels[..., 3].max() <= 0.3
    below = image.pixels[int(foot) + 2 - image.top, 60 - image.left]
    assert below[0] > below[2]


def test_creases_are_kept_and_soft_light_darkens_corners() -> None:
    cube = box((1, 1, 1))
    kept = corner_normals(np.asarray(cube.vertices, np.float32), cube.faces)
    assert np.abs(kept - cube.face_normals[:, None]).max() < 1e-6
    sphere = ball()
    smooth = corner_normals(np.asarray(sphere.vertices, np.float32), sphere.faces)
    assert np.einsum("fcj,fcj->fc", smooth, sphere.vertices[sphere.faces]).min() > 0.999
    step = [of(box((4, 4, 0.2), (0, 0, -0.1))), of(box((4, 1, 2), (0, 1.5, 1)))]
    seen = levels(picture(step, width=120, height=120, camera=Camera(pitch_deg=35)))
    frame = framing(step, width=120, height=120, camera=Camera(pitch_deg=35))
    (x, y), (x2, y2) = frame.project([[0, 0.9, 0], [0, -1.5, 0]])[:, :2].astype(int)
    assert to_linear(seen[y, x, :3]).mean() < 0.85 * to_linear(seen[y2, x2, :3]).mean()


def test_small_cells_are_bevelled_where_large_faces_keep_their_crease() -> None:
    cube = box((1, 1, 1)).subdivide_to_size(0.04)
    vertices = np.asarray(cube.vertices, np.float32)
    crisp = corner_normals(vertices, cube.faces)
    round_ = corner_normals(vertices, cube.faces, bevel=0.2)
    assert np.abs(crisp - cube.face_normals[:, None]).max() < 1e-5
    assert np.abs(np.linalg.norm(round_, axis=-1) - 1).max() < 1e-5
    # every vertex has one normal, tilted near the edges and straight in the middle of a side
    of_vertex = np.zeros_like(vertices)
    of_vertex[cube.faces] = round_
    assert np.abs(of_vertex[cube.faces] - round_).max() < 1e-6
    corner = np.linalg.norm(vertices - 0.5, axis=1).argmin()
    assert np.allclose(of_vertex[corner], 3**-0.5, atol=0.1)
    middle = np.linalg.norm(vertices - [0.5, 0, 0], axis=1).argmin()
    assert np.allclose(of_vertex[middle], [1, 0, 0], atol=1e-5)


def test_loose_triangles_are_shaded_as_smoothly_as_joined_ones() -> None:
    mesh = ball(detail=3)
    loose = Surface(
        np.asarray(mesh.triangles.reshape(-1, 3), np.float32),
        np.arange(3 * len(mesh.faces)).reshape(-1, 3),
        GREY,
    )
    joined = levels(picture([of(mesh)], width=60, height=60))
    assert np.abs(joined - levels(picture([loose], width=60, height=60))).max() < 0.02


def test_given_normals_and_vertex_colours_are_used() -> None:
    sheet = trimesh.Trimesh([[-1, 0, -1], [1, 0, -1], [1, 0, 1], [-1, 0, 1]], [[0, 1, 2], [0, 2, 3]])
    colours = np.array([BLUE, RED, RED, BLUE])
    seen = levels(picture([of(sheet, colours)], width=60, height=60))
    assert seen[30, 6, 2] > seen[30, 6, 0] + 0.3
    assert seen[30, 53, 0] > seen[30, 53, 2] + 0.3
    towards, aside = ((-0.52, -0.62, 0.66), (0.7, -0.7, -0.2))
    bright, dim = (
        levels(
            picture(
                [Surface(sheet.vertices, sheet.faces, GREY, np.tile(np.float32(n), (4, 1)), gloss=0.0)],
                width=40,
                height=40,
            )
        )[20, 20, 0]
        for n in (towards, aside)
    )
    assert bright > dim + 0.1


def test_gloss_adds_a_highlight_and_softness_warms_the_shade() -> None:
    def shown(**traits: float) -> NDArray[np.float64]:
        seen = levels(picture([of(ball(), (0.3, 0.2, 0.18), **traits)], width=70, height=70))
        return seen[seen[..., 3] == 1][:, :3]

    assert shown(gloss=1.0).max() > shown(gloss=0.0).max() + 0.3
    assert (shown(soft=1.0) - shown(soft=0.0)).mean(axis=0)[0] > 0.005


def test_the_plain_caster_sees_what_embree_sees() -> None:
    pytest.importorskip("embreex")
    surfaces = toy()
    fast, plain = Scene(surfaces), Scene(surfaces)
    assert type(caster(fast.corners)) is not NumpyCaster
    plain.__dict__["caster"] = NumpyCaster(plain.corners)
    frame = framing(fast, width=45, height=60)
    one, two = (layer(scene, frame, samples=4, occlusion=4).pixels for scene in (fast, plain))
    assert np.abs(one - two).max() < 0.02
    rng = np.random.default_rng(0)
    start = rng.normal(size=(400, 3)).astype(np.float32)
    way = (rng.normal(size=(400, 3)) * 0.3 - start).astype(np.float32)
    far = rng.uniform(0, 1.5, 400).astype(np.float32)
    assert (fast.caster.blocked(start, way, far) == plain.caster.blocked(start, way, far)).mean() > 0.995
    a, b = fast.caster.closest(start, way), plain.caster.closest(start, way)
    assert (a.face == b.face).mean() > 0.99
    met = (a.face == b.face) & (a.face >= 0)
    assert met.sum() > 100
    assert np.abs(a.distance[met] - b.distance[met]).max() < 1e-3


def test_without_embree_the_plain_caster_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embreex.rtcore_scene", None)
    assert type(caster(np.zeros((1, 3, 3), np.float32))) is NumpyCaster


@given(st.floats(0, 1))
def test_srgb_goes_there_and_back(value: float) -> None:
    assert float(to_srgb(to_linear(value))) == pytest.approx(value, abs=2e-4)


def test_golden_toy() -> None:
    image = picture(toy(), width=240, height=320, camera=Camera(25, 12, 14), ground=True, margin=0.09)
    like_golden(image, "render-toy")
