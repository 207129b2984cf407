"""Soundness of each operator by inclusion: exact or 60-digit arithmetic at one s and one error, no tolerance anywhere."""

from fractions import Fraction as F

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings, target
from hypothesis import strategies as st

from toykit.barriers.certified.activations import piecewise_linear, square, tanh
from toykit.barriers.certified.losses import cross_entropy, squared, upper_bound
from toykit.barriers.certified.models import Model, affine, layer, spread
from toykit.tolerances import SOLVED

FAMILIES = [
    st.integers(-32, 32).map(lambda k: k / 8),
    st.floats(-3, 3, allow_subnormal=False),
    st.floats(-1e6, 1e6, allow_subnormal=False),
]
NUMBERS = st.sampled_from(FAMILIES).flatmap(lambda family: family)
SMALL = st.floats(-2, 2, allow_subnormal=False)
POSITION = st.integers(-16, 16).map(lambda k: F(k, 16))
REMAINDER = st.sampled_from([0.0, 1e-9, 0.01, 0.5, 3.0])


def models(units=1, numbers=NUMBERS):
    row = st.lists(numbers, min_size=units, max_size=units)
    return st.tuples(row, row, row, st.lists(REMAINDER, min_size=units, max_size=units)).map(
        lambda rows: Model(*(np.array([values]) for values in rows))
    )


def exactly(model, s, share, unit=0):
    """c0 + c1 s + c2 s^2 + share * R in fractions, for one real number inside the model."""
    c0, c1, c2, r = (F(float(c[0, unit])) for c in model)
    return c0 + c1 * s + c2 * s * s + share * r


def encloses(model, s, value, unit=0):
    centre = exactly(model, s, F(0), unit)
    return abs(F(value) - centre) <= F(float(model.remainder[0, unit]))


def as_fraction(value):
    """A 60-digit mpmath number as the rational it is."""
    sign, mantissa, exponent, _ = mpmath.mpf(value)._mpf_
    return (-1 if sign else 1) * F(int(mantissa)) * F(2) ** int(exponent)


@settings(max_examples=300)
@given(models(), POSITION, st.sampled_from([F(-1), F(1), F(1, 3)]), st.sampled_from([0.0, 0.25, 1.0]))
def test_piecewise_linear_activation_is_enclosed(model, s, share, slope):
    x = exactly(model, s, share)
    value = x if x > 0 else F(slope) * x
    assert encloses(piecewise_linear(slope)(model), s, value)


@settings(max_examples=200)
@given(models(), POSITION, st.sampled_from([F(-1), F(0), F(1)]))
def test_tanh_is_enclosed(model, s, share):
    x = exactly(model, s, share)
    with mpmath.workdps(60):
        value = as_fraction(mpmath.tanh(mpmath.mpf(x.numerator) / x.denominator))
    assert encloses(tanh(model), s, value)


@given(models(), POSITION)
def test_square_and_spread_are_enclosed(model, s):
    still = model._replace(remainder=model.remainder * 0)
    x = exactly(still, s, F(0))
    folded, error = square(still)
    assert abs(x * x - exactly(folded, s, F(0))) <= F(float(error[0, 0]))
    lo, hi = spread(still)
    assert F(float(lo[0, 0])) <= x <= F(float(hi[0, 0]))


@settings(max_examples=150)
@given(models(units=3), st.lists(NUMBERS, min_size=4, max_size=4), st.lists(SMALL, min_size=4, max_size=4), POSITION, st.data())
def test_affine_layer_is_enclosed(model, weights, steps, s, data):
    weight, step = np.array([weights[:3]]), np.array([steps[:3]])
    bias, bias_step = np.array(weights[3:]), np.array(steps[3:])
    out = affine(model, layer(weight, bias, step, bias_step))
    shares = [data.draw(st.sampled_from([F(-1), F(1)])) for _ in range(3)]
    value = F(float(bias[0])) + s * F(float(bias_step[0]))
    for unit in range(3):
        entry = F(float(weight[0, unit])) + s * F(float(step[0, unit]))
        value += entry * exactly(model, s, shares[unit], unit)
    assert encloses(out, s, value)


@given(models(units=3), st.lists(NUMBERS, min_size=4, max_size=4))
def test_affine_layer_at_one_position_is_enclosed(model, weights):
    still = Model(model.c0, model.c0 * 0, model.c0 * 0, model.remainder)
    weight, bias = np.array([weights[:3]]), np.array(weights[3:])
    value = F(float(bias[0])) + sum(F(float(weight[0, u])) * exactly(still, F(0), F(1), u) for u in range(3))
    assert encloses(affine(still, layer(weight, bias, None, None)), F(0), value)


def curve_at(curve, s):
    return sum((F(float(c)) * s**k for k, c in enumerate(curve.coefficients)), F(0))


@given(models(units=2), st.lists(NUMBERS, min_size=2, max_size=2), POSITION, st.sampled_from([F(-1), F(1)]))
def test_squared_loss_is_enclosed(model, target, s, share):
    curve = squared(model, np.array([target]), 0.5)
    value = F(1, 2) * sum((exactly(model, s, share, u) - F(float(target[u]))) ** 2 for u in range(2))
    assert abs(value - curve_at(curve, s)) <= F(curve.remainder)


@settings(max_examples=300)
@given(
    models(units=3, numbers=st.one_of(SMALL, st.floats(-40, 40, allow_subnormal=False))),
    st.integers(0, 2),
    POSITION,
    st.lists(st.sampled_from([F(-1), F(1)]), min_size=3, max_size=3),
)
def test_cross_entropy_is_enclosed(model, label, s, shares):
    curve = cross_entropy(model, np.array([label]))
    logits = [exactly(model, s, share, unit) for unit, share in enumerate(shares)]
    with mpmath.workdps(60):
        z = [mpmath.mpf(v.numerator) / v.denominator for v in logits]
        value = as_fraction(mpmath.log(mpmath.fsum(mpmath.exp(v) for v in z)) - z[label])
    assert abs(value - curve_at(curve, s)) <= F(curve.remainder)


@given(st.lists(NUMBERS, min_size=5, max_size=5), NUMBERS, NUMBERS, POSITION)
def test_upper_bound_of_a_curve_is_one(coefficients, start, slope, s):
    curve = squared(Model(*(np.zeros((1, 1)) for _ in range(4))), np.zeros((1, 1)), 1.0)
    curve = curve._replace(coefficients=np.array(coefficients))
    value = curve_at(curve, s) - F(start) - F(slope) * s
    assert value <= F(upper_bound(curve, (start, slope))[0])


def test_a_centred_crossing_costs_a_sixteenth_of_its_width():
    """Tightness, since inclusion alone is satisfied by infinity: relu(s) = s/2 + s^2/2 + 1/16 +- 1/16."""
    one = np.ones((1, 1))
    out = piecewise_linear(0.0)(Model(0 * one, one, 0 * one, 0 * one))
    assert out.remainder[0, 0] == pytest.approx(1 / 16)
    assert [float(c[0, 0]) for c in out[:3]] == pytest.approx([1 / 16, 1 / 2, 1 / 2])


@pytest.mark.parametrize(("operator", "order"), [(tanh, 3), (piecewise_linear(0.0), 1)])
def test_remainders_shrink_at_the_order_of_the_operator(operator, order):
    """Halving the part divides the remainder by 2^order: third order where smooth, first order at a kink."""
    one = np.ones((1, 1))

    def remainder(h):
        return float(operator(Model(0.1 * h * one, h * one, 0 * one, 0 * one)).remainder[0, 0])

    assert round(remainder(2**-6) / remainder(2**-7)) == 2**order


def test_a_well_fitted_example_hardly_feels_an_output_error():
    """log(1 + q (exp r - 1)) against the Lipschitz bound r: the reason why wide fitted networks converge."""
    zero = np.zeros((1, 3))
    outputs = Model(np.array([[12.0, 0.0, 0.0]]), zero, zero, zero + 0.25)
    assert cross_entropy(outputs, np.array([0])).remainder < 1e-4 * 0.5


@settings(max_examples=200)
@given(st.floats(0.01, 1.0), st.sampled_from([1.0, 1e-6, 1e6]), st.sampled_from([-1.0, 1.0]))
def test_an_off_centre_crossing_costs_the_error_of_the_best_quadratic(a, reach, sign):
    """relu on [-a r, r] without a remainder: r/2 times a/(1 + 2a)^2 up to a = 1/2, never more than a sixteenth of r."""
    one = np.ones((1, 1))
    model = Model(sign * reach * (1 - a) / 2 * one, reach * (1 + a) / 2 * one, 0 * one, 0 * one)
    found = piecewise_linear(0.0)(model).remainder[0, 0]
    share = 2 * found / reach
    target(-share)
    assert share == pytest.approx(a / (1 + 2 * a) ** 2 if a <= 1 / 2 else 1 / 8, rel=SOLVED)
