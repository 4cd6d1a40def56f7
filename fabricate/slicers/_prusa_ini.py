"""A printer's profile, and what a plate asks of it, as PrusaSlicer's own table of settings."""

from __future__ import annotations

from fabricate.backends import Plate
from fabricate.solid.limits import Profile, limits_of

__all__ = ["settings"]


def settings(
    profile: Profile, *, supports: bool = True, extruders: int = 1, plate: Plate | None = None
) -> str:
    """A printer profile (and what a plate asks of it) as PrusaSlicer's ini; all else its defaults.

    A ``plate`` says itself whether it wants ``supports``, and its colours are the ``extruders``.
    """
    x, y, z = profile.bed_mm
    layer = profile.layer_mm
    if plate is not None:
        supports, extruders = plate.supports != "none", len(plate.colours)
        layer = plate.layer_mm or layer
    rows = {
        "bed_shape": f"0x0,{x:g}x0,{x:g}x{y:g},0x{y:g}",
        "max_print_height": f"{z:g}",
        "layer_height": f"{layer:g}",
    }
    if profile.process == "resin":
        rows |= _resin(profile, layer, supports and plate is not None)
    else:
        rows |= _fdm(profile, layer, supports, extruders)
        if plate is not None:
            rows |= _as_asked(profile, plate)
    rows |= profile.machine.prusa
    return "".join(f"{key} = {value}\n" for key, value in rows.items())


def _resin(profile: Profile, layer: float, supports: bool) -> dict[str, str]:
    x, y, _ = profile.bed_mm
    machine = profile.machine
    return {
        "printer_technology": "SLA",
        "display_width": f"{x:g}",
        "display_height": f"{y:g}",
        "display_pixels_x": str(machine.pixels[0]),
        "display_pixels_y": str(machine.pixels[1]),
        "display_orientation": "landscape",
        "initial_layer_height": f"{layer:g}",
        "exposure_time": f"{machine.exposure_s:g}",
        "initial_exposure_time": f"{machine.first_exposure_s:g}",
        "max_exposure_time": f"{max(100.0, machine.exposure_s):g}",
        "max_initial_exposure_time": f"{max(150.0, machine.first_exposure_s):g}",
        "supports_enable": "1" if supports else "0",
        "support_object_elevation": "0",
        "pad_enable": "1" if supports else "0",
        "pad_around_object": "1" if supports else "0",
        "pad_wall_height": "0",
    }


def _fdm(profile: Profile, layer: float, supports: bool, extruders: int) -> dict[str, str]:
    machine, limits = profile.machine, limits_of("fdm")

    def each(value: str) -> str:
        return ",".join([value] * extruders)

    nozzle = profile.nozzle_mm or 0.4
    return {
        "nozzle_diameter": each(f"{nozzle:g}"),
        "max_layer_height": each(f"{max(layer, 0.8 * nozzle):g}"),
        "filament_diameter": each(f"{machine.filament_mm:g}"),
        "filament_density": each(f"{profile.density_g_cm3:g}"),
        "first_layer_height": f"{layer:g}",
        "gcode_flavor": machine.flavour,
        "machine_limits_usage": "time_estimate_only",
        "perimeters": str(machine.perimeters),
        "top_solid_layers": str(machine.solid_layers),
        "bottom_solid_layers": str(machine.solid_layers),
        "fill_density": f"{machine.fill * 100:.0f}%",
        "support_material": "1" if supports and machine.supports else "0",
        "support_material_auto": "1",
        "support_material_style": "snug",
        "support_material_threshold": f"{90 - limits.overhang_deg:.0f}",
        "skirts": "0",
    }


def _as_asked(profile: Profile, plate: Plate) -> dict[str, str]:
    """What the plate and the printer ask beyond the shape of the moves: colours, heat, speed, start, end."""
    machine, count = profile.machine, len(plate.colours)

    def each(value: float) -> str:
        return ",".join([f"{value:g}"] * count)

    rows = {
        "gcode_resolution": f"{machine.detail_mm:g}",
        "temperature": each(machine.nozzle_c),
        "first_layer_temperature": each(machine.nozzle_c),
        "bed_temperature": each(machine.bed_c),
        "first_layer_bed_temperature": each(machine.bed_c),
        "retract_length": each(machine.retract_mm),
        "filament_type": ";".join([profile.material] * count),
        "filament_colour": ";".join(plate.colours),
        "perimeter_speed": f"{machine.speed_mm_s:g}",
        "external_perimeter_speed": "50%",
        "infill_speed": f"{machine.speed_mm_s * 1.4:g}",
        "travel_speed": f"{machine.travel_mm_s:g}",
        "brim_type": "outer_only" if plate.brim_mm else "no_brim",
        "brim_width": f"{plate.brim_mm:g}",
        "support_material_buildplate_only": "1" if plate.supports == "plate" else "0",
    }
    for key, text in (("start_gcode", machine.start), ("end_gcode", machine.end)):
        if text.strip():
            rows[key] = machine.moves(text).replace("\\", "\\\\").replace("\n", "\\n")
    if plate.fill is not None:
        rows["fill_density"] = f"{plate.fill * 100:.0f}%"
        rows |= {"fill_pattern": "rectilinear"} if plate.fill >= 1 else {}
    if count > 1:  # supports of whatever colour is at hand, or every layer of them would be wiped for
        rows |= {"support_material_extruder": "0", "support_material_interface_extruder": "0"}
    if count > 1 and machine.one_nozzle:
        tower = plate.tower or (0.0, 0.0)
        rows |= {
            "use_relative_e_distances": "1",  # the wipe tower knows no other way
            "before_layer_gcode": "G92 E0",
            "single_extruder_multi_material": "1",
            "wipe_tower": "1" if plate.tower else "0",
            "wipe_tower_x": f"{tower[0]:g}",
            "wipe_tower_y": f"{tower[1]:g}",
        }
    return rows
