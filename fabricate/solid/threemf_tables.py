"""What slicers want to find in a 3MF beside the standard's own: tables of parts, and painted triangles."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

import numpy as np
import numpy.typing as npt

from fabricate.solid.colour import colour_of

if TYPE_CHECKING:
    import trimesh

__all__ = [
    "CONFIG",
    "NAMESPACE",
    "PAINT",
    "SETTINGS",
    "VERSION",
    "Painted",
    "Shade",
    "Thing",
    "Volume",
    "config",
    "extruder_of",
    "painted_model",
    "plain_shade",
    "settings",
    "shade_rows",
    "shades_of",
]

CONFIG = "Metadata/Slic3r_PE_model.config"
"""Where PrusaSlicer looks for an object's volumes."""
SETTINGS = "Metadata/model_settings.config"
"""Where Orca and Bambu Studio look for an object's name."""
PAINT = b' paint_color="'
"""Orca's and Bambu Studio's attribute of a painted triangle. It has no namespace, as they want it."""
PRUSA = b' slic3rpe:mmu_segmentation="'
NAMESPACE = b' xmlns:slic3rpe="http://schemas.slic3r.org/3mf/2017/06"'
VERSION = b'<metadata name="slic3rpe:Version3mf">1</metadata>'
"""What makes PrusaSlicer keep an object together: without it only its first part is moved to the object's
place on the bed, the others stay behind."""

Shade = tuple[str, int, bool]
"""A colour, the extruder that prints it, and whether its triangles are painted within a part."""


@dataclass(frozen=True)
class Painted:
    """Triangles of one part that are not all of one filament: what a slicer calls colour painting.

    ``index`` (m,) says of each triangle which of ``colours`` (``#rrggbb``) it has; ``extruders`` print them.
    """

    index: npt.NDArray[np.int64]
    colours: tuple[str, ...]
    extruders: tuple[int, ...]

    @property
    def shades(self) -> list[Shade]:
        """A shade a colour."""
        return [(c, e, True) for c, e in zip(self.colours, self.extruders, strict=True)]


@dataclass(frozen=True)
class Thing:
    """One object: its name, its closed parts in mm, where it stands, and which of its parts are painted."""

    name: str
    parts: Mapping[str, trimesh.Trimesh]
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    painted: Mapping[str, Painted] = field(default_factory=dict)


@dataclass(frozen=True)
class Volume:
    """A part as a range of an object's triangles (both ends included), and the extruder that prints it."""

    name: str
    first: int
    last: int
    extruder: int


def shades_of(things: Sequence[Thing], extruders: Mapping[str, int]) -> list[Shade]:
    """Every shade that occurs, each once, in the order of the colour group; the first is extruder 1's."""
    found: set[Shade] = set()
    for thing in things:
        for name, part in thing.parts.items():
            if painted := thing.painted.get(name):
                found.update(painted.shades)
            elif len(part.faces):
                found.add((colour_of(part), extruders.get(name, 1), False))
    if found and all(extruder > 1 for _, extruder, _ in found):
        found.add((min(found)[0], 1, False))
    return sorted(found, key=lambda shade: (shade[1], shade))


def shade_rows(
    thing: Thing, extruders: Mapping[str, int], ids: Mapping[Shade, int]
) -> npt.NDArray[np.uint32]:
    """The colour group's number for each triangle of a thing, its parts one after another (m,)."""
    rows = []
    for name, part in thing.parts.items():
        if painted := thing.painted.get(name):
            own = np.array([ids[shade] for shade in painted.shades], np.uint32)
            rows.append(own[painted.index])
        elif len(part.faces):
            shade = (colour_of(part), extruders.get(name, 1), False)
            rows.append(np.full(len(part.faces), ids[shade], np.uint32))
    return np.concatenate(rows)


def plain_shade(colours: npt.NDArray[np.uint32], shades: Sequence[Shade], ids: Mapping[Shade, int]) -> int:
    """The colour group's number for an object as a whole: extruder 1's, its own if it has such triangles.

    lib3mf says nothing of triangles coloured as their object is, so those must want no paint.
    """
    first = [ids[shade] for shade in shades if shade[1] == 1]
    own = set(np.unique(colours).tolist())
    return next((number for number in first if number in own), first[0])


def config(things: Sequence[Thing], volumes: Sequence[Sequence[Volume]], numbers: Sequence[int]) -> bytes:
    """PrusaSlicer's table of volumes: names, triangle ranges, extruders."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<config>"]
    for thing, ranges, number in zip(things, volumes, numbers, strict=True):
        lines.append(f' <object id="{number}" instances_count="1">')
        lines.append(f'  <metadata type="object" key="name" value={quoteattr(thing.name)}/>')
        lines.append('  <metadata type="object" key="extruder" value="1"/>')
        for volume in ranges:
            lines.append(f'  <volume firstid="{volume.first}" lastid="{volume.last}">')
            lines.append(f'   <metadata type="volume" key="name" value={quoteattr(volume.name)}/>')
            lines.append('   <metadata type="volume" key="volume_type" value="ModelPart"/>')
            lines.append(f'   <metadata type="volume" key="extruder" value="{volume.extruder}"/>')
            lines.append("  </volume>")
        lines.append(" </object>")
    return ("\n".join([*lines, "</config>"]) + "\n").encode()


def settings(things: Sequence[Thing], numbers: Sequence[int]) -> bytes:
    """Orca's and Bambu Studio's table: an object is one part there, its colours are painted."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<config>"]
    for thing, number in zip(things, numbers, strict=True):
        name = quoteattr(thing.name)
        lines.append(f'  <object id="{number}">')
        lines.append(f'    <metadata key="name" value={name}/>')
        lines.append('    <metadata key="extruder" value="1"/>')
        lines.append(f'    <part id="{number}" subtype="normal_part">')
        lines.append(f'      <metadata key="name" value={name}/>')
        lines.append("    </part>")
        lines.append("  </object>")
    return ("\n".join([*lines, "</config>"]) + "\n").encode()


def painted_model(model: bytes, shades: Sequence[Shade]) -> bytes:
    """The model's XML with each coloured triangle painted for the slicers that want it so.

    The first extruder is every triangle's unless it is told otherwise, and needs no paint.
    """
    model = model.replace(b"<model", b"<model" + NAMESPACE, 1)
    model = model.replace(b"<resources", VERSION + b"<resources", 1)
    painted = {}
    for place, (_, extruder, within) in enumerate(shades):
        if extruder > 1:
            code, here = _code(extruder) + b'"', f' p1="{place}"'.encode()
            painted[here + b" />"] = here + PAINT + code + (PRUSA + code if within else b"") + b" />"
    if not painted:
        return model
    # one pass: the model is tens of megabytes
    return re.sub(b"|".join(map(re.escape, painted)), lambda found: painted[found[0]], model)


def extruder_of(code: bytes) -> int:
    """The extruder that a paint code means; 1 for an empty one."""
    if not code:
        return 1
    return int(code[:-1], 16) + 3 if code[-1:] == b"C" and len(code) > 1 else int(code, 16) >> 2


def _code(extruder: int) -> bytes:
    """A whole triangle's extruder as slicers write it: a nibble up to 2, two nibbles beyond."""
    return b"%X" % (extruder << 2) if extruder < 3 else b"%XC" % (extruder - 3)
