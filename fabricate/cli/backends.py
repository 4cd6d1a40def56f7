"""``fabricate backends``: what can be used here, what it needs, whether figures made with it may be sold."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal

if TYPE_CHECKING:
    from fabricate.backends import Availability
    from fabricate.learned.weights import Card

__all__ = ["backends"]

HEAD = ("role", "name", "usable", "GPU memory", "download", "may be sold", "licence")


@click.command(epilog="Example: fabricate backends --json")
@speaking
def backends(json: bool, quiet: bool) -> int:
    """List stylizers, lifters and slicers: whether each can be used here, what it needs, its licence.

    GPU memory and download are what a model's publisher says; with less memory it runs in pieces, slower.
    "may be sold": whether the licence lets figures made with it be sold.
    """
    from fabricate import backends as doors

    rows = [_row(found) for role in ("stylizers", "lifters", "slicers") for found in doors.available(role)]
    terminal = Terminal(json=json, quiet=quiet)
    terminal.table([_cells(row) for row in rows], HEAD)
    for row in rows:
        if row["note"]:
            terminal.say(f"{row['name']}: {row['note']}")
    terminal.result({"backends": rows})
    return 0


def _row(found: Availability) -> dict[str, Any]:
    """A backend with what the card of its model says; None where it has no model of published weights."""
    from fabricate import resources
    from fabricate.learned.weights import card_of

    row = {
        **asdict(found),
        **dict.fromkeys(("vram_gb", "download_gb", "commercial", "weights_here")),
        "note": "",
    }
    if found.role == "slicers" or found.name not in resources.names("models"):
        return row
    card = card_of(found.name)
    row |= {
        "licence": card.licence,
        "vram_gb": card.vram_gb,
        "download_gb": card.download_gb,
        "commercial": card.commercial,
        "weights_here": _here(card),
        "note": card.note,
    }
    return row


def _here(card: Card) -> bool | None:
    """Whether a model's weights lie in the cache; None when the extra that could tell is not installed."""
    from fabricate.learned.weights import cached

    try:
        return cached(card)
    except ImportError:
        return None


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    fetched = " (here)" if row["weights_here"] else ""
    return (
        row["role"],
        row["name"],
        "yes" if row["ok"] else "no",
        "" if row["vram_gb"] is None else f"{row['vram_gb']:g} GB",
        "" if row["download_gb"] is None else f"{row['download_gb']:g} GB{fetched}",
        {True: "yes", False: "no", None: ""}[row["commercial"]],
        row["licence"] if row["ok"] else row["reason"],
    )
