"""The gap under the squared loss: known numbers, the factor, interpolating ends and the remainder when they do not."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp

from toykit import tolerances
from toykit.barriers.measured import barrier, gap
from toykit.checks.barrier.squared_loss_gap import check, extremal, interpolating_pair, letters, necessity
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt
from toykit.losses import SquaredLoss
from toykit.networks.designed import designed
from toykit.networks.fixtures import d3, f10, p2, t9
from toykit.outputs import OutputChord
from toykit.seeds import generator
from toykit.verdict import Verdict

SLUG = "barrier/squared_loss_gap"


def test_interpolation_is_needed_for_the_short_form() -> None:
    pair = designed([[1.0]], [[-1.0]], [[0.5]], np.array([[0.0]]), SquaredLoss())
    result = check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.measured is not None
    assert result.measured.value == -3 / 8
    assert evaluate(SLUG, "interpolating", result.letters) == 1 / 8
    known = {"factor": F(1, 2), "t": F(1, 2), "apart_2": F(4), "coupling": F(0), "error_2": F(1, 4), "residual_2": F(0)}
    assert evaluate_exactly(SLUG, "gap", known) == sp.Rational(-3, 8)


@pytest.mark.parametrize(("number", "truth"), [(0, 1 / 128), (1, 1 / 2)])
def test_two_minima_of_a_product(number: int, truth: float) -> None:
    pair = list(extremal())[number]
    result = check(pair)
    assert result.measured is not None
    assert result.measured.value == truth == evaluate(SLUG, "interpolating", result.letters)
    assert barrier(pair).value == truth
    assert evaluate(SLUG, "remainder", result.letters) == 0


def test_the_lower_bound_is_met_where_the_chord_passes_the_target() -> None:
    pair = list(extremal())[2]
    lower = check(pair).comparisons[-1]
    assert pair.landscape.loss((pair.theta_a + pair.theta_b) * 0.5) == 0
    assert lower.slack == 0
    assert lower.vacuous, "it says no more than that the loss is not negative"


@pytest.mark.parametrize("number", range(5))
def test_between_interpolating_ends_the_gap_is_the_squared_output_error(number: int) -> None:
    pair = interpolating_pair(generator("interpolating test", number), "interpolating")
    chord = OutputChord(pair)
    factor = pair.landscape.traits.factor
    for t in (0.125, 0.5, 0.75):
        error = np.asarray(chord.at(t).error)
        truth = factor * (error**2).sum(axis=1).mean()
        assert float(gap(pair, np.array([t]))[0]) == pytest.approx(truth, rel=tolerances.ROUNDING)


@pytest.mark.parametrize("pair", [t9(), f10(), d3()], ids=lambda pair: pair.name)
def test_the_fixtures_hold_with_the_factor_1(pair) -> None:
    result = check(pair)
    assert result.letters["factor"] == 1.0
    assert result.verdict is Verdict.HOLDS


def test_a_wrong_factor_is_noticed() -> None:
    pair = t9()
    chord = OutputChord(pair)
    row = {"factor": 0.5} | letters(chord.at(0.5), chord.target_rows)
    assert abs(evaluate(SLUG, "gap", row) - float(gap(pair, np.array([0.5]))[0])) > tolerances.SOLVED


def test_another_loss_is_inapplicable_and_the_formula_fails() -> None:
    ((name, pair),) = necessity()
    result = check(pair)
    assert name == "SQUARED"
    assert result.verdict is Verdict.INAPPLICABLE
    assert not all(c.holds for c in result.comparisons)
    assert check(p2()).comparisons == ()


def test_the_hunt_holds() -> None:
    found = hunt(SLUG, 80)
    assert found.verdicts == {"HOLDS": 80}
    assert 0.5 < found.ratios["distance from the interpolating form at 1/2"] <= 1
