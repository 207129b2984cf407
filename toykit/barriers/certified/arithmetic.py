"""Sums and products of quadratic Taylor models that share s, of any shape, with broadcasting; and linear maps of them.

A parameter is a model too: its value at the middle, its step, and the rounding of both ends.
"""

from __future__ import annotations

from collections.abc import Callable

from array_api_compat import array_namespace

from toykit.barriers.certified.models import Model, fold, size
from toykit.barriers.certified.rounding import TINY, UNIT, product
from toykit.parameters import Array


def constant(value: Array) -> Model:
    """An array that does not move."""
    zero = value * 0
    return Model(value, zero, zero, zero)


def moving(start: Array, end: Array, m: float, h: float) -> Model:
    """start + t (end - start) on t = m + h s."""
    xp = array_namespace(start)
    step = end - start
    rounding = xp.where(step == 0, step * 0, 8 * UNIT * (xp.abs(start) + xp.abs(end)))
    return Model(start + m * step, h * step, step * 0, rounding)


def plus(one: Model, other: Model) -> Model:
    """x + y."""
    c0, c1, c2 = (left + right for left, right in zip(one[:3], other[:3], strict=True))
    found = Model(c0, c1, c2, c0 * 0)
    return found._replace(remainder=(one.remainder + other.remainder) * (1 + 4 * UNIT) + 4 * UNIT * size(found) + TINY)


def scaled(model: Model, factor: float) -> Model:
    """factor * x for a number without error."""
    c0, c1, c2, remainder = model
    found = Model(factor * c0, factor * c1, factor * c2, remainder)
    if factor in {1.0, -1.0}:
        return found
    return found._replace(remainder=abs(factor) * model.remainder * (1 + 4 * UNIT) + 4 * UNIT * size(found) + TINY)


def times(one: Model, other: Model) -> Model:
    """x y, folded to degree 2."""
    xp = array_namespace(one.c0)
    (a0, a1, a2, ra), (b0, b1, b2, rb) = one, other
    cubic, quartic = a1 * b2 + a2 * b1, a2 * b2
    large, larger = size(one), size(other)
    error = large * rb + (larger + rb) * ra + xp.abs(cubic) / 4 + xp.abs(quartic) / 8
    return Model(
        a0 * b0 - quartic / 8,
        a0 * b1 + a1 * b0 + 0.75 * cubic,
        a0 * b2 + a1 * b1 + a2 * b0 + quartic,
        error * (1 + 16 * UNIT) + 32 * UNIT * large * larger + TINY,
    )


def averaged(model: Model, apply: Callable[[Array], Array], terms: int) -> Model:
    """A fixed linear map with weights of at least 0 over at most `terms` entries, as a mean or a sum."""
    c0, c1, c2 = (apply(part) for part in model[:3])
    charge = apply(model.remainder + product(terms) * size(model))
    return Model(c0, c1, c2, charge * (1 + product(terms)) + TINY)


def contracted(model: Model, weight: Model, apply: Callable[[Array, Array], Array], terms: int, summed: Array) -> Model:
    """(W + s dW)(x) for a map that is linear in `weight` and in x: each output is a sum of `terms` products of entries.

    `weight` is a parameter, so its c_2 is 0. `summed` has the shape of the outputs, or of one of them for all: it bounds what
    the rounding of the weights costs, the error of a weight times the sum of |x| that meets it.
    """
    xp = array_namespace(model.c0)
    largest = xp.abs(weight.c0) + xp.abs(weight.c1)
    charge = model.remainder + product(terms) * size(model)
    blur = summed * (1 + product(terms))
    still = not bool(xp.any(weight.c1 != 0))
    if still and not bool(xp.any(model.c1 != 0)) and not bool(xp.any(model.c2 != 0)):
        c0 = apply(model.c0, weight.c0)
        return Model(c0, c0 * 0, c0 * 0, apply(charge, largest) * (1 + product(terms)) + blur + TINY)
    now = apply(xp.concat(model[:3], axis=0), weight.c0)
    n = model.c0.shape[0]
    c0, c1, c2 = now[:n], now[n : 2 * n], now[2 * n :]
    remainder = apply(charge, largest) * (1 + product(terms)) + blur + TINY
    if still:
        return Model(c0, c1, c2, remainder)
    step = apply(xp.concat(model[:3], axis=0), weight.c1)
    return fold(c0, c1 + step[:n], c2 + step[n : 2 * n], step[2 * n :], remainder)
