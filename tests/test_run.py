"""The run folder: skip, keep, remake, edited, whole or absent, one run at a time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fabricate.errors import RunError, SubjectError
from fabricate.events import Progress
from fabricate.record import Record, changed, inputs_of, key_of
from fabricate.run import RunFolder
from fabricate.spec import Spec
from fabricate.stages import Made, Wants
from tests.small import Heard, Writer


def go(
    folder: Path, heard: Heard, stages: list[Any], name: str = "Maya", remake: Collection[str] = ()
) -> dict[str, Record]:
    """Carry out the stages, each after the ones before it, as the pipeline does."""
    spec = Spec.model_validate({"subject": {"name": name}})
    heard.events.clear()
    done: list[str] = []
    with RunFolder(folder, heard) as run:
        for stage in stages:
            run.carry_out(stage, spec, list(done), remake=stage.NAME in remake)
            done.append(stage.NAME)
        return {name: run.records[name] for name in done}


@pytest.fixture
def stages() -> list[Writer]:
    return [Writer("first"), Writer("second"), Writer("third")]


def states(records: dict[str, Record]) -> list[str]:
    return [record.state for record in records.values()]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in (folder / "work").glob(".*") if path.name != ".lock"]


def test_a_first_run_makes_everything(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    records = go(tmp_path / "out", heard, stages)
    assert states(records) == ["made"] * 3
    assert heard.kinds("second") == ["start", "step", "done"]
    assert (tmp_path / "out/third.txt").read_text(encoding="utf-8") == (
        tmp_path / "out/work/third/third.txt"
    ).read_text(encoding="utf-8")
    assert set(records["first"].outputs) == {"first.txt", "inner/more.txt"}
    assert not leftovers(tmp_path / "out")


def test_a_second_run_makes_nothing(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    go(tmp_path / "out", heard, stages)
    records = go(tmp_path / "out", heard, stages)
    assert [stage.runs for stage in stages] == [1, 1, 1]
    assert states(records) == ["kept"] * 3
    assert heard.kinds("first") == ["skip"]


def test_a_change_remakes_what_follows(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    go(tmp_path / "out", heard, stages)
    stages[1].options["hat"] = "beret"
    records = go(tmp_path / "out", heard, stages)
    assert [stage.runs for stage in stages] == [1, 2, 2]
    assert states(records) == ["kept", "made", "made"]
    starts = {event.stage: event.message for event in heard.events if event.kind == "start"}
    assert starts == {"second": "changed: hat", "third": "changed: the second before it"}


def test_a_stage_made_to_the_same_bytes_spares_what_follows(
    tmp_path: Path, heard: Heard, stages: list[Writer]
) -> None:
    go(tmp_path / "out", heard, stages)
    stages[0].VERSION = "2"
    assert states(go(tmp_path / "out", heard, stages)) == ["made", "kept", "kept"]
    assert stages[0].runs == 2


def test_a_changed_input_file_remakes(tmp_path: Path, heard: Heard) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"one")
    stage = Writer(files=(photo,))
    go(tmp_path / "out", heard, [stage])
    os.utime(photo, ns=(1, 1))
    assert states(go(tmp_path / "out", heard, [stage])) == ["kept"]
    photo.write_bytes(b"two")
    assert states(go(tmp_path / "out", heard, [stage])) == ["made"]
    photo.unlink()
    with pytest.raises(SubjectError, match=r"there is no file .*photo\.jpg"):
        go(tmp_path / "out", heard, [stage])


def test_remake_makes_anew(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    go(tmp_path / "out", heard, stages)
    assert states(go(tmp_path / "out", heard, stages, remake=["second"])) == ["kept", "made", "kept"]


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("in_place", [True, False])
def test_an_edited_file_is_kept(
    tmp_path: Path, heard: Heard, stages: list[Writer], inside: bool, in_place: bool
) -> None:
    out = tmp_path / "out"
    go(out, heard, stages)
    file = out / ("work/second/second.txt" if inside else "second.txt")
    if not in_place:  # as most editors do: a new file under the old name
        file.unlink()
    file.write_text("mine", encoding="utf-8")
    for again in (1, 2):
        records = go(out, heard, stages)
        assert heard.kinds("second") == ["edited"]
        assert states(records) == ["kept", "edited", "made" if again == 1 else "kept"]
        assert (
            (out / "second.txt").read_text(encoding="utf-8")
            == "mine"
            == (out / "work/second/second.txt").read_text(encoding="utf-8")
        )
        assert "mine" in (out / "third.txt").read_text(encoding="utf-8")
    assert records["second"].edited == ["second.txt"]
    assert [stage.runs for stage in stages] == [1, 1, 2]


def test_an_edit_whose_inputs_change_stops_the_run(
    tmp_path: Path, heard: Heard, stages: list[Writer]
) -> None:
    out = tmp_path / "out"
    go(out, heard, stages)
    (out / "second.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(RunError) as told:
        go(out, heard, stages, name="Noor")
    assert "second.txt was edited by hand" in told.value.message
    assert "--remake second" in told.value.hint
    assert (out / "second.txt").read_text(encoding="utf-8") == "mine"
    go(out, heard, stages, name="Noor", remake=["second"])
    assert "Noor" in (out / "second.txt").read_text(encoding="utf-8")


def test_two_different_edits_of_one_file_stop_the_run(
    tmp_path: Path, heard: Heard, stages: list[Writer]
) -> None:
    out = tmp_path / "out"
    go(out, heard, stages)
    (out / "second.txt").unlink()
    (out / "second.txt").write_text("mine", encoding="utf-8")
    (out / "work/second/second.txt").write_text("mine too", encoding="utf-8")
    with pytest.raises(RunError, match=r"second\.txt was edited twice"):
        go(out, heard, stages)


def test_what_was_deleted_comes_back(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    out = tmp_path / "out"
    go(out, heard, stages)
    (out / "first.txt").unlink()
    (out / "work/second/second.txt").unlink()
    (out / "work/third/inner/more.txt").unlink()
    assert states(go(out, heard, stages)) == ["kept", "kept", "made"]
    assert (out / "first.txt").is_file()


def test_results_that_are_made_no_more_leave_the_top(
    tmp_path: Path, heard: Heard, stages: list[Writer]
) -> None:
    out = tmp_path / "out"
    stages[0].top = {"first.txt": "first.txt", "accessories.3mf": "inner/more.txt"}
    go(out, heard, stages)
    assert (out / "accessories.3mf").is_file()
    stages[0].top, stages[0].VERSION = {"first.txt": "first.txt"}, "2"
    go(out, heard, stages)
    assert not (out / "accessories.3mf").exists()


@dataclass
class Breaks(Writer):
    """Writes half of its work, then fails."""

    error: BaseException = field(default_factory=ValueError)

    def run(self, spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
        super().run(spec, before, out, progress)
        raise self.error


@pytest.mark.parametrize(
    "error", [SubjectError("no face", "another photo"), KeyboardInterrupt(), ValueError()]
)
def test_a_failed_stage_leaves_nothing_of_its_own(
    tmp_path: Path, heard: Heard, stages: list[Writer], error: BaseException
) -> None:
    out = tmp_path / "out"
    with pytest.raises(type(error)):
        go(out, heard, [stages[0], Breaks("second", error=error)])
    assert not (out / "work/second").exists()
    assert not (out / "second.txt").exists()
    assert not leftovers(out)
    assert states(go(out, heard, stages)) == ["kept", "made", "made"]


def test_a_full_disk_is_told_in_two_lines(
    small_disk: Callable[[str], Path], heard: Heard, stages: list[Writer]
) -> None:
    class Fills(Writer):
        def run(self, spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
            (out / "big").write_bytes(bytes(1 << 23))
            return Made()

    class FillsSilently(Writer):
        def run(self, spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
            try:
                (out / "big").write_bytes(bytes(1 << 23))
            except OSError:
                return Made({"big": "big"})
            raise AssertionError("the disk is larger than it should be")

    out = small_disk("3m") / "out"
    for culprit in (Fills, FillsSilently):
        with pytest.raises(RunError, match="is full") as told:
            go(out, heard, [stages[0], culprit("second")])
        assert "make room" in told.value.hint
        assert (out / "first.txt").is_file()
        assert not (out / "big").exists()
        assert not leftovers(out)


@pytest.mark.parametrize("there", [False, True])
def test_a_refusal_before_anything_is_made_takes_its_traces_back(
    tmp_path: Path, heard: Heard, there: bool
) -> None:
    out = tmp_path / "out"
    if there:
        out.mkdir()
        (out / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SubjectError):
        go(out, heard, [Breaks("first", error=SubjectError("no face", "another photo"))])
    assert [path.name for path in tmp_path.rglob("*")] == (["out", "mine.txt"] if there else [])


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    (tmp_path / "out").write_text("a file", encoding="utf-8")
    for out in (tmp_path / "out", tmp_path / "out/below"):
        with pytest.raises(RunError) as told:
            go(out, heard, stages)
        assert "-o" in told.value.hint
    assert (tmp_path / "out").read_text(encoding="utf-8") == "a file"


def test_a_folder_that_is_not_writable_is_refused(heard: Heard, stages: list[Writer]) -> None:
    with tempfile.TemporaryDirectory() as name:
        theirs = Path(name)
        theirs.chmod(0o555)
        root = os.geteuid() == 0
        if root:  # root may write anywhere: be nobody for this
            os.seteuid(65534)
        try:
            with pytest.raises(RunError, match="cannot write in") as told:
                go(theirs / "out", heard, stages)
            with pytest.raises(RunError, match="cannot write in"):
                go(theirs, heard, stages)
        finally:
            if root:
                os.seteuid(0)
            theirs.chmod(0o755)
        assert "-o" in told.value.hint
        assert not list(theirs.iterdir())


@pytest.mark.parametrize("name", ["figure.stl", "card.png", "spec.toml", "work"])
def test_files_of_somebody_else_are_left_alone(
    tmp_path: Path, heard: Heard, stages: list[Writer], name: str
) -> None:
    (tmp_path / name).mkdir() if name == "work" else (tmp_path / name).write_text("holiday", encoding="utf-8")
    with pytest.raises(RunError, match="not made by fabricate"):
        go(tmp_path, heard, stages)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_the_maker_laid_there_later_is_left_alone(
    tmp_path: Path, heard: Heard, stages: list[Writer]
) -> None:
    go(tmp_path, heard, stages[:1])
    (tmp_path / "second.txt").write_text("holiday", encoding="utf-8")
    with pytest.raises(RunError, match=r"second\.txt is in the way"):
        go(tmp_path, heard, stages)
    assert (tmp_path / "second.txt").read_text(encoding="utf-8") == "holiday"
    (tmp_path / "second.txt").unlink()
    assert states(go(tmp_path, heard, stages)) == ["kept", "made", "made"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"stages": 7}', '{"stages": {"first": {"key": 1}}}'])
def test_a_spoiled_run_json_is_made_anew(
    tmp_path: Path, heard: Heard, stages: list[Writer], content: str
) -> None:
    go(tmp_path, heard, stages)
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    assert states(go(tmp_path, heard, stages)) == ["kept"] * 3


def test_one_run_at_a_time(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    code = (
        "import sys, pathlib\nfrom fabricate.run import RunFolder\n"
        "with RunFolder(pathlib.Path(sys.argv[1]), print):\n"
        "    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f"another run .process {other.pid}. is at work"):
            go(tmp_path, heard, stages)
        other.kill()
    assert states(go(tmp_path, heard, stages)) == ["made"] * 3  # the lock of the dead run is taken over


def test_a_run_killed_between_its_renames_loses_nothing(
    tmp_path: Path, heard: Heard, stages: list[Writer]
) -> None:
    out = tmp_path / "out"
    go(out, heard, stages)
    work = out / "work"
    (work / "second").rename(work / ".old-second")  # as a run leaves it that dies right there
    (work / ".new-second").mkdir()
    (work / ".new-second/second.txt").write_text("half", encoding="utf-8")
    (work / ".part-run.json").write_text("{", encoding="utf-8")
    with (out / "events.jsonl").open("a") as log:
        log.write('{"half": ')
    assert states(go(out, heard, stages)) == ["kept"] * 3
    assert not leftovers(out)
    for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines():
        json.loads(line)


def test_events_are_appended_as_json_lines(tmp_path: Path, heard: Heard, stages: list[Writer]) -> None:
    out = tmp_path / "out"
    go(out, heard, stages)
    once = len((out / "events.jsonl").read_text(encoding="utf-8").splitlines())
    go(out, heard, stages)
    lines = [json.loads(line) for line in (out / "events.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == once + 3
    assert [line["kind"] for line in lines[once:]] == ["skip"] * 3
    assert all(line["at"] and line["stage"] for line in lines)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
OPTIONS = st.dictionaries(st.text(min_size=1), JSON, max_size=4)
BEFORE = st.dictionaries(st.text(min_size=1), st.dictionaries(st.text(), st.text(), max_size=2), max_size=2)


@given(OPTIONS, OPTIONS, BEFORE, BEFORE, st.text(), st.text())
def test_same_key_exactly_when_same_inputs(
    one: dict[str, Any], two: dict[str, Any], before: Any, earlier: Any, backend: str, other: str
) -> None:
    stage = Writer()
    first = inputs_of(stage, Wants(one, backend=backend), before)
    second = inputs_of(stage, Wants(two, backend=other), earlier)
    same = json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert (key_of(first) == key_of(second)) == same
    assert key_of(json.loads(json.dumps(first))) == key_of(first)
    shuffled = dict(reversed(list(one.items())))
    assert key_of(inputs_of(stage, Wants(shuffled, backend=backend), before)) == key_of(first)


@given(OPTIONS, OPTIONS)
def test_what_changed_is_named_exactly_when_something_did(one: dict[str, Any], two: dict[str, Any]) -> None:
    stage = Writer()
    first, second = (inputs_of(stage, Wants(options), {}) for options in (one, two))
    assert not changed(first, first)
    if first != second:
        assert changed(first, second)
