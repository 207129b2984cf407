"""The closed formulas of the curvature claims against the numbers of the theory."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
import sympy as sp

from toykit import tolerances
from toykit.formula import evaluate, evaluate_exactly

RIDGE, CURVATURE, GREEN = "barrier/ridge_bound", "barrier/curvature_bound", "barrier/green_identity"


@pytest.mark.parametrize(
    ("a", "m", "high", "sigma", "lower", "upper"),
    [
        (F(3, 10), F(-1), F(3), F(1, 2), F(-1509375, 10**7), F(459375, 10**7)),
        (F(7, 10), F(-2), F(1), F(-2, 5), F(-364, 10**4), F(1204, 10**4)),
    ],
)
def test_ridge_bound_on_both_sides(a: F, m: F, high: F, sigma: F, lower: F, upper: F) -> None:
    letters = {"a": a, "m": m, "M": high, "sigma": sigma}
    assert evaluate_exactly(RIDGE, "lower_at", letters) == sp.Rational(lower.numerator, lower.denominator)
    assert evaluate_exactly(RIDGE, "upper_at", letters) == sp.Rational(upper.numerator, upper.denominator)


def test_ridge_bound_of_the_symmetric_spline() -> None:
    letters = {"a": F(1, 2), "m": F(-1), "M": F(3), "sigma": F(0)}
    for name in ("upper", "upper_at", "stationary"):
        assert evaluate_exactly(RIDGE, name, letters) == sp.Rational(3, 32)


@pytest.mark.parametrize("c", [F(1), F(16), F(5, 3)])
def test_the_quartic_well(c: F) -> None:
    letters = {"m": -c, "M": 2 * c, "sigma": F(0)}
    assert evaluate_exactly(RIDGE, "upper", letters) == sp.Rational(c.numerator, 12 * c.denominator)
    assert evaluate_exactly(CURVATURE, "upper", letters) == sp.Rational(c.numerator, 8 * c.denominator)


def test_one_minus_cosine() -> None:
    m = -4 * sp.pi**2
    letters = {"m": float(m), "M": float(-m), "sigma": 0.0}
    assert evaluate(CURVATURE, "upper", letters) == pytest.approx(float(sp.pi**2 / 2), rel=tolerances.ROUNDING)
    assert evaluate(RIDGE, "upper", letters) == pytest.approx(float(sp.pi**2 / 4), rel=tolerances.ROUNDING)


def test_weakly_convex_and_smooth_constants() -> None:
    assert evaluate_exactly(CURVATURE, "weakly_convex", {"rho": F(2), "Delta_norm": F(3)}) == sp.Rational(9, 4)
    assert evaluate_exactly(CURVATURE, "smooth", {"beta": F(2), "Delta_norm": F(3)}) == sp.Rational(9, 4)
    assert evaluate_exactly(RIDGE, "smooth", {"beta": F(2), "Delta_norm": F(3)}) == sp.Rational(9, 8)


def test_setting_the_slopes_to_zero_by_hand_is_wrong() -> None:
    """phi = -t^2/2: sigma = -1 and B = 1/8; the bound with sigma = 0 is 1/16."""
    true = {"m": F(-1), "M": F(1), "sigma": F(-1)}
    assert evaluate_exactly(RIDGE, "upper", true) == sp.Rational(1, 8)
    assert evaluate_exactly(RIDGE, "upper", true | {"sigma": F(0)}) == sp.Rational(1, 16)


def test_knowing_only_one_end_of_the_range_is_a_limit() -> None:
    """As m falls, upper_at climbs to slope_upper_at and never passes it."""
    letters = {"a": F(1, 3), "M": F(2), "sigma": F(1, 5)}
    known = evaluate_exactly(RIDGE, "slope_upper_at", letters)
    bounds = [evaluate_exactly(RIDGE, "upper_at", letters | {"m": F(-(10**k))}) for k in range(7)]
    assert bounds == sorted(bounds)
    assert 0 < known - bounds[-1] < sp.Rational(1, 10**5)


def test_the_tent() -> None:
    assert evaluate_exactly(GREEN, "kernel", {"a": F(1, 4), "t": F(1, 2)}) == sp.Rational(1, 8)
    assert evaluate_exactly(GREEN, "kernel_max", {"a": F(1, 4)}) == sp.Rational(3, 16)
    assert evaluate_exactly(GREEN, "kernel_integral", {"a": F(1, 4)}) == sp.Rational(3, 32)
    assert evaluate_exactly(GREEN, "area_kernel", {"t": F(1, 2)}) == sp.Rational(1, 8)
