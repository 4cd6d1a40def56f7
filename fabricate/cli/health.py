"""What this machine has of what fabricate uses: one line a thing, with the command that mends it."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Literal

from fabricate.errors import BackendError, FabricateError

__all__ = ["EXTRAS", "LIBRARIES", "Line", "checked", "extras", "graphics", "libraries", "version_of"]

State = Literal["ok", "missing", "absent"]
DISTRIBUTION = "fabricate-figures"

LIBRARIES = {
    "click": "click",
    "embreex": "embreex",
    "lib3mf": "lib3mf",
    "manifold3d": "manifold3d",
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "pikepdf": "pikepdf",
    "pillow": "PIL",
    "pydantic": "pydantic",
    "rich": "rich",
    "scikit-image": "skimage",
    "scipy": "scipy",
    "tomli-w": "tomli_w",
    "trimesh": "trimesh",
    "typst": "typst",
}
"""What the core depends on -> the module that it brings."""
X86_ONLY = ("embreex", "lib3mf")
EXTRAS = {
    "photo": ("mediapipe", "pi_heif"),
    "gpu": ("torch", "diffusers", "transformers", "accelerate", "safetensors"),
    "remote": ("httpx", "paho", "websockets"),
    "scan": ("open3d",),
}
"""An extra -> the modules that it must bring to be of use."""
FOR = {
    "photo": "reads a face from a photo",
    "gpu": "diffusion front views, learned lifts",
    "remote": "servers and network printers",
    "scan": "rebuilds phone scans",
}
NVIDIA_PCI = "0x10de"
ROOM_GB = 2.0
MODELS_GB = 40.0


@dataclass(frozen=True)
class Line:
    """One thing: ``ok``, ``missing``, or ``absent``, which is no fault; ``fix`` is the command that mends it.

    ``needed``: nothing works without it. ``found``: its version, size or place, or why it cannot be used.
    """

    name: str
    state: State
    found: str = ""
    fix: str = ""
    needed: bool = False


def version_of(name: str) -> str | None:
    """The version of an installed distribution; None when there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def checked() -> list[Line]:
    """Every line, in the order in which a maker meets the things. Nothing on the network is asked."""
    parts: tuple[Callable[[], Iterator[Line]], ...]
    parts = (_python, libraries, extras, graphics, _disk, _models, _slicers, _printers)
    return [line for part in parts for line in part()]


def _python() -> Iterator[Line]:
    at = f"{platform.python_version()}  ({sys.executable})"
    yield Line("Python", "ok", at, needed=True)
    yield Line("system", "ok", platform.platform())


def libraries() -> Iterator[Line]:
    """The core's libraries, each imported: a wheel that is there may still not start."""
    for name, module in LIBRARIES.items():
        if name in X86_ONLY and platform.machine().lower() not in ("x86_64", "amd64"):
            yield Line(name, "absent", f"there is none for {platform.machine()}; what stands in is slower")
            continue
        try:
            importlib.import_module(module)
        except (ImportError, OSError) as exc:
            why = " ".join(str(exc).split())[:120] if version_of(name) else "not installed"
            yield Line(name, "missing", why, f"pip install --force-reinstall {name}", needed=True)
        else:
            yield Line(name, "ok", version_of(name) or "", needed=True)


def extras() -> Iterator[Line]:
    """The extras: their modules looked for, and started where the system may lack what they link."""
    for extra, modules in EXTRAS.items():
        name, install = f"extra {extra}", f"pip install '{DISTRIBUTION}[{extra}]'"
        lacking = [module for module in modules if util.find_spec(module) is None]
        if lacking:
            yield Line(name, "missing", f"{FOR[extra]}; lacks {', '.join(lacking)}", install)
            continue
        try:
            _start(extra)
        except BackendError as exc:
            yield Line(name, "missing", exc.message, exc.hint or install)
        else:
            version = version_of(modules[0].replace("_", "-"))
            yield Line(name, "ok", f"{modules[0]} {version}" if version else modules[0])


def _start(extra: str) -> None:
    if extra == "scan":
        from fabricate.scan import bindings as scanning

        scanning.load()
    elif extra == "photo":
        from fabricate.photo import bindings as faces

        faces.load()


def graphics(pci: Path = Path("/sys/bus/pci/devices")) -> Iterator[Line]:
    """The GPU, its memory, its driver, and whether the torch that is installed can use it."""
    cards = _nvidia()
    if cards:
        for name, total, free, driver in cards:
            yield Line("GPU", "ok", name)
            yield Line("VRAM", "ok", f"{total / 1024:.0f} GB, {free / 1024:.0f} GB of it free")
            yield Line("driver", "ok", f"NVIDIA {driver}")
        torch = version_of("torch")
        if torch and "+cpu" in torch:
            fix = "pip uninstall torch, then: pip install torch"
            yield Line("torch", "missing", f"{torch} cannot use the GPU", fix)
        return
    if sys.platform == "darwin" and platform.machine() == "arm64":
        yield Line("GPU", "ok", "Apple's own, through MPS; it shares the memory")
    elif _card_without_driver(pci):
        yield Line("driver", "missing", "an NVIDIA card, but no driver that answers", _driver_line())
    else:
        yield Line("GPU", "absent", "none that we know to use: kit, picture and frontback need none")


def _nvidia() -> list[tuple[str, float, float, str]]:
    """Name, memory and free memory in MiB, and driver of each card, as NVIDIA's own program says."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return []
    ask = [tool, "--query-gpu=name,memory.total,memory.free,driver_version", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(ask, capture_output=True, text=True, timeout=20, check=True)
        rows = [line.split(", ") for line in done.stdout.splitlines() if line.count(", ") == 3]
        return [(name, float(total), float(free), driver) for name, total, free, driver in rows]
    except (OSError, subprocess.SubprocessError, ValueError):
        return []


def _card_without_driver(pci: Path) -> bool:
    for device in sorted(pci.glob("*")):
        try:
            maker = (device / "vendor").read_text(encoding="ascii").strip()
            kind = (device / "class").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if maker == NVIDIA_PCI and kind.startswith("0x03"):
            return True
    return False


def _driver_line() -> str:
    if sys.platform == "win32":
        return "winget install Nvidia.GeForceExperience"
    return "sudo apt install nvidia-driver  (Ubuntu: sudo ubuntu-drivers install), then start anew"


def _disk() -> Iterator[Line]:
    for name, folder, enough, fix in (
        ("disk", Path.cwd(), ROOM_GB, "make room there, or work in another folder with -o"),
        ("disk of models", _cache(), MODELS_GB, "make room there, or: export HF_HOME=/a/larger/disk"),
    ):
        there = next(path for path in (folder, *folder.parents) if path.exists())
        try:
            free = shutil.disk_usage(there).free / 1e9
        except OSError as exc:
            yield Line(name, "missing", f"{folder}: {exc.strerror}", fix)
            continue
        state: State = "ok" if free >= enough else "missing"
        yield Line(name, state, f"{free:,.0f} GB free at {folder}", "" if state == "ok" else fix)


def _cache() -> Path:
    """Where published weights lie; the variables are huggingface_hub's own."""
    if own := os.environ.get("HF_HUB_CACHE"):
        return Path(own)
    home = os.environ.get("HF_HOME")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return (Path(home) if home else Path(base) / "huggingface") / "hub"


def _models() -> Iterator[Line]:
    from fabricate import resources
    from fabricate.learned.weights import cached, card_of

    here = util.find_spec("huggingface_hub") is not None
    for name in resources.names("models"):
        try:
            card = card_of(name)
        except FabricateError as exc:
            yield Line(f"model {name}", "missing", exc.message, exc.hint)
            continue
        size = f"{card.download_gb:g} GB to fetch, {card.vram_gb:g} GB of VRAM, {card.licence}"
        if here and cached(card):
            yield Line(f"model {name}", "ok", f"in the cache; {card.vram_gb:g} GB of VRAM, {card.licence}")
        else:
            fix = f"fabricate make SUBJECT --{card.role} {name} --download"
            yield Line(f"model {name}", "missing", size, fix)


def _slicers() -> Iterator[Line]:
    from fabricate import backends

    for name in backends.names("slicers"):
        try:
            absent = str(backends.get("slicers", name).absent())
        except BackendError as exc:
            absent = f"{exc.message}: {exc.hint}"
        why, _, fix = absent.partition(": ")
        yield Line(f"slicer {name}", "missing" if absent else "ok", why or "installed", fix)


def _printers() -> Iterator[Line]:
    from fabricate.printers import config

    try:
        known = config.every()
    except FabricateError as exc:
        yield Line("printers", "missing", exc.message, exc.hint)
        return
    if not known:
        fix = "fabricate printers add NAME --kind KIND --url ADDRESS"
        yield Line("printers", "missing", "none added; files can be printed by hand", fix)
    for name, address in known.items():
        yield Line(
            f"printer {name}", "ok", f"{address.kind} at {address.url}; fabricate printers test {name}"
        )
