"""What the commands of the experiments share: a run store, worker processes, and one sentence for what cannot be done."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from toykit.errors import REFUSALS

BAD_INPUT, INTERRUPTED = 2, 130


class Options(argparse.ArgumentParser):
    """The arguments of `python -m experiments.NAME`: --store, --jobs and --retry-failed, and what is added.

    Unlike argparse alone it says in one line, without the usage, what it refuses.
    """

    def __init__(self, name: str, description: str) -> None:
        super().__init__(prog=f"python -m experiments.{name}", description=description)
        self.add_argument("--store", type=Path, default=Path("runs"), help="folder of the run store (default: runs)")
        self.add_argument("--jobs", type=_processes, default=2, help="worker processes, one thread each (default: 2)")
        self.add_argument("--retry-failed", action="store_true", help="run again what failed in an earlier run")

    def error(self, message: str) -> NoReturn:
        """Refuse what was typed.

        Raises:
            SystemExit: always, with the exit code 2.

        """
        self.exit(BAD_INPUT, f"{self.prog}: {message}; see --help\n")


def exit_code(name: str, store: Path, job: Callable[[], int]) -> int:
    """What the job returns; 2 for bad input, in one sentence on stderr, and 130 for an interrupt, after which one can go on."""
    try:
        return job()
    except REFUSALS as error:
        print(f"{name}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print(f"\ninterrupted; what is finished lies in {store}, the same command resumes", file=sys.stderr)
        return INTERRUPTED


def _processes(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a number of processes is at least 1; got {text!r}")
    return int(text)
