"""Activations on quadratic Taylor models, each sound for every real number within the model.

ReLU is exact where its sign is fixed; where it is not, the better of two approximations of |x| on the unit's range is
used: a line (error -lo hi/(hi-lo)) or the parabola x^2/r + r/8 (error r/8, r the larger end), four times smaller where
the range is centred. tanh is expanded to second order with the largest third derivative on the unit's range.
"""

from __future__ import annotations

from collections.abc import Callable

from array_api_compat import array_namespace

from toykit.barriers.certified.models import Model, size, spread
from toykit.barriers.certified.rounding import LIBRARY_ULPS, TINY, UNIT
from toykit.landscape import Activation
from toykit.parameters import Array


def identity(model: Model) -> Model:
    """The linear network's activation."""
    return model


def piecewise_linear(negative_slope: float) -> Callable[[Model], Model]:
    """max(x, slope x) for 0 <= slope <= 1, which is (1 + slope)/2 x + (1 - slope)/2 |x|."""
    plus, minus = (1 + negative_slope) / 2, (1 - negative_slope) / 2

    def apply(model: Model) -> Model:
        xp = array_namespace(model.c0)
        lo, hi = spread(model)
        on, off = lo - model.remainder >= 0, hi + model.remainder <= 0
        factor = xp.where(on, plus + minus, negative_slope) + model.c0 * 0
        scaled = factor * model.remainder * (1 + 4 * UNIT)
        if negative_slope not in {0.0, 1.0}:
            scaled = scaled + 4 * UNIT * size(model) + TINY
        out = Model(factor * model.c0, factor * model.c1, factor * model.c2, scaled)
        crossing = ~(on | off)
        if not bool(xp.any(crossing)):
            return out
        # most units keep their sign on a short part: the approximations are computed for the others alone
        part, low, high = Model(*(c[crossing] for c in model)), lo[crossing], hi[crossing]
        line, parabola = _line(part, low, high, plus, minus), _parabola(part, low, high, plus, minus)
        bend = parabola.remainder < line.remainder
        for target, straight, curved in zip(out, line, parabola, strict=True):
            target[crossing] = xp.where(bend, curved, straight)
        return out

    return apply


def _line(model: Model, lo: Array, hi: Array, plus: float, minus: float) -> Model:
    """|x| lies between slope x and slope x + 2 mid, the chord of its graph over the whole range, remainder included."""
    xp = array_namespace(lo)
    lo, hi = lo - model.remainder, hi + model.remainder
    width = xp.maximum(hi - lo, lo * 0 + TINY)
    slope = (hi + lo) / width
    mid = xp.maximum(-lo * hi, lo * 0) / width
    factor = plus + minus * slope
    straight = Model(factor * model.c0 + minus * mid, factor * model.c1, factor * model.c2, lo * 0)
    error = xp.abs(factor) * model.remainder + minus * mid
    return straight._replace(remainder=error * (1 + 16 * UNIT) + 32 * UNIT * (size(straight) + xp.abs(lo) + xp.abs(hi)) + TINY)


def _parabola(model: Model, lo: Array, hi: Array, plus: float, minus: float) -> Model:
    """|x| = x^2/r + r/8 +- r/8 on |x| <= r for the polynomial part; the remainder passes with factor 1 (1-Lipschitz)."""
    xp = array_namespace(lo)
    reach = xp.maximum(xp.maximum(hi, -lo), lo * 0 + TINY)
    squared, fold = square(model)
    curved = Model(
        plus * model.c0 + minus * (squared.c0 / reach + reach / 8),
        plus * model.c1 + minus * squared.c1 / reach,
        plus * model.c2 + minus * squared.c2 / reach,
        lo * 0,
    )
    error = model.remainder + minus * (reach / 8 + fold / reach)
    return curved._replace(remainder=error * (1 + 16 * UNIT) + 64 * UNIT * (size(curved) + reach) + TINY)


def square(model: Model) -> tuple[Model, Array]:
    """x^2 for the polynomial part x, folded to degree 2, and the error of the fold."""
    xp = array_namespace(model.c0)
    cubic, quartic = 2 * model.c1 * model.c2, model.c2 * model.c2
    folded = Model(
        model.c0 * model.c0 - quartic / 8,
        2 * model.c0 * model.c1 + 0.75 * cubic,
        model.c1 * model.c1 + 2 * model.c0 * model.c2 + quartic,
        model.c0 * 0,
    )
    magnitude = size(model)
    return folded, xp.abs(cubic) / 4 + quartic / 8 + 32 * UNIT * magnitude * magnitude + TINY


def tanh(model: Model) -> Model:
    """A second-order expansion of tanh about c_0, never worse than the plain enclosure by its end values."""
    xp = array_namespace(model.c0)
    lo, hi = spread(model)
    lowest, highest = xp.tanh(lo - model.remainder), xp.tanh(hi + model.remainder)
    value = xp.tanh(model.c0)
    first = 1 - value * value
    half_second = -value * first  # tanh''/2
    cubic, quartic = 2 * half_second * model.c1 * model.c2, half_second * model.c2 * model.c2
    moved = xp.abs(model.c1) + xp.abs(model.c2)
    reach = moved + model.remainder
    remainder = (
        first * model.remainder
        + xp.abs(half_second) * (2 * moved * model.remainder + model.remainder * model.remainder)
        + xp.abs(cubic) / 4
        + xp.abs(quartic) / 8
        + reach * reach * reach * _third(lowest, highest) / 6
    )
    library = LIBRARY_ULPS * 2 * UNIT * xp.abs(value) + TINY
    rounding = library * (1 + 6 * reach + 6 * reach * reach) + 64 * UNIT * (1 + reach) * (1 + reach)
    expansion = Model(
        value - quartic / 8,
        first * model.c1 + 0.75 * cubic,
        first * model.c2 + half_second * model.c1 * model.c1 + quartic,
        remainder * (1 + 64 * UNIT) + rounding,
    )
    plain = (highest - lowest) / 2 * (1 + 4 * UNIT) + LIBRARY_ULPS * 8 * UNIT
    better = plain < expansion.remainder
    zero = value * 0
    return Model(
        xp.where(better, (lowest + highest) / 2, expansion.c0),
        xp.where(better, zero, expansion.c1),
        xp.where(better, zero, expansion.c2),
        xp.where(better, plain, expansion.remainder),
    )


def _third(lowest: Array, highest: Array) -> Array:
    """The third derivative of tanh, 2 s |2 - 3 s| with s = 1 - tanh^2, from above where tanh lies in [lowest, highest].

    It is at most 2/3 below s = 2/3, rises to 2 at s = 1, and is small where the unit is saturated.
    """
    xp = array_namespace(lowest)
    nearest = xp.where(lowest * highest > 0, xp.minimum(xp.abs(lowest), xp.abs(highest)), lowest * 0)
    s = xp.minimum(1 - nearest * nearest + 8 * LIBRARY_ULPS * UNIT, lowest * 0 + 1)
    falling, rising = 2 * s * (2 - 3 * s), xp.maximum(2 * s * (3 * s - 2), lowest * 0 + 2 / 3)
    largest: Array = xp.where(s <= 1 / 3, falling, rising) * (1 + 16 * UNIT) + 16 * UNIT
    return largest


RULES = ("identity", "relu", "leaky_relu", "tanh")
"""The activations that have a rule, by name."""


def rule(activation: Activation) -> Callable[[Model], Model] | None:
    """The rule of an activation; None where there is none."""
    if activation.name == "tanh":
        return tanh
    if not activation.piecewise_linear or not 0 <= activation.negative_slope <= 1:
        return None
    return identity if activation.negative_slope == 1 else piecewise_linear(activation.negative_slope)
