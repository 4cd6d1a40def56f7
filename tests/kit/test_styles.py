"""Styles: distinct by their numbers, clothes that fit each, joints that show, numbers that are checked."""

import itertools

import numpy as np
import pytest

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.errors import TemplateError
from fabricate.kit import body, hands, heads, templates
from fabricate.kit.design import Design
from fabricate.kit.eyes import EYES, eye
from fabricate.kit.figure import PIN, build, skeleton_of
from fabricate.kit.fit import LEG, SHOULDER, Fit
from fabricate.kit.frames import Frame
from fabricate.kit.joints import Grooved, grooved, rings
from fabricate.kit.outlines import rounded
from fabricate.kit.reach import bent, carried
from fabricate.kit.sdf import sample
from fabricate.kit.skeleton import HANDS
from fabricate.kit.solid import sculpture
from fabricate.solid.assemble import assemble
from fabricate.solid.check import inspect

STYLES = resources.names("styles")
OUTFITS = resources.names("outfits")


def heads_tall(style):
    return 1 / (2 * templates.style(style)["size"]["head"])


def test_there_are_four_of_different_height_in_heads_and_no_word_finds_two():
    assert {"chibi", "action", "doll", "block"} <= set(STYLES)
    assert heads_tall("chibi") < 3 < heads_tall("block") + 0.1 < heads_tall("doll") < heads_tall("action")
    assert heads_tall("doll") == pytest.approx(4.85, abs=0.3)
    assert heads_tall("action") == pytest.approx(6.5, abs=0.1)
    words = [word for name in STYLES for word in resources.read("styles", name)["words"]]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("style", STYLES)
def test_a_body_is_one_tall_and_its_parts_meet(style):
    s, tables = skeleton_of(Design(style=style, pose="t-pose"))
    skull = heads.skull(s.head, tables["head"])
    assert sample(skull, [s.head.point((0, 0, 1.03))])[0] > 0
    assert sample(skull, [s.head.point((0, 0, 0.95))])[0] < 0
    assert s.head.point((0, 0, 1))[2] == pytest.approx(1.0, abs=0.02)
    assert sample(body.neck(s), [s.neck])[0] < 0
    trunk = body.torso(s)
    for limb in s.arms:
        assert sample(trunk, [limb.a * 0.75 + s.chest.point((0, 0, s.size["shoulder_z"])) * 0.25])[0] < 0
        assert sample(body.arm(s, limb), [limb.at(share)[0] for share in (0.01, 0.5, 0.99)]).max() < 0
        assert sample(hands.hand(s, limb), [limb.c])[0] < 0.001
    for limb in s.legs:
        assert sample(body.leg(s, limb), [limb.at(share)[0] for share in (0.01, 0.5, 0.99)]).max() < 0


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("shape", HANDS)
def test_every_hand_has_every_shape_and_keeps_its_floor(style, shape):
    s, _ = skeleton_of(Design(style=style))
    limb = s.arms[1]
    object.__setattr__(limb, "shape", shape)
    hand, thick = hands.hand(s, limb), hands.hand(s, limb, s.size["hand"] * 0.4)
    grid = np.linspace(-2, 2, 33) * s.size["hand"]
    points = limb.end.point(np.stack(np.meshgrid(grid, grid, grid), -1).reshape(-1, 3))
    inside, thicker = sample(hand, points) < 0, sample(thick, points) < 0
    assert 0.005 < inside.mean() < 0.2
    assert thicker.sum() >= inside.sum() * 0.98
    assert s.made["hands"] != "fingers" or thicker.sum() > inside.sum()


def test_a_fit_leaves_the_drawn_body_alone_and_scales_another():
    drawn, action = (Fit.of(templates.style(name)["size"]) for name in ("chibi", "action"))
    shape = rounded(0.03, 0.1, 0.02, 0.02, 0.004)
    assert drawn.plain
    assert drawn.outline(shape) is shape
    garment = {"loose": 0.01, "flare": 0.15, "cuff_deep": 0.02}
    assert drawn.worn("skirt", garment) == pytest.approx(garment)
    assert action.z(SHOULDER) == pytest.approx(templates.style("action")["size"]["shoulder_z"])
    size = templates.style("action")["size"]
    assert action.z(-LEG) == pytest.approx(size["ankle"] - size["pelvis_z"])
    fitted = action.outline(shape)
    x, y, z = action.point((0.03, 0.0, 0.1))
    assert y == 0
    assert fitted.distance(np.float32([x]), np.float32([z]))[0] < 0
    assert fitted.low[0] <= x <= fitted.high[0]
    assert fitted.low[1] <= z <= fitted.high[1]


@pytest.mark.parametrize("style", STYLES)
def test_a_fitted_outline_lies_within_its_box_on_either_side_of_the_body(style):
    """A box too small would leave a part open where it ends."""
    fit = Fit.of(templates.style(style)["size"])
    for x, z in itertools.product((-0.06, 0.06), (-0.03, 0.03, 0.15)):
        fitted = fit.outline(rounded(x, z, 0.03, 0.03, 0.004))
        grid = np.float32(np.linspace(-0.2, 0.25, 181))
        px, pz = np.meshgrid(grid, grid)
        inside = fitted.distance(px, pz) < 0
        assert inside.any()
        assert px[inside].min() >= fitted.low[0] - 1e-6
        assert px[inside].max() <= fitted.high[0] + 1e-6
        assert pz[inside].min() >= fitted.low[1] - 1e-6
        assert pz[inside].max() <= fitted.high[1] + 1e-6


@pytest.mark.parametrize(("style", "outfit"), [*itertools.product(STYLES, OUTFITS)])
def test_every_outfit_covers_the_trunk_of_every_style(style, outfit):
    """Belly, hips and chest lie under cloth, front and back."""
    design = Design(style=style, outfit=outfit, hair="bald")
    s, _ = skeleton_of(design)
    cloth = [p.field for p in build(design) if p.name not in ("skin", "soles", "shoes", "metal")]
    size = s.size
    for z, r in (
        (0.0, "hip_r"),
        (size["shoulder_z"] * 0.38, "belly_r"),
        (size["shoulder_z"] * 0.7, "chest_r"),
    ):
        out = size[r] * 0.90
        around = [(out * np.cos(a), out * size["torso_flat"] * np.sin(a), z) for a in np.arange(0, 6.28, 0.4)]
        nearest = np.min([sample(part, s.chest.point(around)) for part in cloth], axis=0)
        assert nearest.max() < 0.002, (z, nearest)


def test_joints_are_lines_in_skin_and_cloth_no_deeper_than_asked():
    s, _ = skeleton_of(Design(style="action"))
    limb = s.arms[1]
    arm = body.arm(s, limb)
    cut = grooved(s, arm, 0.004, 0.006)
    elbow = next(r for r in rings(s) if np.allclose(r.at, limb.b + (limb.c - limb.b) * 0.16))
    way = elbow.way / np.linalg.norm(elbow.way)
    side = np.cross(way, [0, 0, 1.0])
    side /= np.linalg.norm(side)
    line = np.array([elbow.at + side * r for r in np.linspace(0.0, 0.05, 201)])
    whole, sunk = sample(arm, line), sample(cut, line)
    surface, floor = line[whole > 0][0], line[sunk > 0][0]
    assert np.linalg.norm(surface - floor) == pytest.approx(0.004, abs=0.0006)
    beside = line + way * 0.02
    assert np.allclose(sample(cut, beside) > 0, sample(arm, beside) > 0)
    names = {r.reach for r in rings(s)} - {r.reach for r in rings(s, {"waist", "hips"})}
    assert names
    assert not any(isinstance(op[1], Grooved) for p in build(Design(style="doll")) for op in p.field.ops)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("thin", [0.004, 0.0182])
def test_neck_and_limbs_are_no_thinner_than_a_pin_may_be(style, thin):
    skin = next(p.field for p in build(Design(style=style, hair="bald"), thin=thin) if p.name == "skin")
    s, _ = skeleton_of(Design(style=style))
    least = PIN * thin * 0.97
    points = [s.neck - [0, 0, 0.004], *(limb.b * 0.3 + limb.c * 0.7 for limb in s.arms)]
    for point in points:
        assert -sample(skin, [point])[0] > min(least, s.size["wrist_r"] * 0.9)
        if thin > 0.01:
            assert -sample(skin, [point])[0] > least


def test_two_bones_reach_a_place_and_stretch_towards_one_too_far():
    root, lengths = np.zeros(3), (0.15, 0.12)
    near, far, out = np.array([0.1, -0.1, 0.05]), np.array([0.0, -1.0, 0.0]), np.array([1.0, 0, -1])
    elbow, wrist = bent(root, lengths, near, out)
    assert np.allclose(wrist, near)
    assert np.linalg.norm(elbow) == pytest.approx(0.15)
    assert np.linalg.norm(wrist - elbow) == pytest.approx(0.12)
    elbow, wrist = bent(root, lengths, far, out)
    assert np.linalg.norm(wrist) == pytest.approx(0.27 * 0.995)
    turn = carried(np.eye(3), far)
    assert np.allclose(turn @ [0, 0, -1], [0, -1, 0])
    assert np.allclose(turn.T @ turn, np.eye(3))


@pytest.mark.parametrize("style", ["action", "doll", "block"])
def test_hands_that_touch_do_so_in_every_build(style):
    s, tables = skeleton_of(Design(style=style, pose="hands-on-hips"))
    for limb in s.arms:
        assert abs(sample(body.torso(s), [limb.end.origin])[0]) < s.size["hand"] * 1.1
    s, tables = skeleton_of(Design(style=style, pose="think"))
    skull = heads.skull(s.head, tables["head"])
    chin = s.head.point((0, -0.6, -0.9))
    assert np.linalg.norm(s.arms[1].end.origin - chin) < s.size["hand"] + s.head.scale * 0.75
    assert sample(skull, [s.arms[1].end.origin])[0] > 0


@pytest.mark.parametrize("style", EYES)
@pytest.mark.parametrize("line", [0.03, 0.13])
def test_every_eye_lies_at_its_place_and_has_a_glint(style, line):
    found = eye(0.4, -0.2, 0.19, 0.2, 1, style, line)
    assert {"dark", "glint"} <= set(found)
    for outline in found.values():
        x, z = np.meshgrid(np.float32(np.linspace(-0.4, 1.2, 161)), np.float32(np.linspace(-1, 0.6, 161)))
        inside = outline.distance(x, z) < 0
        assert inside.any()
        assert abs(x[inside].mean() - 0.4) < 0.2
        assert x[inside].min() >= outline.low[0] - 1e-6
        assert x[inside].max() <= outline.high[0] + 1e-6


def test_a_block_head_has_flat_sides_and_an_underside_that_prints():
    head = templates.style("block")["head"]
    skull = heads.skull(Frame.at((0, 0, 0)), head)
    side = sample(skull, [(head["wide"] + 0.001, y, z) for y in (-0.3, 0.0, 0.3) for z in (0.0, 0.3)])
    assert np.allclose(side, 0.001, atol=0.02)
    # From the mouth down to the neck its outline draws in by less than it falls.
    widths = []
    for z in (-0.5, -0.9):
        x = np.linspace(0, 1.2, 400)
        widths.append(x[sample(skull, np.stack([x, 0 * x, 0 * x + z], 1)) < 0].max())
    assert 0.05 < widths[0] - widths[1] < 0.4


@pytest.mark.parametrize(
    ("old", "new", "key", "hint"),
    [
        ('build = "box"', 'build = "wire"', "build", "'round' or 'slim' or 'muscle' or 'box'"),
        ("arms_in = 0.7", "arms_in = 3.0", "arms_in", "it may be from 0 to 1"),
        ("box = 0.52", "box = -1.0", "box", "it may be from 0 to 0.8"),
        ('style = "block"', 'style = "square"', "style", "'shine' or 'dot'"),
        ("tall = 0.190", "tall = 0.190\nline = 0.2", "line", "it may be from 0.75 to 2"),
        ("head = 0.165", "head = 0.0", "head", "it may be from 0.005 to 1.2"),
    ],
)
def test_a_style_s_fault_is_told_with_its_line_and_range(old, new, key, hint, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = resources.find("styles", "block").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "templates" / "styles" / "mine.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace(old, new))
    with pytest.raises(TemplateError) as caught:
        templates.style("mine")
    assert f".{key} is" in caught.value.message
    assert caught.value.message.startswith(f"{path}:")
    assert hint in str(caught.value.hint)


def report(style, outfit, height, hair="short"):
    parts, whole, _ = sculpture(Design(style=style, outfit=outfit, hair=hair), height, "fdm")
    assert whole.body_count == 1
    return inspect(assemble(Lifted(parts=parts, solid=whole), height_mm=height, base="round").solid)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("style", "outfit", "height"),
    [
        *(("action", outfit, 60.0) for outfit in ("superhero", "suit")),
        *(("doll", outfit, 60.0) for outfit in ("dress", "hoodie")),
        *(("block", outfit, 60.0) for outfit in ("dungarees", "lab-coat")),
        *(("block", outfit, 90.0) for outfit in ("apron", "scrubs")),
        *((style, "tee-jeans", 90.0) for style in STYLES),
        *((style, "space-suit", 200.0) for style in STYLES),
    ],
)
def test_the_gate_passes_a_style_at_its_heights(style, outfit, height):
    found = report(style, outfit, height)
    assert [c for c in found.checks if c.level == "fail"] == []


@pytest.mark.slow
def test_the_block_hangs_over_least():
    shares = {style: report(style, "tee-jeans", 60.0, "buzz").measures["overhang_share"] for style in STYLES}
    assert min(shares, key=shares.get) == "block", shares
    assert shares["block"] < 0.7 * shares["chibi"], shares
