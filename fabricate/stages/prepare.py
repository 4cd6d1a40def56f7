"""Prepare: the lifted figure becomes a printable solid on its base, passes the gate, and is exported."""

from __future__ import annotations

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import Made, Wants
from fabricate.stages._report import Draft, report_of, understood_in, write_report

if TYPE_CHECKING:
    import trimesh
    from PIL import Image

    from fabricate.solid.assemble import Assembly
    from fabricate.solid.check import Inspection
    from fabricate.solid.palette import Palette
    from fabricate.solid.thicken import Thickened

NAME = "prepare"
VERSION = "4"


def wants(spec: Spec) -> Wants:
    """Size, process, base and colours; the name on the base; the printer's bed."""
    options = {
        "prepare": spec.prepare.model_dump(mode="json"),
        "name": spec.subject.name,
        "title": spec.subject.title,
        "profile": spec.slice.profile,
    }
    own = Path(spec.prepare.palette)
    return Wants(options, (own,) if own.is_file() else (), templates=("bases", "printers", "palettes"))


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write figure.stl, figure.3mf, figure.glb, accessories.3mf, preview.png, report.json and report.html;
    with pegs or a split also pieces/ and plates/.

    A figure that the gate refuses is written all the same: ``summary["printable"]`` is False then. Raises
    MeshError for what cannot be made a solid, TemplateError for an unknown base, printer or palette.
    """
    from fabricate.solid.finish import thicker
    from fabricate.solid.glb import read_lifted
    from fabricate.solid.limits import limits_of
    from fabricate.solid.prepared import prepared
    from fabricate.stages._pieces import write_pieces

    lifted = read_lifted(before["lift"] / "lifted.glb")
    done = prepared(lifted, spec, progress)
    if lifted.backend != "kit":
        done = replace(done, made=_in_filaments(spec, done.made))
    for note in done.made.notes:
        progress.note(note)
    close = lifted.backend != "kit" or spec.prepare.process == "resin"
    draft = _drafted(spec, done.made, out, progress, close)
    thick: Thickened | None = None
    if spec.prepare.thicken and draft.inspection.report.failed("walls"):
        progress.step("thickening what is too thin", 0.8)
        limits = limits_of(spec.prepare.process)
        made, thick = thicker(done.made, limits, progress, draft.inspection.walls)
        if made is not done.made:
            for note in thick.notes:
                progress.note(note)
            draft = _drafted(spec, made, out, progress, close, thick)
    rows = write_pieces(spec, draft.made, out, progress)
    progress.step("writing the report", 0.99)
    if rows and spec.prepare.split == "bed":
        draft = replace(draft, inspection=_fitting(draft.inspection, len(rows)))
    understood = understood_in(before.get("stylize"))
    data = report_of(spec, draft, done, thick, rows, understood, out)
    write_report(data, draft, out)
    return _made(data, draft.inspection, out)


def _fitting(inspection: Inspection, pieces: int) -> Inspection:
    """The gate's word on a figure that fits the bed in pieces, each of which was cut to fit."""
    from fabricate.artifacts import Check

    report = inspection.report
    checks = tuple(
        Check(check.name, "ok", f"in {pieces} pieces (whole: {check.value})", check.limit)
        if check.name == "fits the bed"
        else check
        for check in report.checks
    )
    return replace(inspection, report=replace(report, checks=checks))


def _drafted(
    spec: Spec,
    made: Assembly,
    out: Path,
    progress: Progress,
    close: bool,
    thick: Thickened | None = None,
) -> Draft:
    """Write the figure's files and look at them; ``close`` asks the gate for islands and pools too."""
    with ThreadPoolExecutor(2) as pool:
        checking = pool.submit(_checked, spec, made, out, close, thick)
        viewing = pool.submit(_write_glb, spec, made, out)
        progress.step("taking pictures", 0.25)
        picture = _preview(spec, made)
        picture.save(out / "preview.png", format="PNG", compress_level=4)
        progress.step("writing the 3MF", 0.6)
        extruders = _write_3mf(spec, made, picture, out)
        progress.step("checking that it prints", 0.75)
        inspection, pictures = checking.result()
        viewing.result()
    return Draft(made, inspection, picture, extruders, pictures)


def _palette(spec: Spec) -> Palette | None:
    from fabricate.solid.palette import palette_of

    return palette_of(spec.prepare.palette) if spec.prepare.palette else None


def _in_filaments(spec: Spec, made: Assembly) -> Assembly:
    """Parts with colours of their own on every point, as one part a filament; others in these filaments too
    where there are no more."""
    from fabricate.solid.colour import is_uniform
    from fabricate.solid.limits import limits_of
    from fabricate.solid.regions import coloured_regions
    from fabricate.solid.sharing import in_shared_filaments

    mixed = [name for name, part in made.parts.items() if not is_uniform(part)]
    if not mixed or spec.prepare.parts == "solid":
        return made
    parts: dict[str, trimesh.Trimesh] = {}
    filaments, notes = list[str](), list[str]()
    most, line_mm = spec.prepare.colours, limits_of(spec.prepare.process).line_mm
    for name in mixed:
        found = coloured_regions(made.parts[name], most, _palette(spec), line_mm=line_mm)
        notes += found.notes
        filaments += [filament.hex.lower() for filament in found.filaments.values()]
        parts |= found.parts or {name: made.parts[name]}
    plain = {name: part for name, part in made.parts.items() if name not in mixed}
    parts = in_shared_filaments(plain, list(dict.fromkeys(filaments)), most) | parts
    return replace(made, parts=parts, notes=(*made.notes, *notes))


def _checked(
    spec: Spec, made: Assembly, out: Path, close: bool, thick: Thickened | None
) -> tuple[Inspection, dict[str, bytes]]:
    """The gate's word on the STL as it lies on the disk, and a picture of each trouble that there is."""
    from fabricate.marks import pictures_of
    from fabricate.solid.check import inspect_closely
    from fabricate.solid.export import write_stl

    solid = write_stl(made.solid, out / "figure.stl", spec.subject.name)
    inspection = inspect_closely(
        solid, spec.prepare.process, spec.slice.profile, parts=made.parts, notes=made.notes, deep=close
    )
    if not close and inspection.report.printable and thick is None:
        return inspection, _marked(solid, inspection)
    return inspection, pictures_of(solid, inspection, None if thick is None else thick.spots)


def _marked(solid: trimesh.Trimesh, inspection: Inspection) -> dict[str, bytes]:
    """One small picture of everything at once, for a figure that prints."""
    import numpy as np

    from fabricate.preview import marked
    from fabricate.render.clay import jpeg

    if not len(inspection.thin_faces) and not len(inspection.overhang_faces):
        return {}
    levels = np.zeros(len(solid.faces), np.int64)
    levels[inspection.overhang_faces] = 1
    levels[inspection.thin_faces] = 2
    return {"marks": jpeg(marked(solid.vertices, solid.faces, levels, size=(920, 640)))}


def _preview(spec: Spec, made: Assembly) -> Image.Image:
    from fabricate.preview import preview
    from fabricate.solid.assemble import in_place
    from fabricate.solid.shading import seen_surfaces

    surfaces = seen_surfaces(*in_place(made))
    return preview(surfaces, title=_title(spec), height_mm=made.figure_mm)


def _title(spec: Spec) -> str:
    return " · ".join(words for words in (spec.subject.name, spec.subject.title) if words)


def _write_glb(spec: Spec, made: Assembly, out: Path) -> None:
    from fabricate.solid.export import write_viewer
    from fabricate.solid.shading import FLAT

    write_viewer(made.parts, out / "figure.glb", title=spec.subject.name, flat=FLAT)


def _write_3mf(spec: Spec, made: Assembly, picture: Image.Image, out: Path) -> dict[str, int]:
    """figure.3mf, and accessories.3mf when there are any; part -> extruder."""
    from fabricate.solid.colour import colour_of, paint
    from fabricate.solid.export import write_accessories, write_figure_3mf
    from fabricate.solid.limits import profile_of

    parts = made.parts
    if spec.prepare.parts == "solid":
        largest = max(parts.values(), key=lambda part: float(part.area), default=made.solid)
        parts = {"figure": paint(made.solid.copy(), colour_of(largest))}
    palette = _palette(spec)
    extruders = write_figure_3mf(
        parts,
        out / "figure.3mf",
        colours=spec.prepare.colours,
        bed_mm=profile_of(spec.slice.profile).bed_mm,
        title=spec.subject.name or "figure",
        thumbnail=_thumbnail(picture),
        palette=palette,
    )
    if made.accessories:
        write_accessories(
            made.accessories,
            out / "accessories.3mf",
            colours=spec.prepare.colours,
            title=f"{spec.subject.name or 'figure'}: accessories",
            palette=palette,
        )
    return extruders


def _thumbnail(picture: Image.Image) -> bytes:
    """The middle view of the preview as a PNG of 256 x 256."""
    from PIL import Image

    width, height = picture.size
    side = min(height, width // 2)
    left, top = (width - side) // 2, (height - side) // 2
    small = picture.crop((left, top, left + side, top + side)).resize((256, 256), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    small.save(buffer, format="PNG")
    return buffer.getvalue()


def _made(data: Mapping[str, Any], inspection: Inspection, out: Path) -> Made:
    checks = inspection.report.checks
    measures = inspection.report.measures
    summary: dict[str, Any] = {
        "printable": inspection.report.printable,
        "figure_mm": data["figure_mm"],
        "base_mm": data["base"]["width_mm"],
        "size_mm": [measures.get(f"{side}_mm") for side in ("width", "depth", "height")],
        "grams": measures.get("grams"),
        "triangles": measures.get("triangles"),
    }
    failed = [f"{c.name}: {c.value}; {c.advice}" for c in checks if c.level == "fail"]
    if failed:
        summary["failed"] = failed
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    files = {name: name for name in written}
    return Made(files, summary, tuple(inspection.report.notes))
