"""Pegged figures: closed pieces in one colour each, free to go together, the figure when they are."""

from __future__ import annotations

import numpy as np
import pytest

from fabricate.artifacts import Lifted
from fabricate.errors import MeshError
from fabricate.solid.assemble import Assembly, assemble
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.colour import colour_of, paint
from fabricate.solid.limits import PROCESSES
from fabricate.solid.pegged import Pegged, pegged
from fabricate.solid.plates import Piece, plates
from fabricate.solid.topology import census
from tests.solid.shapes import ball, box, toy
from tests.solid.test_split import astray

FDM, RESIN = PROCESSES["fdm"], PROCESSES["resin"]


@pytest.fixture(scope="module")
def figure() -> Assembly:
    return assemble(toy(), height_mm=100, base="round", name="Jo")


@pytest.fixture(scope="module")
def made(figure: Assembly) -> Pegged:
    return pegged(figure.parts, FDM)


def check(figure: Assembly, made: Pegged) -> None:
    solids = {}
    for name, piece in made.pieces.items():
        found = census(piece)
        assert found.sound, name
        assert len(found.volumes) == 1, name
        solids[name] = to_manifold(piece)
    names = list(solids)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            shared = (solids[one] ^ solids[other]).volume()
            # five micrometres over the surface where they touch
            assert shared < 0.6, (one, other)
    together = from_manifold(unite(list(solids.values())))
    assert astray(figure.solid, together) <= 0.01
    left = dict(solids)
    for joint in made.joints:
        if joint.piece not in left:
            continue
        piece = left.pop(joint.piece)
        for away in (0.3, 1.0, 3.0, 10.0):
            moved = piece.translate(tuple(away * joint.way))
            hit = sum((moved ^ other).volume() for other in left.values())
            assert hit < 0.02 * float(np.sqrt(piece.surface_area())) + 0.002 * piece.surface_area(), (
                joint.piece
            )


def test_the_toy_falls_into_its_parts(figure: Assembly, made: Pegged) -> None:
    check(figure, made)
    assert {"base", "shirt"} <= set(made.pieces)
    assert any(name.startswith("shoes") for name in made.pieces)
    assert made.pegs
    for name, piece in made.pieces.items():
        assert colour_of(piece) in {colour_of(figure.parts[part]) for part in made.parts[name]}
    # the letters stay on the base, and that is said
    assert "name" in made.parts["base"]
    assert any("name" in note and "paint" in note for note in made.notes)
    assert sum(len(parts) for parts in made.parts.values()) >= len(figure.parts)


def test_pegs_have_the_process_clearance(made: Pegged) -> None:
    tight, loose = FDM.clearance_mm
    joint = next(joint for joint in made.joints if joint.pegs)
    peg = joint.pegs[0]
    assert peg.clearance_mm == tight
    into = joint.mate if joint.peg_on == joint.piece else joint.piece
    end = peg.at + 0.5 * peg.length_mm * peg.axis
    tip = peg.plug().trim_by_plane(tuple(peg.axis), float(peg.axis @ end))
    assert tip.min_gap(to_manifold(made.pieces[into]), 2.0) == pytest.approx(tight, abs=0.02)
    assert any(f"{tight:g} mm" in note and f"{loose:g} mm" in note for note in made.notes)


def test_every_piece_finds_a_place_on_a_plate_of_its_colour(made: Pegged) -> None:
    every = plates(
        {name: Piece({name: piece}) for name, piece in made.pieces.items()},
        (180.0, 180.0, 180.0),
        FDM,
        by_colour=True,
    )
    assert sorted(t.name for plate in every for t in plate.things) == sorted(made.pieces)
    for plate in every:
        assert {colour_of(p) for t in plate.things for p in t.parts.values()} == {plate.colour}


def test_a_cap_that_reaches_round_is_freed_without_changing_what_is_seen() -> None:
    """A shell over more than half of a ball cannot come off; the hidden part of the ball goes with it."""
    head = to_manifold(ball(15.0))
    cap = to_manifold(ball(17.0)).trim_by_plane((0, 0, 1), -6.0) - head
    parts = {"head": paint(from_manifold(head), "#eeccaa"), "hair": paint(from_manifold(cap), "#442200")}
    whole = Assembly(parts, from_manifold(head + cap), 32.0, {})
    made = pegged(parts, FDM)
    check(whole, made)
    if "hair" in made.pieces and "head" in made.pieces:
        assert float(made.pieces["hair"].volume) > float(parts["hair"].volume)


def test_what_is_wrapped_for_good_is_left_out_and_said() -> None:
    core = to_manifold(ball(10.0))
    shell = to_manifold(ball(14.0)) - core
    parts = {
        "core": paint(from_manifold(core), "#ff0000"),
        "shell": paint(from_manifold(shell), "#00ff00"),
    }
    made = pegged(parts, FDM)
    (piece,) = made.pieces.values()
    assert census(piece).sound
    assert any("lies inside" in note for note in made.notes)


def test_small_parts_ride_on_large_ones_and_one_part_is_one_piece() -> None:
    big, button = box(30, 30, 30), box(3, 3, 1.0, (0, 0, 30.0))
    made = pegged({"coat": paint(big, "#111111"), "button": paint(button, "#ffffff")}, RESIN)
    assert list(made.pieces) == ["coat"]
    assert made.parts["coat"] == ("coat", "button")
    assert float(made.pieces["coat"].volume) == pytest.approx(27009, rel=1e-3)
    assert not made.joints
    with pytest.raises(MeshError, match="no parts"):
        pegged({}, FDM)


def test_a_contact_too_small_is_glued_flat_and_said() -> None:
    low, high = box(8, 8, 20), box(8, 8, 20, (6.6, 0.0, 20.0))
    parts = {"low": paint(low, "#111111"), "high": paint(high, "#ff0000")}
    made = pegged(parts, FDM)
    assert set(made.pieces) == {"low", "high"}
    assert not made.pegs
    assert any("glued flat" in note for note in made.notes)


@pytest.mark.slow
def test_a_kit_figure_comes_apart_and_together() -> None:
    from fabricate.kit.design import Design
    from fabricate.kit.solid import sculpture

    design = Design(hair="quiff", outfit="suit")
    parts, whole, _ = sculpture(design, 90.0, "fdm")
    figure = assemble(Lifted(parts=parts, solid=whole), height_mm=90.0, name="Maya")
    made = pegged(figure.parts, FDM)
    check(figure, made)
    assert {"head", "hair", "base", "shoes-left", "shoes-right", "hand-left", "hand-right"} <= set(
        made.pieces
    )
    assert len(made.pegs) >= 6
