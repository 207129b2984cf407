"""Means over networks with their intervals, and slopes over layers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.stats import t as student


class Interval(NamedTuple):
    """A mean with the half width of its 95 % interval over networks; `half` is infinite for a single network."""

    mean: float
    half: float

    @property
    def lo(self) -> float:
        """The lower end."""
        return self.mean - self.half

    @property
    def hi(self) -> float:
        """The upper end."""
        return self.mean + self.half

    def __str__(self) -> str:
        return f"{self.mean:.3g}" if math.isinf(self.half) else f"{self.mean:.3g} ± {self.half:.2g}"


def interval(values: Sequence[float]) -> Interval:
    """Student's interval of the mean of independent values."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Interval(mean, math.inf)
    return Interval(mean, float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))))


def height(loss: float, worse: float) -> float:
    """ln(max(Phi, worse)/worse): how far a loss stands above the worse endpoint; 0 where it does not."""
    return math.log(max(loss, worse) / worse)


def slope(heights: Mapping[int, float]) -> float:
    """The least-squares slope of heights over layers; negative where they grow towards the input."""
    return float(np.polyfit(list(heights), list(heights.values()), 1)[0])
