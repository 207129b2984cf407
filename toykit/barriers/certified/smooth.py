"""Smooth scalar functions on quadratic Taylor models: tanh, sigmoid, SiLU, 1/sqrt, each sound for every real number in it.

A function is expanded to second order about c_0; the remainder takes the largest third derivative on the range of the unit, from
where that derivative is proved monotone. No expansion is worse than the plain enclosure by end values. GELU and softplus stand
in `soft_rectifiers`.
"""

from __future__ import annotations

from array_api_compat import array_namespace

from toykit.barriers.certified.arithmetic import times
from toykit.barriers.certified.models import Model, spread
from toykit.barriers.certified.rounding import LIBRARY_ULPS, TINY, UNIT
from toykit.parameters import Array


def expanded(
    model: Model,
    value: Array,
    first: Array,
    half_second: Array,
    third: Array,
    blur: tuple[Array | float, Array | float, Array | float],
) -> Model:
    """f(x) = f + f' (x - c_0) + f''/2 (x - c_0)^2 +- |x - c_0|^3 sup|f'''|/6, given f, f', f''/2 at c_0 and sup|f'''| = `third`.

    `blur` bounds the absolute errors of the first three as they were computed.
    """
    xp = array_namespace(model.c0)
    reach = xp.abs(model.c1) + xp.abs(model.c2) + model.remainder
    rounding = blur[0] + 64 * UNIT * xp.abs(value)
    rounding = rounding + reach * (blur[1] + 64 * UNIT * xp.abs(first))
    rounding = rounding + reach * reach * (blur[2] + 64 * UNIT * xp.abs(half_second))
    return taylor(model, value, first, half_second, third / 6, rounding)


def taylor(model: Model, value: Array, first: Array, half_second: Array, sixth_third: Array, rounding: Array | float) -> Model:
    """`expanded`, with all that rounding costs in one term.

    With |x - c_0| <= m + R: (m + R)^2 - m^2 = (2 m + R) R, and the folds of s^3 and s^4 are at most |f''/2| |c_2| m/2.
    """
    xp = array_namespace(model.c0)
    bent = xp.abs(model.c2)
    moved = xp.abs(model.c1) + bent
    reach = moved + model.remainder
    remainder = moved + reach
    remainder *= model.remainder
    bent *= moved
    bent *= 0.5
    remainder += bent
    remainder *= xp.abs(half_second)
    remainder += xp.abs(first) * model.remainder
    cube = reach * reach
    cube *= reach
    cube *= sixth_third
    remainder += cube
    remainder += rounding
    remainder *= 1 + 64 * UNIT
    remainder += TINY
    curved = half_second * model.c2
    quartic = curved * model.c2
    curved *= model.c1
    curved *= 1.5
    c1 = first * model.c1
    c1 += curved
    c2 = half_second * model.c1
    c2 *= model.c1
    c2 += first * model.c2
    c2 += quartic
    quartic *= 0.125
    return Model(value - quartic, c1, c2, remainder)


def better(one: Model, other: Model) -> Model:
    """Unit by unit the model with the smaller remainder, and `other` where a remainder of `one` has overflowed."""
    xp = array_namespace(one.c0)
    take = one.remainder <= other.remainder
    return Model(*(xp.where(take, left, right) for left, right in zip(one, other, strict=True)))


def between(lowest: Array, highest: Array, slack: Array) -> Model:
    """The constant model of everything from lowest - slack to highest + slack."""
    zero = lowest * 0
    return Model((lowest + highest) / 2, zero, zero, (highest - lowest) / 2 * (1 + 4 * UNIT) + slack)


NEAR = 0.5
"""Units that move by less take the growth of 1 - tanh^2 along their range instead of tanh at its ends."""


def tanh(model: Model) -> Model:
    """tanh to second order, with the third derivative 2 s |2 - 3 s|, s = 1 - tanh^2.

    Along x, s grows by at most exp(2 |x - c_0|), since |s'| = 2 s |tanh| <= 2 s; exp(y) <= 1 + y + y^2 for y <= 1.
    """
    xp = array_namespace(model.c0)
    value = xp.tanh(model.c0)
    first = 1 - value * value
    twice = xp.abs(model.c1)
    twice += xp.abs(model.c2)
    twice += model.remainder
    twice *= 2 * (1 + 4 * UNIT)
    largest = twice * twice
    largest += twice
    largest += 1
    largest *= first + 6 * LIBRARY_ULPS * UNIT  # where tanh is near 1 the last digits of s are gone: they are added
    largest *= 1 + 8 * UNIT
    third = _tanh_third(xp.clip(largest, None, 1.0))
    third *= (1 + 4 * UNIT) / 6
    # s, |tanh s| and the reach are at most 1, 1/2 and 1/2 here
    found = taylor(model, value, first, -value * first, third, TANH_BLUR[0] + TANH_BLUR[1] + 192 * UNIT)
    wide = ~(twice <= 2 * NEAR)
    if not bool(xp.any(wide)):
        return found
    places = xp.nonzero(wide)
    for target, part in zip(found, _tanh_wide(Model(*(part[places] for part in model))), strict=True):
        target[places] = part
    return found


TANH_BLUR = LIBRARY_ULPS * 2 * UNIT + 8 * UNIT + TINY, 12 * LIBRARY_ULPS * UNIT + 16 * UNIT
"""Absolute errors of tanh, and of its slope and half its second derivative, as they are computed."""


def _tanh_wide(model: Model) -> Model:
    """tanh of units that move far, where the third derivative and the plain enclosure take the ends of the range."""
    xp = array_namespace(model.c0)
    lo, hi = spread(model)
    lowest, highest = xp.tanh(lo - model.remainder), xp.tanh(hi + model.remainder)
    value = xp.tanh(model.c0)
    first = 1 - value * value
    zero = value * 0
    nearest = xp.where(lowest * highest > 0, xp.minimum(xp.abs(lowest), xp.abs(highest)), zero)
    largest = xp.minimum(1 - nearest * nearest + 8 * LIBRARY_ULPS * UNIT, lowest * 0 + 1)
    found = expanded(
        model, value, first, -value * first, _tanh_third(largest), (zero + TANH_BLUR[0], zero + TANH_BLUR[1], zero + TANH_BLUR[1])
    )
    return better(found, between(lowest, highest, value * 0 + LIBRARY_ULPS * 8 * UNIT))


def _tanh_third(s: Array) -> Array:
    """The third derivative of tanh, 2 s |2 - 3 s|, from above for every value up to s of 1 - tanh^2.

    It is at most 2/3 below s = 2/3, rises to 2 at s = 1, and is small where the unit is saturated.
    """
    xp = array_namespace(s)
    bend = 2 - 3 * s
    bend *= s
    bend *= 2
    largest: Array = xp.where(s <= 1 / 3, bend, xp.clip(-bend, 2 / 3, None))
    largest *= 1 + 16 * UNIT
    largest += 16 * UNIT
    return largest


def sigmoid(model: Model) -> Model:
    """1/(1 + exp -x) = (1 + tanh(x/2))/2; halves are exact."""
    found = tanh(Model(*(part / 2 for part in model)))
    return Model(0.5 + found.c0 / 2, found.c1 / 2, found.c2 / 2, found.remainder / 2 + 4 * UNIT)


def silu(model: Model) -> Model:
    """x sigmoid(x), as a product."""
    return times(model, sigmoid(model))


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
