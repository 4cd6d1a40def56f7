"""Relief from normals: what slopes tell is brought into the depth, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fabricate.lift.normals import REACH, embossed

SIDE = 64
Y, X = np.mgrid[0:SIDE, 0:SIDE] + 0.5 - SIDE / 2
CUT = np.hypot(X, Y) < 26
BODY = (0.4 * np.sqrt(np.maximum(1 - (X**2 + Y**2) / 32**2, 0))).astype(np.float32)


def normals_of(depth: NDArray[np.floating]) -> NDArray[np.float32]:
    down, right = np.gradient(depth, 2 / SIDE)
    return np.stack([-right, down, np.ones_like(depth)]).astype(np.float32)


@given(st.floats(-12, 12), st.floats(-12, 12), st.floats(1.5, REACH / 2), st.sampled_from([-0.04, 0.04]))
def test_a_bump_that_only_normals_see_is_raised(x: float, y: float, wide: float, tall: float) -> None:
    bump = tall * np.exp(-((X - x) ** 2 + (Y - y) ** 2) / (2 * wide**2))
    found = embossed(BODY, normals_of(BODY + bump), CUT)
    near = np.hypot(X - x, Y - y) < 2 * wide
    assert np.corrcoef(found[near], bump[near])[0, 1] > 0.95
    assert 0.5 < found[near][np.abs(bump[near]).argmax()] / bump[near][np.abs(bump[near]).argmax()] < 1.1


def test_depth_that_agrees_with_its_normals_stays() -> None:
    assert np.abs(embossed(BODY, normals_of(BODY), CUT)).max() < 0.005


def test_two_surfaces_are_not_joined() -> None:
    stepped = np.where(X > 0, np.float32(0.5), np.float32(0.0))
    flat = np.stack([np.zeros_like(X), np.zeros_like(X), np.ones_like(X)]).astype(np.float32)
    assert np.abs(embossed(stepped, flat, CUT)).max() < 1e-6


@given(st.integers(0, 2**32 - 1))
def test_whatever_the_normals_say_depth_moves_little_and_only_inside(seed: int) -> None:
    wild = np.random.default_rng(seed).normal(size=(3, SIDE, SIDE)).astype(np.float32)
    found = embossed(BODY, wild, CUT)
    assert not found[~CUT].any()
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 1.0
