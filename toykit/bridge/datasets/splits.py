"""The parts of a data set."""

from __future__ import annotations

from toykit.errors import InputError

SPLITS = ("train", "test", "all")


def require_split(split: str, what: str) -> None:
    """Refuse what is no split.

    Raises:
        InputError: names the splits.

    """
    if split not in SPLITS:
        raise InputError(f"a split of {what} is one of {', '.join(SPLITS)}; got {split!r}; choose one")
