"""The command line: ``fabricate``. Exit status 0 done, 1 an error, 2 usage, 3 not printable, 130 ^C."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Sequence

import click

from fabricate.cli import about, backends, doctor, gate, jobs, line, printers, templates, train
from fabricate.cli import print as printing
from fabricate.cli import scan as scanning
from fabricate.cli import slice as slicing
from fabricate.cli.interrupt import interruptible
from fabricate.cli.terminal import tell_error
from fabricate.errors import FabricateError, nearest

__all__ = ["cli", "main", "run"]


class _Commands(click.Group):
    """A group that names the nearest command when there is none of that name."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            raise click.UsageError(
                f"there is no command {name!r}: {nearest(name, self.list_commands(ctx))}", ctx
            )
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        import fabricate

        click.echo(f"fabricate {fabricate.__version__}")
        ctx.exit()


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version", is_flag=True, expose_value=False, callback=_print_version, help="Show the version."
)
def cli() -> None:
    """From a selfie or a sentence to a printable figure and the card it hangs on.

    \b
    fabricate make selfie.jpg --name Maya --title "Ceramics teacher" --accessory mug
    fabricate make --name Maya --describe "red curly hair in a bun, green dungarees"
    fabricate new maya        a spec to edit, for: fabricate make maya/maya.toml
    """


for _command in (
    *(line.make, line.stylize, line.lift, line.prepare, line.card, slicing.slice_),
    scanning.scan,
    *(gate.check, about.new, templates.templates, backends.backends, about.bench, doctor.doctor),
    *(printing.print_, printers.printers, jobs.jobs),
    train.train,
):
    cli.add_command(_command)


def run(args: Sequence[str]) -> int:
    """Run one command line and return its exit status; every error is told, none escapes."""
    with interruptible() as pressed:
        return _run(list(args), pressed)


def _run(args: list[str], pressed: threading.Event) -> int:
    json_wanted = "--json" in args
    try:
        status = cli.main(args, prog_name="fabricate", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.UsageError as error:
        if json_wanted:
            where = error.ctx.command_path if error.ctx else "fabricate"
            tell_error(Usage(error.format_message(), f"see: {where} --help"), json_wanted=True)
        else:
            error.show()
        return 2
    except click.ClickException as error:
        tell_error(FabricateError(error.format_message()), json_wanted=json_wanted)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _stopped(json_wanted)
    except FabricateError as error:
        tell_error(error, json_wanted=json_wanted)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if os.environ.get("FABRICATE_DEBUG"):
            raise
        if pressed.is_set():  # a ^C that came out as another error
            return _stopped(json_wanted)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        tell_error(
            Fault(f"a fault in fabricate: {text}", "run it again with FABRICATE_DEBUG=1 to see where"),
            json_wanted=json_wanted,
        )
        return 1


class Usage(FabricateError):
    """The command line does not fit."""


def _stopped(json_wanted: bool) -> int:
    tell_error(Stopped("stopped", "run the same command again to go on"), json_wanted=json_wanted)
    return 130


class Stopped(FabricateError):
    """^C."""


class Fault(FabricateError):
    """A mistake of ours."""


def main() -> None:
    """The entry point of the command ``fabricate``."""
    sys.exit(run(sys.argv[1:]))
