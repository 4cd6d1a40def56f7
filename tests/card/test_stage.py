"""The stage: from the folders of lift and prepare to the card's three files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import trimesh
from PIL import Image

from fabricate import spec as specs
from fabricate.artifacts import Lifted
from fabricate.errors import MeshError, TemplateError
from fabricate.events import silent
from fabricate.solid.colour import paint
from fabricate.solid.glb import write_lifted, write_viewer
from fabricate.stages import card

HEIGHT_MM, BASE_MM = 80.0, 4.0
RED = "#d02018"


def part(mesh: trimesh.Trimesh, colour: str, z: float, scale: float = 1.0) -> trimesh.Trimesh:
    mesh.apply_translation((0, 0, z))
    mesh.apply_scale(scale)
    return paint(mesh, colour)


def body(scale: float, lift: float = 0.0) -> dict[str, trimesh.Trimesh]:
    """A red post with a head, of height 1 times scale."""
    parts = {
        "top": part(trimesh.creation.cylinder(0.15, 0.6), RED, 0.3, scale),
        "skin": part(trimesh.creation.icosphere(3, 0.2), "#c98f66", 0.8, scale),
    }
    for mesh in parts.values():
        mesh.apply_translation((0, 0, lift))
    return parts


@pytest.fixture
def before(tmp_path: Path) -> dict[str, Path]:
    folders = {name: tmp_path / name for name in ("lift", "prepare")}
    for folder in folders.values():
        folder.mkdir()
    mug = {"mug": {"cup": part(trimesh.creation.cylinder(0.06, 0.14), "#2050c0", 0.07)}}
    write_lifted(Lifted(body(1.0), accessories=mug), folders["lift"] / "lifted.glb")
    base = part(trimesh.creation.cylinder(20.0, BASE_MM), "#303038", BASE_MM / 2)
    write_viewer({**body(HEIGHT_MM, BASE_MM), "base": base}, folders["prepare"] / "figure.glb")
    return folders


def spec(**more: object) -> specs.Spec:
    subject = {"name": "Post", "title": "Stands", "accessories": ["mug", "./odd_thing.stl"]}
    return specs.from_mapping({"subject": subject, "prepare": {"height_mm": HEIGHT_MM}} | more)


def test_files_and_size(before: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "card"
    out.mkdir()
    made = card.run(spec(), before, out, silent())
    assert dict(made.files) == {name: name for name in ("card.pdf", "card.png", "card.svg")}
    assert {path.name for path in out.iterdir()} == set(made.files)
    with Image.open(io.BytesIO((out / "card.png").read_bytes())) as image:
        pixels = np.asarray(image).astype(int)
    dark = np.abs(pixels - (0x30, 0x30, 0x38)).max(axis=-1) < 40
    base = dark[2200:2350, 300:1100].sum(axis=0)
    # the base, 40 mm wide, is the only thing in that colour at the foot of the blister
    columns = np.flatnonzero(base > 20)
    assert (columns[-1] - columns[0] + 1) / 300 * 25.4 == pytest.approx(40.0, rel=0.03)


def test_portrait_is_true_to_size(before: dict[str, Path]) -> None:
    image, height_mm = card._portrait(before["prepare"] / "figure.glb")
    assert image.mode == "RGBA"
    assert height_mm == pytest.approx(HEIGHT_MM + BASE_MM, rel=0.01)
    alpha = np.asarray(image)[..., 3]
    assert alpha[0].max() == 0
    assert alpha.max() == 255


def test_colours_survive_the_glb(before: dict[str, Path]) -> None:
    image, _ = card._portrait(before["prepare"] / "figure.glb")
    red = np.asarray(image)[round(image.height * 0.6), image.width // 2].astype(int)
    assert red[0] > 120
    assert red[0] > red[1] + 80
    assert red[0] > red[2] + 80


def test_wants_follow_words_template_and_nothing_else() -> None:
    wants = card.wants(spec())
    assert wants.templates == ("cards",)
    assert any(path.name == "classic.typ" for path in wants.files)
    assert any(path.suffix == ".ttf" for path in wants.files)
    assert card.wants(spec(stylize={"seed": 8})) == wants
    assert card.wants(spec(prepare={"height_mm": 81.0})).options != wants.options


def test_unknown_template() -> None:
    with pytest.raises(TemplateError, match="clasic"):
        card.wants(spec(card={"template": "clasic"}))


def test_damaged_figure(before: dict[str, Path], tmp_path: Path) -> None:
    (before["prepare"] / "figure.glb").write_bytes(b"glTF but not really")
    with pytest.raises(MeshError, match=r"figure\.glb"):
        card.run(spec(), before, tmp_path, silent())


def test_accessories_of_one_name_have_a_picture_each_and_unknown_ones_none() -> None:
    cup = {"cup": part(trimesh.creation.cylinder(0.06, 0.14), "#2050c0", 0.07)}
    long = {"rod": part(trimesh.creation.box((0.4, 0.05, 0.04)), "#2050c0", 0.02)}
    asked = ["mug", "coffee", "./a/mug.stl", "./b/mug.stl", "trumpet", "./odd_thing.stl", "rod"]
    wanted = spec(subject={"accessories": asked})
    found = card._accessories(wanted, {"mug": cup, "mug-2": cup, "mug-3": cup, "rod": long})
    assert [item.label for item in found] == ["mug", "mug 2", "mug 3", "rod", "trumpet", "odd thing"]
    assert [item.picture is not None for item in found] == [True] * 4 + [False] * 2
    assert found[3].height_mm == pytest.approx(0.4 * HEIGHT_MM, rel=0.12)
