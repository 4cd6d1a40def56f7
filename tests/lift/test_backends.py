"""The picture stylizer and the lift frontback, as the stages call them, with the weights that ship."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.errors import SubjectError
from fabricate.events import Progress
from fabricate.lifters.frontback import FrontbackLifter, weights
from fabricate.solid.boolean import to_manifold
from fabricate.spec import Spec
from fabricate.stylizers.picture import PictureStylizer
from tests.lift.shapes import figure, shaded
from tests.small import Heard


def spec_of(picture: Path) -> Spec:
    return Spec.model_validate({"subject": {"picture": str(picture)}})


def test_a_picture_is_cut_out_and_large_enough(tmp_path: Path, heard: Heard) -> None:
    shaded().save(tmp_path / "doll.jpg", quality=92)
    view = PictureStylizer().stylize(spec_of(tmp_path / "doll.jpg"), None, Progress("stylize", heard))
    assert view.design is None
    assert view.image.mode == "RGBA"
    assert view.image.height >= 768
    alpha = np.asarray(view.image.getchannel("A"))
    assert alpha[0].max() < 128
    assert 0.2 < (alpha > 127).mean() < 0.7
    assert any("background" in sentence for sentence in view.understood)


def test_a_figure_at_the_border_keeps_its_cut(tmp_path: Path, heard: Heard) -> None:
    figure().crop((0, 0, 240, 180)).save(tmp_path / "half.png")
    view = PictureStylizer().stylize(spec_of(tmp_path / "half.png"), None, Progress("stylize", heard))
    assert np.asarray(view.image.getchannel("A"))[-1].max() > 127
    assert "warn" in heard.kinds("stylize")


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_a_file_that_is_no_picture(tmp_path: Path, heard: Heard, content: bytes) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(SubjectError, match="not a picture"):
        PictureStylizer().stylize(spec_of(tmp_path / "bad.png"), None, Progress("stylize", heard))


def test_no_picture_is_told(heard: Heard) -> None:
    with pytest.raises(SubjectError, match="needs a picture"):
        PictureStylizer().stylize(Spec(), None, Progress("stylize", heard))


def test_the_lift_gives_one_closed_figure(heard: Heard) -> None:
    pytest.importorskip("onnxruntime")
    assert all(path.is_file() for path in weights().values()), "the weights ship with the package"
    lifter = FrontbackLifter()
    view = View(figure((300, 400)), "picture")
    made = lifter.lift(
        view,
        Job(lifter.Options(), 90),
        Progress("lift", heard),
    )
    mesh = made.parts["figure"]
    low, high = mesh.bounds
    assert low[2] == pytest.approx(0, abs=1e-6)
    assert high[2] == pytest.approx(1, abs=1e-6)
    assert 0.08 < high[1] - low[1] < 0.7
    assert len(to_manifold(mesh).decompose()) == 1


def test_a_blank_picture_cannot_be_lifted(heard: Heard) -> None:
    lifter = FrontbackLifter()
    with pytest.raises(SubjectError):
        lifter.lift(
            View(Image.new("RGBA", (300, 300)), "picture"),
            Job(lifter.Options(), 90),
            Progress("lift", heard),
        )
