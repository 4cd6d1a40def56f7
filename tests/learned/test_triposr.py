"""TripoSR with the real classes: published names and shapes, strict loading, a mesh out of a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import ViTConfig, ViTModel

from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.errors import BackendError
from fabricate.events import silent
from fabricate.learned.device import release
from fabricate.learned.triposr import Settings, TripoSR, _positions, renamed, settings_of
from fabricate.lifters.triposr import TripoSRLifter, framed, loaded
from fabricate.testing import tiny_triposr
from tests.learned.figures import check_solid, picture

MANIFEST = Path(__file__).with_name("triposr.manifest")
PUBLISHED = {
    "cond_image_size": 512,
    "tokenizer": {"plane_size": 32, "num_channels": 1024},
    "backbone": {"in_channels": 1024, "num_attention_heads": 16, "attention_head_dim": 64, "num_layers": 16},
    "post_processor": {"in_channels": 1024, "out_channels": 40},
    "decoder": {"in_channels": 120, "n_neurons": 64, "n_hidden_layers": 9, "activation": "silu"},
    "renderer": {
        "radius": 0.87,
        "feature_reduction": "concat",
        "density_activation": "exp",
        "density_bias": -1.0,
    },
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_triposr(tmp_path_factory.mktemp("tiny"))


def lift(folder, image=None, **options):
    return (
        TripoSRLifter()
        .lift(
            View(image or picture(), "picture"),
            Job(TripoSRLifter.Options(model=str(folder), resolution=64, **options), 90.0),
            silent("lift"),
        )
        .parts["figure"]
    )


def test_names_shapes_and_counts_are_the_published_ones():
    with torch.device("meta"):
        state = TripoSR(settings_of(PUBLISHED)).state_dict()
    assert settings_of(PUBLISHED) == Settings()
    rows = [f"{name} {' '.join(map(str, tensor.shape))}" for name, tensor in sorted(state.items())]
    assert rows == MANIFEST.read_text().splitlines()
    assert len(state) == 549
    assert round(sum(tensor.numel() for tensor in state.values()) / 1e6, 1) == 419.3


def test_a_checkpoint_with_the_old_names_loads_strictly_and_gives_the_same(tiny, tmp_path):
    network = loaded(tiny)
    old = {}
    for name, tensor in network.state_dict().items():
        for new, was in (
            ("model.layers.", "model.encoder.layer."),
            ("attention.q_proj", "attention.attention.query"),
            ("attention.k_proj", "attention.attention.key"),
            ("attention.v_proj", "attention.attention.value"),
            ("attention.o_proj", "attention.output.dense"),
            ("mlp.fc1", "intermediate.dense"),
            ("mlp.fc2", "output.dense"),
        ):
            name = name.replace(new, was) if name.startswith("image_tokenizer") else name
        old[name] = tensor
    assert any("encoder.layer.0.attention.attention.query" in name for name in old)
    assert renamed(old).keys() == network.state_dict().keys()
    torch.save(old, tmp_path / "model.ckpt")
    (tmp_path / "config.yaml").write_bytes((tiny / "config.yaml").read_bytes())
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(loaded(tmp_path).planes(x), network.planes(x))


def test_without_interpolation_the_tokenizer_is_transformers_vit():
    config = ViTConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=128, image_size=32
    )
    size = Settings(image_px=32, vit_px=32, vit_layers=2, vit_heads=2, vit_channels=32)
    vit = ViTModel(config).eval()
    with torch.device("cpu"):
        network = TripoSR(
            Settings(**{**vars(size), "channels": 32, "layers": 0, "heads": 2, "plane": 4})
        ).eval()
    network.image_tokenizer.model.load_state_dict(vit.state_dict())
    x = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        mean, std = network.image_tokenizer.mean, network.image_tokenizer.std
        assert torch.equal(network.image_tokenizer(x), vit((x - mean) / std).last_hidden_state)


def test_positions_are_interpolated_as_the_weights_were_trained():
    learned = torch.randn(1, 1 + 14 * 14, 8)
    grid = learned[:, 1:].reshape(1, 14, 14, 8).permute(0, 3, 1, 2)
    old = torch.nn.functional.interpolate(grid, scale_factor=(32.1 / 14, 32.1 / 14), mode="bicubic")
    found = _positions(learned, (32, 32))
    assert found.shape == (1, 1 + 32 * 32, 8)
    assert torch.equal(found[:, 1:].reshape(1, 32, 32, 8).permute(0, 3, 1, 2), old)
    new = torch.nn.functional.interpolate(grid, size=(32, 32), mode="bicubic")
    assert (old - new).abs().max() > 0.01


def test_a_picture_becomes_one_closed_coloured_solid_in_the_figure_frame(tiny):
    check_solid(lift(tiny))


def test_the_same_picture_gives_the_same_mesh_and_another_another(tiny):
    one, again, other = lift(tiny), lift(tiny), lift(tiny, picture("#20c030"))
    assert np.array_equal(one.vertices, again.vertices)
    assert len(one.vertices) != len(other.vertices) or not np.allclose(one.vertices, other.vertices)
    half = lift(tiny, precision="bfloat16")
    assert half.is_watertight


def test_right_in_the_picture_is_right_on_the_figure(tiny, monkeypatch):
    """The network sees along -x, right is +y: a lump at +y there is at +x here, one at +x in front."""

    def field(self, planes, points):
        middles = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.5, 0.2], [0.5, 0.0, -0.2]])
        away = torch.cdist(points.float(), middles) - torch.tensor([0.5, 0.12, 0.12])
        return 25 * torch.exp(-20 * away.min(dim=1).values), torch.ones(len(points), 3) * 0.5

    monkeypatch.setattr(TripoSR, "field", field)
    points = lift(tiny).vertices
    widest, foremost = points[points[:, 0].argmax()], points[points[:, 1].argmin()]
    assert widest[0] > 0.55
    assert abs(widest[1]) < 0.1
    assert widest[2] > 0.6
    assert foremost[1] < -0.55
    assert abs(foremost[0]) < 0.1
    assert foremost[2] < 0.4


def test_the_figure_is_framed_on_grey():
    frame = framed(picture(), 64)
    assert frame.shape == (3, 64, 64)
    assert np.allclose(frame[:, 0], 0.5, atol=0.02)
    rows = np.flatnonzero(np.abs(frame - 0.5).max(axis=(0, 2)) > 0.1)
    assert (rows[-1] - rows[0] + 1) / 64 == pytest.approx(0.85, abs=0.04)
    with pytest.raises(BackendError, match="transparent"):
        framed(Image.new("RGBA", (8, 8)), 64)


def test_the_rim_of_a_figure_lies_between_its_colour_and_the_grey():
    red = Image.new("RGBA", (100, 100))
    red.paste((200, 40, 40, 255), (10, 10, 90, 90))
    middle = framed(red, 33)[:, 16]
    inside = np.flatnonzero(np.abs(middle[0] - 0.5) > 0.05)
    for edge in (inside[0], inside[-1]):
        assert 0.5 < middle[0, edge] < 200 / 255
        assert 40 / 255 < middle[1, edge] < 0.5
    # bicubic overshoots by a few levels beside an edge, and no more
    assert np.abs(middle[:, inside[1:-1]] - np.array([[200], [40], [40]]) / 255).max() < 0.05


def test_what_does_not_fit_is_said_in_two_lines(tiny, tmp_path):
    with pytest.raises(BackendError, match="no folder"):
        lift(tmp_path / "nowhere")
    with pytest.raises(BackendError, match="missing"):
        lift(tmp_path)
    (tmp_path / "config.yaml").write_bytes((tiny / "config.yaml").read_bytes())
    (tmp_path / "model.ckpt").write_bytes(b"rubbish")
    with pytest.raises(BackendError, match="does not hold"):
        lift(tmp_path)
    torch.save({"decoder.layers.0.weight": torch.zeros(3)}, tmp_path / "model.ckpt")
    with pytest.raises(BackendError, match="does not hold") as caught:
        lift(tmp_path)
    assert caught.value.hint
    (tmp_path / "config.yaml").write_text("layers: [1,")
    with pytest.raises(BackendError, match="does not hold TripoSR's weights") as caught:
        lift(tmp_path)
    assert "\n" not in caught.value.message + caught.value.hint
    with pytest.raises(BackendError, match="no TripoSR"):
        settings_of({"tokenizer": {"plane_size": 32}})


def test_memory_that_runs_out_while_weights_are_read_is_told_as_such(tiny, monkeypatch):
    def full(*_given, **_more):
        raise MemoryError

    release()
    monkeypatch.setattr(torch, "load", full)
    with pytest.raises(BackendError, match="TripoSR ran out of memory") as caught:
        lift(tiny)
    assert "lift.resolution" in caught.value.hint


def test_weights_that_are_not_here_are_named_with_size_and_flag(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(BackendError, match=r"not on this machine .*1.7 GB") as caught:
        TripoSRLifter().lift(
            View(picture(), "picture"),
            Job(TripoSRLifter.Options(), 90.0),
            silent("lift"),
        )
    assert "--download" in caught.value.hint
