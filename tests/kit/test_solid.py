"""Whole figures: closed parts that abut, one body, unit height, floors that hold at any size."""

import itertools
from dataclasses import replace

import manifold3d
import numpy as np
import pytest

from fabricate import resources
from fabricate.kit.design import Design
from fabricate.kit.meshes import floors
from fabricate.kit.solid import _placed, sculpture
from fabricate.solid.colour import colour_of
from fabricate.solid.topology import census

MAYA = Design(hair="bun", outfit="dungarees", pose="wave", glasses="round", props=("mug", "ball"))


def manifold(mesh):
    raw = manifold3d.Mesh(np.asarray(mesh.vertices, np.float32), np.asarray(mesh.faces, np.uint32))
    return manifold3d.Manifold(raw)


def sound(mesh):
    return mesh.is_watertight and mesh.volume > 0 and manifold(mesh).status().name == "NoError"


@pytest.fixture(scope="module")
def maya():
    return sculpture(MAYA, 90.0, "fdm")


def test_every_part_and_the_whole_are_closed_and_outward(maya):
    parts, whole, accessories = maya
    assert sound(whole)
    assert whole.body_count == 1
    assert all(sound(part) for part in parts.values())
    assert set(accessories) == {"mug", "ball"}
    assert all(sound(part) for thing in accessories.values() for part in thing.values())


def test_the_whole_is_one_unit_tall_in_the_figure_frame(maya):
    _, whole, _ = maya
    low, high = whole.bounds
    assert low[2] == pytest.approx(0, abs=1e-5)
    assert high[2] == pytest.approx(1, abs=1e-5)
    assert np.allclose((low + high)[:2], 0, atol=1e-5)


def test_parts_abut_and_do_not_overlap(maya):
    parts, whole, _ = maya
    assert sum(p.volume for p in parts.values()) == pytest.approx(whole.volume, rel=2e-3)


def test_parts_have_the_design_s_colours(maya):
    parts, _, accessories = maya
    assert colour_of(parts["skin"]) == MAYA.skin
    assert colour_of(parts["hair"]) == MAYA.hair_colour
    assert colour_of(parts["iris"]) == MAYA.eyes
    assert "prop/cup" in parts
    assert "prop/ball" not in parts
    assert set(accessories["mug"]) == {"cup", "band", "coffee"}


def test_eyes_look_forward_and_the_prop_is_in_the_right_hand(maya):
    parts, _, _ = maya
    assert parts["white"].centroid[1] < parts["hair"].centroid[1]
    assert parts["prop/cup"].centroid[0] < -0.1
    assert parts["white"].centroid[2] > 0.5


def designs():
    """Each hair, outfit, pose, hat, beard, pair of glasses and accessory at least once."""
    columns = {
        "hair": resources.names("hair"),
        "outfit": resources.names("outfits"),
        "pose": resources.names("poses"),
        "hat": [None, *resources.names("hats")],
        "beard": [None, *resources.names("beards")],
        "glasses": [*resources.names("glasses"), None],
        "props": [(), *((name,) for name in resources.names("accessories"))],
    }
    most = max(len(values) for values in columns.values())
    for k in range(most):
        yield Design(**{key: values[k % len(values)] for key, values in columns.items()})


@pytest.mark.slow
@pytest.mark.parametrize("design", list(designs()), ids=lambda d: f"{d.hair}-{d.outfit}-{d.pose}")
def test_every_template_makes_one_sound_body(design):
    parts, whole, accessories = sculpture(design, 60.0, "fdm")
    assert sound(whole)
    assert whole.body_count == 1
    assert all(
        sound(part)
        for part in [*parts.values(), *itertools.chain(*(a.values() for a in accessories.values()))]
    )


@pytest.mark.parametrize("touch", [(1.0, 1.0, 0.0), (1.0, 1.0, 1.0)], ids=["edge", "corner"])
def test_bodies_that_touch_at_an_edge_or_a_corner_are_drawn_apart(touch):
    """A file knows places alone: joined there, an edge would have four faces."""
    block = manifold3d.Manifold.cube((1.0, 1.0, 1.0))
    both = manifold3d.Manifold.compose([block, block.translate(touch)])
    made = _placed(both, (0.5, np.zeros(3)))
    found = census(made)
    assert found.sound
    assert len(found.volumes) == 2
    assert made.volume == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("process", ["fdm", "resin"])
def test_floors_grow_as_the_figure_shrinks(process):
    small, large = floors(40, process), floors(200, process)
    assert small.thin > large.thin
    assert small.thin * 2 * 40 / 1.12 >= (1.2 if process == "fdm" else 1.0)


def test_without_relief_the_face_is_flush_and_keeps_its_colours():
    plain, whole, _ = sculpture(replace(MAYA, props=(), relief=0.0), 60.0, "fdm")
    raised, tall, _ = sculpture(replace(MAYA, props=()), 60.0, "fdm")
    assert sound(whole)
    assert {"white", "iris", "dark", "brow", "glasses"} <= set(plain)
    assert all(sound(part) for part in plain.values())
    # Nothing stands before the skin where an eye is: its foremost point lies in the head's own surface.
    assert plain["iris"].bounds[0][1] > raised["iris"].bounds[0][1] + 0.003
    assert whole.volume < tall.volume
    assert sum(p.volume for p in plain.values()) == pytest.approx(whole.volume, rel=2e-3)


def test_a_higher_relief_stands_further_out():
    low, high = floors(90, "fdm"), floors(90, "fdm", 0.6)
    assert high.step == pytest.approx(low.step * 2, rel=0.2)
    assert floors(90, "resin").step < low.step


def test_what_a_hat_leaves_of_a_bun_does_not_float():
    parts, whole, _ = sculpture(Design(hair="bun", hat="party-hat", beard="long-beard"), 50.0, "fdm")
    assert sound(whole)
    assert whole.body_count == 1
    assert all(sound(part) for part in parts.values())
    assert parts["hair"].body_count == 1


def test_a_jump_stands_on_its_peg():
    parts, whole, _ = sculpture(replace(MAYA, props=(), pose="jump"), 60.0, "fdm")
    assert sound(whole)
    assert whole.body_count == 1
    assert parts["peg"].bounds[0][2] == pytest.approx(0, abs=1e-4)
    assert parts["soles"].bounds[0][2] > 0.02
