"""The doors for plugins: what a stylizer, a lifter and a slicer look like, and how they are found.

A backend is a class found by an entry point in the group ``fabricate.stylizers``, ``fabricate.lifters`` or
``fabricate.slicers``; ours come through the same door. Listing them imports nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, runtime_checkable

from fabricate.errors import BackendError, nearest
from fabricate.events import Progress

if TYPE_CHECKING:
    from pydantic import BaseModel

    from fabricate.artifacts import Gcode, Lifted, Likeness, View
    from fabricate.spec import Spec

__all__ = ["Job", "Lifter", "Plate", "Role", "Slicer", "Stylizer", "available", "get", "names"]

Role = Literal["stylizers", "lifters", "slicers"]


@dataclass(frozen=True)
class Job:
    """What a lift is for. ``height_mm`` and ``process`` set the floors below which nothing may be thin.

    ``relief``: one layer of raised lines in mm, 0 none, None the process's own. ``options``: the backend's
    own ``Options``, from its keys in ``[lift]``.
    """

    options: Any
    height_mm: float = 90.0
    process: str = "fdm"
    relief: float | None = None


class Backend(Protocol):
    """What every backend declares.

    ``Options``: a pydantic model of its own keys in the stage's table. ``licence``: of its weights, since
    makers sell figures. ``extra``: the pip extra it needs, or "". ``version`` is part of a run's keys.
    """

    name: ClassVar[str]
    version: ClassVar[str]
    licence: ClassVar[str]
    extra: ClassVar[str]
    Options: ClassVar[type[BaseModel]]


@runtime_checkable
class Stylizer(Backend, Protocol):
    """Spec (and what the photo shows) -> front view."""

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The front view: RGBA, at least 768 px tall, the figure upright and whole."""
        ...


@runtime_checkable
class Lifter(Backend, Protocol):
    """Front view -> solid of unit height in the figure frame."""

    def lift(self, view: View, job: Job, progress: Progress) -> Lifted:
        """The solid that a job asks for."""
        ...


@dataclass(frozen=True)
class Plate:
    """What a slicer slices: one bed, everything on it at its place, and how it is to be printed.

    ``model``: a 3MF (one mesh object a thing, its parts as ranges of triangles) or an STL, in mm, the bed's
    corner at the origin. ``profile``: the printer's ``fabricate.solid.limits.Profile``. ``low`` and ``high``:
    the box of the solids in it. ``colours``: the filaments' colours, extruder 1 first.
    """

    model: Path
    profile: Any
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    number: int = 1
    holds: tuple[str, ...] = ()
    supports: Literal["none", "plate", "everywhere"] = "none"
    """``plate``: only where they stand on the bed."""
    brim_mm: float = 0.0
    colours: tuple[str, ...] = ("#b8b8b8",)
    tower: tuple[float, float] | None = None
    """Where the wipe tower's corner stands, when colours come out of one nozzle."""
    layer_mm: float | None = None
    fill: float | None = None
    limit_s: float = 600.0


@runtime_checkable
class Slicer(Backend, Protocol):
    """Plate -> a printer's moves, looked at before they are believed."""

    def absent(self) -> str:
        """Why it cannot slice here (its program is not installed), in one line; empty when it can."""
        ...

    def slice(self, plate: Plate, stem: Path, progress: Progress) -> Gcode:
        """The plate sliced into ``stem`` with the kind's own suffix (``plates/1`` -> ``plates/1.gcode``).

        Raises SliceError when there is no program, when it refuses, or when what it wrote is not the plate.
        """
        ...


def _points(role: Role) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"fabricate.{role}")}


def names(role: Role) -> list[str]:
    """The names of all installed backends of a role, without importing them."""
    return sorted(_points(role))


def get(role: Role, name: str) -> Any:
    """The backend of that name, made; BackendError when it is unknown or cannot be imported."""
    points = _points(role)
    if name not in points:
        raise BackendError(f"there is no {role.removesuffix('s')} called {name!r}", nearest(name, points))
    try:
        made: Callable[[], Any] = points[name].load()
    except ImportError as exc:
        extra = ",".join(points[name].extras)
        what = f"fabricate-figures[{extra}]" if extra else exc.name or "fabricate-figures"
        raise BackendError(
            f"the {role.removesuffix('s')} {name!r} needs {exc.name or exc}", f"pip install '{what}'"
        ) from exc
    return made()


@dataclass(frozen=True)
class Availability:
    """One backend as ``fabricate backends`` shows it."""

    role: str
    name: str
    ok: bool
    licence: str = ""
    extra: str = ""
    reason: str = ""


def available(role: Role) -> list[Availability]:
    """Every backend of a role with whether it can be used here and why not."""
    rows = []
    for name in names(role):
        try:
            backend = get(role, name)
        except BackendError as exc:
            rows.append(Availability(role, name, False, reason=exc.message))
        else:
            reason = backend.absent() if role == "slicers" else ""
            rows.append(Availability(role, name, not reason, backend.licence, backend.extra, reason))
    return rows
