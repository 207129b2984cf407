"""Quadratic Taylor models: every unit of every example as c_0 + c_1 s + c_2 s^2 +- R for |s| <= 1.

On a part t = m + h s of the chord the dependence on s is shared by all units, so it does not blow up from layer to
layer. Powers above 2 are folded down with Chebyshev polynomials: s^3 = 3s/4 +- 1/4, s^4 = s^2 - 1/8 +- 1/8.
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace

from toykit.barriers.certified.rounding import TINY, UNIT, product
from toykit.parameters import Array


class Model(NamedTuple):
    """c0 + c1 s + c2 s^2 +- remainder, each of shape (n, units)."""

    c0: Array
    c1: Array
    c2: Array
    remainder: Array


def spread(model: Model) -> tuple[Array, Array]:
    """Rigorous bounds (lo, hi) of the polynomial part over |s| <= 1, without the remainder, each (n, units)."""
    xp = array_namespace(model.c0)
    linear, zero = xp.abs(model.c1), model.c2 * 0
    lo = model.c0 - linear + xp.minimum(model.c2, zero)
    hi = model.c0 + linear + xp.maximum(model.c2, zero)
    slack = 4 * UNIT * (xp.abs(model.c0) + linear + xp.abs(model.c2))
    return lo - slack, hi + slack


def size(model: Model) -> Array:
    """|c_0| + |c_1| + |c_2|, shape (n, units)."""
    xp = array_namespace(model.c0)
    magnitude: Array = xp.abs(model.c0) + xp.abs(model.c1) + xp.abs(model.c2)
    return magnitude


def input_layer(start: Array, slope: Array, error: Array, m: float, h: float) -> Model:
    """P(t) = start + t * slope on t = m + h s, for a layer whose input does not depend on t; `error` bounds both."""
    xp = array_namespace(start)
    rounding = 8 * UNIT * (xp.abs(start) + xp.abs(slope))
    return Model(start + m * slope, h * slope, slope * 0, 3 * error + rounding)


def affine(
    model: Model,
    weight: Array,
    bias: Array | None,
    weight_step: Array | None,
    bias_step: Array | None,
    blur: Array | float = 0.0,
    bias_blur: Array | float = 0.0,
) -> Model:
    """(W + s dW)(model) + b + s db: `weight` (out, in) and `bias` (out,) at the middle, steps times the half length h.

    Without steps (a single position, h = 0) only c_0 moves and c_1, c_2 are 0. `blur` (out,) bounds what rounding did to
    the weights of each row, `bias_blur` to b: where both ends cancel, it is large against what is left.
    """
    xp = array_namespace(model.c0)
    n, terms, out = model.c0.shape[0], weight.shape[1], weight.shape[0]
    if weight_step is None:
        c0 = model.c0 @ weight.T if bias is None else model.c0 @ weight.T + bias
        charge = model.remainder + product(terms) * xp.abs(model.c0)
        remainder = (charge @ xp.abs(weight).T) * (1 + product(terms)) + 8 * UNIT * xp.abs(c0) + TINY
        if bias is not None:
            remainder = remainder + 32 * UNIT * xp.abs(bias)
        return Model(c0, c0 * 0, c0 * 0, remainder + blurred(model, blur, bias_blur))
    stacked = xp.concat([model.c0, model.c1, model.c2], axis=0)
    both = xp.concat([weight, weight_step], axis=0)
    products = stacked @ both.T
    now, step = products[:, :out], products[:, out:]
    c0, c1 = now[:n], now[n : 2 * n] + step[:n]
    c2, c3 = now[2 * n :] + step[n : 2 * n], step[2 * n :]
    offset = 0.0
    if bias is not None:
        c0, c1 = c0 + bias, c1 + bias_step
        offset = xp.abs(bias) + xp.abs(bias_step)
    largest = xp.abs(weight) + xp.abs(weight_step)  # >= |W(s)| for every |s| <= 1
    charge = model.remainder + product(terms) * size(model)
    remainder = (charge @ largest.T) * (1 + product(terms)) + 32 * UNIT * offset + TINY
    return fold(c0, c1, c2, c3, remainder + blurred(model, blur, bias_blur))


def blurred(model: Model, blur: Array | float, bias_blur: Array | float) -> Array:
    """What the rounding of weights costs each output: their largest error times the sum of |x|."""
    xp = array_namespace(model.c0)
    total = xp.sum(size(model) + model.remainder, axis=-1, keepdims=True)
    cost: Array = (total * blur + bias_blur) * (1 + product(model.c0.shape[-1]))
    return cost


def fold(c0: Array, c1: Array, c2: Array, c3: Array, remainder: Array) -> Model:
    """c_0 + c_1 s + c_2 s^2 + c_3 s^3 +- remainder, folded to degree 2."""
    xp = array_namespace(c0)
    cubic = xp.abs(c3)
    model = Model(c0, c1 + 0.75 * c3, c2, remainder)
    return model._replace(remainder=remainder + 0.25 * cubic + 8 * UNIT * (size(model) + cubic) + TINY)
