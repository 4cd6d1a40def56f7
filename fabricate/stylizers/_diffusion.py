"""Every diffusion stylizer: guide, prompt, draw, check, again with the next seed; the best is kept."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import accelerate  # type: ignore[import-untyped]  # noqa: F401  (missing? found here, not amid the work)
import diffusers  # noqa: F401
from pydantic import BaseModel, Field

from fabricate.errors import BackendError
from fabricate.events import Progress
from fabricate.learned.diffusion import Model, Offload, Order
from fabricate.learned.options import ModelOptions

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from fabricate.artifacts import Likeness, View
    from fabricate.kit.design import Design
    from fabricate.spec import Spec
    from fabricate.stylizers._check import Judged
    from fabricate.stylizers._guide import Guide

__all__ = ["DiffusionOptions", "EditStylizer", "Try", "best_of", "stylized"]


class DiffusionOptions(ModelOptions):
    """The keys in ``[stylize]`` that every diffusion stylizer has; a folder of weights is as diffusers'."""

    offload: Offload = "auto"
    """What lies on the GPU at once: the whole, one of its models, one layer; auto: as much as fits."""
    seeds: int = Field(default=1, ge=1, le=64)
    """Draw until so many pictures pass the check; kept is the best match of those whose figure prints."""
    tries: int = Field(default=3, ge=1, le=20)
    """At most so many pictures for each of the seeds."""
    strict: bool = False
    """Stop when no picture passes; else the best is kept with a warning."""
    steps: int = Field(default=0, ge=0, le=200)
    """Of denoising; 0: the model's own number."""
    size: int = Field(default=0, ge=0, le=2048)
    """The side in pixels of a square as large as the picture; 0: what the model was trained on."""


class EditStylizer(ABC):
    """A stylizer whose model is shown the photo and the pose's stick figure as numbered pictures."""

    name: ClassVar[str]
    version: ClassVar[str] = "1"
    licence: ClassVar[str]
    extra: ClassVar[str] = "gpu"
    Options: ClassVar[type[BaseModel]] = DiffusionOptions

    @abstractmethod
    def model(self) -> Model:
        """The module that opens the model and draws with it."""

    def stylize(self, spec: Spec, likeness: Likeness | None, progress: Progress) -> View:
        """The front view. Raises BackendError, SubjectError for a photo that cannot be used."""
        options = DiffusionOptions.model_validate(spec.stylize.model_extra or {})
        return stylized(spec, likeness, progress, name=self.name, model=self.model(), options=options)


@dataclass(frozen=True)
class Try:
    """A picture that was drawn: its seed, and what the check said of it."""

    seed: int
    judged: Judged


def stylized(
    spec: Spec,
    likeness: Likeness | None,
    progress: Progress,
    *,
    name: str,
    model: Model,
    options: DiffusionOptions,
    parts: Callable[[bool], tuple[str, ...]] = lambda _face: ("main",),
    shown: bool = True,
    told: dict[str, float] | None = None,
) -> View:
    """The front view that a model draws.

    ``parts``: the weights it needs, told whether there is a face to keep. ``shown``: it is given the photo
    and the stick figure as numbered pictures, and the prompt says so. ``told``: more of an ``Order``.

    Raises BackendError when the weights are not here or do not fit, when memory runs out, or, with
    ``strict``, when no picture passes; SubjectError for a photo that cannot be used.
    """
    from fabricate.artifacts import View
    from fabricate.kit.choose import choose
    from fabricate.learned.device import enough_memory, warm
    from fabricate.learned.diffusion import draw, folders_of, opened, settled
    from fabricate.learned.weights import card_of
    from fabricate.stylizers._framed import framed
    from fabricate.stylizers._guide import guide_of

    card = card_of(name)
    photo, face = _who(spec, not shown)
    needed = parts(face is not None)
    folders = folders_of(card, progress, needed, own=options.model, download=options.download)
    device, dtype = options.placed()
    design, said = choose(spec, likeness)
    with enough_memory(card.label, "smaller pictures: stylize.size = 768, or stylize.offload = layers"):
        key = (name, tuple(map(str, folders.values())), str(device), dtype, options.offload)

        def made() -> Any:
            progress.step(f"loading {card.label}", 0.02)
            pipeline = opened(model, card, folders, dtype)
            place = settled(pipeline, device, options.offload)
            if place != "whole":
                progress.note(f"{card.label} is larger than the GPU's free memory: it runs in pieces, slower")
            return pipeline

        pipeline = warm(key, made)
        guide = guide_of(
            design, options.size or model.side(pipeline), lambda m, f: progress.step(m, 0.1 + 0.1 * f)
        )
        prompt, negative = _told(design, guide, spec, shown, photo is not None)

        def drawn(seed: int, heard: Callable[[float], None]) -> Image.Image:
            order = Order(
                prompt,
                negative,
                guide.size,
                seed,
                guide.skeleton,
                guide.on_ground(),
                photo,
                face,
                options.steps,
                **(told or {}),
            )
            return draw(model, pipeline, order, heard)

        kept, count = best_of(drawn, guide, likeness, spec.stylize.seed, options, progress)

    def view_of(one: Try, others: tuple[View, ...] = ()) -> View:
        notes = (*said, f"drawn by {card.label} with seed {one.seed}, {count} tried; told: {prompt}")
        return View(framed(one.judged.image), name, None, notes, others)

    return view_of(kept[0], tuple(view_of(one) for one in kept[1:]))


def best_of(
    drawn: Callable[[int, Callable[[float], None]], Image.Image],
    guide: Guide,
    likeness: Likeness | None,
    seed: int,
    options: DiffusionOptions,
    progress: Progress,
) -> tuple[list[Try], int]:
    """The pictures drawn with ``seed`` and the seeds after it that pass, best first, and how many were drawn.

    Stops when as many as ``options.seeds`` have passed the check, or after ``tries`` for each of them. When
    none passes, the best alone is given with a warning; with ``strict`` BackendError is raised instead.
    """
    from fabricate.stylizers._check import judged

    most = options.seeds * options.tries
    tried: list[Try] = []
    passed = 0
    while passed < options.seeds and len(tried) < most:
        number, at = len(tried), seed + len(tried)
        name = f"drawing with seed {at}" + (f" ({number + 1} of at most {most})" if most > 1 else "")
        progress.step(name, 0.2 + 0.75 * number / most)

        def heard(done: float, name: str = name, number: int = number) -> None:
            progress.step(name, 0.2 + 0.75 * (number + done) / most)

        found = judged(drawn(at, heard), guide, likeness)
        tried.append(Try(at, found))
        if found.faults:
            progress.note(f"seed {at}: {'; '.join(found.faults)}")
        else:
            passed += 1
    ranked = sorted(tried, key=lambda one: one.judged.score, reverse=True)
    best = ranked[0]
    if best.judged.faults:
        why = f"none of {len(tried)} pictures passes the check: {'; '.join(best.judged.faults)}"
        if options.strict:
            raise BackendError(why, "more tries: --tries 6; another --seed or --pose; or leave --strict out")
        progress.warn(f"{why}; the best is kept (seed {best.seed}): look at the view")
    return [one for one in ranked if not one.judged.faults] or [best], len(tried)


def _who(spec: Spec, close: bool) -> tuple[Image.Image | None, Image.Image | None]:
    """The photo (or picture) of who it shall be, and the face in it when that is wanted."""
    from fabricate.photo import open_picture
    from fabricate.stylizers._guide import face_of, reference

    path: Path | None = spec.subject.photo or spec.subject.picture
    if path is None:
        return None, None
    photo = reference(open_picture(path))
    return photo, face_of(photo, path.name) if close else None


def _told(design: Design, guide: Guide, spec: Spec, shown: bool, photo: bool) -> tuple[str, str]:
    from fabricate.stylizers._prompt import negative, positive, references

    words = positive(design, guide.ground, spec.subject.title, spec.subject.describe)
    return (references(words, photo) if shown else words), negative(design)
