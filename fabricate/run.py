"""The run folder: what was made from what, what is kept, what is remade, and how a killed run goes on.

::

    DIR/figure.stl ...        what the maker came for: links to, or copies of, files in work/
    DIR/work/<stage>/         a stage's files, and in .made.json the record of what they were made from
    DIR/work/.*               the lock, and what is still being written: cleared when the next run starts
    DIR/run.json              all records, written last
    DIR/events.jsonl          what every run said, line by line
    DIR/spec.toml             the resolved spec

A stage's folder is written aside and renamed together with its record, so it is whole or absent. A file
whose hash no longer is the recorded one was edited by the maker: it is kept, and what follows is remade.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from collections.abc import Collection
from pathlib import Path
from types import TracebackType
from typing import Any

from fabricate import disk
from fabricate.errors import FabricateError, RunError
from fabricate.events import Event, Listener, Progress
from fabricate.record import Record, State, changed, edits_of, inputs_of, key_of, settle
from fabricate.spec import Spec
from fabricate.stages import Stage

__all__ = ["TOP", "RunFolder"]

TOP = (
    "figure.stl",
    "figure.3mf",
    "figure.glb",
    "accessories.3mf",
    "card.pdf",
    "card.png",
    "card.svg",
    "preview.png",
    "report.html",
    "report.json",
)
"""What may lie at the top of a run folder, in the order it is told."""

_OURS = (*TOP, "colours", "pieces", "plates", "spec.toml", "run.json", "events.jsonl", "work")


class RunFolder:
    """One folder, held (locked) by one run: ``with RunFolder(path, listener) as run: run.carry_out(...)``.

    Raises RunError when the folder cannot be made, is in use, or holds files that are not ours.
    """

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.folder = folder
        self.work = folder / "work"
        self.listener = listener
        self.records: dict[str, Record] = {}
        self._held = contextlib.ExitStack()
        self._bare, self._begun = not folder.exists(), not self.work.exists()
        self._digest = disk.Digests()

    def __enter__(self) -> RunFolder:
        try:
            self._open()
        except OSError as exc:
            self._held.close()
            raise disk.complaint(exc, self.folder) or exc from exc
        except BaseException:
            self._held.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with contextlib.suppress(OSError):
                self._recover()
                self._clear()
        finally:
            self._held.close()
        if self._begun and not self.records and isinstance(exc, FabricateError):
            self._forget()
        if isinstance(exc, OSError) and (told := disk.complaint(exc, self.folder)):
            raise told from exc

    def _forget(self) -> None:
        """Take back what was written on the way to a refusal before anything was made."""
        with contextlib.suppress(OSError):
            for name in ("events.jsonl", "spec.toml"):
                (self.folder / name).unlink(missing_ok=True)
            disk.remove(self.work)
            if self._bare:
                self.folder.rmdir()

    def _open(self) -> None:
        lock = self.work / ".lock"
        if not lock.exists() and not (self.folder / "run.json").is_file():
            there = [name for name in _OURS if (self.folder / name).exists()]
            if there:
                raise RunError(
                    f"{self.folder / there[0]} is in the way: it was not made by fabricate",
                    "choose another folder with -o, or move it elsewhere",
                )
        self.work.mkdir(parents=True, exist_ok=True)
        self._held.enter_context(disk.lock(lock))
        self._recover()
        self._clear()
        whole = self._read_json(self.folder / "run.json").get("stages")
        whole = whole if isinstance(whole, dict) else {}
        for name in {*whole, *(p.name for p in self.work.iterdir() if p.is_dir())}:
            data = self._read_json(self.work / name / ".made.json") or whole.get(name)
            if record := Record.from_json(data):
                self.records[name] = record

    @staticmethod
    def _read_json(path: Path) -> dict[str, Any]:
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def _recover(self) -> None:
        for old in self.work.glob(".old-*"):
            stage = self.work / old.name.removeprefix(".old-")
            if not stage.exists():
                old.rename(stage)
        log = self.folder / "events.jsonl"
        if log.is_file() and (text := log.read_bytes()) and not text.endswith(b"\n"):
            with log.open("r+b") as file:
                file.truncate(text.rfind(b"\n") + 1)

    def _clear(self) -> None:
        for left in self.work.glob(".*"):
            if left.name != ".lock":
                disk.remove(left)

    def write(self, name: str, data: bytes) -> None:
        """Write a file at the top in one step."""
        disk.write(self.folder / name, data, self.work / f".part-{name}")

    def log(self, event: Event) -> None:
        """Append an event to ``events.jsonl`` and hand it on to the listener."""
        line = {"at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), **event.to_json()}
        with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self.listener(event)

    def hashes(self, stage: str) -> dict[str, str]:
        """Path -> SHA-256 of a finished stage's files as they now are."""
        record = self.records[stage]
        return {name: self._digest(self.work / stage / name) for name in record.outputs}

    def carry_out(self, stage: Stage, spec: Spec, before: Collection[str], *, remake: bool = False) -> Record:
        """Keep a stage's files when nothing they depend on changed, else make them; returns the record.

        Raises RunError when the maker edited a file whose own inputs changed too, and what the stage raises.
        """
        name = stage.NAME
        wants = stage.wants(spec)
        inputs = inputs_of(stage, wants, {earlier: self.hashes(earlier) for earlier in before})
        key = key_of(inputs)
        old = self.records.get(name)
        edited = None if old is None or remake else edits_of(old, self.folder, self._digest)
        if old is not None and edited is not None and old.key == key:
            return self._keep(old, edited)
        why = [] if old is None else ["--remake"] if remake else changed(old.inputs, inputs)
        if edited:
            reasons = ", ".join(why[:3])
            raise RunError(
                f"{edited[0]} was edited by hand, and what it is made from changed too ({reasons})",
                f"--remake {name} makes it anew and drops your edit; or undo the change to keep it",
            )
        self.records[name] = self._make(stage, spec, before, inputs, why)
        return self.records[name]

    def as_it_is(self, name: str) -> Record:
        """The record of a stage made earlier, whatever changed since; RunError when there is none."""
        record = self.records.get(name)
        edited = None if record is None else edits_of(record, self.folder, self._digest)
        if record is None or edited is None:
            raise RunError(f"{self.folder} holds no finished {name}", "run: fabricate make, with the same -o")
        return self._keep(record, edited)

    def _keep(self, record: Record, edited: list[str]) -> Record:
        settle(record, self.folder, self._digest)
        state: State = "edited" if edited else "kept"
        self._tell_kept(record.stage, edited)
        self.records[record.stage] = dataclasses.replace(record, state=state, edited=edited)
        return self.records[record.stage]

    def _tell_kept(self, stage: str, edited: list[str]) -> None:
        if edited:
            names = ", ".join(edited)
            text = f"{names}: edited by hand, kept (--remake {stage} makes it anew)"
            self.log(Event("edited", stage, text, data={"files": edited}))
        else:
            self.log(Event("skip", stage, "unchanged"))

    def _make(
        self,
        stage: Stage,
        spec: Spec,
        before: Collection[str],
        inputs: dict[str, Any],
        why: list[str],
    ) -> Record:
        name, aside = stage.NAME, self.work / f".new-{stage.NAME}"
        began = time.monotonic()

        notes: dict[str, None] = {}

        def hear(event: Event) -> None:
            if event.kind == "note":
                notes.setdefault(event.message)
            self.log(dataclasses.replace(event, seconds=time.monotonic() - began))

        hear(Event("start", name, f"changed: {', '.join(why[:3])}" if why else ""))
        try:
            disk.remove(aside)
            aside.mkdir()
            folders = {earlier: self.work / earlier for earlier in before}
            made = stage.run(spec, folders, aside, Progress(name, hear))
            disk.probe(self.work / ".probe")
            record = Record(
                stage=name,
                key=key_of(inputs),
                inputs=inputs,
                outputs=disk.tree(aside),
                top=dict(made.files),
                summary=dict(made.summary),
                notes=list({**notes, **dict.fromkeys(made.notes)}),
                seconds=round(time.monotonic() - began, 3),
                made=time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            )
            self._commit(record, aside)
        except Exception as exc:
            told = disk.complaint(exc, self.folder)
            self._tell_failure(hear, name, told or exc)
            if told is not None:
                raise told from exc
            raise
        hear(Event("done", name, data={"summary": record.summary}))
        return record

    @staticmethod
    def _tell_failure(hear: Listener, name: str, exc: Exception) -> None:
        message = exc.message if isinstance(exc, FabricateError) else f"{type(exc).__name__}: {exc}"
        with contextlib.suppress(OSError):  # a full disk cannot take this line either
            hear(Event("failed", name, message))

    def _commit(self, record: Record, aside: Path) -> None:
        """Rename the finished folder to its place, its record in it, and put its results at the top.

        The old results leave the top first: what lies there never differs from the record that names it.
        """
        strange = [path for path in record.top.values() if path not in record.outputs]
        if strange:
            raise ValueError(f"stage {record.stage} names files it did not write: {strange}")
        text = json.dumps(dataclasses.asdict(record), ensure_ascii=False, indent=1, allow_nan=False)
        (aside / ".made.json").write_text(text + "\n", encoding="utf-8")
        disk.sync_tree(aside)
        final, old = self.work / record.stage, self.work / f".old-{record.stage}"
        ours = before.top if (before := self.records.get(record.stage)) else {}
        for name in record.top:
            there = self.folder / name
            if there.is_dir() or (there.exists() and name not in ours):
                raise RunError(f"{there} is in the way: it was not made by fabricate", "move it elsewhere")
        for name in ours:
            disk.remove(self.folder / name)
            if (within := (self.folder / name).parent) != self.folder:
                with contextlib.suppress(OSError):  # the maker's own file lies there too
                    within.rmdir()
        disk.remove(old)
        if final.exists():
            final.rename(old)
        aside.rename(final)
        disk.sync(self.work)
        disk.remove(old)
        for name, path in record.top.items():
            (self.folder / name).parent.mkdir(exist_ok=True)
            disk.place(final / path, self.folder / name, self.work / f".part-{name.replace('/', '-')}")
