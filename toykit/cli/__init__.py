"""The command `toykit`: claims, derive, check, report, compare, align, connect, combine, sweep, merge."""

from toykit.cli.main import main

__all__ = ["main"]
