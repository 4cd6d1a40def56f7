"""Stylize: the spec, and what the photo shows, become the front view."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabricate import backends
from fabricate.events import Progress
from fabricate.spec import CardTable, Lift, Prepare, Print, Slice, Spec
from fabricate.stages import (
    FIGURE_TEMPLATES,
    HOW,
    Made,
    Wants,
    _lifting,
    accessory_files,
    accessory_names,
    check_options,
    write_view,
)
from fabricate.stages._contest import printing

if TYPE_CHECKING:
    from fabricate.artifacts import Likeness, View

NAME = "stylize"
VERSION = "1"


def wants(spec: Spec) -> Wants:
    """The words, the likeness, the stylize table, the size it must hold at; the photo's or picture's bytes.

    Raises BackendError for an unknown or unavailable backend, SpecError for an option it does not have.
    """
    backend = backends.get("stylizers", spec.stylize.backend)
    check_options(spec.stylize, NAME, backend.Options)
    subject = spec.subject
    options: dict[str, Any] = {
        "subject": {
            "title": subject.title,
            "describe": subject.describe,
            "accessories": accessory_names(spec),
            "photo": subject.photo is not None,
            "picture": subject.picture is not None,
        },
        "likeness": spec.likeness.model_dump(mode="json"),
        "stylize": spec.stylize.model_dump(mode="json", exclude=HOW),
        "prepare": {
            "height_mm": spec.prepare.height_mm,
            "process": spec.prepare.process,
            "relief": spec.prepare.relief,
        },
    }
    templates: tuple[str, ...] = FIGURE_TEMPLATES
    if _several(spec):
        # the print gate has a say: what it goes by counts here too
        lifting = _lifting.wants(spec)
        options["judged by"] = {
            "lift": [lifting.options, lifting.backend],
            "prepare": spec.prepare.model_dump(mode="json"),
            "profile": spec.slice.profile,
        }
        templates += ("bases", "printers")
    pictures = tuple(path for path in (subject.photo, subject.picture) if path is not None)
    return Wants(options, pictures + accessory_files(spec), templates, f"{backend.name}@{backend.version}")


def _several(spec: Spec) -> bool:
    """Whether several pictures shall be drawn for one figure."""
    return int((spec.stylize.model_extra or {}).get("seeds", 1)) > 1


def visible(spec: Spec) -> Spec:
    """The spec with everything blanked that ``wants`` does not name, so that no backend can depend on it."""
    subject = spec.subject.model_copy(update={"name": "", "consent": "unstated"})
    given = spec.prepare
    prepare = Prepare(height_mm=given.height_mm, process=given.process, relief=given.relief)
    blank = {"lift": Lift(), "prepare": prepare, "card": CardTable(), "slice": Slice(), "print": Print()}
    return spec.model_copy(update={"subject": subject, **blank})


def view(spec: Spec, progress: Progress) -> View:
    """The front view, by the backend that the spec names; tells what was taken from photo and words.

    Of several it is the best match that prints: each is lifted and prepared as the spec says, until one does.
    Raises SubjectError for a photo that cannot be used, BackendError.
    """
    likeness = read_photo(spec, progress)
    backend: backends.Stylizer = backends.get("stylizers", spec.stylize.backend)
    made = backend.stylize(visible(spec), likeness, progress)
    if made.others:
        made = printing(spec, (made, *made.others), progress)
    for sentence in made.understood:
        progress.note(sentence)
    return made


def run(spec: Spec, before: dict[str, Path], out: Path, progress: Progress) -> Made:
    """Write ``view.png`` and ``view.json``."""
    made = view(spec, progress)
    write_view(made, out / "view.png")
    summary = {"backend": made.backend, "seed": spec.stylize.seed, "size_px": list(made.image.size)}
    return Made({}, summary, made.understood)


def read_photo(spec: Spec, progress: Progress) -> Likeness | None:
    """What the photo shows, its warnings told; None without a photo. Raises SubjectError, BackendError."""
    if spec.subject.photo is None:
        return None
    from fabricate.photo import read_likeness

    progress.step("looking at the photo", 0.0)
    likeness = read_likeness(spec.subject.photo)
    for warning in likeness.warnings:
        progress.warn(warning)
    return likeness
