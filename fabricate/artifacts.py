"""What the stages hand on: frozen values in memory, no files.

Frames and units: everything up to ``Lifted`` is in the *figure frame* (right-handed, +Z up, the figure
faces -Y, z in 0..1, centred in x and y); from ``Figure`` on, lengths are millimetres, build plate z = 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import trimesh
    from PIL import Image

__all__ = ["Card", "Check", "Figure", "Gcode", "Lifted", "Likeness", "PrintReport", "View", "clock"]


@dataclass(frozen=True)
class Likeness:
    """What a photo shows of its subject; every field None when it could not be told.

    Colours are ``#rrggbb`` as sampled. ``skin`` is the nearest tone of the Monk scale, a hint only.
    ``confidence`` maps a field to 0..1. ``notes``: what was read, one sentence each; ``warnings``: what
    makes the photo a poor witness.

    ``ratios``: distances in space between points of the face mesh, over the face's width (ear to ear,
    points 234-454): ``face_h`` forehead to chin (10-152), ``jaw_w`` (172-397), ``eye_span`` outer corner
    to outer corner (33-263), ``eye_w`` corner to corner (33-133, 263-362: the mean), ``mouth_w`` (61-291),
    ``nose_w`` wing to wing (64-294), ``nose_h`` root to base (168-2), ``chin_h`` lower lip to chin
    (17-152), ``brow_h`` brow to upper lid (105-159, 334-386: the mean).
    """

    hair_style: str | None = None
    """One of ``bald``, ``short``, ``long``: the length; the kit turns it into a hair template."""
    hair_colour: str | None = None
    skin: str | None = None
    glasses: bool | None = None
    beard: bool | None = None
    clothes_colour: str | None = None
    ratios: Mapping[str, float] = field(default_factory=dict)
    confidence: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """The stylised front view.

    ``image`` is RGBA, the figure upright and whole, transparent around it. ``design`` is the kit's own
    design (JSON-ready) when the kit made the view, else None. ``understood`` lists what was taken from
    photo and words, one sentence each, for the report. ``others``: more views that passed the stylizer's own
    check, the better match first, for the print gate to choose among.
    """

    image: Image.Image
    backend: str
    design: Mapping[str, Any] | None = None
    understood: tuple[str, ...] = ()
    others: tuple[View, ...] = ()


@dataclass(frozen=True)
class Lifted:
    """A solid figure of unit height in the figure frame.

    ``parts``: name -> closed, positively oriented mesh with one colour in its vertex colours (or, from a
    learned lift, one part with colours of its own). Parts abut, they do not overlap. ``solid``: their
    union as one closed mesh, or None when it is still to be made. ``accessories``: name -> its own parts,
    at the figure's scale, standing on z = 0.
    """

    parts: Mapping[str, trimesh.Trimesh]
    solid: trimesh.Trimesh | None = None
    accessories: Mapping[str, Mapping[str, trimesh.Trimesh]] = field(default_factory=dict)
    backend: str = ""


Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True)
class Check:
    """One line of the print gate: what was measured, against which limit, and what to do about it."""

    name: str
    level: Level
    value: str
    limit: str = ""
    advice: str = ""


@dataclass(frozen=True)
class PrintReport:
    """The gate's word on one solid. Numbers in mm, mm^3, degrees, grams."""

    checks: tuple[Check, ...]
    measures: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def printable(self) -> bool:
        """True when no check failed: the gate fails closed, so no checks means no."""
        return bool(self.checks) and all(c.level != "fail" for c in self.checks)

    def failed(self, name: str) -> bool:
        """Whether the check of that name failed."""
        return any(check.name == name and check.level == "fail" for check in self.checks)

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON-ready object."""
        return {
            "printable": self.printable,
            "checks": [vars(c) for c in self.checks],
            "measures": dict(self.measures),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Figure:
    """A prepared figure in millimetres, standing on z = 0.

    ``parts``: colour parts, the base (``base``, and ``name`` for raised text) among them; ``solid``: their
    union, one closed mesh; ``accessories``: name -> parts, each standing on z = 0 at its own origin.
    """

    parts: Mapping[str, trimesh.Trimesh]
    solid: trimesh.Trimesh
    report: PrintReport
    height_mm: float
    accessories: Mapping[str, Mapping[str, trimesh.Trimesh]] = field(default_factory=dict)


@dataclass(frozen=True)
class Card:
    """The packaging card. ``size_mm`` is the trimmed size (width, height)."""

    pdf: bytes
    png: bytes
    svg: bytes
    size_mm: tuple[float, float]
    warnings: tuple[str, ...] = ()


def clock(seconds: float) -> str:
    """The time of a print in hours and minutes, at least one: ``3 h 12 min``, ``5 min``."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


@dataclass(frozen=True)
class Gcode:
    """One plate sliced for one printer: a file of moves that was looked at before it was believed.

    ``path``: the file. ``kind``: ``gcode``; ``sl1`` for resin; ``gcode.3mf``, moves inside a 3MF (Bambu);
    ``project``, a 3MF that the printer's own program must slice first: never send that one, its numbers are
    an estimate. ``sha256`` is of its bytes. ``profile``: the printer template's name. ``plate``
    counts from 1. ``seconds`` to print; ``grams`` and ``metres`` of filament, one a colour in the order of
    ``colours`` (resin: one, metres 0). ``height_mm``: the top of the last layer. ``size_mm``: the printed
    extent in x, y, z. ``cost`` in the profile's ``currency``, None where it names no price.
    """

    path: Path
    sha256: str
    profile: str
    plate: int = 1
    kind: Literal["gcode", "sl1", "gcode.3mf", "project"] = "gcode"
    process: Literal["fdm", "resin"] = "fdm"
    material: str = ""
    nozzle_mm: float = 0.0
    layers: int = 0
    height_mm: float = 0.0
    size_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    seconds: float = 0.0
    filament_grams: tuple[float, ...] = ()
    filament_metres: tuple[float, ...] = ()
    colours: tuple[str, ...] = ()
    cost: float | None = None
    currency: str = ""
    slicer: str = ""
    holds: tuple[str, ...] = ()
    """What lies on the plate: ``figure``, the names of accessories, or of pieces."""

    @property
    def grams(self) -> float:
        """All filaments (or the resin) together."""
        return sum(self.filament_grams)

    @property
    def metres(self) -> float:
        """All filaments together; 0 for resin."""
        return sum(self.filament_metres)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready object; ``path`` is the file's name alone, since it lies beside the record."""
        return vars(self) | {"path": self.path.name, "grams": self.grams, "metres": self.metres}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], folder: Path) -> Gcode:
        """What ``to_json`` wrote, its file in ``folder``. Raises ValueError for anything else."""
        known = cls.__dataclass_fields__
        try:
            row: dict[str, Any] = {key: value for key, value in data.items() if key in known}
            row = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
            return cls(**{**row, "path": folder / str(data["path"])})
        except (KeyError, TypeError, AttributeError) as exc:
            raise ValueError(f"not a sliced plate: {exc}") from exc
