"""Seams between parts do not bend the light: the walls inside take no part in the normals outside."""

from __future__ import annotations

import numpy as np
import trimesh

from fabricate.solid.boolean import difference, union
from fabricate.solid.colour import paint
from fabricate.solid.shading import seen_surfaces


def test_a_flush_inlay_is_shaded_like_the_ball_it_lies_in() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5, radius=20.0)
    plug = trimesh.creation.cylinder(radius=4.0, height=60.0, sections=48)
    plug.apply_translation([0, 0, 30.0])
    inlay = difference(ball, difference(ball, plug))
    rest = difference(ball, plug)
    parts = {"rest": paint(rest, "#cc8844"), "inlay": paint(inlay, "#224488")}
    whole = union([ball, inlay])
    for surface in seen_surfaces(parts, whole):
        points, normals = np.asarray(surface.vertices), np.asarray(surface.normals)
        outside = np.abs(np.linalg.norm(points, axis=1) - 20.0) < 0.02
        corners = points.reshape(-1, 3, 3)
        facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        upright = np.einsum("ij,ij->i", facing, corners.mean(axis=1)) > 10.0 * np.linalg.norm(facing, axis=1)
        face_outside = outside.reshape(-1, 3).all(axis=1) & upright
        towards = np.einsum("ij,ij->i", points, normals)[np.repeat(face_outside, 3)] / 20.0
        assert len(towards) > 100
        assert towards.min() > 0.97


def test_plain_parts_keep_flat_faces_and_vertex_colours_their_shades() -> None:
    box = trimesh.creation.box((10, 10, 2))
    mixed = trimesh.creation.icosphere(subdivisions=2, radius=3.0)
    mixed.visual.vertex_colors = np.random.default_rng(0).integers(0, 255, (len(mixed.vertices), 4), np.uint8)
    base, ball = seen_surfaces({"base": paint(box, "#333333"), "ball": mixed}, box)
    assert np.allclose(np.abs(np.asarray(base.normals)).max(axis=1), 1.0)
    assert np.asarray(ball.colour).shape == (len(mixed.faces) * 3, 3)
