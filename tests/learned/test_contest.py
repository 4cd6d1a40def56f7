"""Of several pictures that were drawn for one figure, the best match that prints is kept: really lifted."""

from __future__ import annotations

import dataclasses

import pytest
from PIL import Image, ImageDraw

from fabricate import backends
from fabricate.artifacts import View
from fabricate.events import Progress
from fabricate.spec import from_mapping
from fabricate.stages import stylize
from fabricate.stages._contest import printing

TABLES = {
    "stylize": {"backend": "sdxl-pose", "seeds": 3},
    "lift": {"backend": "frontback"},
    "prepare": {"base": "none", "orient": "upright", "height_mm": 40},
}
SPEC = from_mapping(TABLES)


def picture(*corners, name):
    """A view of one blue shape, its corners in shares of the picture."""
    image = Image.new("RGBA", (256, 256))
    ImageDraw.Draw(image).polygon([(256 * x, 256 * y) for x, y in corners], fill=(40, 90, 200, 255))
    return View(image, "sdxl-pose", None, (name,))


FALLS = picture((0.2, 0.1), (0.9, 0.1), (0.4, 0.9), name="stands on a point, beside its middle")
STANDS = picture((0.45, 0.1), (0.55, 0.1), (0.8, 0.9), (0.2, 0.9), name="stands broad")
ALSO = dataclasses.replace(STANDS, understood=("as broad",))


def test_the_best_match_is_kept_when_it_prints_and_nothing_else_is_lifted(heard):
    assert printing(SPEC, (STANDS, FALLS), Progress("stylize", heard)).understood == ("stands broad",)
    assert not [event for event in heard.events if event.kind in ("note", "warn")]


def test_one_that_would_not_print_makes_room_for_the_next_and_why_is_told(heard):
    kept = printing(SPEC, (FALLS, STANDS, ALSO), Progress("stylize", heard))
    assert kept.understood == ("stands broad",)
    assert kept.others == ()
    first, second = [event.message for event in heard.events if event.kind == "note"]
    assert first.startswith("picture 1 of 3 would not print: stands")
    assert second == "picture 2 of 3 is kept: the best match of those that print"


def test_when_none_prints_the_best_match_is_kept_with_a_warning(heard):
    blank = View(Image.new("RGBA", (64, 64)), "sdxl-pose")
    assert printing(SPEC, (FALLS, blank), Progress("stylize", heard)).understood == FALLS.understood
    assert len([event for event in heard.events if event.kind == "note"]) == 2
    (warning,) = [event.message for event in heard.events if event.kind == "warn"]
    assert "none of 2 pictures" in warning


def test_the_stage_asks_the_gate_only_when_there_is_a_choice(heard, monkeypatch):
    real = backends.get("stylizers", "sdxl-pose")
    for view, kept in ((dataclasses.replace(FALLS, others=(STANDS,)), STANDS), (FALLS, FALLS)):
        monkeypatch.setattr(type(real), "stylize", lambda _self, *_given, view=view: view)
        assert stylize.view(SPEC, Progress("stylize", heard)).understood == kept.understood


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [("prepare", "base", "round"), ("lift", "backend", "kit"), ("slice", "profile", "prusa-mini")],
)
def test_with_several_seeds_what_the_gate_goes_by_counts_for_the_picture(table, key, value):
    def changed(seeds: int) -> bool:
        given = TABLES | {"stylize": {"backend": "sdxl-pose", "seeds": seeds}}
        other = given | {table: {**given.get(table, {}), key: value}}
        return stylize.wants(from_mapping(given)) != stylize.wants(from_mapping(other))

    assert changed(3)
    assert not changed(1)
