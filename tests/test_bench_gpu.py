"""The GPU's measurements, on the processor with tiny networks of the real classes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from fabricate.bench_gpu import LARGE, Cost, main, report, triposg_cost, triposr_cost
from fabricate.learned.triposg import FieldSizes, FlowSizes
from fabricate.learned.triposr import Settings

CPU = torch.device("cpu")
SMALL = Settings(
    image_px=32,
    vit_px=32,
    vit_layers=1,
    vit_heads=2,
    vit_channels=32,
    plane=4,
    channels=32,
    layers=1,
    heads=2,
)
EYE = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 42,
    "patch_size": 14,
    "picture_px": 28,
}


def test_triposr_is_measured_part_by_part():
    cost = triposr_cost(CPU, torch.float32, SMALL, points=33)
    assert list(cost.parts_ms) == ["picture to triplane", "surface"]
    assert all(ms > 0 for ms in cost.parts_ms.values())
    assert cost.seconds * 1000 >= 0.9 * sum(cost.parts_ms.values())
    assert cost.peak_gb is None
    assert 0 < cost.asked < 33**3


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_triposg_is_measured_part_by_part(dtype):
    sizes = FlowSizes(8, 32, 3, 2, 16), FieldSizes(8, 32, 2, 2, 4), EYE
    cost = triposg_cost(CPU, dtype, sizes, points=33, steps=3, tokens=16)
    assert list(cost.parts_ms) == [
        "picture to tokens",
        "one step of the flow",
        "tokens to field",
        "surface",
    ]
    assert cost.precision == str(dtype).removeprefix("torch.")
    assert torch.get_default_dtype() == torch.float32
    # three steps and the surface are in the whole
    parts = cost.parts_ms
    assert cost.seconds * 1000 >= 0.9 * (3 * parts["one step of the flow"] + parts["surface"])


def test_the_eye_is_measured_at_the_size_of_the_published_one():
    from transformers import Dinov2Config, Dinov2Model

    with torch.device("meta"):
        eye = Dinov2Model(Dinov2Config(**{k: v for k, v in LARGE.items() if k != "picture_px"}))
    assert round(sum(p.numel() for p in eye.parameters()) / 1e6) == 304


def test_the_report_says_what_it_is():
    cost = Cost("TripoSG, 50 steps", "bfloat16", 1986.4, {"surface": 812.3}, 6.71, 5.02, 1_234_567)
    lines = report([cost], "Some GPU, torch 9").splitlines()
    assert lines[0].startswith("Some GPU, torch 9. Random weights")
    assert "1,986 M parameters, bfloat16" in lines[1]
    assert "6.71 s from picture to mesh, peak 5.0 GB" in lines[1]
    assert lines[2].split() == ["surface", "812.3", "ms"]
    assert lines[3].split() == ["points", "asked", "1,234,567"]


@pytest.mark.skipif(torch.cuda.is_available() or torch.backends.mps.is_available(), reason="there is a GPU")
def test_without_a_gpu_two_lines_say_so(capsys):
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "no GPU" in lines[0]
    assert "make bench-gpu" in lines[1]


def test_without_torch_two_lines_name_the_extra():
    code = "import sys; sys.modules['torch'] = None\nfrom fabricate.bench_gpu import main\nmain()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert "fabricate-figures[gpu]" in lines[1]
