"""Small real things that several tests share: a listener, a tiny stage, a command line run apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fabricate.events import Event, Progress
from fabricate.spec import Spec
from fabricate.stages import Made, Wants

FABRICATE = (sys.executable, "-c", "from fabricate.cli import main; main()")


@dataclass
class Heard:
    """A listener that keeps what it heard."""

    events: list[Event] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def kinds(self, stage: str) -> list[str]:
        """The kinds of a stage's events, in order."""
        return [event.kind for event in self.events if event.stage == stage]


@dataclass
class Writer:
    """A stage, complete and tiny: writes its options and the stages before it into one file a name."""

    NAME: str = "first"
    VERSION: str = "1"
    options: dict[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    top: Mapping[str, str] = field(default_factory=dict)
    runs: int = 0

    def wants(self, spec: Spec) -> Wants:
        return Wants({"name": spec.subject.name, **self.options}, self.files)

    def run(self, spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
        self.runs += 1
        progress.step("writing", 0.5)
        earlier = {
            name: (folder / f"{name}.txt").read_text(encoding="utf-8") for name, folder in before.items()
        }
        text = json.dumps([spec.subject.name, self.options, earlier], sort_keys=True)
        (out / f"{self.NAME}.txt").write_text(text, encoding="utf-8")
        (out / "inner").mkdir()
        (out / "inner" / "more.txt").write_text(f"{self.NAME} more", encoding="utf-8")
        return Made(self.top or {f"{self.NAME}.txt": f"{self.NAME}.txt"}, {"stage": self.NAME}, ("a note",))


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout as the one JSON object that it must be."""
        return json.loads(self.out)


def fabricate(*words: str | Path, cwd: Path, **more: Any) -> Said:
    """Run the command line as a process of its own, in ``cwd``."""
    env = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "100"}
    env["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    done = subprocess.run(
        [*FABRICATE, *map(str, words)],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
        **more,
    )
    return Said(done.returncode, done.stdout, done.stderr)
