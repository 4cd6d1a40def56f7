"""The gate's words on islands and on trapped volumes."""

from __future__ import annotations

from collections.abc import Sequence

from fabricate.artifacts import Check, Level
from fabricate.solid.islands import Island
from fabricate.solid.limits import Limits
from fabricate.solid.pools import Pools
from fabricate.solid.topology import Census

__all__ = ["LAYER_MM", "islands_check", "trapped_check"]

LAYER_MM = 0.2
"""An island that grows alone for less than this hardens onto its neighbours before it can fall."""
DROP_MM3 = 100.0
"""A tenth of a millilitre: what is smaller wipes off."""


def islands_check(islands: Sequence[Island], found: Census) -> Check:
    """A warning with the lowest places where a layer begins in mid-air."""
    limit = "every layer rests on one beneath"
    if not islands:
        return Check("islands", "ok", "none", limit)
    floor = float(found.vertices[:, 2].min())
    heights = list(dict.fromkeys(f"{float(island.at[2]) - floor:.0f}" for island in islands))
    where = ", ".join(heights[:4]) + (" ..." if len(heights) > 4 else "")
    noun = "layer begins" if len(islands) == 1 else "layers begin"
    value = f"{len(islands)} {noun} in mid-air, {where} mm up"
    return Check("islands", "warn", value, limit, "print with supports: without them these places fall")


def trapped_check(pools: Pools, limits: Limits) -> Check:
    """What cannot run out: a failure where it is shut in, a warning where it stands or sucks (resin)."""
    limit = "nothing shut in" if limits.process == "fdm" else "resin and air find a way out"

    def millilitres(mm3: float) -> str:
        return f"{mm3 / 1000:.1f} ml"

    if pools.closed_mm3 > DROP_MM3:
        advice = "fill the hollow, or drill two holes into it (prepare.hollow_mm makes both)"
        level: Level = "fail" if limits.process == "resin" else "warn"
        return Check("trapped", level, f"{millilitres(pools.closed_mm3)} shut in", limit, advice)
    if limits.process == "resin" and pools.cups_mm3 > DROP_MM3:
        advice = "tilt it until it runs out, or drill a hole of 3 mm at its lowest place"
        return Check("trapped", "warn", f"{millilitres(pools.cups_mm3)} stay in a cup", limit, advice)
    if limits.process == "resin" and pools.sucking_mm3 > DROP_MM3:
        advice = "tilt it, or drill a hole of 3 mm at its highest place to let the air out"
        return Check(
            "trapped", "warn", f"{millilitres(pools.sucking_mm3)} of air under a bell", limit, advice
        )
    return Check("trapped", "ok", "nothing", limit)
