"""``fabricate templates``: list, show, draw, copy and check them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal

__all__ = ["templates"]

FILE = click.Path(path_type=Path)
KINDS = (
    *("styles", "poses", "outfits", "hair", "accessories", "bases", "cards", "printers", "specs"),
    *("hats", "glasses", "beards", "palettes", "models"),
)
DRAWN = ("styles", "poses", "outfits", "hair", "hats", "glasses", "beards", "accessories", "bases")
ONE = {"accessory": "accessories", **{kind[:-1]: kind for kind in KINDS if kind not in ("glasses",)}}
"""A kind by the word for one of it."""
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class Kind(click.Choice[str]):
    """A kind of template; ``pose`` is taken for ``poses``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The kind's own name; click's error for none."""
        return super().convert(ONE.get(value, value), param, ctx)


@click.group()
def templates() -> None:
    """List, show, draw, copy and check templates: styles, poses, outfits, hair, accessories, bases ..."""


def _row(kind: str, name: str) -> dict[str, Any]:
    from fabricate import resources

    data = resources.read(kind, name)
    path = resources.find(kind, name)
    said = data.get("title") or data.get("label") or data.get("description") or data.get("about")
    if not isinstance(said, str):  # a spec has no key for it: its first comment says what it is
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        said = first.removeprefix("#").strip() if first.startswith("#") else ""
    return {"name": name, "about": said, "file": str(path)}


@templates.command("list", epilog="Example: fabricate templates list poses")
@click.argument("kind", required=False, type=Kind(KINDS))
@speaking
def list_(kind: str | None, json: bool, quiet: bool) -> int:
    """List the templates of one KIND, or of all kinds."""
    from fabricate import resources

    terminal = Terminal(json=json, quiet=quiet)
    kinds = (kind,) if kind else KINDS
    found = {k: [_row(k, name) for name in resources.names(k)] for k in kinds}
    for k, rows in found.items():
        terminal.say(k)
        terminal.table([(f"  {row['name']}", row["about"]) for row in rows])
    terminal.result(found)
    return 0


@templates.command(epilog="Example: fabricate templates show poses wave")
@click.argument("kind", type=Kind(KINDS))
@click.argument("name")
@speaking
def show(kind: str, name: str, json: bool, quiet: bool) -> int:
    """Print a template's text; `templates new` copies it."""
    from fabricate import resources

    path = resources.find(kind, name)
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"# {path}\n{path.read_text(encoding='utf-8').rstrip()}")
    terminal.result({"kind": kind, "name": name, "file": str(path), "data": resources.read(kind, name)})
    return 0


def _kind_of(name: str, asked: str | None) -> str:
    """The kind that a template's name is of; an error for none, or for several when none is asked."""
    from fabricate import resources
    from fabricate.errors import SpecError, nearest

    if asked:
        resources.find(asked, name)
        return asked
    kinds = [kind for kind in DRAWN if name in resources.names(kind)]
    if not kinds:
        known = {each for kind in DRAWN for each in resources.names(kind)}
        raise SpecError(f"there is no template called {name!r} that can be drawn", nearest(name, known))
    if len(kinds) > 1:
        ways = " or ".join(f"--kind {kind}" for kind in kinds)
        raise SpecError(f"{name!r} is in {' and '.join(kinds)}", f"say which: {ways}")
    return kinds[0]


def _save(picture: Any, path: Path) -> None:
    """Write a picture, whole or not at all."""
    import io

    from PIL import Image

    from fabricate import disk
    from fabricate.errors import SpecError

    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".webp"):
        raise SpecError(f"{path} is no picture's name", "end it in .png, .jpg or .webp")
    buffer = io.BytesIO()
    picture.save(buffer, Image.registered_extensions()[path.suffix.lower()], quality=90)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write(path, buffer.getvalue(), path.with_name(f".{path.name}.part"))
    except OSError as exc:
        raise disk.complaint(exc, path) or exc from exc


@templates.command(epilog="Example: fabricate templates preview wave -o wave.png")
@click.argument("name")
@click.option("-o", "out", type=FILE, metavar="FILE", help="The picture; else KIND-NAME.png here.")
@click.option("--kind", type=Kind(DRAWN), help="Its kind, when the name is in two.")
@speaking
def preview(name: str, out: Path | None, kind: str | None, json: bool, quiet: bool) -> int:
    """Draw one template: a style, pose, outfit, hair, hat, glasses, beard, accessory or base."""
    kind = _kind_of(name, kind)
    out = out or Path(f"{kind}-{name}.png")
    from fabricate import gallery

    _save(gallery.portrait(kind, name), out)
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(str(out))
    terminal.result({"kind": kind, "name": name, "picture": str(out)})
    return 0


@templates.command(epilog="Example: fabricate templates sheet hair -o hair.png")
@click.argument("kind", required=False, type=Kind(DRAWN))
@click.option("-o", "out", type=FILE, metavar="FILE", help="The picture; else templates.png here.")
@speaking
def sheet(kind: str | None, out: Path | None, json: bool, quiet: bool) -> int:
    """Draw everything of one KIND, or all there is, with its name, on one sheet."""
    from fabricate import gallery, resources
    from fabricate.events import Event, Progress

    kinds = (kind,) if kind else DRAWN
    out = out or Path(f"{kind or 'templates'}.png")
    with Terminal(json=json, quiet=quiet) as terminal:
        terminal.hear(Event("start", "sheet"))
        _save(gallery.sheet(kinds, Progress("sheet", terminal.hear).step), out)
        terminal.say(str(out))
        terminal.result({"picture": str(out), "drawn": {k: resources.names(k) for k in kinds}})
    return 0


@templates.command(epilog="Example: fabricate templates new pose my-wave --from wave")
@click.argument("kind", type=Kind(KINDS))
@click.argument("name")
@click.option("--from", "origin", required=True, metavar="OTHER", help="The template to begin with.")
@speaking
def new(kind: str, name: str, origin: str, json: bool, quiet: bool) -> int:
    """Copy the template OTHER as NAME into ./templates or ./meshes/accessories, to edit it."""
    from fabricate import disk, resources
    from fabricate.errors import RunError, SpecError

    if not NAME.fullmatch(name):
        hint = "small letters, digits and hyphens, 40 at most, for example my-" + origin
        raise SpecError(f"{name!r} cannot be a template's name", hint)
    text = renamed(resources.find(kind, origin).read_text(encoding="utf-8"), name)
    path = Path(resources.KINDS[kind]) / f"{name}.toml"
    if path.exists():
        raise RunError(f"{path} is there already", "edit it, or choose another name")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write(path, text.encode(), path.with_name(f".{path.name}.part"))
        if kind == "cards":  # its drawing is a file of its own, which the copy names
            drawing = resources.find(kind, origin).with_name(str(resources.read(kind, origin)["document"]))
            if not (beside := path.with_name(drawing.name)).exists():
                disk.write(beside, drawing.read_bytes(), beside.with_name(f".{beside.name}.part"))
    except OSError as exc:
        raise disk.complaint(exc, path) or exc from exc
    terminal = Terminal(json=json, quiet=quiet)
    look = f"fabricate templates preview {name} --kind {kind}" if kind in DRAWN else ""
    check = f"fabricate templates check {path}"
    terminal.say(f"{path}\n\nEdit it, then: {look or check}")
    terminal.result({"kind": kind, "name": name, "from": origin, "file": str(path)})
    return 0


def renamed(text: str, name: str) -> str:
    """A template's text with a name, a title and words of its own where it has such keys at the top."""
    head, bracket, rest = re.match(r"(.*?)(^\[|\Z)(.*)", text, re.M | re.S).groups()  # type: ignore[union-attr]
    said = name.replace("-", " ")
    for key, value in (("name", f'"{name}"'), ("title", f'"{said.capitalize()}"')):
        head = re.sub(rf"^{key}\s*=\s*.*$", lambda _, k=key, v=value: f"{k} = {v}", head, flags=re.M)
    head = re.sub(r"^words\s*=\s*\[.*?\]", lambda _: f'words = ["{said}"]', head, flags=re.M | re.S)
    return str(head + bracket + rest)


@templates.command(epilog="Example: fabricate templates check my-wave")
@click.argument("what", nargs=-1, metavar="[NAME|FILE]...")
@click.option("--kind", type=Kind(KINDS), help="Only templates of this kind.")
@speaking
def check(what: tuple[str, ...], kind: str | None, json: bool, quiet: bool) -> int:
    """Say what is wrong with your own templates, or with those named, with file and line."""
    from fabricate import inspection, resources
    from fabricate.errors import SpecError, nearest

    wanted: list[tuple[str, str]] = []
    for each in what:
        if each.endswith(".toml") or "/" in each or "\\" in each:
            wanted.append(inspection.place_of(Path(each)))
            continue
        kinds = [k for k in ((kind,) if kind else KINDS) if each in resources.names(k)]
        if not kinds:
            known = {name for k in ((kind,) if kind else KINDS) for name in resources.names(k)}
            raise SpecError(f"there is no template called {each!r}", nearest(each, known))
        wanted += [(k, each) for k in kinds]
    if not what:
        wanted = [(k, name) for k, name in inspection.own() if kind in (None, k)]
    terminal = Terminal(json=json, quiet=quiet)
    found, wrong = [], 0
    for k, name in dict.fromkeys(wanted):
        faults = inspection.faults(k, name)
        wrong += bool(faults)
        for fault in faults:
            terminal.say(f"{fault.message}\n    {fault.hint}" if fault.hint else fault.message)
        path = str(resources.find(k, name))
        found.append({"kind": k, "name": name, "file": path, "faults": [f.to_json() for f in faults]})
    none = "no templates of your own here; name one of ours to check it"
    terminal.say(f"{len(found)} checked, {wrong or 'nothing'} wrong" if found else none)
    terminal.result({"templates": found, "wrong": wrong})
    return 1 if wrong else 0
