"""The command line: flags and their precedence, exit statuses, two-line errors, one JSON object."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import unicodedata
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabricate import resources
from fabricate.cli import cli, run
from fabricate.cli.flags import FLAGS, Flag, over
from fabricate.cli.subject import resolve, slug
from fabricate.cli.terminal import Terminal, tell_error
from fabricate.errors import FabricateError, SubjectError
from fabricate.events import Event
from fabricate.spec import Spec, from_mapping
from tests.small import fabricate

VALUES: dict[str, tuple[Any, Any, Any]] = {
    "subject.consent": ("self", "guardian", "fictional"),
    "subject.accessories": (["a"], ["b"], ["c"]),
    "likeness.hair.colour": ("#000001", "#000002", "#000003"),
    "likeness.eyes": ("#000001", "#000002", "#000003"),
    "stylize.seed": (1, 2, 3),
    "prepare.height_mm": (41.0, 42.0, 43.0),
    "prepare.process": ("resin", "fdm", "resin"),
    "prepare.colours": (1, 2, 3),
    "prepare.relief": (0.3, 0.4, 0.5),
    "prepare.base_mm": (41.0, 42.0, 43.0),
    "prepare.parts": ("solid", "colours", "pegged"),
    "prepare.split": ("none", "bed", "joints"),
    "prepare.hollow_mm": (1.5, 2.0, 2.5),
    "prepare.orient": ("upright", "auto", "upright"),
    "prepare.up": ("x", "y", "-z"),
    "prepare.units": ("mm", "cm", "in"),
}


def value_at(spec: Spec, key: str) -> Any:
    value: Any = spec
    for part in key.split("."):
        value = getattr(value, part)
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("flag", FLAGS, ids=lambda flag: flag.name)
@given(use=st.tuples(st.booleans(), st.booleans(), st.booleans()))
def test_flags_beat_set_beats_the_spec(flag: Flag, use: tuple[bool, bool, bool]) -> None:
    in_file, in_set, in_flag = VALUES.get(flag.key, ("one", "two", "three"))
    tables: Any = in_file
    for part in reversed(flag.key.split(".")):
        tables = {part: tables}
    import tomli_w

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "a.toml"
        path.write_text(tomli_w.dumps(tables if use[0] else {}), encoding="utf-8")
        sets = (f"{flag.key}={json.dumps(in_set)}",) if use[1] else ()
        given_flags = {flag.parameter: tuple(in_flag) if flag.many else in_flag} if use[2] else {}
        spec, _folder = resolve(path, None, over(sets, given_flags), None)
    chosen = [v for v, used in zip((in_file, in_set, in_flag), use, strict=True) if used]
    expected = chosen[-1] if chosen else value_at(Spec(), flag.key)
    assert value_at(spec, flag.key) == expected


def test_every_flag_names_a_key_of_the_spec_and_is_an_option_of_make() -> None:
    known = {option for parameter in cli.commands["make"].params for option in parameter.opts}
    for flag in FLAGS:
        value_at(Spec(), flag.key)
        assert flag.name in known


NAMES = [
    "Maya",
    "m" * 200,
    "マヤ・田中",
    "ليلى حسن",
    "🦊🎨",
    "Zoë ✨",
    "con",
    "../../etc",
    "  ",
    "ﬁne",
    "देवी",
    "",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_slug_of_any_name_is_a_folder(name: str, tmp_path: Path) -> None:
    made = slug(name)
    (tmp_path / made).mkdir()
    assert [path.name for path in tmp_path.iterdir()] == [made]
    assert made not in ("con", "..")


@given(st.text(max_size=300))
def test_slugs_are_short_safe_and_stable(name: str) -> None:
    made = slug(name)
    assert 0 < len(made.encode()) <= 110
    assert not set(made) & set('/\\:*?"<>|. \0')
    assert slug(made) == made or made.endswith("-figure")
    assert unicodedata.is_normalized("NFKC", made) or any(unicodedata.combining(c) for c in made)


def folder_of(subject: str | None, cwd: Path, *sets: str, wanted: str | None = None) -> str:
    return str(resolve(Path(subject) if subject else None, wanted, over(sets, {}), None)[1])


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "My Spec.toml").write_text("", encoding="utf-8")
    (tmp_path / "selfie.JPG").write_bytes(b"\xff\xd8\xff")
    (tmp_path / "done").mkdir()
    (tmp_path / "done/spec.toml").write_text('[subject]\nname = "Ann"\n', encoding="utf-8")
    assert folder_of("My Spec.toml", tmp_path) == "out/my-spec"
    assert folder_of("selfie.JPG", tmp_path) == "out/selfie"
    assert folder_of("selfie.JPG", tmp_path, "subject.name=Maya") == "out/maya"
    assert folder_of(None, tmp_path, "subject.name=Noor van Dam") == "out/noor-van-dam"
    assert folder_of(None, tmp_path, "subject.describe=a bald man") == "out/figure"
    assert folder_of("done/spec.toml", tmp_path) == "out/done"
    (tmp_path / "done/run.json").write_text("{}", encoding="utf-8")
    assert folder_of("done/spec.toml", tmp_path) == "done"
    assert folder_of("done", tmp_path) == "done"


def test_a_subject_is_told_by_its_name_or_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "solid.stl").write_text("solid", encoding="utf-8")
    (tmp_path / "a.toml").write_text("", encoding="utf-8")
    assert resolve(Path("photo"), None, {}, None)[0].subject.photo == tmp_path / "photo"
    asked = resolve(Path("photo"), "picture", {}, None)[0]
    assert (asked.subject.picture, asked.stylize.backend) == (tmp_path / "photo", "picture")
    for name, words in {"notes.txt": "neither", "solid.stl": "is a mesh", "none.jpg": "no file"}.items():
        with pytest.raises(SubjectError, match=words):
            resolve(Path(name), None, {}, None)
    with pytest.raises(click.UsageError):
        resolve(Path("a.toml"), "photo", {}, None)


def test_paths_in_set_are_meant_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/a.toml").write_text('[subject]\nphoto = "one.jpg"\n', encoding="utf-8")
    in_file = resolve(Path("deep/a.toml"), None, {}, None)[0]
    in_set = resolve(Path("deep/a.toml"), None, over(("subject.photo=two.jpg",), {}), None)[0]
    in_flag = resolve(Path("deep/a.toml"), None, over((), {"flag_accessory": ("./cup.stl",)}), None)[0]
    assert in_file.subject.photo == tmp_path / "deep/one.jpg"
    assert in_set.subject.photo == tmp_path / "two.jpg"
    assert in_flag.subject.accessories == (str(tmp_path / "cup.stl"),)
    mine = resolve(Path("deep/a.toml"), None, over((), {"flag_palette": "mine.toml"}), None)[0]
    assert mine.prepare.palette == str(tmp_path / "mine.toml")
    named = resolve(Path("deep/a.toml"), None, over((), {"flag_palette": "basic-12"}), None)[0]
    assert named.prepare.palette == "basic-12"


BAD: list[tuple[list[str], int, str]] = [
    (["make", "--name", "A", "--height", "0"], 1, "greater than or equal to 20"),
    (["make", "--name", "A", "--height", "-5"], 1, "greater than or equal to 20"),
    (["make", "--name", "A", "--height", "10000"], 1, "less than or equal to 1000"),
    (["make", "--name", "A", "--height", "tall"], 2, "not a valid float"),
    (["make", "--name", "A", "--set", "prepare.hight_mm=9"], 1, "prepare.hight_mm"),
    (["make", "--name", "A", "--set", "prepare"], 1, "TABLE.KEY=VALUE"),
    (["make", "--name", "A", "--set", "prepare=1"], 1, "prepare"),
    (["make", "--name", "A", "--pose", "wavee"], 1, "no pose called 'wavee'"),
    (["make", "--name", "A", "--style", "chibbi"], 1, "no style called 'chibbi'"),
    (["make", "--name", "A", "--hair", "bunn"], 1, "no hair called 'bunn'"),
    (["make", "--name", "A", "--outfit", "tee-jean"], 1, "no outfit called 'tee-jean'"),
    (["make", "--name", "A", "--base", "rond"], 1, "no base called 'rond'"),
    (["make", "--name", "A", "--card", "clasic"], 1, "no card called 'clasic'"),
    (["make", "--name", "A", "--stylize", "kitt"], 1, "no stylizer called 'kitt'"),
    (["make", "--name", "A", "--lift", "kitt"], 1, "no lifter called 'kitt'"),
    (["make", "--name", "A", "--set", "stylize.poze=wave"], 1, "stylize.poze"),
    (["make", "missing.jpg"], 1, "there is no file missing.jpg"),
    (["make", "missing.toml"], 1, "there is no file missing.toml"),
    (["make", "unknown.toml"], 1, "unknown key 'prepare.hight_mm'"),
    (["make", "broken.toml"], 1, "broken.toml"),
    (["make", "text.jpg"], 1, "text.jpg"),
    (["make", "mesh.stl"], 1, "is a mesh"),
    (["make", "--name", "A", "-o", "text.jpg"], 1, "text.jpg"),
    (["make", "--name", "A", "-o", "text.jpg/below"], 1, "text.jpg"),
    (["make", "--name", "A", "--remake", "lfit"], 2, "lfit"),
    (["make"], 2, "give a spec or a photo"),
    (["mkae"], 2, "did you mean 'make'"),
    (["make", "--nmae", "A"], 2, "--nmae"),
    (["check", "none.stl"], 1, "no file none.stl"),
    (["check", "text.jpg"], 1, "text.jpg"),
    (["check", "mesh.stl"], 1, "mesh.stl"),
    (["prepare", "mesh.stl", "-o", "there"], 1, "mesh.stl"),
    (["lift", "text.jpg", "-o", "a.glb"], 1, "text.jpg"),
    (["lift", "none.png"], 1, "none.png"),
    (["card", "nowhere"], 1, "nowhere"),
    (["templates", "show", "poses", "wve"], 1, "did you mean 'wave'?"),
    (["templates", "list", "poze"], 2, "poze"),
    (["templates", "preview", "wve"], 1, "did you mean 'wave'?"),
    (["templates", "preview", "wave", "--kind", "hair"], 1, "no hair called 'wave'"),
    (["templates", "preview", "wave", "-o", "wave.stl"], 1, "no picture's name"),
    (["templates", "preview", "wave", "-o", "text.jpg/wave.png"], 1, "text.jpg"),
    (["templates", "sheet", "cards"], 2, "cards"),
    (["templates", "new", "pose", "Mine", "--from", "wave"], 1, "cannot be a template's name"),
    (["templates", "new", "pose", "mine", "--from", "wve"], 1, "did you mean 'wave'?"),
    (["templates", "new", "accessories", "mine", "--from", "mgu"], 1, "no accessory called 'mgu'"),
    (["templates", "new", "pose", "mine"], 2, "--from"),
    (["templates", "check", "wve"], 1, "did you mean 'wave'?"),
    (["templates", "check", "text.toml"], 1, "no file text.toml"),
    (["templates", "check", "broken.toml"], 1, "where templates do"),
    (["new", "text.jpg"], 1, "text.jpg"),
]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.jpg").write_text("this is no picture\n", encoding="utf-8")
    (tmp_path / "mesh.stl").write_text("solid nothing\n", encoding="utf-8")
    (tmp_path / "broken.toml").write_text("[subject\n", encoding="utf-8")
    (tmp_path / "unknown.toml").write_text("[prepare]\nhight_mm = 9\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "status", "part"), BAD, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_bad_input_is_told_in_two_lines(
    desk: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, part: str
) -> None:
    before = sorted(path.name for path in desk.rglob("*"))
    assert run(words) == status
    said = capsys.readouterr()
    assert said.out == ""
    assert part in said.err + said.out
    assert "Traceback" not in said.err
    assert "a fault in fabricate" not in said.err
    if status == 1:
        assert len(said.err.splitlines()) == 2, said.err
        assert said.err.startswith("error: ")
    assert [n for n in before if n not in sorted(path.name for path in desk.rglob("*"))] == []
    assert not (desk / "out").exists() or not list((desk / "out").rglob("*.stl"))


@pytest.mark.parametrize(
    ("words", "status", "part"), BAD, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_with_json_an_error_is_one_object(
    desk: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, part: str
) -> None:
    assert run([*words, "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"error", "message", "hint"}
    assert part in told["message"] + told["hint"]


def commands() -> list[list[str]]:
    found = []
    for name, command in cli.commands.items():
        inner = command.commands if isinstance(command, click.Group) else {}
        found += [[name, other] for other in inner] or [[name]]
    return found


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_helps_with_an_example(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*words, "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"Example: fabricate {' '.join(words)}" in text
    for option in ("--json", "--quiet"):
        assert option in text


def test_the_lists_are_objects(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["templates", "list", "--json"]) == 0
    lists = json.loads(capsys.readouterr().out)
    told = (
        "styles poses outfits hair accessories bases cards printers specs hats glasses beards palettes models"
    )
    assert " ".join(lists) == told
    for kind, rows in lists.items():
        assert [row["name"] for row in rows] == resources.names(kind)
    assert run(["backends", "--json"]) == 0
    names = {row["name"] for row in json.loads(capsys.readouterr().out)["backends"]}
    assert {"kit", "triposg", "triposr", "comfyui", "hunyuan-server"} <= names
    assert run(["doctor", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["libraries"]["numpy"]
    assert all(line.startswith("pip install") for line in told["missing"])


def test_show_prints_the_template_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["templates", "show", "poses", "wave"]) == 0
    assert resources.find("poses", "wave").read_text(encoding="utf-8").strip() in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from fabricate import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"fabricate {__version__}\n"


@pytest.mark.parametrize("name", ["Maya", 'Quote " and \\ back', "マヤ", "new\nline"])
def test_new_writes_a_spec_that_reads_back(tmp_path: Path, capsys: Any, name: str) -> None:
    folder = tmp_path / "Noor van Dam"
    assert run(["new", str(folder), "--name", name, "--json"]) == 0
    file = Path(json.loads(capsys.readouterr().out)["file"])
    assert file.parent == folder
    assert [path.name for path in folder.iterdir()] == ["noor-van-dam.toml"]
    spec, out = resolve(file, None, {}, None)
    assert spec == from_mapping({"subject": {"name": name}})
    assert str(out) == "out/noor-van-dam"
    assert run(["new", str(folder)]) == 1
    assert "is there already" in capsys.readouterr().err


def test_a_fault_of_ours_is_owned(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @click.command("fails", hidden=True)
    def fails() -> None:
        raise ZeroDivisionError("seven")

    monkeypatch.setitem(cli.commands, "fails", fails)
    assert run(["fails"]) == 1
    assert "a fault in fabricate: ZeroDivisionError: seven" in capsys.readouterr().err
    monkeypatch.setenv("FABRICATE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run(["fails"])


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    import subprocess

    from tests.small import FABRICATE

    with subprocess.Popen(
        [*FABRICATE, "templates", "list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path
    ) as told:
        assert told.stdout is not None
        assert told.stderr is not None
        told.stdout.close()
        assert told.stderr.read() == b""


def test_as_its_own_process(tmp_path: Path) -> None:
    said = fabricate("templates", "show", "poses", "wve", cwd=tmp_path)
    assert (said.status, said.out) == (1, "")
    assert said.err.splitlines() == ["error: there is no pose called 'wve'", "       did you mean 'wave'?"]


def test_errors_keep_to_two_lines_whatever_they_hold(capsys: pytest.CaptureFixture[str]) -> None:
    tell_error(FabricateError("one\ntwo", "three\n\nfour"), json_wanted=False)
    assert capsys.readouterr().err == "error: one two\n       three four\n"


EVENTS = [
    Event("start", "lift", "changed: likeness.hair.style"),
    Event("step", "lift", "sculpting", 0.5),
    Event("note", "lift", "hair: bun"),
    Event("warn", "lift", "thin"),
    Event("done", "lift", seconds=1.25),
    Event("skip", "card", "unchanged"),
]


def test_progress_is_plain_lines_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal() as terminal:
        for event in EVENTS:
            terminal.hear(event)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "lift     changed: likeness.hair.style",
        "lift     warning: thin",
        "lift        1.2 s  done",
        "card        0.0 s  unchanged",
    ]
    with Terminal(quiet=True) as terminal:
        for event in EVENTS:
            terminal.hear(event)
    assert capsys.readouterr().err.splitlines() == ["lift     warning: thin"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_progress_is_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        with Terminal() as terminal:
            for event in EVENTS:
                terminal.hear(event)
    told = b""
    with contextlib.suppress(OSError):  # a pseudo-terminal hands over in pieces, and ends with an error
        while piece := os.read(ours, 100_000):
            told += piece
    os.close(ours)
    shown = told.decode()
    assert "━" in shown
    assert "sculpting" in shown
    assert "1.2 s  done" in shown
