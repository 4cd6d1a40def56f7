"""What a slicer must know of a printer beyond its bed: the table ``[machine]`` of a printer's template."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["Machine", "Presets"]

Celsius = Annotated[float, Field(ge=0.0, le=500.0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, le=10_000.0, allow_inf_nan=False)]


class Presets(BaseModel):
    """Presets that OrcaSlicer and Bambu Studio bring for a printer, by the names that they show."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    vendor: str
    """The folder of the printer's maker among the program's own profiles: ``BBL``."""
    machine: str
    process: str
    filament: str


class Machine(BaseModel):
    """How a printer is driven. Temperatures in degrees Celsius, lengths in mm, speeds in mm/s.

    Of ``start`` and ``end`` (moves before and after the print) ``{nozzle_c}`` and ``{bed_c}`` are filled in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Literal["gcode", "project"] = "gcode"
    """``project``: its own program slices for it; without that program a project 3MF is written for it."""
    flavour: Literal["marlin", "marlin2", "reprapfirmware", "smoothie"] = "marlin2"
    colours: int = Field(default=1, ge=1, le=16)
    """How many filaments it holds at once."""
    one_nozzle: bool = True
    """Several filaments come out of one nozzle, which is wiped between them on a tower."""
    filament_mm: Positive = 1.75
    nozzle_c: Celsius = 215.0
    bed_c: Celsius = 60.0
    perimeters: int = Field(default=2, ge=0, le=20)
    solid_layers: int = Field(default=4, ge=0, le=50)
    fill: float = Field(default=0.15, ge=0.0, le=1.0)
    supports: bool = True
    """False: never any, whatever hangs over."""
    detail_mm: float = Field(default=0.0125, ge=0.0, le=5.0)
    """Shorter moves are joined to longer ones."""
    retract_mm: float = Field(default=1.0, ge=0.0, le=20.0)
    speed_mm_s: Positive = 50.0
    travel_mm_s: Positive = 150.0
    start: str = ""
    end: str = ""
    exposure_s: Positive = 8.0
    first_exposure_s: Positive = 30.0
    pixels: tuple[int, int] = (2560, 1620)
    """The resin printer's screen, along the bed's x and y."""
    price_per_kg: float | None = Field(default=None, ge=0.0, le=100_000.0, allow_inf_nan=False)
    currency: str = "EUR"
    thumbnails: tuple[str, ...] = ("32x32", "300x300")
    """Sizes of the pictures put into the file, for the printer's screen and its web page."""
    presets: Presets | None = None
    prusa: dict[str, str] = Field(default_factory=dict)
    """Keys of PrusaSlicer's own, laid over what follows from the rest."""
    orca: dict[str, str] = Field(default_factory=dict)
    """The same for OrcaSlicer and Bambu Studio."""

    @field_validator("thumbnails")
    @classmethod
    def _sizes(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for size in value:
            sides = size.split("x")
            if len(sides) != 2 or not all(side.isdigit() and 8 <= int(side) <= 1024 for side in sides):
                raise ValueError(f"{size!r} is no size such as 300x300")
        return value

    @field_validator("start", "end")
    @classmethod
    def _moves(cls, value: str) -> str:
        left = value.replace("{nozzle_c}", "").replace("{bed_c}", "")
        if any(mark in left for mark in "{}[]"):
            raise ValueError("knows {nozzle_c} and {bed_c}, and no other brackets")
        return value

    def moves(self, text: str) -> str:
        """``start`` or ``end`` with the temperatures filled in."""
        return text.strip().replace("{nozzle_c}", f"{self.nozzle_c:g}").replace("{bed_c}", f"{self.bed_c:g}")

    def sizes(self) -> list[tuple[int, int]]:
        """``thumbnails`` as (width, height) in pixels."""
        pairs: list[Any] = [size.split("x") for size in self.thumbnails]
        return [(int(width), int(height)) for width, height in pairs]
