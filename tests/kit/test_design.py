"""Designs: plain data that JSON keeps, colours that stay colours."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabricate import resources
from fabricate.kit.design import MONK, Design, darker, is_path, levels, mix
from fabricate.kit.features import BROWS, MOUTHS
from fabricate.kit.figure import build, palette

COLOUR = re.compile(r"#[0-9a-f]{6}")
colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def one_of(kind):
    return st.sampled_from(resources.names(kind))


designs = st.builds(
    Design,
    style=one_of("styles"),
    pose=one_of("poses"),
    outfit=one_of("outfits"),
    hair=one_of("hair"),
    hair_colour=colours,
    skin=colours,
    eyes=colours,
    glasses=st.none() | one_of("glasses"),
    beard=st.none() | one_of("beards"),
    hat=st.none() | one_of("hats"),
    mouth=st.sampled_from(MOUTHS),
    brows=st.sampled_from(BROWS),
    freckles=st.booleans(),
    props=st.lists(one_of("accessories") | st.just("/a/trophy.stl"), unique=True).map(tuple),
    colours=st.dictionaries(st.sampled_from(["top", "bottom", "trim", "shoes"]), colours),
    head=st.dictionaries(st.sampled_from(["jaw", "eye_x"]), st.floats(0.3, 0.9)),
)


@given(designs)
def test_a_design_comes_back_from_json_equal(design):
    assert Design.from_json(json.loads(json.dumps(design.to_json()))) == design


def test_a_key_that_no_design_has_is_refused():
    with pytest.raises(TypeError, match="wings"):
        Design.from_json({**Design().to_json(), "wings": 2})


@given(designs)
def test_every_colour_is_valid_and_the_designs_own_are_kept(design):
    found = palette(design)
    assert all(COLOUR.fullmatch(colour) for colour in found.values()), found
    assert (found["skin"], found["hair"], found["iris"]) == (design.skin, design.hair_colour, design.eyes)
    assert design.colours.items() <= found.items()


@pytest.mark.parametrize("outfit", resources.names("outfits"))
@pytest.mark.parametrize("hat", resources.names("hats"))
def test_every_part_of_a_figure_has_a_colour_of_its_own_template(outfit, hat):
    design = Design(outfit=outfit, hat=hat, beard="full", glasses="round", mouth="open", props=("mug",))
    found = palette(design)
    pieces = build(design)
    assert {piece.name for piece in pieces} <= found.keys()
    assert all(piece.colour == found[piece.name] for piece in pieces)


@given(colours, colours, st.floats(0, 1))
def test_a_mix_lies_between_its_two_and_darker_is_darker(a, b, share):
    mixed = levels(mix(a, b, share))
    rounding = 0.51 / 255
    for low, middle, high in zip(levels(a), mixed, levels(b), strict=True):
        assert min(low, high) - rounding <= middle <= max(low, high) + rounding
    assert mix(a, b, 0) == a
    assert mix(a, b, 1) == b
    assert all(x <= y for x, y in zip(levels(darker(a, share)), levels(a), strict=True))


def test_the_monk_scale_runs_from_light_to_dark():
    assert list(MONK) == [f"monk-{k:02d}" for k in range(1, 11)]
    light = [sum(levels(MONK[name])) for name in MONK]
    assert light == sorted(light, reverse=True)


def test_what_is_held_is_the_first_that_has_a_grip():
    assert Design().held is None
    assert Design(props=("mug", "ball")).held == "mug"
    assert Design(props=("/a/trophy.stl", "ball")).held == "ball"
    assert Design(props=("/a/trophy.stl",)).held is None
    assert is_path("C:\\trophy.stl")
    assert not is_path("mug")
