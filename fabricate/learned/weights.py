"""Published weights: what they are (data in ``templates/models``), where they lie, how they come.

Nothing is downloaded unless that was asked for. A model is looked for in the folder that the maker named,
else in huggingface_hub's own cache.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field

from fabricate import resources
from fabricate.errors import BackendError
from fabricate.events import Progress
from fabricate.solid.limits import template_refusal

__all__ = ["Card", "Weights", "cached", "card_of", "located", "ready"]

Gigabytes = Annotated[float, Field(ge=0.0, le=1000.0, allow_inf_nan=False)]


class Weights(BaseModel):
    """One repository of weights: its id, revision and the files that are used."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = "main"
    files: tuple[str, ...] = ("*.json", "*.safetensors", "*.txt", "*.model")


class Card(BaseModel):
    """What a maker should know of a model before using it; the file ``templates/models/NAME.toml``.

    ``vram_gb`` and ``download_gb`` as its publisher says; ``commercial``: whether figures may be sold.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    label: str
    role: Literal["stylize", "lift"]
    licence: str
    commercial: bool
    note: str = ""
    vram_gb: Gigabytes
    download_gb: Gigabytes
    weights: dict[str, Weights]
    """What each repository is for; ``main`` is the one that ``model = PATH`` stands in for."""


def card_of(name: str) -> Card:
    """The card of a model; TemplateError with file and line when its file is wrong."""
    path = resources.find("models", name)
    try:
        return Card.model_validate({**resources.parse(path), "name": name})
    except pydantic.ValidationError as exc:
        raise template_refusal(exc, path, whole=True) from exc


def cached(card: Card) -> bool:
    """Whether all of a model's repositories lie in the cache, whole; imports huggingface_hub."""
    found = ((part, _in_cache(part)) for part in card.weights.values())
    return all(folder is not None and _whole(folder, part) for part, folder in found)


def ready(name: str) -> bool:
    """Whether a model could run here at once: its weights lie in the cache and torch finds a GPU.

    False without the extra ``gpu``. torch is imported only when there are weights.
    """
    try:
        if not cached(card_of(name)):
            return False
        from fabricate.learned.device import device_of
    except ImportError:
        return False
    return device_of().type != "cpu"


def located(
    card: Card, progress: Progress, *, part: str = "main", own: str = "", download: bool = False
) -> Path:
    """The folder of a model's files: ``own`` when given, else the cache, else downloaded if allowed.

    ``own`` is a folder, or the id of another repository (``name/model``) of the same make. Raises
    BackendError when there is nothing, saying how large the download is and how to allow it.
    """
    wanted = card.weights[part]
    if own:
        folder = Path(own).expanduser()
        if folder.is_dir():
            return folder / part if (folder / part).is_dir() else folder
        if own.count("/") != 1 or own.startswith((".", "/", "~")):
            raise BackendError(f"there is no folder {own}", "name the folder that holds the model's files")
        wanted = Weights(id=own, files=wanted.files)
    if (found := _in_cache(wanted)) is not None and (_whole(found, wanted) or not download):
        return found
    if not download:
        raise BackendError(
            f"the weights of {card.label} are not on this machine ({wanted.id}, {card.download_gb:g} GB)",
            f"--download fetches them (licence: {card.licence}); or name a folder that holds them",
        )
    progress.step(f"downloading {wanted.id}, {card.download_gb:g} GB in all", None)
    return _fetched(wanted)


def _in_cache(wanted: Weights) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        where = snapshot_download(
            wanted.id, revision=wanted.revision, allow_patterns=list(wanted.files), local_files_only=True
        )
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None
    folder = Path(str(where))
    return folder if any(folder.iterdir()) else None


def _whole(folder: Path, wanted: Weights) -> bool:
    """Whether a folder holds every file that is named without a star: a download may have been cut off."""
    return all((folder / file).is_file() for file in wanted.files if "*" not in file)


def _fetched(wanted: Weights) -> Path:
    import huggingface_hub
    from huggingface_hub import errors

    options: dict[str, Any] = {"revision": wanted.revision, "allow_patterns": list(wanted.files)}
    try:
        return Path(str(huggingface_hub.snapshot_download(wanted.id, **options)))
    except errors.GatedRepoError as exc:
        raise BackendError(
            f"{wanted.id} asks each user to accept its licence", "accept it on its page, then: hf auth login"
        ) from exc
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError) as exc:
        raise BackendError(
            f"there is no {wanted.id} at revision {wanted.revision!r}", "mend it in templates/models"
        ) from exc
    # its client raises many kinds (proxy, DNS, time-outs, offline mode): all mean that nothing came
    except Exception as exc:
        reason = (str(exc).splitlines() or [type(exc).__name__])[0][:100]
        raise BackendError(
            f"{wanted.id} could not be downloaded: {reason}",
            "check the network, then run it again: it resumes",
        ) from exc
