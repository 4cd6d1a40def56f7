"""What a process can make and what a printer can hold: the numbers behind the print gate.

The walls follow the published guides of Materialise, Formlabs, Shapeways and JLC3DP for parts that stand
free; a printer's bed is a template in ``templates/printers``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import SpecError, TemplateError, nearest
from fabricate.solid.machine import Machine

__all__ = [
    "PROCESSES",
    "Limits",
    "Profile",
    "fits_bed",
    "limits_of",
    "line_of",
    "profile_of",
    "template_refusal",
]

Process = Literal["fdm", "resin"]
Side = Annotated[float, Field(gt=0.0, le=5000.0, allow_inf_nan=False)]


@dataclass(frozen=True)
class Limits:
    """Limits of a process. Lengths in mm, angles in degrees, ``fill`` the share printed inside the walls."""

    process: Process
    wall_floor_mm: float
    """Below this a wall cannot be made: the gate refuses."""
    wall_mm: float
    """Below this a wall is fragile: the gate warns."""
    line_mm: float
    """The narrowest raised line, and the least relief that shows."""
    relief_mm: float
    pin_mm: float
    overhang_deg: float
    """A face that looks down and leans further than this from upright needs support."""
    shell_mm: float
    fill: float
    clearance_mm: tuple[float, float]
    """Room per side between parts that are put together: tight (a peg holds) and loose (glue finds room)."""


PROCESSES = {
    "fdm": Limits("fdm", 0.8, 1.2, 0.8, 0.6, 3.0, 45.0, 0.9, 0.15, (0.1, 0.2)),
    "resin": Limits("resin", 0.6, 1.0, 0.4, 0.4, 2.0, 71.0, 0.0, 1.0, (0.075, 0.15)),
}
"""Process -> its limits."""


class Profile(BaseModel):
    """A printer as far as a solid needs to know it: its bed (x, y, z in mm), process and material; and, in
    ``machine``, what a slicer needs to know beside that."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str = ""
    process: Process = "fdm"
    bed_mm: tuple[Side, Side, Side]
    nozzle_mm: float = Field(default=0.4, ge=0.0, le=5.0)
    layer_mm: float = Field(default=0.2, gt=0.0, le=2.0)
    material: str = "PLA"
    density_g_cm3: float = Field(default=1.24, gt=0.0, le=25.0)
    machine: Machine = Machine()


def fits_bed(size_mm: Sequence[float], bed_mm: Sequence[float]) -> bool:
    """Whether a box (x, y, z) fits a bed as it stands, or after a quarter turn about z."""
    (x, y, z), (wide, deep, tall) = size_mm, bed_mm
    return z <= tall and ((x <= wide and y <= deep) or (x <= deep and y <= wide))


def limits_of(process: str) -> Limits:
    """The limits of a process; SpecError for an unknown one."""
    if process not in PROCESSES:
        raise SpecError(f"there is no process called {process!r}", nearest(process, PROCESSES))
    return PROCESSES[process]


def profile_of(name: str) -> Profile:
    """The printer profile of that name; TemplateError when there is none, or its file is wrong."""
    path = resources.find("printers", name)
    try:
        return Profile.model_validate({**resources.parse(path), "name": name})
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, path, whole=exc.errors()[0]["loc"][:1] == ("machine",)) from exc


def template_refusal(
    exc: pydantic.ValidationError, path: Path, *, whole: bool = False, hint: str = "", line: int | None = None
) -> TemplateError:
    """What pydantic found first in a TOML file, as one TemplateError that names the file and its line.

    A key is named by the table that it is in; ``whole`` names it in full (``weights.main.id``). ``hint``
    and ``line`` where the caller knows better than "mend it there" and the first line that sets the key.
    """
    error = exc.errors()[0]
    steps = [str(step) for step in error["loc"]]
    steps = steps if whole else steps[:1]
    key = ".".join(steps)
    text = "is not a known key" if error["type"] == "extra_forbidden" else error["msg"]
    line = line or line_of(path, steps[-1] if steps else "")
    return TemplateError(f"{key} {text}", hint or f"mend {key} there", path, line)


def line_of(path: Path, key: str) -> int | None:
    """The first line of a TOML file that sets ``key``, counted from 1; None where none does."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((i for i, text in enumerate(lines, 1) if text.split("=")[0].strip() == key), None)
