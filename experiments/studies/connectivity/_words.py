"""One rule for the words of this family: what would refute a prediction comes first, then whether all it says was seen."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.studies.study import Finding, Word

FAILING = 0.1
"""A prediction about many cases is reproduced where at most one in ten fails."""


def word(*, holds: bool, refuted: bool) -> Word:
    """NOT REPRODUCED if refuted, REPRODUCED if it holds in full, else QUALIFIED."""
    return Word.NOT_REPRODUCED if refuted else Word.REPRODUCED if holds else Word.QUALIFIED


def mostly(cases: Sequence[bool]) -> bool:
    """Whether at most one case in ten fails, of at least one."""
    return bool(cases) and len(cases) - sum(cases) <= FAILING * len(cases)


def finding(prediction: str, says: str, *, holds: bool, refuted: bool) -> Finding:
    """The finding with its word."""
    return Finding(prediction, word(holds=holds, refuted=refuted), says)


def unmeasured(prediction: str) -> Finding:
    """The finding where no part bears on the prediction."""
    return Finding(prediction, Word.QUALIFIED, "no network of this size bears on it")
