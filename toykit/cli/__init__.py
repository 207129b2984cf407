"""The command `toykit`: claims, derive, check, report, sweep, merge."""

from toykit.cli.main import main

__all__ = ["main"]
