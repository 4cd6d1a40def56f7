"""Starting is quick because heavy libraries are imported late; every module imports; names are in order."""

from __future__ import annotations

import importlib
import json
import pkgutil
import subprocess
import sys

import pytest

import fabricate

NEVER_AT_START = {"torch", "open3d", "ray", "mediapipe"}
NEVER_FOR_HELP = NEVER_AT_START | {
    "trimesh",
    "scipy",
    "skimage",
    "pydantic",
    "numpy",
    "PIL",
    "typst",
    "manifold3d",
}

MODULES = sorted(
    info.name
    for info in pkgutil.walk_packages(fabricate.__path__, "fabricate.")
    if not info.name.endswith("__main__")
)


def loaded_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter holds after running ``code``."""
    tell = "import json, sys; print('\\n' + json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_importing_the_face_loads_nothing_heavy() -> None:
    loaded = loaded_after("import fabricate")
    assert "fabricate" in loaded
    assert not loaded & NEVER_FOR_HELP


def test_help_loads_nothing_heavy() -> None:
    loaded = loaded_after(
        "import sys\nfrom fabricate.cli import main\nsys.argv = ['fabricate', '--help']\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert not done.code"
    )
    assert "click" in loaded
    assert not loaded & NEVER_FOR_HELP


def test_the_face_resolves_every_name_it_lists() -> None:
    assert fabricate.__all__ == sorted(fabricate.__all__)
    assert set(fabricate.__all__) <= set(dir(fabricate))
    for name in fabricate.__all__:
        assert getattr(fabricate, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = fabricate.no_such_name  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_and_holds_what_it_lists(name: str) -> None:
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", [])
    assert len(listed) == len(set(listed))
    missing = [each for each in listed if not hasattr(module, each)]
    assert not missing, f"{name}.__all__ lists what it does not hold: {missing}"
