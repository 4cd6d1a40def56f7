"""TripoSG with the real classes: published names and shapes, strict loading, a mesh out of a picture."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw
from safetensors.torch import load_file, save_file

from fabricate.artifacts import View
from fabricate.backends import Job
from fabricate.errors import BackendError
from fabricate.events import silent
from fabricate.learned.device import release
from fabricate.learned.triposg import (
    Attention,
    Field,
    FieldSizes,
    Flow,
    FlowSizes,
    field_sizes,
    flow_sizes,
    sampled,
)
from fabricate.learned.triposg_files import WEIGHTS, Eye, read
from fabricate.lifters._picture import squared
from fabricate.lifters.triposg import TripoSGLifter
from fabricate.testing import tiny_triposg
from tests.learned.figures import check_solid, picture

MANIFEST = Path(__file__).with_name("triposg.manifest")
PUBLISHED = {
    "transformer": {
        "in_channels": 64,
        "width": 2048,
        "num_layers": 21,
        "num_attention_heads": 16,
        "cross_attention_dim": 1024,
    },
    "vae": {
        "in_channels": 3,
        "latent_channels": 64,
        "width_encoder": 512,
        "width_decoder": 1024,
        "num_layers_encoder": 8,
        "num_layers_decoder": 16,
        "num_attention_heads": 8,
        "embedding_type": "frequency",
        "embed_frequency": 8,
        "embed_include_pi": False,
    },
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return tiny_triposg(tmp_path_factory.mktemp("tiny"))


def lift(folder, image=None, **options):
    given = {"resolution": 48, "steps": 3, "tokens": 64, "model": str(folder), **options}
    job = Job(TripoSGLifter.Options(**given), 90.0)
    return TripoSGLifter().lift(View(image or picture(), "picture"), job, silent("lift")).parts["figure"]


def rows(name, network):
    return [f"{name} {key} {' '.join(map(str, t.shape))}" for key, t in sorted(network.state_dict().items())]


def test_names_shapes_and_counts_are_the_published_ones():
    """The autoencoder's encoder, which only training needs, is left out."""
    with torch.device("meta"):
        flow = Flow(flow_sizes(PUBLISHED["transformer"]))
        field = Field(field_sizes(PUBLISHED["vae"]))
    assert (flow.size, field.size) == (FlowSizes(), FieldSizes())
    published = MANIFEST.read_text().splitlines()
    unused = [row for row in published if row.startswith(("vae encoder.", "vae quant."))]
    assert rows("transformer", flow) + rows("vae", field) == [row for row in published if row not in unused]
    assert len(flow.state_dict()) == 554
    assert sum(t.numel() for t in flow.state_dict().values()) == 1_439_556_160
    assert len(field.state_dict()) + len(unused) == 356
    left_out = sum(int(np.prod([int(n) for n in row.split()[2:]])) for row in unused)
    assert sum(t.numel() for t in field.state_dict().values()) + left_out == 242_662_017


def test_heads_are_dealt_from_the_joined_row():
    """Head h takes channels h*3d..(h+1)*3d of queries, keys and values laid side by side."""
    torch.manual_seed(1)
    net = Attention(12, 3).eval()
    x = torch.randn(2, 5, 12)
    row = torch.cat([net.to_q(x), net.to_k(x), net.to_v(x)], dim=-1)
    out = []
    for head in range(3):
        q, k, v = row[..., 12 * head : 12 * head + 12].split(4, dim=-1)
        out.append(torch.softmax(q @ k.transpose(1, 2) / 2, dim=-1) @ v)
    assert torch.allclose(net(x), net.to_out[0](torch.cat(out, dim=-1)), atol=1e-6)


@pytest.mark.parametrize(("steps", "shift", "guidance"), [(1, 1.0, 7.0), (7, 1.0, 1.0), (5, 3.0, 7.0)])
def test_steps_go_all_the_way_from_noise_to_data(steps, shift, guidance):
    """Under a velocity that is the same everywhere, noise moves by exactly that."""
    torch.manual_seed(2)
    flow = Flow(FlowSizes(latent=4, width=16, layers=3, heads=2, context=8)).eval()
    with torch.inference_mode():
        flow.proj_out.weight.zero_()
        found = sampled(
            flow, torch.randn(1, 6, 8), steps=steps, guidance=guidance, seed=5, tokens=10, shift=shift
        )
        noise = torch.randn((1, 10, 4), generator=torch.Generator().manual_seed(5))
        assert torch.allclose(found - noise, flow.proj_out.bias.expand(1, 10, 4), atol=1e-6)


def test_the_picture_guides_the_flow_and_guidance_goes_further():
    torch.manual_seed(3)
    flow = Flow(FlowSizes(latent=4, width=16, layers=3, heads=2, context=8)).eval()
    with torch.inference_mode():
        seen = torch.randn(1, 6, 8)
        none, plain, far = (
            sampled(flow, context, steps=1, guidance=guidance, tokens=10)
            for context, guidance in ((torch.zeros(1, 6, 8), 1.0), (seen, 1.0), (seen, 3.0))
        )
        assert (plain - none).abs().max() > 1e-3
        assert torch.allclose(far - none, 3 * (plain - none), atol=1e-5)


def test_the_field_at_a_point_does_not_depend_on_its_neighbours(tiny):
    parts = read(tiny, torch.float32)
    torch.manual_seed(4)
    points = torch.rand(40, 3) * 2 - 1
    with torch.inference_mode():
        memory = parts.field.memory(torch.randn(1, 9, 8))
        whole = parts.field(memory, points)
        alone = torch.cat([parts.field(memory, each[None]) for each in points])
    assert whole.dtype == torch.float32
    assert torch.allclose(whole, alone, atol=1e-5 * float(whole.abs().max()))


def test_the_eye_takes_the_middle_and_norms_it():
    eye = Eye(whole=8, crop=4, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
    picture = torch.arange(64.0).view(1, 8, 8).expand(3, 8, 8) / 64
    seen = eye.seen(picture)
    assert seen.shape == (1, 3, 4, 4)
    assert torch.equal(seen[0, 0] * 0.25 + 0.5, picture[0, 2:6, 2:6])
    assert Eye() == Eye(256, 224)
    frame = squared(Image.new("RGBA", (30, 60), "black"), 120, 1 / 1.2, 1.0)
    dark = np.flatnonzero((frame < 0.5).any(axis=(0, 2)))
    assert (dark[0], dark[-1]) == (10, 109)
    assert frame[:, 0].min() == 1.0


def test_what_is_saved_and_read_back_is_the_same_in_the_precision_asked(tiny):
    one, again, half = read(tiny, torch.float32), read(tiny, torch.float32), read(tiny, torch.float16)
    assert one.shift == 1.0
    assert (one.eye.whole, one.eye.crop) == (64, 56)
    for name in ("image", "flow", "field"):
        first, second, third = (getattr(parts, name).state_dict() for parts in (one, again, half))
        assert all(torch.equal(first[key], second[key]) for key in first)
        assert all(torch.equal(first[key].half(), third[key]) for key in first)


def test_the_trained_encoder_of_meshes_is_passed_over(tiny, tmp_path):
    folder = shutil.copytree(tiny, tmp_path / "whole")
    state = load_file(folder / "vae" / WEIGHTS)
    more = {"encoder.proj_in.weight": torch.zeros(4, 54), "quant.bias": torch.zeros(2)}
    save_file({**state, **more}, folder / "vae" / WEIGHTS)
    assert read(folder, torch.float32).field.state_dict().keys() == state.keys()


def test_a_picture_becomes_one_closed_coloured_solid_in_the_figure_frame(tiny):
    check_solid(lift(tiny))


def test_seeds_reproduce_bit_for_bit_even_when_the_network_is_loaded_anew(tiny):
    one = lift(tiny)
    release()
    again, other, face = lift(tiny), lift(tiny, seed=8), lift(tiny, picture("#20c030"))
    assert np.array_equal(one.vertices, again.vertices)
    assert np.array_equal(one.faces, again.faces)
    for changed in (other, face):
        assert len(one.vertices) != len(changed.vertices) or not np.allclose(one.vertices, changed.vertices)


@pytest.mark.parametrize("precision", ["float16", "bfloat16"])
def test_half_precision_gives_nearly_the_same_solid(tiny, precision):
    whole, half = lift(tiny), lift(tiny, precision=precision)
    assert half.is_watertight
    assert half.volume == pytest.approx(whole.volume, rel=0.1)


def test_hierarchical_extraction_finds_the_dense_mesh(tiny):
    near, every = lift(tiny), lift(tiny, extraction="dense")
    assert len(near.faces) == len(every.faces)
    assert np.abs(np.sort(near.vertices, axis=0) - np.sort(every.vertices, axis=0)).max() < 1e-4


def test_the_figure_faces_its_viewer_and_wears_the_pictures_colours(tiny, monkeypatch):
    """The network's x is right, y up, z to the viewer: a lump at +z there is in front here."""

    def field(self, memory, points):
        middles = torch.tensor([[0.0, 0.0, 0.0], [0.5, 0.2, 0.0], [0.0, -0.2, 0.5]])
        return -(torch.cdist(points, middles) - torch.tensor([0.5, 0.12, 0.12])).min(dim=1).values

    monkeypatch.setattr(Field, "forward", field)
    image = Image.new("RGBA", (100, 100))
    draw = ImageDraw.Draw(image)
    draw.pieslice((10, 10, 90, 90), 90, 270, fill="#e02020")
    draw.pieslice((10, 10, 90, 90), 270, 90, fill="#2020e0")
    mesh = lift(tiny, image)
    widest, foremost = (
        mesh.vertices[mesh.vertices[:, 0].argmax()],
        mesh.vertices[mesh.vertices[:, 1].argmin()],
    )
    assert widest[0] > 0.55
    assert abs(widest[1]) < 0.1
    assert widest[2] > 0.6
    assert foremost[1] < -0.55
    assert foremost[2] < 0.4
    rgb = np.asarray(mesh.visual.vertex_colors, int)
    ahead = mesh.vertices[:, 1] < -0.2
    left, right = ahead & (mesh.vertices[:, 0] < -0.2), ahead & (mesh.vertices[:, 0] > 0.2)
    assert (rgb[left, 0] > 200).all()
    assert (rgb[right, 2] > 200).all()


def spoiled(tiny, tmp_path, part, name, data):
    folder = shutil.copytree(tiny, tmp_path / "spoiled", dirs_exist_ok=True)
    (folder / part / name).write_bytes(data)
    return folder


def test_what_does_not_fit_is_said_in_two_lines(tiny, tmp_path):
    with pytest.raises(BackendError, match="no folder"):
        lift(tmp_path / "nowhere")
    with pytest.raises(BackendError, match=r"preprocessor_config.json is missing") as caught:
        lift(tmp_path)
    assert "image_encoder_dinov2" in caught.value.hint
    for part, name in (
        ("transformer", WEIGHTS),
        ("vae", WEIGHTS),
        ("image_encoder_dinov2", "model.safetensors"),
    ):
        with pytest.raises(BackendError, match="does not hold"):
            lift(spoiled(tiny, tmp_path, part, name, b"rubbish"))
        shutil.rmtree(tmp_path / "spoiled")
    with pytest.raises(BackendError, match="describes no TripoSG"):
        lift(spoiled(tiny, tmp_path, "transformer", "config.json", b'{"width": 3}'))
    with pytest.raises(BackendError, match="describes no TripoSG"):
        field_sizes({**PUBLISHED["vae"], "embedding_type": "learned"})


def test_tensors_too_few_or_too_many_are_refused(tiny, tmp_path):
    folder = shutil.copytree(tiny, tmp_path / "other")
    state = load_file(folder / "transformer" / WEIGHTS)
    name, tensor = next(iter(state.items()))
    save_file({k: v for k, v in state.items() if k != name}, folder / "transformer" / WEIGHTS)
    with pytest.raises(BackendError, match=name):
        lift(folder)
    save_file({**state, "stranger": tensor.clone()}, folder / "transformer" / WEIGHTS)
    with pytest.raises(BackendError, match="stranger"):
        lift(folder)
    save_file(state, folder / "transformer" / WEIGHTS)
    seeing = load_file(folder / "image_encoder_dinov2" / "model.safetensors")
    save_file({k: v for k, v in seeing.items() if "layernorm" not in k}, folder / "lost.safetensors")
    shutil.move(folder / "lost.safetensors", folder / "image_encoder_dinov2" / "model.safetensors")
    with pytest.raises(BackendError, match="lacks layernorm"):
        lift(folder)


def test_a_field_without_a_surface_is_refused(tiny, tmp_path):
    folder = shutil.copytree(tiny, tmp_path / "empty")
    state = load_file(folder / "vae" / WEIGHTS)
    state["decoder.proj_out.bias"] += 1e4
    save_file(state, folder / "vae" / WEIGHTS)
    with pytest.raises(BackendError, match="no surface"):
        lift(folder)


def test_weights_that_are_not_here_are_named_with_size_and_flag(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(BackendError, match=r"not on this machine .*8 GB") as caught:
        TripoSGLifter().lift(View(picture(), "picture"), Job(TripoSGLifter.Options(), 90.0), silent("lift"))
    assert "--download" in caught.value.hint


def test_the_tiny_network_is_of_published_names_only(tiny):
    """But for how many blocks there are."""
    published = {re.sub(r"\d+\.", "", row.split()[1]) for row in MANIFEST.read_text().splitlines()}
    for part in ("transformer", "vae"):
        assert {re.sub(r"\d+\.", "", name) for name in load_file(tiny / part / WEIGHTS)} <= published
        assert json.loads((tiny / part / "config.json").read_text()).keys() <= (
            PUBLISHED[part].keys() | {"_class_name"}
        )
