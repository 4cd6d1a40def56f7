"""Cutting, framing, inflating, fusing: from a picture to a solid without a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fabricate.errors import SubjectError
from fabricate.lift.colours import behind, bled
from fabricate.lift.cutout import cut_out
from fabricate.lift.frame import framed
from fabricate.lift.fuse import fused, sheets_at
from fabricate.lift.inflation import PLUMP, inflated
from fabricate.lift.lines import depth_mm, strokes
from fabricate.lift.sheets import Sheets, balloon_sheets
from fabricate.lift.solid import lifted_mesh, smoothed
from fabricate.solid.boolean import to_manifold
from tests.lift.shapes import figure, shaded


def disc(side: int = 64, r: float = 24.0) -> np.ndarray:
    y, x = np.mgrid[0:side, 0:side] + 0.5 - side / 2
    return np.hypot(x, y) < r


def test_a_disc_inflates_to_a_ball() -> None:
    ball = inflated(disc()) / PLUMP
    y, x = np.mgrid[0:64, 0:64] + 0.5 - 32
    true = np.sqrt(np.maximum(24.0**2 - x * x - y * y, 0)) / 32
    assert np.abs(ball - true)[disc(r=20)].mean() < 0.02


@given(st.integers(3, 20), st.integers(3, 20))
def test_inflation_is_positive_inside_and_zero_outside(wide: int, tall: int) -> None:
    mask = np.zeros((32, 32), bool)
    mask[4 : 4 + tall, 5 : 5 + wide] = True
    out = inflated(mask)
    assert (out[mask] > 0).all()
    assert not out[~mask].any()


def test_alpha_plain_and_shaded_backgrounds_and_a_card_give_the_same_figure() -> None:
    true = np.asarray(figure().getchannel("A")) > 127
    pictures = {
        "alpha": figure(),
        "plain": figure(background=(245, 244, 240, 255)).convert("RGB"),
        "shaded": shaded(),
        "card": figure(background=(60, 120, 160, 255), box=True).convert("RGB"),
    }
    for name, picture in pictures.items():
        found = np.asarray(cut_out(picture).image.getchannel("A")) > 127
        assert (found & true).sum() / (found | true).sum() > 0.93, name


def test_the_largest_upright_figure_is_taken_from_a_card() -> None:
    picture = figure(background=(240, 240, 240, 255)).convert("RGB")
    wide = Image.new("RGB", (480, 320), (240, 240, 240))
    wide.paste(picture, (0, 0))
    wide.paste((20, 40, 90), (300, 40, 470, 70))
    found = np.asarray(cut_out(wide).image.getchannel("A")) > 127
    assert found[:, :240].any()
    assert not found[:, 290:].any()


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (Image.new("RGBA", (200, 200)), "transparent"),
        (Image.new("RGB", (16, 16), "red"), "16 x 16"),
        (Image.new("RGB", (200, 200)), "one plain colour"),
        (Image.fromarray(np.random.default_rng(0).integers(0, 255, (160, 220, 3), np.uint8)), "no figure"),
    ],
)
def test_bad_pictures_are_told_in_two_lines(picture: Image.Image, said: str) -> None:
    with pytest.raises(SubjectError, match=said) as caught:
        cut_out(picture)
    assert caught.value.hint


def test_a_figure_at_the_border_is_warned_of() -> None:
    picture = figure().crop((0, 0, 240, 180))
    assert any("lower edge" in warning for warning in cut_out(picture).warnings)


def test_framing_centres_the_figure_and_names_cut_sides() -> None:
    found = framed(figure().crop((0, 0, 240, 180)))
    assert found.edges == {"bottom"}
    _, alpha = found.at(64)
    rows = np.flatnonzero((alpha > 0.5).any(1))
    assert abs((rows[0] + rows[-1]) / 2 - 31.5) < 2


def test_a_tiny_figure_is_refused() -> None:
    small = Image.new("RGBA", (200, 200))
    small.paste((255, 0, 0, 255), (90, 90, 110, 120))
    with pytest.raises(SubjectError, match="20 x 30"):
        framed(small)


def test_fusing_keeps_a_ball_round_and_closed() -> None:
    side = 64
    alpha = disc(side).astype(np.float32)
    y, x = np.mgrid[0:side, 0:side] + 0.5 - side / 2
    half = (np.sqrt(np.maximum(24.0**2 - x * x - y * y, 0)) * 2 / side).astype(np.float32)
    out = fused(np.zeros_like(half), half, alpha)
    r = np.linalg.norm(out.vertices, axis=1)
    assert abs(r.mean() - 0.75) < 0.02
    assert r.std() < 0.02
    solid = to_manifold(_mesh(out))
    assert solid.volume() == pytest.approx(4 / 3 * np.pi * 0.75**3, rel=0.05)


def test_finer_sheets_make_a_rim_without_terraces() -> None:
    side, off = 64, []
    for parts in (1, 2):
        alpha = (
            disc(side * 8, 190.0)
            .astype(np.float32)
            .reshape(side * parts, 8 // parts, side * parts, 8 // parts)
        )
        alpha = alpha.mean((1, 3))
        half = inflated(alpha > 0.5) / np.float32(PLUMP)
        solid = smoothed(fused(np.zeros_like(half), half, alpha, parts=parts))
        out = solid.vertices / np.linalg.norm(solid.vertices, axis=1)[:, None]
        bent = _mesh(solid).vertex_normals
        rim = np.abs(out[:, 1]) < 0.4
        off.append(np.degrees(np.arccos(np.clip((bent * out).sum(1)[rim], -1, 1))).mean())
    assert off[1] < 0.8 * off[0]


def _mesh(out: object):
    import trimesh

    return trimesh.Trimesh(out.vertices, out.faces, process=False)  # type: ignore[attr-defined]


@given(st.integers(0, 2**31))
def test_whatever_the_sheets_say_the_solid_is_one_closed_body(seed: int) -> None:
    dice = np.random.default_rng(seed)
    found = framed(figure())
    noise = dice.normal(size=(128, 128)).astype(np.float32)
    sheets = replace(balloon_sheets(), middle=0.1 * noise, factor=np.exp(0.5 * noise[::-1]))
    made = lifted_mesh(found, sheets, height_mm=90, process="fdm", relief_mm=0.0, grid=96)
    solid = to_manifold(made.mesh)
    assert len(solid.decompose()) == 1
    assert solid.volume() > 0


def test_the_lifted_mesh_stands_in_the_figure_frame() -> None:
    made = lifted_mesh(
        framed(figure()), balloon_sheets(), height_mm=90, process="fdm", relief_mm=None, grid=128
    )
    low, high = made.mesh.bounds
    assert low[2] == pytest.approx(0, abs=1e-6)
    assert high[2] == pytest.approx(1, abs=1e-6)
    assert low[0] == pytest.approx(-high[0], abs=1e-6)
    soles = made.mesh.vertices[made.mesh.vertices[:, 2] < 0.004]
    assert np.ptp(soles[:, 0]) > 0.1
    front = made.mesh.vertices[:, 1] < -0.02
    colours = np.asarray(made.mesh.visual.vertex_colors)[:, :3].astype(int)
    face = (
        front & (np.abs(made.mesh.vertices[:, 2] - 0.77) < 0.03) & (np.abs(made.mesh.vertices[:, 0]) < 0.05)
    )
    assert np.median(colours[face], axis=0)[0] > 180
    back = (made.mesh.vertices[:, 1] > 0.02) & (np.abs(made.mesh.vertices[:, 2] - 0.77) < 0.1)
    assert np.median(colours[back], axis=0)[0] < 160, "hair behind the face"


def test_a_portrait_becomes_a_bust_on_a_plinth() -> None:
    portrait = framed(figure().crop((0, 0, 240, 180)))
    made = lifted_mesh(portrait, balloon_sheets(), height_mm=90, process="fdm", relief_mm=0.0, grid=96)
    assert any("bust" in note for note in made.notes)
    assert len(to_manifold(made.mesh).decompose()) == 1


def test_relief_sinks_the_eyes_and_zero_leaves_them() -> None:
    found = framed(figure((480, 640)))
    rgb, alpha = found.at(256)
    lines = strokes(bled(rgb, alpha), alpha, 0.35, "fdm")
    rows = np.flatnonzero((alpha > 0.5).any(1))
    eye = rows[0] + int(0.22 * len(rows))
    assert lines[eye - 6 : eye + 6].max() > 0.9
    assert lines[rows[0] + int(0.75 * len(rows)) :].max() < 0.5, "no lines on plain trousers"
    assert depth_mm("fdm", 0.0) == 0
    assert 0.3 <= depth_mm("resin") <= 0.6


def test_the_back_has_no_face() -> None:
    rgb, alpha = framed(figure()).at(128)
    front = bled(rgb, alpha)
    back = behind(front, alpha)
    rows = np.flatnonzero((alpha > 0.5).any(1))
    middle = back[:, rows[0] + int(0.2 * len(rows)), 64]
    hair = np.array([0x6A, 0x3D, 0x22]) / 255
    assert np.abs(middle - hair).max() < 0.2


def test_a_limb_is_as_thick_as_its_sheets_say_at_any_resolution() -> None:
    limb = np.zeros((128, 128), bool)
    limb[20:108, 61:67] = True
    zero = np.zeros((128, 128), np.float32)
    sheets = Sheets(zero, zero + 1, zero, limb)
    fine = np.repeat(np.repeat(limb, 6, 0), 6, 1).astype(np.float32)
    _, half, _ = sheets_at(sheets, fine)
    told, made = inflated(limb)[64, 61:67], half[6 * 64 : 6 * 65].mean(0)[6 * 61 + 2 : 6 * 67 : 6]
    assert np.abs(made[1:5] / told[1:5] - 1).max() < 0.04
    assert np.abs(inflated(fine > 0.5)[6 * 64, 6 * 61 + 2 : 6 * 67 : 6][2] / told[2] - 1) > 0.08
    assert not half[:, : 6 * 61].any()


def test_sheets_keep_a_rim_as_crisp_as_the_picture() -> None:
    _, alpha = framed(figure()).at(200)
    middle, half, _ = sheets_at(balloon_sheets(), alpha)
    assert not half[alpha <= 0.5].any()
    assert (half[alpha > 0.5] > 0).all()
    assert not middle.any()
