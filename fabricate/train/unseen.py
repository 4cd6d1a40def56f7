"""Figures that training never saw, for the bench of the lift: styles, outfits, hair and poses held out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from fabricate.lift_bench import Case, Table, bench, lifters
from fabricate.train.figures import design, figure

__all__ = ["COUNT", "bench_unseen", "unseen_cases"]

COUNT = 100
"""Figures that the bench lifts."""


def unseen_cases(count: int, seed: int = 0, size: int = 640) -> Iterator[Case]:
    """Kit figures of the held-out templates with their front views, always the same for a seed."""
    import trimesh

    from fabricate.kit.views import front_view

    for k in range(count):
        dice = np.random.default_rng([seed, k, 9])
        made = design(dice, unseen=True)
        model = figure(dice, made, cell=0.010)
        truth = trimesh.Trimesh(model.vertices.astype(np.float64), model.faces, process=False)
        picture = front_view(made, height_mm=90.0, process="fdm", size=size)
        yield Case(f"{k:03d} {made.style} {made.outfit} {made.pose}", picture, truth)


def bench_unseen(
    count: int = COUNT, names: Sequence[str] = ("frontback",), said: Callable[[str], None] = lambda _t: None
) -> Table:
    """The lifters, and inflation beside them, on held-out kit figures."""
    return bench(unseen_cases(count), lifters(names), said)
