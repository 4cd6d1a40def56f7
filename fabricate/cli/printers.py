"""``fabricate printers``: where the printers are, kept with their keys in the user's config folder."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal
from fabricate.errors import PrinterError, SpecError

if TYPE_CHECKING:
    from fabricate.printers import Address

__all__ = ["printers"]

KINDS = ("octoprint", "moonraker", "prusalink", "bambu", "folder")
KEYED = ("octoprint", "prusalink", "bambu")
"""Kinds that never answer without a key."""


@click.group()
def printers() -> None:
    """Add, list, test and remove printers: octoprint, moonraker, prusalink, bambu (experimental), folder."""


@printers.command(
    epilog="Example: fabricate printers add workshop --kind octoprint --url http://192.168.1.20"
)
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What answers there.")
@click.option("--url", required=True, metavar="ADDRESS", help="http(s)://HOST:PORT, or a folder's path.")
@click.option(
    "--key-file",
    type=click.Path(path_type=Path, allow_dash=True),
    help="A file with the API key, password or access code; - is stdin. Else FABRICATE_PRINTER_KEY.",
)
@click.option("--user", default="", metavar="NAME", help="User name (prusalink; else maker).")
@click.option("--serial", default="", metavar="NUMBER", help="Serial number (bambu).")
@click.option("--profile", default="", metavar="NAME", help="Printer profile: its bed, nozzle and process.")
@click.option("--material", default="", metavar="NAME", help="What is loaded: PLA, PETG ...")
@click.option("--colour", "colours", multiple=True, metavar="#RRGGBB", help="A loaded filament; repeatable.")
@click.option("--test/--no-test", "trying", default=True, help="Ask it before it is kept.")
@speaking
def add(
    name: str,
    kind: str,
    url: str,
    key_file: Path | None,
    user: str,
    serial: str,
    profile: str,
    material: str,
    colours: tuple[str, ...],
    trying: bool,
    json: bool,
    quiet: bool,
) -> int:
    """Keep a printer under NAME, once it has answered and taken the key.

    A certificate that no authority vouches for is trusted by its fingerprint from now on.
    """
    import pydantic

    from fabricate.printers import Address, config, connect
    from fabricate.stages.print import ANY

    if name == ANY:
        raise SpecError(f"{ANY!r} stands for whichever printer is free", "give this one another name")
    if profile:
        from fabricate.solid.limits import profile_of

        profile_of(profile)
    terminal = Terminal(json=json, quiet=quiet)
    url = _url(kind, url)
    try:
        address = Address.model_validate(
            {
                **{"name": name, "kind": kind, "url": url, "key": _key(kind, key_file), "user": user},
                **{"serial": serial, "profile": profile, "material": material, "colours": colours},
            }
        )
    except pydantic.ValidationError as exc:
        error = exc.errors(include_input=False)[0]
        where = ".".join(map(str, error["loc"]))
        raise SpecError(
            f"{where}: {error['msg']}", "names are of a-z, 0-9, - and .; colours #rrggbb"
        ) from None
    if mark := _mark(address):
        terminal.say(f"trusting its certificate from now on: {mark}")
        address = address.model_copy(update={"fingerprint": mark})
    said = connect(address).about() if trying else "not asked"
    config.add(address)
    terminal.say(f"{name}: {said}")
    terminal.say(f"kept in {config.file()}")
    terminal.result({"name": name, "about": said, **_shown(address)})
    return 0


def _url(kind: str, url: str) -> str:
    """The address as it is kept; SpecError when it is none, or shows a password."""
    if kind == "folder":
        return str(Path(url).expanduser().absolute())
    if "@" in url:
        raise SpecError("an address is shown and may hold no password", "give it by --key-file, and --user")
    url = url.rstrip("/")
    if kind == "bambu":
        return url  # a host, which its own class reads
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, or half a bracket
        fits = False
    if not fits:
        raise SpecError(f"{url!r} is no address", "give http://HOST:PORT or https://HOST:PORT")
    return url


def _mark(address: Address) -> str:
    """The fingerprint of a certificate at first use; "" where an authority vouches, or there is no TLS."""
    from fabricate.printers import connect
    from fabricate.printers._tls import first_use

    if address.kind == "bambu":
        printer = connect(address)  # first: it says which extra is missing
        from fabricate.printers.bambu import Bambu

        assert isinstance(printer, Bambu)
        return first_use(printer.host, printer.mqtt_port)
    parts = urlsplit(address.url)
    if parts.scheme != "https":
        return ""
    return first_use(parts.hostname or "", parts.port or 443)


def _key(kind: str, file: Path | None) -> str:
    if file is not None:
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise PrinterError(f"the key in {file} cannot be read", "give a text file that is yours") from exc
        return text.strip()
    key = os.environ.get("FABRICATE_PRINTER_KEY", "")
    if not key and kind in KEYED:
        if not sys.stdin.isatty():
            raise PrinterError(f"a {kind} wants a key", "give --key-file FILE, or - for stdin")
        key = str(click.prompt("key (not shown)", hide_input=True, err=True))
    return key.strip()


def _shown(address: Address) -> dict[str, object]:
    """A printer without its key."""
    row = address.model_dump(mode="json", exclude={"key", "name"}, exclude_defaults=True)
    return {"kind": address.kind, "url": address.url, **row, "key": bool(address.key.get_secret_value())}


@printers.command(name="list", epilog="Example: fabricate printers list")
@speaking
def list_(json: bool, quiet: bool) -> int:
    """List the printers that were added, without their keys."""
    from fabricate.printers import EXPERIMENTAL, config

    terminal = Terminal(json=json, quiet=quiet)
    known = config.every()
    rows = [
        (
            name,
            each.kind + (" (experimental)" if each.kind in EXPERIMENTAL else ""),
            each.url,
            each.profile,
            " ".join((each.material, *each.colours)).strip(),
        )
        for name, each in sorted(known.items())
    ]
    if rows:
        terminal.table(rows, ("name", "kind", "address", "profile", "loaded"))
    else:
        terminal.say("no printer yet: fabricate printers add NAME --kind KIND --url ADDRESS")
    terminal.result({"printers": {name: _shown(each) for name, each in known.items()}})
    return 0


@printers.command(name="test", epilog="Example: fabricate printers test workshop")
@click.argument("names", nargs=-1)
@speaking
def test(names: tuple[str, ...], json: bool, quiet: bool) -> int:
    """Ask printers (all, when none is named) who they are and what they do."""
    from fabricate.printers import config, connect

    terminal = Terminal(json=json, quiet=quiet)
    told: dict[str, object] = {}
    bad = False
    for address in [config.find(name) for name in names] or list(config.every().values()):
        try:
            said = connect(address).about()
            told[address.name] = {"ok": True, "about": said}
            terminal.say(f"{address.name}: {said}")
        except PrinterError as exc:
            bad = True
            told[address.name] = {"ok": False, **exc.to_json()}
            terminal.say(f"{address.name}: {exc.message}; {exc.hint}")
    terminal.result({"printers": told})
    return 1 if bad else 0


@printers.command(epilog="Example: fabricate printers remove workshop")
@click.argument("name")
@speaking
def remove(name: str, json: bool, quiet: bool) -> int:
    """Forget a printer and its key."""
    from fabricate.printers import config

    config.remove(name)
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"{name}: forgotten, and its key with it")
    terminal.result({"removed": name})
    return 0
