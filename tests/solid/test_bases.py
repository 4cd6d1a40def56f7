"""Every base template, at three sizes, with a figure on it: the gate, magnets, words below, slot, sizes."""

from __future__ import annotations

import math
import re
from pathlib import Path

import manifold3d as m3
import numpy as np
import pytest
import trimesh

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.errors import TemplateError
from fabricate.solid.assemble import STAND, Assembly, assemble, in_place
from fabricate.solid.base import build_base, plinth_for, template_of
from fabricate.solid.base_template import OVAL_MM, ROUND_MM, BaseTemplate
from fabricate.solid.boolean import to_manifold, unite
from fabricate.solid.check import inspect, inspect_closely
from fabricate.solid.footing import contact_needed, footing_for, sink_for, tip_of
from fabricate.solid.limits import PROCESSES
from fabricate.solid.plinth import Plinth, outline, rim
from fabricate.solid.scenery import scenery_of
from fabricate.solid.stand import stand_of
from fabricate.solid.topology import census
from fabricate.solid.underside import WORDS_MM, magnet_spots, underside
from tests.solid.shapes import toy

TOY = toy()
FDM = PROCESSES["fdm"]
NAMES = resources.names("bases")


def made_of(base: str, height: float = 90.0, **more: str) -> Assembly:
    return assemble(TOY, height_mm=height, base=base, name="Maya", **more)


def plinth_of(height: float = 90.0, **keys: object) -> Plinth:
    template = BaseTemplate.model_validate({"name_at": "none", **keys})
    return plinth_for(template, height)


@pytest.mark.slow
@pytest.mark.parametrize("base", NAMES)
@pytest.mark.parametrize("height", [40.0, 90.0, 200.0])
def test_every_base_at_three_sizes_passes_the_gate(base: str, height: float) -> None:
    made = made_of(base, height, number="A-0042")
    found = census(made.solid)
    assert found.sound
    assert len(found.volumes) == 1
    assert made.solid.bounds[0, 2] == pytest.approx(0, abs=1e-4)
    report = inspect_closely(made.solid, parts=made.parts).report
    assert report.printable, [c for c in report.checks if c.level == "fail"]
    assert made.shown == "MAYA"
    parts = sum(float(part.volume) for part in made.parts.values())
    assert parts == pytest.approx(float(made.solid.volume), rel=2e-3)


def test_there_are_plain_and_scenic_bases_enough_and_each_says_what_it_is() -> None:
    assert len(NAMES) >= 8
    scenic = [name for name in NAMES if template_of(name).scenery]
    assert len(scenic) >= 4
    assert all(template_of(name).label for name in NAMES)


@pytest.mark.parametrize(
    "name", sorted(p.stem for p in (resources.packaged() / "meshes/bases").glob("*.toml"))
)
def test_scenery_is_what_its_sculptor_makes_and_its_level_holds_the_feet(name: str) -> None:
    from fabricate.solid.scenes import SCENES

    scene, sculpted = scenery_of(name), SCENES[name]()
    assert scene.solid.volume() == pytest.approx(sculpted.whole.volume(), rel=1e-3)
    assert list(scene.parts) == list(sculpted.parts)
    # most of the ellipse for the feet lies at the level, or a hair below it
    turns = np.arange(96) * math.pi / 48
    reach = np.linspace(0.1, 0.8, 6)[:, None]
    spots = np.stack([reach * np.cos(turns) * scene.clear[0], reach * np.sin(turns) * scene.clear[1]], -1)
    cut = scene.solid.slice(scene.level - 0.025)
    inside = [
        not (cut ^ m3.CrossSection.square((0.002, 0.002), True).translate((x, y))).is_empty()
        for x, y in spots.reshape(-1, 2) + scene.clear_at
    ]
    assert np.mean(inside) > 0.75


@pytest.mark.parametrize("template", ["tabletop", "oval"])
def test_snapped_bases_have_standard_sizes(template: str) -> None:
    widths = ROUND_MM if template == "tabletop" else tuple(width for width, _ in OVAL_MM)
    for height in (30.0, 60.0, 120.0):
        made = made_of(template, height)
        assert made.base_mm in widths
        assert any("standard" in note for note in made.notes)
    asked = assemble(TOY, height_mm=60, base=template, base_mm=61.0)
    assert asked.base_mm == (65.0 if template == "tabletop" else 75.0)
    huge = made_of(template, 600.0)
    assert huge.base_mm > max(widths)
    assert any("no standard base is wide enough" in note for note in huge.notes)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_magnet_holes_are_wider_and_deeper_than_the_magnet(count: int) -> None:
    plinth = plinth_of(magnets=count, magnet_mm=(6.0, 3.0), hollow=True).with_reach(30.0)
    base = build_base(plinth, "", FDM)
    spots, notes = magnet_spots(plinth, plinth.height_mm)
    assert len(spots) == count
    assert not notes
    for x, y in spots:
        disc = m3.Manifold.cylinder(3.1, 3.1, 3.1, 64).translate((x, y, 0.0))
        assert (base.body ^ disc.scale((1.0, 1.0, 0.999))).volume() < 0.02
        wall = m3.Manifold.cylinder(2.0, 4.0, 4.0, 64) - m3.Manifold.cylinder(2.0, 3.12, 3.12, 64)
        wall = wall.translate((x, y, 0.6))
        assert (base.body ^ wall).volume() == pytest.approx(wall.volume(), rel=0.01)
        roof = m3.Manifold.cylinder(1.0, 3.0, 3.0, 64).translate((x, y, 3.12))
        assert (base.body ^ roof).volume() == pytest.approx(roof.volume(), rel=1e-3)


def test_magnets_without_room_are_left_out_and_that_is_said() -> None:
    flat = plinth_of(magnets=1, height_mm=3.0, foot_mm=1.0)
    assert underside(flat, FDM).notes[0].startswith("no magnet holes (6 x 3 mm)")
    narrow = plinth_of(magnets=4).with_reach(9.0)
    assert "too narrow" in underside(narrow, FDM).notes[0]


def test_words_below_are_deep_and_wide_enough_and_read_from_below() -> None:
    plinth = plinth_of().with_reach(30.0)
    body = build_base(plinth, "", FDM, number="L").body
    whole = m3.CrossSection([outline(plinth, plinth.edge_mm * 0.5)])
    sunk = whole - body.slice(WORDS_MM / 2)
    letters = sunk.decompose()
    assert len(letters) >= len("14+NOTATOYL")
    assert (whole - body.slice(WORDS_MM - 0.05)).area() == pytest.approx(sunk.area(), rel=0.02)
    assert (whole - body.slice(WORDS_MM + 0.05)).area() < 0.02 * sunk.area()
    opened = sunk.offset(-0.24, circular_segments=32).offset(0.24, circular_segments=32)
    assert opened.area() > 0.93 * sunk.area()
    # tilted back to show its underside, the front comes to the top: the last line, an L, lies lowest,
    # its foot (low, pointing right) at the largest y and x
    last = max(letters, key=lambda letter: letter.bounds()[1])
    left, low, right, high = last.bounds()
    middle = (left + right) / 2
    right_half = last ^ m3.CrossSection.square((right - middle, high - low)).translate((middle, low))
    _, foot_low, _, foot_high = right_half.bounds()
    assert foot_low > (low + high) / 2
    assert foot_high == pytest.approx(high, abs=0.01)


def test_a_hollow_base_prints_without_support_and_keeps_its_walls() -> None:
    full = build_base(plinth_of(underside=False).with_reach(30.0), "", FDM).body
    plinth = plinth_of(underside=False, hollow=True).with_reach(30.0)
    hollow = build_base(plinth, "", FDM).body
    assert 0.4 * full.volume() < hollow.volume() < 0.85 * full.volume()
    from fabricate.solid.boolean import from_manifold

    report = inspect(from_manifold(hollow))
    levels = {check.name: check.level for check in report.checks}
    assert levels["walls"] == levels["overhangs"] == "ok"
    assert report.measures["overhang_share"] < 0.001


def test_engraved_letters_are_cut_in_and_inlaid() -> None:
    plain = build_base(plinth_for(template_of("engraved"), 90.0).with_reach(25.0), "", FDM).body
    template = template_of("engraved")
    base = build_base(plinth_for(template, 90.0).with_reach(25.0), "Maya", FDM)
    lost = plain - base.body
    assert lost.volume() > 10
    pieces = base.pieces(template)
    inlay = pieces["name"][0]
    assert inlay.volume() == pytest.approx(lost.volume() * 0.6 / FDM.relief_mm, rel=0.2)
    whole = sum(solid.volume() for solid, _ in pieces.values())
    assert whole == pytest.approx(base.body.volume(), rel=1e-4)


def test_the_tip_angle_is_the_one_at_which_a_tilted_figure_falls() -> None:
    for lean in (0.0, 0.3):
        mesh = assemble(toy(lean=lean), height_mm=90, base="oval").solid
        stand = stand_of(mesh.vertices, mesh.faces)
        falls = min(_falls_at(mesh, stand.foot, turn) for turn in np.arange(0, 360, 1.0))
        assert stand.tip_deg == pytest.approx(falls, abs=0.15)


def _falls_at(mesh: trimesh.Trimesh, foot: np.ndarray, turn_deg: float) -> float:
    """The tilt towards a direction at which the centre of mass passes over the foot's last point there."""
    turn = math.radians(turn_deg)
    way = np.array([math.cos(turn), math.sin(turn)])
    centre = np.asarray(mesh.center_mass)
    pivot = float((foot @ way).max())
    low, high = 0.0, math.pi / 2
    for _ in range(40):
        tilt = (low + high) / 2
        along, up = float(centre[:2] @ way) - pivot, float(centre[2] - mesh.bounds[0, 2])
        over = along * math.cos(tilt) + up * math.sin(tilt)
        low, high = (low, tilt) if over >= 0 else (tilt, high)
    return math.degrees(low)


def test_the_base_foretells_the_tip_angle_of_the_whole() -> None:
    figure = to_manifold(TOY.solid).scale((90.0,) * 3)
    footing = footing_for(figure, 90.0, template_of("square"))
    from fabricate.solid.boolean import from_manifold
    from fabricate.solid.stand import centre_of_mass

    mesh = from_manifold(figure)
    volume, centre = centre_of_mass(np.asarray(mesh.vertices), np.asarray(mesh.faces))
    foretold = tip_of(footing.plinth, volume, centre - np.append(footing.middle, 0.0))
    made = assemble(TOY, height_mm=90, base="square").solid
    assert foretold == pytest.approx(stand_of(made.vertices, made.faces).tip_deg, abs=1.5)


def test_round_soles_sink_until_they_hold_and_that_is_said() -> None:
    ball = m3.Manifold.sphere(30.0, 96).translate((0.0, 0.0, 30.0))
    assert sink_for(ball, 60.0) == (0.6, ())
    pins = [m3.Manifold.sphere(3.0, 48).translate((x, 0.0, 3.0)) for x in (-8.0, 8.0)]
    doll = unite([*pins, m3.Manifold.cylinder(85.0, 9.0, 9.0, 48).translate((0.0, 0.0, 5.0))])
    sink, notes = sink_for(doll, 90.0)
    assert 0.6 < sink <= 0.022 * 90 + 1e-9
    assert doll.slice(sink).area() > doll.slice(0.3).area()
    assert "round" in notes[0]
    assert contact_needed(90.0) > contact_needed(50.0) >= 9.0
    lifted = Lifted(parts={"figure": _mesh(doll)})
    made = assemble(lifted, height_mm=90.0, base="round")
    assert any("its soles are round" in note for note in made.notes)
    assert len(census(made.solid).volumes) == 1


def _mesh(solid: m3.Manifold) -> trimesh.Trimesh:
    from fabricate.solid.boolean import from_manifold

    return from_manifold(solid)


@pytest.mark.parametrize(("process", "gap"), [("fdm", 0.2), ("resin", 0.15)])
def test_the_tab_goes_into_the_slot_with_the_processs_clearance(process: str, gap: float) -> None:
    made = assemble(TOY, height_mm=90, base="slot", name="Maya", process=process)
    assert made.stand_shift is not None
    stand = unite([to_manifold(part) for part in made.accessories[STAND].values()])
    figure = to_manifold(made.solid).translate(made.stand_shift)
    assert (stand ^ figure).volume() < 1e-3
    floor = stand.bounding_box()[5]
    tab = figure.slice(made.stand_shift[2] + 0.5)
    swollen = tab.offset(gap - 0.02, circular_segments=64)
    assert (stand.slice(made.stand_shift[2] + 0.5) ^ swollen).area() < 1e-3
    tight = tab.offset(gap + 0.03, circular_segments=64)
    assert (stand.slice(made.stand_shift[2] + 0.5) ^ tight).area() > 1e-3
    # its tongue lets it in one way only
    turned = tab.rotate(180.0).translate((0.0, 2 * float(np.mean(np.array(tab.bounds())[[1, 3]]))))
    assert (stand.slice(made.stand_shift[2] + 0.5) ^ turned).area() > 1.0
    parts, whole = in_place(made)
    assert {"tab", "base", "name", "shirt"} <= set(parts)
    assert float(whole.bounds[1, 2]) == pytest.approx(floor + 90.0 - 0.6, abs=0.3)
    assert inspect(made.solid, process=process).printable


def test_a_base_grown_for_its_feet_balance_or_scenery_says_so() -> None:
    for base in ("plaque", "oval", "cobblestones", "books"):
        made = assemble(TOY, height_mm=90, base=base, base_mm=12)
        assert made.base_mm > 12
        assert any("grown from 12" in note or "taken from 12" in note for note in made.notes)
        stands = next(check for check in inspect(made.solid).checks if check.name == "stands")
        assert stands.level == "ok", (base, stands)


def test_an_ovals_rim_is_walked_by_length_and_faces_outwards() -> None:
    plinth = plinth_of(shape="oval", depth_share=0.6).with_reach(40.0)
    along = np.linspace(-30, 30, 121)
    points, normals = rim(plinth, 2.0, along)
    steps = np.hypot(*np.diff(points, axis=0).T)
    np.testing.assert_allclose(steps, 0.5, rtol=2e-3)
    tangent = np.diff(points, axis=0)
    assert np.abs((tangent * (normals[1:] + normals[:-1]) / 2).sum(axis=1)).max() < 0.01
    np.testing.assert_allclose(points[60], [0.0, -22.0], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "says", "hint"),
    [
        ("magnets = 90\n", r"odd\.toml:2: magnets ", "at most 8"),
        ("height_mm = 0.1\n", r"odd\.toml:2: height_mm ", "at least 1, at most 100"),
        ('letters = "glued"\n', r"odd\.toml:2: letters ", "letters"),
        ('shape = "polygon"\nsides = 6\nsnap = true\n', r"odd\.toml:4: snap needs", "set it to false"),
        ('name_at = "panel"\n', r"odd\.toml:2: name_at is panel", "slope"),
        ('scenery = "atlantis"\n', "no scenery called 'atlantis'", "known|mean"),
    ],
)
def test_a_wrong_key_is_refused_with_file_line_and_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, says: str, hint: str
) -> None:
    folder = tmp_path / "templates" / "bases"
    folder.mkdir(parents=True)
    (folder / "odd.toml").write_text('label = "odd"\n' + text, encoding="utf-8")
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path))
    with pytest.raises(TemplateError, match=says) as caught:
        plinth_for(template_of("odd"), 90.0)
    assert re.search(hint, caught.value.hint)


def test_a_makers_own_sculpture_is_a_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bases, meshes = tmp_path / "templates" / "bases", tmp_path / "meshes" / "bases"
    bases.mkdir(parents=True)
    meshes.mkdir(parents=True)
    _mesh(m3.Manifold.cube((2.0, 1.6, 0.3), True).translate((0, 0, 0.15))).export(meshes / "slab.stl")
    about = 'licence = "mine"\nfile = "slab.stl"\nwhole = true\nlevel = 0.3\nclear = [0.8, 0.7]\n'
    (meshes / "slab.toml").write_text(about, encoding="utf-8")
    (bases / "mine.toml").write_text('name_at = "none"\nscenery = "slab"\n', encoding="utf-8")
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path))
    made = assemble(TOY, height_mm=90, base="mine")
    assert "base-slab" in made.parts
    assert len(census(made.solid).volumes) == 1
    before = resources.digest("bases")
    (meshes / "slab.toml").write_text(about.replace("0.3", "0.29"), encoding="utf-8")
    assert resources.digest("bases") != before
    (meshes / "slab.toml").write_text(about.replace("slab.stl", "../slab.stl"), encoding="utf-8")
    with pytest.raises(TemplateError, match="not beside it"):
        assemble(TOY, height_mm=90, base="mine")
