"""What is wrong with a template, its file and line told: read as a run reads it, then sculpted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fabricate import resources
from fabricate.errors import FabricateError, TemplateError
from fabricate.kit import keys
from fabricate.kit.templates import Place

__all__ = ["faults", "own", "place_of"]

DRAWN = ("styles", "poses", "outfits", "hair", "hats", "glasses", "beards", "accessories", "bases")
DETAIL = 1.5
"""Cells so many times as wide as for printing: bodies that touch still do."""
SPECK = 2e-7
"""Bodies below this volume (cubed body units) are shavings."""


def own() -> list[tuple[str, str]]:
    """Kind and name of every template that is the maker's own: in this folder or the user's config folder."""
    ours = resources.packaged().resolve()
    here = Path.cwd().resolve()
    mine = [root for root in resources.roots() if root != ours or root == here]
    found = []
    for kind in resources.KINDS:
        for name in resources.names(kind):
            if any(resources.find(kind, name).is_relative_to(root / resources.KINDS[kind]) for root in mine):
                found.append((kind, name))
    return found


def place_of(file: Path) -> tuple[str, str]:
    """Kind and name of a template's file, by the folder that it lies in; TemplateError where none is."""
    path = file.resolve()
    kinds = [k for k, folder in resources.KINDS.items() if path.parent == path.parents[2] / folder]
    if not path.is_file():
        raise TemplateError(f"there is no file {file}", "give the path of a template, or a template's name")
    if not kinds or path.suffix != ".toml":
        raise TemplateError(f"{file} does not lie where templates do", "put it in templates/KIND/NAME.toml")
    kind, name = kinds[0], path.stem
    if resources.find(kind, name) != path:
        hint = f"another is found before it: {resources.find(kind, name)}"
        raise TemplateError(f"{file} is not the {name} that a run takes", hint)
    return kind, name


def faults(kind: str, name: str) -> list[FabricateError]:
    """What is wrong with one template, in the order in which it is found; empty when nothing is."""
    try:
        resources.read(kind, name)
    except TemplateError as error:  # no TOML: nothing else can be said
        return [error]
    found: list[FabricateError] = list(_described(kind, name))
    if wrong := list(keys.faults(kind, name)):  # what it makes could not be told from its faults
        return [*found, *wrong]
    try:
        _read(kind, name)
    except FabricateError as error:
        found.append(error)
    return found


def _described(kind: str, name: str) -> Iterator[TemplateError]:
    """Faults of its name, title and words."""
    path, data = resources.find(kind, name), resources.read(kind, name)
    if kind not in DRAWN or kind == "bases":
        return

    if data.get("name") != name:
        yield Place(path, "name").fault(f"name is {data.get('name')!r}", f"the file's own: name = {name!r}")
    if not isinstance(data.get("title"), str) or not data["title"].strip():
        yield Place(path, "title").fault("there is no title", 'say what it is: title = "..."')
    words, place = data.get("words", []), Place(path, "words")
    if not isinstance(words, list) or not all(isinstance(w, str) and w.strip() for w in words):
        yield place.fault(f"words is {words!r}", 'it must be a list of texts: words = ["hello", "hi"]')
        return
    for other in resources.names(kind):
        if other == name:
            continue
        theirs = resources.read(kind, other).get("words", [])
        shared = sorted({w.casefold() for w in words} & {str(w).casefold() for w in theirs})
        if shared:
            yield place.fault(f"the word {shared[0]!r} belongs to {other!r} too", "keep it in one of them")


def _read(kind: str, name: str) -> None:
    """Read, and sculpt if it can be: raises what a run with this template would."""
    if kind == "accessories":
        _accessory(name)
    elif kind == "bases":
        from fabricate.gallery import sitter

        sitter(kind, name, 1.0)
    elif kind in DRAWN:
        _figure(kind, name)
    elif kind == "printers":
        from fabricate.solid.limits import profile_of

        profile_of(name)
    elif kind == "models":
        from fabricate.learned.weights import card_of

        card_of(name)
    elif kind == "palettes":
        from fabricate.solid.palette import palette_of

        palette_of(name)
    elif kind == "cards":
        from fabricate.card.template import load

        load(name)
    elif kind == "specs":
        from fabricate.spec import from_mapping

        from_mapping(resources.read(kind, name), source=str(resources.find(kind, name)))


def _figure(kind: str, name: str) -> None:
    from fabricate.gallery import shown
    from fabricate.kit import templates
    from fabricate.kit.figure import build
    from fabricate.kit.meshes import floors, meshed

    limit = floors(90.0, "fdm")
    pieces = build(shown(kind, name), limit.thin, limit.step, limit.line)
    made = meshed(pieces, limit.voxel * DETAIL)
    if kind in ("hair", "hats", "glasses", "beards"):
        main = {"hats": "hat", "beards": "beard"}.get(kind, kind)
        parts = [str(row.get("part", "main")) for row in templates.rows(kind, name, "shape")]
        _all_there(kind, name, parts, {m.piece.name for m in made}, main)
    _in_one(kind, name, [(m.vertices, m.faces) for m in made])


def _accessory(name: str) -> None:
    from fabricate.kit import props, templates
    from fabricate.kit.design import Design
    from fabricate.kit.figure import skeleton_of
    from fabricate.kit.isosurface import isosurface
    from fabricate.kit.meshes import floors

    skeleton, _ = skeleton_of(Design())
    limit = floors(90.0, "fdm")
    props.colours(name)
    props.in_hand(name, skeleton, limit.thin)  # its grip
    clays = props.alone(name, skeleton.size["hand"], limit.thin)
    made = {part: isosurface(clay, limit.voxel) for part, clay in clays.items()}
    there = {part for part, (_, faces) in made.items() if len(faces)}
    parts = [str(row.get("part", "main")) for row in templates.rows("accessories", name, "shape")]
    _all_there("accessories", name, parts, there, "main")
    _in_one("accessories", name, [mesh for mesh in made.values() if len(mesh[1])])


def _all_there(kind: str, name: str, parts: list[str], there: set[str], main: str) -> None:
    """TemplateError for a part that sculpts to nothing, at its first shape."""
    for number, part in enumerate(parts):
        if (main if part == "main" else part) not in there:
            place = Place(resources.find(kind, name), "shape", number)
            raise place.fault(f"nothing is left of the part {part!r}", "a cut or keep takes all of it away")


def _in_one(kind: str, name: str, made: list[tuple[Any, Any]]) -> None:
    """TemplateError for parts that do not hold together."""
    import manifold3d as m3
    import numpy as np

    solids = []
    for vertices, faces in made:
        raw = m3.Mesh(np.ascontiguousarray(vertices, np.float32), np.ascontiguousarray(faces, np.uint32))
        solids.append(m3.Manifold(raw))
    whole = m3.Manifold.batch_boolean(solids, m3.OpType.Add)
    bodies = [body for body in whole.decompose() if body.volume() > SPECK]
    if len(bodies) > 1:
        small = min(bodies, key=lambda body: float(body.volume()))
        low, high = np.array(small.bounding_box()).reshape(2, 3)
        middle = ", ".join(f"{value:.2f}" for value in (low + high) / 2)
        raise TemplateError(
            f"it falls into {len(bodies)} bodies, the smallest about [{middle}] in body units",
            "move that part until it sinks into another",
            resources.find(kind, name),
        )
