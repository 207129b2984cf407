"""The command `toykit`: claims, derive, check, report."""

from toykit.cli.main import main

__all__ = ["main"]
