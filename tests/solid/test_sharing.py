"""Base and letters in the filaments that a figure prints in anyway."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from fabricate.artifacts import Lifted
from fabricate.events import silent
from fabricate.solid.colour import colour_of, paint
from fabricate.solid.glb import write_lifted
from fabricate.solid.sharing import in_shared_filaments
from fabricate.solid.threemf_read import read_3mf
from fabricate.spec import Spec
from fabricate.stages import prepare
from tests.solid.test_regions import head

COLOURS = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")


def painted(colours: list[str]) -> dict[str, trimesh.Trimesh]:
    return {f"part {i}": paint(trimesh.creation.box(), colour) for i, colour in enumerate(colours)}


@given(
    st.lists(COLOURS, min_size=1, max_size=4),
    st.lists(COLOURS, min_size=1, max_size=6, unique=True),
    st.integers(1, 8),
)
def test_no_more_filaments_than_there_are(colours: list[str], own: list[str], most: int) -> None:
    parts = painted(colours)
    shared = in_shared_filaments(parts, own, most)
    new = [colour_of(part) for part in shared.values()]
    assert list(shared) == list(parts)
    assert len({*own, *new}) <= max(most, len(own))
    assert [colour_of(part) for part in parts.values()] == colours, "what was given is not painted over"
    assert all(a == b or b in own for a, b in zip(colours, new, strict=True))
    if len({*own, *colours}) <= most:
        assert new == colours
    if len(own) >= len(set(colours)):
        assert len(set(new)) == len(set(colours)), "letters stay apart from their base"


def test_a_dark_base_takes_the_darkest_filament_and_its_letters_the_lightest() -> None:
    base, letters = in_shared_filaments(
        painted(["#3a3d45", "#f4e8d0"]), ["#5a4034", "#3d6b50", "#dba77c", "#efe9dc"], 4
    ).values()
    assert (colour_of(base), colour_of(letters)) == ("#5a4034", "#efe9dc")


def test_a_lifted_figure_gets_all_filaments(tmp_path: Path) -> None:
    """Base and letters do not take two of four from it: they are printed in two of its own."""
    mesh = head()
    mesh.apply_scale(1 / np.ptp(mesh.vertices[:, 2]))
    mesh.apply_translation([0, 0, -mesh.vertices[:, 2].min()])
    (tmp_path / "lift").mkdir()
    write_lifted(Lifted({"figure": mesh}, mesh, backend="frontback"), tmp_path / "lift" / "lifted.glb")
    spec = Spec.model_validate({"subject": {"name": "Ida"}, "prepare": {"height_mm": 60}})
    made = prepare.run(spec, {"lift": tmp_path / "lift"}, tmp_path, silent())
    assert made.summary["printable"]
    parts = {
        name: colour_of(part)
        for thing in read_3mf(tmp_path / "figure.3mf")
        for name, part in thing.parts.items()
    }
    others = {parts.pop(name) for name in ("base", "name")}
    assert len(set(parts.values())) == 4
    assert len(others) == 2
    assert others < set(parts.values())
