"""The flags of models, the table of backends, and the whole line with tiny models on the processor."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from fabricate.cli import run
from fabricate.cli.flags import MODEL_FLAGS, modelled
from fabricate.errors import SpecError
from fabricate.learned.weights import card_of
from fabricate.spec import from_mapping
from fabricate.testing import tiny_sdxl_pose, tiny_triposr


@pytest.mark.slow
def test_photo_to_printed_files_with_tiny_models(tmp_path, capsys):
    """The real classes end to end: exit 0, or 3 where the gate refuses what noise was lifted to."""
    drawn, lifted = tiny_sdxl_pose(tmp_path / "sdxl"), tiny_triposr(tmp_path / "triposr")
    status = run(
        [
            *("make", "examples/astronaut.toml", "-o", str(tmp_path / "out"), "--json"),
            *("--stylize", "sdxl-pose", "--lift", "triposr", "--set", f"stylize.model={drawn}"),
            *("--set", f"lift.model={lifted}"),
        ]
    )
    told = json.loads(capsys.readouterr().out)
    assert status in (0, 3), told
    assert (status == 0) == told["printable"]
    assert {"figure.stl", "figure.3mf", "card.pdf", "report.json"} <= told["files"].keys()
    assert told["summary"]["stylize"]["backend"] == "sdxl-pose"
    assert told["summary"]["lift"]["backend"] == "triposr"
    with Image.open(tmp_path / "out/work/stylize/view.png") as view:
        assert view.mode == "RGBA"
        assert view.height >= 768


def spec(stylize="kit", lift="auto"):
    return from_mapping({"stylize": {"backend": stylize}, "lift": {"backend": lift}})


def test_a_flag_goes_to_the_backend_that_takes_it(tmp_path):
    made = modelled(
        spec("sdxl-pose", "kit"),
        {"flag_model": str(tmp_path), "flag_seeds": 4, "flag_tries": 2, "flag_download": True},
    )
    assert made.stylize.model_extra == {"model": str(tmp_path), "seeds": 4, "tries": 2, "download": True}
    assert made.lift.model_extra == {}
    made = modelled(spec("kit", "triposr"), {"flag_model": "name/model", "flag_download": None})
    assert made.lift.model_extra == {"model": "name/model"}
    both = modelled(spec("flux2-klein", "triposr"), {"flag_download": True})
    assert both.stylize.model_extra == both.lift.model_extra == {"download": True}
    made = modelled(spec("kit", "hunyuan-server"), {"flag_accept_licence": True})
    assert made.lift.model_extra == {"accept_licence": True}


def test_a_flag_that_nothing_takes_or_two_would_is_refused():
    with pytest.raises(SpecError, match="--seeds is nothing that kit nor auto knows") as caught:
        modelled(spec(), {"flag_seeds": 4})
    assert "fabricate backends" in caught.value.hint
    with pytest.raises(SpecError, match="both stylize and lift") as caught:
        modelled(spec("sdxl-pose", "triposr"), {"flag_model": "x"})
    assert "--set stylize.model=PATH --set lift.model=PATH" in caught.value.hint


def test_strict_of_make_is_for_the_gate_and_for_a_stylizer_that_knows_it():
    assert modelled(spec(), {}, strict=True) == spec()
    assert modelled(spec("sdxl-pose"), {}, strict=True).stylize.model_extra == {"strict": True}


def test_model_flags_have_names_of_their_own():
    assert len({flag.parameter for flag in MODEL_FLAGS}) == len(MODEL_FLAGS)
    assert {flag.name for flag in MODEL_FLAGS} == {
        *("--model", "--download", "--accept-licence", "--seeds", "--tries", "--strict")
    }


def test_backends_says_what_each_model_needs_and_whether_figures_may_be_sold(capsys):
    assert run(["backends", "--json"]) == 0
    rows = {(row["role"], row["name"]): row for row in json.loads(capsys.readouterr().out)["backends"]}
    for name in ("flux2-klein", "sdxl-pose", "qwen-edit"):
        row, card = rows["stylizers", name], card_of(name)
        assert (row["vram_gb"], row["download_gb"]) == (card.vram_gb, card.download_gb)
        assert (row["licence"], row["commercial"]) == (card.licence, True)
        assert row["ok"]
    assert rows["stylizers", "kit"]["vram_gb"] is None
    assert run(["backends"]) == 0
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if line.startswith("stylizers") and "flux2-klein" in line]
    assert line.split() == ["stylizers", "flux2-klein", "yes", "13", "GB", "16", "GB", "yes", "Apache-2.0"]
    assert "non-commercial" in shown
