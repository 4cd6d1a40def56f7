"""Programs that some tests drive (slicers and the like): Debian packages, listed in ``debian.txt``.

``make test`` installs them on a CI machine, so there their absence is a failure; anywhere else the test
is skipped and says which package to install.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

__all__ = ["PACKAGES", "needs"]

PACKAGES = tuple(
    name
    for line in Path(__file__).with_name("debian.txt").read_text(encoding="utf-8").splitlines()
    if (name := line.partition("#")[0].strip())
)
"""The Debian packages that the tests use."""


def needs(package: str, program: str = "") -> str:
    """The path of ``program`` (default: named like its Debian ``package``); without it, skip or fail."""
    if package not in PACKAGES:
        raise ValueError(f"{package} is not listed in tests/debian.txt")
    found = shutil.which(program or package)
    if found:
        return found
    missing = f"the Debian package {package} is not installed"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{missing}, though this is a CI machine (CI=true)")
    pytest.skip(missing)
