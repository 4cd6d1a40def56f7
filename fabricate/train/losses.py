"""What training holds the network to: depth, its steps, the surfaces' directions, and an honest doubt."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["Measures", "loss", "measures"]

STEPS = (1, 6)
"""Distances in pixels over which differences of depth are compared."""
NEAR = 0.06
"""Half-frames within which a place counts as found: 3 % of the figure."""
SHIFTS = 0.15
"""Half-frames about the mean within which a figure's distance is sought."""


@dataclass(frozen=True)
class Measures:
    """Mean errors of a batch: depth in half-frames with the best shift, normals in degrees."""

    front: float
    back: float
    middle: float
    thickness: float
    normals: float


def loss(out: Tensor, depth: Tensor, normals: Tensor, known: Tensor) -> tuple[Tensor, dict[str, float]]:
    """The loss of outputs (n, 9, h, w) against depths (n, 2, h, w) and unit normals (n, 2, 3, h, w) where
    ``known`` (n, 1, h, w), and its parts for the log.

    Where a thing stands is often a guess between two places, and what lies between them is neither: errors
    of place are absolute and weigh less beyond ``NEAR``. The whole figure's distance is free.
    """
    weight = known / known.sum(dim=(1, 2, 3), keepdim=True).clamp(min=1)
    error = out[:, :2] - depth
    shift = (error * weight).sum(dim=(1, 2, 3), keepdim=True) / 2
    error = error - _distance(error.detach(), weight, shift.detach())
    off = error.abs()
    each = off.mean(dim=1, keepdim=True)
    missed = (0.5 * off + 1.2 * NEAR * (1 - torch.exp(-off / NEAR))).mean(dim=1, keepdim=True)
    place = (missed * weight).sum(dim=(1, 2, 3)).mean()
    half = ((error[:, :1] - error[:, 1:]) / 2).abs()
    thick = (half * weight).sum(dim=(1, 2, 3)).mean()
    steps = _steps(error, known)
    bent = torch.stack([out[:, 2:5], out[:, 5:8]], dim=1)
    turn = 1 - (bent * normals).sum(dim=2)
    turn_loss = (
        (turn * weight * torch.tensor([0.7, 0.3], device=out.device).view(1, 2, 1, 1))
        .sum(dim=(1, 2, 3))
        .mean()
    )
    doubt = out[:, 8:9]
    honest = ((each.detach() * torch.exp(-doubt) + doubt) * weight).sum(dim=(1, 2, 3)).mean()
    # Free, yet drawn to 0: an output that may drift ends where it cannot move.
    total = 6 * place + 0.5 * shift.abs().mean() + 4 * thick + 2 * steps + 0.5 * turn_loss + 0.05 * honest
    parts = {"place": place, "thick": thick, "steps": steps, "turn": turn_loss, "honest": honest}
    return total, {name: float(value.detach()) for name, value in parts.items()}


def _distance(error: Tensor, weight: Tensor, mean: Tensor) -> Tensor:
    """The shift (n, 1, 1, 1) at which most of a figure comes to lie near its place."""
    tried = mean + torch.linspace(-SHIFTS, SHIFTS, 13, device=error.device)[:, None, None, None, None]
    near = torch.stack([(torch.exp(-(error - t).abs() / NEAR) * weight).sum(dim=(1, 2, 3)) for t in tried])
    return tried[near.argmax(dim=0), torch.arange(len(mean), device=error.device)]


def _steps(error: Tensor, known: Tensor) -> Tensor:
    """Mean absolute difference of the error between neighbours near and far."""
    total = error.new_zeros(())
    count = known.sum().clamp(min=1)
    for step in STEPS:
        both = known[..., step:] * known[..., :-step]
        total = total + ((error[..., step:] - error[..., :-step]).abs() * both).sum() / count
        both = known[..., step:, :] * known[..., :-step, :]
        total = total + ((error[..., step:, :] - error[..., :-step, :]).abs() * both).sum() / count
    return total / (2 * len(STEPS))


@torch.no_grad()
def measures(out: Tensor, depth: Tensor, normals: Tensor, known: Tensor) -> Measures:
    """Mean errors, each view counting alike, its distance shifted by the median."""
    rows = []
    for o, d, n, k in zip(out, depth, normals, known[:, 0] > 0.5, strict=True):
        if not bool(k.any()):
            continue
        error = (o[:2] - d)[:, k]
        error = error - error.mean(dim=0).median()
        angle = torch.rad2deg(torch.acos((o[2:5] * n[0]).sum(dim=0)[k].clamp(-1, 1)))
        front, back = error[0].abs().mean(), error[1].abs().mean()
        middle, half = error.mean(dim=0).abs().mean(), ((error[0] - error[1]) / 2).abs().mean()
        rows.append([float(v) for v in (front, back, middle, half, angle.mean())])
    mean = torch.tensor(rows).mean(dim=0).tolist() if rows else [0.0] * 5
    return Measures(*mean)
