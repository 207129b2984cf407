"""The double well: every row of the table, the tilt, and profiles that are no wells."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from theory.symbols import t
from toykit import tolerances
from toykit.checks.barrier import double_well, endpoint_expansion, hessian_simpson, midpoint_expansion
from toykit.checks.barrier.double_well import ROWS, SLUG
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks import Formula, Spline
from toykit.networks.fixtures import f10, t9
from toykit.verdict import Comparison, Result, Verdict

TILTED = Spline([0, 1], [(0, 0, 19, -34, 16)], name="c = 16, d = 1").pair()
TABLE = {
    "gap": Fraction(1, 16),
    "midpoint": Fraction(1, 8),
    "endpoint": Fraction(1, 4),
    "simpson": Fraction(1, 16),
    "ridge": Fraction(1, 12),
    "curvature": Fraction(1, 8),
    "forced": Fraction(1, 32),
}


def named(result: Result, name: str) -> Comparison:
    return next(c for c in result.comparisons if c.name == name)


@pytest.mark.parametrize("row", TABLE)
def test_the_table_in_units_of_c(row: str) -> None:
    found = evaluate_exactly(SLUG, row, {"c": Fraction(5, 3), "d": Fraction(0)})
    assert found == sp.Rational(5, 3) * sp.Rational(TABLE[row].numerator, TABLE[row].denominator)


def test_every_estimate_meets_its_row() -> None:
    result = double_well.check(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    assert result.verdict is Verdict.HOLDS
    assert result.letters == {"c": 16, "d": 0, "u": 0}
    for row in ROWS:
        assert named(result, row).measured.value == pytest.approx(16 * float(TABLE[row]), rel=tolerances.ROUNDING)
    assert result.extra["barrier / endpoint estimate"] == 0.25


def test_the_tilted_well() -> None:
    """c = 16, d = 1: the gap at the middle stays 1, the barrier is 1.0077671949468 at t = 0.5310086872."""
    result = double_well.check(TILTED)
    assert result.verdict is Verdict.HOLDS
    assert (result.letters["c"], result.letters["d"]) == (16, 1)
    assert named(result, "barrier").measured.value == pytest.approx(1.0077671949468, rel=tolerances.ROUNDING)
    assert named(result, "barrier").bound.value == pytest.approx(1.0077671949468, rel=tolerances.ROUNDING)
    assert result.letters["u"] == pytest.approx(0.0310086872, abs=tolerances.SOLVED)
    assert evaluate(SLUG, "slope_at", result.letters) == pytest.approx(0.0, abs=tolerances.SOLVED)


@pytest.mark.parametrize(
    ("module", "row"), [(midpoint_expansion, "midpoint"), (endpoint_expansion, "endpoint"), (hessian_simpson, "simpson")]
)
def test_the_checks_of_the_estimates_reproduce_the_table(module, row: str) -> None:
    assert module.check(TILTED).extra["estimate"] == pytest.approx(float(16 * TABLE[row]), rel=tolerances.ROUNDING)


def test_a_well_that_is_only_sampled_is_never_called_one() -> None:
    """The same profile as a formula whose pieces are not known: nothing refutes it, and nothing shows it."""
    net = Formula(16 * t**2 * (1 - t) ** 2 + t**2 * (3 - 2 * t), (t,), "sampled")
    result = double_well.check(Pair(net, net.point(t=0.0), net.point(t=1.0)))
    assert result.assumptions["WELL"].holds is None
    assert result.verdict is Verdict.HOLDS
    assert [c.name for c in result.comparisons] == ["midpoint", "endpoint", "simpson", "barrier"]


def test_other_profiles_are_no_wells() -> None:
    cosine = Formula(1 - sp.cos(2 * sp.pi * t), (t,), "cosine")
    pairs = [pair for _, pair in double_well.necessity()]
    for pair in (*pairs, Pair(cosine, cosine.point(t=0.0), cosine.point(t=1.0)), t9(), f10()):
        result = double_well.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert not all(c.holds for c in result.comparisons)


def test_a_steep_tilt_has_its_lowest_curvature_at_an_end() -> None:
    """|d| > c: the rows that need m and M are left out, the others hold."""
    result = double_well.check(Spline([0, 1], [(0, 0, 7, -6, 1)], name="c = 1, d = 2").pair())
    assert result.verdict is Verdict.HOLDS
    assert [c.name for c in result.comparisons] == ["midpoint", "endpoint", "simpson", "barrier"]


def test_hunt() -> None:
    found = hunt(SLUG, 100)
    assert found.violations == []
    assert found.cases == found.verdicts["HOLDS"]


def test_a_wrong_row_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROWS, "simpson", ("barrier/midpoint_expansion", "estimate"))
    assert double_well.check(TILTED).verdict is Verdict.VIOLATED
