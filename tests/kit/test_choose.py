"""Choices: explicit before words before photo before seed, and each one taken is told with its flag."""

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate import resources
from fabricate.artifacts import Likeness
from fabricate.cli.flags import FLAGS
from fabricate.errors import MeshError, SpecError
from fabricate.kit import leans, templates
from fabricate.kit.choose import choose
from fabricate.kit.design import MONK
from fabricate.kit.figure import palette
from fabricate.spec import from_mapping, parse_set

SEEN = Likeness(
    hair_style="long",
    hair_colour="#112233",
    skin="monk-07",
    glasses=True,
    beard=True,
    clothes_colour="#445566",
    ratios={"jaw_w": 0.90, "eye_span": 0.70, "nose_w": 0.30},
)
SAID = (
    "short ginger hair, square glasses, a beard, a beanie, green eyes, pale skin, waving, "
    "in a yellow hoodie and blue jeans with red shoes, holding a coffee"
)
GIVEN = {
    "hair": {"style": "bun", "colour": "#abcdef"},
    "skin": "#C0FFEE",
    "glasses": "none",
    "beard": "moustache",
    "hat": "cap",
    "eyes": "#101010",
    "clothes": {"top": "#202020", "bottom": "#303030", "shoes": "#404040"},
}
BY_SEED = object()
"""A choice that the photo leaves to the seed."""


def spec(describe="", likeness=None, title="", accessories=(), **stylize):
    subject = {"describe": describe, "title": title, "accessories": list(accessories)}
    return from_mapping({"subject": subject, "likeness": likeness or {}, "stylize": stylize})


def one(sentences, label):
    """The one sentence about ``label``."""
    (found,) = [s for s in sentences if s.startswith(f"{label}: ")]
    return found


@pytest.mark.parametrize(
    ("field", "by_photo", "by_words", "explicit"),
    [
        ("hair", "long", "short", "bun"),
        ("hair_colour", "#112233", "#c2612c", "#abcdef"),
        ("skin", MONK["monk-07"], MONK["monk-02"], "#c0ffee"),
        ("glasses", "round", "square", None),
        ("beard", BY_SEED, "full", "moustache"),
        ("hat", BY_SEED, "beanie", "cap"),
        ("eyes", BY_SEED, "#4f8a55", "#101010"),
    ],
)
def test_explicit_before_words_before_photo_before_seed(field, by_photo, by_words, explicit):
    def made(said, likeness, photo):
        return getattr(choose(spec(said, likeness), photo)[0], field)

    by_seed = made("", {}, None)
    assert made("", {}, SEEN) == (by_seed if by_photo is BY_SEED else by_photo)
    assert made(SAID, {}, SEEN) == made(SAID, {}, None) == by_words
    assert made(SAID, GIVEN, SEEN) == made("", GIVEN, None) == explicit


def test_clothes_have_the_same_order_and_only_the_top_is_seen():
    assert choose(spec(outfit="hoodie"), SEEN)[0].colours == {"top": "#445566"}
    said = {"top": "#f3cc3c", "bottom": "#2f6fc4", "shoes": "#c8352b"}
    assert choose(spec(SAID), SEEN)[0].colours == said
    assert choose(spec(SAID, GIVEN), SEEN)[0].colours == GIVEN["clothes"]


def test_outfit_and_pose_of_the_words_give_way_to_the_spec():
    design, _ = choose(spec(SAID), SEEN)
    assert (design.outfit, design.pose) == ("hoodie", "wave")
    design, said = choose(spec(SAID, outfit="dress", pose="hero"), SEEN)
    assert (design.outfit, design.pose) == ("dress", "hero")
    assert not [s for s in said if s.startswith(("outfit", "pose"))]


def test_every_choice_from_photo_or_words_is_told_with_a_flag_that_exists():
    flags = {flag.name: flag.key for flag in FLAGS}
    keys = {
        "hair": "likeness.hair.style",
        "hair colour": "likeness.hair.colour",
        "skin": "likeness.skin",
        "glasses": "likeness.glasses",
        "beard": "likeness.beard",
        "hat": "likeness.hat",
        "eyes": "likeness.eyes",
        "outfit": "stylize.outfit",
        "pose": "stylize.pose",
        "accessory": "subject.accessories",
    }
    by_words, by_photo = choose(spec(SAID), None)[1], choose(spec(), SEEN)[1]
    for label, key in keys.items():
        told = one(by_words, label)
        assert "from the words" in told
        assert flags[re.findall(r"--[a-z-]+", told)[0]] == key
    for label in ("hair", "hair colour", "glasses"):
        told = one(by_photo, label)
        assert "from the photo" in told
        assert flags[re.findall(r"--[a-z-]+", told)[0]] == keys[label]
    for told in (one(by_photo, "clothes, top"), *(one(by_words, f"clothes, {r}") for r in ("top", "bottom"))):
        assignment = re.findall(r"--set (\S+)\)", told)[0].replace("rrggbb", "aabbcc")
        assert from_mapping(parse_set([assignment])).likeness.clothes.model_dump(exclude_none=True)
    assert one(by_photo, "proportions")


def test_explicit_choices_are_not_told_back():
    _, told = choose(
        spec("", GIVEN, outfit="dress", pose="hero", accessories=["mug"]), replace(SEEN, ratios={})
    )
    assert told == ()


@given(st.integers(0, 2**31), st.sampled_from(sorted(GIVEN)))
@settings(max_examples=40)
def test_giving_one_choice_leaves_the_seeds_others_as_they_were(seed, key):
    plain, _ = choose(spec(seed=seed), None)
    given_one, _ = choose(spec("", {key: GIVEN[key]}, seed=seed), None)
    mine = {"hair": {"hair", "hair_colour"}, "clothes": {"colours"}}.get(key, {key})
    for field in fields(plain):
        if field.name not in mine:
            assert getattr(plain, field.name) == getattr(given_one, field.name), field.name


def test_the_seed_decides_and_nothing_else_is_random():
    designs = [choose(spec(seed=seed), None)[0] for seed in range(40)]
    assert designs == [choose(spec(seed=seed), None)[0] for seed in range(40)]
    assert len({d.hair for d in designs}) > 3
    assert len({d.skin for d in designs}) > 3
    assert {d.outfit for d in designs} == {"hoodie", "tee-jeans"}


def test_skin_from_a_photo_is_only_a_hint_and_from_the_seed_is_said():
    design, told = choose(spec(), SEEN)
    assert design.skin == MONK["monk-07"]
    assert "only a hint" in one(told, "skin")
    assert "--skin" in one(told, "skin")
    assert "picked by the seed" in one(choose(spec(), None)[1], "skin")
    assert "hint" not in one(choose(spec("dark skin"), SEEN)[1], "skin")


def test_the_title_picks_an_outfit_unless_the_words_do():
    design, told = choose(spec(title="Ceramics teacher"), None)
    assert design.outfit == "dungarees"
    assert "title" in one(told, "outfit")
    assert "--outfit" in one(told, "outfit")
    assert choose(spec("in a dress", title="Ceramics teacher"), None)[0].outfit == "dress"


def test_what_the_words_deny_beats_the_photo():
    design, told = choose(spec("no glasses, no beard"), SEEN)
    assert design.glasses is None
    assert design.beard is None
    assert "from the words" in one(told, "glasses")
    assert "may show" not in one(told, "beard")


def test_a_beard_in_the_photo_is_a_suggestion():
    design, told = choose(spec(), SEEN)
    assert design.beard is None
    assert "--beard" in one(told, "beard")


def test_the_photos_proportions_lean_the_head_a_little():
    design, _ = choose(spec(), SEEN)
    style = resources.read("styles", "chibi")
    assert style["head"]["jaw"] < design.head["jaw"] <= style["head"]["jaw"] * 1.1
    assert style["eyes"]["x"] < design.head["eye_x"] <= style["eyes"]["x"] * 1.1
    extreme, _ = choose(spec(), replace(SEEN, ratios={"jaw_w": 9.0}))
    assert extreme.head["jaw"] <= style["head"]["jaw"] * 1.1


def test_a_one_piece_outfit_stays_of_one_colour():
    design, _ = choose(spec(likeness={"clothes": {"top": "#204060"}}, outfit="jumpsuit"), None)
    assert design.colours["bottom"] == "#204060"


def test_words_that_led_nowhere_are_told():
    _, told = choose(spec("a purple staff"), None)
    assert "staff" in one(told, "not understood")


def test_an_accessory_named_twice_is_there_once_and_the_asked_one_comes_first():
    design, told = choose(spec("with a mug and a book", accessories=["camera", "coffee"]), None)
    assert design.props == ("camera", "mug", "book")
    assert design.held == "camera"
    assert "book" in one(told, "accessory")


@pytest.mark.parametrize(
    ("bad", "error", "hint"),
    [
        ({"likeness": {"skin": "monk-4"}}, SpecError, "monk-04"),
        ({"accessories": ["trophy.stl"]}, SpecError, "./trophy.stl"),
        ({"accessories": ["./nowhere/trophy.stl"]}, MeshError, "check"),
    ],
)
def test_an_unknown_choice_is_an_error_that_says_what_to_do(bad, error, hint):
    with pytest.raises(error) as caught:
        choose(spec(**bad), None)
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


def test_the_face_is_chosen_by_key_before_words():
    said = "smiling, thick eyebrows, freckles, a square jaw and a big nose"
    design, told = choose(spec(said), None)
    assert (design.mouth, design.brows, design.freckles) == ("smile", "thick", True)
    style = resources.read("styles", "chibi")["head"]
    assert design.head["jaw"] > style["jaw"]
    assert design.head["nose"] > style["nose"]
    for label in ("mouth", "brows", "freckles", "face"):
        assert "from the words" in one(told, label)
    given = {"mouth": "frown", "brows": "raised", "freckles": False, "face": "oval"}
    design, told = choose(spec(said, given), None)
    assert (design.mouth, design.brows, design.freckles) == ("frown", "raised", False)
    assert design.head["jaw"] < style["jaw"]
    assert not [s for s in told if s.startswith(("mouth", "brows", "freckles", "face"))]
    plain, _ = choose(spec(), None)
    assert (plain.mouth, plain.brows, plain.freckles, plain.head) == ("smile", "soft", False, {})


def test_the_flags_that_are_told_for_the_face_and_style_set_it():
    _, told = choose(spec("a chibi girl, laughing, raised brows, freckles, a round face"), None)
    for label in ("mouth", "brows", "freckles", "face"):
        assignment = re.findall(r"--set (\S+)\)", one(told, label))[0]
        assert getattr(from_mapping(parse_set([assignment])).likeness, label) is not None
    assert "--style" in one(told, "style")


@pytest.mark.parametrize("key", ["mouth", "brows", "face"])
def test_an_unknown_face_names_the_nearest(key):
    bad = {"mouth": "smlie", "brows": "thik", "face": "round, skwuare"}[key]
    with pytest.raises(SpecError) as caught:
        choose(spec("", {key: bad}), None)
    assert {"mouth": "'smile'", "brows": "'thick'", "face": "'square'"}[key] in caught.value.hint


@pytest.mark.parametrize("style", resources.names("styles"))
def test_an_average_face_is_the_styles_own_and_no_ratio_moves_it_far(style):
    own = templates.style(style)
    assert leans.leaning(own, leans.USUAL, []) == {}
    for ratio, usual in leans.USUAL.items():
        less, more = (leans.leaning(own, {ratio: usual * f}, []) for f in (0.93, 1.07))
        assert less.keys() == more.keys()
        far = leans.leaning(own, {ratio: usual * 9}, [])
        for key, value in far.items():
            before = own["head"].get(key, own["eyes"].get(key.removeprefix("eye_"), float(key != "brow_up")))
            assert abs(value - before) <= 0.26 * max(abs(before), 0.2)
    moved = {
        key for ratio in leans.USUAL for key in leans.leaning(own, {ratio: leans.USUAL[ratio] * 1.1}, [])
    }
    wanted = {"wide", "jaw", "eye_x", "eye_wide", "mouth_wide", "nose_tall", "chin", "brow_up"}
    assert moved == wanted | ({"nose"} if own["head"].get("nose") else set())


def test_colours_of_what_is_worn_and_held_come_from_the_words():
    design, told = choose(
        spec("a red beanie, a grey beard, a suit and a green tie, holding a blue mug"), None
    )
    assert {k: design.colours[k] for k in ("hat", "beard", "tie", "mug")} == {
        **{"hat": "#c8352b", "beard": "#8d8d90", "tie": "#3d9a50", "mug": "#2f6fc4"}
    }
    worn = palette(design)
    assert worn["hat"] == "#c8352b"
    assert worn["beard"] == "#8d8d90"
    assert worn["prop/cup"] == "#2f6fc4"
    _, told = choose(spec("a red tie", outfit="dress"), None)
    assert "tie" in one(told, "not used")


def test_an_unknown_accessory_is_told_with_the_nearest_and_the_run_goes_on():
    design, told = choose(spec(accessories=["cofee", "mug"]), None)
    assert design.props == ("mug",)
    sentence = one(told, "accessory")
    assert "'cofee'" in sentence
    assert "'coffee'" in sentence
    assert "icon" in sentence


def test_a_pattern_goes_where_there_is_cloth_for_it():
    design, _ = choose(spec("a striped t-shirt and jeans"), None)
    assert design.patterns == {"top": "stripes"}
    shown, _ = choose(spec("a lab coat over a checked shirt"), None)
    assert shown.patterns == {"shirt": "check"}
    plain, _ = choose(spec("a striped t-shirt", {"clothes": {"top_pattern": "plain"}}), None)
    assert plain.patterns == {"top": ""}
    none, said = choose(spec("striped jeans", outfit="tee-jeans"), None)
    assert none.patterns == {}
    assert any(s.startswith("not used: stripes on the bottom") for s in said)
    with pytest.raises(SpecError, match="top_pattern"):
        choose(spec("", {"clothes": {"top_pattern": "paisley"}}), None)


def test_a_pattern_shows_upon_its_cloth():
    for top in ("#f4efe2", "#1e1e22", "#c8352b", "#888888"):
        design, _ = choose(spec("a striped t-shirt", {"clothes": {"top": top}}), None)
        colours = palette(design)
        assert (
            sum(abs(int(colours["print"][i : i + 2], 16) - int(top[i : i + 2], 16)) for i in (1, 3, 5)) > 150
        )
