"""The lift's bench: what it measures of a mesh against itself, moved, or against another."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from fabricate.artifacts import Lifted
from fabricate.errors import FabricateError
from fabricate.lift_bench import (
    Case,
    bench,
    bench_folder,
    clay_picture,
    folder_cases,
    score,
    to_json,
    to_text,
)


def ball(stretch: float = 1.0) -> trimesh.Trimesh:
    mesh = trimesh.creation.icosphere(subdivisions=4)
    mesh.apply_scale([1, stretch, 1])
    return mesh


def test_a_mesh_agrees_with_itself_wherever_it_stands() -> None:
    moved = ball()
    moved.apply_scale(7)
    moved.apply_translation([3, -40, 12])
    same = score(moved, ball())
    assert same.depth < 0.1
    assert same.normals < 1
    assert same.iou > 0.97
    assert same.f2 > 0.99
    assert same.sound == 1


def test_what_is_inside_is_no_surface() -> None:
    core = trimesh.creation.icosphere(subdivisions=4, radius=0.7)
    stuffed = trimesh.util.concatenate([ball(), core])
    assert score(ball(), stuffed).f1 > 0.98
    stuffed.invert()
    assert score(ball(), stuffed).f1 > 0.98
    cup = trimesh.creation.annulus(0.6, 1.0, 2.0)
    assert score(trimesh.creation.cylinder(1.0, 2.0), cup).f2 < 0.8  # a hole can be looked into


def test_a_flat_lift_of_a_ball_scores_less() -> None:
    flat = score(ball(0.5), ball())
    assert flat.iou == pytest.approx(0.5, abs=0.05)
    assert flat.f2 < 0.6
    assert flat.depth > 4


def test_the_table_tells_who_is_better() -> None:
    cases = [Case("ball", clay_picture(ball(), 96), ball())]
    flat, true = (lambda _p: Lifted({}, ball(0.6))), (lambda _p: Lifted({}, ball()))
    table = bench(iter(cases), {"inflation": flat, "best": true}, lambda _text: None)
    assert "better on 1 of 1" in to_text(table)
    assert to_json(table)["means"]["best"]["f2"] > 0.99  # type: ignore[index]


def test_a_clay_picture_shows_the_mesh() -> None:
    picture = clay_picture(ball(), 96)
    alpha = np.asarray(picture.getchannel("A")) > 127
    assert 0.5 < alpha.mean() < 0.85


def test_no_folder_and_an_empty_one_are_told(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(FabricateError, match="no folder"):
        bench_folder(tmp_path / "none")
    with pytest.raises(FabricateError, match="nothing to measure"):
        bench_folder(tmp_path, names=())


def test_meshes_stand_as_they_are_whatever_their_shape(tmp_path) -> None:  # type: ignore[no-untyped-def]
    long = trimesh.creation.box((0.4, 1.0, 0.5))
    for name in ("boat.ply", "boat.obj", "boat.stl"):
        long.export(tmp_path / name)
        (case,) = folder_cases(tmp_path)
        assert np.argmax(case.truth.extents) == 1, name
        (tmp_path / name).unlink()
