"""The line from a spec to a folder: the one place that knows the order of the stages."""

from __future__ import annotations

import dataclasses
import json
import platform
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import fabricate
from fabricate import backends, resources
from fabricate.errors import BackendError, RunError, SpecError, nearest
from fabricate.events import Event, Listener
from fabricate.record import Record, check_files
from fabricate.run import TOP, RunFolder
from fabricate.spec import Spec, from_mapping, load, to_toml
from fabricate.stages import Stage, card, is_path, lift, prepare, stylize
from fabricate.stages import slice as slicing
from fabricate.stages.brought import Brought

__all__ = ["SLICED", "STAGES", "Result", "check", "make", "prepare_file", "slice_run"]

STAGES: tuple[Stage, ...] = (stylize, lift, prepare, card)
SLICED: tuple[Stage, ...] = (*STAGES, slicing)
"""The line when it is asked to slice too."""

_LIBRARIES = ("numpy", "scipy", "trimesh", "manifold3d", "scikit-image", "lib3mf", "typst", "pillow")


@dataclass(frozen=True)
class Result:
    """What a run left in ``folder``.

    ``files``: name at the top -> path. ``printable``: the print gate's word, None when no gate was passed;
    ``failed``: why it refused; ``warnings``: what it let pass with a word. ``notes``: what was taken from
    photo and words and how to change it.
    """

    folder: Path
    files: Mapping[str, Path]
    stages: tuple[Record, ...]
    printable: bool | None
    failed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    summary: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The result as one JSON-ready object."""
        return {
            "folder": str(self.folder),
            "files": {name: str(path) for name, path in self.files.items()},
            "printable": self.printable,
            "failed": list(self.failed),
            "warnings": list(self.warnings),
            "notes": list(self.notes),
            "seconds": self.seconds,
            "stages": [{"stage": r.stage, "state": r.state, "seconds": r.seconds} for r in self.stages],
            "summary": dict(self.summary),
        }


def check(spec: Spec) -> None:
    """Refuse, before any work, names that the spec uses and nothing here carries.

    Raises TemplateError or BackendError with the nearest names, SpecError for what does not go together.
    """
    look, style = spec.likeness, spec.stylize
    asked = [
        ("styles", style.style, ("auto",)),
        ("poses", style.pose, ("auto",)),
        ("outfits", style.outfit, ("auto",)),
        ("hair", look.hair.style, ("none",)),
        ("glasses", look.glasses, ("none",)),
        ("beards", look.beard, ("none",)),
        ("hats", look.hat, ("none",)),
        ("bases", spec.prepare.base, ("none",)),
        ("cards", spec.card.template, ()),
        ("printers", spec.slice.profile, ()),
    ]
    for kind, name, also in asked:
        if name is not None and name not in also:
            resources.find(kind, name)
    _check_backend("stylizers", style.backend)
    _check_backend("lifters", spec.lift.backend, ("auto",))
    _check_backend("slicers", spec.slice.backend, ("auto",))
    if spec.subject.picture and style.backend == "kit":
        raise SpecError(
            "stylize.backend 'kit' draws its own figure and would leave the picture unused",
            "give the picture as --as photo, or choose a stylizer that takes it: fabricate backends",
        )


def _named(spec: Spec) -> Spec:
    """The spec with each accessory under its template's name ("coffee" is a mug).

    An unknown word stays as it is: the kit says so and goes on, the card shows a sign for it. Raises
    SpecError for a file named without its path.
    """
    asked = spec.subject.accessories
    known = resources.names("accessories")
    if all(is_path(name) or name in known for name in asked):
        return spec
    from fabricate.kit.props import is_word, resolve

    def named(name: str) -> str:
        try:
            return name if is_path(name) else resolve(name)
        except SpecError:
            if not is_word(name):
                raise
            return name

    names = tuple(map(named, asked))
    subject = spec.subject.model_copy(update={"accessories": tuple(dict.fromkeys(names))})
    return spec.model_copy(update={"subject": subject})


def _check_backend(role: backends.Role, name: str, also: Collection[str] = ()) -> None:
    known = backends.names(role)
    if name not in known and name not in also:
        raise BackendError(f"there is no {role.removesuffix('s')} called {name!r}", nearest(name, known))


def _ignore(_event: Event) -> None:
    pass


def make(
    spec: Spec | Mapping[str, Any] | Path | str,
    folder: Path | str,
    *,
    listener: Listener | None = None,
    remake: Collection[str] = (),
    only: Collection[str] | None = None,
    anew: bool = True,
    stages: Sequence[Stage] = STAGES,
) -> Result:
    """Make (or finish, or bring up to date) everything in a run folder.

    ``spec``: a Spec, its tables, or the path of a TOML file. ``listener`` hears every Event. ``remake``:
    stages to make anew even if nothing changed, hand edits dropped. ``only``: make just these anew (with
    ``anew`` False: just where something changed) and take the others as they lie in the folder. ``stages``:
    ``SLICED`` slices too.

    A figure that the gate refuses is no error here: all files are written and ``printable`` is False.
    Raises SpecError, SubjectError, TemplateError, BackendError, MeshError, SliceError, RunError.
    """
    spec = _named(_absolute(_read(spec)))
    folder = Path(folder)
    names = [stage.NAME for stage in stages]
    for name in (*remake, *(only or ())):
        if name not in names:
            raise SpecError(f"there is no stage called {name!r}", nearest(name, names))
    check(spec)
    for stage in stages:
        if only is None or stage.NAME in only:
            check_files(stage.wants(spec))
    if slicing in stages and not (folder / "work" / slicing.NAME).is_dir():
        slicing.ready(spec)
    began = time.monotonic()
    with RunFolder(folder, listener or _ignore) as run:
        run.log(Event("run", "make", str(folder)))
        run.write("spec.toml", to_toml(spec).encode())
        try:
            records = _carry_out(run, spec, stages, remake, only, anew)
            _warn_of_old_moves(run, records)
        except KeyboardInterrupt:
            run.log(Event("failed", "make", "stopped; run it again to go on"))
            raise
        result = _result(run.folder, records, round(time.monotonic() - began, 3))
        run.write("run.json", _run_json(spec, result, records))
        run.log(Event("done", "make", seconds=result.seconds, data={"printable": result.printable}))
    return result


def prepare_file(
    mesh: Path | str,
    folder: Path | str,
    spec: Spec | None = None,
    *,
    listener: Listener | None = None,
    remake: Collection[str] = (),
) -> Result:
    """Make any STL, OBJ, GLB, PLY or 3MF printable, in a run folder: ``lift`` is the reading of the file.

    Raises MeshError for a file that is no mesh or cannot be made solid, and what ``make`` raises.
    """
    line = (Brought(Path(mesh).absolute()), prepare)
    return make(spec or Spec(), folder, listener=listener, remake=remake, stages=line)


def slice_run(
    folder: Path | str, spec: Spec, *, listener: Listener | None = None, anew: bool = False
) -> Result:
    """Slice what lies in a run folder that ``make`` or ``prepare_file`` filled; kept when nothing changed.

    Raises RunError when no finished figure lies there, SliceError, and what ``make`` raises.
    """
    folder = Path(folder)
    there = tuple(stage for stage in STAGES if (folder / "work" / stage.NAME).is_dir())
    if prepare not in there:
        raise RunError(f"{folder} holds no finished figure", "make one: fabricate make, with -o")
    line = (*there, slicing)
    return make(spec, folder, listener=listener, only=(slicing.NAME,), anew=anew, stages=line)


def _read(spec: Spec | Mapping[str, Any] | Path | str) -> Spec:
    if isinstance(spec, Spec):
        return spec
    if isinstance(spec, Mapping):
        return from_mapping(spec)
    return load(Path(spec))


def _absolute(spec: Spec) -> Spec:
    """The spec with absolute paths, so that the ``spec.toml`` in the folder can be made from anywhere."""
    subject = spec.subject
    paths = {
        key: path.absolute() for key in ("photo", "picture") if (path := getattr(subject, key)) is not None
    }
    accessories = tuple(str(Path(a).absolute()) if is_path(a) else a for a in subject.accessories)
    subject = subject.model_copy(update={**paths, "accessories": accessories})
    table = spec.prepare
    if table.palette.endswith(".toml"):
        table = table.model_copy(update={"palette": str(Path(table.palette).absolute())})
    return spec.model_copy(update={"subject": subject, "prepare": table})


def _carry_out(
    run: RunFolder,
    spec: Spec,
    stages: Sequence[Stage],
    remake: Collection[str],
    only: Collection[str] | None,
    anew: bool,
) -> list[Record]:
    records: list[Record] = []
    for stage in stages:
        name = stage.NAME
        if only is not None and name not in only:
            records.append(run.as_it_is(name))
        else:
            again = name in remake or (only is not None and anew)
            wanted = getattr(stage, "AFTER", None)
            before = [r.stage for r in records if wanted is None or r.stage in wanted]
            records.append(run.carry_out(stage, spec, before, remake=again))
    return records


def _warn_of_old_moves(run: RunFolder, records: Sequence[Record]) -> None:
    """Say so when plates in the folder were sliced from another figure than the one that lies there now."""
    old = run.records.get(slicing.NAME)
    if old is None or any(record.stage == slicing.NAME for record in records):
        return
    if old.inputs.get("before", {}).get(prepare.NAME) != run.hashes(prepare.NAME):
        text = "plates/ were sliced from the figure as it was before: make --slice slices it again"
        run.log(Event("warn", slicing.NAME, text))


def _result(folder: Path, records: Sequence[Record], seconds: float) -> Result:
    made = {name for record in records for name in record.top}
    order = [*(n for n in TOP if n in made), *sorted(made.difference(TOP))]
    gates = [record.summary for record in records if "printable" in record.summary]
    return Result(
        folder=folder,
        files={name: folder / name for name in order},
        stages=tuple(records),
        printable=all(bool(gate["printable"]) for gate in gates) if gates else None,
        failed=tuple(str(why) for gate in gates for why in gate.get("failed", ())),
        warnings=_warned(folder) if "report.json" in made else (),
        notes=tuple(note for record in records for note in record.notes),
        seconds=seconds,
        summary={record.stage: record.summary for record in records},
    )


def _warned(folder: Path) -> tuple[str, ...]:
    """What the gate let pass with a word, from the report at the top (which may have been edited)."""
    try:
        checks = json.loads((folder / "report.json").read_text(encoding="utf-8"))["checks"]
        found = [check for check in checks if check["level"] == "warn"]
        return tuple(f"{check['name']}: {check['value']}; {check['advice']}" for check in found)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _version_of(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _run_json(spec: Spec, result: Result, records: Sequence[Record]) -> bytes:
    data = {
        "fabricate": fabricate.__version__,
        "python": platform.python_version(),
        "libraries": {name: found for name in _LIBRARIES if (found := _version_of(name))},
        "at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "consent": spec.subject.consent,
        "seeds": {"stylize": spec.stylize.seed},
        "printable": result.printable,
        "failed": list(result.failed),
        "files": {name: record.outputs[path] for record in records for name, path in record.top.items()},
        "seconds": result.seconds,
        "stages": {record.stage: dataclasses.asdict(record) for record in records},
    }
    return (json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()
