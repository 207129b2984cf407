"""From measurements to words, by one rule for all studies of the family.

A prediction that speaks of several cases is reproduced if at most one in ten fails, unless what would refute it has been
measured; it is not reproduced if that has, or if it fails in most cases; else it is qualified.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from experiments.studies.study import Finding, Word
from experiments.studies.words import UNMEASURED, mostly


def word(holds: Iterable[bool], *, refuted: bool = False) -> Word:
    """The word on cases that hold or do not."""
    cases = list(holds)
    if refuted or (cases and sum(cases) < len(cases) / 2):
        return Word.NOT_REPRODUCED
    return Word.REPRODUCED if mostly(cases) else Word.QUALIFIED


def found(prediction: str, holds: Sequence[bool], says: str, *, refuted: bool = False) -> Finding:
    """The finding on cases that hold or do not; without a case the prediction is qualified as unmeasured."""
    if not holds and not refuted:
        return Finding(prediction, Word.QUALIFIED, UNMEASURED)
    return Finding(prediction, word(holds, refuted=refuted), f"{sum(holds)} of {len(holds)} cases; {says}")


def average(values: Iterable[float | None]) -> float | None:
    """The mean of what is there, None where nothing is."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def standard_error(values: Sequence[float], inside: float = 0.0) -> float:
    """The standard error over pairs; of a single pair the error over its own draws, `inside`."""
    if len(values) < 2:
        return inside
    return float(np.std(values, ddof=1) / math.sqrt(len(values)))


def ordered(parts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts by depth, then by width."""
    return sorted(parts, key=lambda part: (len(part["config"]["widths"]), max(part["config"]["widths"])))


def shown(values: Iterable[float | None], digits: int = 3) -> str:
    """Numbers in a row."""
    return ", ".join("–" if value is None else f"{value:.{digits}f}" for value in values)
