from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.activations import ACTIVATIONS, NumpyActivation, activation, leaky_relu
from toykit.errors import InputError
from toykit.landscape import Activation
from toykit.tolerances import DIFFERENCE, ROUNDING

TRUTH = {
    "identity": lambda u: u,
    "relu": lambda u: mpmath.mpf(max(u, 0)),
    "leaky_relu": lambda u: u if u > 0 else mpmath.mpf(0.01) * u,
    "tanh": mpmath.tanh,
    "softplus": lambda u: mpmath.log1p(mpmath.exp(u)),
    "gelu": lambda u: u * mpmath.ncdf(u),
}
SMALLEST = float(np.finfo(np.float64).tiny)
arguments = st.floats(-30, 30).filter(lambda u: abs(u) > 1e-3)
every = pytest.mark.parametrize("sigma", ACTIVATIONS.values(), ids=ACTIVATIONS.keys())


def evaluated(function, u: float) -> float:
    return float(function(np.array([u]))[0])


def test_every_activation_has_a_truth() -> None:
    assert ACTIVATIONS.keys() == TRUTH.keys()


@every
@given(u=arguments)
@settings(max_examples=30)
def test_value_and_derivatives_agree_with_many_digits(sigma: NumpyActivation, u: float) -> None:
    # so many that the second difference of a straight line rounds to 0
    with mpmath.workdps(350):
        truth = [float(mpmath.diff(TRUTH[sigma.name], mpmath.mpf(u), order)) for order in range(3)]
    for function, expected in zip((sigma.value, sigma.first, sigma.second), truth, strict=True):
        assert evaluated(function, u) == pytest.approx(expected, rel=ROUNDING, abs=SMALLEST + ROUNDING * math.exp(-u * u / 2))


@every
def test_at_zero_the_left_derivative_is_taken(sigma: NumpyActivation) -> None:
    step = 2.0**-30
    left = (evaluated(sigma.value, 0.0) - evaluated(sigma.value, -step)) / step
    assert evaluated(sigma.first, 0.0) == pytest.approx(left, abs=DIFFERENCE)


@every
@pytest.mark.parametrize("u", [-1e4, -750.0, 750.0, 1e4])
def test_large_arguments_neither_overflow_nor_warn(sigma: NumpyActivation, u: float) -> None:
    assert all(math.isfinite(evaluated(function, u)) for function in (sigma.value, sigma.first, sigma.second))
    assert evaluated(sigma.second, u) == 0


@every
def test_what_is_declared_is_true(sigma: NumpyActivation) -> None:
    assert isinstance(sigma, Activation)
    across = evaluated(sigma.first, 1e-9) - evaluated(sigma.first, -1e-9)
    assert sigma.smooth == (abs(across) < DIFFERENCE)
    if sigma.piecewise_linear:
        u = np.linspace(-3, 3, 13)
        assert sigma.value(u) == pytest.approx(np.where(u > 0, u, sigma.negative_slope * u), abs=0)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"one of identity, relu.*got 'swish'"):
        activation("swish")


@pytest.mark.parametrize("slope", [-0.1, 1.0])
def test_a_leaky_slope_outside_zero_and_one_is_refused(slope: float) -> None:
    with pytest.raises(InputError, match=str(slope)):
        leaky_relu(slope)
