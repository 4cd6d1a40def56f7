"""Diffusion stylizers with tiny random models of the real classes: saved, reloaded, a picture out."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from PIL import Image

from fabricate import backends
from fabricate.errors import BackendError
from fabricate.events import Progress, silent
from fabricate.learned import diffusion, flux2, qwen, sdxl
from fabricate.learned.device import release, warm
from fabricate.learned.weights import card_of
from fabricate.spec import from_mapping
from fabricate.stylizers._diffusion import DiffusionOptions, stylized
from fabricate.stylizers.flux2_klein import Flux2KleinStylizer
from fabricate.stylizers.qwen_edit import QwenEditStylizer
from fabricate.stylizers.sdxl_pose import SDXLPoseStylizer
from fabricate.testing import tiny_flux2, tiny_qwen_edit, tiny_sdxl_pose

MADE = {"sdxl-pose": tiny_sdxl_pose, "flux2-klein": tiny_flux2, "qwen-edit": tiny_qwen_edit}
CLASSES = {
    "sdxl-pose": SDXLPoseStylizer,
    "flux2-klein": Flux2KleinStylizer,
    "qwen-edit": QwenEditStylizer,
}
MODULES = {"sdxl-pose": sdxl, "flux2-klein": flux2, "qwen-edit": qwen}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return {name: make(tmp_path_factory.mktemp(name)) for name, make in MADE.items()}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Reference pictures of a megapixel say nothing more to a random model than small ones."""
    import diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus as plus

    monkeypatch.setattr(plus, "VAE_IMAGE_SIZE", 128 * 128)
    monkeypatch.setattr(plus, "CONDITION_IMAGE_SIZE", 64 * 64)
    yield
    release()


def wanted(name, model, seed=7, subject=None, **options):
    return from_mapping(
        {
            "subject": {"describe": "red curly hair", **(subject or {})},
            "stylize": {
                "backend": name,
                "seed": seed,
                "model": str(model),
                "size": 128,
                "steps": 2,
                "tries": 1,
                **options,
            },
        }
    )


def order(**more):
    black = Image.new("RGB", (64, 128))
    usual = {"seed": 7, "skeleton": black, "start": black, "steps": 2}
    return diffusion.Order("a toy", "bad", (64, 128), **{**usual, **more})


def opened(name, folder, parts=("main",)):
    card = card_of(name)
    folders = diffusion.folders_of(card, silent(), parts, own=str(folder))
    return diffusion.opened(MODULES[name], card, folders, torch.float32)


@pytest.mark.parametrize("name", MADE)
def test_a_picture_comes_out_and_the_same_seed_gives_the_same_bytes(name, tiny):
    def drawn(seed):
        return CLASSES[name]().stylize(wanted(name, tiny[name], seed), None, silent("stylize"))

    one, again = drawn(7), drawn(7)
    assert one.image.mode == "RGBA"
    assert one.image.height >= 768
    assert one.backend == name
    assert one.design is None
    assert one.image.tobytes() == again.image.tobytes()
    assert any("with seed 7" in said and "red" in said for said in one.understood)


@pytest.mark.parametrize("name", MADE)
def test_weights_are_reloaded_as_they_were_saved_and_come_of_the_seed(name, tiny, tmp_path):
    parts = ("main", "controlnet") if name == "sdxl-pose" else ("main",)
    pipeline = opened(name, tiny[name], parts)
    diffusion.settled(pipeline, torch.device("cpu"))
    first = diffusion.draw(MODULES[name], pipeline, order())
    assert first.size == (64, 128)
    assert sum(diffusion.sizes_gb(pipeline).values()) < 0.01
    again = opened(name, MADE[name](tmp_path / "again"), parts)
    assert diffusion.draw(MODULES[name], again, order()).tobytes() == first.tobytes()
    other = opened(name, MADE[name](tmp_path / "other", seed=1), parts)
    assert diffusion.draw(MODULES[name], other, order()).tobytes() != first.tobytes()


@pytest.mark.parametrize("name", ["flux2-klein", "qwen-edit"])
def test_photo_and_skeleton_both_change_the_picture(name, tiny):
    pipeline = opened(name, tiny[name])

    def drawn(**more):
        return diffusion.draw(MODULES[name], pipeline, order(**more)).tobytes()

    photo = Image.effect_noise((96, 96), 90).convert("RGB")
    alone, with_photo = drawn(), drawn(photo=photo)
    assert alone != with_photo
    assert with_photo == drawn(photo=photo)
    assert drawn(skeleton=Image.effect_noise((64, 128), 90).convert("RGB")) != alone
    assert drawn(seed=8) != alone
    assert MODULES[name].references(order(photo=photo)) == [photo, order().skeleton]


def test_face_pose_and_strength_each_steer_sdxl(tiny):
    pipeline = opened("sdxl-pose", tiny["sdxl-pose"], ("main", "controlnet", "ip-adapter"))
    assert sdxl.side(pipeline) == 256
    face = Image.effect_noise((64, 64), 90).convert("RGB")

    def drawn(**more):
        return diffusion.draw(sdxl, pipeline, order(**{"face": face, **more})).tobytes()

    usual = drawn()
    assert usual == drawn()
    assert usual != drawn(face=Image.new("RGB", (64, 64), "#c08060"))
    assert usual != drawn(likeness=0.1)
    assert usual != drawn(strength=1.0)
    assert usual != drawn(pose=0.1)
    assert usual != drawn(skeleton=Image.effect_noise((64, 128), 90).convert("RGB"))


def test_the_photo_is_used_where_there_is_one(tiny, heard):
    spec = wanted("sdxl-pose", tiny["sdxl-pose"], subject={"photo": "examples/astronaut.png"})
    from fabricate.photo import read_likeness

    likeness = read_likeness(spec.subject.photo)
    made = SDXLPoseStylizer().stylize(spec, likeness, Progress("stylize", heard))
    assert any("photo" in said for said in made.understood)
    plain = wanted("sdxl-pose", tiny["sdxl-pose"])
    without = SDXLPoseStylizer().stylize(plain, likeness, Progress("stylize", heard))
    assert made.image.tobytes() != without.image.tobytes()
    fractions = [event.fraction for event in heard.events if event.fraction is not None]
    assert max(fractions) <= 1.0


def test_one_model_stays_warm_across_figures_and_another_lets_it_go(tiny, monkeypatch):
    opened_ones = []
    whole = diffusion.opened
    monkeypatch.setattr(
        diffusion, "opened", lambda *given: opened_ones.append(given[1].name) or whole(*given)
    )
    spec = wanted("flux2-klein", tiny["flux2-klein"])
    for _ in range(2):
        Flux2KleinStylizer().stylize(spec, None, silent())
    assert opened_ones == ["flux2-klein"]
    warm("a lift's", lambda: 1)
    Flux2KleinStylizer().stylize(spec, None, silent())
    assert opened_ones == ["flux2-klein", "flux2-klein"]


def test_as_much_is_put_on_the_card_as_fits(tiny):
    sizes = {"transformer": 8.0, "text_encoder": 8.0, "vae": 0.2}
    assert diffusion.placement(sizes, None, sizes) == "whole"
    assert diffusion.placement(sizes, 24.0, sizes) == "whole"
    assert diffusion.placement(sizes, 13.0, sizes) == "models"
    assert diffusion.placement(sizes, 6.0, sizes) == "layers"
    # a ControlNet stays on the card beside the network that it steers
    sizes = {"unet": 5.0, "controlnet": 2.5, "text_encoder": 2.0}
    assert diffusion.placement(sizes, 9.0, ["unet", "text_encoder"]) == "layers"
    assert diffusion.placement(sizes, 10.6, ["unet", "text_encoder"]) == "models"
    assert diffusion.placement(sizes, 13.0, ["unet", "text_encoder"]) == "whole"
    pipeline = opened("sdxl-pose", tiny["sdxl-pose"], ("main", "controlnet"))
    assert "controlnet" in set(diffusion.sizes_gb(pipeline)) - set(pipeline.model_cpu_offload_seq.split("->"))


def test_weights_that_are_not_here_are_named_with_size_licence_and_flag(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    spec = from_mapping({"stylize": {"backend": "flux2-klein"}})
    with pytest.raises(BackendError, match=r"not on this machine .*16 GB") as caught:
        Flux2KleinStylizer().stylize(spec, None, silent())
    assert "--download" in caught.value.hint
    assert "Apache-2.0" in caught.value.hint


def test_offline_nothing_is_fetched_even_when_allowed(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    spec = from_mapping({"stylize": {"backend": "flux2-klein", "download": True}})
    with pytest.raises(BackendError, match="could not be downloaded") as caught:
        Flux2KleinStylizer().stylize(spec, None, silent())
    assert "network" in caught.value.hint
    assert not list(tmp_path.rglob("*.safetensors"))


def test_a_part_comes_from_the_folder_where_it_has_one_else_from_the_cache(tiny, monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "none"))
    card, folder = card_of("sdxl-pose"), tiny["sdxl-pose"]
    found = diffusion.folders_of(card, silent(), ("main", "controlnet"), own=str(folder))
    assert found == {"main": folder, "controlnet": folder / "controlnet"}
    shutil.copytree(folder, tmp_path / "alone", ignore=shutil.ignore_patterns("controlnet", "ip-adapter"))
    with pytest.raises(BackendError, match="xinsir"):
        diffusion.folders_of(card, silent(), ("main", "controlnet"), own=str(tmp_path / "alone"))


def test_a_folder_that_does_not_hold_the_model_is_said_in_two_lines(tiny, tmp_path):
    stylizer = Flux2KleinStylizer()
    with pytest.raises(BackendError, match="no folder"):
        stylizer.stylize(wanted("flux2-klein", tmp_path / "nowhere"), None, silent())
    with pytest.raises(BackendError, match=r"model_index\.json is missing"):
        stylizer.stylize(wanted("flux2-klein", tmp_path), None, silent())
    broken = tmp_path / "broken"
    shutil.copytree(tiny["flux2-klein"], broken)
    (broken / "transformer/diffusion_pytorch_model.safetensors").write_bytes(b"rubbish")
    with pytest.raises(BackendError, match=r"does not hold FLUX\.2 klein") as caught:
        stylizer.stylize(wanted("flux2-klein", broken), None, silent())
    assert "\n" not in caught.value.message + caught.value.hint
    assert caught.value.hint
    about = json.loads((broken / "model_index.json").read_text())
    (broken / "model_index.json").write_text(json.dumps({**about, "_class_name": "Nothing"}))
    with pytest.raises(BackendError, match="does not hold"):
        stylizer.stylize(wanted("flux2-klein", broken), None, silent())


def test_memory_that_runs_out_leaves_three_things_to_try(tiny):
    class Greedy:
        """The real pipeline, asked for more than any machine has."""

        opened, side = staticmethod(flux2.opened), staticmethod(flux2.side)

        @staticmethod
        def drawn(pipeline, order, options):
            return torch.zeros(1 << 60)

    spec = wanted("flux2-klein", tiny["flux2-klein"])
    options = DiffusionOptions.model_validate(spec.stylize.model_extra)
    with pytest.raises(BackendError, match=r"FLUX\.2 klein 4B ran out of memory") as caught:
        stylized(spec, None, silent(), name="flux2-klein", model=Greedy, options=options)
    assert caught.value.hint.count(";") == 2
    assert "stylize.size" in caught.value.hint
    assert "device = cpu" in caught.value.hint


def test_a_missing_extra_is_named_with_its_pip_line(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "diffusers", None)
    for name in ("sdxl_pose", "_diffusion"):
        monkeypatch.delitem(sys.modules, f"fabricate.stylizers.{name}")
    with pytest.raises(BackendError, match="needs diffusers") as caught:
        backends.get("stylizers", "sdxl-pose")
    assert "fabricate-figures[gpu]" in caught.value.hint


@pytest.mark.parametrize("name", MADE)
def test_card_and_class_say_the_same_licence(name):
    assert card_of(name).licence == CLASSES[name].licence
    assert card_of(name).role == "stylize"
    assert isinstance(backends.get("stylizers", name), backends.Stylizer)
