"""What a process can make and what a printer can hold: the numbers behind the print gate.

The walls follow the published guides of Materialise, Formlabs, Shapeways and JLC3DP for parts that stand
free; a printer's bed is a template in ``templates/printers``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import SpecError, TemplateError, nearest

__all__ = ["PROCESSES", "Limits", "Profile", "limits_of", "profile_of", "template_refusal"]

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
    """A printer as far as a solid needs to know it: its bed (x, y, z in mm), process and material."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str = ""
    process: Process = "fdm"
    bed_mm: tuple[Side, Side, Side]
    nozzle_mm: float = Field(default=0.4, ge=0.0, le=5.0)
    layer_mm: float = Field(default=0.2, gt=0.0, le=2.0)
    material: str = "PLA"
    density_g_cm3: float = Field(default=1.24, gt=0.0, le=25.0)


def limits_of(process: str) -> Limits:
    """The limits of a process; SpecError for an unknown one."""
    if process not in PROCESSES:
        raise SpecError(f"there is no process called {process!r}", nearest(process, PROCESSES))
    return PROCESSES[process]


def profile_of(name: str) -> Profile:
    """The printer profile of that name; TemplateError when there is none, or its file is wrong."""
    data = resources.read("printers", name)
    try:
        return Profile.model_validate({**data, "name": name})
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, "printers", name) from exc


def template_refusal(exc: pydantic.ValidationError, kind: str, name: str) -> TemplateError:
    """What pydantic found in a template file, as one TemplateError that names the file and its line."""
    error = exc.errors()[0]
    path = resources.find(kind, name)
    key = str(error["loc"][0]) if error["loc"] else ""
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = (i for i, line in enumerate(lines, 1) if line.split("=")[0].strip() == key)
    text = "is not a known key" if error["type"] == "extra_forbidden" else error["msg"]
    return TemplateError(f"{key} {text}", f"mend {key} there", path, next(starts, None))
