"""The checks of green_identity, curvature_bound and ridge_bound on toys: equality, necessity, hunts, verdicts."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp

from theory.symbols import t
from toykit import tolerances
from toykit.checks.barrier import curvature_bound, green_identity, ridge_bound
from toykit.checks.barrier._chords import kink_unit, unlisted_kink
from toykit.curvature import curvature_range
from toykit.data import gaussian_clusters, teacher_student
from toykit.formula import evaluate
from toykit.hunt import hunt, tightness
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks import MLP, Formula, Polynomial, Spline
from toykit.networks.fixtures import f10, fold, grid_evader, p2, t9
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Comparison, Result, Trust, Verdict

BOUNDS = [curvature_bound, ridge_bound]
ALL = [green_identity, *BOUNDS]


def named(result: Result, name: str) -> Comparison:
    return next(c for c in result.comparisons if c.name == name)


@pytest.mark.parametrize("module", BOUNDS)
def test_extremal_instances_meet_the_bound(module) -> None:
    for pair in module.extremal():
        result = module.check(pair)
        assert result.verdict is Verdict.HOLDS
        assert result.trust is Trust.EXACT
        for name in ("barrier", "gap at 1/2, upper"):
            assert tightness(named(result, name)) == pytest.approx(1.0, rel=tolerances.ROUNDING), pair.name


def test_green_identity_on_its_extremal_instances() -> None:
    results = {pair.name: green_identity.check(pair) for pair in green_identity.extremal()}
    truths = {"t^4": (-7 / 16, -3 / 10), "|t - 1/2|": (-1 / 2, -1 / 4), "profile of the fold net": (1 / 2, 1 / 6)}
    assert results.keys() == truths.keys()
    for name, (middle, average) in truths.items():
        assert results[name].verdict is Verdict.HOLDS
        for comparison, truth in ((named(results[name], "gap at 0.5"), middle), (named(results[name], "average gap"), average)):
            assert comparison.measured.value == pytest.approx(truth, rel=tolerances.QUADRATURE)
            assert comparison.bound.value == pytest.approx(truth, rel=tolerances.QUADRATURE)


@pytest.mark.parametrize("module", ALL)
def test_necessity(module) -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons), "the claim must fail without the assumption"


@pytest.mark.parametrize("module", ALL)
def test_hunt(module) -> None:
    found = hunt(module.SLUG, 200)
    assert found.violations == []
    assert found.cases == found.verdicts["HOLDS"] + found.verdicts["VACUOUS"]
    if module in BOUNDS:
        assert all(found.ratios[name] > 0.9 for name in ("barrier", "gap at 1/2, upper", "gap at its worst position, lower"))


@pytest.mark.parametrize("module", ALL)
def test_cases_are_reproducible_and_move_with_the_seed(module) -> None:
    one, again, other = ([module.check(pair).to_json() for pair in module.cases(6, seed)] for seed in (0, 0, 1))
    assert one == again
    assert all(left != right for left, right in zip(one, other, strict=True))


@pytest.mark.parametrize("module", ALL)
def test_pointwise_curvature_of_relu_networks_is_never_enough(module) -> None:
    """Cross-entropy, and more gates than the exact engine is asked for: nobody lists the kinks, so nothing is claimed."""
    wide = MLP((5, 40, 3), "relu", SquaredLoss(), gaussian_clusters(count=30))
    draw = generator("tests/unlisted kinks")
    for pair in (unlisted_kink(), Pair(wide, wide.draw(draw), wide.draw(draw), "1,200 gates")):
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert "not listed" in result.reason


def test_the_ridge_bound_survives_no_kink_even_if_listed() -> None:
    for pair in (f10(), fold()):
        assert ridge_bound.check(pair).verdict is Verdict.INAPPLICABLE


@pytest.mark.parametrize("pair", [fold(), kink_unit(), f10(), grid_evader()], ids=lambda pair: pair.name)
def test_listed_kinks_are_point_masses(pair: Pair) -> None:
    """The identity of RELU networks, to rounding; left out, their kinks make it fail, and the bound with them holds."""
    pytest.importorskip("flint")
    result = green_identity.check(pair)
    assert result.verdict is Verdict.HOLDS, result.reason
    size = result.comparisons[0].tolerance
    assert abs(result.extra["residual at 1/2"]) <= size
    assert abs(result.extra["left by phi'' alone at 1/2"]) > 1000 * size
    assert all(c.bound.hi - c.bound.lo <= size for c in result.comparisons)
    bounds = curvature_bound.check(pair)
    assert bounds.verdict in (Verdict.HOLDS, Verdict.VACUOUS), bounds.reason
    assert bounds.assumptions["RANGE"].holds is True


@pytest.mark.parametrize(("pair", "truth"), [(fold(), 1 / 2), (kink_unit(), 3 / 16)], ids=["fold net", "kink unit"])
def test_the_counterexamples_with_their_kinks_counted(pair: Pair, truth: float) -> None:
    """phi'' >= 0 wherever it exists: pointwise the bound would be 0."""
    pytest.importorskip("flint")
    headline = curvature_bound.check(pair).comparisons[0]
    assert headline.measured.value == pytest.approx(truth, rel=tolerances.ROUNDING)
    assert truth <= headline.bound.value <= 2 * truth
    if pair.name == "fold net":
        assert headline.bound.value == pytest.approx(truth, rel=tolerances.ROUNDING)


@pytest.mark.parametrize("widths", [(3, 6, 2), (3, 5, 4, 1)])
def test_random_and_trained_relu_networks_obey_with_their_kinks(widths: tuple[int, ...]) -> None:
    pytest.importorskip("flint")
    data = teacher_student(count=20, width=3, outputs=widths[-1])
    net = MLP(widths, "relu", SquaredLoss(), data)
    draw = generator("tests/relu with kinks")
    ends = [net.draw(draw) for _ in range(2)]
    trained = [_descended(net, end) for end in ends]
    for pair in (Pair(net, *ends), Pair(net, *trained), Pair(net, ends[0], trained[0])):
        for module in (green_identity, curvature_bound):
            result = module.check(pair)
            assert result.verdict in (Verdict.HOLDS, Verdict.VACUOUS), result.reason
            assert all(outcome.holds is True for outcome in result.assumptions.values())


def _descended(net: MLP, theta: Parameters) -> Parameters:
    for _ in range(60):
        theta = theta - 0.02 * net.gradient(theta)
    return theta


def test_a_wrong_jump_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flint")
    truth = green_identity.kinks

    def halved(pair: Pair):
        found = truth(pair)
        return replace(found, kinks=tuple((t, jump / 2) for t, jump in found.kinks))

    for module in (green_identity, curvature_bound):
        monkeypatch.setattr(module, "kinks", halved)
        assert module.check(fold()).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("module", ALL)
@pytest.mark.parametrize("number", range(3))
def test_tanh_networks_obey(module, number: int) -> None:
    net = MLP((5, 7, 4, 3), "tanh", CrossEntropy(), gaussian_clusters(count=30, number=number))
    draw = generator("tests/curvature checks", number)
    result = module.check(Pair(net, net.draw(draw), net.draw(draw)))
    assert result.verdict in (Verdict.HOLDS, Verdict.VACUOUS), result.reason


def test_green_identity_on_tanh_is_precise() -> None:
    """The identity holds to 1e-10, error bar included: the bar is no excuse."""
    result = green_identity.check(t9())
    for comparison in result.comparisons:
        assert comparison.measured.value == pytest.approx(comparison.bound.value, rel=tolerances.QUADRATURE)
        assert comparison.bound.hi - comparison.bound.lo <= tolerances.SOLVED


def test_what_is_left_measures_the_kink() -> None:
    """-G(1/2,1/2) J = 1 for the fold net, J = -4; where the kink is not listed it is the residual: J = -2."""
    left = green_identity.check(fold()).extra["left by phi'' alone at 1/2"]
    assert left == pytest.approx(1.0, rel=tolerances.QUADRATURE)
    assert green_identity.check(unlisted_kink()).extra["residual at 1/2"] == pytest.approx(0.5, rel=tolerances.QUADRATURE)


def test_one_minus_cosine() -> None:
    wave = Formula(1 - sp.cos(2 * sp.pi * t), (t,), "wave", nonnegative=True)
    pair = Pair(wave, wave.point(t=0.0), wave.point(t=1.0))
    for module, bound in ((curvature_bound, math.pi**2 / 2), (ridge_bound, math.pi**2 / 4)):
        headline = module.check(pair).comparisons[0]
        assert headline.measured.value == pytest.approx(2.0, rel=tolerances.ROUNDING)
        assert headline.bound.lo == pytest.approx(bound, rel=tolerances.SOLVED)


@pytest.mark.parametrize(("module", "bound"), [(curvature_bound, 2.0), (ridge_bound, 4 / 3)])
def test_the_quartic_well(module, bound: float) -> None:
    headline = module.check(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair()).comparisons[0]
    assert headline.measured.value == 1.0
    assert headline.bound.value == pytest.approx(bound, rel=tolerances.ROUNDING)
    assert headline.trivial is None


def test_constants_of_the_chord() -> None:
    """L = -|theta|^2 is 2-weakly convex; |Delta| = 3 gives B = 9/4."""
    x, y = sp.symbols("x y", real=True)
    net = Polynomial(-(x**2) - y**2, (x, y), "cap")
    result = curvature_bound.check(Pair(net, net.point(x=0, y=0), net.point(x=0, y=3)))
    assert (result.letters["rho"], result.letters["beta"], result.letters["Delta_norm"]) == (2, 2, 3)
    assert result.measured is not None
    assert result.measured.value == 9 / 4
    assert result.bound is not None
    assert result.bound.value == 9 / 4


def test_slopes_are_measured_and_never_set_to_zero() -> None:
    result = ridge_bound.check(Spline.of_curvature([0, 1], [-1], name="-t^2/2").pair())
    assert result.letters["sigma"] == -1
    assert named(result, "barrier").bound.value == pytest.approx(1 / 8, rel=tolerances.ROUNDING)


def test_convex_kinks_leave_the_upper_curvature_bound_alone() -> None:
    """phi = -t^2/2 with a jump of +1/2 in the middle; the ridge bound does not survive even that."""
    half = Fraction(1, 2)
    pair = Spline([0, half, 1], [(0, 0, -half), (-half / 2, half, -half)], name="one convex kink").pair()
    result = curvature_bound.check(pair)
    assert result.verdict is Verdict.HOLDS
    upper, lower = named(result, "gap at 1/2, upper"), named(result, "gap at 1/2, lower")
    assert upper.bound.value == pytest.approx(1 / 8, rel=tolerances.ROUNDING), "as without the kink"
    assert lower.bound.value == pytest.approx(1 / 8 - 1 / 8, abs=tolerances.ROUNDING)
    assert "point mass" in result.assumptions["C11"].how
    assert ridge_bound.check(pair).verdict is Verdict.INAPPLICABLE


def test_a_chord_of_no_length() -> None:
    pair = p2()
    still = Pair(pair.landscape, pair.theta_a, pair.theta_a)
    for module in ALL:
        result = module.check(still)
        assert result.verdict is Verdict.HOLDS
        assert result.comparisons[0].measured.value == 0


@pytest.mark.parametrize("module", ALL)
def test_swapping_the_ends_changes_nothing(module) -> None:
    pair = t9()
    there, back = module.check(pair), module.check(Pair(pair.landscape, pair.theta_b, pair.theta_a))
    for name in ("gap at 0.5",) if module is green_identity else ("barrier", "gap at 1/2, upper", "gap at 1/2, lower"):
        one, two = named(there, name), named(back, name)
        assert one.measured.value == pytest.approx(two.measured.value, rel=tolerances.SOLVED)
        assert one.bound.value == pytest.approx(two.bound.value, rel=tolerances.SOLVED)


@pytest.mark.parametrize("module", BOUNDS)
def test_a_wrong_range_is_noticed(module, monkeypatch: pytest.MonkeyPatch) -> None:
    """A range that is too narrow breaks the bound on the extremal pair: the comparison can fail."""
    truth = module.curvature_range

    def narrower(*given, **more):
        found = truth(*given, **more)
        lowest = type(found.lowest).exact(found.lowest.value * 0.9)
        return type(found)(lowest, found.highest, found.slope_start, found.slope_end)

    monkeypatch.setattr(module, "curvature_range", narrower)
    assert all(module.check(pair).verdict is Verdict.VIOLATED for pair in module.extremal())


@pytest.mark.parametrize("module", BOUNDS)
def test_a_sampled_range_gives_the_bound_its_error_bar(module) -> None:
    pair = t9()
    found = curvature_range(pair)
    letters = {"a": 0.5, "sigma": found.sigma}
    wide = evaluate(module.SLUG, "upper_at", letters | {"m": found.lowest.lo, "M": found.highest.hi})
    narrow = evaluate(module.SLUG, "upper_at", letters | {"m": found.lowest.hi, "M": found.highest.lo})
    bound = named(module.check(pair, range_cells=0), "gap at 1/2, upper").bound
    assert (bound.lo, bound.hi) == pytest.approx((min(wide, narrow), max(wide, narrow)), rel=tolerances.ROUNDING)
    assert bound.trust is Trust.ESTIMATED


@pytest.mark.parametrize("module", BOUNDS)
def test_a_dense_tanh_network_gets_a_certified_bound(module) -> None:
    found = module.check(t9())
    assert found.assumptions["RANGE"].holds is True if "RANGE" in found.assumptions else found.verdict is Verdict.HOLDS
    bound = named(found, "gap at 1/2, upper").bound
    assert bound.trust is Trust.CERTIFIED
    assert bound.hi >= named(module.check(t9(), range_cells=0), "gap at 1/2, upper").bound.lo


def test_the_worst_position_is_found() -> None:
    """Walls of width 1/8 and 3/8 around the ridge: the bound is met at a = 1/4 and nowhere else."""
    breaks = [Fraction(0), Fraction(1, 8), Fraction(5, 8), Fraction(1)]
    result = ridge_bound.check(Spline.of_curvature(breaks, [1, -1, 1], slope=2).pair())
    assert tightness(named(result, "gap at its worst position, upper")) == pytest.approx(1.0, rel=tolerances.ROUNDING)
    assert "a = 0.25" in named(result, "gap at its worst position, upper").measured.note
    middle = named(result, "gap at 1/2, upper")
    assert middle.measured.value < 0.9 * middle.bound.value
