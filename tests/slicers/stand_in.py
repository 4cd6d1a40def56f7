"""A stand-in for OrcaSlicer and Bambu Studio: it speaks their command line, and slices nothing.

Of each object in the 3MF it walks round the box once a layer, with the comments that Bambu's G-code has. Like
the real ones it takes no preset without ``type`` and ``from``, follows no ``inherits``, joins ``--outputdir``
and the file's name as text, and tells of a failure in ``result.json``. ``STAND_IN`` makes it misbehave:
``refuse``, ``crash``, ``moved`` (prints elsewhere), ``short`` (leaves the upper half out), ``empty``.
"""

from __future__ import annotations

import json
import os
import re
import sys
import zipfile
from pathlib import Path

WITH_VALUE = (
    *("--slice", "--load-settings", "--load-filaments", "--arrange", "--orient", "--outputdir"),
    "--export-3mf",
)


def parsed(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options and files of a command line; an option that the real ones do not know is refused."""
    options, files = {}, []
    rest = iter(words)
    for word in rest:
        if word in WITH_VALUE:
            options[word] = next(rest)
        elif word == "--allow-newer-file":
            options[word] = ""
        elif word.startswith("--"):
            fail(f"Invalid option {word}")
        else:
            files.append(word)
    return options, files


def fail(why: str) -> None:
    """End as the real ones do: the reason in result.json, a status that is not 0."""
    folder = Path(sys.argv[sys.argv.index("--outputdir") + 1]) if "--outputdir" in sys.argv else Path()
    text = json.dumps({"return_code": -5, "error_string": why})
    (folder / "result.json").write_text(text, encoding="utf-8")
    sys.exit(251)


def presets(options: dict[str, str]) -> dict[str, list[dict[str, object]]]:
    """The presets by type."""
    found: dict[str, list[dict[str, object]]] = {"machine": [], "process": [], "filament": []}
    for name in (options["--load-settings"] + ";" + options["--load-filaments"]).split(";"):
        data = json.loads(Path(name).read_text(encoding="utf-8"))
        if data.get("from") not in ("system", "user", "User") or data.get("type") not in found:
            fail(f"The input preset file is invalid and can not be parsed: {name}")
        found[data["type"]].append(data)
    if len(found["machine"]) != 1 or len(found["process"]) != 1:
        fail("one machine and one process are wanted")
    if "layer_height" not in found["process"][0]:
        fail("a process without a layer height: it follows no inherits")
    return found


def boxes(model: str) -> list[list[float]]:
    """Each object's box on the bed: x, y low, x, y high, top."""
    out = []
    for number, body in re.findall(r'<object id="(\d+)".*?<vertices>(.*?)</vertices>', model, re.DOTALL):
        rows = re.findall(r'<vertex x="([^"]*)" y="([^"]*)" z="([^"]*)"', body)
        points = [[float(v) for v in row] for row in rows]
        item = re.search(rf'<item objectid="{number}"[^>]*?(?:transform="([^"]*)")?\s*/>', model)
        move = [float(v) for v in item[1].split()][9:] if item and item[1] else [0.0, 0.0, 0.0]
        xs, ys = ([p[k] + move[k] for p in points] for k in (0, 1))
        out.append([min(xs), min(ys), max(xs), max(ys), max(p[2] for p in points) + move[2]])
    return out


def moves(model: str, layer: float, filaments: list[dict[str, object]], fault: str) -> str:
    """G-code with the comments that Bambu Studio writes."""
    things = boxes(model)
    top = max(box[4] for box in things) * (0.5 if fault == "short" else 1.0)
    aside = 40.0 if fault == "moved" else 0.0
    count = 0 if fault == "empty" else round(top / layer)
    used = ",".join(["1250.00"] * len(filaments))
    lines = [
        "; HEADER_BLOCK_START",
        "; BambuStudio 01.10.00.89",
        "; model printing time: 41m 3s; total estimated time: 47m 12s",
        f"; total layer number: {count}",
        f"; total filament length [mm] : {used}",
        f"; total filament weight [g] : {','.join(['3.73'] * len(filaments))}",
        "; HEADER_BLOCK_END",
        "G1 X-13.5 Y200 E10 F300",  # purged beside the bed
    ]
    for number in range(1, count + 1):
        lines += ["; CHANGE_LAYER", f"; Z_HEIGHT: {number * layer:g}", "; FEATURE: Outer wall"]
        for left, front, right, back, _ in [box for box in things if box[4] >= number * layer - 1e-6]:
            x, y = left + aside, right + aside
            lines.append(f"G1 X{x:.3f} Y{front:.3f} F9000")
            corners = ((y, front), (y, back), (x, back), (x, front))
            lines += [f"G1 X{a:.3f} Y{b:.3f} E.5" for a, b in corners]
        lines += ["; FEATURE: Prime tower", "G1 X-13.5 E2"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Slice nothing, as asked."""
    options, files = parsed(sys.argv[1:])
    fault = os.environ.get("STAND_IN", "")
    if fault == "refuse":
        fail("Some objects are located over the boundary of the heated bed.")
    if fault == "crash":
        os.abort()
    found = presets(options)
    with zipfile.ZipFile(files[0]) as archive:
        model = archive.read("3D/3dmodel.model").decode()
    layer = float(str(found["process"][0]["layer_height"]))
    text = moves(model, layer, found["filament"], fault)
    target = options["--outputdir"] + "/" + options["--export-3mf"]
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("Metadata/plate_1.gcode", text)
        archive.writestr("Metadata/slice_info.config", "<config/>")


if __name__ == "__main__":
    main()
