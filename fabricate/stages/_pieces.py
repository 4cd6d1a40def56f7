"""What prepare writes beside the figure: pieces that fit together, each as STL, laid on plates as 3MF."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.events import Progress
from fabricate.spec import Spec

if TYPE_CHECKING:
    from fabricate.solid.assemble import Assembly
    from fabricate.solid.limits import Limits

__all__ = ["write_pieces"]


def write_pieces(spec: Spec, made: Assembly, out: Path, progress: Progress) -> list[dict[str, Any]]:
    """pieces/NAME.stl and plates/N.3mf for a figure with pegs or a split; the rows of the report's table.

    Nothing is written for a figure in one piece. Raises MeshError for parts that are no solids.
    """
    from fabricate.solid.export import plain_name, write_stl
    from fabricate.solid.limits import limits_of, profile_of
    from fabricate.solid.plates import plates, write_plates

    table = spec.prepare
    if table.split == "none" and table.parts != "pegged":
        return []
    limits, bed = limits_of(table.process), profile_of(spec.slice.profile).bed_mm
    if table.split == "none":
        pieces, solids, rows, notes = _pegged(made, limits, progress)
    else:
        progress.step("cutting it into pieces", 0.95)
        pieces, solids, rows, notes = _split(spec, made, bed, limits)
    for note in notes:
        progress.note(note)
    if len(pieces) < 2:
        return []
    progress.step("laying the pieces on plates", 0.98)
    folder = out / "pieces"
    folder.mkdir(exist_ok=True)
    for name, solid in solids.items():
        write_stl(solid, folder / f"{plain_name(name)}.stl", name)
    every = plates(pieces, bed, limits, by_colour=table.parts == "pegged")
    colours = 1 if table.parts == "pegged" else table.colours
    write_plates(every, out / "plates", colours=colours, title=spec.subject.name or "figure")
    return rows


Cut = tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]], list[str]]
"""Pieces for plates, their solids, rows for the report, notes."""


def _pegged(made: Assembly, limits: Limits, progress: Progress) -> Cut:
    from fabricate.solid.pegged import pegged
    from fabricate.solid.plates import Piece

    done = pegged(made.parts, limits, progress=lambda told, far: progress.step(told, 0.95 + 0.03 * far))
    joints = {joint.piece: joint for joint in done.joints}
    rows = []
    for name, mesh in done.pieces.items():
        joint = joints.get(name)
        how = "the others go onto it"
        if joint is not None:
            pegs = len(joint.pegs)
            held = f"{pegs} peg" + ("s" if pegs > 1 else "") if pegs else "a flat face to glue"
            how = f"onto {joint.mate}, by {held}"
        rows.append({"name": name, "size": _size(mesh), "join": how})
    pieces = {name: Piece({name: mesh}) for name, mesh in done.pieces.items()}
    return pieces, dict(done.pieces), rows, list(done.notes)


def _split(spec: Spec, made: Assembly, bed: tuple[float, float, float], limits: Limits) -> Cut:
    from fabricate.solid.plates import Piece
    from fabricate.solid.split import split_at_joints, split_to_bed

    if spec.prepare.split == "bed":
        done = split_to_bed(made.solid, bed, limits, parts=made.parts)
    else:
        done = split_at_joints(made.solid, limits, parts=made.parts)
    pieces = {name: Piece(part.parts or {name: part.solid}, part.down) for name, part in done.pieces.items()}
    rows = [
        {"name": name, "size": _size(part.solid), "join": "keyed pegs; the names on the faces tell which"}
        for name, part in done.pieces.items()
    ]
    return pieces, {name: part.solid for name, part in done.pieces.items()}, rows, list(done.notes)


def _size(mesh: Any) -> str:
    return " x ".join(f"{side:.0f}" for side in mesh.extents) + " mm"
