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
    assert said.not_understood == ("curly", "striped", "shirt")


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
        ("short man, round face", {}),
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


def test_dark_and_light_shift_a_colour() -> None:
    def lightness(text: str) -> int:
        colour = read(text).likeness["clothes"]["top"]
        return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))

    assert lightness("dark green shirt") < lightness("green shirt") < lightness("light green shirt")


def test_what_is_not_understood_is_handed_back() -> None:
    said = read("a grumpy wizard with a purple staff and blue hair")
    assert said.likeness == {"hair": {"colour": "#2f6fc4"}}
    assert said.not_understood == ("grumpy", "wizard", "purple", "staff")


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
