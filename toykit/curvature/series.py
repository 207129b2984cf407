"""Taylor coefficients with error bounds: c_0, .., c_K of f(t_0 + s) for every t_0 in an interval, as midpoint and radius.

The arithmetic of intervals in float64, where every rounding is charged to the radius (`toykit.barriers.certified.rounding`),
and the classical recurrences for products, exp, log and tanh of power series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from toykit.barriers.certified.rounding import LIBRARY_ULPS, TINY, UNIT, product
from toykit.landscape import Floats


@dataclass(frozen=True)
class Ball:
    """Real numbers within `radius` of `middle`, both arrays of one shape."""

    middle: Floats
    radius: Floats

    @classmethod
    def exact(cls, value: Floats | float) -> Ball:
        """Numbers that are what they say."""
        middle = np.asarray(value, dtype=np.float64)
        return cls(middle, np.zeros_like(middle))

    @property
    def reach(self) -> Floats:
        """The largest absolute value."""
        return np.abs(self.middle) + self.radius

    def __add__(self, other: Ball) -> Ball:
        return _rounded(self.middle + other.middle, self.radius + other.radius)

    def __sub__(self, other: Ball) -> Ball:
        return _rounded(self.middle - other.middle, self.radius + other.radius)

    def __mul__(self, other: Ball) -> Ball:
        spread = np.abs(self.middle) * other.radius + self.radius * other.reach
        return _rounded(self.middle * other.middle, spread)

    def times(self, factor: float) -> Ball:
        """The numbers multiplied by one that is exact."""
        return _rounded(self.middle * factor, self.radius * abs(factor))

    def over(self, divisor: Ball) -> Ball:
        """The quotients, for a divisor above 0."""
        lowest = np.maximum(divisor.middle - divisor.radius, TINY)
        quotient = self.middle / divisor.middle
        return _rounded(quotient, (self.radius + np.abs(quotient) * divisor.radius) / lowest)

    def summed(self, axis: int) -> Ball:
        """The sums along one axis."""
        terms = self.middle.shape[axis]
        lost = product(terms) * np.abs(self.middle).sum(axis)
        return _rounded(self.middle.sum(axis), self.radius.sum(axis) * (1 + product(terms)) + lost)


Series = Sequence[Ball]
"""c_0, .., c_K; a series that is handed on may be shorter, where the rest is 0."""


def _rounded(middle: Floats, radius: Floats) -> Ball:
    """A result whose middle and radius were computed by a few operations."""
    return Ball(middle, radius * (1 + 16 * UNIT) + 8 * UNIT * np.abs(middle) + TINY)


def between(lo: Floats, hi: Floats) -> Ball:
    """The numbers from lo to hi, both computed by library functions."""
    blur = LIBRARY_ULPS * 4 * UNIT * np.maximum(np.abs(lo), np.abs(hi))
    return _rounded((lo + hi) / 2, (hi - lo) / 2 + blur)


def dense(features: Series, weight: Ball, bias: Ball, step: Ball, bias_step: Ball) -> list[Ball]:
    """The series of h W^T + b for W = weight + s step, b = bias + s bias_step: c_k = h_k weight^T + h_{k-1} step^T (+ b)."""
    terms, found = weight.middle.shape[1], []
    for order, part in enumerate(features):
        total = _matmul(part, weight)
        if order:
            total += _matmul(features[order - 1], step)
        if order == 0:
            total += bias
        if order == 1:
            total += bias_step
        found.append(Ball(total.middle, total.radius * (1 + product(terms))))
    return found


def _matmul(left: Ball, right: Ball) -> Ball:
    """left right^T with every rounding of its sums."""
    spread = np.abs(left.middle) @ right.radius.T + left.radius @ (np.abs(right.middle) + right.radius).T
    lost = product(left.middle.shape[1]) * (np.abs(left.middle) @ np.abs(right.middle).T)
    return _rounded(left.middle @ right.middle.T, spread * (1 + product(left.middle.shape[1])) + lost)


def times(left: Series, right: Series) -> list[Ball]:
    """The product of two series."""
    return [_convolved(left, right, order) for order in range(len(left))]


def _convolved(left: Series, right: Series, order: int) -> Ball:
    total = left[0] * right[order]
    for low in range(1, order + 1):
        total += left[low] * right[order - low]
    return total


def exponential(of: Series) -> list[Ball]:
    """exp: k e_k = sum_{j=1..k} j u_j e_{k-j}."""
    base = of[0]
    found = [between(np.exp(base.middle - base.radius), np.exp(base.middle + base.radius))]
    for order in range(1, len(of)):
        found.append(_weighted(of, found, order).times(1 / order))
    return found


def logarithm(of: Series) -> list[Ball]:
    """log of a series above 0: k u_0 l_k = k u_k - sum_{j=1..k-1} j l_j u_{k-j}."""
    base = of[0]
    found = [between(np.log(np.maximum(base.middle - base.radius, TINY)), np.log(base.middle + base.radius))]
    for order in range(1, len(of)):
        rest = of[order].times(order)
        for low in range(1, order):
            rest -= (found[low] * of[order - low]).times(low)
        found.append(rest.over(base).times(1 / order))
    return found


def identity(of: Series, order: int) -> list[Ball]:
    """The series itself, with the zeros written out."""
    return [*of, *[Ball.exact(np.zeros_like(of[0].middle))] * (order + 1 - len(of))]


def tanh(of: Series, order: int) -> list[Ball]:
    """tanh up to c_order: y' = (1 - y^2) u', where 1 - y^2 is enclosed by itself, so that nothing cancels where tanh is flat."""
    lo, hi = of[0].middle - of[0].radius, of[0].middle + of[0].radius
    value = [between(np.tanh(lo), np.tanh(hi))]
    nearest = np.where((lo <= 0) & (hi >= 0), 0.0, np.minimum(np.abs(lo), np.abs(hi)))
    slope = [between(_sech_2(np.maximum(np.abs(lo), np.abs(hi))), _sech_2(nearest))]
    for number in range(1, order + 1):
        value.append(_weighted(of, slope, number).times(1 / number))
        if number < order:
            slope.append(_convolved(value, value, number).times(-1.0))
    return value


def _sech_2(u: Floats) -> Floats:
    q: Floats = np.exp(-2 * np.abs(u))
    return 4 * q / (1 + q) ** 2


def _weighted(inner: Series, outer: Series, order: int) -> Ball:
    """sum_{j=1..k} j u_j f_{k-j}."""
    total = inner[1] * outer[order - 1]
    for low in range(2, min(order + 1, len(inner))):
        total += inner[low].times(float(low)) * outer[order - low]
    return total
