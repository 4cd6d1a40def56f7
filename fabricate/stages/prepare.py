"""Prepare: the lifted figure becomes a printable solid on its base, passes the gate, and is exported."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.events import Progress
from fabricate.spec import Spec
from fabricate.stages import Made, Wants

if TYPE_CHECKING:
    import trimesh
    from PIL import Image

    from fabricate.artifacts import Lifted
    from fabricate.solid.assemble import Assembly
    from fabricate.solid.check import Inspection

NAME = "prepare"
VERSION = "1"


def wants(spec: Spec) -> Wants:
    """Size, process, base and colours; the name on the base; the printer's bed."""
    options = {
        "prepare": spec.prepare.model_dump(mode="json"),
        "name": spec.subject.name,
        "title": spec.subject.title,
        "profile": spec.slice.profile,
    }
    return Wants(options, templates=("bases", "printers"))


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write figure.stl, figure.3mf, figure.glb, accessories.3mf, preview.png, report.json and report.html.

    A figure that the gate refuses is written all the same: ``summary["printable"]`` is False then. Raises
    MeshError for parts that are no solids, TemplateError for an unknown base or printer.
    """
    from fabricate.solid.glb import read_lifted

    progress.step("setting the figure on its base", 0.0)
    lifted = read_lifted(before["lift"] / "lifted.glb")
    made = assembled(spec, lifted)
    for note in made.notes:
        progress.note(note)
    with ThreadPoolExecutor(2) as pool:
        checking = pool.submit(_checked, spec, made, out)
        viewing = pool.submit(_write_glb, spec, made, out)
        progress.step("taking pictures", 0.25)
        picture = _preview(spec, made)
        _save_png(picture, out / "preview.png")
        progress.step("writing the 3MF", 0.6)
        extruders = _write_3mf(spec, made, picture, out)
        progress.step("checking that it prints", 0.75)
        inspection, marks = checking.result()
        viewing.result()
    progress.step("writing the report", 0.95)
    understood = _understood(before.get("stylize"))
    data = _report(spec, made, inspection, extruders, understood, out)
    _write_report(data, picture, marks, out)
    return _made(data, inspection, out)


def assembled(spec: Spec, lifted: Lifted) -> Assembly:
    """The figure of a spec in mm on its base."""
    from fabricate.solid.assemble import assemble

    table = spec.prepare
    return assemble(
        lifted,
        height_mm=table.height_mm,
        process=table.process,
        base=table.base,
        base_mm=table.base_mm,
        name=spec.subject.name,
    )


def _checked(spec: Spec, made: Assembly, out: Path) -> tuple[Inspection, Image.Image | None]:
    """The gate's word on the STL as it lies on the disk, and a picture of the troubles if there are any."""
    from fabricate.solid.check import inspect_closely
    from fabricate.solid.export import write_stl

    solid = write_stl(made.solid, out / "figure.stl", spec.subject.name)
    inspection = inspect_closely(
        solid, spec.prepare.process, spec.slice.profile, parts=made.parts, notes=made.notes
    )
    return inspection, _marks(solid, inspection)


def _marks(solid: trimesh.Trimesh, inspection: Inspection) -> Image.Image | None:
    import numpy as np

    from fabricate.preview import marked

    if not len(inspection.thin_faces) and not len(inspection.overhang_faces):
        return None
    levels = np.zeros(len(solid.faces), np.int64)
    levels[inspection.overhang_faces] = 1
    levels[inspection.thin_faces] = 2
    return marked(solid.vertices, solid.faces, levels, size=(920, 640))


def _preview(spec: Spec, made: Assembly) -> Image.Image:
    from fabricate.preview import preview
    from fabricate.solid.shading import seen_surfaces

    surfaces = seen_surfaces(made.parts, made.solid)
    return preview(surfaces, title=_title(spec), height_mm=made.figure_mm)


def _title(spec: Spec) -> str:
    return " · ".join(words for words in (spec.subject.name, spec.subject.title) if words)


def _save_png(picture: Image.Image, path: Path) -> None:
    picture.save(path, format="PNG", compress_level=4)


def _write_glb(spec: Spec, made: Assembly, out: Path) -> None:
    from fabricate.solid.export import write_viewer
    from fabricate.solid.shading import FLAT

    write_viewer(made.parts, out / "figure.glb", title=spec.subject.name, flat=FLAT)


def _write_3mf(spec: Spec, made: Assembly, picture: Image.Image, out: Path) -> dict[str, int]:
    """figure.3mf, and accessories.3mf when there are any; part -> extruder."""
    from fabricate.solid.export import write_accessories, write_figure_3mf
    from fabricate.solid.limits import profile_of

    extruders = write_figure_3mf(
        made.parts,
        out / "figure.3mf",
        colours=spec.prepare.colours,
        bed_mm=profile_of(spec.slice.profile).bed_mm,
        title=spec.subject.name or "figure",
        thumbnail=_thumbnail(picture),
    )
    if made.accessories:
        write_accessories(
            made.accessories,
            out / "accessories.3mf",
            colours=spec.prepare.colours,
            title=f"{spec.subject.name or 'figure'}: accessories",
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


def _understood(stylize: Path | None) -> list[str]:
    """What was taken from photo and words, as the stylize stage wrote it down; nothing for a brought mesh."""
    if stylize is None:
        return []
    try:
        about = json.loads((stylize / "view.json").read_text(encoding="utf-8"))
        return [str(line) for line in about.get("understood", ())]
    except (OSError, ValueError):
        return []


def _report(
    spec: Spec,
    made: Assembly,
    inspection: Inspection,
    extruders: Mapping[str, int],
    understood: list[str],
    out: Path,
) -> dict[str, Any]:
    """Everything the report tells, JSON-ready; ``checks``, ``measures`` and ``notes`` are the gate's."""
    from fabricate.solid.colour import colour_of
    from fabricate.solid.report import advice_for

    names = sorted(p.name for p in out.iterdir() if p.is_file())
    parts = [
        {
            "name": name,
            "colour": colour_of(mesh),
            "extruder": extruders[name],
            "volume_mm3": round(float(mesh.volume), 1),
            "triangles": len(mesh.faces),
        }
        for name, mesh in made.parts.items()
    ]
    data = inspection.report.to_json() | {
        "name": spec.subject.name,
        "title": spec.subject.title,
        "figure_mm": round(made.figure_mm, 3),
        "base": {"template": spec.prepare.base, "width_mm": round(made.base_mm, 2), "shown": made.shown},
        "parts": parts,
        "accessories": list(made.accessories),
        "understood": understood,
        "files": {name: (out / name).stat().st_size for name in names},
    }
    data["printing"] = advice_for(data)
    return data


def _write_report(data: dict[str, Any], picture: Image.Image, marks: Image.Image | None, out: Path) -> None:
    from fabricate.solid.report import page

    pictures = {"preview": _jpeg(picture)} | ({"marks": _jpeg(marks)} if marks is not None else {})
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    (out / "report.html").write_text(page(data, pictures), encoding="utf-8")


def _jpeg(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=88, optimize=True)
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
    files = {path.name: path.name for path in sorted(out.iterdir()) if path.is_file()}
    return Made(files, summary, tuple(inspection.report.notes))
