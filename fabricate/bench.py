"""The numbers that we promise, measured here and now: fresh processes, a median, and a limit beside each.

Every number has something beside it, measured in the same run on the same machine: what the work cannot
get below (an empty Python, reading or writing the same bytes, the same rays) or what does the like.
"""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fabricate import probes, resources
from fabricate.errors import FabricateError, nearest
from fabricate.events import Event, Listener, Progress, silent
from fabricate.probes import cold

__all__ = ["WHAT", "Number", "machine", "measure", "to_json", "to_text"]


WORK = "its processor seconds"


@dataclass(frozen=True)
class Number:
    """One number: the median of ``runs`` (memory: the highest), what we promise, what is beside it."""

    name: str
    value: float
    unit: str
    runs: int
    promised: float | None = None
    beside: dict[str, float] = field(default_factory=dict)
    """What was measured next to it -> its value, in the same unit."""

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None where there is none."""
        return None if self.promised is None else self.value <= self.promised


def _python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _fabricate(*words: str) -> list[str]:
    """The command as a user calls it: the script beside this Python, if it is installed there."""
    script = Path(sys.executable).with_name("fabricate")
    command = [str(script)] if script.is_file() else _python("from fabricate.cli import main; main()")
    return [*command, *words]


def _probe(name: str, *words: str, runs: int = 1) -> dict[str, float]:
    """The medians of what a probe measures, each run in a new process."""
    took: list[dict[str, float]] = [probes.run(name, *words) for _ in range(runs)]
    return {key: statistics.median(each[key] for each in took) for key in took[0]}


def _example() -> Path:
    spec = resources.packaged() / "examples" / "astronaut.toml"
    if not spec.is_file():
        raise FabricateError("the examples are not installed", "run the bench in a checkout: make bench")
    return spec


def _start(runs: int, heard: Progress) -> Iterator[Number]:
    """How long until the help is there."""
    cost = cold(_fabricate("--help"), 2 * runs + 1)
    empty = cold(_python("pass"), 2 * runs + 1)
    click = cold(_python("import click"), 2 * runs + 1)
    beside = {"an empty Python": empty.wall_s, "import click": click.wall_s}
    yield Number("fabricate --help", cost.wall_s, "s", cost.runs, 0.4, beside)


def _make(runs: int, heard: Progress) -> Iterator[Number]:
    """The main job, from nothing and again with nothing changed."""
    spec = _example()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        job = _fabricate("make", str(spec), "-o", str(out))
        first = cold(job, runs, before=lambda: shutil.rmtree(out, ignore_errors=True))
        again = cold(job, 2 * runs + 1)
        disk = _probe("disk", str(out), runs=runs)
    imports = cold(_python("import numpy, scipy.spatial, trimesh, manifold3d, PIL.Image"), runs)
    name = f"make {spec.parent.name}/{spec.name}"
    beside = {
        WORK: first.cpu_s,
        "importing its libraries": imports.wall_s,
        "writing the same bytes": disk["write_s"],
    }
    yield Number(name, first.wall_s, "s", first.runs, 15.0, beside)
    memory = {"importing its libraries": imports.peak_mb, "the folder it makes": disk["mb"]}
    yield Number(f"{name}, peak memory", first.peak_mb, "MB", first.runs, 1500.0, memory)
    beside = {
        WORK: again.cpu_s,
        "hashing the same bytes": disk["hash_s"],
        "fabricate --version": cold(_fabricate("--version"), runs).wall_s,
    }
    yield Number(f"{name}, nothing changed", again.wall_s, "s", again.runs, 1.5, beside)


def _kit(runs: int, heard: Progress) -> Iterator[Number]:
    """The kit's front view and its solids."""
    took = _probe("kit", runs=runs)
    peer = _probe("sphere", runs=runs)
    rays = _probe("rays", str(int(took["pixels"])), str(int(took["faces"])), runs=runs)
    beside = {WORK: took["view_cpu_s"], "as many rays at a sphere": rays["rays_s"]}
    yield Number("kit, front view", took["view_s"], "s", runs, 2.0, beside)
    beside = {WORK: took["solids_cpu_s"], "one sphere, dense 256³ grid": peer["dense_s"]}
    yield Number("kit, solids", took["solids_s"], "s", runs, 4.0, beside)


def _sweep(runs: int, heard: Progress) -> Iterator[Number]:
    """200 random figures of 40 to 200 mm, each held to the gate: how many are not wholly right, by what."""
    del runs
    from fabricate.sweep import DESIGNS, Verdict, count, sweep

    def told(verdict: Verdict, far: int) -> None:
        if not verdict.good:
            heard.warn(f"seed {verdict.seed} is not right: {verdict.what}")
        heard.step(f"{far} of {DESIGNS} designs", far / DESIGNS)

    found = sweep(range(DESIGNS), told)
    for name, bad in count(found).items():
        where = f" (seeds {', '.join(str(each) for each in bad[:9])})" if bad else ""
        yield Number(f"{DESIGNS} random designs, {name}{where}", float(len(bad)), "", DESIGNS, 0.0)


def _preview(runs: int, heard: Progress) -> Iterator[Number]:
    """The picture of front, three-quarter and back."""
    took = _probe("preview", runs=runs)
    rays = _probe("rays", str(int(took["pixels"])), str(int(took["faces"])), runs=runs)
    beside = {WORK: took["preview_cpu_s"], "as many rays at a sphere": rays["rays_s"]}
    yield Number("preview", took["preview_s"], "s", runs, 3.0, beside)


def _files(runs: int, heard: Progress) -> Iterator[Number]:
    """Writing a figure's STL: not promised, but the disk's share of the whole."""
    del runs
    took = _probe("stl")
    beside = {"a sphere of as many faces": took["sphere_s"], "writing the same bytes": took["write_s"]}
    yield Number("figure.stl", took["stl_s"], "s", 1, None, beside)


def _extract(runs: int, heard: Progress) -> Iterator[Number]:
    """TripoSR's mesh out of its field, full size on the processor; nothing without the extra gpu."""
    del runs
    if find_spec("torch") is None:
        heard.warn("torch is not installed: extract measures nothing (pip install 'fabricate-figures[gpu]')")
        return
    took = _probe("extraction")
    beside = {"every point of the grid": took["dense"]}
    yield Number("TripoSR, points decoded", took["near"], "", 1, took["dense"] / 4, beside)
    beside = {"by every point of the grid": took["dense_s"]}
    yield Number("TripoSR, mesh extraction", took["near_s"], "s", 1, took["dense_s"] / 3, beside)
    yield Number("TripoSR, how far the two meshes are apart", took["apart"], "half cubes", 1, 1e-4)


def _room(runs: int, heard: Progress) -> Iterator[Number]:
    """The environment that runs this, on disk, and what in it is largest."""
    del runs
    packages = [path for path in Path(sysconfig.get_path("purelib")).iterdir() if path.is_dir()]
    sizes = {path.name: _size_mb(path) for path in packages}
    largest = dict(sorted(sizes.items(), key=lambda item: -item[1])[:5])
    yield Number("this environment", _size_mb(Path(sys.prefix)), "MB", 1, None, largest)


def _size_mb(folder: Path) -> float:
    """What the files below a folder take on disk, in MB (10^6 bytes), each hard link once."""
    seen = {}
    for root, _, files in os.walk(folder):
        for name in files:
            stat = os.lstat(os.path.join(root, name))
            seen[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
    return sum(seen.values()) / 1e6


def _install(runs: int, heard: Progress) -> Iterator[Number]:
    """A new environment, as ``make`` makes it: the core, then the photo reader; pip's cache unused."""
    del runs
    root = _example().parent.parent
    with tempfile.TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        bare = cold([sys.executable, "-m", "venv", str(Path(folder) / "bare")], 1)
        promised = {"core": (None, 700.0), "installed": (120.0, 1400.0)}
        total = 0.0
        for stamp, (seconds, megabytes) in promised.items():
            make = ["env", "PIP_NO_CACHE_DIR=1", "make", "-C", str(root), f"VENV={venv}", f"{venv}/.{stamp}"]
            total += cold(make, 1).wall_s
            label = {"core": "core", "installed": "core + photo"}[stamp]
            pins = str(root / "constraints.txt")
            cold([f"{venv}/bin/python", "-m", "pip", "install", "-q", "-c", pins, "pytest"], 1)
            copy = cold(["cp", "-r", str(venv), str(Path(folder) / stamp)], 1)
            beside = {"an empty environment": bare.wall_s, "copying it": copy.wall_s}
            yield Number(f"install, {label}", total, "s", 1, seconds, beside)
            beside = {"an empty environment": _size_mb(Path(folder) / "bare")}
            yield Number(
                f"environment, {label} (with pip, pytest)", _size_mb(venv), "MB", 1, megabytes, beside
            )


WHAT: dict[str, Callable[[int, Progress], Iterator[Number]]] = {
    "start": _start,
    "make": _make,
    "kit": _kit,
    "sweep": _sweep,
    "preview": _preview,
    "files": _files,
    "extract": _extract,
    "room": _room,
    "install": _install,
}
"""What can be measured. ``install`` takes minutes and the network, so it runs only when named; ``kit`` means
``sweep`` too."""


def measure(what: Sequence[str] = (), *, runs: int = 3, listener: Listener | None = None) -> list[Number]:
    """Measure the named groups (default: all but ``install``), ``listener`` hearing of each.

    Raises FabricateError for an unknown group, or when something that is measured fails.
    """
    hear = listener or silent().listener
    for name in what:
        if name not in WHAT:
            raise FabricateError(f"the bench measures nothing called {name!r}", nearest(name, WHAT))
    chosen = list(what) or [name for name in WHAT if name != "install"]
    if "kit" in chosen and "sweep" not in chosen:
        chosen.insert(chosen.index("kit") + 1, "sweep")
    numbers: list[Number] = []
    for name in chosen:
        hear(Event("start", name, WHAT[name].__doc__ or ""))
        begin = time.perf_counter()
        numbers += WHAT[name](runs, Progress(name, hear))
        hear(Event("done", name, seconds=time.perf_counter() - begin))
    return numbers


def machine() -> dict[str, Any]:
    """What this was measured on: processor, cores, memory, memory bandwidth, system, Python."""
    cpu = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            cpu = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), cpu)
    except OSError:
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return {
        "processor": cpu,
        "cores": cores,
        "memory_gb": round(memory, 1),
        "copy_gb_per_s": round(_probe("bandwidth")["gb_per_s"], 1),
        "load": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }


def to_json(numbers: Sequence[Number], on: dict[str, Any]) -> dict[str, Any]:
    """Machine and numbers as one JSON-ready object."""
    return {"machine": on, "numbers": [{**asdict(each), "kept": each.kept} for each in numbers]}


def to_text(numbers: Sequence[Number], on: dict[str, Any]) -> str:
    """Machine and numbers as a plain table of at most 120 columns."""
    head = ("number", "measured", "promised", "", "runs", "beside it, in the same run")
    rows = [head]
    for each in numbers:
        kept = {None: "", True: "kept", False: "BROKEN"}[each.kept]
        promised = "" if each.promised is None else f"<= {_amount(each.promised, each.unit)}"
        beside = [f"{name} {_amount(value, each.unit)}" for name, value in each.beside.items()] or [""]
        rows.append((each.name, _amount(each.value, each.unit), promised, kept, str(each.runs), beside[0]))
        rows += [("", "", "", "", "", more) for more in beside[1:]]
    wide = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in wide))
    about = (
        f"{on['processor']}, {on['cores']} cores (load {on['load']}), {on['memory_gb']} GB, copies "
        f"{on['copy_gb_per_s']} GB/s; {on['system']}, Python {on['python']}.\n"
        "Each run is a new process. Times are medians, of peak memory the highest."
    )
    return "\n".join([about, "", *lines])


def _amount(value: float, unit: str) -> str:
    digits = 0 if unit in ("MB", "") else 2 if value >= 0.1 else 3 if value >= 0.001 else 5
    return f"{value:.{digits}f} {unit}".rstrip()
