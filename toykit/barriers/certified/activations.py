"""Activations on quadratic Taylor models, each sound for every real number within the model.

ReLU is exact where its sign is fixed; where it is not, the better of two approximations of |x| on the unit's range is
used: a line (error -lo hi/(hi-lo)) or the parabola x^2/r + r/8 (error r/8, r the larger end), four times smaller where
the range is centred. The smooth ones stand in `smooth`.
"""

from __future__ import annotations

from collections.abc import Callable

from array_api_compat import array_namespace

from toykit.barriers.certified.models import Model, size, spread
from toykit.barriers.certified.rounding import TINY, UNIT
from toykit.barriers.certified.smooth import gelu, sigmoid, silu, tanh
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
        zero = model.c0 * 0  # torch would take two numbers alone in single precision
        factor = xp.where(on, zero + (plus + minus), zero + negative_slope)
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


RULES = ("identity", "relu", "leaky_relu", "tanh", "gelu", "sigmoid", "silu")
"""The activations that have a rule, by name."""

SMOOTH: dict[str, Callable[[Model], Model]] = {
    "tanh": tanh,
    "gelu": gelu(piecewise_linear(0.0)),
    "sigmoid": sigmoid,
    "silu": silu,
}


def rule(activation: Activation) -> Callable[[Model], Model] | None:
    """The rule of an activation; None where there is none."""
    if activation.name in SMOOTH:
        return SMOOTH[activation.name]
    if not activation.piecewise_linear or not 0 <= activation.negative_slope <= 1:
        return None
    return identity if activation.negative_slope == 1 else piecewise_linear(activation.negative_slope)
