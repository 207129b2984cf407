"""Rescaled copies: the numbers of the theory, every single permutation, the exact engine, and what balancing undoes."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.enclosed import exact_barrier
from toykit.barriers.measured import barrier
from toykit.checks.barrier import rescaling_counterexample as module
from toykit.checks.barrier.two_layer_linear import taught
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.matching import weight_matching
from toykit.networks.fixtures import f10, fold, t9
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted, rescaled
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Verdict

TRUTHS = {
    2: ("1/64", "1/64", "1/64", "1/64"),
    3: ("1/9", "1/9", "1/9", "1/9"),
    5: ("0.64", "0.445", "1/4", "1/4"),
    10: ("4.100625", "2.1753125", "1/4", "1/4"),
}


@pytest.mark.parametrize("width", [2, 3, 4, 5])
@pytest.mark.parametrize("m", TRUTHS)
def test_every_permutation_is_tried(m: int, width: int) -> None:
    """The slow twin: all n! orders of the hidden units, and the smallest barrier of them."""
    pair, truth = module.rescaled_pair(m, width), Fraction(TRUTHS[m][width - 2])
    net = pair.landscape
    middle = np.array([0.5])
    least = min(net.profile(pair.theta_a, permuted(net, pair.theta_b, 1, perm), middle)[0] for perm in permutations(range(width)))
    result = module.check(pair)
    assert result.verdict is Verdict.HOLDS, result.reason
    assert least == pytest.approx(float(truth), rel=tolerances.ROUNDING)
    assert result.measured.value == pytest.approx(float(truth), rel=tolerances.ROUNDING)
    name = f"least_{width}" if width < 4 else "least"
    assert evaluate_exactly(module.SLUG, name, {"m": m}) == truth


def test_the_exact_engine_agrees() -> None:
    pytest.importorskip("flint")
    pair = module.rescaled_pair(4, 3)  # a power of two: the weights are read exactly
    found = exact_barrier(pair)
    assert found.lo == found.hi == Fraction(9, 4) ** 2 / 16
    assert evaluate(module.SLUG, "own", {"m": 4}) == pytest.approx(float(found.lo), rel=tolerances.ROUNDING)


def test_dead_units_are_best_from_a_factor_on() -> None:
    for m, best in ((3.7, "own"), (3.8, "dead"), (1 / 3.7, "own"), (1 / 3.8, "dead")):
        letters = {"m": m}
        assert evaluate(module.SLUG, "least", letters) == evaluate(module.SLUG, best, letters)


def test_hunt() -> None:
    found = hunt(module.SLUG, 50)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 50


def test_necessity() -> None:
    ((assumption, pair),) = module.necessity()
    result = module.check(pair)
    assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
    assert not any(comparison.holds for comparison in result.comparisons)
    assert result.measured.value == pytest.approx(2 / 3 * result.bound.value, rel=tolerances.ROUNDING)


def test_rescaling_back_leaves_no_barrier() -> None:
    pair = module.rescaled_pair(5, 4)
    back = rescaled(pair.landscape, pair.theta_b, 1, [5.0, 1 / 5, 1.0, 1.0])
    assert barrier(Pair(pair.landscape, pair.theta_a, back)).value <= tolerances.ROUNDING


@pytest.mark.parametrize("pair", [t9(), f10(), fold(), module.rescaled_pair(1, 3)], ids=lambda pair: pair.name)
def test_other_pairs_are_inapplicable(pair: Pair) -> None:
    assert module.check(pair).verdict is Verdict.INAPPLICABLE


def test_a_wrong_weight_is_not_the_construction() -> None:
    pair = module.rescaled_pair(3, 4)
    for name in pair.theta_b:
        moved = pair.theta_b.replace({name: pair.theta_b[name] * 1.01})
        result = module.check(Pair(pair.landscape, pair.theta_a, moved))
        assert result.reason.startswith("CONSTRUCTION")


def test_matching_does_not_undo_a_rescaling_but_balancing_does() -> None:
    """One unit of a network rescaled: the matched barrier grows with the factor, the balanced one stays 0."""
    net, theta = taught("relu", generator("one unit rescaled"))
    matched, balanced_too = [], []
    for factor in (1.0, 2.0, 4.0, 8.0):
        moved = permuted(net, rescaled(net, theta, 1, [factor, 1, 1, 1, 1]), 1, [3, 1, 4, 0, 2])
        matched.append(_matched_barrier(net, theta, moved))
        balanced_too.append(_matched_barrier(net, balanced(net, theta), balanced(net, moved)))
    assert all(np.diff(matched) > 0)
    assert max(balanced_too) <= tolerances.ROUNDING


def balanced(net: MLP, theta: Parameters) -> Parameters:
    """Each hidden unit rescaled so that its incoming weights, bias included, and its outgoing ones have one norm."""
    (incoming, bias), (outgoing, _) = net.layers(theta)
    sizes = np.hypot(np.linalg.norm(incoming, axis=1), bias)
    return rescaled(net, theta, 1, np.sqrt(np.linalg.norm(outgoing, axis=0) / sizes))


def _matched_barrier(net: MLP, theta_a: Parameters, theta_b: Parameters) -> float:
    return barrier(Pair(net, theta_a, weight_matching(Pair(net, theta_a, theta_b)).theta)).value
