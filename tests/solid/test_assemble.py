"""Scale, base, letters, welding: the figure that comes out is what was asked, and one solid."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fabricate import resources
from fabricate.artifacts import Lifted
from fabricate.errors import MeshError, TemplateError
from fabricate.solid.assemble import assemble
from fabricate.solid.base import build_base, plinth_for, template_of
from fabricate.solid.boolean import from_manifold, to_manifold
from fabricate.solid.check import inspect
from fabricate.solid.limits import PROCESSES, profile_of
from fabricate.solid.scale import fit_height, height_of
from fabricate.solid.topology import census
from tests.solid.shapes import box, toy

TOY = toy()
LONG = "Maximiliane Alexandra Josephine von und zu Hohenlohe " * 4
BASES = ["round", "square", "hex"]


def sound(mesh: trimesh.Trimesh) -> bool:
    found = census(mesh)
    return found.sound and float(found.volumes.sum()) > 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    height=st.floats(40, 300),
    base=st.sampled_from([*BASES, "none"]),
    name=st.sampled_from(["", "Maya", "Jo Ann"]),
)
def test_any_height_on_any_base_gives_closed_parts_and_one_body(height: float, base: str, name: str) -> None:
    made = assemble(TOY, height_mm=height, base=base, name=name)
    assert made.figure_mm == pytest.approx(height, abs=1e-3)
    assert all(sound(part) for part in made.parts.values())
    found = census(made.solid)
    assert found.sound
    assert len(found.volumes) == 1
    assert made.solid.is_watertight
    assert made.solid.bounds[0, 2] == pytest.approx(0, abs=1e-5)
    figure = [part for key, part in made.parts.items() if key not in ("base", "name")]
    top = max(part.bounds[1, 2] for part in figure)
    low = min(part.bounds[0, 2] for part in figure)
    assert top - low == pytest.approx(height, abs=1e-3)
    # parts abut: their volumes add up to the whole
    total = sum(float(part.volume) for part in made.parts.values())
    assert total == pytest.approx(float(made.solid.volume), rel=2e-4)


@given(x=st.floats(0.01, 100), y=st.floats(0.01, 100), z=st.floats(0.01, 100), height=st.floats(20, 1000))
def test_asked_height_is_measured_height_and_no_side_passes_a_metre(
    x: float, y: float, z: float, height: float
) -> None:
    mesh = box(x, y, z, (3.0, -2.0, 7.0))
    scaled = fit_height(mesh, height)
    made = scaled.apply(mesh)
    sides = made.extents
    if scaled.note:
        assert max(sides) == pytest.approx(height)
        assert max(x, y, z) * height > 1000 * z * 0.999
    else:
        assert height_of(made) == pytest.approx(height)
        assert max(sides) <= 1000.001
    assert made.bounds[0, 2] == pytest.approx(0, abs=1e-6 * height)
    np.testing.assert_allclose(made.bounds.mean(axis=0)[:2], 0, atol=1e-6 * max(sides))


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", ["Maya", LONG[:200], "x" * 200, "Jürgen Groß", "A", "i"])
def test_every_name_gives_a_base_that_passes_the_gate(base: str, name: str) -> None:
    made = assemble(TOY, height_mm=90, base=base, name=name)
    assert made.shown
    assert made.shown.upper()[:3] == name.strip().upper()[: len(made.shown)][:3]
    assert sound(made.parts["name"])
    report = inspect(made.solid)
    assert report.printable, [c for c in report.checks if c.level == "fail"]
    if len(name) > 50:
        assert any("the name is long" in note for note in made.notes)


@pytest.mark.parametrize(
    ("name", "script"),
    [("花子", "Japanese"), ("مايا", "Arabic"), ("Maya 😀", "emoji"), ("ᚠᚢᚦ", "Runic"), ("🦄🦄", "emoji")],
)
def test_a_script_without_a_font_is_named_and_the_base_is_made_all_the_same(name: str, script: str) -> None:
    made = assemble(TOY, height_mm=90, base="round", name=name)
    assert sound(made.solid)
    assert "base" in made.parts
    lost = [note for note in made.notes if "no font here" in note]
    # with a font for the script on this machine every letter is drawn, else the script is named
    assert (made.shown == name.upper()) != bool(lost)
    if lost:
        assert script in lost[0]
        assert "name" in made.parts or not made.shown


def test_a_tiny_base_drops_accents_before_letters() -> None:
    made = assemble(TOY, height_mm=40, base="round", name="Zoë")
    assert made.shown in ("ZOË", "ZOE")
    assert sound(made.solid)


def test_letters_are_wide_and_high_enough_for_a_nozzle() -> None:
    limits = PROCESSES["fdm"]
    from fabricate.solid.lettering import fit_words

    for name in ("Maya", "Wilhelmine Æøå", "&%$ Mixed", "iiii"):
        words = fit_words(name, width_mm=60, height_mm=4, room_mm=6, line_mm=limits.line_mm)
        assert words.outline is not None
        r = limits.line_mm / 2 * 0.98
        opened = words.outline.offset(-r, circular_segments=32).offset(r, circular_segments=32)
        # all but sharp corners, which a round brush cannot reach, is at least one line wide
        assert opened.area() > 0.93 * words.outline.area()
        assert opened.num_contour() == words.outline.num_contour()
    base = build_base(plinth_for(template_of("round"), 90.0), "Maya", limits)
    assert base.letters is not None
    raised = base.letters - base.body
    assert raised.volume() > 0.5 * limits.relief_mm * 20


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("height", [40.0, 90.0, 300.0])
def test_a_base_is_one_sound_solid_wider_than_what_stands_on_it(base: str, height: float) -> None:
    plinth = plinth_for(template_of(base), height)
    built = build_base(plinth, "Maya", PROCESSES["fdm"])
    mesh = from_manifold(built.body)
    assert sound(mesh)
    assert len(census(mesh).volumes) == 1
    assert mesh.bounds[0, 2] == pytest.approx(0, abs=1e-6)
    assert mesh.bounds[1, 2] == pytest.approx(plinth.height_mm, abs=1e-4)
    assert -mesh.bounds[0, 1] == pytest.approx(plinth.reach_mm, rel=1e-3)
    assert built.letters is not None
    # the name is on the front
    assert built.letters.bounding_box()[4] < 0


def test_a_leaning_figure_gets_a_wider_base_and_that_is_said() -> None:
    straight = assemble(TOY, height_mm=90, base="round")
    leaning = assemble(toy(lean=0.45), height_mm=90, base="round")
    assert leaning.base_mm > straight.base_mm
    small = assemble(TOY, height_mm=90, base="square", base_mm=10)
    assert small.base_mm > 10
    assert any("grown" in note for note in small.notes)
    for made in (straight, leaning, small):
        stands = next(c for c in inspect(made.solid).checks if c.name == "stands")
        assert stands.level == "ok", stands
    asked = assemble(TOY, height_mm=90, base="hex", base_mm=80)
    assert asked.base_mm == 80
    assert not any("grown" in note for note in asked.notes)


def test_a_figure_that_hardly_touches_its_base_gets_a_peg() -> None:
    ball = trimesh.creation.icosphere(subdivisions=4)
    spike = trimesh.creation.cone(radius=0.5, height=1.0, sections=64)
    spike.apply_transform(trimesh.transformations.rotation_matrix(np.pi, (1, 0, 0)))
    for mesh in (ball, spike):
        made = assemble(Lifted(parts={"figure": mesh}), height_mm=50, base="round")
        assert sound(made.solid)
        assert len(census(made.solid).volumes) == 1
    assert any("peg" in note for note in made.notes)


def test_a_flat_thing_is_scaled_by_its_longest_side() -> None:
    made = assemble(Lifted(parts={"sheet": box(3, 0.2, 0.01)}), height_mm=60, base="none")
    assert max(made.solid.extents) == pytest.approx(60, abs=1e-3)
    assert any("longest side" in note for note in made.notes)


def test_an_open_figure_is_refused_and_small_faults_are_mended() -> None:
    torn = trimesh.creation.icosphere(subdivisions=3)
    holed = trimesh.Trimesh(torn.vertices, torn.faces[200:], process=False)
    with pytest.raises(MeshError, match="not a closed solid") as caught:
        assemble(Lifted(parts={"figure": holed}), height_mm=50)
    assert caught.value.hint
    turned = box(1, 1, 2)
    turned.invert()
    made = assemble(Lifted(parts={"figure": turned}), height_mm=50, base="none")
    assert sound(made.solid)
    assert any("inside out" in note for note in made.notes)
    soup = trimesh.Trimesh(box(1, 1, 2).triangles.reshape(-1, 3), np.arange(36).reshape(-1, 3), process=False)
    assert sound(assemble(Lifted(parts={"figure": soup}), height_mm=50, base="none").solid)
    with pytest.raises(MeshError):
        assemble(Lifted(parts={}), height_mm=50)


def test_accessories_keep_the_figures_scale() -> None:
    made = assemble(TOY, height_mm=90)
    ratio = made.accessories["mug"]["cup"].extents[2] / TOY.accessories["mug"]["cup"].extents[2]
    assert ratio == pytest.approx(90 / height_of(TOY.solid), rel=1e-4)


@pytest.mark.parametrize("name", resources.names("bases"))
def test_every_base_template_reads(name: str) -> None:
    assert template_of(name).label


@pytest.mark.parametrize("name", resources.names("printers"))
def test_every_printer_reads(name: str) -> None:
    profile = profile_of(name)
    assert profile.label
    assert min(profile.bed_mm) > 50


def test_a_wrong_template_names_its_file_and_line(
    tmp_path: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "templates" / "bases"
    folder.mkdir(parents=True)
    (folder / "odd.toml").write_text('label = "odd"\nslope_degrees = 3\n', encoding="utf-8")
    (folder / "flat.toml").write_text("height_mm = 2.0\nfoot_mm = 2.0\n", encoding="utf-8")
    monkeypatch.setenv("FABRICATE_CONFIG", str(tmp_path))
    with pytest.raises(TemplateError, match=r"odd\.toml:2: slope_degrees is not a known key"):
        template_of("odd")
    with pytest.raises(TemplateError, match="leaves no slope"):
        template_of("flat")
    with pytest.raises(TemplateError, match="no base called"):
        template_of("rond")


def test_union_and_difference_refuse_what_is_no_solid() -> None:
    from fabricate.solid.boolean import difference, union

    a, b = box(10, 10, 10), box(10, 10, 10, (5, 0, 0))
    assert float(union([a, b]).volume) == pytest.approx(1500)
    assert float(difference(a, b).volume) == pytest.approx(500)
    holed = trimesh.Trimesh(a.vertices, a.faces[1:], process=False)
    with pytest.raises(MeshError, match="open"):
        union([holed, b])
    with pytest.raises(MeshError, match="no volume"):
        difference(a, box(20, 20, 20, (0, 0, -5)))
    assert to_manifold(a).volume() == pytest.approx(1000)
