"""The record of a stage: what it made, from what, and the key: equal when it would be the same again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from fabricate import disk, resources
from fabricate.errors import RunError, SubjectError
from fabricate.stages import Stage, Wants

__all__ = ["Record", "State", "changed", "check_files", "edits_of", "inputs_of", "key_of", "settle"]

State = Literal["made", "kept", "edited"]
_NONE = object()


@dataclass(frozen=True)
class Record:
    """What one stage made and from what: ``outputs`` maps path in its folder -> SHA-256, ``top`` maps name at
    the top -> path in its folder, ``inputs`` is what ``key`` is the hash of."""

    stage: str
    key: str
    inputs: dict[str, Any]
    outputs: dict[str, str]
    top: dict[str, str]
    summary: dict[str, Any]
    notes: list[str]
    seconds: float
    made: str
    state: State = "made"
    edited: list[str] = field(default_factory=list)

    @classmethod
    def from_json(cls, data: Any) -> Record | None:
        """A record read back; None when it is not one (then the stage is made anew)."""
        try:
            record = cls(**data)
        except TypeError:
            return None
        whole = all(isinstance(part, dict) for part in (record.inputs, record.outputs, record.top))
        return record if whole else None


def check_files(wants: Wants) -> None:
    """Raise SubjectError when an input file is missing or cannot be read."""
    for path in wants.files:
        try:
            with path.open("rb"):
                pass
        except FileNotFoundError as exc:
            raise SubjectError(f"there is no file {path}", "check its name and folder") from exc
        except OSError as exc:
            raise SubjectError(f"{path} cannot be read: {exc.strerror}", "name a file that is yours") from exc


def inputs_of(stage: Stage, wants: Wants, before: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Everything a stage's result depends on, JSON-ready. ``before``: earlier stage -> its files' hashes.

    Raises SubjectError when an input file is missing.
    """
    check_files(wants)
    return {
        "version": stage.VERSION,
        "backend": wants.backend,
        "options": dict(wants.options),
        "files": [disk.digest(path) for path in wants.files],
        "templates": resources.digest(*wants.templates) if wants.templates else "",
        "before": {name: dict(hashes) for name, hashes in before.items()},
    }


def key_of(inputs: Mapping[str, Any]) -> str:
    """The hash of a stage's inputs: equal exactly when they are."""
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _flat(data: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(data, Mapping) and data:
        for key, value in data.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, data


def changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Which inputs differ, in a maker's words, for the line that says why a stage is remade."""
    options_old, options_new = dict(_flat(old.get("options", {}))), dict(_flat(new["options"]))
    names = [
        k for k in {**options_old, **options_new} if options_old.get(k, _NONE) != options_new.get(k, _NONE)
    ]
    words = {
        "files": "the input file",
        "templates": "a template",
        "backend": "the backend",
        "version": "fabricate",
    }
    names += [word for key, word in words.items() if old.get(key) != new[key]]
    names += [f"the {k} before it" for k, v in new["before"].items() if old.get("before", {}).get(k) != v]
    return names


@dataclass(frozen=True)
class _Copy:
    """One output: its name for the maker, the recorded hash, and what lies in its two places."""

    name: str
    made: str
    inner: Path
    inner_now: str
    outer: Path | None
    outer_now: str


def _copies(record: Record, folder: Path, digest: disk.Digests) -> Iterator[_Copy]:
    names = {path: name for name, path in record.top.items()}
    for path, made in record.outputs.items():
        inner = folder / "work" / record.stage / path
        outer = folder / names[path] if path in names else None
        inner_now = digest(inner) if inner.is_file() else ""
        outer_now = digest(outer) if outer is not None and outer.is_file() else ""
        yield _Copy(names.get(path, f"work/{record.stage}/{path}"), made, inner, inner_now, outer, outer_now)


def edits_of(record: Record, folder: Path, digest: disk.Digests) -> list[str] | None:
    """The files of a record that the maker edited; None when one is missing, so that all are made anew.

    Raises RunError when one was edited in two ways, or when there are both edited and missing files.
    """
    edited, missing = [], False
    for copy in _copies(record, folder, digest):
        differing = {copy.inner_now, copy.outer_now} - {copy.made, ""}
        if len(differing) > 1:
            raise RunError(
                f"{copy.name} was edited twice, at the top and in work/{record.stage}",
                f"delete the copy that you do not want: {copy.outer} or {copy.inner}",
            )
        if differing:
            edited.append(copy.name)
        missing = missing or not (copy.inner_now or copy.outer_now)
    if missing and edited:
        raise RunError(
            f"{edited[0]} was edited by hand, but other files of work/{record.stage} are missing",
            f"--remake {record.stage} makes them all anew and drops your edit",
        )
    return None if missing else edited


def settle(record: Record, folder: Path, digest: disk.Digests) -> None:
    """Bring both copies of every file together: the edited one wins, a missing one comes back."""
    for copy in _copies(record, folder, digest):
        if copy.outer is None or copy.inner_now == copy.outer_now:
            continue
        part = folder / "work" / f".part-{copy.outer.name}"
        if copy.inner_now and (not copy.outer_now or copy.inner_now != copy.made):
            copy.outer.parent.mkdir(parents=True, exist_ok=True)
            disk.place(copy.inner, copy.outer, part)
        else:
            copy.inner.parent.mkdir(parents=True, exist_ok=True)
            disk.place(copy.outer, copy.inner, part)
