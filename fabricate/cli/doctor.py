"""``fabricate doctor``: what is here, what is missing, and the command that fixes it."""

from __future__ import annotations

import platform
from dataclasses import asdict

import click

from fabricate.cli.flags import speaking
from fabricate.cli.terminal import Terminal

__all__ = ["doctor"]

WORDS = {"ok": "ok", "missing": "missing", "absent": "-"}


@click.command(epilog="Example: fabricate doctor")
@speaking
def doctor(json: bool, quiet: bool) -> int:
    """Look at Python, libraries, extras, GPU, disk, models, slicers and printers, and say what to run.

    What is missing is only needed for what its line says; exit status 1 when the core itself is broken.
    """
    import fabricate
    from fabricate import resources
    from fabricate.cli import health

    lines = health.checked()
    states = {line.name: line.state for line in lines}
    missing = [line for line in lines if line.state == "missing"]
    broken = any(line.needed for line in missing)
    terminal = Terminal(json=json, quiet=quiet)
    terminal.say(f"fabricate {fabricate.__version__}, templates in {resources.packaged()}\n")
    terminal.table([(WORDS[line.state], line.name, line.found) for line in lines])
    if missing:
        terminal.say("\nTo get what is missing:")
        terminal.table([(f"  {line.name}", line.fix) for line in missing])
    terminal.result(
        {
            "fabricate": fabricate.__version__,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "ok": not broken,
            "lines": [asdict(line) for line in lines],
            "libraries": {name: health.version_of(name) for name in health.LIBRARIES},
            "extras": {extra: states[f"extra {extra}"] == "ok" for extra in health.EXTRAS},
            "missing": [line.fix for line in missing if line.fix.startswith("pip install")],
        }
    )
    return 1 if broken else 0
