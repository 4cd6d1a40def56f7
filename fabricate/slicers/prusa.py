"""PrusaSlicer: slices a file for real and says how many layers, how long and how heavy.

It ends with 0 though the model is too tall, and prints each part of a 3MF on the plate though it belongs
above another: so the moves it wrote are looked at before it is believed.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from fabricate.errors import SliceError
from fabricate.solid.limits import Limits, Profile, limits_of

__all__ = ["Sliced", "program", "settings", "slice_file"]

PROGRAMS = ("prusa-slicer", "PrusaSlicer", "prusa-slicer-console", "prusa-slicer-console.exe")
LEEWAY_MM = 0.5
"""How much taller or lower than the solid the printed layers may end."""
EXTRUSION = re.compile(rb"^G1 X(-?[\d.]+) Y(-?[\d.]+) E(?!-)[\d.]+", re.MULTILINE)
FACTORS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Sliced:
    """A slice that was looked at: layers, seconds to print, grams of material, height in mm."""

    slicer: str
    layers: int
    seconds: float
    grams: float
    height_mm: float

    def __str__(self) -> str:
        return f"{self.slicer} slices it: {self.layers:,} layers, {self.clock}, {self.grams:.0f} g"

    @property
    def clock(self) -> str:
        """The time in hours and minutes."""
        minutes = max(1, round(self.seconds / 60))
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest:02d} min" if hours else f"{rest} min"


def program() -> str | None:
    """The path of PrusaSlicer; None where there is none. ``FABRICATE_PRUSA_SLICER`` names another."""
    own = os.environ.get("FABRICATE_PRUSA_SLICER")
    return next((found for name in ([own] if own else PROGRAMS) if (found := shutil.which(name))), None)


def settings(profile: Profile, *, supports: bool = True, extruders: int = 1) -> str:
    """A printer profile as PrusaSlicer's ini: what the slice depends on, all else its defaults."""
    x, y, z = profile.bed_mm
    limits = limits_of(profile.process)
    rows = {
        "bed_shape": f"0x0,{x:g}x0,{x:g}x{y:g},0x{y:g}",
        "max_print_height": f"{z:g}",
        "layer_height": f"{profile.layer_mm:g}",
    }
    if profile.process == "resin":
        rows |= {
            "printer_technology": "SLA",
            "display_width": f"{x:g}",
            "display_height": f"{y:g}",
            "display_pixels_x": str(min(4000, round(x * 20))),
            "display_pixels_y": str(min(4000, round(y * 20))),
            "initial_layer_height": f"{profile.layer_mm:g}",
            "supports_enable": "0",
            "pad_enable": "0",
        }
    else:
        rows |= _fdm(profile, limits, supports, extruders)
    return "".join(f"{key} = {value}\n" for key, value in rows.items())


def _fdm(profile: Profile, limits: Limits, supports: bool, extruders: int) -> dict[str, str]:
    def each(value: str) -> str:
        return ",".join([value] * extruders)

    return {
        "nozzle_diameter": each(f"{profile.nozzle_mm or 0.4:g}"),
        "filament_diameter": each("1.75"),
        "filament_density": each(f"{profile.density_g_cm3:g}"),
        "first_layer_height": f"{profile.layer_mm:g}",
        "gcode_flavor": "marlin2",
        "perimeters": "2",
        "fill_density": f"{limits.fill * 100:.0f}%",
        "support_material": "1" if supports else "0",
        "support_material_auto": "1",
        "support_material_threshold": f"{90 - limits.overhang_deg:.0f}",
        "skirts": "0",
    }


def slice_file(
    path: Path,
    profile: Profile,
    *,
    height_mm: float,
    supports: bool = True,
    extruders: int = 1,
    limit_s: float = 180.0,
    keep: Path | None = None,
) -> Sliced:
    """The file sliced for a printer, standing as it lies; ``height_mm`` is how tall its solid is.

    ``keep``: where the moves are put (G-code, or SL1 for resin); else they are thrown away. Raises
    SliceError when there is no slicer, it refuses or takes longer than ``limit_s``, or what it wrote is not
    the solid on the bed.
    """
    tool = program()
    if tool is None:
        raise SliceError(
            "there is no PrusaSlicer here", "install prusa-slicer, or leave slicing out: --no-slice"
        )
    with tempfile.TemporaryDirectory() as folder:
        ini, out = Path(folder) / "printer.ini", Path(folder) / "moves"
        ini.write_text(settings(profile, supports=supports, extruders=extruders), encoding="utf-8")
        kind = "sla" if profile.process == "resin" else "gcode"
        out = out.with_suffix(".sl1" if kind == "sla" else ".gcode")
        command = [tool, "--config-compatibility", "disable", "--load", str(ini), f"--export-{kind}"]
        said = _run([*command, str(path.resolve()), "-o", str(out)], limit_s)
        if not out.is_file():
            raise SliceError(
                f"PrusaSlicer wrote nothing: {said or 'it did not say why'}", "check the file first"
            )
        sliced = _sl1(out, profile, height_mm) if kind == "sla" else _gcode(out, profile, height_mm)
        if keep is not None:
            shutil.move(str(out), keep)
    return sliced


def _run(command: list[str], limit_s: float) -> str:
    """Run it to its end, or end it and all that it started; the last thing it complained of."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=os.name == "posix",
    ) as process:
        try:
            _, complaint = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired as exc:
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.communicate()
            hint = "simplify the mesh, or leave slicing out: --no-slice"
            raise SliceError(f"PrusaSlicer was not done after {limit_s:.0f} s", hint) from exc
    lines = [line.strip() for line in complaint.splitlines() if line.strip() and "[trace]" not in line]
    last = lines[-1][:200] if lines else ""
    if process.returncode < 0 or process.returncode == 134:
        raise SliceError(
            "PrusaSlicer broke down: the model is too large for the bed", "scale it down, or split it"
        )
    if process.returncode:
        raise SliceError(f"PrusaSlicer refused it: {last or process.returncode}", "check the file first")
    return last


def _gcode(path: Path, profile: Profile, height_mm: float) -> Sliced:
    moves = path.read_bytes()
    levels = [float(z) for z in re.findall(rb"^;Z:([\d.]+)", moves, re.MULTILINE)]
    if not levels:
        raise SliceError("PrusaSlicer wrote no layers", "check the file first")
    _believed(max(levels), height_mm, profile)
    for match in EXTRUSION.finditer(moves):
        x, y = float(match[1]), float(match[2])
        if not (-1 <= x <= profile.bed_mm[0] + 1 and -1 <= y <= profile.bed_mm[1] + 1):
            raise SliceError(
                f"PrusaSlicer prints beside the bed, at {x:g}, {y:g} mm", "scale it down, or split it"
            )
    grams = re.findall(rb"^; filament used \[g\] = (.*)$", moves, re.MULTILINE)
    clock = re.findall(rb"^; estimated printing time \(normal mode\) = (.*)$", moves, re.MULTILINE)
    weight = sum(float(g) for g in grams[-1].split(b",")) if grams else 0.0
    # supports have layers between the solid's own, which are of one height but for the first
    own = round((max(levels) - levels[0]) / profile.layer_mm) + 1
    return Sliced(
        slicer=_name(moves[:200]),
        layers=min(own, len(levels)),
        seconds=_seconds(clock[-1].decode()) if clock else 0.0,
        grams=weight,
        height_mm=max(levels),
    )


def _sl1(path: Path, profile: Profile, height_mm: float) -> Sliced:
    with zipfile.ZipFile(path) as archive:
        text = archive.read("config.ini").decode("utf-8", "replace")
    rows = {key.strip(): value.strip() for key, _, value in (r.partition("=") for r in text.splitlines())}
    layers = int(rows.get("numFast", 0)) + int(rows.get("numSlow", 0))
    tall = layers * profile.layer_mm
    _believed(tall, height_mm, profile)
    return Sliced(
        slicer=_name(rows.get("prusaSlicerVersion", "").encode()),
        layers=layers,
        seconds=float(rows.get("printTime", 0.0)),
        grams=float(rows.get("usedMaterial", 0.0)) * profile.density_g_cm3,
        height_mm=tall,
    )


def _believed(top: float, height_mm: float, profile: Profile) -> None:
    """SliceError unless the layers end where the solid does, and below the printer's top."""
    if top > profile.bed_mm[2] + 1e-6:
        raise SliceError(
            f"PrusaSlicer prints up to {top:.1f} mm, above the printer's {profile.bed_mm[2]:g} mm",
            "scale it down, or split it",
        )
    if abs(top - height_mm) > max(LEEWAY_MM, 2 * profile.layer_mm):
        raise SliceError(
            f"PrusaSlicer prints up to {top:.1f} mm, but the solid is {height_mm:.1f} mm tall",
            "its parts lie apart, or its lowest part is too thin to print",
        )


def _name(text: bytes) -> str:
    found = re.search(rb"PrusaSlicer[- ](\d+(?:\.\d+)*)", text)
    return f"PrusaSlicer {found[1].decode()}" if found else "PrusaSlicer"


def _seconds(text: str) -> float:
    """``1d 2h 3m 4s`` in seconds."""
    return float(sum(int(n) * FACTORS[unit] for n, unit in re.findall(r"(\d+)([dhms])", text)))
