"""Assertions about claims, networks and numbers, with messages that name what failed."""

from __future__ import annotations

import numpy as np

from toykit.arrays import to_numpy
from toykit.landscape import Landscape
from toykit.parameters import Parameters
from toykit.tolerances import TORCH64
from toykit.verdict import Number, Result, Verdict


def assert_holds(result: Result, *, applies: bool = True) -> None:
    """A claim is not violated on a pair, and with `applies` its assumptions hold there.

    Raises:
        AssertionError: with the comparison that fails, or the assumption that is false.

    """
    if result.verdict is Verdict.VIOLATED or (applies and result.verdict is Verdict.INAPPLICABLE):
        raise AssertionError(f"{result.slug} is {result.verdict} on {result.pair}: {result.reason}")


def assert_same_function(landscape: Landscape, theta: Parameters, other: Parameters, *, relative: float = TORCH64) -> None:
    """Two points have the same outputs on the data of a landscape, up to `relative` times the largest of them.

    Raises:
        AssertionError: with the largest difference and the example where it lies.

    """
    first, second = (np.asarray(to_numpy(landscape.outputs(point)), dtype=np.float64) for point in (theta, other))
    difference, size = np.abs(first - second), float(np.abs(first).max())
    if not difference.max() <= relative * size:  # NaN is no agreement
        row = int(difference.reshape(len(difference), -1).max(axis=1).argmax())
        raise AssertionError(f"outputs differ by {difference.max():.3g} at example {row}, where the largest output is {size:.3g}")


def assert_encloses(number: Number, value: float, *, slack: float = 0.0) -> None:
    """An enclosure [lo, hi] contains a value, up to `slack` for the rounding of the value itself.

    Raises:
        AssertionError: with both.

    """
    if not number.lo - slack <= value <= number.hi + slack:
        raise AssertionError(f"{number.trust.name} [{number.lo!r}, {number.hi!r}] does not contain {value!r}")
