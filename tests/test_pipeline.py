"""The whole line on a real figure: all files, nothing twice, only what changed, edits kept, the gate."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import trimesh
from PIL import Image

import fabricate
from fabricate import backends, pipeline, resources
from fabricate.artifacts import Lifted, View
from fabricate.errors import BackendError, FabricateError, RunError, SpecError, SubjectError, TemplateError
from fabricate.events import silent
from fabricate.run import TOP
from fabricate.spec import Spec, from_mapping, load
from fabricate.stages import check_options, lift, read_view, stylize, write_view
from tests.small import Heard
from tests.small import fabricate as command

TABLES: dict[str, Any] = {
    "subject": {
        "name": "Maya",
        "title": "Ceramics teacher",
        "describe": "short brown hair",
        "accessories": ["mug"],
    },
    "prepare": {"colours": 5},
}
SPEC = from_mapping(TABLES)


def with_(**tables: dict[str, Any]) -> Spec:
    return from_mapping(
        {name: {**TABLES.get(name, {}), **tables.get(name, {})} for name in {*TABLES, *tables}}
    )


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder, made once; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("first") / "maya"
    pipeline.make(SPEC, folder)
    return folder


@pytest.fixture
def made(first: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(first, tmp_path / "maya"))


def states(result: pipeline.Result) -> str:
    return " ".join(record.state for record in result.stages)


def test_all_ten_files_are_there_and_whole(first: Path) -> None:
    assert {path.name for path in first.iterdir()} == {*TOP, "work", "run.json", "spec.toml", "events.jsonl"}
    solid = trimesh.load_mesh(first / "figure.stl")
    assert solid.is_watertight
    assert solid.volume > 0
    assert (first / "card.pdf").read_bytes().startswith(b"%PDF")
    with Image.open(first / "preview.png") as preview, Image.open(first / "work/stylize/view.png") as view:
        assert min(preview.size) > 300
        assert view.mode == "RGBA"
        assert view.height >= 768
    assert json.loads((first / "report.json").read_text(encoding="utf-8"))["printable"] is True
    assert "<html" in (first / "report.html").read_text(encoding="utf-8")


def test_run_json_says_what_was_made_from_what(first: Path) -> None:
    told = json.loads((first / "run.json").read_text(encoding="utf-8"))
    assert told["fabricate"] == fabricate.__version__
    assert told["printable"] is True
    assert told["seeds"] == {"stylize": 7}
    assert told["consent"] == "unstated"
    assert list(told["stages"]) == ["stylize", "lift", "prepare", "card"]
    for name, made in told["files"].items():
        assert hashlib.sha256((first / name).read_bytes()).hexdigest() == made
    for name, stage in told["stages"].items():
        assert stage["seconds"] > 0
        assert stage["inputs"]["version"]
        for earlier, hashes in stage["inputs"]["before"].items():
            assert hashes == told["stages"][earlier]["outputs"], name
    assert told["stages"]["stylize"]["inputs"]["backend"].startswith("kit@")


def test_the_resolved_spec_reads_back(first: Path) -> None:
    assert load(first / "spec.toml") == SPEC
    assert tomllib.loads((first / "spec.toml").read_text(encoding="utf-8"))["prepare"]["process"] == "fdm"


def test_nothing_changed_nothing_made(made: Path, heard: Heard) -> None:
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*") if path.name in TOP}
    result = pipeline.make(SPEC, made, listener=heard)
    assert states(result) == "kept kept kept kept"
    assert before == {path: path.stat().st_mtime_ns for path in before}
    assert list(result.files) == list(TOP)
    assert result.printable is True
    assert [event.kind for event in heard.events] == ["run", "skip", "skip", "skip", "skip", "done"]


def test_a_second_run_loads_nothing_heavy(made: Path) -> None:
    code = (
        "import sys, json\nfrom fabricate.cli import run\n"
        "assert run(['make', sys.argv[1], '--quiet']) == 0\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(made)], capture_output=True, text=True, check=True, cwd=made.parent
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & {"trimesh", "scipy", "skimage", "manifold3d", "lib3mf", "typst", "mediapipe", "rich"}


def test_only_what_a_change_touches_is_made_anew(made: Path) -> None:
    renamed = with_(subject={"name": "Noor"})
    assert states(pipeline.make(renamed, made)) == "kept kept made made"
    assert states(pipeline.make(renamed, made)) == "kept kept kept kept"


def test_without_accessories_their_file_goes(made: Path) -> None:
    assert (made / "accessories.3mf").is_file()
    trimesh.creation.box((10, 10, 20)).export(made.parent / "box.stl")
    result = pipeline.prepare_file(made.parent / "box.stl", made)
    assert "accessories.3mf" not in result.files
    assert not (made / "accessories.3mf").exists()


def test_an_edited_view_loses_its_design_and_is_kept(made: Path, heard: Heard) -> None:
    view = made / "work/stylize/view.png"
    with Image.open(view) as image:
        image.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(view)
    mine = view.read_bytes()
    result = pipeline.make(SPEC, made, listener=heard)
    assert result.summary["lift"]["backend"] == "frontback"
    assert heard.kinds("stylize") == ["edited"]
    assert view.read_bytes() == mine
    assert states(pipeline.make(SPEC, made, remake=["stylize"])) == "made made made made"


def test_an_edited_solid_is_kept_and_the_card_follows(made: Path) -> None:
    stl = made / "figure.stl"
    mesh = trimesh.load_mesh(stl)
    mesh.apply_scale(1.01)
    stl.unlink()
    mesh.export(stl)
    mine = stl.read_bytes()
    result = pipeline.make(SPEC, made)
    assert states(result) == "kept kept edited made"
    assert stl.read_bytes() == mine == (made / "work/prepare/figure.stl").read_bytes()
    with pytest.raises(RunError, match=r"figure\.stl was edited by hand") as told:
        pipeline.make(with_(prepare={"base": "hex"}), made)
    assert "--remake prepare" in told.value.hint
    result = pipeline.make(with_(prepare={"base": "hex"}), made, remake=["prepare"])
    assert states(result) == "kept kept made made"
    assert stl.read_bytes() != mine


def test_the_gate_refuses_and_all_files_are_written(made: Path) -> None:
    printers = made.parent / "templates/printers"  # the maker's own, found from the working directory
    printers.mkdir(parents=True)
    mini = resources.find("printers", "prusa-mini").read_text(encoding="utf-8")
    small = re.sub(r"bed_mm *= *\[.*?\]", "bed_mm = [20.0, 20.0, 20.0]", mini)
    (printers / "thimble.toml").write_text(small, encoding="utf-8")
    words = ("make", made, "--set", "slice.profile=thimble")
    said = command(*words, "--json", cwd=made.parent)
    assert said.status == 3, said.err
    assert said.json["printable"] is False
    assert any("bed" in why for why in said.json["failed"])
    assert list(said.json["files"]) == list(TOP)
    assert all(Path(path).is_file() for path in said.json["files"].values())
    assert json.loads((made / "run.json").read_text(encoding="utf-8"))["printable"] is False
    said = command(*words, cwd=made.parent)
    assert said.status == 3
    assert "Not printable" in said.out


def test_the_summary_names_folder_files_and_verdict(made: Path) -> None:
    said = command("make", made, cwd=made.parent)
    assert said.status == 0
    assert said.out.startswith(str(made))
    assert all(name in said.out for name in TOP)
    assert "Printable" in said.out
    assert [line.split()[0] for line in said.err.splitlines()] == ["stylize", "lift", "prepare", "card"]
    quiet = command("make", made, "--quiet", cwd=made.parent)
    assert (quiet.status, quiet.out, quiet.err) == (0, "", "")


def test_json_is_one_object_and_progress_goes_to_stderr(made: Path) -> None:
    said = command("make", made, "--json", "--remake", "card", cwd=made.parent)
    assert said.status == 0
    assert said.json["folder"] == str(made)
    assert list(said.json["files"]) == list(TOP)
    assert [stage["state"] for stage in said.json["stages"]] == ["kept", "kept", "kept", "made"]
    assert "done" in said.err


def test_card_alone_leaves_the_figure(made: Path) -> None:
    stl = (made / "figure.stl").stat().st_mtime_ns
    said = command("card", made, "--title", "Potter", "--json", cwd=made.parent)
    assert said.status == 0, said.err
    assert [stage["state"] for stage in said.json["stages"]] == ["kept", "kept", "kept", "made"]
    assert (made / "figure.stl").stat().st_mtime_ns == stl
    assert load(made / "spec.toml").subject.title == "Potter"


@pytest.mark.parametrize("size", ["400k", "1500k"])
def test_a_disk_that_fills_while_files_are_written(
    tmp_path: Path, small_disk: Callable[[str], Path], size: str
) -> None:
    """Two lines, no half file, and with room again it goes on."""
    trimesh.creation.icosphere(3, 20.0).export(tmp_path / "ball.stl")
    disk = small_disk(size)
    for _again in range(2):
        with pytest.raises(RunError, match="is full") as told:
            pipeline.prepare_file(tmp_path / "ball.stl", disk / "out", SPEC)
        assert "make room" in told.value.hint
        left = {path.name for path in disk.rglob("*") if path.is_file()}
        assert left <= {"spec.toml", "events.jsonl", ".lock", "lifted.glb", ".made.json"}
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)
    assert "figure.stl" in pipeline.prepare_file(tmp_path / "ball.stl", disk / "out", SPEC).files


def test_stylize_and_lift_alone(tmp_path: Path) -> None:
    said = command("stylize", "--describe", "bald, blue eyes", "-o", "deep/view.png", "--json", cwd=tmp_path)
    assert said.status == 0, said.err
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["view.json", "view.png"]
    assert said.err.endswith("s  done\n")
    said = command("lift", "deep/view.png", "--json", cwd=tmp_path)
    assert said.status == 0, said.err
    assert said.json["backend"] == "kit"
    scene = trimesh.load_scene(tmp_path / "deep/view.glb")
    assert {"skin"} <= {name.split("/")[-1] for name in scene.geometry} or len(scene.geometry) > 3
    low, high = scene.bounds  # glTF stands on +Y
    assert high[1] - low[1] == pytest.approx(1.0, abs=1e-3)
    said = command("prepare", "deep/view.glb", "-o", "out", "--json", cwd=tmp_path)
    assert said.status == 0, said.err
    parts = {
        part["name"]
        for part in json.loads((tmp_path / "out/report.json").read_text(encoding="utf-8"))["parts"]
    }
    assert {"base", "skin"} <= parts


@pytest.mark.parametrize("suffix", ["stl", "glb"])
def test_prepare_alone_takes_any_mesh(tmp_path: Path, suffix: str) -> None:
    trimesh.creation.icosphere(3, 20.0).export(tmp_path / f"ball.{suffix}")
    words = ("prepare", f"ball.{suffix}", "-o", "out", "--height", "50", "--json")
    said = command(*words, "--base", "none", cwd=tmp_path)
    assert said.status in (0, 3), said.err
    for name in ("figure.stl", "figure.3mf", "report.json"):
        assert (tmp_path / "out" / name).is_file()
    solid = trimesh.load_mesh(tmp_path / "out/figure.stl")
    assert solid.extents[2] == pytest.approx(50.0, abs=0.05)
    assert solid.is_watertight
    said = command("check", "out/figure.stl", "--json", cwd=tmp_path)
    assert said.status in (0, 3)
    assert said.json["checks"]


def test_prepare_alone_with_a_base_stands(tmp_path: Path) -> None:
    trimesh.creation.icosphere(3, 20.0).export(tmp_path / "ball.stl")
    said = command("prepare", "ball.stl", "-o", "out", "--name", "Ball", cwd=tmp_path)
    assert said.status == 0, said.err + said.out
    said = command("check", "out/figure.stl", cwd=tmp_path)
    assert said.status == 0
    assert "printable" in said.out


@pytest.mark.skipif(find_spec("mediapipe") is None, reason="the extra photo is not installed")
def test_a_photo_never_enters_the_folder(tmp_path: Path) -> None:
    photo = Path(__file__).parent.parent / "examples" / "astronaut.png"
    said = command("make", photo, "-o", "out", "--json", "--skin", "monk-03", cwd=tmp_path)
    assert said.status == 0, said.err
    assert said.json["notes"]
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert hashlib.sha256(path.read_bytes()).hexdigest() != digest


def test_without_the_photo_reader_a_photo_names_the_pip_line(tmp_path: Path) -> None:
    photo = Path(__file__).parent.parent / "examples" / "astronaut.png"
    hide = "import sys; sys.modules['mediapipe'] = None; from fabricate.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", hide, "make", str(photo), "-o", str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "fabricate-figures[photo]" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


NAMES = {"long": "マヤ" * 100, "mixed": "ليلى Maya 🦊"}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_any_name_works_or_is_warned_about(made: Path, heard: Heard, name: str) -> None:
    result = pipeline.make(with_(subject={"name": name}), made, listener=heard)
    assert list(result.files) == list(TOP)
    assert result.printable is True
    assert load(made / "spec.toml").subject.name == name
    solid = trimesh.load_mesh(made / "figure.stl")
    assert solid.is_watertight


@pytest.mark.parametrize(
    ("tables", "error", "hint"),
    [
        ({"stylize": {"pose": "wavee"}}, TemplateError, "'wave'"),
        ({"stylize": {"style": "chibbi"}}, TemplateError, "'chibi'"),
        ({"stylize": {"backend": "kitt"}}, BackendError, "'kit'"),
        ({"stylize": {"bakend": "kit"}}, SpecError, "backend"),
        ({"lift": {"backend": "kitt"}}, BackendError, "'kit'"),
        ({"likeness": {"hair": {"style": "bunn"}}}, TemplateError, "'bun'"),
        ({"prepare": {"base": "rond"}}, TemplateError, "'round'"),
        ({"card": {"template": "clasic"}}, TemplateError, "'classic'"),
        ({"slice": {"profile": "prusa-mnii"}}, TemplateError, "'prusa-mini'"),
        ({"subject": {"accessories": ["mug.stl"]}}, SpecError, "./mug.stl"),
        ({"subject": {"picture": "a.png"}}, SpecError, "--as photo"),
    ],
)
def test_unknown_names_stop_before_any_work(
    tmp_path: Path, tables: dict[str, Any], error: type[FabricateError], hint: str
) -> None:
    with pytest.raises(error) as told:
        pipeline.make(tables, tmp_path / "out")
    assert hint in told.value.hint
    assert not list((tmp_path / "out").glob("work/[!.]*")) if (tmp_path / "out").exists() else True


def test_an_unknown_stage_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no stage called 'lfit'") as told:
        pipeline.make(SPEC, tmp_path / "out", remake=["lfit"])
    assert "'lift'" in told.value.hint


def test_a_view_keeps_its_design_until_it_is_edited(tmp_path: Path) -> None:
    image = Image.new("RGBA", (8, 9), (10, 20, 30, 40))
    view = View(image, "kit", {"pose": "wave", "size": 1.5}, ("hair: bun",))
    write_view(view, tmp_path / "view.png")
    again = read_view(tmp_path / "view.png")
    assert (again.backend, again.design, again.understood) == (view.backend, view.design, view.understood)
    assert again.image.tobytes() == image.tobytes()
    image.putpixel((0, 0), (0, 0, 0, 0))
    image.save(tmp_path / "view.png")
    assert read_view(tmp_path / "view.png").design is None
    (tmp_path / "view.json").unlink()
    assert read_view(tmp_path / "view.png").backend == "picture"


@pytest.mark.parametrize(("name", "made"), [("view.png", True), ("mine.png", False)])
def test_a_view_that_cannot_be_read_says_what_to_do(tmp_path: Path, name: str, made: bool) -> None:
    (tmp_path / name).write_bytes(b"not a picture")
    with pytest.raises(SubjectError, match="not a picture") as told:
        read_view(tmp_path / name)
    assert ("--remake stylize" in told.value.hint) == made, "only a run's own view can be made again"


def test_no_stylizer_sees_what_its_key_does_not_hold() -> None:
    one = with_(subject={"consent": "self"}, card={"template": "classic"}, prepare={"base": "hex"})
    two = with_(subject={"name": "Other"}, slice={"profile": "prusa-mini"}, lift={"backend": "kit"})
    assert stylize.visible(one) == stylize.visible(two)
    assert stylize.wants(one) == stylize.wants(two)
    assert stylize.wants(one) != stylize.wants(with_(stylize={"seed": 8}))


def test_auto_lifts_only_what_the_kit_designed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))  # no learned lifter's weights
    image = Image.new("RGBA", (8, 8))
    assert lift.choose("auto", View(image, "kit", {"a": 1})) == "kit"
    assert lift.choose("other", View(image, "kit")) == "other"
    assert lift.choose("auto", View(image, "picture")) == "frontback"


def test_options_of_a_backend_are_checked() -> None:
    options = backends.get("stylizers", "kit").Options
    check_options(SPEC.stylize, "stylize", options)
    with pytest.raises(SpecError, match=r"unknown key 'stylize\.sede'") as told:
        check_options(with_(stylize={"sede": 1}).stylize, "stylize", options)
    assert "'seed'" in told.value.hint


def test_the_lifted_solid_stands_in_the_figure_frame() -> None:
    view = stylize.view(SPEC, silent())
    lifted: Lifted = lift.lift(SPEC, view, silent())
    assert lifted.solid is not None
    low, high = lifted.solid.bounds
    assert low[2] == pytest.approx(0.0, abs=0.01)
    assert high[2] == pytest.approx(1.0, abs=0.01)
    assert all(part.is_watertight for part in lifted.parts.values())
