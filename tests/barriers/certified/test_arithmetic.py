"""Sums, products and linear maps of models by inclusion in rational arithmetic."""

from fractions import Fraction as F

import numpy as np
from hypothesis import given, settings, target
from hypothesis import strategies as st

from toykit.barriers.certified import arithmetic
from toykit.barriers.certified.arithmetic import averaged, constant, contracted, moving, plus, scaled, times
from toykit.barriers.certified.engine import DenseChord
from toykit.barriers.certified.losses import squared
from toykit.barriers.certified.models import Model, size

NUMBER = st.one_of(st.integers(-32, 32).map(lambda k: k / 8), st.floats(-3, 3, allow_subnormal=False))
LARGE = st.one_of(NUMBER, st.floats(-1e6, 1e6, allow_subnormal=False))
REMAINDER = st.sampled_from([0.0, 1e-9, 0.01, 0.5])
POSITION = st.integers(-16, 16).map(lambda k: F(k, 16))
SIGN = st.sampled_from([F(-1), F(1)])


def models(units=1, numbers=LARGE):
    row = st.lists(numbers, min_size=units, max_size=units)
    return st.tuples(row, row, row, st.lists(REMAINDER, min_size=units, max_size=units)).map(
        lambda rows: Model(*(np.array([values]) for values in rows))
    )


def real(model, s, share, unit=0):
    c0, c1, c2, r = (F(float(part[0, unit])) for part in model)
    return c0 + c1 * s + c2 * s * s + share * r


def used(out, s, value, unit=0):
    remainder = F(float(out.remainder[0, unit]))
    off = abs(value - real(out, s, F(0), unit))
    return off / remainder if remainder else F(0 if off == 0 else 2)


@settings(max_examples=200)
@given(models(), models(), POSITION, SIGN, SIGN)
def test_sums_and_products_are_enclosed(one, other, s, left, right):
    x, y = real(one, s, left), real(other, s, right)
    shares = [used(plus(one, other), s, x + y), used(times(one, other), s, x * y)]
    target(float(shares[1]))
    assert max(shares) <= 1


@given(models(), LARGE, POSITION, SIGN)
def test_multiples_are_enclosed(model, factor, s, share):
    assert used(scaled(model, factor), s, F(factor) * real(model, s, share)) <= 1


@given(LARGE, LARGE, st.floats(0, 1), st.integers(0, 40), POSITION)
def test_parameters_are_enclosed_on_their_chord(start, end, m, power, s):
    h = 2.0**-power / 2
    found = moving(np.array([[start]]), np.array([[end]]), m, h)
    assert used(found, s, F(start) + (F(m) + F(h) * s) * (F(end) - F(start))) <= 1


@given(models(units=3), POSITION, st.lists(SIGN, min_size=3, max_size=3))
def test_means_are_enclosed(model, s, shares):
    out = averaged(model, lambda x: x.mean(axis=1, keepdims=True), 3)
    value = sum(real(model, s, share, unit) for unit, share in enumerate(shares)) / 3
    assert used(out, s, value) <= 1


@settings(max_examples=150)
@given(models(3), st.lists(st.tuples(LARGE, LARGE), min_size=3, max_size=3), POSITION, st.lists(SIGN, min_size=3, max_size=3))
def test_a_contraction_with_moving_weights_is_enclosed(model, ends, s, shares):
    start, end = (np.array([list(values)]) for values in zip(*ends, strict=True))
    m, h = 0.375, 2.0**-20  # ends that cancel at 3/8 leave weights far below the rounding of the ends
    weight = moving(start, end, m, h)
    total = (size(model) + model.remainder).sum(axis=1, keepdims=True) * weight.remainder.max()
    out = contracted(model, weight, lambda x, w: x @ w.T, 3, total)
    value = F(0)
    for unit in range(3):
        entry = F(start[0, unit]) + (F(m) + F(h) * s) * (F(end[0, unit]) - F(start[0, unit]))
        value += entry * real(model, s, shares[unit], unit)
    target(float(used(out, s, value)))
    assert used(out, s, value) <= 1


@settings(max_examples=100)
@given(st.lists(st.floats(0.5, 1e3), min_size=4, max_size=4), st.integers(1, 2**20))
def test_weights_that_cancel_on_the_way_are_charged_in_dense_networks(numbers, k):
    """W_2 passes through 0 at t near m: its rounding there is that of its ends."""
    first, ratio, x, bias = numbers
    m = k / 2**21
    a, b = -ratio, ratio * (1 - m) / m
    one = np.ones((1, 1))
    chord = DenseChord(
        [(first * one, bias * one[0]), (a * one, None)],
        [(first * one, bias * one[0]), (b * one, None)],
        x * one,
        0 * one,
        lambda model: model,
        lambda outputs, targets: squared(outputs, targets, 1.0),
    )
    exact = ((F(a) + F(m) * (F(b) - F(a))) * (F(first) * F(x) + F(bias))) ** 2
    curve = chord.curves()(m, 0.0)
    assert abs(exact - F(float(curve.coefficients[0]))) <= F(curve.remainder)


def test_a_constant_has_no_remainder():
    assert constant(np.ones((2, 3))).remainder.max() == 0
    assert moving(np.ones(2), np.ones(2), 0.5, 0.5).remainder.max() == 0


def test_a_product_without_its_cross_terms_is_seen(monkeypatch):
    one, other = (Model(*(np.array([[value]]) for value in values)) for values in ((1.0, 2.0, 0.5, 0.25), (3.0, -1.0, 1.0, 0.5)))
    value = real(one, F(1), F(1)) * real(other, F(1), F(1))
    assert used(times(one, other), F(1), value) <= 1
    monkeypatch.setattr(arithmetic, "size", lambda model: 0 * model.c0)
    assert used(times(one, other), F(1), value) > 1
