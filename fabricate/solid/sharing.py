"""Base and letters in the filaments that a figure prints in anyway, where a printer has no more to give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fabricate.solid.colour import colour_of, lab_of, paint
from fabricate.solid.difference import ciede2000

if TYPE_CHECKING:
    import trimesh

__all__ = ["in_shared_filaments"]


def in_shared_filaments(
    parts: Mapping[str, trimesh.Trimesh], own: Sequence[str], most: int
) -> dict[str, trimesh.Trimesh]:
    """``parts`` of one colour each, with the filaments ``own`` (#rrggbb) no more than ``most`` in all.

    Colours that find nothing like them (CIEDE2000) among ``own`` get the filaments that are still free; each
    other takes the one nearest to it that no other of these colours has, so that letters stay apart from
    their base. A part that changes is a copy.
    """
    given = {name: colour_of(part) for name, part in parts.items()}
    colours = list(dict.fromkeys(given.values()))
    if not colours or not own:
        return dict(parts)
    apart = ciede2000(lab_of(colours)[:, None], lab_of(own)[None])
    free = max(0, most - len(own))
    stands = {colours[i]: colours[i] for i in apart.min(axis=1).argsort()[::-1][:free]}
    pairs = sorted((float(apart[i, j]), c, o) for i, c in enumerate(colours) for j, o in enumerate(own))
    for _, colour, filament in pairs:
        if colour not in stands and filament not in stands.values():
            stands[colour] = filament
    for _, colour, filament in pairs:  # more colours than filaments
        stands.setdefault(colour, filament)
    return {
        name: parts[name] if stands[colour] == colour else paint(parts[name].copy(), stands[colour])
        for name, colour in given.items()
    }
