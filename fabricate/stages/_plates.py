"""What is to be sliced, laid on beds: the figure and its accessories beside it, or the pieces of it."""

from __future__ import annotations

import contextlib
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.errors import FabricateError
from fabricate.events import Progress
from fabricate.spec import Slice
from fabricate.stages._choices import BRIM_MM, brim_for, supports_for

if TYPE_CHECKING:
    from fabricate.backends import Plate
    from fabricate.solid.limits import Profile
    from fabricate.solid.threemf import Thing

__all__ = ["Load", "beds", "box_around", "lay", "of_file", "of_folder", "wants_tower"]

TOWER_MM = (60.0, 45.0)
"""Room for the wipe tower, at the back of the bed: width and depth."""


@dataclass(frozen=True)
class Load:
    """Things that may share beds. ``placed``: they lie as they are to be printed, if the bed is that large.

    ``overhang``: the share of a thing's surface that the report found hanging over, by its name.
    """

    things: tuple[Thing, ...]
    placed: bool = False
    overhang: Mapping[str, float] | None = None
    based: bool = False
    """The first thing stands on a base that holds it down."""


def of_folder(prepare: Path, table: Slice, report: Mapping[str, Any]) -> list[Load]:
    """What a finished ``prepare`` holds: its pieces as they lie on its plates, else the figure; accessories.

    Raises MeshError when a file cannot be read.
    """
    extra = prepare / "accessories.3mf"
    others = tuple(_things(extra)) if table.accessories and extra.is_file() else ()
    plates = sorted((prepare / "plates").glob("*.3mf"), key=lambda path: (len(path.name), path.name))
    if plates:
        loads = [Load(tuple(_things(path)), placed=True) for path in plates]
        return [*loads, Load(others)] if others else loads
    (figure, *rest) = _things(prepare / "figure.3mf")
    named = replace(figure, name="figure")
    over = {"figure": float(report.get("measures", {}).get("overhang_share", 0.0))}
    based = report.get("base", {}).get("template", "none") != "none"
    return [Load((named, *rest, *others), overhang=over, based=based)]


def of_file(path: Path, up: Any, units: Any, progress: Progress) -> Load:
    """Any mesh file as one load: a 3MF of ours part by part and in its colours, else one solid.

    Raises MeshError when it cannot be read.
    """
    from fabricate.solid.read import read_mesh
    from fabricate.solid.threemf import Thing

    if path.suffix.lower() == ".3mf" and _is_ours(path):
        return Load(tuple(_things(path)), placed=True)
    reading = read_mesh(path, up, units)
    for note in (*reading.taken, *reading.notes):
        progress.note(note)
    if not reading.mesh.is_watertight:
        progress.warn(f"{path.name} is not closed: fabricate prepare makes a solid of it")
    name = path.stem or "figure"
    return Load((Thing(name, {name: reading.mesh}),))


def _is_ours(path: Path) -> bool:
    """Whether a 3MF tells which of its triangles are which part, as fabricate (and PrusaSlicer) write it."""
    from fabricate.solid.threemf import CONFIG

    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            model = next((name for name in names if name.endswith("3dmodel.model")), "")
            head = archive.open(model).read(4096) if model else b""
    except (OSError, zipfile.BadZipFile):
        return False
    return CONFIG in names and b">fabricate<" in head


def _things(path: Path) -> list[Thing]:
    """A 3MF's things, part by part; one that was saved anew by another program as one solid."""
    from fabricate.solid.read import read_mesh
    from fabricate.solid.threemf import Thing
    from fabricate.solid.threemf_read import read_3mf

    # no lib3mf here, or a table that another program wrote
    with contextlib.suppress(ImportError, OSError, KeyError, ValueError, FabricateError):
        if _is_ours(path) and (things := read_3mf(path)):
            return things
    return [Thing(path.stem, {path.stem: read_mesh(path, "z", "auto").mesh})]


def beds(loads: Sequence[Load], profile: Profile, table: Slice) -> list[tuple[tuple[Thing, ...], Load]]:
    """The loads on beds, each thing at its place in mm from the bed's corner, standing on z = 0.

    What was placed on a bed stays where it lies, if this bed holds it; a thing that needs the whole bed, or
    more, gets one of its own in its middle: whether it is too large there is for the slicer to say.
    """
    out: list[tuple[tuple[Thing, ...], Load]] = []
    for load in loads:
        stays = load.placed and _within(load.things, profile)
        laid = [load.things] if stays else _packed(load.things, profile, table)
        out += [(things, load) for things in laid]
    return out


def _within(things: Sequence[Thing], profile: Profile) -> bool:
    low, high = box_around(things)
    x, y, _ = profile.bed_mm
    return bool(low[0] >= 0 and low[1] >= 0 and high[0] <= x and high[1] <= y and abs(low[2]) < 0.02)


def box_around(things: Sequence[Thing]) -> tuple[Any, Any]:
    """Lowest and highest corner of things at their places."""
    import numpy as np

    from fabricate.solid.scale import box_of

    boxes = [box_of(thing.parts) + np.asarray(thing.at) for thing in things]
    return np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)


def _packed(things: Sequence[Thing], profile: Profile, table: Slice) -> list[tuple[Thing, ...]]:
    from fabricate.solid.limits import fits_bed
    from fabricate.solid.plates import packed
    from fabricate.solid.scale import box_of

    margin, gap = (2.0, 3.0) if profile.process == "resin" else (BRIM_MM + 3.0, 2 * BRIM_MM + 2.0)
    x, y, _ = profile.bed_mm
    back = TOWER_MM[1] if wants_tower(profile, table) and y > 2 * TOWER_MM[1] else 0.0
    alone: list[Thing] = []
    small: dict[str, Thing] = {}
    for thing in things:
        low, high = box_of(thing.parts)
        if fits_bed(high - low, (x - 2 * margin, y - back - 2 * margin, math.inf)):
            small[thing.name if thing.name not in small else f"{thing.name} {len(small)}"] = thing
        else:
            alone.append(thing)
    out: list[tuple[Thing, ...]] = [(_centred(thing, profile),) for thing in alone]
    if small:
        parts = {name: thing.parts for name, thing in small.items()}
        for plate in packed(parts, (x, y - back, math.inf), "", gap, margin):
            out.append(tuple(replace(each, painted=small[each.name].painted) for each in plate.things))
    return out


def _centred(thing: Thing, profile: Profile) -> Thing:
    """In the middle of the bed, turned a quarter where only that fits."""
    import numpy as np

    from fabricate.solid.plates import turned
    from fabricate.solid.scale import box_of

    x, y, _ = profile.bed_mm
    low, high = box_of(thing.parts)
    wide, deep = (float(side) for side in (high - low)[:2])
    if (wide > x or deep > y) and wide <= y and deep <= x:
        thing = replace(thing, parts={name: turned(part) for name, part in thing.parts.items()})
        low, high = box_of(thing.parts)
    at = np.array([x, y, 0.0]) / 2 - [*(low[:2] + high[:2]) / 2, low[2]]
    return replace(thing, at=(float(at[0]), float(at[1]), float(at[2])))


def wants_tower(profile: Profile, table: Slice) -> bool:
    """Whether several colours come out of one nozzle, which must be wiped between them."""
    machine = profile.machine
    return machine.output == "gcode" and machine.one_nozzle and (table.colours or machine.colours) > 1


def lay(
    things: Sequence[Thing], load: Load, profile: Profile, table: Slice, number: int, folder: Path
) -> Plate:
    """One bed's things written as ``folder/N.3mf``, and how they are to be printed.

    Where there is no lib3mf (Linux on ARM) it is an STL, in one colour: a 3MF would lose its parts' places.
    Raises MeshError when the file does not hold them.
    """
    from fabricate.backends import Plate
    from fabricate.solid.export import write_verified

    most = table.colours or profile.machine.colours
    things, extruders, colours = _coloured(things, most)
    low, high = box_around(things)
    model = folder / f"{number}.3mf"
    try:
        import lib3mf  # noqa: F401
    except (ImportError, OSError):
        model, colours = _as_stl(things, folder / f"{number}.stl"), colours[:1]
    else:
        write_verified(things, model, extruders=extruders, title=f"plate {number}")
    tower = None
    if len(colours) > 1 and wants_tower(profile, table):
        tower = ((profile.bed_mm[0] - TOWER_MM[0]) / 2, profile.bed_mm[1] - TOWER_MM[1] + 5.0)
        tower = tower if float(high[1]) <= tower[1] - 5.0 else None
    x, y, _ = profile.bed_mm
    room = float(min(low[0], low[1], x - high[0], y - high[1]))
    return Plate(
        model=model,
        profile=profile,
        low=(float(low[0]), float(low[1]), float(low[2])),
        high=(float(high[0]), float(high[1]), float(high[2])),
        number=number,
        holds=tuple(thing.name for thing in things),
        supports=supports_for(things, load.overhang or {}, profile, table),
        brim_mm=brim_for(things[1:] if load.based else things, profile, table, room),
        colours=colours,
        tower=tower,
        layer_mm=table.layer_mm,
        fill=table.fill,
    )


def _coloured(things: Sequence[Thing], most: int) -> tuple[list[Thing], dict[str, int], tuple[str, ...]]:
    """Things whose parts' names tell them apart, part -> extruder, and the extruders' colours in order."""
    from fabricate.solid.colour import colour_of
    from fabricate.solid.threemf import extruders_for

    own = []
    for thing in things:
        names = {name: name if len(things) == 1 else f"{thing.name}/{name}" for name in thing.parts}
        painted = {names[name]: ink for name, ink in thing.painted.items()} if most > 1 else {}
        parts = {names[name]: part for name, part in thing.parts.items()}
        own.append(replace(thing, parts=parts, painted=painted))
    every = {name: part for thing in own for name, part in thing.parts.items()}
    extruders = extruders_for(every, most)
    size: dict[int, dict[str, float]] = {}
    for name, part in every.items():
        shades = size.setdefault(extruders[name], {})
        colour = colour_of(part)
        shades[colour] = shades.get(colour, 0.0) + float(part.area)
    for thing in own:
        for ink in thing.painted.values():
            for colour, extruder in zip(ink.colours, ink.extruders, strict=False):
                size.setdefault(extruder, {}).setdefault(colour, 0.0)
    colours = []
    for shades in (size.get(k, {"#b8b8b8": 0.0}) for k in range(1, max(size, default=1) + 1)):
        colours.append(max(shades, key=shades.__getitem__))
    return own, extruders, tuple(colours)


def _as_stl(things: Sequence[Thing], path: Path) -> Path:
    from fabricate.solid.boolean import union
    from fabricate.solid.export import write_stl
    from fabricate.solid.plates import joined
    from fabricate.solid.scale import moved

    solids = [moved(union(list(thing.parts.values())), 1.0, thing.at) for thing in things]
    write_stl(joined({str(place): solid for place, solid in enumerate(solids)}), path)
    return path
