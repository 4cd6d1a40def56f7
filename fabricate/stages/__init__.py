"""The stages of the line, one thin module each; no stage imports another.

Every stage module has the same face, which ``pipeline.STAGES`` strings together::

    NAME = "prepare"                  # also the CLI command, the TOML table and the folder work/prepare
    VERSION = "1"                     # raise it when the same inputs would give another result
    def wants(spec: Spec) -> Wants    # what the stage depends on; cheap, imports nothing heavy
    def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made

``before`` maps the name of each earlier stage to its finished folder (read only); ``out`` is an empty
folder to write into. The run folder does the rest: it hashes, skips, renames ``out`` to its place, and puts
the files of ``Made.files`` at the top. Paths in ``spec`` are absolute or relative to the working directory.
A stage may name in ``AFTER`` the earlier stages whose files count for it; all do otherwise.

=========  ==========================================================================================
stage      files in its folder
=========  ==========================================================================================
stylize    ``view.png`` (RGBA), ``view.json`` (backend, design, understood): see ``read_view``
lift       ``lifted.glb``: ``fabricate.solid.glb.read_lifted``
prepare    ``figure.{stl,3mf,glb} preview.png report.{html,json}``, and ``accessories.3mf`` if any
card       ``card.pdf card.png card.svg``
slice      ``plates/N.gcode`` (or what the printer takes), ``plates.json``
=========  ==========================================================================================
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from fabricate.errors import SpecError, SubjectError, nearest
from fabricate.events import Progress
from fabricate.spec import Spec

if TYPE_CHECKING:
    from pydantic import BaseModel

    from fabricate.artifacts import View
    from fabricate.spec import Lift, Stylize

__all__ = [
    "FIGURE_TEMPLATES",
    "HOW",
    "Made",
    "Stage",
    "Wants",
    "accessory_files",
    "accessory_names",
    "check_options",
    "is_path",
    "read_view",
    "write_view",
]

FIGURE_TEMPLATES = (
    *("styles", "poses", "outfits", "hair", "hats", "glasses", "beards", "words", "accessories", "models"),
)
"""Every kind of template that shapes the figure, and the models that draw or lift it."""
HOW = {"download", "device", "offload", "accept_licence", "wait_s"}
"""Backends' options that say how a model comes here and runs, and change nothing in what it makes."""


@dataclass(frozen=True)
class Wants:
    """What a stage's result depends on, beside its version and the earlier stages' files.

    ``options``: the JSON-ready part of the spec that matters to this stage. ``files``: input paths whose
    bytes count (photo, picture, accessory meshes). ``templates``: template kinds (``resources.KINDS``) whose
    contents count. ``backend``: ``name@version``, or "".
    """

    options: Mapping[str, Any]
    files: tuple[Path, ...] = ()
    templates: tuple[str, ...] = ()
    backend: str = ""


@dataclass(frozen=True)
class Made:
    """What a stage made.

    ``files``: name at the top of the run folder -> path relative to the stage's folder. ``summary``:
    JSON-ready, kept in ``run.json`` and shown by ``--json``; prepare puts ``"printable": bool`` in it, and
    ``"failed": ["why", ...]`` when the gate refused (all files are written all the same). ``notes``: what the
    maker should read at the end, one sentence each.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Stage(Protocol):
    """The face of a stage module (a module satisfies it as it stands)."""

    NAME: str
    VERSION: str

    def wants(self, spec: Spec) -> Wants:
        """What the stage depends on."""
        ...

    def run(self, spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
        """Do the work: write the stage's files into the empty folder ``out``."""
        ...


def is_path(accessory: str) -> bool:
    """Whether an accessory is a file of the maker's own (``./trophy.stl``) and not a template's name."""
    return "/" in accessory or "\\" in accessory


def accessory_files(spec: Spec) -> tuple[Path, ...]:
    """The accessories that are files."""
    return tuple(Path(name) for name in spec.subject.accessories if is_path(name))


def accessory_names(spec: Spec) -> list[str]:
    """The accessories as a key should see them: a file counts by its name here, its bytes count apart."""
    return [Path(name).name if is_path(name) else name for name in spec.subject.accessories]


def check_options(table: Stylize | Lift, stage: str, options: type[BaseModel]) -> None:
    """Refuse keys of ``[stylize]`` or ``[lift]`` that neither the table nor the backend's Options know.

    Raises SpecError with the nearest known name, or with what is wrong with a value.
    """
    import pydantic

    extra = dict(table.model_extra or {})
    known = [*type(table).model_fields, *options.model_fields]
    for key in extra:
        if key not in options.model_fields:
            raise SpecError(
                f"unknown key '{stage}.{key}' for the backend {table.backend!r}", nearest(key, known)
            )
    try:
        options.model_validate(extra)
    except pydantic.ValidationError as exc:
        first = exc.errors()[0]
        dotted = ".".join([stage, *map(str, first["loc"])])
        raise SpecError(f"{dotted}: {first['msg']}, got {first.get('input')!r}", f"mend {dotted}") from exc


def write_view(view: View, png: Path) -> None:
    """Write a view as a PNG (RGBA) and, beside it, a ``.json`` of the same stem with the rest."""
    buffer = io.BytesIO()
    view.image.convert("RGBA").save(buffer, format="PNG", compress_level=3)
    data = buffer.getvalue()
    about = {
        "backend": view.backend,
        "design": None if view.design is None else dict(view.design),
        "understood": list(view.understood),
        "png_sha256": hashlib.sha256(data).hexdigest(),
    }
    png.write_bytes(data)
    text = json.dumps(about, indent=1, ensure_ascii=False)
    png.with_suffix(".json").write_text(text + "\n", encoding="utf-8")


def read_view(png: Path) -> View:
    """The view in a PNG (``work/stylize/view.png``) and the ``.json`` beside it, if there is one.

    A picture that was edited by hand, or that comes from elsewhere, has no ``design``.
    Raises SubjectError when the picture is missing or cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    from fabricate.artifacts import View

    try:
        data = png.read_bytes()
        with Image.open(io.BytesIO(data)) as opened:
            image = opened.convert("RGBA")
    except FileNotFoundError as exc:
        raise SubjectError(f"there is no front view {png}", "make one with: fabricate stylize") from exc
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as exc:
        again = ", or make it again with --remake stylize" if png.name == "view.png" else ""
        raise SubjectError(f"{png} is not a picture that can be read", f"save it as PNG{again}") from exc
    try:
        about = json.loads(png.with_suffix(".json").read_text(encoding="utf-8"))
        untouched = hashlib.sha256(data).hexdigest() == about.get("png_sha256")
    except (OSError, ValueError, AttributeError):
        about, untouched = {}, False
    design = about.get("design") if untouched else None
    return View(image, str(about.get("backend", "picture")), design, tuple(about.get("understood", ())))
