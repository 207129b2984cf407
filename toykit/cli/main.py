"""`toykit COMMAND`: bad input is one sentence on stderr and exit code 2; a refuted or violated claim is exit code 1."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from theory.catalogue import UnknownClaim
from toykit.cli.commands import check, claims, derive, report
from toykit.cli.compare import align, combine, compare, connect
from toykit.cli.sweeps import merge, sweep
from toykit.errors import REFUSALS

BAD_INPUT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(package_name="toykit", message="%(prog)s %(version)s")
@click.pass_context
def toykit(context: click.Context) -> None:
    """The theory of mode connectivity, executable: claims derived, machine-checked and tested on networks."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (claims, derive, check, report, compare, align, connect, combine, sweep, merge):
    toykit.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Raises:
        SystemExit: always; 0 for success, 1 for a claim that fails, 2 for bad input, 130 for an interrupt.

    """
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        # standalone_mode=False hands exceptions and exit codes to us: click alone prints a usage text of several lines
        code = toykit.main(args=None if arguments is None else list(arguments), prog_name="toykit", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        return _refuse(error.format_message().rstrip(".") + "; run: toykit --help")
    except (UnknownClaim, *REFUSALS) as error:
        return _refuse(str(error))
    except (BrokenPipeError, SystemExit):
        # the reader has gone (`toykit claims | head`), for which click exits by itself in the midst of a command:
        # no more output, and none from the interpreter's own flush either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    return code if isinstance(code, int) else 0


def _refuse(sentence: str) -> int:
    click.echo("toykit: " + " ".join(sentence.split()), err=True)
    return BAD_INPUT
