"""The kit's front view: whole, upright, on nothing, with a soft rim; and the picture that we liked."""

import numpy as np
import pytest

from fabricate.events import silent
from fabricate.kit.design import Design
from fabricate.kit.views import front_view, surfaces
from fabricate.spec import from_mapping
from fabricate.stylizers.kit import KitStylizer
from tests.pictures import like_golden

# As small as the kit goes: the floors are at their widest and the mesh at its coarsest.
LOOK = {"height_mm": 50.0, "process": "fdm"}
MAYA = Design(hair="bun", outfit="dungarees", pose="wave", glasses="round", props=("mug",))


@pytest.fixture(scope="module")
def view():
    return front_view(MAYA, **LOOK, size=768)


def alpha_of(image):
    return np.asarray(image.getchannel("A"), dtype=int)


def test_it_is_rgba_and_tall_enough(view):
    assert view.mode == "RGBA"
    assert view.height == 768
    assert 384 <= view.width <= 768


def test_the_corners_are_transparent_and_the_figure_is_opaque(view):
    alpha = alpha_of(view)
    assert not alpha[[0, 0, -1, -1], [0, -1, 0, -1]].any()
    assert (alpha == 255).mean() > 0.3
    middle = alpha[:, view.width // 2]
    assert middle[200:600].min() == 255


def test_the_whole_figure_fills_the_picture_to_its_margins(view):
    left, top, right, bottom = view.getchannel("A").getbbox()
    margin = 0.02 * min(view.size)
    gaps = np.array([left, top, view.width - right, view.height - bottom])
    assert (gaps >= margin - 3).all(), gaps
    assert (gaps <= margin + 5).all(), gaps


def test_its_rim_is_antialiased(view):
    alpha = alpha_of(view)
    steps = sum(np.abs(np.diff(alpha > 127, axis=axis)).sum() for axis in (0, 1))
    partly = ((alpha > 0) & (alpha < 255)).sum()
    assert 0.5 * steps < partly < 2 * steps
    assert len(np.unique(alpha)) > 8


def test_the_parts_are_where_a_viewer_expects_them(view):
    rgb = np.asarray(view.convert("RGB"), dtype=int)
    alpha = alpha_of(view)
    # Green dungarees below, brown hair on top; the mug is at the left of the picture: in her right hand.
    lower = rgb[460:640][alpha[460:640] == 255]
    assert (lower.argmax(axis=1) == 1).mean() > 0.7
    upper = rgb[20:130][alpha[20:130] == 255].mean(axis=0)
    assert upper[0] > upper[2]
    assert upper.max() < 120


def test_skin_is_soft_and_blushes_and_the_irises_are_shaded():
    seen = surfaces(MAYA, **LOOK)
    tones = [len(np.unique(np.atleast_2d(surface.colour).round(3), axis=0)) for surface in seen]
    assert sum(count > 20 for count in tones) == 2
    assert sum(surface.soft > 0 for surface in seen) == 1


def test_the_same_design_gives_the_same_picture_and_it_is_the_one_we_liked():
    small = front_view(MAYA, **LOOK, size=320)
    assert small.tobytes() == front_view(MAYA, **LOOK, size=320).tobytes()
    like_golden(small, "kit-front-view")


def test_the_stylizer_hands_on_the_design_and_what_it_understood():
    spec = from_mapping(
        {
            "subject": {"describe": "a bun and round glasses, waving", "accessories": ["mug"]},
            "stylize": {"outfit": "dungarees", "size": 256},
            "prepare": {"height_mm": LOOK["height_mm"]},
        }
    )
    made = KitStylizer().stylize(spec, None, silent("stylize"))
    assert made.image.height == 256
    assert made.backend == "kit"
    design = Design.from_json(made.design)
    assert (design.hair, design.glasses, design.pose, design.props) == ("bun", "round", "wave", ("mug",))
    assert any(s.startswith("hair: bun") for s in made.understood)
