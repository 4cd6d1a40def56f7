"""What outfits are found by, what lies on their cloth, and that skirts cover the legs."""

import itertools

import numpy as np
import pytest

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.kit import templates
from fabricate.kit.coats import skirted
from fabricate.kit.outfit import dress
from fabricate.kit.outlines import grid, polygon, star
from fabricate.kit.patterns import logo_loops
from fabricate.kit.skeleton import pose_skeleton

OUTFITS = resources.names("outfits")


def posed(name):
    return pose_skeleton(templates.style("chibi")["size"], templates.pose(name))


def at(field, points):
    """Signed distances of points (n, 3) to a field."""
    p = np.asarray(points, np.float32).T[:, None, :]
    middle = p.mean(2)
    return field.distance(p, middle, float(np.linalg.norm(p - middle[:, :, None], axis=0).max()) + 0.5)[0]


def on_legs(s, length, n=60):
    """Points on the bare legs from the hip to ``length`` of them, (n, 3)."""
    draw = np.random.default_rng(3)
    found = []
    for limb in s.legs:
        for share in np.linspace(0.05, length - 0.12, n):
            point, way = limb.at(float(share))
            side = np.cross(way, draw.normal(size=3))
            found.append(point + side / np.linalg.norm(side) * s.size["shin_r"])
    return np.array(found)


def test_there_are_fourteen_and_no_word_finds_two():
    assert len(OUTFITS) >= 14
    words = [word for name in OUTFITS for word in resources.read("outfits", name)["words"]]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("word", "outfit"),
    [
        ("nurse", "scrubs"),
        ("scientist", "lab-coat"),
        ("doctor", "lab-coat"),
        ("chef", "apron"),
        ("athlete", "sportswear"),
        ("lawyer", "suit"),
        ("astronaut", "space-suit"),
    ],
)
def test_a_profession_names_its_outfit(word, outfit):
    assert word in resources.read("outfits", outfit)["words"]


@pytest.mark.parametrize("pose", ["stand", "wave", "hero", "hands-on-hips"])
def test_a_skirted_coat_covers_the_legs(pose):
    s = posed(pose)
    for length in (0.34, 0.56):
        assert at(skirted(s, 0.016, length, 0.008), on_legs(s, length)).max() < 0


def test_an_open_coat_shows_what_is_under_it_in_front_only():
    s = posed("stand")
    coat = dress(s, "lab-coat", 0.004, 0.009).parts["top"]
    front, back = s.chest.point([[0, -0.085, 0.05], [0, -0.085, 0.15]]), s.chest.point([[0, 0.085, 0.05]])
    assert at(coat, front).min() > 0
    assert at(coat, back).max() < 0


def test_a_cape_hangs_behind_and_leaves_the_chest_bare():
    s = posed("hero")
    cape = dress(s, "superhero", 0.004, 0.009).parts["cape"]
    behind = [s.chest.point((0, y, 0.0)) for y in np.linspace(0.05, 0.2, 31)]
    before = [s.chest.point((0, y, 0.10)) for y in np.linspace(-0.2, -0.02, 31)]
    assert at(cape, behind).min() < 0
    assert at(cape, before).min() > 0


def test_the_cuff_of_a_bent_arm_is_at_its_wrist_alone():
    """The planes that cut it lie across the shoulder too when the hand is at the chin."""
    style = templates.style("action")
    s = pose_skeleton(style["size"], templates.pose("think"), made=style["body"])
    trim = dress(s, "winter-coat", 0.004, 0.006).parts["trim"]
    draw = np.random.default_rng(5)
    for limb in s.arms:
        ways = draw.normal(size=(4000, 3))
        ways *= draw.uniform(0.02, 0.08, (4000, 1)) / np.linalg.norm(ways, axis=1, keepdims=True)
        assert at(trim, limb.a + ways).min() > 0.0


def test_a_polygon_s_distance_is_the_circle_s_when_it_is_one():
    angle = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    shape = polygon([ring, ring * 0.5])
    x = np.linspace(-1.2, 1.2, 41, dtype=np.float32)
    z = np.full_like(x, 0.1)
    r = np.hypot(x, z)
    wanted = np.maximum(r - 1, 0.5 - r)
    assert np.allclose(shape.distance(x, z), wanted, atol=2e-3)


def test_a_polygon_told_from_afar_is_never_nearer_than_its_box():
    shape = polygon([[(0, 0), (2, 0), (2, 1), (0, 1)]])
    x = np.array([[5.0, 1.0], [-3.0, 1.0]], np.float32)
    z = np.array([[0.5, 0.5], [0.5, 4.0]], np.float32)
    assert np.allclose(shape.distance(x, z), [[3.0, -0.5], [3.0, 3.0]])


def test_a_band_around_a_shape_lies_outside_it():
    shape = star(0, 0, 1.0)
    x = np.zeros(3, np.float32)
    z = np.array([0.0, 1.05, 3.0], np.float32)
    inside, rim, out = shape.around(0.2).distance(x, z)
    assert (inside > 0, rim < 0, out > 0) == (True, True, True)


def test_a_grid_s_lines_cross_every_step_within_its_room():
    lines = grid(0.1, 0.01, 0.25, 0.0, 0.5)
    x = np.array([0.1, 0.05, 0.05, 0.3, 0.1], np.float32)
    z = np.array([0.05, 0.1, 0.05, 0.05, 0.9], np.float32)
    assert [bool(d < 0) for d in lines.distance(x, z)] == [True, True, False, False, False]


def test_a_logo_is_read_with_its_curves_and_turned_upright():
    square, drop = logo_loops("M0 0H2v2h-2z M10,0 C10 -.5 12 -.5 12 0 Q11 3 10 0Z")
    assert np.allclose(square[:4], [[0, 0], [2, 0], [2, -2], [0, -2]])
    assert drop[:, 1].max() == pytest.approx(0.375, abs=0.01)
    assert drop[:, 1].min() < -1.4


@pytest.mark.parametrize("data", ["M0 0A1 1 0 0 1 2 2Z", "M0 0", "nothing"])
def test_a_path_that_cannot_be_drawn_is_told_with_its_line(data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "templates" / "outfits" / "mine.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f'name = "mine"\n[[garment]]\nkind = "top"\nlogo = "{data}"\n')
    with pytest.raises(TemplateError) as caught:
        dress(posed("stand"), "mine", 0.004, 0.009)
    assert caught.value.message.startswith(f"{path}:4: ")


@pytest.mark.parametrize(
    ("key", "value"), [("text", '"GO"'), ("logo", '"M0 0L4 0L2 3Z"'), ("pattern", '"check"')]
)
def test_text_logo_and_check_are_raised_on_the_chest(key, value, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "templates" / "outfits" / "mine.toml"
    path.parent.mkdir(parents=True)
    path.write_text(f'name = "mine"\n[[garment]]\nkind = "top"\n{key} = {value}\n')
    s = posed("stand")
    trim = dress(s, "mine", 0.004, 0.009).parts["trim"]
    grains = itertools.product(
        np.linspace(-0.04, 0.04, 33), np.linspace(-0.13, -0.06, 60), (0.14, 0.15, 0.16)
    )
    assert at(trim, s.chest.point(np.array(list(grains)))).min() < 0
