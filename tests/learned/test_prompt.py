"""What a diffusion model is told: words of the style, of the choices, of the frame."""

from __future__ import annotations

import pytest

from fabricate import resources
from fabricate.errors import TemplateError
from fabricate.kit import keys, templates
from fabricate.kit.design import Design
from fabricate.stylizers._prompt import negative, positive, references


@pytest.mark.parametrize("style", ["chibi", "action", "block", "doll"])
def test_every_style_of_ours_has_words_of_its_own(style):
    own = templates.style(style)["prompt"]
    assert own["look"]
    assert own["avoid"]
    told = positive(Design(style=style), "light grey")
    assert told.startswith(own["look"])
    assert negative(Design(style=style)).startswith(own["avoid"])


def test_choices_words_and_frame_are_told():
    design = Design(
        pose="wave",
        hair="bun",
        hair_colour="#b5482a",
        glasses="round",
        hat="cap",
        beard="full",
        props=("mug",),
        colours={"top": "#2f5d8c", "bottom": "#1e1e22"},
        freckles=True,
        outfit="apron",
    )
    told = positive(design, "mint green", "Ceramics teacher", "a  wide\nsmile")
    for word in (
        *("full body from head to shoes", "plain mint green background", "waving", "bun", "round glasses"),
        *("baseball cap", "full beard", "mug", "blue top", "black trousers", "freckles", "apron"),
        *("dressed as Ceramics teacher", "a wide smile"),
    ):
        assert word in told, word
    assert ", ," not in told
    # what the check asks for must be among the words that SDXL reads
    assert len(told.split("background")[0].split()) < 50


def test_pictures_are_counted_as_they_are_given():
    assert "Picture 2 is a stick figure" in references("x", photo=True)
    assert "Picture 1 is a stick figure" in references("x", photo=False)
    assert references("the words", photo=True).endswith("the words")


def test_a_style_of_the_makers_own_needs_no_words_and_faults_are_told_with_their_line(own_config):
    ours = resources.find("styles", "chibi").read_text(encoding="utf-8")
    folder = own_config / "templates/styles"
    folder.mkdir(parents=True)
    mine = folder / "mine.toml"
    mine.write_text(ours.partition("[prompt]")[0].replace('"chibi"', '"mine"').replace("Chibi, ", "Gnome, "))
    assert positive(Design(style="mine"), "light grey").startswith("Gnome, about three heads tall")
    assert negative(Design(style="mine")).startswith("cropped")
    mine.write_text(ours.partition("[prompt]")[0] + '[prompt]\nlook = 3\nlok = "x"\n')
    with pytest.raises(TemplateError, match=r"mine\.toml:"):
        templates.style("mine")
    said = [str(fault) for fault in keys.faults("styles", "mine")]
    assert any("prompt.look is 3" in each and "text in quotes" in each for each in said)
    assert any("'lok'" in each and "'look'" in each for each in said)
