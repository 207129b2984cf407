"""Smooth scalar functions on quadratic Taylor models: tanh, sigmoid, SiLU, GELU, 1/sqrt, each sound for every real in the model.

A function is expanded to second order about c_0; the remainder takes the largest third derivative on the range of the
unit, from where that derivative is proved monotone. No expansion is worse than the plain enclosure by end values.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from array_api_compat import array_namespace
from scipy.special import erf as numpy_erf

from toykit.barriers.certified.arithmetic import times
from toykit.barriers.certified.models import Model, spread
from toykit.barriers.certified.rounding import LIBRARY_ULPS, TINY, UNIT
from toykit.parameters import Array

GELU_LOWEST = (-0.7518, -0.7517, -0.16998)
"""GELU falls up to a position between the first two numbers and rises after it; there it is above the third."""

GELU_THIRD = ((0.79228, 0.79229, 0.7788), (2.5243, 2.5244, 0.09875))
"""x^2 = (7 -+ sqrt 33)/2, where |GELU'''| has its maxima for x > 0: brackets, and bounds of the values there."""


def expanded(
    model: Model, value: Array, first: Array, half_second: Array, third: Array, blur: tuple[Array, Array, Array]
) -> Model:
    """f(x) = f + f' (x - c_0) + f''/2 (x - c_0)^2 +- |x - c_0|^3 sup|f'''|/6, given f, f', f''/2 at c_0 and sup|f'''| = `third`.

    `blur` bounds the absolute errors of the first three as they were computed.
    """
    xp = array_namespace(model.c0)
    cubic, quartic = 2 * half_second * model.c1 * model.c2, half_second * model.c2 * model.c2
    moved = xp.abs(model.c1) + xp.abs(model.c2)
    reach = moved + model.remainder
    remainder = (
        xp.abs(first) * model.remainder
        + xp.abs(half_second) * (2 * moved * model.remainder + model.remainder * model.remainder)
        + xp.abs(cubic) / 4
        + xp.abs(quartic) / 8
        + reach * reach * reach * third / 6
    )
    rounding = blur[0] + blur[1] * reach + blur[2] * reach * reach
    rounding = rounding + 64 * UNIT * (xp.abs(value) + xp.abs(first) * reach + xp.abs(half_second) * reach * reach)
    return Model(
        value - quartic / 8,
        first * model.c1 + 0.75 * cubic,
        first * model.c2 + half_second * model.c1 * model.c1 + quartic,
        (remainder + rounding) * (1 + 64 * UNIT) + TINY,
    )


def better(one: Model, other: Model) -> Model:
    """Unit by unit the model with the smaller remainder, and `other` where a remainder of `one` has overflowed."""
    xp = array_namespace(one.c0)
    take = one.remainder <= other.remainder
    return Model(*(xp.where(take, left, right) for left, right in zip(one, other, strict=True)))


def between(lowest: Array, highest: Array, slack: Array) -> Model:
    """The constant model of everything from lowest - slack to highest + slack."""
    zero = lowest * 0
    return Model((lowest + highest) / 2, zero, zero, (highest - lowest) / 2 * (1 + 4 * UNIT) + slack)


def tanh(model: Model) -> Model:
    """tanh to second order, with the third derivative 2 s |2 - 3 s|, s = 1 - tanh^2."""
    xp = array_namespace(model.c0)
    lo, hi = spread(model)
    lowest, highest = xp.tanh(lo - model.remainder), xp.tanh(hi + model.remainder)
    value = xp.tanh(model.c0)
    first = 1 - value * value
    library = LIBRARY_ULPS * 2 * UNIT * xp.abs(value) + TINY
    blur = library + 8 * UNIT, 6 * library + 16 * UNIT, 6 * library + 16 * UNIT
    found = expanded(model, value, first, -value * first, _tanh_third(lowest, highest), blur)
    return better(found, between(lowest, highest, value * 0 + LIBRARY_ULPS * 8 * UNIT))


def _tanh_third(lowest: Array, highest: Array) -> Array:
    """The third derivative of tanh, 2 s |2 - 3 s| with s = 1 - tanh^2, from above where tanh lies in [lowest, highest].

    It is at most 2/3 below s = 2/3, rises to 2 at s = 1, and is small where the unit is saturated.
    """
    xp = array_namespace(lowest)
    nearest = xp.where(lowest * highest > 0, xp.minimum(xp.abs(lowest), xp.abs(highest)), lowest * 0)
    s = xp.minimum(1 - nearest * nearest + 8 * LIBRARY_ULPS * UNIT, lowest * 0 + 1)
    falling, rising = 2 * s * (2 - 3 * s), xp.maximum(2 * s * (3 * s - 2), lowest * 0 + 2 / 3)
    largest: Array = xp.where(s <= 1 / 3, falling, rising) * (1 + 16 * UNIT) + 16 * UNIT
    return largest


def sigmoid(model: Model) -> Model:
    """1/(1 + exp -x) = (1 + tanh(x/2))/2; halves are exact."""
    found = tanh(Model(*(part / 2 for part in model)))
    return Model(0.5 + found.c0 / 2, found.c1 / 2, found.c2 / 2, found.remainder / 2 + 4 * UNIT)


def silu(model: Model) -> Model:
    """x sigmoid(x), as a product."""
    return times(model, sigmoid(model))


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


def inverse_root(model: Model, floor: Array) -> Model:
    """1/sqrt(x) of a model whose values are known to be at least `floor` > 0, with the third derivative 15/8 x^(-7/2)."""
    xp = array_namespace(model.c0)
    lo, hi = spread(model)
    lo = xp.maximum(lo - model.remainder - 4 * UNIT * (xp.abs(lo) + model.remainder), floor * (1 - 16 * UNIT))
    hi = xp.maximum(hi + model.remainder, lo) * (1 + 4 * UNIT)
    centre = xp.maximum(model.c0, lo)  # by rounding alone it may lie below the floor
    model = model._replace(c0=centre, remainder=(model.remainder + (centre - model.c0)) * (1 + 4 * UNIT))
    value = 1 / xp.sqrt(centre)
    square = value * value
    first, half_second = -value * square / 2, 3 * value * square * square / 8
    lowest = 1 / xp.sqrt(lo)
    third = 15 / 8 * lowest**7 * (1 + 64 * UNIT)
    blur = 8 * UNIT * value, 16 * UNIT * xp.abs(first), 32 * UNIT * half_second
    found = expanded(model, value, first, half_second, third, blur)
    return better(found, between(1 / xp.sqrt(hi), lowest, 16 * UNIT * lowest))
