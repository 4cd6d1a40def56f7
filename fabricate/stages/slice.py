"""Slice: the figure, its accessories or its pieces laid on beds, each bed turned into a printer's moves."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate import backends, resources
from fabricate.artifacts import Gcode, clock
from fabricate.errors import SliceError
from fabricate.events import Event, Progress
from fabricate.spec import Slice, Spec
from fabricate.stages import Made, Wants

if TYPE_CHECKING:
    from fabricate.backends import Plate, Slicer
    from fabricate.solid.limits import Profile
    from fabricate.stages._plates import Load

__all__ = ["AFTER", "NAME", "VERSION", "plates_of", "ready", "run", "slice_alone", "told", "wants"]

NAME = "slice"
VERSION = "1"
AFTER = ("prepare",)
"""The stages whose files count: a new card is no reason to slice again."""
ORDER = {"gcode": ("prusa", "orca"), "project": ("bambu", "orca")}
"""Which slicers ``auto`` tries for a printer, by its profile's ``output``."""
ABOUT = "plates.json"
"""The plates of a run: ``Gcode.to_json`` of each."""


def wants(spec: Spec) -> Wants:
    """The keys of ``[slice]`` and the printer's own template."""
    options = {"slice": spec.slice.model_dump(mode="json")}
    return Wants(options, (resources.find("printers", spec.slice.profile),), backend=spec.slice.backend)


def ready(spec: Spec) -> None:
    """Refuse, before any work, what cannot be sliced here.

    Raises SliceError when no slicer is installed (it tells how one is), or when the printer's process is not
    the figure's; BackendError, TemplateError for an unknown slicer or printer.
    """
    from fabricate.solid.limits import profile_of

    profile = profile_of(spec.slice.profile)
    _same_process(spec.prepare.process, profile)
    _slicer(spec.slice.backend, profile)


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write ``plates/N.gcode`` (``.sl1`` for resin, ``.gcode.3mf`` or ``.project.3mf`` for Bambu), one a bed,
    the 3MF it was made from in ``models/``, and ``plates.json``, which tells of each.

    A figure that the print gate refused is not sliced unless ``slice.anyway``: ``summary["refused"]`` is True
    then. Raises SliceError, MeshError, BackendError, TemplateError.
    """
    from fabricate.solid.limits import profile_of
    from fabricate.stages._plates import of_folder

    profile = profile_of(spec.slice.profile)
    report = _report(before["prepare"])
    if report.get("printable") is False and not spec.slice.anyway:
        why = "not sliced: the print gate refused the figure (--set slice.anyway=true slices it all the same)"
        progress.warn(why)
        return Made({}, {"plates": [], "refused": True}, (why,))
    _same_process(str(report.get("measures", {}).get("process", profile.process)), profile)
    slicer = _slicer(spec.slice.backend, profile)
    loads = of_folder(before["prepare"], spec.slice, report)
    made = _sliced(slicer, spec.slice, profile, loads, out, progress)
    text = json.dumps([each.to_json() for each in made], indent=1, ensure_ascii=False, allow_nan=False)
    (out / ABOUT).write_text(text + "\n", encoding="utf-8")
    files = {f"plates/{each.path.name}": f"plates/{each.path.name}" for each in made}
    return Made(files, _summary(made), tuple(_notes(made, profile, loads)))


def slice_alone(mesh: Path, spec: Spec, stem: Path, progress: Progress) -> list[Gcode]:
    """Any mesh file sliced, without a run folder: ``stem.gcode``, or ``stem-1.gcode`` ... when it takes more
    than one bed.

    Raises SliceError, MeshError, BackendError, TemplateError.
    """
    from fabricate.solid.limits import profile_of
    from fabricate.stages._plates import of_file

    profile = profile_of(spec.slice.profile)
    slicer = _slicer(spec.slice.backend, profile)
    progress.step("reading", 0.0)
    load = of_file(mesh, spec.prepare.up, spec.prepare.units, progress)
    with tempfile.TemporaryDirectory(prefix=".fabricate-", dir=stem.parent) as folder:
        made = _sliced(slicer, spec.slice, profile, [load], Path(folder), progress)
        out = []
        for each in made:
            ending = each.path.name.partition(".")[2]
            name = f"{stem.name}-{each.plate}" if len(made) > 1 else stem.name
            target = stem.with_name(f"{name}.{ending}")
            shutil.move(str(each.path), target)
            out.append(replace(each, path=target))
    for note in _notes(out, profile, [load]):
        progress.note(note)
    return out


def _report(prepare: Path) -> dict[str, Any]:
    try:
        data = json.loads((prepare / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _same_process(process: str, profile: Profile) -> None:
    if process != profile.process:
        raise SliceError(
            f"the figure is prepared for {process}, and {profile.name} prints {profile.process}",
            f"make it with --process {profile.process}, or choose another --profile",
        )


def _slicer(backend: str, profile: Profile) -> Slicer | None:
    """The slicer to ask; None where a printer's own program must, and it is not installed.

    Raises SliceError when there is none, BackendError for an unknown one.
    """
    project = profile.machine.output == "project"
    auto = backend == "auto"
    slicer, why = _present(ORDER[profile.machine.output] if auto else (backend,))
    if slicer is None and not (auto and project):
        message, _, hint = why.partition(": ")
        raise SliceError(message, hint)
    # PrusaSlicer knows not how such a printer starts a print
    return None if project and slicer is not None and slicer.name == "prusa" else slicer


def _present(names: Sequence[str]) -> tuple[Slicer | None, str]:
    """The first of these slicers that can slice here; or None, and why the first of them cannot.

    Raises BackendError for an unknown one.
    """
    reasons = []
    for name in names:
        slicer: Slicer = backends.get("slicers", name)
        if not (why := slicer.absent()):
            return slicer, ""
        reasons.append(why)
    return None, reasons[0]


def _sliced(
    slicer: Slicer | None,
    table: Slice,
    profile: Profile,
    loads: Sequence[Load],
    out: Path,
    progress: Progress,
) -> list[Gcode]:
    """The loads in ``out/plates``, made from what is written to ``out/models``."""
    from fabricate.stages._plates import beds, lay, wants_tower

    progress.step("laying everything on the bed", 0.0)
    every = beds(loads, profile, table)
    models = out / "models"
    models.mkdir()
    (out / "plates").mkdir()
    made = []
    for number, (things, load) in enumerate(every, 1):
        share = _share(progress, number, len(every))
        share.step(f"plate {number}: {', '.join(thing.name for thing in things)}", 0.0)
        plate = lay(things, load, profile, table, number, models)
        if len(plate.colours) > 1 and plate.tower is None and wants_tower(profile, table):
            progress.warn("there is no room for the tower that wipes the nozzle: colours will mix a little")
        stem = out / "plates" / str(number)
        made.append(_project(plate, stem, share) if slicer is None else slicer.slice(plate, stem, share))
    return made


def _share(progress: Progress, number: int, count: int) -> Progress:
    """A ``Progress`` for one plate of several: its 0..1 is that plate's part of the whole."""

    def hear(event: Event) -> None:
        if event.fraction is not None:
            event = replace(event, fraction=(number - 1 + event.fraction) / count)
        progress.listener(event)

    return Progress(progress.stage, hear)


def _project(plate: Plate, stem: Path, progress: Progress) -> Gcode:
    """The plate as a 3MF for the printer's own program, its numbers estimated where PrusaSlicer is there.

    Raises SliceError when what lies on it is not on the bed, or PrusaSlicer makes something else of it.
    """
    from fabricate.slicers._plate import check_extents, weighed

    check_extents(plate)
    target = stem.with_name(f"{stem.name}.project.3mf")
    shutil.copyfile(plate.model, target)
    (left, front, bottom), (right, back, top) = plate.low, plate.high
    size = (right - left, back - front, top - bottom)
    blank = weighed(plate, target, kind="project", height_mm=top, size_mm=size)
    prusa, _ = _present(("prusa",))
    if prusa is None:
        return blank
    with tempfile.TemporaryDirectory() as folder:
        guess = prusa.slice(plate, Path(folder) / str(plate.number), progress)
    return replace(
        guess, path=blank.path, sha256=blank.sha256, kind="project", slicer=f"{guess.slicer}, an estimate"
    )


def _summary(made: Sequence[Gcode]) -> dict[str, Any]:
    costs = [each.cost for each in made if each.cost is not None]
    return {
        "profile": made[0].profile,
        "slicer": made[0].slicer,
        "seconds": round(sum(each.seconds for each in made), 1),
        "grams": round(sum(each.grams for each in made), 2),
        "metres": round(sum(each.metres for each in made), 3),
        "cost": round(sum(costs), 2) if costs else None,
        "currency": made[0].currency,
        "plates": [each.to_json() for each in made],
    }


def told(each: Gcode) -> str:
    """A plate in one line: what lies on it, how long, how heavy, how dear."""
    parts = [clock(each.seconds)] if each.seconds else []
    parts += [f"{each.layers:,} layers"] if each.layers else []
    parts += [f"{each.grams:.1f} g"] if each.grams else []
    parts += [f"{each.metres:.1f} m"] if each.metres else []
    parts += [f"{each.cost:.2f} {each.currency}"] if each.cost else []
    guessed = "about " if each.kind == "project" and parts else ""
    return f"plate {each.plate} ({', '.join(each.holds)}): {guessed}{', '.join(parts) or 'not sliced yet'}"


def _notes(made: Sequence[Gcode], profile: Profile, loads: Sequence[Load]) -> list[str]:
    """A line a plate, and what the maker should know of the files."""
    from fabricate.solid.colour import colour_of

    out = [told(each) for each in made]
    if any(each.kind == "project" for each in made):
        out.append(
            f"no Bambu Studio here: open plates/{made[0].path.name} in it, choose {profile.label}, and slice"
        )
    if any(each.kind == "sl1" for each in made):
        out.append(
            "SL1 is Prusa's format: for a resin printer of another make, convert it or use its program"
        )
    shades = {colour_of(part) for load in loads for thing in load.things for part in thing.parts.values()}
    if profile.process == "fdm" and max(len(each.colours) for each in made) == 1 and len(shades) > 1:
        out.append(
            f"{profile.name} holds one filament, so it is sliced in one colour "
            "(--set slice.colours=N for a printer that holds more; --parts pegged prints a colour at a time)"
        )
    return out


def plates_of(folder: Path) -> list[Gcode]:
    """The plates in a finished ``work/slice``; none where there is no readable ``plates.json``."""
    try:
        rows: list[Mapping[str, Any]] = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        return [Gcode.from_json(row, folder / "plates") for row in rows]
    except (OSError, ValueError, TypeError):
        return []
