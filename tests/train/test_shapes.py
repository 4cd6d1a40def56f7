"""Shapes, shots and shards: the same seed gives the same data, and depth means what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fabricate.kit.figure import skeleton_of
from fabricate.kit.frames import HERE
from fabricate.kit.primitives import Ellipsoid
from fabricate.render.camera import Framing, fitted
from fabricate.train import anatomy, bodies, figures, profiles, shapes
from fabricate.train import shots as seen
from fabricate.train.appearance import dressed, shadowed
from fabricate.train.shards import Shards, pack, write_shard
from fabricate.train.shots import shots
from fabricate.train.sketch import Sketch


def ball() -> Sketch:
    sketch = Sketch()
    sketch.part(np.array([0.8, 0.2, 0.2])).clay.add(Ellipsoid(HERE, (1.0, 1.0, 1.0)))
    return sketch


def test_a_ball_is_as_deep_as_it_is_wide() -> None:
    shot = shots(ball().model(40), np.random.default_rng(0), 1, 64)[0]
    wide = shot.mask.any(0).sum() / 32
    deep = (shot.depth[0] - shot.depth[1])[shot.mask].max()
    assert deep == pytest.approx(wide, rel=0.08)
    middle = np.argwhere(shot.mask).mean(0).round().astype(int)
    assert shot.normals[0][tuple(middle)] @ [0, 0, 1] > 0.95
    assert shot.normals[1][tuple(middle)] @ [0, 0, 1] < -0.95


def test_half_of_what_is_seen_all_round_is_seen_straight(monkeypatch: pytest.MonkeyPatch) -> None:
    yaws = []

    def noted(points: NDArray[np.float32], **framing: Any) -> Framing:
        yaws.append(framing["camera"].yaw_deg)
        return fitted(points, **framing)

    monkeypatch.setattr(seen, "fitted", noted)
    shots(ball().model(20), np.random.default_rng(1), 120, 16, yaw_deg=180)
    off = np.abs((np.array(yaws) + 45) % 90 - 45)
    assert 0.4 < (off < 6).mean() < 0.75
    assert (off > 20).sum() > 20


def test_bent_bodies_lean_to_the_viewer_over_their_feet() -> None:
    made = [bodies.body(np.random.default_rng(seed)) for seed in range(200)]
    bent = [b for b in made if b.lean > 20]
    assert len(bent) > 10
    for b in bent:
        assert b.frame.point((0, 0, b.torso))[1] < 0 < b.frame.origin[1]
    assert np.mean([b.frame.turn[1, 2] < 0 for b in made]) > 0.55, "forward sooner than back"


def test_people_stand_upright_on_the_plumb_line() -> None:
    """Head over hips, shins behind them, whoever it is; all of them of about unit height."""
    middles = []
    for seed in range(24):
        model = anatomy.human(np.random.default_rng(seed)).model(40)
        _, deep, up = model.vertices.T
        assert 0.9 < np.ptp(up) < 1.7
        rows = [(up > a) & (up < b) for a, b in ((0.1, 0.2), (0.5, 0.56), (0.9, 0.98))]
        middles.append([np.median(deep[row]) for row in rows])
    shin, hip, head = np.median(middles, axis=0)
    assert shin > hip + 0.01
    assert abs(head - hip) < 0.03


def test_most_profiles_look_to_a_side() -> None:
    sizes = [np.ptp(profiles.profile(np.random.default_rng(seed)).vertices, axis=0) for seed in range(30)]
    assert np.mean([across > 1.2 * deep for across, deep, _ in sizes]) > 0.4
    assert any(across < deep for across, deep, _ in sizes)


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_fish_are_longer_than_tall_and_alike_on_both_sides(seed: int) -> None:
    model = profiles.fish(np.random.default_rng(seed)).model(40)
    across, deep, up = np.ptp(model.vertices, axis=0)
    assert deep > max(0.9 * up, across)
    assert abs(model.vertices[:, 0].max() + model.vertices[:, 0].min()) < 0.5 * across


@pytest.mark.parametrize("kind", [k for k in shapes.KINDS if k != "figure"])
def test_every_kind_of_shape_can_be_made(kind: str) -> None:
    model = shapes.KINDS[kind][1](np.random.default_rng(3))
    assert len(model.faces) > 100
    assert np.isfinite(model.vertices).all()
    assert np.allclose(np.linalg.norm(model.normals, axis=1), 1, atol=1e-3)


def test_a_seed_gives_the_same_shape() -> None:
    kind, one, _ = shapes.model_of(4)
    other_kind, two, _ = shapes.model_of(4)
    assert kind == other_kind
    assert np.array_equal(one.vertices, two.vertices)


def test_training_never_sees_what_is_held_out() -> None:
    held = figures.held_out()
    for seed in range(60):
        made = figures.design(np.random.default_rng(seed))
        assert made.outfit not in held["outfits"]
        assert made.pose not in held["poses"]
        assert made.hair not in held["hair"]
        assert made.style not in held["styles"]
    unseen = figures.design(np.random.default_rng(0), unseen=True)
    assert unseen.outfit in held["outfits"]
    assert unseen.pose in held["poses"]


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_loosened_figures_stand_in_poses_of_their_own(seed: int) -> None:
    """Its limbs go elsewhere than the template's, no longer or shorter than the mixed style's; the same dice
    give the same."""
    made = figures.design(np.random.default_rng(seed))
    tables = figures.loosened(made, np.random.default_rng(seed))
    assert tables == figures.loosened(made, np.random.default_rng(seed))
    usual, own = skeleton_of(made)[0], skeleton_of(made, tables)[0]
    for before, after in zip((*usual.arms, *usual.legs), (*own.arms, *own.legs), strict=True):
        assert not np.allclose(before.c, after.c, atol=1e-3)
    assert sum(own.arms[0].lengths) == pytest.approx(own.size["upper_arm"] + own.size["forearm"])
    assert min(leg.c[2] for leg in own.legs) > 0
    assert all(value > 0 or key == "head_y" for key, value in own.size.items())


def test_shards_give_back_the_shots(tmp_path: Path) -> None:
    taken = shots(ball().model(40), np.random.default_rng(1), 3, 64)
    pixels, bits = pack(taken)
    starts = np.cumsum([0, *np.unpackbits(bits, axis=1).sum(1).tolist()])
    np.save(tmp_path / "00000.pixels.npy", pixels)
    kinds = np.array(["ball"] * len(taken))
    np.savez(tmp_path / "00000.views.npz", bits=bits, starts=starts, kinds=kinds, side=64, code="")
    shards = Shards(tmp_path)
    assert len(shards) == len(taken)
    batch = shards.batch([1, 0])
    for k, view in enumerate((1, 0)):
        assert np.array_equal(batch.cut[k], taken[view].cut)
        assert np.array_equal(batch.known[k], taken[view].mask)
        assert np.allclose(batch.depth[k], taken[view].depth, atol=2e-3)
    pictures = dressed(batch, np.random.default_rng(0))
    assert pictures.shape == (2, 3, 64, 64)
    assert not pictures[:, :, 0, 0].any()
    half = batch.every(2, np.random.default_rng(0))
    assert half.depth.shape == (2, 2, 32, 32)


@pytest.mark.parametrize(("right", "up"), [(1, 0), (-1, 0), (0, 1), (0.7, -0.7)])
def test_shadows_fall_away_from_the_light(right: float, up: float) -> None:
    depth, mask = np.zeros((65, 65), np.float32), np.ones((65, 65), bool)
    depth[28:37, 28:37] = 0.3
    shadow = shadowed(depth, mask, np.array([right, up, 1.0]))
    assert not shadow[28:37, 28:37].any(), "what stands before all is lit"
    y, x = np.nonzero(shadow > 0.5)
    assert len(y) > 20
    away = np.array([x.mean() - 32, 32 - y.mean()])
    assert away @ [right, up] / np.hypot(right, up) < -5
    assert not shadowed(depth, mask, np.array([0.0, 0.0, 1.0])).any(), "light from the viewer casts none"


@pytest.mark.slow
def test_a_shard_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fabricate.train.shards.SHAPES", 2)
    assert write_shard(tmp_path, 0, 64, 2) > 0
    assert write_shard(tmp_path, 0, 64, 2) == 0
    assert not list(tmp_path.glob("*.part"))
    again = tmp_path / "again"
    write_shard(again, 0, 64, 2)
    one, two = np.load(tmp_path / "00000.pixels.npy"), np.load(again / "00000.pixels.npy")
    assert np.array_equal(one, two)


def test_varied_views_stay_true() -> None:
    """Moved and deepened, a ball's depth still fits its normals: z falls where the normal leans."""
    from fabricate.train.shards import Batch

    taken = shots(ball().model(40), np.random.default_rng(1), 1, 64)[0]
    one = Batch(
        taken.cut[None],
        taken.mask[None],
        taken.depth[None],
        taken.balloon[None],
        taken.normals.transpose(0, 3, 1, 2)[None],
        taken.colour.transpose(2, 0, 1)[None],
    )
    feed = pytest.importorskip("fabricate.train.feed")
    for seed in range(4):
        out = feed.varied(one, np.random.default_rng(seed))
        assert out.cut.sum() == one.cut.sum()
        slope = np.gradient(out.depth[0, 0], axis=1) * 32
        leans = -out.normals[0, 0, 0] / np.maximum(out.normals[0, 0, 2], 0.3)
        inner = out.known[0] & (out.normals[0, 0, 2] > 0.6)
        assert np.abs(slope - leans)[inner].mean() < 0.15
