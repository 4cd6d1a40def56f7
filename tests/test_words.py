"""Descriptions are read into design choices: what was said, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fabricate import resources
from fabricate.spec import LikenessTable
from fabricate.words import Words, read
from fabricate.words.lexicon import _lexicon

NONE = Words()

SPOKEN = sorted({" ".join(phrase) for phrase in _lexicon()})


def test_the_sentence_of_the_design() -> None:
    said = read("curly red hair in a bun, round glasses, green dungarees over a striped shirt, no hat")
    assert said.likeness == {
        "hair": {"style": "bun", "colour": "#a8452b"},
        "glasses": "round",
        "hat": "none",
        "clothes": {"bottom": "#3d9a50"},
    }
    assert said.outfit == "dungarees"
    assert said.accessories == ()
    assert said.pose is None
    assert "hair: bun" in said.understood
    assert said.patterns == {"top": "stripes"}
    assert said.not_understood == ("curly",)


@pytest.mark.parametrize(
    ("text", "likeness"),
    [
        ("no glasses", {"glasses": "none"}),
        ("without a beard", {"beard": "none"}),
        ("she doesn\u2019t wear glasses", {"glasses": "none"}),
        ("no hat, glasses or beard", {"hat": "none", "glasses": "none", "beard": "none"}),
        ("no hat but glasses", {"hat": "none", "glasses": "round"}),
        ("no hat and square glasses", {"hat": "none", "glasses": "square"}),
        ("clean-shaven", {"beard": "none"}),
        ("no hair", {"hair": {"style": "bald"}}),
        ("a bald man", {"hair": {"style": "bald"}}),
        ("not bald", {}),
        ("her hair is short and black", {"hair": {"style": "short", "colour": "#1d1a1a"}}),
        ("hair: black, curly", {"hair": {"style": "curly", "colour": "#1d1a1a"}}),
        ("long, red hair", {"hair": {"style": "long", "colour": "#a8452b"}}),
        ("a redhead with a full beard", {"hair": {"colour": "#a8452b"}, "beard": "full"}),
        ("short-haired", {"hair": {"style": "short"}}),
        ("blue-eyed", {"eyes": "#4a83b8"}),
        ("her eyes are green", {"eyes": "#4f8a55"}),
        ("dark skin", {"skin": "monk-08"}),
        ("very dark skin", {"skin": "monk-10"}),
        ("monk-04", {"skin": "monk-04"}),
        ("a black coat", {"clothes": {"top": "#1e1e22"}}),
        ("#12ab9f trousers and white shoes", {"clothes": {"bottom": "#12ab9f", "shoes": "#f4f2ec"}}),
        ("a rebeccapurple shirt", {"clothes": {"top": "#663399"}}),
        ("JET-BLACK HAIR", {"hair": {"colour": "#141316"}}),
        ("a black man", {}),
        ("short man, round face", {"face": "round"}),
        ("a long red scarf and hair", {}),
        ("grandmother", {}),
        ("", {}),
    ],
)
def test_likeness(text: str, likeness: dict[str, object]) -> None:
    assert read(text).likeness == likeness


def test_outfit_pose_and_accessories() -> None:
    said = read("in a hoodie and jeans, waving, holding a camera and two mugs, no book")
    assert (said.outfit, said.pose, said.accessories) == ("hoodie", "wave", ("camera", "mug"))
    assert "no book" in said.understood
    assert said.not_understood == ("two",)


def chosen(text: str) -> dict[str, object]:
    """Every choice that a sentence led to, flat: ``hair``, ``top``, ``outfit``, ``hat``, ``not`` ..."""
    said = read(text)
    flat: dict[str, object] = {}
    for key, value in said.likeness.items():
        if key == "hair":
            flat |= {"hair" if k == "style" else "hair colour": v for k, v in value.items()}
        elif key == "clothes":
            flat |= value
        else:
            flat[key] = value
    flat |= {f"{role} colour": code for role, code in said.colours.items()}
    flat |= {k: v for k, v in (("outfit", said.outfit), ("pose", said.pose), ("style", said.style)) if v}
    if said.accessories:
        flat["with"] = said.accessories
    if said.not_understood:
        flat["not"] = said.not_understood
    return flat


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("freckles", {"freckles": True}),
        ("a freckled face", {"freckles": True}),
        ("no freckles", {"freckles": False}),
        ("smiling", {"mouth": "smile"}),
        ("with a big smile", {"mouth": "grin"}),
        ("laughing out loud", {"mouth": "open", "not": ("out", "loud")}),
        ("not smiling", {"mouth": "calm"}),
        ("a frowning man", {"mouth": "frown"}),
        ("an open mouth", {"mouth": "open"}),
        ("surprised", {"mouth": "surprised"}),
        ("thick eyebrows", {"brows": "thick"}),
        ("bushy brows and a beard", {"brows": "thick", "beard": "full"}),
        ("her eyebrows are thin", {"brows": "thin"}),
        ("a determined look", {"brows": "determined"}),
        ("a round face", {"face": "round"}),
        ("square jaw, big nose", {"face": "square, big-nose"}),
        ("big blue eyes", {"eyes": "#4a83b8", "face": "big-eyes"}),
        ("a round-faced girl with round glasses", {"face": "round", "glasses": "round"}),
        ("pointed chin", {"face": "heart"}),
        ("a chibi girl", {"style": "chibi"}),
        ("a red beanie", {"hat": "beanie", "hat colour": "#c8352b"}),
        ("a Sikh man, blue turban", {"hat": "turban", "hat colour": "#2f6fc4", "not": ("sikh",)}),
        ("a green hijab", {"hat": "hijab", "hat colour": "#3d9a50"}),
        ("her hat is yellow", {"hat": "cap", "hat colour": "#f3cc3c"}),
        ("red glasses", {"glasses": "round", "glasses colour": "#c8352b"}),
        ("a long grey beard", {"beard": "long-beard", "beard colour": "#8d8d90"}),
        ("a navy suit and red tie", {"outfit": "suit", "top": "#1f2e54", "tie colour": "#c8352b"}),
        (
            "black jacket over a white shirt",
            {"outfit": "suit", "top": "#1e1e22", "shirt colour": "#f4f2ec"},
        ),
        (
            "a white shirt under a black jacket",
            {"outfit": "suit", "top": "#1e1e22", "shirt colour": "#f4f2ec"},
        ),
        ("her trousers are navy and her blouse is coral", {
            "bottom": "#1f2e54", "top": "#f0735a", "outfit": "skirt-top",
        }),
        ("an olive green shirt", {"top": "#6f7038"}),
        ("rust coloured corduroy trousers", {"bottom": "#a84a24", "not": ("corduroy",)}),
        ("a brown bomber jacket", {"outfit": "suit", "top": "#7a4e2c", "not": ("bomber",)}),
        ("a light gray sweater", {"outfit": "hoodie", "top": "#b9bbbf"}),
        ("a light grey jumper", {"outfit": "hoodie", "top": "#b9bbbf"}),
        ("brown boots and white socks", {"shoes": "#7a4e2c", "not": ("white", "socks")}),
        ("crimson sneakers and teal leggings", {"shoes": "#a61b33", "bottom": "#1f8285"}),
        ("with a red mug and a brown backpack", {
            "with": ("mug", "backpack"), "mug colour": "#c8352b", "backpack colour": "#7a4e2c",
        }),
        ("hands on hips, thumbs up", {"pose": "hands-on-hips", "not": ("thumbs up",)}),
        ("an old man with a walking stick", {"not": ("old", "walking stick")}),
        ("a cowboy", {"hat": "cowboy-hat", "outfit": "tee-jeans"}),
        ("a cowboy without a hat", {"hat": "none", "outfit": "tee-jeans"}),
        ("a rock star in a suit", {"outfit": "suit", "with": ("guitar",)}),
        ("not a cowboy", {"not": ("cowboy",)}),
        ("a firefighter with a yellow helmet", {
            "hat": "hard-hat", "hat colour": "#f3cc3c", "outfit": "jumpsuit",
        }),
        ("she's got dark skin and a black afro", {
            "skin": "monk-08", "hair": "afro", "hair colour": "#1d1a1a",
        }),
    ],
)  # fmt: skip
def test_sentences(text: str, choices: dict[str, object]) -> None:
    assert chosen(text) == choices


def test_who_somebody_is_dresses_them_in_what_there_is() -> None:
    kinds = {"hat": "hats", "outfit": "outfits", "accessory": "accessories", "hair": "hair"}
    for job, usual in resources.read("words", "grammar")["jobs"].items():
        assert usual
        for key, name in usual.items():
            assert name in resources.names(kinds[key]), job


def test_dark_and_light_shift_a_colour() -> None:
    def lightness(text: str) -> int:
        colour = read(text).likeness["clothes"]["top"]
        return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))

    assert lightness("dark green shirt") < lightness("green shirt") < lightness("light green shirt")


def test_what_is_not_understood_is_handed_back() -> None:
    said = read("a grumpy warlock with a purple staff and blue hair")
    assert said.likeness == {"hair": {"colour": "#2f6fc4"}, "mouth": "frown"}
    assert said.not_understood == ("warlock", "purple", "staff")


def test_the_makers_own_template_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read("with a beehive").likeness == {}
    folder = tmp_path / "templates" / "hair"
    folder.mkdir(parents=True)
    (folder / "tower.toml").write_text('name = "tower"\nwords = ["beehive"]\n')
    monkeypatch.chdir(tmp_path)
    assert read("with a beehive").likeness == {"hair": {"style": "tower"}}


def test_every_template_is_understood_by_one_of_its_words() -> None:
    general = {"hair": "hair", "outfits": "outfit"}
    for kind in ("hair", "outfits", "hats", "glasses", "beards", "poses", "accessories"):
        for name in resources.names(kind):
            words = [*resources.read(kind, name).get("words", ()), name]
            said = [read(f"{word} {general.get(kind, '')}") for word in words]
            found = [
                (one.likeness.get("hair", {}).get("style"), one.outfit, one.pose, *one.accessories)
                for one in said
            ]
            found += [tuple(one.likeness.get(key) for key in ("hat", "glasses", "beard")) for one in said]
            assert any(name in choices for choices in found), (kind, name)


def test_general_names_lead_to_a_template_that_exists() -> None:
    said = read("glasses, a hat and a beard").likeness
    for field, kind in (("glasses", "glasses"), ("hat", "hats"), ("beard", "beards")):
        assert said[field] in resources.names(kind)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    text=st.one_of(
        st.text(max_size=200),
        st.lists(st.sampled_from([*SPOKEN[::3], ",", ".", "and", "no", "or", "xyzzy"]), max_size=14).map(
            " ".join
        ),
    )
)
def test_any_text_is_read_the_same_twice_and_fits_the_spec(text: str) -> None:
    said = read(text)
    assert said == read(text)
    LikenessTable.model_validate(said.likeness)
    assert said.outfit is None or said.outfit in resources.names("outfits")
    assert said.pose is None or said.pose in resources.names("poses")
    assert set(said.accessories) <= set(resources.names("accessories"))
    chosen = [said.likeness.get(key) for key in ("glasses", "hat", "beard")]
    assert set(chosen) <= {
        None,
        "none",
        *(n for k in ("glasses", "hats", "beards") for n in resources.names(k)),
    }


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=st.lists(st.text(alphabet="bdfgkmvxz", min_size=4, max_size=9), min_size=1, max_size=12))
def test_unknown_words_choose_nothing(words: list[str]) -> None:
    known = set(" ".join(SPOKEN).split())
    words = [word for word in words if word not in known and word.rstrip("s") not in known]
    said = read(" ".join(words))
    assert (said.likeness, said.outfit, said.pose, said.accessories) == ({}, None, None, ())
    assert said.not_understood == tuple(dict.fromkeys(words))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(noise=st.lists(st.text(alphabet="bdfgkmvxz", min_size=5, max_size=9), max_size=5).map(" ".join))
def test_noise_in_another_sentence_changes_nothing(noise: str) -> None:
    plain = read("long blonde hair, no glasses")
    noisy = read(f"{noise}. long blonde hair, no glasses. {noise}")
    assert noisy.likeness == plain.likeness
    assert noisy.understood == plain.understood


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("a dotted dress", {"top": "dots"}),
        ("polka dot skirt, striped top", {"bottom": "dots", "top": "stripes"}),
        ("a black t-shirt with white stripes", {"top": "stripes"}),
        ("a dress without dots", {"top": "plain"}),
        ("a plain dress", {"top": "plain"}),
        ("a lab coat over a checked shirt", {"shirt": "check"}),
        ("a checked shirt under a lab coat", {"shirt": "check"}),
        ("stripes", {}),
    ],
)
def test_patterns(text: str, patterns: dict[str, str]) -> None:
    assert read(text).patterns == patterns


def test_the_second_colour_is_the_patterns_own() -> None:
    said = read("a red and white striped jumper")
    assert said.likeness["clothes"]["top"] != said.colours["print"]
    assert not said.not_understood
