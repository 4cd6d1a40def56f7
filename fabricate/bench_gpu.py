"""What the learned lifts cost on this machine's GPU: the full-size networks with random weights.

Random weights take the same time and memory as trained ones, and say nothing of quality. Their field has no
surface: every point that is asked for goes through the network, and the surface looked for is a ball's.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from fabricate.learned.triposg import FieldSizes, FlowSizes
    from fabricate.learned.triposr import Settings

__all__ = ["Cost", "main", "report", "triposg_cost", "triposr_cost"]

BALL = 0.7
"""Of the surface that is looked for, in half widths of the cube: about as many cells as a figure's."""


@dataclass(frozen=True)
class Cost:
    """One network: millions of parameters, milliseconds of each part, seconds of all, GB at the peak.

    ``peak_gb``: None where the device does not tell. ``asked``: points of the field that were evaluated.
    """

    name: str
    precision: str
    millions: float
    parts_ms: dict[str, float]
    seconds: float
    peak_gb: float | None
    asked: int


@dataclass
class _Clock:
    """Times what runs on a device, which works behind the program's back until it is waited for."""

    device: torch.device
    parts_ms: dict[str, float] = field(default_factory=dict)

    def wait(self) -> None:
        import torch

        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()

    def timed(self, part: str, work: Callable[[], Any], times: int = 1) -> Any:
        self.wait()
        begun = time.perf_counter()
        out = work()
        self.wait()
        self.parts_ms[part] = (time.perf_counter() - begun) * 1000 / times
        return out

    def peak_gb(self) -> float | None:
        import torch

        if self.device.type == "cuda":
            return float(torch.cuda.max_memory_allocated(self.device)) / 1e9
        return float(torch.mps.driver_allocated_memory()) / 1e9 if self.device.type == "mps" else None


def triposr_cost(
    device: torch.device, dtype: torch.dtype, size: Settings | None = None, points: int = 256
) -> Cost:
    """TripoSR from a picture to a mesh of ``points`` along each side; by default at its published size."""
    import torch

    from fabricate.learned.triposr import Settings, TripoSR
    from fabricate.lifters.triposr import CHUNK

    size = size or Settings()
    network = _made(lambda: TripoSR(size), device, dtype)
    picture = torch.rand((1, 3, size.image_px, size.image_px), device=device, dtype=dtype)

    def whole(clock: _Clock) -> int:
        planes = clock.timed("picture to triplane", lambda: network.planes(picture))[0]

        def ask(at: torch.Tensor) -> torch.Tensor:
            return torch.as_tensor(network.field(planes, at * size.radius)[0])

        return int(clock.timed("surface", lambda: _ball(ask, device, points, CHUNK)))

    return _measured("TripoSR", [network], device, dtype, whole)


def triposg_cost(
    device: torch.device,
    dtype: torch.dtype,
    sizes: tuple[FlowSizes, FieldSizes, dict[str, int]] | None = None,
    points: int = 384,
    steps: int = 50,
    tokens: int = 2048,
) -> Cost:
    """TripoSG from a picture to a mesh; by default at its published size.

    ``sizes``: of the flow, the field and DINOv2 (its configuration's keys, with ``picture_px``).
    """
    import torch
    from transformers import Dinov2Config, Dinov2Model

    from fabricate.learned.triposg import REACH, Field, FieldSizes, Flow, FlowSizes, sampled
    from fabricate.lifters.triposg import CHUNK

    flow_size, field_size, eye = sizes or (FlowSizes(), FieldSizes(), LARGE)
    px = eye["picture_px"]
    keys: dict[str, Any] = {key: value for key, value in eye.items() if key != "picture_px"}
    image = _made(lambda: Dinov2Model(Dinov2Config(**keys)), device, dtype)
    flow = _made(lambda: Flow(flow_size), device, dtype)
    shape = _made(lambda: Field(field_size), device, dtype)
    picture = torch.rand((1, 3, px, px), device=device, dtype=dtype)

    def whole(clock: _Clock) -> int:
        context = clock.timed("picture to tokens", lambda: image(picture).last_hidden_state)
        latents = clock.timed(
            "one step of the flow", lambda: sampled(flow, context, steps=steps, tokens=tokens), steps
        )
        memory = clock.timed("tokens to field", lambda: shape.memory(latents.to(dtype)))

        def ask(at: torch.Tensor) -> torch.Tensor:
            return torch.as_tensor(shape(memory, at * REACH))

        return int(clock.timed("surface", lambda: _ball(ask, device, points, CHUNK)))

    return _measured(f"TripoSG, {steps} steps", [image, flow, shape], device, dtype, whole)


LARGE = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "image_size": 518,
    "patch_size": 14,
    "picture_px": 224,
}
"""DINOv2's large model, as TripoSG sees through it."""


def _made(build: Callable[[], Any], device: torch.device, dtype: torch.dtype) -> Any:
    """A network with random weights, built where and as precise as it will run."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            return build().to(device, dtype).eval()
    finally:
        torch.set_default_dtype(before)


def _measured(
    name: str,
    networks: list[Any],
    device: torch.device,
    dtype: torch.dtype,
    whole: Callable[[_Clock], int],
) -> Cost:
    """Once to warm up, once to measure."""
    import torch

    clock = _Clock(device)
    with torch.inference_mode():
        whole(clock)
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        clock.wait()
        begun = time.perf_counter()
        asked = whole(clock)
        clock.wait()
        seconds = time.perf_counter() - begun
    millions = sum(p.numel() for network in networks for p in network.parameters()) / 1e6
    precision = str(dtype).removeprefix("torch.")
    return Cost(name, precision, millions, clock.parts_ms, seconds, clock.peak_gb(), asked)


def _ball(ask: Callable[[torch.Tensor], torch.Tensor], device: torch.device, points: int, chunk: int) -> int:
    """Find a ball's surface, each point asked of the network all the same; how many points that were."""
    from fabricate.learned.device import asked
    from fabricate.learned.surface import near_surface

    def values(at: NDArray[np.float32]) -> NDArray[np.float32]:
        asked(ask, at, device, chunk)
        return np.asarray(BALL - np.linalg.norm(at, axis=1), np.float32)

    return near_surface(values, points).evaluations


def report(costs: list[Cost], machine: str) -> str:
    """The costs as lines to read, labelled as what they are."""
    lines = [f"{machine}. Random weights: time and memory, nothing of quality."]
    for cost in costs:
        peak = "peak not told" if cost.peak_gb is None else f"peak {cost.peak_gb:.1f} GB"
        lines.append(
            f"{cost.name} ({cost.millions:,.0f} M parameters, {cost.precision}): "
            f"{cost.seconds:.2f} s from picture to mesh, {peak}"
        )
        lines += [f"    {part:<22}{ms:10.1f} ms" for part, ms in cost.parts_ms.items()]
        lines.append(f"    {'points asked':<22}{cost.asked:10,d}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Measure on the GPU and print; without one say so."""
    try:
        import diffusers  # noqa: F401
        import torch
        import transformers  # noqa: F401
    except ImportError as exc:
        _say(f"nothing measured: {exc.name} is not installed", "pip install 'fabricate-figures[gpu]'")
        return 0
    from fabricate.learned.device import device_of, enough_memory, precision_of, release

    device = device_of("auto")
    if device.type == "cpu":
        _say("nothing measured: torch finds no GPU here", "run it on a machine with one: make bench-gpu")
        return 0
    dtype = precision_of(device)
    named = torch.cuda.get_device_name(device) if device.type == "cuda" else "Apple GPU"
    costs = []
    for cost in (triposr_cost, triposg_cost):
        with enough_memory("the measurement", "a card with 8 GB"):
            costs.append(cost(device, dtype))
        release()
    sys.stdout.write(report(costs, f"{named}, torch {torch.__version__}"))
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
