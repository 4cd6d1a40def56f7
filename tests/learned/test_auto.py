"""What ``auto`` lifts a picture with: a model whose weights are here and whole, where there is a GPU."""

from __future__ import annotations

import sys

import pytest
import torch
from PIL import Image

from fabricate.artifacts import View
from fabricate.events import Progress, silent
from fabricate.learned.weights import cached, card_of, located, ready
from fabricate.spec import from_mapping
from fabricate.stages import lift
from fabricate.testing import tiny_triposg, tiny_triposr

MADE = {"triposr": tiny_triposr, "triposg": tiny_triposg}
PICTURE = View(Image.new("RGBA", (8, 8)), "picture")
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of huggingface_hub's, which is offline, on a machine with a GPU."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    return tmp_path


def fetch(cache, name):
    """A tiny model where the published one would lie; the folder of its files."""
    repository = cache / f"models--{card_of(name).weights['main'].id.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(REVISION)
    return MADE[name](repository / "snapshots" / REVISION)


def test_the_finest_model_that_is_here_is_taken_for_a_picture_else_our_own(cache):
    assert lift.choose("auto", PICTURE) == "frontback"
    fetch(cache, "triposr")
    assert lift.choose("auto", PICTURE) == "triposr"
    fetch(cache, "triposg")
    assert lift.choose("auto", PICTURE) == "triposg"
    assert lift.choose("frontback", PICTURE) == "frontback"


def test_a_view_of_the_kits_is_lifted_as_before_edited_or_not(cache):
    fetch(cache, "triposg")
    assert lift.choose("auto", View(PICTURE.image, "kit", {"a": 1})) == "kit"
    assert lift.choose("auto", View(PICTURE.image, "kit")) == "frontback"


def test_without_a_gpu_or_without_the_extra_nothing_changes(cache, monkeypatch):
    fetch(cache, "triposg")
    with monkeypatch.context() as patched:
        patched.setattr(torch.cuda, "is_available", lambda: False)
        patched.setattr(torch.backends.mps, "is_available", lambda: False)
        assert not ready("triposg")
        assert lift.choose("auto", PICTURE) == "frontback"
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "huggingface_hub", None)
        assert not ready("triposg")
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "diffusers", None)
        patched.delitem(sys.modules, "fabricate.lifters.triposg", raising=False)
        assert lift.choose("auto", PICTURE) == "frontback"


def test_a_download_that_was_cut_off_is_not_taken_and_is_resumed_when_allowed(cache, heard):
    folder = fetch(cache, "triposr")
    (folder / "model.ckpt").unlink()
    card = card_of("triposr")
    assert not cached(card)
    assert lift.choose("auto", PICTURE) == "frontback"
    assert located(card, silent()) == folder
    located(card, Progress("lift", heard), download=True)
    assert [event.message for event in heard.events] == ["downloading stabilityai/TripoSR, 1.7 GB in all"]


def test_the_key_names_what_auto_takes_and_not_how_a_model_runs(cache):
    def key(stylize="picture", **table):
        subject = {"picture": "p.png"} if stylize == "picture" else {}
        return lift.wants(from_mapping({"subject": subject, "stylize": {"backend": stylize}, "lift": table}))

    assert " or frontback@" in key().backend
    fetch(cache, "triposr")
    assert " or triposr@" in key().backend
    assert " or frontback@" in key("kit").backend
    plain = key(backend="triposr")
    assert plain == key(backend="triposr", download=True, device="cpu")
    assert plain != key(backend="triposr", precision="float16")
    assert plain != key(backend="triposr", model="another/one")
    assert key(backend="comfyui", wait_s=5) == key(backend="comfyui")
    assert key(backend="hunyuan-server", accept_licence=True) == key(backend="hunyuan-server")
    assert "models" in plain.templates
