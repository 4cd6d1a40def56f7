"""Accessories: found by words, held by their grip, closed in every part; and those from mesh files."""

from functools import cache

import numpy as np
import pytest
import trimesh
from PIL import Image
from scipy.spatial import ConvexHull

from fabricate import resources
from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.errors import BackendError, MeshError, SpecError, TemplateError
from fabricate.events import silent
from fabricate.kit import face, prop_files, props, templates
from fabricate.kit.choose import choose
from fabricate.kit.design import Design
from fabricate.kit.frames import rotation
from fabricate.kit.isosurface import isosurface
from fabricate.kit.lying import lying
from fabricate.kit.sdf import sample
from fabricate.kit.skeleton import pose_skeleton
from fabricate.kit.solid import labelled, sculpture
from fabricate.lifters.kit import KitLifter
from fabricate.solid.boolean import from_manifold, to_manifold, unite
from fabricate.solid.colour import PLAIN, colour_of, paint
from fabricate.solid.threemf import Thing, write_3mf
from fabricate.spec import from_mapping

NAMES = resources.names("accessories")
UNIT = resources.read("styles", "chibi")["size"]["hand"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *((word, "mug") for word in ("mug", " Mug ", "coffee", "TEA")),
        *(("puppy", "dog"), ("soccer", "football"), ("spanner", "wrench"), ("gamepad", "game-controller")),
        *(("paint brush", "palette"), ("Chef's knife", "chef-knife"), ("rucksack", "backpack")),
    ],
)
def test_words_find_an_accessory(word, name):
    assert props.resolve(word) == name


def test_every_word_of_a_template_finds_one_and_its_name_itself():
    for name in NAMES:
        assert props.resolve(name) == name
        assert {props.resolve(word) for word in resources.read("accessories", name)["words"]} <= set(NAMES)


def test_an_unknown_word_names_the_nearest():
    with pytest.raises(SpecError) as caught:
        props.resolve("camrea")
    assert "'camrea'" in caught.value.message
    assert "'camera'" in caught.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_every_template_says_its_licence_words_and_grip_and_has_closed_parts(name):
    template = resources.read("accessories", name)
    assert template["name"] == name
    assert template["licence"]
    assert template["words"]
    assert len(template["grip"]) == 3
    parts = props.alone(name, 1.0, 0.1)
    assert set(parts) == set(template["colours"])
    for part, clay in parts.items():
        vertices, faces = isosurface(clay, 0.06)
        mesh = trimesh.Trimesh(vertices, faces, process=False)
        assert mesh.is_watertight, part
        assert mesh.volume > 0, part


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("pose", resources.names("poses"))
def test_a_held_accessory_meets_the_right_hand(name, pose):
    s = pose_skeleton(templates.style("chibi")["size"], templates.pose(pose), holding=True)
    parts = props.in_hand(name, s, 0.006)
    assert all(part.startswith("prop/") for part in parts)
    hand = s.arms[0].end.origin
    nearest = min(float(sample(clay, [hand])[0]) for clay in parts.values())
    assert nearest < UNIT * 0.9
    assert s.arms[0].shape == "grip"


@cache
def standing(name):
    """An accessory by itself: the union of its parts, in hand units."""
    parts = props.alone(name, UNIT, 0.008).values()
    solids = [to_manifold(trimesh.Trimesh(*isosurface(clay, 0.0045), process=False), name) for clay in parts]
    return unite(solids).scale((1 / UNIT,) * 3)


def sides(name):
    low, high = np.array(standing(name).bounding_box()).reshape(2, 3)
    return high - low


def test_there_are_as_many_as_promised_and_no_two_share_a_word():
    assert len(NAMES) >= 24
    words = [w.casefold() for name in NAMES for w in resources.read("accessories", name)["words"]]
    assert len(words) == len(set(words))


@pytest.mark.parametrize("name", NAMES)
def test_an_accessory_is_one_body_of_a_toys_size_that_stands_by_itself(name):
    solid = standing(name)
    assert [piece.volume() > 1e-3 for piece in solid.decompose()].count(True) == 1
    assert 2.0 < max(sides(name)) < 6.5
    mesh = from_manifold(solid)
    foot = mesh.vertices[mesh.vertices[:, 2] < mesh.bounds[0, 2] + 0.06][:, :2]
    edges = ConvexHull(foot).equations
    inside = -(edges[:, :2] @ mesh.center_mass[:2] + edges[:, 2]).max()
    # Tilted by 5 degrees it falls back on its foot.
    assert inside > (mesh.center_mass[2] - mesh.bounds[0, 2]) * np.tan(np.radians(5))


@pytest.mark.parametrize("pose", resources.names("poses"))
def test_no_held_accessory_runs_through_the_head_or_the_floor(pose):
    style = templates.style("chibi")
    s = pose_skeleton(style["size"], templates.pose(pose), holding=True)
    skull = face.skull(s.head, style["head"])
    for name in NAMES:
        template = resources.read("accessories", name)
        points = from_manifold(standing(name)).vertices - template["grip"]
        points = s.arms[0].end.origin + UNIT * points @ rotation("z", template["yaw"]).T
        assert sample(skull, points).min() > 0, name
        assert points[:, 2].min() > 0, name


def accessory(folder, text, name="mine"):
    path = folder / "meshes" / "accessories" / f"{name}.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('name = "mine"\ngrip = [0, 0, 0]\n', "no [[shape]]"),
        ('name = "mine"\ngrip = 3\n[[shape]]\nshape = "box"\nhalf = [1, 1, 1]\n', "2: grip is 3"),
        ('name = "mine"\n[[shape]]\nshape = "bocks"\n', "3: unknown shape 'bocks'"),
    ],
)
def test_a_faulty_template_is_named_with_its_file(tmp_path, monkeypatch, text, says):
    path = accessory(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    s = pose_skeleton(templates.style("chibi")["size"], templates.pose("stand"), holding=True)
    with pytest.raises(TemplateError) as caught:
        props.in_hand(props.resolve("mine"), s, 0.006)
    assert says in caught.value.message
    assert caught.value.message.startswith(f"{path}:")
    assert caught.value.hint


@pytest.fixture
def trophy(tmp_path):
    """A red cup 40 mm tall, as PLY: it keeps colours."""
    mesh = trimesh.creation.cone(12.0, 40.0)
    mesh.visual.vertex_colors = [200, 30, 40, 255]
    mesh.export(tmp_path / "trophy.ply")
    return tmp_path / "trophy.ply"


def test_a_path_is_an_accessory_and_becomes_absolute(trophy, monkeypatch):
    monkeypatch.chdir(trophy.parent)
    name = props.resolve("./trophy.ply")
    assert name == str(trophy)
    (said,) = props.remarks(name)
    assert "trophy.ply" in said
    assert "by itself" in said
    assert props.remarks("mug") == ()


@pytest.mark.parametrize("suffix", [".stl", ".obj", ".ply", ".glb", ".off"])
def test_a_mesh_of_any_format_and_size_comes_to_a_toys_size(tmp_path, suffix):
    path = tmp_path / f"thing{suffix}"
    trimesh.creation.box((3.0, 700.0, 20.0)).export(path)
    own = prop_files.read(path)
    low, high = np.array(own.sized(UNIT).bounding_box()).reshape(2, 3)
    assert (high - low).max() == pytest.approx(prop_files.LONGEST * UNIT, rel=1e-5)
    assert own.colour == PLAIN
    assert 0.75 < prop_files.LONGEST / np.median([max(sides(name)) for name in NAMES]) < 1.25


def test_a_3mf_is_read_too(tmp_path):
    cup = paint(trimesh.creation.icosphere(2, 8.0), "#3050a0")
    write_3mf([Thing("cup", {"cup": cup})], tmp_path / "cup.3mf")
    own = prop_files.read(tmp_path / "cup.3mf")
    assert own.solid.volume() == pytest.approx(cup.volume, rel=0.01)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("absent.stl", None),
        ("text.stl", b"not a mesh"),
        ("cut.glb", b"glTF\2"),
        ("thing.step", b"ISO-10303-21;"),
    ],
)
def test_a_missing_or_unreadable_file_is_a_two_line_error(tmp_path, name, data):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(MeshError) as caught:
        props.resolve(str(tmp_path / name))
    assert name in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_an_open_mesh_is_refused(tmp_path):
    mesh = trimesh.creation.box((5, 8, 20))
    mesh.faces = mesh.faces[3:]
    mesh.export(tmp_path / "open.stl")
    with pytest.raises(MeshError, match="open edges"):
        props.resolve(str(tmp_path / "open.stl"))


def test_accessories_of_one_name_are_told_apart():
    names = ("mug", "/a/mug.stl", "/b/mug.stl", "ball")
    assert labelled(names) == {"mug": names[0], "mug-2": names[1], "mug-3": names[2], "ball": "ball"}


def test_a_file_stands_by_itself_and_the_next_accessory_is_held(trophy):
    spec = from_mapping(
        {"subject": {"accessories": [str(trophy), "mug"]}, "stylize": {"outfit": "tee-jeans"}}
    )
    design, said = choose(spec, None)
    assert design.held == "mug"
    assert sum("trophy.ply" in sentence for sentence in said) == 1
    parts, _, accessories = sculpture(design, 50.0, "fdm")
    assert {name for name in parts if name.startswith("prop/")} == {"prop/cup", "prop/band", "prop/coffee"}
    assert set(accessories) == {"trophy", "mug"}
    body = accessories["trophy"]["body"]
    assert body.is_watertight
    assert body.volume > 0
    assert colour_of(body) == "#c81e28"
    assert body.bounds[0][2] == pytest.approx(0, abs=1e-6)
    assert np.allclose(body.bounds[:, :2].sum(axis=0), 0, atol=1e-6)
    tall = {
        name: max(np.ptp(part.bounds, axis=0).max() for part in own.values())
        for name, own in accessories.items()
    }
    assert 0.6 < tall["trophy"] / tall["mug"] < 1.6


def test_a_view_whose_file_has_gone_or_whose_design_is_foreign_says_what_to_do(tmp_path):
    image = Image.new("RGBA", (8, 8))
    gone = Design(props=(str(tmp_path / "trophy.stl"),)).to_json()
    for design, error in ((gone, MeshError), ({"wings": 2}, BackendError), (None, BackendError)):
        with pytest.raises(error) as caught:
            KitLifter().lift(
                View(image, "kit", design),
                Job(KitLifter.Options(), 50.0),
                silent("lift"),
            )
        assert caught.value.hint


@pytest.mark.parametrize("name", ["mug", "plant", "dog", "laptop", "backpack"])
def test_what_stands_well_is_left_standing(name):
    assert props.stands(name) or np.array_equal(lying(from_manifold(standing(name))), np.eye(3))


@pytest.mark.parametrize("name", ["book", "guitar", "wrench", "chef-knife", "palette", "sword"])
def test_what_is_long_or_flat_is_laid_down_on_what_holds_it(name):
    mesh = from_manifold(standing(name))
    turn = lying(mesh)
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    laid = mesh.vertices @ turn.T
    assert np.ptp(laid[:, 2]) < 0.6 * np.ptp(mesh.vertices[:, 2])
    foot = laid[laid[:, 2] < laid[:, 2].min() + 0.1][:, :2]
    edges = ConvexHull(foot).equations
    assert (edges[:, :2] @ (turn @ mesh.center_mass)[:2] + edges[:, 2]).max() < 0
