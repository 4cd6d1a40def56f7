"""From what stands on the command line to a spec and a folder."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from fabricate.errors import SpecError, SubjectError

__all__ = ["resolve", "slug"]

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff", ".gif"}
MESHES = {".stl", ".obj", ".glb", ".gltf", ".ply", ".3mf"}
_MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n|GIF8|BM|II\*\x00|MM\x00\*|RIFF....WEBP|....ftyp(heic|heix|mif1|msf1|avif)",
    re.DOTALL,
)
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def slug(text: str, otherwise: str = "figure") -> str:
    """A folder's name from any text: letters and digits of every script, at most 100 bytes, never empty."""
    kept = "".join(
        c if unicodedata.category(c)[0] in "LNM" else "-" for c in unicodedata.normalize("NFKC", text).lower()
    )
    name = re.sub("-+", "-", kept).strip("-")
    name = name.encode("utf-8")[:100].decode("utf-8", "ignore").strip("-")
    if not any(unicodedata.category(c)[0] in "LN" for c in name):
        return otherwise
    return f"{name}-figure" if name in _RESERVED else name


def _looks_like_picture(path: Path) -> bool:
    if path.suffix.lower() in PICTURES:
        return True
    with path.open("rb") as file:
        return _MAGIC.match(file.read(32)) is not None


def _kind(path: Path, wanted: str | None) -> str:
    if not path.exists():
        hint = "write one with: fabricate new DIR" if path.suffix == ".toml" else "check its name and folder"
        raise SubjectError(f"there is no file {path}", hint)
    if path.suffix.lower() in MESHES:
        raise SubjectError(f"{path} is a mesh", f"make it printable with: fabricate prepare {path} -o DIR")
    if path.is_dir() or path.suffix.lower() == ".toml":
        if wanted:
            raise click.UsageError(f"--as {wanted} goes with a photo or picture, and {path} is a spec")
        return "spec"
    try:
        if wanted or _looks_like_picture(path):
            return wanted or "photo"
    except OSError as exc:
        raise SubjectError(f"{path} cannot be read: {exc.strerror}", "name a file that is yours") from exc
    raise SubjectError(
        f"{path} is neither a spec (.toml) nor a picture", "give a .toml, a photo, or --as photo if it is one"
    )


def _from_here(tables: Mapping[str, Any]) -> dict[str, Any]:
    """Paths given on the command line are meant from the working directory, not from the spec's folder."""
    prepare = tables.get("prepare")
    if isinstance(prepare, Mapping) and str(prepare.get("palette", "")).endswith(".toml"):
        tables = {**tables, "prepare": {**prepare, "palette": os.path.abspath(prepare["palette"])}}
    subject = tables.get("subject")
    if not isinstance(subject, Mapping):
        return dict(tables)
    out = dict(subject)
    for key in ("photo", "picture"):
        if isinstance(path := out.get(key), str):
            out[key] = os.path.abspath(path)
    if isinstance(names := out.get("accessories"), list):
        out["accessories"] = [
            os.path.abspath(name) if isinstance(name, str) and ("/" in name or "\\" in name) else name
            for name in names
        ]
    return {**tables, "subject": out}


def resolve(
    subject: Path | None, wanted: str | None, over: Mapping[str, Any], out: Path | None
) -> tuple[Any, Path]:
    """The spec and the run folder. ``wanted``: what ``--as`` says; ``over``: ``--set`` and flags.

    Raises SubjectError or SpecError for a subject that is missing or is none.
    """
    from fabricate import spec as specs

    over = _from_here(over)
    if subject is None:
        made = specs.from_mapping(over, source="the flags")
        if not (made.subject.name or made.subject.describe or made.subject.photo or made.subject.picture):
            raise click.UsageError("give a spec or a photo, or at least --name or --describe")
        return made, out or Path("out") / slug(made.subject.name)
    kind = _kind(subject, wanted)
    if kind == "spec":
        file = subject / "spec.toml" if subject.is_dir() else subject
        made = specs.load(file, over)
        again = file.name == "spec.toml" and (file.parent / "run.json").is_file()
        stem = file.resolve().parent.name if file.stem == "spec" else file.stem
        return made, out or (file.parent if again else Path("out") / slug(stem))
    tables = specs.merge({"subject": {kind: os.path.abspath(subject)}}, over)
    if kind == "picture":
        tables = specs.merge({"stylize": {"backend": "picture"}}, tables)
    made = specs.from_mapping(tables, source="the flags")
    if made.subject.photo is None and made.subject.picture is None:
        raise SpecError(f"{subject} is left out by --set", "leave subject.photo alone")
    return made, out or Path("out") / slug(made.subject.name or subject.stem)
