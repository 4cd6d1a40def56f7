"""Faces: every mouth and brow is drawn at widths that print, freckles are dots apart from one another."""

import numpy as np
import pytest
from scipy.ndimage import label

from fabricate import resources
from fabricate.kit import face, features, templates
from fabricate.kit.design import Design
from fabricate.kit.features import BROWS, MOUTHS, Features
from fabricate.kit.figure import build, skeleton_of
from fabricate.kit.meshes import floors

STEP = 0.004


def drawn(outline, line):
    """Where an outline is filled, on a grid of cells of ``STEP`` about it."""
    x, z = np.meshgrid(
        *(
            np.arange(low - line, high + line, STEP, np.float32)
            for low, high in zip(outline.low, outline.high, strict=True)
        )
    )
    return outline.distance(x, z) < 0


def test_there_are_the_mouths_and_brows_that_the_words_know():
    words = resources.read("words", "face")
    assert set(words["mouth"]) == set(MOUTHS)
    assert set(words["brows"]) == set(BROWS)
    assert len(MOUTHS) >= 5
    named = {name for noun in ("face", "chin", "nose", "eyes") for name in words[noun]}
    assert named == set(words["shapes"])


@pytest.mark.parametrize("line", [0.03, 0.055, 0.09])
@pytest.mark.parametrize("kind", [*MOUTHS, *BROWS])
def test_no_line_of_a_face_is_thinner_than_prints(kind, line):
    outlines = (
        features.mouth(kind, 0.0, line)
        if kind in MOUTHS
        else {side: features.brow(kind, 0.4, 0.2, side, line) for side in (-1, 1)}
    )
    for outline in outlines.values():
        filled = drawn(outline, line)
        assert label(filled)[1] == 1
        # the deepest point of every column of a line lies half the least width inside
        x, z = np.meshgrid(
            *(
                np.arange(a - line, b + line, STEP, np.float32)
                for a, b in zip(outline.low, outline.high, strict=True)
            )
        )
        assert -outline.distance(x, z).min() >= line / 2 - STEP


@pytest.mark.parametrize("style", resources.names("styles"))
@pytest.mark.parametrize("process", ["fdm", "resin"])
def test_freckles_are_dots_of_a_printable_width_and_height(style, process):
    height_mm = 90.0
    limit = floors(height_mm, process)
    s, tables = skeleton_of(Design(style=style))
    radius_mm = s.head.scale * height_mm / 1.12
    line = limit.line / s.head.scale
    outline = features.freckles(tables["eyes"], face.NOSE_Z, line)
    dots, count = label(drawn(outline, line))
    assert count >= 4
    least_mm = {"fdm": 0.6, "resin": 0.4}[process]
    for k in range(1, count + 1):
        assert 2 * np.sqrt((dots == k).sum() * STEP**2 / np.pi) * radius_mm > least_mm
    lift_mm = min(limit.step / s.head.scale * face.LAYERS["freckle"], face.HIGHEST * line) * radius_mm
    assert 0.3 <= lift_mm <= 0.6


def test_freckles_are_a_part_of_their_own_on_cheeks_and_nose():
    plain = {piece.name for piece in build(Design())}
    (spots,) = [p for p in build(Design(freckles=True)) if p.name not in plain]
    assert spots.name == "freckle"
    assert spots.fine
    assert spots.colour != Design().skin
    s, _ = skeleton_of(Design())
    low, high = ((v - s.head.origin) / s.head.scale for v in (spots.field.low, spots.field.high))
    assert low[0] < -0.5
    assert high[0] > 0.5
    assert high[1] < 0.12
    assert -0.9 < low[2] < high[2] < 0


def test_a_design_leans_its_features():
    lean = Features.of("smile", "soft", False, {"mouth_wide": 1.1, "brow_up": 0.02, "jaw": 0.9})
    assert (lean.mouth_wide, lean.brow_up) == (1.1, 0.02)
    assert Features.of("smile", "soft", False, {}) == Features()
    assert templates.style("chibi")["head"]
