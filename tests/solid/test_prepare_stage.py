"""The stage as the pipeline runs it: every file, a report that tells the truth, and a real slice."""

from __future__ import annotations

import json
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import trimesh

from fabricate.artifacts import Lifted
from fabricate.events import Event, Progress, silent
from fabricate.solid.export import write_accessories, write_figure_3mf, write_stl
from fabricate.solid.glb import write_lifted
from fabricate.solid.report import page
from fabricate.spec import Spec, from_mapping
from fabricate.stages import Made, prepare
from tests.debian import needs
from tests.solid.shapes import box, joined, toy

FILES = {"figure.stl", "figure.3mf", "figure.glb", "preview.png", "report.html", "report.json"}


def run(folder: Path, lifted: Lifted, listener: Any = None, **tables: Any) -> tuple[Made, Path]:
    spec = from_mapping({"subject": {"name": "Maya", "title": "Ceramics teacher"}} | tables)
    before = {"lift": folder / "lift", "stylize": folder / "stylize"}
    for path in before.values():
        path.mkdir(exist_ok=True)
    write_lifted(lifted, before["lift"] / "lifted.glb")
    about = {"backend": "kit", "design": {}, "understood": ["hair: bun (from the words) <b>"]}
    (before["stylize"] / "view.json").write_text(json.dumps(about), encoding="utf-8")
    out = folder / "out"
    out.mkdir()
    progress = Progress("prepare", listener) if listener else silent("prepare")
    return prepare.run(spec, before, out, progress), out


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path]:
    return run(tmp_path_factory.mktemp("prepare"), toy())


def test_all_files_are_there_and_the_stl_is_one_closed_solid(done: tuple[Made, Path]) -> None:
    import manifold3d as m3
    import numpy as np

    made, out = done
    assert set(made.files) == FILES | {"accessories.3mf"} == {p.name for p in out.iterdir()}
    assert made.summary["printable"] is True
    assert "failed" not in made.summary
    mesh = trimesh.load_mesh(out / "figure.stl")
    assert mesh.is_watertight
    assert mesh.body_count == 1
    assert mesh.volume > 0
    raw = m3.Mesh(np.float32(mesh.vertices), np.uint32(mesh.faces))
    assert m3.Manifold(raw).status() == m3.Error.NoError
    assert made.summary["figure_mm"] == pytest.approx(90)


def test_the_report_holds_what_the_page_shows(done: tuple[Made, Path]) -> None:
    _, out = done
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert data["printable"]
    assert data["base"]["shown"] == "MAYA"
    assert {p["name"] for p in data["parts"]} >= {"skin", "base", "name"}
    assert set(data["files"]) == (FILES | {"accessories.3mf"}) - {"report.html", "report.json"}
    assert data["understood"] == ["hair: bun (from the words) <b>"]
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "hair: bun (from the words) &lt;b&gt;" in text.lower()
    for check in data["checks"]:
        assert check["name"] in text
    assert text.count("data:image/jpeg;base64,") >= 2


class Links(HTMLParser):
    """Every address that a page names, and whether its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [v for k, v in attrs if k in ("src", "href", "srcset") and v]
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_from_elsewhere_and_escapes_every_word(done: tuple[Made, Path]) -> None:
    _, out = done
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    evil = '<script>alert("x")</script>'
    for key in ("name", "title"):
        data[key] = evil
    data["understood"] = data["notes"] = data["printing"] = [evil]
    data["parts"][0]["name"] = data["checks"][0]["value"] = data["checks"][0]["advice"] = evil
    text = page(data, {})
    assert "<script" not in text
    assert "url(" not in text
    links = Links()
    links.feed((out / "report.html").read_text(encoding="utf-8"))
    assert not links.open
    own = set(data["files"])
    assert all(link in own or link.startswith("data:image/") for link in links.found)


def test_a_refused_figure_is_written_all_the_same_and_says_why(tmp_path: Path) -> None:
    heard: list[Event] = []
    blade = Lifted({"blade": joined(box(0.4, 0.005, 1.0))})
    made, out = run(tmp_path, blade, heard.append, prepare={"height_mm": 60, "thicken": False})
    assert made.summary["printable"] is False
    assert any(why.startswith("walls") for why in made.summary["failed"])
    assert set(made.files) == FILES
    text = (out / "report.html").read_text(encoding="utf-8")
    assert "Not printable yet" in text
    assert any(event.kind == "step" for event in heard)
    assert any("peg" in event.message for event in heard if event.kind == "note")


def test_what_is_too_thin_is_thickened_and_said(tmp_path: Path) -> None:
    blade = Lifted({"blade": joined(box(0.4, 0.005, 1.0))})
    made, out = run(tmp_path, blade, prepare={"height_mm": 60})
    assert made.summary["printable"], made.summary
    assert any(note.startswith("thickened to 0.8 mm") for note in made.notes)
    data = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert data["thickened"]["after"] < 0.01 < data["thickened"]["before"]
    assert "thickened" in (out / "report.html").read_text(encoding="utf-8")


def test_the_same_figure_gives_the_same_bytes(done: tuple[Made, Path], tmp_path: Path) -> None:
    _, out = done
    _, again = run(tmp_path, toy())
    for name in ("figure.stl", "figure.3mf", "figure.glb", "accessories.3mf", "report.json"):
        assert (out / name).read_bytes() == (again / name).read_bytes(), name


def test_wants_names_what_matters_and_nothing_else() -> None:
    base = prepare.wants(Spec())
    assert base == prepare.wants(from_mapping({"subject": {"describe": "a hat"}, "card": {"template": "x"}}))
    for tables in (
        {"prepare": {"height_mm": 91}},
        {"prepare": {"base": "hex"}},
        {"subject": {"name": "Maya"}},
        {"slice": {"profile": "prusa-mini"}},
    ):
        assert prepare.wants(from_mapping(tables)) != base
    assert set(base.templates) == {"bases", "printers", "palettes"}


def slice_with_prusa(path: Path, folder: Path) -> str:
    program = needs("prusa-slicer")
    settings = folder / "pla.ini"
    four = ",".join
    settings.write_text(
        f"nozzle_diameter = {four(['0.4'] * 4)}\nfilament_diameter = {four(['1.75'] * 4)}\n"
        f"filament_density = {four(['1.24'] * 4)}\nlayer_height = 0.2\nfill_density = 10%\n",
        encoding="utf-8",
    )
    out = folder / "out.gcode"
    command = [program, "--config-compatibility", "disable", "--load", str(settings)]
    done = subprocess.run(
        [*command, "--export-gcode", str(path), "-o", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out.read_text(encoding="utf-8")


def highest(gcode: str) -> float:
    return max(float(z) for z in re.findall(r"^;Z:([\d.]+)", gcode, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["figure.3mf", "figure.stl"])
def test_prusaslicer_slices_the_whole_figure(done: tuple[Made, Path], tmp_path: Path, name: str) -> None:
    made, out = done
    gcode = slice_with_prusa(out / name, tmp_path)
    height = made.summary["size_mm"][2]
    assert highest(gcode) == pytest.approx(height, abs=0.25)
    grams = [
        float(g) for g in re.findall(r"^; filament used \[g\] = (.*)$", gcode, re.MULTILINE)[0].split(",")
    ]
    if name == "figure.3mf":
        # four colours asked for, four filaments used
        assert sum(g > 0 for g in grams) == 4
    else:
        assert made.summary["grams"] == pytest.approx(sum(grams), rel=0.25)


@pytest.mark.slow
def test_prusaslicer_slices_accessories_and_a_two_colour_column(tmp_path: Path) -> None:
    """The trap this file layout avoids: parts above one another must not fall to the plate."""
    from fabricate.solid.colour import paint

    column = {
        "low": paint(box(20, 20, 20), "#ff0000"),
        "high": paint(box(10, 10, 26, (0, 0, 20)), "#0000ff"),
    }
    path = tmp_path / "column.3mf"
    assert write_figure_3mf(column, path, colours=4, bed_mm=(200, 200, 200)) == {"low": 1, "high": 2}
    gcode = slice_with_prusa(path, tmp_path)
    assert highest(gcode) == pytest.approx(46, abs=0.25)
    assert "\nT1" in gcode
    write_accessories({"a": {"a": column["low"]}, "b": column}, tmp_path / "acc.3mf", colours=4)
    assert highest(slice_with_prusa(tmp_path / "acc.3mf", tmp_path)) == pytest.approx(46, abs=0.25)
    write_stl(column["low"], tmp_path / "low.stl")
    assert highest(slice_with_prusa(tmp_path / "low.stl", tmp_path)) == pytest.approx(20, abs=0.25)


@pytest.mark.parametrize("aside", [0.0, 10.0])
def test_prepared_twice_is_prepared_once_to_the_byte(tmp_path: Path, aside: float) -> None:
    """A blade to be thickened; one that stands at the figure's side makes it wider and off its middle."""
    import manifold3d as m3

    from fabricate.pipeline import prepare_file
    from fabricate.solid.boolean import from_manifold

    block = m3.Manifold.cube((20, 12, 10), True).translate((0, 0, 5))
    blade = m3.Manifold.cube((0.4, 3, 31), True).translate((aside, 0, 24.5))
    from_manifold(block + blade).export(tmp_path / "blade.stl")
    wish = from_mapping({"prepare": {"base": "none", "height_mm": 47, "up": "z"}})
    once = prepare_file(tmp_path / "blade.stl", tmp_path / "once", wish)
    twice = prepare_file(once.files["figure.stl"], tmp_path / "twice", wish)
    assert once.summary["prepare"]["triangles"] > 500
    assert once.summary["prepare"]["size_mm"][2] == pytest.approx(47, abs=1e-3)
    assert once.files["figure.stl"].read_bytes() == twice.files["figure.stl"].read_bytes()
