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


@pytest.mark.parametrize("plait", [False, True])
def test_a_tress_follows_its_points_and_mirrors(bench, plait):
    points = [[0.9, 0, 0], [1.2, 0, -0.4], [1.1, 0.1, -1.0]]
    shape = {"shape": "tress", "points": points, "radius": [0.2, 0.1], "strands": 3, "turns": 2}
    clay = sculpt([{**shape, "plait": plait, "mirror": True, "blend": 0.05}], bench)["main"]
    near = [[x * side, y, z] for x, y, z in points for side in (1, -1)]
    assert (sample(clay, bench.frame.point(near)) / bench.frame.scale < 0.06).all()
    assert sample(clay, bench.frame.point([(0, 0, -0.5)]))[0] > 0


def test_locks_that_wave_lie_beside_those_that_do_not(bench):
    shape = {"shape": "locks", "roots": [[0, 0.3, 1]], "tips": [[0, 1, -0.4]], "count": 1, "radius": 0.1}
    plain, waved = (sculpt([{**shape, **more}], bench)["main"] for more in ({}, {"wave": [0.4, 1.5]}))
    assert waved.high[0] - waved.low[0] > plain.high[0] - plain.low[0] + 0.3 * bench.frame.scale


def test_a_smooth_line_bows_between_its_points(bench):
    line = {"shape": "line", "points": [[-0.3, 0], [0, 0.3], [0.3, 0]], "width": 0.06, "lift": 0.1}
    place = bench.frame.point([(0.18, -0.9, 0.19), (0.18, -0.93, 0.19), (0.18, -0.96, 0.19)])
    straight, bowed = (sculpt([{**line, "smooth": s}], bench)["main"] for s in (False, True))
    assert sample(bowed, place).min() < 0 < sample(straight, place).min()


def test_the_floor_thickens_what_would_not_print(bench):
    shapes = [{"shape": "capsule", "from": [0, 0, 0], "to": [0, 0, 1], "radius": 0.001}]
    clay = sculpt(shapes, bench)["main"]
    assert sample(clay, bench.frame.point([(0.02, 0, 0.5)]))[0] < 0


@pytest.mark.parametrize(
    ("shape", "line", "says"),
    [
        ('[[shape]]\nshape = "blob"', 5, "unknown shape 'blob'"),
        ('[[shape]]\nshape = "ellipsoid"', 4, "lacks radii"),
        ('[[shape]]\nshape = "ring"\nmajor = 1\nminor = 0.1\nop = "glue"', 8, "unknown op 'glue'"),
        ('[[shape]]\nshape = "capsule"\nfrom = [0, 0]\nto = [1, 1, 1]\nradius = 0.1', 4, "wrong kind"),
        ('[[shape]]\nshape = "cap"\nthickness = 0.1\non = "moon"', 4, "wrong kind"),
        ('[[shape]]\nshape = "box"\nhalf = [1, 1, 1]\nedgee = 0.1', 7, "unknown key 'edgee' in a box"),
        ('[[shape]]\nshape = "half"\nturnn = [1, 1, 1]', 6, "unknown key 'turnn' in a half"),
    ],
)
def test_a_faulty_template_names_file_and_line(tmp_path, monkeypatch, bench, shape, line, says):
    folder = tmp_path / "templates" / "hair"
    folder.mkdir(parents=True)
    path = folder / "mine.toml"
    path.write_text('name = "mine"\nwords = ["mine"]\n\n' + shape + "\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TemplateError) as caught:
        sculpt(resources.read("hair", "mine")["shape"], bench, resources.find("hair", "mine"))
    assert says in caught.value.message
    assert f"{path}:{line}: " in caught.value.message
    assert caught.value.hint
