"""Templates become clay; a fault in one is told with its file and line."""

import numpy as np
import pytest

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.kit import face
from fabricate.kit.frames import Frame
from fabricate.kit.isosurface import isosurface
from fabricate.kit.sculpt import Bench, sculpt
from fabricate.kit.sdf import sample


@pytest.fixture(scope="module")
def bench():
    frame = Frame.at((0, 0, 0.8), None, 0.19)
    head = resources.read("styles", "chibi")["head"]
    return Bench(frame, 0.03, {"head": face.skull(frame, head)})


@pytest.mark.parametrize("kind", ["hair", "hats", "glasses", "beards"])
def test_every_template_on_the_head_makes_closed_solids(kind, bench):
    for name in resources.names(kind):
        template = resources.read(kind, name)
        assert template["name"] == name
        assert template["words"]
        for part, clay in sculpt(template["shape"], bench, resources.find(kind, name)).items():
            _, faces = isosurface(clay, 0.012)
            assert len(faces), (name, part)
            edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
            assert (np.unique(edges, axis=0, return_counts=True)[1] % 2 == 0).all(), (name, part)


def test_a_mirrored_shape_is_symmetric(bench):
    shapes = [{"shape": "ellipsoid", "at": [0.5, 0, 0], "radii": [0.2, 0.2, 0.2], "mirror": True}]
    clay = sculpt(shapes, bench)["main"]
    assert (sample(clay, bench.frame.point([(0.5, 0, 0), (-0.5, 0, 0)])) < 0).all()


def test_the_floor_thickens_what_would_not_print(bench):
    shapes = [{"shape": "capsule", "from": [0, 0, 0], "to": [0, 0, 1], "radius": 0.001}]
    clay = sculpt(shapes, bench)["main"]
    assert sample(clay, bench.frame.point([(0.02, 0, 0.5)]))[0] < 0


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ('[[shape]]\nshape = "blob"', "unknown shape 'blob'"),
        ('[[shape]]\nshape = "ellipsoid"', "lacks radii"),
        ('[[shape]]\nshape = "ring"\nmajor = 1\nminor = 0.1\nop = "glue"', "unknown op 'glue'"),
        ('[[shape]]\nshape = "capsule"\nfrom = [0, 0]\nto = [1, 1, 1]\nradius = 0.1', "wrong kind"),
        ('[[shape]]\nshape = "cap"\nthickness = 0.1\non = "moon"', "wrong kind"),
    ],
)
def test_a_faulty_template_names_file_and_line(tmp_path, monkeypatch, bench, shape, says):
    folder = tmp_path / "templates" / "hair"
    folder.mkdir(parents=True)
    path = folder / "mine.toml"
    path.write_text('name = "mine"\nwords = ["mine"]\n\n' + shape + "\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TemplateError) as caught:
        sculpt(resources.read("hair", "mine")["shape"], bench, resources.find("hair", "mine"))
    assert says in caught.value.message
    assert f"{path}:4" in caught.value.message
    assert caught.value.hint
