"""The OpenPose-18 stick figure: points in COCO order, where the front view has them, in the usual colours."""

import numpy as np
import pytest

from fabricate import resources
from fabricate.kit import templates
from fabricate.kit.design import Design
from fabricate.kit.openpose import HUES, LIMBS, POINTS, keypoints, skeleton_picture
from fabricate.kit.skeleton import pose_skeleton
from fabricate.kit.views import front_view

SIZE = templates.style("chibi")["size"]


def skeleton(pose):
    return pose_skeleton(SIZE, templates.pose(pose))


@pytest.mark.parametrize("pose", resources.names("poses"))
def test_every_pose_gives_its_joints_in_coco_order(pose):
    s = skeleton(pose)
    at = dict(zip(POINTS, keypoints(s), strict=True))
    assert len(POINTS) == 18
    for k, side in enumerate(("right", "left")):
        arm, leg = s.arms[k], s.legs[k]
        for name, joint in zip(("shoulder", "elbow", "wrist"), (arm.a, arm.b, arm.c), strict=True):
            assert np.array_equal(at[f"{side}_{name}"], joint)
        for name, joint in zip(("hip", "knee", "ankle"), (leg.a, leg.b, leg.c), strict=True):
            assert np.array_equal(at[f"{side}_{name}"], joint)
    assert at["right_eye"][0] < at["nose"][0] < at["left_eye"][0]
    assert at["nose"][2] < at["right_eye"][2]
    assert np.allclose(at["neck"], (at["right_shoulder"] + at["left_shoulder"]) / 2)


def test_the_limbs_reach_every_point_once_the_neck_first():
    assert len(LIMBS) == 17
    assert {point for limb in LIMBS for point in limb} == set(range(18))
    assert len(set(HUES)) == 18


@pytest.mark.parametrize("pose", ["wave", "sit", "jump"])
def test_a_picture_has_each_points_colour_on_black(pose):
    image = skeleton_picture(skeleton(pose), 256)
    assert image.mode == "RGB"
    assert image.height == 256
    pixels = np.asarray(image).reshape(-1, 3).astype(int)
    seen = {tuple(p) for p in np.unique(pixels, axis=0)}
    assert (pixels == 0).all(1).mean() > 0.6
    assert sum(hue in seen for hue in HUES) >= 16
    border = np.asarray(image)[[0, -1]]
    assert not border.any()


def test_the_stick_figure_lies_on_the_front_view():
    design = Design(pose="wave", hair="bald")
    view, sticks = front_view(design, size=256), skeleton_picture(design, 256)
    assert sticks.size == view.size
    solid = np.asarray(view)[..., 3] > 128
    drawn = np.asarray(sticks).any(-1)
    assert drawn[solid].mean() > 0.05
    assert (drawn & solid).sum() / drawn.sum() > 0.95
    hue = np.array(HUES[POINTS.index("left_wrist")])
    rows, columns = np.nonzero((np.asarray(sticks) == hue).all(-1))
    assert columns.mean() > view.width / 2
    assert rows.mean() < view.height / 2
