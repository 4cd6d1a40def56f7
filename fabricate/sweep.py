"""Random figures, each sculpted, set on its base and held to the gate: what share of all designs prints.

A seed gives the same design, height and process while the templates stay the same, so a seed that fails can
be looked at: ``python -m fabricate.sweep 17``.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fabricate import resources

if TYPE_CHECKING:
    import numpy as np

    from fabricate.kit.design import Design

__all__ = ["DESIGNS", "Sample", "Verdict", "count", "judge", "sample", "sweep"]

DESIGNS = 200
LOW_MM, HIGH_MM = 40.0, 200.0


@dataclass(frozen=True)
class Sample:
    """A random figure: its design, height in mm and process."""

    seed: int
    design: Design
    height_mm: float
    process: str


@dataclass(frozen=True)
class Verdict:
    """What was found: names of the gate's checks that failed, with their values; nothing when all is well.

    ``closed``: the union and every part are closed, manifold and face outwards. ``bodies`` after union.
    ``collides``: pairs of limbs that pass through each other.
    """

    seed: int
    closed: bool
    bodies: int
    failed: dict[str, str]
    collides: tuple[str, ...]
    what: str

    @property
    def good(self) -> bool:
        """Whether nothing at all is wrong with it."""
        return self.closed and self.bodies == 1 and not self.failed and not self.collides


def sample(seed: int) -> Sample:
    """The random figure of a seed: every kind of template, sizes evenly over the ratio of 40 to 200 mm."""
    import numpy as np

    from fabricate.kit.design import MONK, Design

    dice = np.random.default_rng(seed)

    def one(kind: str, none: float = 0.0) -> Any:
        return None if dice.random() < none else str(dice.choice(resources.names(kind)))

    design = Design(
        style=one("styles"),
        pose=one("poses"),
        outfit=one("outfits"),
        hair=one("hair"),
        hair_colour=_colour(dice),
        skin=str(dice.choice(list(MONK.values()))),
        eyes=_colour(dice),
        glasses=one("glasses", 0.5),
        beard=one("beards", 0.65),
        hat=one("hats", 0.6),
        props=tuple(dict.fromkeys(one("accessories") for _ in range(dice.integers(0, 3)))),
        colours={"top": _colour(dice), "bottom": _colour(dice), "shoes": _colour(dice)},
    )
    height = float(LOW_MM * (HIGH_MM / LOW_MM) ** dice.random())
    return Sample(seed, design, round(height, 1), "resin" if dice.random() < 0.25 else "fdm")


def _colour(dice: np.random.Generator) -> str:
    return f"#{int(dice.integers(0, 1 << 24)):06x}"


def judge(seed: int) -> Verdict:
    """Sculpt a seed's figure, set it on the round base with a name, and hold it to the gate."""
    from fabricate.artifacts import Lifted
    from fabricate.kit.collisions import colliding
    from fabricate.kit.solid import sculpture
    from fabricate.solid.topology import census
    from fabricate.solid.trial import tried
    from fabricate.spec import from_mapping

    given = sample(seed)
    parts, whole, accessories = sculpture(given.design, given.height_mm, given.process)
    every = [whole, *parts.values(), *(mesh for own in accessories.values() for mesh in own.values())]
    table = {"height_mm": given.height_mm, "process": given.process, "base": "round"}
    spec = from_mapping({"subject": {"name": "Maya"}, "prepare": table})
    _, found = tried(Lifted(parts, whole, accessories, "kit"), spec)
    d = given.design
    names = (d.style, d.pose, d.outfit, d.hair, d.hat, d.glasses, d.beard, *d.props)
    return Verdict(
        seed=seed,
        closed=all(census(mesh).sound for mesh in every),
        bodies=len(census(whole).volumes),
        failed={check.name: check.value for check in found.report.checks if check.level == "fail"},
        collides=tuple(" in ".join(pair) for pair in colliding(given.design)),
        what=f"{given.height_mm:g} mm {given.process}: {', '.join(str(name) for name in names if name)}",
    )


def sweep(
    seeds: Sequence[int], heard: Callable[[Verdict, int], None] = lambda verdict, done: None
) -> list[Verdict]:
    """Judge every seed, on all of this machine's cores; ``heard`` is told each verdict as it comes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found: dict[int, Verdict] = {}
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(cores, len(seeds)), mp_context=fresh, max_tasks_per_child=25) as pool:
        for future in as_completed([pool.submit(judge, seed) for seed in seeds]):
            verdict = future.result()
            found[verdict.seed] = verdict
            heard(verdict, len(found))
    return [found[seed] for seed in seeds]


def count(verdicts: Sequence[Verdict]) -> dict[str, list[int]]:
    """What can be wrong with a design -> the seeds where it is."""
    return {
        "not closed or not manifold": [v.seed for v in verdicts if not v.closed],
        "not one body": [v.seed for v in verdicts if v.bodies != 1],
        "limbs that collide": [v.seed for v in verdicts if v.collides],
        "not standing by themselves": [v.seed for v in verdicts if "stands" in v.failed],
        "refused by the gate": [v.seed for v in verdicts if v.failed],
    }


if __name__ == "__main__":
    for word in sys.argv[1:]:
        sys.stdout.write(json.dumps(vars(judge(int(word))), indent=1) + "\n")
