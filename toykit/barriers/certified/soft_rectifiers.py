"""GELU and softplus on quadratic Taylor models: smooth where a unit moves little, and close to ReLU where it moves far.

Expansions as in `smooth`; on wide ranges the model of ReLU and what the function is off from it, or the plain enclosure.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from array_api_compat import array_namespace
from scipy.special import erf as numpy_erf

from toykit.barriers.certified.models import Model, spread
from toykit.barriers.certified.rounding import UNIT
from toykit.barriers.certified.smooth import better, between, expanded
from toykit.parameters import Array

GELU_LOWEST = (-0.7518, -0.7517, -0.16998)
"""GELU falls up to a position between the first two numbers and rises after it; there it is above the third."""

GELU_THIRD = ((0.79228, 0.79229, 0.7788), (2.5243, 2.5244, 0.09875))
"""x^2 = (7 -+ sqrt 33)/2, where |GELU'''| has its maxima for x > 0: brackets, and bounds of the values there."""


SOFTPLUS_LIMIT = 20.0
"""From here on torch takes softplus(x) = x by default, which is off by log(1 + exp -20): charged, to be sound for both."""


def softplus(relu: Callable[[Model], Model], limit: float = SOFTPLUS_LIMIT) -> Callable[[Model], Model]:
    """log(1 + exp x), or x where x > `limit`; on wide ranges `relu` of x, which is below it by at most log 2.

    With p = sigmoid(x) the third derivative is p (1-p) (1-2p), at most p (1-p) and 1/(6 sqrt 3); p (1-p) grows by at most
    exp(|x - c_0|) along x, and exp(y) <= 1 + y + y^2 for y <= 1.
    """
    jump = math.log1p(math.exp(-limit)) * (1 + 64 * UNIT)

    def apply(model: Model) -> Model:
        xp = array_namespace(model.c0)
        lo, hi = spread(model)
        lo, hi = lo - model.remainder, hi + model.remainder
        x = model.c0
        small = xp.exp(-xp.abs(x))
        first = xp.where(x >= 0, 1 / (1 + small), small / (1 + small))
        slope = small / ((1 + small) * (1 + small))
        reach = xp.clip(xp.abs(model.c1) + xp.abs(model.c2) + model.remainder, None, 1.0)
        third = (slope + 64 * UNIT) * (1 + reach + reach * reach) * (1 + 16 * UNIT)
        # a reach that was cut to 1 leaves 3 p (1-p), which may be too small: there the bound for all x
        third = xp.where(reach < 1, xp.clip(third, None, 0.09623), x * 0 + 0.09623)
        blur = 64 * UNIT * (1 + xp.abs(x)), x * 0 + 64 * UNIT, x * 0 + 64 * UNIT
        found = expanded(model, _softplus(x), first, slope / 2, third, blur)
        below, half = relu(model), math.log(2) / 2
        wide = below._replace(c0=below.c0 + half, remainder=below.remainder + half + 8 * UNIT * (1 + xp.abs(below.c0)))
        plain = between(_softplus(lo), _softplus(hi), 64 * UNIT * (1 + xp.abs(lo) + xp.abs(hi)))
        found = better(better(found, wide), plain)
        return found._replace(remainder=found.remainder + xp.where(hi > limit, x * 0 + jump, x * 0))

    return apply


def _softplus(x: Array) -> Array:
    xp = array_namespace(x)
    return xp.clip(x, 0.0, None) + xp.log1p(xp.exp(-xp.abs(x)))


def gelu(relu: Callable[[Model], Model]) -> Callable[[Model], Model]:
    """x Phi(x) with the normal distribution Phi; on wide ranges `relu` of x, which is above it by at most 0.16998."""

    def apply(model: Model) -> Model:
        xp = array_namespace(model.c0)
        lo, hi = spread(model)
        lo, hi = lo - model.remainder, hi + model.remainder
        x = model.c0
        cdf, density = _normal_cdf(x), _density(x)
        # Phi is off by 16 u, the density by (16 + 2 x^2) u of itself, and density, x^2 density, x^4 density are below 1
        blur = 32 * UNIT * (1 + xp.abs(x)), x * 0 + 64 * UNIT, x * 0 + 64 * UNIT
        found = expanded(model, x * cdf, cdf + x * density, (2 - x * x) * density / 2, _gelu_third(lo, hi), blur)
        below = relu(model)
        depth = -GELU_LOWEST[2] / 2
        wide = below._replace(c0=below.c0 - depth, remainder=below.remainder + depth + 4 * UNIT * (1 + xp.abs(below.c0)))
        return better(better(found, wide), _gelu_plain(lo, hi))

    return apply


def _gelu_plain(lo: Array, hi: Array) -> Model:
    xp = array_namespace(lo)
    left, right = lo * _normal_cdf(lo), hi * _normal_cdf(hi)
    lowest = xp.where((lo < GELU_LOWEST[1]) & (hi > GELU_LOWEST[0]), lo * 0 + GELU_LOWEST[2], xp.minimum(left, right))
    return between(lowest, xp.maximum(left, right), 64 * UNIT * (1 + xp.abs(lo) + xp.abs(hi)))


def _gelu_third(lo: Array, hi: Array) -> Array:
    """sup |x (x^2 - 4)| exp(-x^2/2)/sqrt(2 pi) over [lo, hi]: an even function of x with two maxima for x > 0."""
    xp = array_namespace(lo)
    near = xp.where(lo * hi > 0, xp.minimum(xp.abs(lo), xp.abs(hi)), lo * 0)
    far = xp.maximum(xp.abs(lo), xp.abs(hi))
    ends = [xp.abs(x * (x * x - 4)) * _density(x) for x in (xp.minimum(near, near * 0 + 40), xp.minimum(far, far * 0 + 40))]
    largest = xp.maximum(*ends)
    for left, right, value in GELU_THIRD:
        largest = xp.maximum(largest, xp.where((near <= right) & (far >= left), lo * 0 + value, lo * 0))
    bounded: Array = largest * (1 + 64 * UNIT) + 256 * UNIT
    return bounded


def _normal_cdf(x: Array) -> Array:
    xp = array_namespace(x)
    erf = getattr(xp, "erf", numpy_erf)  # the array API standard has none: torch brings its own, NumPy takes SciPy's
    return (1 + erf(x * math.sqrt(0.5))) / 2


def _density(x: Array) -> Array:
    xp = array_namespace(x)
    return xp.exp(-x * x / 2) / math.sqrt(2 * math.pi)
