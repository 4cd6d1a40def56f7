"""Outfits, poses and styles of a maker's own: every fault is told with file, line and the nearest name."""

import re

import pytest

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.kit import templates
from fabricate.kit.outfit import GARMENTS, dress
from fabricate.kit.skeleton import pose_skeleton


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Writes a template of the maker's own and goes where it is found."""
    monkeypatch.chdir(tmp_path)

    def write(kind, text):
        path = tmp_path / "templates" / kind / "mine.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture(scope="module")
def standing():
    return pose_skeleton(templates.style("chibi")["size"], templates.pose("stand"))


@pytest.mark.parametrize("kind", ["styles", "poses", "outfits"])
def test_every_template_is_without_fault(kind, standing):
    for name in resources.names(kind):
        assert resources.read(kind, name)["name"] == name
        if kind == "outfits":
            assert {"top", "bottom", "shoes"} <= dress(standing, name, 0.004, 0.009).parts.keys() | {"bottom"}
        else:
            assert {"styles": templates.style, "poses": templates.pose}[kind](name)


def test_what_is_left_out_is_filled_in(own, standing):
    own("poses", 'name = "mine"\n[left_arm]\nbend = 40\n')
    assert templates.pose("mine")["left_arm"]["bend"] == 40
    assert templates.pose("mine")["left_arm"]["hand"] == "mitten"
    own("outfits", 'name = "mine"\n' + "".join(f'[[garment]]\nkind = "{kind}"\n' for kind in GARMENTS))
    assert {"top", "bottom", "shoes", "soles"} <= dress(standing, "mine", 0.004, 0.009).parts.keys()


def test_every_key_of_a_garment_may_be_given(own, standing):
    """Each set to something else than usual, all at once."""
    other = {str: "belt", bool: True, int: 5, float: 0.05}
    for kind, (_, keys) in GARMENTS.items():
        lines = []
        for key, usual in keys.items():
            value = usual[-1] if isinstance(usual, tuple) else other[type(usual)]
            value = "M0 0L2 0L1 2Z" if key == "logo" else value
            lines.append(
                f"{key} = {str(value).lower()}" if not isinstance(value, str) else f'{key} = "{value}"'
            )
        own("outfits", 'name = "mine"\n[[garment]]\n' + f'kind = "{kind}"\n' + "\n".join(lines) + "\n")
        assert dress(standing, "mine", 0.004, 0.009).parts


FAULTS = [
    ("outfits", '[[garment]]\nkind = "topp"', 3, "unknown garment 'topp'", "'top'"),
    ("outfits", "[[garment]]\nsleeve = 0.4", 2, "unknown garment ''", "top"),
    (
        "outfits",
        '[[garment]]\nkind = "top"\n\n[[garment]]\nkind = "skirt"\nflair = 0.1',
        7,
        "'flair'",
        "'flare'",
    ),
    ("outfits", '[[garment]]\nkind = "top"\nsleeve = "long"', 4, "garment.sleeve is 'long'", "number"),
    ("outfits", '[[garment]]\nkind = "top"\ntuck = 1', 4, "garment.tuck is 1", "true or false"),
    ("outfits", '[[garment]]\nkind = "top"\nbuttons = 2.5', 4, "garment.buttons is 2.5", "whole number"),
    ("outfits", '[[garment]]\nkind = "top"\ncuff = true', 4, "garment.cuff is True", "text"),
    ("outfits", '[[garment]]\nkind = "top"\ncollar = "hod"', 4, "garment.collar is 'hod'", "'hood'"),
    ("outfits", '[garment]\nkind = "top"', 2, "garment is not a list", "[[garment]]"),
    ("poses", "[left_arm]\nbent = 3", 3, "unknown key 'bent'", "'bend'"),
    ("poses", "[left_am]\nbend = 3", 2, "unknown table [left_am]", "'left_arm'"),
    ("poses", '[left_arm]\nbend = "much"', 3, "left_arm.bend is 'much'", "number"),
    ("poses", '[hold]\nhand = "claw"', 3, "hold.hand is 'claw'", "'grip'"),
    ("poses", "head = 3", 2, "head is not a table", "[head]"),
]


@pytest.mark.parametrize(("kind", "text", "line", "says", "hint"), FAULTS)
def test_a_fault_is_told_with_its_line_and_the_nearest_name(own, standing, kind, text, line, says, hint):
    path = own(kind, f'name = "mine"\n{text}\n')
    with pytest.raises(TemplateError) as caught:
        dress(standing, "mine", 0.004, 0.009) if kind == "outfits" else templates.pose("mine")
    assert caught.value.message.startswith(f"{path}:{line}: ")
    assert says in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("colour", ['"red"', '"#12345"', "3"])
def test_a_colour_that_is_none_is_told_with_its_line(own, colour):
    path = own("outfits", f'name = "mine"\n\n[colours]\ntop = "#ffffff"\ntrim = {colour}\n')
    with pytest.raises(TemplateError) as caught:
        templates.colours("outfits", "mine")
    assert caught.value.message.startswith(f"{path}:5: colours.trim is ")
    assert "#" in caught.value.hint


@pytest.mark.parametrize("table", ["size", "head", "eyes"])
def test_a_style_that_lacks_a_number_or_a_table_says_which(own, table):
    ours = resources.find("styles", "chibi").read_text(encoding="utf-8")
    number = next(key for key, usual in templates.STYLE[table].items() if usual is float)
    section = re.search(rf"^\[{table}\]\n(.*?)(?=^\[|\Z)", ours, re.M | re.S)
    lines = section[1].splitlines(keepends=True)
    short = "".join(text for text in lines if not re.match(rf"{number}\b", text))
    path = own("styles", ours.replace(section[1], short))
    with pytest.raises(TemplateError) as caught:
        templates.style("mine")
    assert caught.value.message.endswith(f"[{table}] lacks {number}")
    assert caught.value.file == path
    assert ours.splitlines()[caught.value.line - 1] == f"[{table}]"
    own("styles", ours.replace(section[0], ""))
    with pytest.raises(TemplateError) as caught:
        templates.style("mine")
    assert f"[{table}] lacks {number}, " in caught.value.message
