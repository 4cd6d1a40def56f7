"""A base's template: ``templates/bases/NAME.toml`` read and held to its ranges, and the standard sizes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.solid.limits import line_of, template_refusal

__all__ = ["ROUND_MM", "SQUARE_MM", "BaseTemplate", "standard_sizes", "template_of"]

ROUND_MM = (25.0, 28.5, 32.0, 40.0, 50.0, 60.0, 65.0, 80.0, 90.0, 100.0, 130.0, 160.0)
OVAL_MM = ((60.0, 35.0), (75.0, 42.0), (90.0, 52.0), (105.0, 70.0), (120.0, 92.0), (170.0, 105.0))
SQUARE_MM = (20.0, 25.0, 40.0, 50.0)

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Across = Annotated[float, Field(ge=2.0, le=20.0)]
Deep = Annotated[float, Field(ge=0.5, le=10.0)]


class BaseTemplate(BaseModel):
    """``templates/bases/NAME.toml``. Lengths in mm for a figure of 90 mm; see round.toml for each key."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    label: str = ""
    shape: Literal["round", "oval", "polygon", "rectangle"] = "round"
    sides: int = Field(default=4, ge=3, le=24)
    depth_share: float = Field(default=1.0, ge=0.3, le=2.0)
    corner_mm: float = Field(default=2.0, ge=0.0, le=50.0)
    height_mm: float = Field(default=6.0, ge=1.0, le=100.0)
    foot_mm: float = Field(default=1.4, ge=0.4, le=50.0)
    ledge_mm: float = Field(default=0.6, ge=0.0, le=20.0)
    slope_deg: float = Field(default=58.0, ge=15.0, le=90.0)
    edge_mm: float = Field(default=0.4, ge=0.0, le=5.0)
    margin_mm: float = Field(default=2.0, ge=0.0, le=50.0)
    front_mm: float = Field(default=0.0, ge=0.0, le=100.0)
    least_share: float = Field(default=0.44, ge=0.0, le=3.0)
    snap: bool = False
    name_at: Literal["slope", "top", "plaque", "panel", "none"] = "slope"
    name_arc_deg: float = Field(default=150.0, gt=0.0, le=300.0)
    plaque_mm: float = Field(default=9.0, ge=4.0, le=60.0)
    letters: Literal["embossed", "engraved"] = "embossed"
    capitals: bool = True
    underside: bool = True
    hollow: bool = False
    wall_mm: float = Field(default=2.0, ge=1.2, le=20.0)
    roof_mm: float = Field(default=1.8, ge=1.2, le=20.0)
    magnets: int = Field(default=0, ge=0, le=8)
    magnet_mm: tuple[Across, Deep] = (6.0, 3.0)
    stand: Literal["welded", "slot"] = "welded"
    scenery: str = ""
    colour: Colour = "#34373d"
    name_colour: Colour = "#f2e6c9"


def template_of(name: str) -> BaseTemplate:
    """The base template of that name; TemplateError with file, line and range when it is missing or wrong."""
    path = resources.find("bases", name)
    try:
        template = BaseTemplate.model_validate(resources.parse(path))
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, path, hint=_allowed(str(exc.errors()[0]["loc"][0]))) from exc
    if template.foot_mm > template.height_mm - 0.5 and not template.scenery:
        raise _fault(path, "foot_mm", "leaves no slope", "keep it 0.5 mm under height_mm")
    if template.snap and not standard_sizes(template):
        raise _fault(path, "snap", "needs a round, oval or square base", "set it to false, or change shape")
    if template.name_at == "panel" and not template.scenery:
        raise _fault(path, "name_at", "is panel, which only scenery has", "use slope, top, plaque or none")
    return template


def standard_sizes(template: BaseTemplate) -> tuple[tuple[float, float], ...]:
    """Width in mm and depth over width of the standard bases of that shape, smallest first; often none."""
    if template.shape == "round":
        return tuple((width, 1.0) for width in ROUND_MM)
    if template.shape == "oval":
        return tuple((width, depth / width) for width, depth in OVAL_MM)
    if template.shape == "polygon" and template.sides == 4:
        return tuple((width, 1.0) for width in SQUARE_MM)
    return ()


def _allowed(key: str) -> str:
    """What a key may be, as the hint of a refusal; empty when it has no range."""
    field = BaseTemplate.model_fields.get(key)
    if field is None:
        return ""
    ends = [f"{word} {getattr(m, at):g}" for m in field.metadata for at, word in WORDS if hasattr(m, at)]
    return f"{key} may be " + ", ".join(ends) if ends else ""


WORDS = (("gt", "over"), ("ge", "at least"), ("le", "at most"), ("lt", "under"))


def _fault(path: Path, key: str, what: str, hint: str) -> TemplateError:
    return TemplateError(f"{key} {what}", hint, path, line_of(path, key))
