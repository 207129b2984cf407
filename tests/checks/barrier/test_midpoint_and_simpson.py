"""The midpoint estimate and the three curvatures: ground truths, equality, and what they say without smoothness."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from theory.symbols import t
from toykit import tolerances
from toykit.checks.barrier import endpoint_expansion, hessian_simpson, midpoint_expansion
from toykit.curvature.chord_jets import ChordJets
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks import Formula, Polynomial, Spline
from toykit.networks.fixtures import f10, fold, t9
from toykit.verdict import Number, Verdict

WELL = Spline([0, 1], [(0, 0, 16, -32, 16)]).pair()
MODULES = (midpoint_expansion, hessian_simpson)


def test_the_quartic_well() -> None:
    """c = 16: twice the height from the middle, the height itself from three curvatures."""
    assert midpoint_expansion.check(WELL).extra["estimate"] == 2.0
    simpson = hessian_simpson.check(WELL)
    assert simpson.extra["estimate"] == pytest.approx(1.0, rel=tolerances.ROUNDING)
    assert simpson.letters["K_6"] == 0


def test_one_minus_cosine() -> None:
    wave = Formula(1 - sp.cos(2 * sp.pi * t), (t,), "wave", nonnegative=True)
    pair = Pair(wave, wave.point(t=0.0), wave.point(t=1.0))
    middle, simpson = midpoint_expansion.check(pair), hessian_simpson.check(pair)
    assert middle.extra["estimate"] == pytest.approx(math.pi**2 / 2, rel=tolerances.ROUNDING)
    assert simpson.extra["estimate"] == pytest.approx(math.pi**2 / 3, rel=tolerances.ROUNDING)
    assert simpson.bound is not None
    assert simpson.bound.lo == pytest.approx(2.002894, rel=tolerances.DIFFERENCE)  # (2 pi)^6 / 30720
    assert simpson.verdict is Verdict.HOLDS


def test_powers_around_the_middle_meet_the_remainder() -> None:
    """(t-1/2)^4: 0 against -24/384; (t-1/2)^6: -5/128 against -1/64, remainder 720/30720."""
    _, fourth, _ = midpoint_expansion.extremal()
    found = midpoint_expansion.check(fourth)
    assert (found.extra["estimate"], found.extra["gap at 1/2"]) == (0.0, -1 / 16)
    assert found.comparisons[1].slack == 0.0
    sixth, _ = hessian_simpson.extremal()
    found = hessian_simpson.check(sixth)
    assert (found.extra["estimate"], found.extra["gap at 1/2"]) == (-5 / 128, -1 / 64)
    assert found.slack == pytest.approx(0.0, abs=tolerances.ROUNDING)


@pytest.mark.parametrize(("module", "degree"), [(midpoint_expansion, 3), (hessian_simpson, 5)])
def test_the_degree_up_to_which_the_estimate_is_exact(module, degree: int) -> None:
    for power in range(degree + 2):
        polynomial = [0] * power + [1]
        extra = module.check(Spline([0, 1], [polynomial]).pair()).extra
        error = abs(extra["estimate"] - extra["gap at 1/2"])
        assert (error <= tolerances.ROUNDING) is (power <= degree)


@pytest.mark.parametrize("module", MODULES)
def test_one_kink_beside_the_middle_is_missed(module) -> None:
    for _, pair in module.necessity():
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert not all(c.holds for c in result.comparisons)
    (_, kinked), *_ = module.necessity()
    extra = module.check(kinked).extra
    assert (extra["estimate"], extra["gap at 1/2"]) == (0.0, -1 / 8)


@pytest.mark.parametrize("module", MODULES)
def test_relu_networks_are_inapplicable_and_still_compared(module) -> None:
    for pair in (f10(), fold()):
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert len(result.comparisons) == 1


@pytest.mark.parametrize("module", MODULES)
def test_hunt(module) -> None:
    found = hunt(module.SLUG, 120)
    assert found.violations == []
    assert found.cases == found.verdicts["HOLDS"] + found.verdicts["VACUOUS"]
    last = "remainder of order 4 at 1/2" if module is midpoint_expansion else "remainder of order 6 at 1/2"
    assert found.ratios[last] == pytest.approx(1.0, rel=tolerances.SOLVED)
    assert max(found.ratios.values()) <= 1 + tolerances.SOLVED
    if module is midpoint_expansion:
        assert found.ratios["remainder of order 3 at 1/2"] > 0.9


@pytest.mark.parametrize("module", MODULES)
def test_too_small_a_derivative_is_noticed(module, monkeypatch: pytest.MonkeyPatch) -> None:
    truth = ChordJets.bound
    monkeypatch.setattr(ChordJets, "bound", lambda jets, order: Number.exact(truth(jets, order).value * 0.9))
    *bent, exact = [module.check(pair).verdict for pair in module.extremal()]
    assert set(bent) == {Verdict.VIOLATED}
    assert exact is Verdict.HOLDS


@pytest.mark.parametrize("module", [endpoint_expansion, *MODULES])
def test_a_short_chord_has_the_second_order_gap(module) -> None:
    """theta_b = theta_a plus little: g(1/2) = -h_m/8 to the third order, whichever estimate is taken."""
    pair = t9()
    near = Pair(pair.landscape, pair.theta_a, pair.theta_a + (pair.theta_b - pair.theta_a) * tolerances.PROBE32)
    assert module.check(near).extra["estimate / gap"] == pytest.approx(1.0, rel=tolerances.PROBE32)


def test_a_chord_of_no_length() -> None:
    x, y = sp.symbols("x y", real=True)
    net = Polynomial(x**4 * y, (x, y), "still")
    point = net.point(x=1, y=2)
    for module in (endpoint_expansion, *MODULES):
        result = module.check(Pair(net, point, point))
        assert result.verdict is Verdict.HOLDS
        assert result.extra["estimate / gap"] is None
