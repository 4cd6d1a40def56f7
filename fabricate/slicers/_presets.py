"""Presets for OrcaSlicer and Bambu Studio: a machine, a process and a filament, each one whole JSON.

Their command line does not follow ``inherits``, so here the presets that they bring are laid over what they
inherit from. A printer of which they bring none gets presets made from its profile.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fabricate.backends import Plate
from fabricate.errors import SliceError
from fabricate.solid.limits import Profile, limits_of

__all__ = ["Trio", "flattened", "profiles_beside", "trio"]

Trio = dict[str, dict[str, Any]]
"""``machine``, ``process`` and ``filament``: each a preset's keys."""
VARIABLE = "FABRICATE_SLICER_PROFILES"
BESIDE = ("resources", "../resources", "../Resources", "../share/OrcaSlicer", "../share/BambuStudio")
"""Where the program's resources lie, from its own folder."""
BEDS = ("cool_plate_temp", "eng_plate_temp", "hot_plate_temp", "textured_plate_temp")


def profiles_beside(program: str) -> Path | None:
    """The folder of the presets that a slicer brings, one folder a printer's maker; None when not found."""
    if own := os.environ.get(VARIABLE):
        return Path(own)
    home = Path(program).resolve().parent
    places = (home / beside / "profiles" for beside in BESIDE)
    return next((place.resolve() for place in places if place.is_dir()), None)


def flattened(folder: Path, name: str) -> dict[str, Any]:
    """A preset of that name below ``folder``, with all that it inherits.

    Raises SliceError when it, or what it inherits from, is not there or cannot be read.
    """
    files = {path.stem: path for path in sorted(folder.rglob("*.json"))}
    chain: list[dict[str, Any]] = []
    seen: set[str] = set()
    wanted: Any = name
    while isinstance(wanted, str) and wanted and wanted not in seen:
        seen.add(wanted)
        if wanted not in files:
            raise SliceError(
                f"the slicer brings no preset {wanted!r} in {folder}", "update it, or mend machine.presets"
            )
        try:
            data = json.loads(files[wanted].read_text(encoding="utf-8"))
        except (OSError, ValueError) as exc:
            raise SliceError(f"{files[wanted]} cannot be read: {exc}", "install the slicer again") from exc
        chain.append(data)
        wanted = data.get("inherits")
    whole: dict[str, Any] = {}
    for data in reversed(chain):
        whole |= data
    whole.pop("inherits", None)
    return whole | {"name": name, "from": "system"}


def trio(plate: Plate, program: str) -> Trio:
    """The three presets for a plate: the slicer's own where the profile names them, and what the plate asks.

    Raises SliceError when the named ones are not found.
    """
    profile: Profile = plate.profile
    named = profile.machine.presets
    if named is None:
        made = _own(profile)
    else:
        folder = profiles_beside(program)
        if folder is None:
            raise SliceError(
                f"the presets that came with {Path(program).name} are not found",
                f"name the folder 'profiles' among its resources in {VARIABLE}",
            )
        vendor = folder / named.vendor
        made = {
            "machine": flattened(vendor / "machine", named.machine),
            "process": flattened(vendor / "process", named.process),
            "filament": flattened(vendor / "filament", named.filament),
        }
        made["process"] |= {"compatible_printers": [named.machine]}
        made["filament"] |= {"compatible_printers": [named.machine]}
    for kind, preset in made.items():
        preset["type"] = kind
    made["process"] |= _asked(plate) | profile.machine.orca
    return made


def _asked(plate: Plate) -> dict[str, Any]:
    """What the plate asks of the process."""
    rows: dict[str, Any] = {
        "enable_support": "0" if plate.supports == "none" else "1",
        "support_type": "tree(auto)",
        "support_threshold_angle": f"{90 - limits_of('fdm').overhang_deg:.0f}",
        "support_on_build_plate_only": "1" if plate.supports == "plate" else "0",
        "brim_type": "outer_only" if plate.brim_mm else "no_brim",
        "brim_width": f"{plate.brim_mm:g}",
        "enable_prime_tower": "1" if len(plate.colours) > 1 else "0",
    }
    if plate.layer_mm is not None:
        rows["layer_height"] = f"{plate.layer_mm:g}"
    if plate.fill is not None:
        rows["sparse_infill_density"] = f"{plate.fill * 100:.0f}%"
    return rows


def _own(profile: Profile) -> Trio:
    """Presets of a printer that the slicer knows nothing of, from its profile."""
    (x, y, z), machine = profile.bed_mm, profile.machine
    name = f"fabricate {profile.name}"
    common: Mapping[str, Any] = {"from": "User", "inherits": "", "version": "1.0.0.0"}
    heat = f"{machine.nozzle_c:g}"
    bed = {f"{plate}{first}": [f"{machine.bed_c:g}"] for plate in BEDS for first in ("", "_initial_layer")}
    return {
        "machine": {
            **common,
            "name": name,
            "printer_settings_id": name,
            "printer_technology": "FFF",
            "gcode_flavor": "marlin2" if machine.flavour == "marlin2" else "marlin",
            "printable_area": [f"{a:g}x{b:g}" for a, b in ((0, 0), (x, 0), (x, y), (0, y))],
            "printable_height": f"{z:g}",
            "nozzle_diameter": [f"{profile.nozzle_mm or 0.4:g}"],
            "retraction_length": [f"{machine.retract_mm:g}"],
            "single_extruder_multi_material": "1" if machine.one_nozzle else "0",
            "machine_start_gcode": machine.moves(machine.start),
            "machine_end_gcode": machine.moves(machine.end),
        },
        "process": {
            **common,
            "name": f"{name} process",
            "print_settings_id": f"{name} process",
            "compatible_printers": [name],
            "layer_height": f"{profile.layer_mm:g}",
            "initial_layer_print_height": f"{profile.layer_mm:g}",
            "wall_loops": str(machine.perimeters),
            "top_shell_layers": str(machine.solid_layers),
            "bottom_shell_layers": str(machine.solid_layers),
            "sparse_infill_density": f"{machine.fill * 100:.0f}%",
            "outer_wall_speed": f"{machine.speed_mm_s / 2:g}",
            "inner_wall_speed": f"{machine.speed_mm_s:g}",
            "travel_speed": f"{machine.travel_mm_s:g}",
            "skirt_loops": "0",
        },
        "filament": {
            **common,
            "name": f"{name} filament",
            "filament_settings_id": [f"{name} filament"],
            "compatible_printers": [name],
            "filament_type": [profile.material],
            "filament_diameter": [f"{machine.filament_mm:g}"],
            "filament_density": [f"{profile.density_g_cm3:g}"],
            "nozzle_temperature": [heat],
            "nozzle_temperature_initial_layer": [heat],
            **bed,
        },
    }
