"""The options that every backend with weights of its own has, and what they come to on this machine."""

from __future__ import annotations

from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict

from fabricate.events import Progress
from fabricate.learned.device import Device, Precision, device_of, precision_of
from fabricate.learned.weights import card_of, located

__all__ = ["ModelOptions"]


class ModelOptions(BaseModel):
    """Which weights, and where and how precisely they run."""

    model_config = ConfigDict(extra="forbid")

    model: str = ""
    """A folder that holds the weights as they were published, or another repository's id; else the published
    ones, from the cache."""
    download: bool = False
    """Fetch them when they are not here."""
    device: Device = "auto"
    precision: Precision = "auto"

    def folder(self, name: str, progress: Progress) -> Path:
        """Where the main weights of the model called ``name`` lie; BackendError when they are not here."""
        return located(card_of(name), progress, own=self.model, download=self.download)

    def placed(self) -> tuple[torch.device, torch.dtype]:
        """The device and the precision to run in; BackendError when there is no such device."""
        device = device_of(self.device)
        return device, precision_of(device, self.precision)
