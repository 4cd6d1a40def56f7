"""The three-view picture and the picture of trouble spots."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from fabricate.preview import marked, preview
from fabricate.render import Surface
from tests.pictures import levels, like_golden
from tests.test_render import RED, ball, box, of, toy

SIZE = (450, 300)


def in_mm(surfaces: list[Surface], height: float) -> list[Surface]:
    return [
        Surface(np.asarray(s.vertices) * height, s.faces, s.colour, s.normals, s.gloss, s.soft)
        for s in surfaces
    ]


def columns_with(image: np.ndarray, colour: tuple[float, float, float]) -> list[int]:
    """How many separate runs of columns show ``colour``, and where their middles lie."""
    direction = np.array(colour) - np.mean(colour)
    seen = image - image.mean(axis=-1, keepdims=True)
    there = (seen @ direction > 0.6 * direction @ direction).any(axis=0)
    edges = np.flatnonzero(np.diff(np.r_[0, there.astype(int), 0]))
    return [int(a + b) // 2 for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 3]


def test_three_views_stand_in_a_row_on_an_opaque_studio() -> None:
    image = preview(toy(), size=SIZE)
    assert image.size == SIZE
    assert image.mode == "RGB"
    middles = columns_with(levels(image), RED)
    assert len(middles) == 3
    assert middles[0] < 150 < middles[1] < 300 < middles[2]


def test_the_face_is_in_front_and_not_behind() -> None:
    nose = of(ball((0, -0.5, 0.5), 0.2), RED)
    seen = levels(preview([of(ball((0, 0, 0.5), 0.5)), nose], size=SIZE))
    first, second = columns_with(seen, RED)
    assert first < 150
    # seen from the figure's left, the nose points to the left of the picture
    assert 150 < second < 225


@pytest.mark.parametrize("sides", [(0.2, 0.2, 1.0), (3.0, 0.3, 1.0), (0.3, 3.0, 1.0), (1, 1, 0.05)])
def test_any_shape_stays_in_the_picture(sides: tuple[float, float, float]) -> None:
    seen = levels(preview([of(box(sides, (50, 20, 7)), RED)], size=SIZE, samples=4, occlusion=2))
    red = seen[..., 0] - seen[..., 1] > 0.3
    assert red.sum() > 500
    border = np.r_[red[:6].ravel(), red[-6:].ravel(), red[:, :6].ravel(), red[:, -6:].ravel()]
    assert not border.any()


def test_the_figure_stands_in_its_own_shadow() -> None:
    seen = levels(preview([of(box((1, 1, 1), (0, 0, 0.5)))], size=SIZE)).mean(axis=-1)
    empty = levels(preview([], size=SIZE)).mean(axis=-1)
    darker = empty - seen
    assert (darker[200:] > 0.1).any()
    assert np.abs(empty[:20] - seen[:20]).max() < 0.02
    assert 0.8 < empty.mean() < 0.97


def test_ruler_and_title_are_drawn_when_asked() -> None:
    figure = in_mm(toy(), 80)
    plain = levels(preview(figure, size=SIZE))
    titled = levels(preview(figure, size=SIZE, title="Maya"))
    changed = np.argwhere(np.abs(plain - titled).max(axis=-1) > 0.1)
    assert len(changed) > 20
    assert changed[:, 0].min() > 270
    ruled = levels(preview(figure, size=SIZE, height_mm=80))
    ink = np.argwhere(ruled[:, :40].max(axis=-1) < 0.65)
    assert len(ink) > 100
    assert ink[:, 0].max() - ink[:, 0].min() > 100


def test_a_title_that_the_font_cannot_write_is_left_out() -> None:
    plain = preview(toy(), size=SIZE)
    assert preview(toy(), size=SIZE, title="マヤ先生").tobytes() == plain.tobytes()
    assert preview(toy(), size=SIZE, title="").tobytes() == plain.tobytes()


def test_marked_faces_are_red_and_amber_on_clay() -> None:
    mesh = trimesh.creation.box((30, 20, 60))
    levels_of = np.zeros(len(mesh.faces), dtype=int)
    clean = levels(marked(mesh.vertices, mesh.faces, levels_of, size=(300, 200)))
    assert np.ptp(clean, axis=-1).max() < 0.08
    levels_of[mesh.face_normals[:, 1] < -0.9] = 2
    levels_of[mesh.face_normals[:, 1] > 0.9] = 1
    seen = levels(marked(mesh.vertices, mesh.faces, levels_of, size=(300, 200)))
    fail = (seen[..., 0] - seen[..., 1] > 0.4) & (seen[..., 1] - seen[..., 2] < 0.1)
    warn = (seen[..., 0] - seen[..., 2] > 0.4) & (seen[..., 1] - seen[..., 2] > 0.25)
    assert fail[:, :150].sum() > 1000
    assert fail[:, 150:].sum() < 60
    assert warn[:, 150:].sum() > 1000
    assert warn[:, :150].sum() < 60


def test_golden_preview() -> None:
    image = preview(in_mm(toy(), 90), title="A toy to try", size=(720, 480), height_mm=90)
    like_golden(image, "preview-toy")
