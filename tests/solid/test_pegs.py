"""Pegs and sockets: they fit, with the clearance asked for, one way only, with walls around them."""

from __future__ import annotations

import manifold3d as m3
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fabricate.solid.boolean import from_manifold
from fabricate.solid.grids import cells_around, inside
from fabricate.solid.limits import PROCESSES
from fabricate.solid.pegs import Peg, cut_pegs, peg_places, thinnest_peg_mm
from fabricate.solid.topology import census
from tests.solid.shapes import ball, box

FDM, RESIN = PROCESSES["fdm"], PROCESSES["resin"]


def halves(radius: float, tall: float = 40.0, at: float = 0.0) -> tuple[m3.Manifold, m3.Manifold]:
    """A round bar cut level: (below, above)."""
    bar = m3.Manifold.cylinder(tall, radius, radius, 64).translate((0, 0, -tall / 2))
    above, below = bar.split_by_plane((0, 0, 1), at)
    return below, above


@settings(max_examples=10, deadline=None)
@given(radius=st.floats(1.0, 15.0), at=st.floats(-3.0, 3.0), process=st.sampled_from(["fdm", "resin"]))
def test_a_peg_leaves_the_process_its_wall_and_its_clearance(radius: float, at: float, process: str) -> None:
    limits = PROCESSES[process]
    below, above = halves(radius, at=at)
    pegs = peg_places(from_manifold(below), from_manifold(above), (0, 0, 1), limits)
    if radius < thinnest_peg_mm(limits) / 2 + limits.wall_floor_mm:
        assert not pegs
        return
    if radius > thinnest_peg_mm(limits) / 2 + limits.wall_floor_mm + 1.0:
        assert pegs
    plug, socket = cut_pegs(below, above, pegs)
    for solid in (plug, socket):
        found = census(from_manifold(solid))
        assert found.sound
        assert len(found.volumes) == 1
    assert (plug ^ socket).volume() == pytest.approx(0, abs=1e-3)
    for peg in pegs:
        assert 2 * peg.radius_mm >= thinnest_peg_mm(limits) - 1e-9
        off = float(np.hypot(*peg.at[:2]))
        assert radius - off - peg.radius_mm - peg.clearance_mm >= limits.wall_floor_mm - 0.2
        gap = peg.plug().trim_by_plane((0, 0, 1), at + 0.5).min_gap(socket, 2.0)
        assert gap == pytest.approx(limits.clearance_mm[0], abs=0.01)


def test_it_goes_in_one_way_only() -> None:
    peg = Peg(np.zeros(3), np.array([0.0, 0, 1]), np.array([0.0, -1, 0]), 2.5, 5.0, 0.1)
    socket, plug = peg.socket(), peg.plug()
    assert (plug - socket).volume() == pytest.approx(0, abs=1e-6)
    for turn in range(20, 360, 20):
        assert (plug.rotate((0, 0, turn)) - socket).volume() > 0.5


def test_the_socket_is_a_little_deeper_and_the_tip_is_chamfered() -> None:
    peg = Peg(np.zeros(3), np.array([0.0, 0, 1]), np.array([1.0, 0, 0]), 2.0, 4.0, 0.1)
    assert peg.plug().bounding_box()[5] == pytest.approx(4.0, abs=1e-5)
    assert peg.socket().bounding_box()[5] == pytest.approx(4.2, abs=1e-5)
    assert peg.plug().slice(3.95).area() < 0.8 * peg.plug().slice(1.0).area()
    # the flat looks to the key
    left, _low, right, _high = peg.plug().slice(1.0).bounds()
    assert right < 0.7 * -left


def test_a_broad_contact_gets_two_and_a_narrow_one_none() -> None:
    bar = m3.Manifold.cube((60, 10, 30), True)
    above, below = bar.split_by_plane((0, 0, 1), 0.0)
    pegs = peg_places(from_manifold(below), from_manifold(above), (0, 0, 1), FDM)
    assert len(pegs) == 2
    assert abs(pegs[0].at[0] - pegs[1].at[0]) > 20
    assert abs(sum(p.at[0] for p in pegs)) < 3
    thin, thinner = halves(1.3)
    assert peg_places(from_manifold(thin), from_manifold(thinner), (0, 0, 1), FDM) == []
    assert peg_places(box(10, 10, 10), box(10, 10, 10, (0, 0, 30)), (0, 0, 1), FDM) == []


def test_a_shallow_piece_gets_a_short_peg() -> None:
    plate, post = box(30, 30, 4.0), box(30, 30, 40, (0, 0, 4.0))
    into_plate = peg_places(post, plate, (0, 0, -1), FDM)
    into_post = peg_places(plate, post, (0, 0, 1), FDM)
    assert into_plate
    assert into_post
    for peg in into_plate:
        assert peg.length_mm + peg.clearance_mm + 0.1 <= 4.0 - FDM.wall_floor_mm + 0.2
    assert into_post[0].length_mm > into_plate[0].length_mm


@settings(max_examples=15, deadline=None)
@given(
    radius=st.floats(2.0, 8.0),
    turn=st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)).filter(
        lambda v: float(np.linalg.norm(v)) > 0.2
    ),
)
def test_cells_fill_what_a_ball_fills(radius: float, turn: tuple[float, float, float]) -> None:
    way = np.array(turn) / np.linalg.norm(turn)
    side = np.cross(way, np.eye(3)[int(np.abs(way).argmin())])
    side /= np.linalg.norm(side)
    mesh = ball(radius, (1.0, -2.0, 3.0))
    cells = cells_around([mesh], step=0.4, axes=np.stack([side, np.cross(way, side), way]))
    mask = inside(mesh, cells)
    every = np.argwhere(np.ones(cells.shape, bool))
    away = np.linalg.norm(cells.points(every) - [1.0, -2.0, 3.0], axis=1)
    sure = np.abs(away - radius) > 0.03
    assert (mask[tuple(every[sure].T)] == (away[sure] < radius)).all()
    assert (cells.cell_of(cells.points(np.argwhere(mask))) == np.argwhere(mask)).all()


def test_resin_pegs_are_tighter_than_printed_ones() -> None:
    assert RESIN.clearance_mm[0] < FDM.clearance_mm[0] < FDM.clearance_mm[1]
    assert thinnest_peg_mm(RESIN) < thinnest_peg_mm(FDM) == pytest.approx(1.8)
