"""What networks say of a picture: put together from its thinned ones, and from its mirror image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fabricate.lift.inputs import OUTPUTS
from fabricate.lift.sheets import _said


class Echo:
    """A network that says of each pixel what it is, for every output."""

    def run(self, _names: None, given: dict[str, Any]) -> list[Any]:
        self.side = given["seen"].shape[-1]
        return [np.repeat(given["seen"][:, :1], len(OUTPUTS), axis=1)]


@pytest.mark.parametrize("step", [1, 2])
def test_thinned_pictures_give_every_pixel_and_mirrors_turn_back(step: int) -> None:
    seen = np.random.default_rng(0).normal(size=(1, 5, 64, 64)).astype(np.float32)
    network = Echo()
    said = _said(network, seen, step)
    assert network.side == 64 // step
    for name, value in zip(OUTPUTS, said, strict=True):
        # To the right in a mirror is to the left: what is said of both alike is nothing.
        assert np.allclose(value, 0 if name.endswith("_x") else seen[0, 0], atol=1e-6), name
