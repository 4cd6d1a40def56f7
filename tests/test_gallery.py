"""Pictures of templates, their copies, and what `templates check` finds wrong with a maker's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fabricate import gallery, inspection, resources
from fabricate.cli import run

ONE_OF_EACH = {
    **{"styles": "chibi", "poses": "wave", "outfits": "hoodie", "hair": "bun", "hats": "cap"},
    **{"glasses": "square", "beards": "full", "accessories": "mug", "bases": "hex"},
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path / "config"))
    return tmp_path


def covered(picture: Image.Image) -> float:
    """The share of a picture that is not its paper."""
    away = np.abs(np.asarray(picture, float) - gallery.TILE).max(2)
    return float((away > 40).mean())


def test_every_kind_that_can_be_drawn_is_a_kind() -> None:
    assert set(ONE_OF_EACH) == set(gallery.DRAWN) == set(inspection.DRAWN)
    assert set(gallery.DRAWN) < set(resources.KINDS)


@pytest.mark.parametrize("kind", gallery.DRAWN)
def test_a_portrait_shows_something_and_nothing_touches_its_edge(kind: str) -> None:
    picture = gallery.portrait(kind, ONE_OF_EACH[kind], height=120)
    assert picture.mode == "RGB"
    assert picture.height == 120
    assert 0.05 < covered(picture) < 0.8
    edge = np.abs(np.asarray(picture, float) - gallery.TILE).max(2)
    assert max(edge[0].max(), edge[:, 0].max(), edge[:, -1].max()) < 60  # a soft shadow may


def test_hair_is_shown_on_a_head_without_a_body() -> None:
    whole, head = (gallery.sitter(kind, name, 4.0) for kind, name in (("outfits", "hoodie"), ("hair", "bun")))
    low = [min(float(s.vertices[:, 2].min()) for s in who.surfaces) for who in (whole, head)]
    assert low[0] < 0.05
    assert low[1] > 0.5


def test_a_sheet_has_a_tile_and_a_name_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "LARGE", 4.0)
    heard: list[str] = []
    picture = gallery.sheet(("bases", "beards"), lambda message, _: heard.append(message))
    shown = [f"{kind}: {name}" for kind in ("bases", "beards") for name in resources.names(kind)]
    assert heard == shown
    assert picture.width == gallery.WIDTH
    tiles = np.abs(np.asarray(picture, float) - gallery.TILE).max(2) < 2
    columns = tiles[:, gallery.MARGIN : -gallery.MARGIN].any(0)
    assert columns.any()
    assert not tiles[:, : gallery.MARGIN].any()
    assert not tiles[:, -gallery.MARGIN :].any()


def test_the_command_writes_the_picture_and_says_where(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["templates", "preview", "mug", "-o", "deep/mug.png", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"kind": "accessories", "name": "mug", "picture": str(Path("deep/mug.png"))}
    with Image.open(desk / "deep/mug.png") as picture:
        assert picture.size[1] == 520
    assert run(["templates", "preview", "mug", "-o", "mug.stl"]) == 1
    assert "no picture's name" in capsys.readouterr().err


def test_a_name_of_two_kinds_must_say_which(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["templates", "preview", "round"]) == 1
    assert "--kind glasses or --kind bases" in capsys.readouterr().err
    assert run(["templates", "preview", "round", "--kind", "base"]) == 0
    assert (desk / "bases-round.png").is_file()
    assert run(["templates", "preview", "wve"]) == 1
    assert "did you mean 'wave'" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [k for k in resources.KINDS if k != "words"])
def test_a_copy_of_any_kind_is_found_and_has_no_fault(
    desk: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    ours = ONE_OF_EACH.get(kind) or resources.names(kind)[0]
    assert run(["templates", "new", kind, "my-own", "--from", ours]) == 0
    path = Path(resources.KINDS[kind]) / "my-own.toml"
    assert str(path) in capsys.readouterr().out
    assert resources.find(kind, "my-own") == desk / path
    if kind in gallery.DRAWN and kind != "bases":
        data = resources.read(kind, "my-own")
        assert (data["name"], data["title"], data["words"]) == ("my-own", "My own", ["my own"])
        changed = {"name", "title", "words"}
        theirs = resources.read(kind, ours)
        assert {k: v for k, v in data.items() if k not in changed} == {
            k: v for k, v in theirs.items() if k not in changed
        }
    before = path.read_bytes()
    assert run(["templates", "new", kind, "my-own", "--from", ours]) == 1
    assert "is there already" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert run(["templates", "check"]) == 0, capsys.readouterr().out
    assert "1 checked, nothing wrong" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["Mine", "../mine", "a b", "", "-a", "a" * 41, "mine.toml"])
def test_a_name_that_cannot_be_is_refused(desk: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert run(["templates", "new", "pose", "--from", "wave", "--", name]) == 1
    assert "cannot be a template's name" in capsys.readouterr().err
    assert list(desk.iterdir()) == []


def write(desk: Path, kind: str, text: str) -> Path:
    path = desk / resources.KINDS[kind] / "mine.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('name = "mine"\ntitle = "Mine"\nwords = ["mine"]\n' + text, encoding="utf-8")
    return path


BALL = '[[shape]]\nshape = "ellipsoid"\nradii = [0.5, 0.5, 0.5]\n'
FAR = BALL + "at = [4, 0, 0]\n"
FAULTS: list[tuple[str, str, int | None, str, str]] = [
    ("poses", "[left_arm]\nbend = 151\n", 5, "left_arm.bend is 151", "from 0 to 150"),
    ("poses", "[hold]\nabduct = -31\n", 5, "hold.abduct is -31", "from -30 to 180"),
    ("poses", "[head]\ntilt = 3\nnod = nan\n", 6, "head.nod is nan", "from -40 to 40"),
    ("poses", "[right_leg]\nbend = -1\n", 5, "right_leg.bend is -1", "from 0 to 150"),
    ("hair", BALL.replace("0.5, 0.5]", "-0.5, 0.5]"), 6, "radii is", "from 0 to 60"),
    (
        "hair",
        '[[shape]]\nshape = "locks"\ncount = 4000\nroots = []\ntips = []\nradius = 1\n',
        6,
        "count",
        "1 to 2000",
    ),
    ("hair", BALL + 'op = "cut"\n', 4, "nothing is left", "cut"),
    ("hats", BALL + "blend = inf\n", 7, "blend is inf", "from 0 to 10"),
    ("accessories", BALL + FAR, None, "falls into 2 bodies", "sinks into another"),
    ("accessories", "grip = 3\n" + BALL, 4, "grip is 3", "[x, y, z]"),
    ("accessories", "", None, "there is no [[shape]]", "compare"),
    ("bases", "", None, "name is not a known key", "mend"),
    ("poses", "[left_arm\n", 4, "", "mend the TOML"),
]


@pytest.mark.parametrize(("kind", "text", "line", "says", "hint"), FAULTS)
def test_a_fault_is_told_with_file_line_and_range(
    desk: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
    text: str,
    line: int | None,
    says: str,
    hint: str,
) -> None:
    path = write(desk, kind, text)
    assert run(["templates", "check", "mine", "--json"]) == 1
    (told,) = json.loads(capsys.readouterr().out)["templates"]
    fault = told["faults"][-1]
    assert fault["message"].startswith(f"{path}:{line}: " if line else str(path))
    assert says in fault["message"]
    assert hint in fault["hint"]
    assert run(["templates", "check", str(path)]) == 1
    assert says in capsys.readouterr().out


def test_every_fault_is_told_at_once(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shapes = (
        '[colours]\nhat = "red"\n'
        '[[shape]]\nshape = "box"\nhalf = [1, 1, 1]\nedgee = 0.1\nblend = 11\n'
        '[[shape]]\nshape = "blob"\n'
        '[[shape]]\nshape = "ring"\nmajor = -1\n'
    )
    pose = "[left_arm]\nbend = 151\nflexx = 3\n[tail]\nbend = 1\n[head]\nnod = 90\n"
    outfit = '[[garment]]\nkind = "top"\nhemm = 1\nsleeve = "long"\n[[garment]]\nkind = "sari"\n'
    style = "[size]\nhead = 3.0\nnek = 1\n[head]\nwide = 1\ndeep = 1\ncheek = 1\n"
    for kind, text, told in (
        ("hats", shapes, [9, 10, 12, 13, 15, 5]),
        ("poses", pose, [5, 6, 7, 10]),
        ("outfits", outfit, [6, 7, 9]),
        ("styles", style, [5, 6, 4, 7]),
    ):
        path = write(desk, kind, text)
        assert run(["templates", "check", str(path), "--json"]) == 1
        (found,) = json.loads(capsys.readouterr().out)["templates"]
        lines = [f["message"].removeprefix(f"{path}:").partition(":")[0] for f in found["faults"]]
        assert lines[: len(told)] == [str(line) for line in told], found["faults"]
        assert all(f["hint"] for f in found["faults"])


def test_a_word_that_another_has_and_a_missing_title_are_told(desk: Path, capsys: Any) -> None:
    path = write(desk, "poses", "")
    path.write_text('name = "other"\nwords = ["Waving"]\n', encoding="utf-8")
    assert run(["templates", "check"]) == 1
    told = capsys.readouterr().out
    assert f"{path}:1: name is 'other'" in told
    assert "there is no title" in told
    assert f"{path}:2: the word 'waving' belongs to 'wave' too" in told


def test_what_cannot_be_checked_is_told(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["templates", "check"]) == 0
    assert "no templates of your own" in capsys.readouterr().out
    assert run(["templates", "check", "wve"]) == 1
    assert "did you mean 'wave'" in capsys.readouterr().err
    (desk / "pose.toml").write_text("", encoding="utf-8")
    for word, says in (
        ("pose.toml", "where templates do"),
        ("templates/poses/none.toml", "there is no file"),
    ):
        assert run(["templates", "check", word]) == 1
        assert says in capsys.readouterr().err
