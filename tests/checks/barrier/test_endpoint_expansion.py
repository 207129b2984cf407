"""The endpoint estimate: ground truths, equality, its two remainders, and what it says without smoothness."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy as sp

from theory.symbols import t
from toykit import tolerances
from toykit.checks.barrier import endpoint_expansion
from toykit.checks.barrier.endpoint_expansion import SLUG
from toykit.curvature.chord_jets import ChordJets
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt, tightness
from toykit.landscape import Pair
from toykit.networks import Formula, Polynomial, Spline
from toykit.networks.fixtures import f10, fold, t9
from toykit.verdict import Comparison, Number, Result, Trust, Verdict


def named(result: Result, name: str) -> Comparison:
    return next(c for c in result.comparisons if c.name == name)


def test_the_quartic_well_is_estimated_at_four_times_its_height() -> None:
    result = endpoint_expansion.check(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    assert (result.extra["estimate"], result.extra["gap at 1/2"], result.extra["estimate / gap"]) == (4.0, 1.0, 4.0)
    assert result.letters["K_3"] == 12 * 16
    assert named(result, "remainder of order 3 at 1/2").bound.value == 4.0
    # phi'''' = 24c: the remainder of fourth order is met
    assert named(result, "remainder of order 4 at 1/2").slack == 0.0


def test_one_minus_cosine() -> None:
    wave = Formula(1 - sp.cos(2 * sp.pi * t), (t,), "wave", nonnegative=True)
    result = endpoint_expansion.check(Pair(wave, wave.point(t=0.0), wave.point(t=1.0)))
    assert result.extra["estimate"] == pytest.approx(math.pi**2 / 2, rel=tolerances.ROUNDING)
    assert result.extra["gap at 1/2"] == pytest.approx(2.0, rel=tolerances.ROUNDING)
    assert 48 * named(result, "remainder of order 3 at 1/2").bound.lo == pytest.approx((2 * math.pi) ** 3, rel=tolerances.SOLVED)
    assert result.assumptions["RANGE"].holds is None


def test_t_to_the_fourth() -> None:
    result = endpoint_expansion.check(Spline([0, 1], [(0, 0, 0, 0, 1)]).pair())
    assert result.extra["estimate"] == -1 / 4
    assert result.extra["gap at 1/2"] == -7 / 16
    assert named(result, "remainder of order 4 at 1/2").measured.value == 24 / 128


def test_extremal_instances_meet_a_bound() -> None:
    wanted = {
        "phi''' turns at 1/2": ("remainder of order 3 at 1/2", 8 / 48),
        "t^4": ("remainder of order 4 at 1/2", 3 / 16),
        "t - 2t^2 + 3t^3": ("remainder of order 4 at 1/2", 0.0),
    }
    for pair in endpoint_expansion.extremal():
        comparison = named(endpoint_expansion.check(pair), wanted[pair.name][0])
        assert comparison.measured.value == pytest.approx(wanted[pair.name][1], rel=tolerances.ROUNDING, abs=tolerances.ROUNDING)
        assert comparison.slack == pytest.approx(0.0, abs=tolerances.ROUNDING)
        assert comparison.bound.trust is Trust.EXACT


def test_one_kink_beside_the_middle_is_missed() -> None:
    (_, pair), *_ = endpoint_expansion.necessity()
    result = endpoint_expansion.check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert (result.extra["estimate"], result.extra["gap at 1/2"]) == (-1 / 4, -1 / 8)
    assert not named(result, "remainder of order 3 at 1/2").holds


def test_relu_networks_are_inapplicable_and_still_compared() -> None:
    for pair in (f10(), fold()):
        result = endpoint_expansion.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert "analytic" in result.assumptions["SMOOTH"].how
        assert len(result.comparisons) == 3
    # a kink exactly at 1/2 does not show: the fold net is estimated exactly
    assert result.extra["estimate"] == result.extra["gap at 1/2"] == 1 / 2


def test_hunt() -> None:
    found = hunt(SLUG, 120)
    assert found.violations == []
    assert found.cases == found.verdicts["HOLDS"] + found.verdicts["VACUOUS"]
    assert found.ratios["remainder of order 3 at 1/2"] > 0.9
    assert found.ratios["remainder of order 4 at 1/2"] == pytest.approx(1.0, rel=tolerances.ROUNDING)


def test_too_small_a_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = ChordJets.bound
    monkeypatch.setattr(ChordJets, "bound", lambda jets, order: Number.exact(truth(jets, order).value * 0.9))
    verdicts = [endpoint_expansion.check(pair).verdict for pair in endpoint_expansion.extremal()]
    assert verdicts == [Verdict.VIOLATED, Verdict.VIOLATED, Verdict.HOLDS]


@pytest.mark.parametrize("a", [Fraction(1, 3), Fraction(1, 2), Fraction(9, 10)])
def test_quadratic_losses_are_estimated_exactly_everywhere(a: Fraction) -> None:
    """g(a) = -a(1-a)/2 Delta^T H Delta: L = x^2 - 3xy between (0, 1) and (2, -1) has Delta^T H Delta = 32."""
    x, y = sp.symbols("x y", real=True)
    net = Polynomial(x**2 - 3 * x * y, (x, y), "saddle")
    result = endpoint_expansion.check(Pair(net, net.point(x=0, y=1), net.point(x=2, y=-1)))
    assert evaluate(SLUG, "estimate_at", {**result.letters, "a": float(a)}) == pytest.approx(
        -float(a * (1 - a)) / 2 * 32, rel=tolerances.ROUNDING
    )
    assert all(c.measured.value <= c.tolerance for c in result.comparisons)


def test_the_remainder_at_any_position() -> None:
    """At 1/2 it is K_3/48; it is met at every a by phi''' = K_3 before a and -K_3 after it."""
    assert evaluate_exactly(SLUG, "remainder_at", {"a": Fraction(1, 2), "K_3": Fraction(1)}) == sp.Rational(1, 48)
    pair = endpoint_expansion.bent_spline(
        [0, Fraction(1, 4), 1], [8, -8], curvature=Fraction(1), slope=Fraction(0), name="phi''' turns at 1/4"
    ).pair()
    assert tightness(named(endpoint_expansion.check(pair), "remainder at 0.25")) == pytest.approx(1.0, rel=tolerances.ROUNDING)


def test_swapping_the_ends_changes_nothing() -> None:
    pair = t9()
    there, back = (endpoint_expansion.check(p) for p in (pair, Pair(pair.landscape, pair.theta_b, pair.theta_a)))
    assert there.extra["estimate"] == pytest.approx(back.extra["estimate"], rel=tolerances.SOLVED)
    assert there.letters["K_3"] == pytest.approx(back.letters["K_3"], rel=tolerances.SOLVED)
    assert there.verdict is back.verdict is Verdict.HOLDS
