"""The forced barrier: ground truths, equality for every c, a linear program over phi''', and what breaks without assumptions."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linprog

from theory.symbols import t
from toykit import tolerances
from toykit.checks.barrier import forced_barrier
from toykit.checks.barrier._bent_chords import wave_chord
from toykit.checks.barrier.forced_barrier import SLUG
from toykit.curvature.chord_jets import ChordJets
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks import Formula, Spline
from toykit.networks.fixtures import f10, t9
from toykit.verdict import Comparison, Number, Result, Trust, Verdict


def named(result: Result, name: str) -> Comparison:
    return next(c for c in result.comparisons if c.name == name)


def wave(turns: int) -> Pair:
    net = Formula(1 - sp.cos(2 * turns * sp.pi * t), (t,), "wave", nonnegative=True)
    return Pair(net, net.point(t=0.0), net.point(t=1.0))


def test_the_quartic_well() -> None:
    """c = 16: h_bar = 32, K_3 = 192, bound 16/32."""
    result = forced_barrier.check(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    assert result.verdict is Verdict.HOLDS
    assert result.letters["h_bar"] == 32
    assert named(result, "gap at 1/2").bound.value == 0.5
    assert result.extra["forced"]


def test_one_minus_cosine() -> None:
    result = forced_barrier.check(wave(1))
    truth = (4 * math.pi**2 - math.pi**3) / 16
    assert truth == pytest.approx(0.529509, rel=tolerances.DIFFERENCE)
    assert named(result, "gap at 1/2").bound.hi == pytest.approx(truth, rel=tolerances.SOLVED)
    assert result.verdict is Verdict.HOLDS
    assert result.trust is Trust.ESTIMATED


def test_two_turns_force_nothing() -> None:
    """Stationary ends with h_bar = 16 pi^2 and g(1/2) = 0: the bound knows K_3 = 64 pi^3 and stays below."""
    result = forced_barrier.check(wave(2))
    assert result.extra["gap at 1/2"] == pytest.approx(0.0, abs=tolerances.ROUNDING)
    assert result.letters["h_bar"] == pytest.approx(16 * math.pi**2, rel=tolerances.ROUNDING)
    assert result.letters["K_3"] / 8 > result.letters["h_bar"]
    assert not result.extra["forced"]


def test_the_extremal_instance() -> None:
    """K_3 = 8: sigma = 0, h_bar = 1 = K_3/8, g(1/2) = 0, and side barriers of height 1/96 at 1/4 and 3/4."""
    pair = next(forced_barrier.extremal())
    result = forced_barrier.check(pair)
    assert (result.letters["sigma"], result.letters["h_bar"], result.letters["K_3"]) == (0, 1, 8)
    assert result.letters["c"] == pytest.approx(0.25, rel=tolerances.ROUNDING)
    assert result.extra["gap at 1/2"] == named(result, "gap at 1/2").bound.value == 0
    found = pair.landscape.exact_barrier()
    assert (found.value, found.position) in [(Fraction(1, 96), Fraction(1, 4)), (Fraction(1, 96), Fraction(3, 4))]


@pytest.mark.parametrize("c", [Fraction(0), Fraction(1, 8), Fraction(1, 4), Fraction(3, 8), Fraction(1, 2)])
@pytest.mark.parametrize("sigma", [Fraction(0), Fraction(-1), Fraction(2)])
def test_waves_meet_the_bound_for_every_c(c: Fraction, sigma: Fraction) -> None:
    pair = wave_chord(Fraction(6), c, sigma=sigma, slope=Fraction(1, 3), name="wave").pair()
    result = forced_barrier.check(pair)
    assert result.letters["c"] == pytest.approx(float(c), abs=tolerances.SOLVED)
    assert named(result, "gap at 1/2, best c").slack == pytest.approx(0.0, abs=tolerances.ROUNDING)
    assert result.trust is Trust.EXACT


@pytest.mark.parametrize(("sigma", "h_bar", "third"), [(0.0, 1.0, 8.0), (0.0, 0.5, 8.0), (0.5, 1.0, 3.0), (-1.0, -0.5, 4.0)])
def test_a_linear_program_over_the_third_derivative_agrees(sigma: float, h_bar: float, third: float) -> None:
    """Minimise g(1/2) = -sigma/4 + h_bar/8 + ∫k phi''' over |phi'''| <= K_3 with ∫(t - 1/2) phi''' = h_bar - sigma.

    The chord is not symmetric in this program: only the mean end curvature is fixed.
    """
    cells = 2000
    u = (np.arange(cells) + 0.5) / cells - 0.5
    kernel = np.where(u < 0, u**2 / 4, -(u**2) / 4)
    found = linprog(kernel / cells, A_eq=[u / cells], b_eq=[h_bar - sigma], bounds=(-third, third))
    lowest = -sigma / 4 + h_bar / 8 + found.fun
    letters = {"sigma": sigma, "h_bar": h_bar, "K_3": third}
    letters["c"] = evaluate(SLUG, "best_c", letters)
    assert evaluate(SLUG, "lower_at", letters) == pytest.approx(lowest, abs=third * tolerances.CELLS)


def test_the_boxed_form_is_the_general_one_at_a_quarter() -> None:
    letters = {"sigma": Fraction(2, 3), "h_bar": Fraction(5), "K_3": Fraction(7)}
    general = evaluate_exactly(SLUG, "lower_at", letters | {"c": Fraction(1, 4)})
    assert general == evaluate_exactly(SLUG, "lower", letters) == (5 - 2 - sp.Rational(7, 8)) / 16


def test_slopes_are_measured_and_never_set_to_zero() -> None:
    """phi = t^2/2: h_bar = 1 > K_3/8 = 0, yet sigma = 1, and the bound -1/8 is the gap."""
    result = forced_barrier.check(Spline([0, 1], [(0, 0, Fraction(1, 2))]).pair())
    assert result.letters["sigma"] == 1
    assert [c.bound.value for c in result.comparisons[:2]] == [-1 / 8, -1 / 8]
    assert result.extra["gap at 1/2"] == -1 / 8


def test_necessity_and_relu() -> None:
    gaps = []
    for _, pair in forced_barrier.necessity():
        result = forced_barrier.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert not named(result, "gap at 1/2").holds
        gaps.append((result.extra["gap at 1/2"], named(result, "gap at 1/2").bound.value))
    assert gaps == [(-1 / 2, -3 / 8), (3 / 32, 3 / 16)]
    assert forced_barrier.check(f10()).verdict is Verdict.INAPPLICABLE


def test_hunt() -> None:
    found = hunt(SLUG, 120)
    assert found.violations == []
    assert found.cases == found.verdicts["HOLDS"] + found.verdicts["VACUOUS"]
    assert found.ratios["gap at 1/2, best c"] == pytest.approx(1.0, rel=tolerances.SOLVED)
    assert found.ratios["gap at 1/2"] > 0.9


def test_too_small_a_third_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = ChordJets.bound
    monkeypatch.setattr(ChordJets, "bound", lambda jets, order: Number.exact(truth(jets, order).value * 0.9))
    *waves, parabola = [forced_barrier.check(pair).verdict for pair in forced_barrier.extremal()]
    assert set(waves) == {Verdict.VIOLATED}
    assert parabola is Verdict.HOLDS


def test_swapping_the_ends_changes_nothing() -> None:
    pair = t9()
    there, back = (forced_barrier.check(p) for p in (pair, Pair(pair.landscape, pair.theta_b, pair.theta_a)))
    for one, two in zip(there.comparisons, back.comparisons, strict=True):
        assert one.bound.value == pytest.approx(two.bound.value, rel=tolerances.SOLVED)
