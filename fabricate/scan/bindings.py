"""open3d's compiled half, alone: its Python half loads a web server and plotting that no scan needs.

The compiled half still links the system's GL, X11 and USB libraries. Where one is missing, the error names
the Debian packages that bring all of those that are.
"""

from __future__ import annotations

import ctypes
import sys
import types
from functools import cache
from importlib import import_module, util
from typing import Any

from fabricate.errors import BackendError

__all__ = ["PACKAGES", "load", "missing_packages"]

PACKAGES = {
    "libusb-1.0.so.0": "libusb-1.0-0",
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libX11.so.6": "libx11-6",
    "libudev.so.1": "libudev1",
    "libidn2.so.0": "libidn2-0",
}
"""System library that open3d links -> the Debian package that brings it."""


def missing_packages() -> tuple[str, ...]:
    """The Debian packages of the libraries that this system lacks, in the order of ``PACKAGES``."""
    lacking = []
    for library, package in PACKAGES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            lacking.append(package)
    return tuple(lacking)


@cache
def load() -> Any:
    """The module with ``geometry`` and ``utility``; BackendError that says what to install without it."""
    found = util.find_spec("open3d")
    if found is None or not found.submodule_search_locations:
        raise BackendError("rebuilding a scan needs open3d", "pip install 'fabricate-figures[scan]'")
    bare = types.ModuleType("open3d")
    bare.__path__ = list(found.submodule_search_locations)
    whole = sys.modules.get("open3d")
    sys.modules.setdefault("open3d", bare)
    try:
        module = import_module("open3d.pybind")
    except (ImportError, OSError) as exc:
        raise _refusal(exc) from exc
    finally:
        if whole is None:  # whoever wants the whole of it can still import it
            sys.modules.pop("open3d", None)
    module.utility.set_verbosity_level(module.utility.VerbosityLevel.Error)
    return module


def _refusal(exc: Exception) -> BackendError:
    reason = " ".join(str(exc).split())[:140] or type(exc).__name__
    packages = missing_packages()
    named = next((PACKAGES[library] for library in PACKAGES if library in reason), None)
    if named and named not in packages:
        packages = (named, *packages)
    hint = "sudo apt install " + " ".join(packages) if packages else "pip install --upgrade open3d"
    return BackendError(f"open3d is installed but cannot start: {reason}", hint)
