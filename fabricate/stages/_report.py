"""What prepare found, as report.json and report.html."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate.spec import Spec

if TYPE_CHECKING:
    from PIL import Image

    from fabricate.solid.assemble import Assembly
    from fabricate.solid.check import Inspection
    from fabricate.solid.prepared import Prepared
    from fabricate.solid.thicken import Thickened

__all__ = ["Draft", "report_of", "understood_in", "write_report"]


@dataclass(frozen=True)
class Draft:
    """A figure whose files are written: the gate's word on them, pictures as JPEG, part -> extruder."""

    made: Assembly
    inspection: Inspection
    picture: Image.Image
    extruders: Mapping[str, int]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def report_of(
    spec: Spec,
    draft: Draft,
    done: Prepared,
    thick: Thickened | None,
    rows: list[dict[str, Any]],
    understood: list[str],
    out: Path,
) -> dict[str, Any]:
    """Everything the report tells, JSON-ready; ``checks``, ``measures`` and ``notes`` are the gate's."""
    from fabricate.solid.advice import advice_for
    from fabricate.solid.colour import colour_of

    made = draft.made
    paths = sorted(path for path in out.rglob("*") if path.is_file())
    parts = [
        {
            "name": name,
            "colour": colour_of(mesh),
            "extruder": draft.extruders.get(name, 1),
            "volume_mm3": round(float(mesh.volume), 1),
            "triangles": len(mesh.faces),
        }
        for name, mesh in made.parts.items()
    ]
    data = draft.inspection.report.to_json() | {
        "name": spec.subject.name,
        "title": spec.subject.title,
        "figure_mm": round(made.figure_mm, 3),
        "base": {"template": spec.prepare.base, "width_mm": round(made.base_mm, 2), "shown": made.shown},
        "parts": parts,
        "accessories": list(made.accessories),
        "understood": understood,
        "repairs": list(done.repairs),
        "orientations": [dict(row) for row in done.lying],
        "pieces": rows,
        "files": {path.relative_to(out).as_posix(): path.stat().st_size for path in paths},
    }
    if thick is not None and thick.mesh is not None:
        data["thickened"] = {"before": thick.before, "after": thick.after, "added": thick.added}
    data["printing"] = advice_for(data)
    return data


def write_report(data: dict[str, Any], draft: Draft, out: Path) -> None:
    """Write report.json and report.html."""
    from fabricate.render.clay import jpeg
    from fabricate.solid.report import page

    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    (out / "report.json").write_text(text + "\n", encoding="utf-8")
    pictures = {"preview": jpeg(draft.picture), **draft.pictures}
    (out / "report.html").write_text(page(data, pictures), encoding="utf-8")


def understood_in(stylize: Path | None) -> list[str]:
    """What was taken from photo and words, as the stylize stage wrote it down; nothing for a brought mesh."""
    if stylize is None:
        return []
    try:
        about = json.loads((stylize / "view.json").read_text(encoding="utf-8"))
        return [str(line) for line in about.get("understood", ())]
    except (OSError, ValueError):
        return []
