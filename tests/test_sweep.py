"""The sweep of random designs: the same seed, the same figure; faults are found and counted, not hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fabricate import resources, sweep
from fabricate.sweep import Verdict, count, judge, sample

GOOD = Verdict(1, True, 1, {}, (), "60 mm fdm: chibi")


def test_a_seed_is_one_figure_and_seeds_reach_every_template() -> None:
    samples = [sample(seed) for seed in range(sweep.DESIGNS)]
    assert samples[7] == sample(7)
    assert all(sweep.LOW_MM <= each.height_mm <= sweep.HIGH_MM for each in samples)
    assert {each.process for each in samples} == {"fdm", "resin"}
    for kind, key in (("poses", "pose"), ("outfits", "outfit"), ("hair", "hair"), ("styles", "style")):
        assert {getattr(each.design, key) for each in samples} == set(resources.names(kind))
    assert {prop for each in samples for prop in each.design.props} == set(resources.names("accessories"))


def test_every_kind_of_fault_is_counted_by_its_seed() -> None:
    verdicts = [
        GOOD,
        replace(GOOD, seed=2, closed=False),
        replace(GOOD, seed=3, bodies=2),
        replace(GOOD, seed=4, failed={"stands": "tips at 2 degrees"}),
        replace(GOOD, seed=5, failed={"walls": "3 %"}),
        replace(GOOD, seed=6, collides=("left arm in trunk",)),
    ]
    assert [verdict.good for verdict in verdicts] == [True, *[False] * 5]
    assert list(count(verdicts).values()) == [[2], [3], [6], [4], [4, 5]]


@pytest.mark.slow
def test_random_figures_are_judged_whole() -> None:
    heard: list[int] = []
    found = sweep.sweep([1, 11], lambda verdict, done: heard.append(done))
    assert found[0] == judge(1)
    assert [verdict.seed for verdict in found] == [1, 11]
    assert heard == [1, 2]
    assert all(verdict.closed and verdict.bodies == 1 for verdict in found), found
