"""The excess of T9: its published numbers, the orders of its remainder, and extrapolated coefficients."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import roots_legendre

from toykit.combining.draws import Mixing, expectation, mixing
from toykit.combining.excess import RADII, enumerated_excess, extrapolate, sampled_excess
from toykit.combining.trace import exact_trace
from toykit.networks.fixtures import p2, t9
from toykit.tolerances import ROUNDING, SOLVED, printed

HALVES = (1.0, 0.5, 0.25, 0.125, 0.0625)


def remainders(mixed: Mixing, centre: Mixing) -> list[float]:
    """R at mid + (lambda - p) t Delta for t = 1, 1/2, .., 1/16, by enumeration."""
    landscape, mid = mixed.pair.landscape, centre.centre
    order_2 = mixed.law.variance / 2 * exact_trace(centre).value
    found = []
    for t in HALVES:
        mean = math.fsum(w * landscape.loss(mid + mixed.step((x - mixed.law.mean) * t)) for x, w in mixed.nodes())
        found.append(mean - landscape.loss(mid) - order_2 * t**2)
    return found


def test_t9_excess_and_prediction() -> None:
    found = enumerated_excess(mixing(t9()))
    assert found.values[0] == pytest.approx(0.1179494168, abs=printed(10))
    assert found.predicted == pytest.approx(0.1244134612, rel=10 * SOLVED)  # the sheet differentiated numerically
    assert found.predicted == pytest.approx(exact_trace(mixing(t9())).value / 8, rel=ROUNDING)


@pytest.mark.parametrize(("p", "slopes"), [(0.5, (3.958, 3.991, 3.998, 3.999)), (0.25, (2.618, 2.808, 2.888, 2.940))])
def test_t9_remainder_is_of_fourth_or_third_order(p: float, slopes: tuple[float, ...]) -> None:
    rest = np.abs(remainders(mixing(t9(), f"bernoulli({p})"), mixing(t9())))
    assert np.log2(rest[:-1] / rest[1:]) == pytest.approx(slopes, abs=printed(3))


def test_t9_uniform_against_bernoulli() -> None:
    """The nine integrals factorise: each output is a sum over three units, so means and squares of single units suffice."""
    x, weight = roots_legendre(24)
    uniform = ((x + 1) / 2, weight / 2)
    vertices = (np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    ratios = []
    for t in HALVES[:4]:
        at_mid = _factorised(0.0, vertices)
        ratios.append((_factorised(t, uniform) - at_mid) / (_factorised(t, vertices) - at_mid))
    assert ratios == pytest.approx([0.34177, 0.33551, 0.33388, 0.33347], abs=printed(5))  # the sheet cuts after five digits
    assert _factorised(1.0, vertices) == pytest.approx(expectation(mixing(t9())), rel=ROUNDING)


def _factorised(t: float, rule: tuple[np.ndarray, np.ndarray]) -> float:
    pair = t9()
    a, b = ([theta["layers.1.weight"], theta["layers.2.weight"][0]] for theta in (pair.theta_a, pair.theta_b))
    inputs, y = pair.landscape.inputs, pair.landscape.targets[:, 0]
    nodes, weights = rule
    scaled = 0.5 + t * (nodes - 0.5)
    mean, square = np.zeros(len(y)), np.zeros(len(y))
    for k in range(3):
        first, second = np.zeros(len(y)), np.zeros(len(y))
        for (p, u), (q, v) in itertools.product(zip(scaled, weights, strict=True), repeat=2):
            row = a[0][k] + np.array([p, q]) * (b[0][k] - a[0][k])
            first += u * v * np.tanh(inputs @ row)
            second += u * v * np.tanh(inputs @ row) ** 2
        out = a[1][k] + scaled * (b[1][k] - a[1][k])
        unit = (weights @ out) * first
        square += (weights @ out**2) * second - unit**2  # variance of one unit
        mean += unit
    return float((square + (mean - y) ** 2).mean())


def test_extrapolation_removes_the_fourth_order() -> None:
    t = 0.5
    even = [3 * s**2 - 7 * s**4 + 2 * s**6 for s in (t, t / 2)]
    assert extrapolate(even[0], even[1], t) == pytest.approx(3 - 2 * t**4 / 4, rel=ROUNDING)


def test_a_quartic_has_no_sixth_order() -> None:
    found = enumerated_excess(mixing(p2()))
    assert found.values[0] == 4.25
    assert found.measured == pytest.approx(4, rel=ROUNDING)
    assert found.predicted == pytest.approx(4, rel=ROUNDING)
    assert found.remainder == pytest.approx(0, abs=100 * ROUNDING)


def test_ratios_of_p2() -> None:
    excess = {spec: expectation(mixing(p2(), spec)) - 7 / 4 for spec in ("uniform", "bernoulli(0.5)")}
    assert excess["uniform"] / excess["bernoulli(0.5)"] == pytest.approx(49 / 153, rel=ROUNDING)


def test_common_draws_cancel_the_noise() -> None:
    found = sampled_excess(mixing(t9()), 64)
    assert found.paired_error < 0.01 * found.spread
    assert abs(found.measured - found.predicted) <= 3 * found.paired_error + found.remainder
    assert abs(found.predicted - exact_trace(mixing(t9())).value / 8) < 4 * found.spread


def test_the_remainder_covers_the_extrapolation() -> None:
    for spec in ("bernoulli(0.5)", "radial(0.5)", "radial(1.5)"):
        found = enumerated_excess(mixing(t9(), spec))
        assert 0 < abs(found.measured - found.predicted) < found.remainder / 5
        assert abs(found.ratio(len(RADII) - 1) - 1) < abs(found.ratio(0) - 1) / 10


def test_an_asymmetric_law_is_of_third_order() -> None:
    found = enumerated_excess(mixing(t9(), "bernoulli(0.25)"))
    assert found.predicted == pytest.approx(3 / 32 * exact_trace(mixing(t9(), "bernoulli(0.25)")).value, rel=10 * ROUNDING)
    symmetric = enumerated_excess(mixing(t9()))
    assert abs(found.measured - found.predicted) > 1000 * abs(symmetric.measured - symmetric.predicted)


def test_a_constant_law_has_no_excess() -> None:
    found = enumerated_excess(mixing(t9(), "constant(0.3)"))
    assert not found.values.any()
    assert found.predicted == found.measured == 0
    assert found.ratio(0) is None
