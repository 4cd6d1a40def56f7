"""The spec: round trip, precedence, and what it refuses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from fabricate import resources
from fabricate.errors import FabricateError, SpecError, TemplateError
from fabricate.spec import Spec, from_mapping, load, merge, parse_set, to_toml

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=200)
COLOUR = st.from_regex(r"\A#[0-9a-f]{6}\Z")
NAME = st.from_regex(r"\A[a-z]{1,8}\Z")
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "subject": st.fixed_dictionaries(
            {},
            optional={
                "name": TEXT,
                "title": TEXT,
                "describe": TEXT,
                "photo": st.just("/somewhere/photo.jpg"),
                "accessories": st.lists(NAME, max_size=3),
                "consent": st.sampled_from(["self", "guardian", "fictional"]),
            },
        ),
        "likeness": st.fixed_dictionaries(
            {},
            optional={
                "hair": st.fixed_dictionaries({}, optional={"style": NAME, "colour": COLOUR}),
                "skin": st.sampled_from(["monk-01", "monk-10"]) | COLOUR,
                "glasses": NAME,
                "eyes": COLOUR,
                "clothes": st.fixed_dictionaries({}, optional={"top": COLOUR, "shoes": COLOUR}),
            },
        ),
        "stylize": st.fixed_dictionaries(
            {}, optional={"pose": NAME, "seed": st.integers(0, 2**31), "strength": st.floats(0, 1)}
        ),
        "prepare": st.fixed_dictionaries(
            {},
            optional={
                "height_mm": st.floats(20, 1000),
                "process": st.sampled_from(["fdm", "resin"]),
                "base_mm": st.floats(0, 300),
                "colours": st.integers(1, 16),
            },
        ),
        "print": st.fixed_dictionaries({}, optional={"printer": NAME}),
    },
)


@given(TABLES)
def test_a_spec_round_trips_through_toml(tables: dict[str, Any]) -> None:
    spec = from_mapping(tables)
    again = from_mapping(tomllib.loads(to_toml(spec)))
    assert again == spec
    assert to_toml(again) == to_toml(spec)


@given(TABLES, TABLES, TABLES)
def test_what_is_laid_upon_wins_key_by_key(low: Any, middle: Any, high: Any) -> None:
    together = merge(merge(low, middle), high)
    assert together == merge(low, merge(middle, high))

    def leaves(tables: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
        if isinstance(tables, dict):
            return {k: v for name, value in tables.items() for k, v in leaves(value, (*path, name)).items()}
        return {path: tables}

    assert leaves(together) == {**leaves(low), **leaves(middle), **leaves(high)}


def test_every_default_is_written() -> None:
    written = tomllib.loads(to_toml(Spec()))
    assert written["prepare"] == {
        "height_mm": 90.0,
        "process": "fdm",
        "base": "round",
        "base_mm": 0.0,
        "colours": 4,
        "parts": "colours",
        "up": "auto",
        "units": "auto",
        "clean": "auto",
        "thicken": True,
        "orient": "upright",
        "hollow_mm": 0.0,
        "split": "none",
        "palette": "",
        "number": "",
    }
    assert written["stylize"]["seed"] == 7
    assert written["schema"] == 1


def test_the_starter_holds_the_defaults_and_says_what_can_be_chosen() -> None:
    text = resources.find("specs", "starter").read_text(encoding="utf-8")
    assert from_mapping(tomllib.loads(text)) == Spec()
    uncommented = re.sub(r"^# (?=[a-z]+ = )", "", text, flags=re.MULTILINE)
    assert from_mapping(tomllib.loads(uncommented)).likeness.hair.style == "bun"


def test_extends_lies_beneath_the_explicit_keys(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text('extends = "resin"\n[prepare]\nheight_mm = 44\n', encoding="utf-8")
    spec = load(tmp_path / "one.toml")
    assert (spec.prepare.process, spec.prepare.height_mm) == ("resin", 44.0)
    assert spec.slice.profile == "generic-resin"
    assert load(tmp_path / "one.toml", parse_set(["prepare.process=fdm"])).prepare.process == "fdm"


def test_extends_finds_the_makers_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "templates/specs").mkdir(parents=True)
    (tmp_path / "templates/specs/tall.toml").write_text(
        'extends = "resin"\n[prepare]\nheight_mm = 200\n', encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    spec = from_mapping({"extends": "tall", "prepare": {"colours": 2}})
    assert (spec.prepare.height_mm, spec.prepare.process, spec.prepare.colours) == (200.0, "resin", 2)


def test_extending_what_is_not_there_names_the_nearest() -> None:
    with pytest.raises(TemplateError, match="no spec called 'resn'") as told:
        from_mapping({"extends": "resn"})
    assert "'resin'" in told.value.hint


def test_paths_are_taken_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(
        '[subject]\nphoto = "maya.jpg"\naccessories = ["mug", "./trophy.stl"]\n'
        '[prepare]\npalette = "mine.toml"\n',
        encoding="utf-8",
    )
    spec = load(tmp_path / "a.toml")
    assert spec.subject.photo == tmp_path / "maya.jpg"
    assert spec.subject.accessories == ("mug", str(tmp_path / "trophy.stl"))
    assert spec.prepare.palette == str(tmp_path / "mine.toml")


@pytest.mark.parametrize(
    ("tables", "message", "hint"),
    [
        ({"prepare": {"hight_mm": 90}}, "unknown key 'prepare.hight_mm'", "height_mm"),
        ({"likeness": {"hair": {"color": "#aabbcc"}}}, "unknown key 'likeness.hair.color'", "colour"),
        ({"perpare": {}}, "unknown key 'perpare'", "prepare"),
        ({"prepare": {"height_mm": 0}}, "prepare.height_mm should be greater than or equal to 20", "mend"),
        ({"prepare": {"height_mm": -5}}, "greater than or equal to 20, got -5", "mend"),
        ({"prepare": {"height_mm": 10000}}, "less than or equal to 1000, got 10000", "mend"),
        ({"prepare": {"height_mm": float("nan")}}, "prepare.height_mm", "mend"),
        ({"prepare": {"height_mm": "tall"}}, "prepare.height_mm", "mend"),
        ({"prepare": {"process": "sls"}}, "prepare.process should be 'fdm' or 'resin'", "mend"),
        ({"likeness": {"eyes": "green"}}, "likeness.eyes", "mend"),
        ({"schema": 2}, "schema", "mend"),
        ({"subject": {"photo": "a.jpg", "picture": "b.png"}}, "both a photo and a picture", "keep the one"),
    ],
)
def test_what_does_not_fit_is_told_in_two_lines(tables: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(SpecError) as told:
        from_mapping(tables)
    assert message in told.value.message
    assert hint in told.value.hint
    assert len(str(told.value).splitlines()) == 2


@given(st.text(max_size=30))
def test_any_text_for_set_is_read_or_refused(text: str) -> None:
    key, equals, _value = text.partition("=")
    if equals and all(part.strip() for part in key.split(".")):
        assert len(parse_set([text])) == 1
    else:
        with pytest.raises(SpecError, match=r"TABLE\.KEY=VALUE") as told:
            parse_set([text])
        assert "--set prepare.height_mm=120" in told.value.hint


@given(NAME, NAME, st.integers() | st.booleans() | TEXT.map(lambda t: t.replace("\n", " ")))
def test_set_reads_toml_values(table: str, key: str, value: Any) -> None:
    written = tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")
    assert parse_set([f"{table}.{key}={written}"]) == {table: {key: value}}


def test_set_takes_plain_text_and_many() -> None:
    tables = parse_set(["stylize.pose=wave", "stylize.seed=3", "likeness.hair.style=bun"])
    assert tables == {"stylize": {"pose": "wave", "seed": 3}, "likeness": {"hair": {"style": "bun"}}}


@pytest.mark.parametrize("content", [b"[subject\n", b"\xff\xfe\x00", b"name = = 1"])
def test_a_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.toml").write_bytes(content)
    with pytest.raises(SpecError, match=r"a\.toml"):
        load(tmp_path / "a.toml")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no spec at"):
        load(tmp_path / "none.toml")
    with pytest.raises(FabricateError):
        load(tmp_path)
