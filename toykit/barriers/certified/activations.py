"""Activations on quadratic Taylor models, each sound for every real number within the model.

ReLU is exact where its sign is fixed; where it is not, the better of two approximations of |x| on the unit's range is
used: a line through the remainder (error -lo hi/(hi-lo)) or the best quadratic of the polynomial part (error at most r/8, r
the larger end), four times smaller where the range is centred. The smooth ones stand in `smooth` and
`soft_rectifiers`.
"""

from __future__ import annotations

from collections.abc import Callable

from array_api_compat import array_namespace

from toykit.barriers.certified.models import Model, size, spread
from toykit.barriers.certified.rounding import TINY, UNIT
from toykit.barriers.certified.smooth import sigmoid, silu, tanh
from toykit.barriers.certified.soft_rectifiers import gelu, softplus
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
        c0, c1, c2, remainder = model
        reach = xp.abs(c1)
        reach += xp.abs(c2)
        reach += remainder
        reach *= 1 + 8 * UNIT
        factor = xp.astype(c0 > 0, c0.dtype)
        if negative_slope:
            factor = factor + (1 - factor) * negative_slope
        out = Model(*(factor * part for part in model))
        if negative_slope not in {0.0, 1.0}:
            out = out._replace(remainder=out.remainder * (1 + 4 * UNIT) + 4 * UNIT * size(model) + TINY)
        crossing = xp.abs(c0) < reach
        if not bool(xp.any(crossing)):
            return out
        # most units keep their sign on a short part: the approximations are computed for the others alone
        places = xp.nonzero(crossing)
        part = Model(*(c[places] for c in model))
        lo, hi = spread(part)
        line, curve = _line(part, lo, hi, plus, minus), _curve(part, lo, hi, plus, minus)
        bend = curve.remainder < line.remainder
        for target, straight, curved in zip(out, line, curve, strict=True):
            target[places] = xp.where(bend, curved, straight)
        return out

    return apply


def _line(model: Model, lo: Array, hi: Array, plus: float, minus: float) -> Model:
    """|x| lies between slope x and slope x + 2 mid, the chord of its graph over the whole range, remainder included."""
    xp = array_namespace(lo)
    zero = lo * 0
    lo, hi = xp.minimum(lo - model.remainder, zero), xp.maximum(hi + model.remainder, zero)
    width = xp.maximum(hi - lo, lo * 0 + TINY)
    slope = (hi + lo) / width
    mid = -lo * hi / width
    factor = plus + minus * slope
    straight = Model(factor * model.c0 + minus * mid, factor * model.c1, factor * model.c2, zero)
    error = xp.abs(factor) * model.remainder + minus * mid
    return straight._replace(remainder=error * (1 + 16 * UNIT) + 32 * UNIT * (size(straight) + xp.abs(lo) + xp.abs(hi)) + TINY)


def _curve(model: Model, lo: Array, hi: Array, plus: float, minus: float) -> Model:
    """The best quadratic of |x| on the range of the polynomial part, whose remainder passes with factor 1 (1-Lipschitz).

    On -a r <= x <= r it is alpha x^2/r + (1 - alpha) x + alpha r/8 +- alpha r/8 with alpha = 2a/(a + 1/2)^2 for a <= 1/2
    and alpha = 1 beyond (four points of equal error); mirrored where the other end is larger.
    """
    xp = array_namespace(lo)
    zero = lo * 0
    reach = xp.maximum(xp.maximum(hi, -lo), zero + TINY)
    short = xp.minimum(xp.maximum(xp.minimum(hi, -lo), zero) / reach, zero + 0.5)
    alpha = 2 * short / ((short + 0.5) * (short + 0.5))
    slope = plus + minus * xp.where(hi + lo >= 0, 1 - alpha, alpha - 1)
    bend, height = minus * alpha / reach, minus * alpha * reach / 8
    squared, fold = square(model)
    curved = Model(
        slope * model.c0 + bend * squared.c0 + height,
        slope * model.c1 + bend * squared.c1,
        slope * model.c2 + bend * squared.c2,
        zero,
    )
    error = model.remainder + height + bend * fold
    return curved._replace(remainder=error * (1 + 16 * UNIT) + 64 * UNIT * (size(curved) + size(model) + reach) + TINY)


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


RULES = ("identity", "relu", "leaky_relu", "tanh", "gelu", "sigmoid", "silu", "softplus")
"""The activations that have a rule, by name."""

SMOOTH: dict[str, Callable[[Model], Model]] = {
    "tanh": tanh,
    "gelu": gelu(piecewise_linear(0.0)),
    "sigmoid": sigmoid,
    "silu": silu,
    "softplus": softplus(piecewise_linear(0.0)),
}


def rule(activation: Activation) -> Callable[[Model], Model] | None:
    """The rule of an activation; None where there is none."""
    if activation.name in SMOOTH:
        return SMOOTH[activation.name]
    if not activation.piecewise_linear or not 0 <= activation.negative_slope <= 1:
        return None
    return identity if activation.negative_slope == 1 else piecewise_linear(activation.negative_slope)
