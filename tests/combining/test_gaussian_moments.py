"""Moments of activations of Gaussians: ground truths, quadrature, Mehler's series against a fine grid, both libraries."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from toykit.activations import ACTIVATIONS, activation, leaky_relu
from toykit.combining.gaussian_moments import gaussian_moments
from toykit.tolerances import QUADRATURE, SOLVED, TORCH64, printed


@pytest.mark.parametrize(
    ("mu", "variance", "first", "second"),
    [
        (0, 1, 0.3989422804, 0.5),
        (1, 1, 1.0833154706, 1.9246602166),
        (-1, 4, 0.3955931148, 0.8385570401),
        (0.5, 0.25, 0.5416577353, 0.4811650542),
    ],
)
def test_ground_truths(mu: float, variance: float, first: float, second: float) -> None:
    found = gaussian_moments(activation("relu"), np.array([float(mu)]), np.array([float(variance)]))
    assert (found.first[0], found.second[0]) == pytest.approx((first, second), abs=printed(10))


@settings(max_examples=15)
@given(st.floats(-3, 3), st.floats(0.01, 4), st.floats(0, 0.9))
def test_piecewise_linear_by_integration(mu: float, variance: float, slope: float) -> None:
    s = math.sqrt(variance)
    chosen = leaky_relu(slope)
    found = gaussian_moments(chosen, np.array([mu]), np.array([variance]), 3)

    def mean(weight: object) -> float:
        def integrand(x: float) -> float:
            value = float(chosen.value(np.array(mu + s * x)))
            return weight(x, value) * norm.pdf(x)  # type: ignore[operator, no-any-return]

        return float(quad(integrand, -12, 12, points=[min(max(-mu / s, -11.9), 11.9)], limit=200)[0])

    assert found.first[0] == pytest.approx(mean(lambda x, f: f), abs=SOLVED)
    assert found.second[0] == pytest.approx(mean(lambda x, f: f * f), abs=SOLVED)
    for k, c in enumerate(found.coefficients, start=1):
        hermite = np.polynomial.hermite_e.HermiteE.basis(k)
        assert c[0] == pytest.approx(mean(lambda x, f, h=hermite: f * h(x)), abs=SOLVED)


@pytest.mark.parametrize(("rho", "series"), [(0.2, 0.0775787), (0.5, 0.2101576), (0.9, 0.4164494)])
def test_covariance_of_two_units(rho: float, series: float) -> None:
    """Three terms give the printed numbers; many terms the covariance by integration over the first unit."""

    def covariance(terms: int) -> float:
        found = gaussian_moments(activation("relu"), np.array([0.3, -0.4]), np.array([1.0, 2.25]), terms)
        return float(sum(rho**k * c[0] * c[1] / math.factorial(k) for k, c in enumerate(found.coefficients, start=1)))

    assert covariance(3) == pytest.approx(series, abs=printed(7))

    def product(x: float) -> float:
        """relu of the first unit times the mean of the second, given the first."""
        given = gaussian_moments(activation("relu"), np.array([-0.4 + 1.5 * rho * x]), np.array([2.25 * (1 - rho**2)]), 1)
        return float((0.3 + x) * given.first[0] * norm.pdf(x))

    means = gaussian_moments(activation("relu"), np.array([0.3, -0.4]), np.array([1.0, 2.25])).first
    exact = quad(product, -0.3, 12)[0] - means[0] * means[1]
    assert covariance(60) == pytest.approx(exact, abs=printed(4))
    assert abs(covariance(60) - exact) < abs(covariance(3) - exact)


def test_nothing_moves_where_the_variance_is_zero() -> None:
    for chosen in ACTIVATIONS.values():
        mu = np.array([-1.5, 0.0, 2.0])
        found = gaussian_moments(chosen, mu, np.zeros(3))
        assert found.first == pytest.approx(chosen.value(mu), abs=QUADRATURE)
        assert found.second == pytest.approx(chosen.value(mu) ** 2, abs=QUADRATURE)
        assert np.abs(found.coefficients).max() == pytest.approx(0, abs=QUADRATURE)


def test_smooth_activations_by_integration() -> None:
    for name in ("tanh", "gelu", "softplus"):
        found = gaussian_moments(activation(name), np.array([0.4]), np.array([0.25]))
        value = activation(name).value
        first = quad(lambda x, f=value: float(f(np.array(0.4 + 0.5 * x))) * norm.pdf(x), -12, 12)[0]
        slope = quad(lambda x, f=value: x * float(f(np.array(0.4 + 0.5 * x))) * norm.pdf(x), -12, 12)[0]
        assert found.first[0] == pytest.approx(first, abs=SOLVED)
        assert found.coefficients[0][0] == pytest.approx(slope, abs=SOLVED)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "identity", "tanh"])
def test_torch_gives_the_same_numbers(name: str) -> None:
    torch = pytest.importorskip("torch")
    mu, variance = np.array([[-1.0, 0.5], [2.0, 0.0]]), np.array([[1.0, 0.25], [0.0, 3.0]])
    here = gaussian_moments(activation(name), mu, variance)
    there = gaussian_moments(activation(name), torch.from_numpy(mu), torch.from_numpy(variance))
    assert there.first.numpy() == pytest.approx(here.first, abs=TORCH64)
    assert there.second.numpy() == pytest.approx(here.second, abs=TORCH64)
    for mine, its in zip(here.coefficients, there.coefficients, strict=True):
        assert its.numpy() == pytest.approx(mine, abs=TORCH64)
