from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.catalogue import claim, slugs
from toykit.errors import InputError
from toykit.formula import evaluate, evaluate_exactly
from toykit.tolerances import ROUNDING

RIDGE = "barrier/ridge_bound"
POSITIVE = st.fractions(Fraction(1, 64), 64, max_denominator=64)


@given(POSITIVE, POSITIVE)
def test_the_evaluated_ridge_bound_is_the_closed_form(depth: Fraction, height: Fraction) -> None:
    """B <= |m| M / (8 (|m| + M)), written here a second time in rational arithmetic."""
    expected = depth * height / (8 * (depth + height))
    found = evaluate_exactly(RIDGE, "stationary", {"m": -depth, "M": height})
    assert found == sp.Rational(expected.numerator, expected.denominator)
    assert evaluate(RIDGE, "stationary", {"m": -float(depth), "M": float(height)}) == pytest.approx(
        float(expected), rel=ROUNDING, abs=0
    )


def test_the_extremal_spline_has_barrier_three_thirty_seconds() -> None:
    letters = {"m": -1, "M": 3, "sigma": 0}
    assert evaluate_exactly(RIDGE, "upper", letters) == sp.Rational(3, 32)
    assert evaluate(RIDGE, "upper", letters) == 3 / 32


def test_letters_may_be_arrays() -> None:
    m = np.array([-1.0, -2.0, -4.0])
    found = evaluate(RIDGE, "stationary", {"m": m, "M": 4.0})
    np.testing.assert_allclose(found, -m * 4 / (8 * (4 - m)), rtol=ROUNDING)


def test_a_missing_letter_and_an_unknown_formula_are_named() -> None:
    with pytest.raises(InputError, match=r"needs the letters M, m; missing M"):
        evaluate(RIDGE, "stationary", {"m": -1.0})
    with pytest.raises(InputError, match=r"has the formulas .*; got 'upperr'"):
        evaluate(RIDGE, "upperr", {})


@pytest.mark.parametrize("slug", slugs())
def test_every_formula_runs_as_it_reads(slug: str) -> None:
    """Both evaluations agree on rational letters in (0, 1); `m` is taken negative, as in the statements."""
    for name, formula in claim(slug).formulas.items():
        order = sorted(symbol.name for symbol in formula.free_symbols)
        letters = {letter: Fraction(-1 if letter == "m" else 1, 3 + place) for place, letter in enumerate(order)}
        exact = evaluate_exactly(slug, name, letters)
        if exact.is_real:  # outside the domain of the formula there is nothing to compare
            running = evaluate(slug, name, {letter: float(value) for letter, value in letters.items()})
            assert running == pytest.approx(float(exact), rel=ROUNDING, abs=ROUNDING)
