"""Quadratic Taylor models: every unit of every example as c_0 + c_1 s + c_2 s^2 +- R for |s| <= 1.

On a part t = m + h s of the chord the dependence on s is shared by all units, so it does not blow up from layer to
layer. Powers above 2 are folded down with Chebyshev polynomials: s^3 = 3s/4 +- 1/4, s^4 = s^2 - 1/8 +- 1/8.
"""

from __future__ import annotations

from typing import NamedTuple

from array_api_compat import array_namespace

from toykit.arrays import to_numpy
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
    magnitude: Array = xp.abs(model.c0)
    magnitude += xp.abs(model.c1)
    magnitude += xp.abs(model.c2)
    return magnitude


def input_layer(start: Array, slope: Array, charge: Array, m: float, h: float) -> Model:
    """P(t) = start + t * slope on t = m + h s, for a layer whose input does not depend on t; `charge` is `input_charge`."""
    xp = array_namespace(start)
    return Model(start + m * slope, h * slope, xp.zeros_like(slope), charge)


def input_charge(start: Array, slope: Array, error: Array) -> Array:
    """What |start|, |slope| <= `error` off and the rounding of start + t * slope cost at any t in [0, 1]."""
    xp = array_namespace(start)
    charge: Array = 3 * error + 8 * UNIT * (xp.abs(start) + xp.abs(slope))
    return charge


class Layer(NamedTuple):
    """x -> (W + s dW) x + b + s db, made ready once for all examples: transposed matrices (in, out) and rows (out,).

    Matrices may be those of another library than the rows and the models, on the same host: it multiplies (`through`).
    `step` is None at a single position. `largest` >= |W + s dW|, `blur` what rounding did to any weight of a row,
    `offset` what the rounding of the biases costs.
    """

    weight: Array
    bias: Array | None
    step: Array | None
    bias_step: Array | None
    largest: Array
    blur: Array | float
    offset: Array | float


def layer(
    weight: Array,
    bias: Array | None,
    step: Array | None,
    bias_step: Array | None,
    blur: Array | float = 0.0,
    bias_blur: Array | float = 0.0,
) -> Layer:
    """A layer from `weight` (out, in) and `bias` (out,) at the middle and their steps, already times the half length h.

    Without steps (a single position, h = 0) only c_0 moves and c_1, c_2 are 0. `blur` (out,) bounds what rounding did to
    the weights of each row, `bias_blur` to b: where both ends cancel, it is large against what is left.
    """
    xp = array_namespace(weight)
    growth = 1 + product(weight.shape[1])
    offset = bias_blur * growth + TINY
    if bias is not None:
        offset = offset + 32 * UNIT * (xp.abs(bias) if bias_step is None else xp.abs(bias) + xp.abs(bias_step))
    largest = xp.abs(weight) if step is None else xp.abs(weight) + xp.abs(step)
    return Layer(weight.T, bias, None if step is None else step.T, bias_step, growth * largest.T, growth * blur, offset)


def through(x: Array, matrix: Array) -> Array:
    """X @ matrix by the library of the matrix, with its threads, as an array of the library of x; both share the memory."""
    if type(x) is type(matrix):
        return x @ matrix
    return to_numpy(array_namespace(matrix).asarray(x) @ matrix)


def affine(model: Model, by: Layer) -> Model:
    """(W + s dW)(model) + b + s db, folded to degree 2.

    Every coefficient is a sum of at most 2 n products and four more terms, so that `product(n)` of |x| |W| bounds what all
    of them round, the fold included; the biases pay for themselves.
    """
    xp = array_namespace(model.c0)
    charge = size(model)
    total = xp.sum(charge, axis=-1, keepdims=True) + xp.sum(model.remainder, axis=-1, keepdims=True)
    charge *= product(by.weight.shape[0])
    charge += model.remainder
    remainder = through(charge, by.largest)
    remainder += total * by.blur + by.offset
    c0 = through(model.c0, by.weight)
    if by.bias is not None:
        c0 += by.bias
    if by.step is None:
        return Model(c0, xp.zeros_like(c0), xp.zeros_like(c0), remainder)
    c1, c2, c3 = through(model.c1, by.weight), through(model.c2, by.weight), through(model.c2, by.step)
    c1 += through(model.c0, by.step)
    c2 += through(model.c1, by.step)
    if by.bias_step is not None:
        c1 += by.bias_step
    remainder += 0.25 * xp.abs(c3)
    c3 *= 0.75
    c1 += c3
    return Model(c0, c1, c2, remainder)


def fold(c0: Array, c1: Array, c2: Array, c3: Array, remainder: Array) -> Model:
    """c_0 + c_1 s + c_2 s^2 + c_3 s^3 +- remainder, folded to degree 2."""
    xp = array_namespace(c0)
    cubic = xp.abs(c3)
    model = Model(c0, c1 + 0.75 * c3, c2, remainder)
    return model._replace(remainder=remainder + 0.25 * cubic + 8 * UNIT * (size(model) + cubic) + TINY)
