"""What is drawn is held against its guide: whole, alone, on plain ground; else again with the next seed."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from fabricate.artifacts import Likeness
from fabricate.errors import BackendError
from fabricate.events import Progress, silent
from fabricate.kit.design import Design
from fabricate.photo.pose import ANKLES, read_pose
from fabricate.stylizers._check import judged
from fabricate.stylizers._diffusion import DiffusionOptions, best_of
from fabricate.stylizers._guide import GROUNDS, face_of, guide_of, reference

SIDE = 384


@pytest.fixture(scope="module")
def guide():
    return guide_of(Design(style="action", pose="wave"), SIDE)


@pytest.fixture(scope="module")
def whole(guide):
    return guide.on_ground()


@pytest.fixture(scope="module")
def other_pose():
    return guide_of(Design(style="action", pose="hands-on-hips"), SIDE).on_ground()


def cut(picture, share=0.72):
    return picture.crop((0, 0, picture.width, round(picture.height * share)))


def noise(size, seed=0):
    small = np.random.default_rng(seed).integers(0, 255, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize(size)


def test_the_guide_is_one_picture_in_three_layers(guide):
    assert guide.size == guide.skeleton.size == guide.start.size
    assert all(side % 64 == 0 for side in guide.size)
    assert abs(guide.size[0] * guide.size[1] / SIDE**2 - 1) < 0.3
    left, top, right, low = guide.start.getchannel("A").getbbox()
    assert min(left, top, guide.size[0] - right, guide.size[1] - low) > 0.04 * min(guide.size)
    # every point of the skeleton lies on the figure, and on the stick figure's lines
    alpha = np.asarray(guide.start.getchannel("A").filter(ImageFilter.MaxFilter(9)))
    lit = np.asarray(guide.skeleton).max(axis=-1)
    for x, y in guide.points.round().astype(int):
        assert alpha[y, x] > 0
        assert lit[y, x] > 60


def test_the_ground_is_unlike_the_clothes():
    white = guide_of(Design(outfit="lab-coat", colours={"bottom": "#f4f1ea", "shoes": "#f4f1ea"}), 256)
    assert white.ground != "light grey"
    assert judged(white.on_ground(), white).faults == ()


def test_the_figure_that_was_asked_for_passes_and_scores_best(guide, whole, other_pose):
    found = judged(whole, guide)
    assert found.faults == ()
    assert found.pose > 0.7
    assert found.likeness > 0.8
    assert found.image.mode == "RGBA"
    other = judged(other_pose, guide)
    assert other.pose < found.pose - 0.15
    assert other.score < found.score


@pytest.mark.parametrize(
    ("spoiled", "fault"),
    [
        (lambda whole, guide: cut(whole), "cut off at the lower edge"),
        (lambda whole, guide: whole.crop((0, whole.height // 4, *whole.size)), "cut off at the upper edge"),
        (lambda whole, guide: noise(whole.size), "no figure can be told"),
    ],
)
def test_a_figure_that_is_not_whole_or_not_there_is_a_fault(whole, guide, spoiled, fault):
    found = judged(spoiled(whole, guide), guide)
    assert any(fault in each for each in found.faults), found.faults
    assert found.image.getchannel("A").getextrema()[1] == 255


def test_a_bust_a_speck_a_crowd_and_a_busy_room_are_faults(whole, guide):
    ground = GROUNDS[guide.ground]
    w, h = whole.size
    bust = Image.new("RGB", (w, h), ground)
    bust.paste(cut(whole, 0.5), (0, h // 4))
    assert "only a part of the body is there" in judged(bust, guide).faults
    speck = Image.new("RGB", (w, h), ground)
    speck.paste(whole.resize((w // 3, h // 3)), (w // 3, h // 3))
    assert "the figure is small in the picture" in judged(speck, guide).faults
    crowd = Image.new("RGB", (2 * w, h), ground)
    crowd.paste(whole, (0, 0))
    crowd.paste(whole, (w, 0))
    assert judged(crowd, guide).faults
    busy = noise((w, h))
    busy.paste(whole, mask=guide.start.getchannel("A"))
    assert judged(busy, guide).faults


def test_the_pose_reader_sees_feet_and_where_they_would_be(whole):
    seen = read_pose(whole.resize((whole.width * 2, whole.height * 2)))
    assert seen is not None
    assert seen.points.shape == (18, 2)
    assert (seen.seen[list(ANKLES)] > 0.5).all()
    nose, ankles = seen.points[0, 1], seen.points[list(ANKLES), 1]
    assert nose < 0.35 * whole.height * 2 < ankles.min()
    # the figure's right hand is on the left of the picture, its left hand is raised
    assert seen.points[4, 0] < seen.points[7, 0]
    assert seen.points[7, 1] < seen.points[4, 1]
    assert read_pose(Image.new("RGB", (200, 300), "#808080")) is None


def test_a_likeness_that_the_face_does_not_bear_out_costs(guide, whole):
    unlike = Likeness(hair_style="long", glasses=True, ratios={"face_h": 1.3})
    assert judged(whole, guide, unlike).likeness < judged(whole, guide).likeness


def drawing(*pictures):
    """A model that draws these pictures for the seeds 7, 8, ..., the last one for all that follow."""
    asked = []

    def drawn(seed, heard):
        asked.append(seed)
        heard(1.0)
        return pictures[min(seed - 7, len(pictures) - 1)]

    return drawn, asked


def test_a_picture_that_fails_is_drawn_again_with_the_next_seed(guide, whole, heard):
    drawn, asked = drawing(cut(whole), noise(whole.size), whole)
    options = DiffusionOptions(tries=5)
    (best, *others), count = best_of(drawn, guide, None, 7, options, Progress("stylize", heard))
    assert (best.seed, count, asked) == (9, 3, [7, 8, 9])
    assert best.judged.faults == ()
    notes = [event.message for event in heard.events if event.kind == "note"]
    assert [note.split(":")[0] for note in notes] == ["seed 7", "seed 8"]
    assert not others
    assert not [event for event in heard.events if event.kind == "warn"]


def test_when_all_fail_the_best_is_kept_with_a_warning_and_strict_stops(guide, whole, heard):
    drawn, asked = drawing(noise(whole.size), cut(whole, 0.9), noise(whole.size, 1))
    (best, *others), count = best_of(
        drawn, guide, None, 7, DiffusionOptions(tries=3), Progress("stylize", heard)
    )
    assert (best.seed, count, others) == (8, 3, [])
    assert asked == [7, 8, 9]
    (warning,) = [event.message for event in heard.events if event.kind == "warn"]
    assert "none of 3 pictures" in warning
    assert "cut off at the lower edge" in warning
    with pytest.raises(BackendError, match="none of 3 pictures passes") as caught:
        best_of(drawn, guide, None, 7, DiffusionOptions(tries=3, strict=True), silent())
    assert "--tries" in caught.value.hint


def test_of_several_seeds_the_one_that_stands_best_is_kept(guide, whole, other_pose):
    drawn, asked = drawing(other_pose, cut(whole), whole, other_pose)
    (best, *others), count = best_of(drawn, guide, None, 7, DiffusionOptions(seeds=3, tries=2), silent())
    assert (best.seed, count) == (9, 4)
    # those that passed follow it, the better match first
    assert sorted(one.seed for one in (best, *others)) == [7, 9, 10]
    scores = [one.judged.score for one in (best, *others)]
    assert scores == sorted(scores, reverse=True)
    assert asked == [7, 8, 9, 10]
    drawn, asked = drawing(cut(whole))
    _, count = best_of(drawn, guide, None, 7, DiffusionOptions(seeds=2, tries=2), silent())
    assert count == 4


def test_a_photo_becomes_a_reference_and_a_face():
    with Image.open("examples/astronaut.png") as opened:
        photo = reference(opened)
    assert photo.mode == "RGB"
    assert max(photo.size) <= 1024
    face = face_of(photo, "astronaut.png")
    assert abs(face.width - face.height) <= 1
    assert 0.15 < face.width / photo.width < 0.6
    plain = Image.new("RGB", (300, 300), "#808080")
    assert face_of(plain, "plain") is plain
