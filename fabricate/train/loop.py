"""The training loop: the same on CPU and GPU, resumed where it was stopped, with a log and pictures."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fabricate.train.appearance import dressed
from fabricate.train.begin import unfolded
from fabricate.train.feed import VALIDATION, Example, examples, feed
from fabricate.train.losses import Measures, loss, measures
from fabricate.train.network import Network, Size
from fabricate.train.shards import Shards

__all__ = ["Plan", "State", "train"]

WARM = 200
"""Steps over which the rate rises."""
UNFOLDED = 96
"""Views at whose statistics an exported network's normalisations start."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast. ``steps`` may be changed on a resumed run: the rate falls to nothing at its end.

    ``look``: steps between two validations, pictures and checkpoints. ``threads``: of torch on the CPU, 0 as
    many as there are. ``every`` = 2 trains at half the resolution: four times as fast, good to begin with.
    ``frozen``: batch normalisations keep the statistics that they have, as in use: for training on.
    """

    steps: int = 20_000
    batch: int = 12
    rate: float = 2e-3
    seed: int = 0
    look: int = 500
    workers: int = 1
    threads: int = 0
    device: str = ""
    every: int = 1
    frozen: bool = False

    def rate_at(self, step: int) -> float:
        """The learning rate at a step: a short rise, then a cosine down to a hundredth."""
        share = min(step / self.steps, 1.0)
        return self.rate * min(1.0, (step + 1) / WARM) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * share)))


@dataclass
class State:
    """A run as it stands: the network, its running mean (what is exported), the optimiser, and the step."""

    network: Network
    mean: Network
    optimiser: torch.optim.AdamW
    step: int = 0

    @staticmethod
    def fresh(size: Size, seed: int, device: torch.device) -> State:
        """A new network, its weights drawn by the seed."""
        torch.manual_seed(seed)
        return State.of(Network(size), device)

    @staticmethod
    def of(network: Network, device: torch.device) -> State:
        """A run that begins at a network."""
        network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        mean = copy.deepcopy(network).eval()
        return State(
            network, mean, torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-3, fused=True)
        )

    def save(self, path: Path) -> None:
        """Written aside and renamed: a checkpoint is whole or not there."""
        data = {
            "size": asdict(self.network.size),
            "network": self.network.state_dict(),
            "mean": self.mean.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }
        aside = path.with_suffix(".part")
        torch.save(data, aside)
        aside.replace(path)

    @staticmethod
    def load(path: Path, device: torch.device) -> State:
        """The run that ``save`` wrote."""
        data: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
        state = State.fresh(Size(tuple(data["size"]["channels"])), 0, device)
        state.network.load_state_dict(data["network"])
        state.mean.load_state_dict(data["mean"])
        state.optimiser.load_state_dict(data["optimiser"])
        state.step = int(data["step"])
        return state

    @torch.no_grad()
    def follow(self) -> None:
        """Let the running mean follow by a step."""
        keep = min(0.999, (self.step + 1) / (self.step + 20))
        new = self.network.state_dict()
        for name, old in self.mean.state_dict().items():
            if old.dtype.is_floating_point:
                old.mul_(keep).add_(new[name], alpha=1 - keep)
            else:
                old.copy_(new[name])


def train(
    data: Path,
    run: Path,
    plan: Plan,
    size: Size = Size(),  # noqa: B008 (a frozen value)
    say: Callable[[str], None] = lambda _text: None,
    begin: Network | None = None,
) -> State:
    """Train on the shards in ``data``; ``run`` gets ``checkpoint.pt``, ``log.jsonl`` and ``looks/``.

    A run folder with a checkpoint is gone on with; else training starts at the network ``begin``, or at
    random weights of ``size``. Raises ValueError when there are no shards.
    """
    run.mkdir(parents=True, exist_ok=True)
    device = torch.device(plan.device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if plan.threads:
        torch.set_num_threads(plan.threads)
    if not len(Shards(data, last=VALIDATION)):
        raise ValueError(f"no shards to train on in {data}")
    path = run / "checkpoint.pt"
    if path.exists():
        state = State.load(path, device)
    elif begin is not None:
        first = next(feed(data, UNFOLDED, plan.seed, 0, 0, plan.every))
        state = State.of(unfolded(begin, first.seen), device)
    else:
        state = State.fresh(size, plan.seed, device)
    held = _held(data, plan.every)
    batches = feed(data, plan.batch, plan.seed, state.step, plan.workers, plan.every)
    parts: list[dict[str, float]] = []
    since = time.monotonic()
    while state.step < plan.steps:
        parts.append(_step(state, next(batches).to(device), plan.rate_at(state.step), plan.frozen))
        if state.step % plan.look == 0 or state.step == plan.steps:
            row: dict[str, Any] = {"step": state.step, "rate": plan.rate_at(state.step)}
            row |= {name: round(float(np.mean([p[name] for p in parts])), 5) for name in parts[0]}
            row["views/s"] = round(len(parts) * plan.batch / (time.monotonic() - since), 1)
            if held is not None:
                row["held"] = {k: round(v, 4) for k, v in asdict(_validate(state.mean, held, device)).items()}
                _look(state.mean, held, device, run / "looks" / f"{state.step:07d}.png")
            state.save(path)
            line = json.dumps(row)
            with (run / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(line + "\n")
            say(line)
            parts, since = [], time.monotonic()
    return state


def _step(state: State, example: Example, rate: float, frozen: bool) -> dict[str, float]:
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    state.network.train()
    if frozen:
        for layer in state.network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.eval()
    seen = example.seen.contiguous(memory_format=torch.channels_last)
    with torch.autocast(seen.device.type, torch.bfloat16, enabled=_narrow(seen.device)):
        out = state.network(seen)
    total, parts = loss(out.float(), example.depth, example.normals, example.known)
    state.optimiser.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimiser.step()
    state.step += 1
    state.follow()
    return parts


def _narrow(device: torch.device) -> bool:
    """Whether a device computes in bfloat16: on a processor that only imitates it, training takes six times
    as long as in single precision."""
    told = torch.cpu.get_capabilities() if device.type == "cpu" else {"bf16": True}
    return any(there for name, there in told.items() if "bf16" in name)


def _held(data: Path, every: int, count: int = 240) -> list[Example] | None:
    """Validation views in one dress each, always the same; None when there are none."""
    shards = Shards(data, first=VALIDATION)
    if not len(shards):
        return None
    dice = np.random.default_rng(1)
    views = np.linspace(0, len(shards) - 1, min(count, len(shards))).astype(int)
    batches = (
        shards.batch(part.tolist()).every(every, dice)
        for part in np.array_split(views, max(1, len(views) // 24))
    )
    return [examples(batch, dressed(batch, dice)) for batch in batches]


@torch.no_grad()
def _validate(network: Network, held: list[Example], device: torch.device) -> Measures:
    rows = []
    for example in held:
        e = example.to(device)
        rows.append(measures(network(e.seen), e.depth, e.normals, e.known))
    return Measures(*np.mean([list(asdict(row).values()) for row in rows], axis=0).tolist())


@torch.no_grad()
def _look(network: Network, held: list[Example], device: torch.device, path: Path) -> None:
    """A picture of some validation views: seen, front as it is and as predicted, back, middle, normals."""
    from PIL import Image

    path.parent.mkdir(exist_ok=True)
    rows = []
    for example in held[:6]:
        seen = example.seen[:3].to(device)
        out = network(seen).cpu().numpy()
        for i in range(len(seen)):
            mask = example.known[i, 0].numpy() > 0.5
            true, made = example.depth[i].numpy(), out[i, :2]
            made = made - np.median((made - true)[:, mask])
            pairs = ((true[0], made[0]), (true[1], made[1]), (true.mean(0), made.mean(0)))
            tiles: list[NDArray[np.float32]] = [np.clip(example.seen[i, :3].numpy() + 0.5, 0, 1)]
            tiles += [_grey(values, mask) for pair in pairs for values in pair]
            bent = (example.normals[i, 0].numpy(), out[i, 2:5])
            tiles += [np.asarray((n * mask + 1) / 2, np.float32) for n in bent]
            rows.append(np.concatenate(tiles, axis=2))
    picture = np.concatenate(rows, axis=1).transpose(1, 2, 0)
    Image.fromarray((np.clip(picture, 0, 1) * 255).astype(np.uint8)).save(path)


def _grey(depth: NDArray[np.float32], mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.repeat(np.where(mask, np.clip(depth * 0.6 + 0.5, 0, 1), 1)[None], 3, axis=0)
