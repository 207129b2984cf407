"""The price of a permutation: closed form, exact engine and a fine grid, on linear and on ReLU networks."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.enclosed import exact_barrier
from toykit.checks.barrier import two_layer_linear as module
from toykit.chord import grid, profile
from toykit.data import Data
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.deep_linear import balanced, deep_linear
from toykit.networks.fixtures import f10, fold, p2, t9
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted, rescaled
from toykit.seeds import generator
from toykit.verdict import Verdict

TRUTHS = {  # the theory's numbers are sums over examples; the loss of the project is their mean
    "W = diag(2, 1), V = diag(1, 3), swap": Fraction(25, 4) / 2,
    "V = W = 1, swap": Fraction(1, 2) / 3,
    "V = W = 1, 3-cycle": Fraction(9, 16) / 3,
    "rescaled by 2": Fraction(9, 128),
}


@pytest.mark.parametrize("pair", list(module.extremal()), ids=lambda pair: pair.name)
def test_formula_exact_engine_and_grid_agree(pair: Pair) -> None:
    pytest.importorskip("flint")
    result, exact = module.check(pair), exact_barrier(pair)
    assert exact.lo == exact.hi == TRUTHS[pair.name]
    assert exact.argmax[0] == Fraction(1, 2)
    assert result.verdict is Verdict.HOLDS
    assert result.bound is not None
    assert result.bound.value == pytest.approx(float(exact.lo), rel=tolerances.ROUNDING)
    assert profile(pair, grid(1001)).gap.max() == pytest.approx(float(exact.lo), rel=tolerances.ROUNDING)


def test_rescaling_has_a_closed_price() -> None:
    net, theta = module.taught("relu", generator("price of a rescaling"))
    for factor in (0.5, 2.0, 7.0):
        pair = Pair(net, theta, rescaled(net, theta, 1, [factor] * 5))
        without_bias = net.outputs(theta) - theta["layers.2.bias"]
        letters = {"m": factor, "factor": net.criterion.factor, "targets_2": float((without_bias**2).sum(axis=1).mean())}
        assert module.check(pair).bound.value == pytest.approx(
            evaluate(module.SLUG, "rescaled", letters), rel=tolerances.ROUNDING
        )


def test_every_swap_costs_what_its_units_differ() -> None:
    draw = generator("swaps")
    first, second = draw.normal(size=(4, 3)), draw.normal(size=(2, 4))
    for i, j in combinations(range(4), 2):
        perm = list(range(4))
        perm[i], perm[j] = j, i
        pair = module.reordered(first, second, perm, f"swap {i}, {j}")
        price = ((second[:, i] - second[:, j]) ** 2).sum() * ((first[i] - first[j]) ** 2).sum() / 8 / 3
        assert module.check(pair).bound.value == pytest.approx(price, rel=tolerances.ROUNDING)
        assert profile(pair).gap.max() == pytest.approx(price, rel=tolerances.ROUNDING)


@pytest.mark.parametrize("number", range(3))
def test_random_cases_against_the_exact_engine(number: int) -> None:
    pytest.importorskip("flint")
    pair = list(module.cases(3))[number]
    found = exact_barrier(pair)
    assert module.check(pair).bound.value == pytest.approx(float(found.hi), rel=tolerances.SOLVED)


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100


def test_necessity() -> None:
    gaps = {name: profile(pair).gap[12] for name, pair in module.necessity()}
    assert gaps == {"INTERPOLATION": -0.5, "GATES": 0.5}
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert not result.comparisons[0].holds
        assert result.bound.value == (0.5 if assumption == "INTERPOLATION" else 0.0)


def test_the_outputs_bend_as_said_without_interpolation() -> None:
    """Linear, wrong targets: the barrier is another one, the bend of the outputs is the same."""
    net = MLP((3, 5, 2), "identity", SquaredLoss(), Data(np.eye(3), np.ones((3, 2))))
    draw = generator("bend")
    result = module.check(Pair(net, net.draw(draw), net.draw(draw)))
    assert result.verdict is Verdict.INAPPLICABLE
    assert [c.holds for c in result.comparisons] == [False, True]


def test_dead_units_do_not_count_as_changes() -> None:
    """Units with weight 0, as in the rescaling counterexample, are linear on every chord."""
    net = MLP((2, 3, 2), "relu", SquaredLoss(), Data(np.eye(2), np.eye(2)), bias=False)
    theta = net.point([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    pair = Pair(net, theta, permuted(net, rescaled(net, theta, 1, [3.0, 1 / 3, 1.0]), 1, [2, 1, 0]))
    result = module.check(pair)
    assert result.verdict is Verdict.HOLDS, result.reason


def test_a_wrong_bend_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = module.bend_of
    monkeypatch.setattr(module, "bend_of", lambda pair, net: truth(pair, net)._replace(outputs=1.01 * truth(pair, net).outputs))
    assert all(module.check(pair).verdict is Verdict.VIOLATED for pair in module.extremal())


@pytest.mark.parametrize("pair", [t9(), f10(), fold(), p2()], ids=lambda pair: pair.name)
def test_other_pairs_are_inapplicable(pair: Pair) -> None:
    assert module.check(pair).verdict is Verdict.INAPPLICABLE


def test_a_linear_net_trained_to_zero_loss() -> None:
    """Gradient descent from two starts on y = M x; what the ends have left is inside the tolerance."""
    draw = generator("trained linear")
    xs, matrix = draw.normal(size=(20, 3)), draw.normal(size=(2, 3))
    net = deep_linear((3, 4, 2), Data(xs, xs @ matrix.T))
    start = balanced(net, matrix)
    ends = [start + net.draw(draw) * 0.5 for _ in range(2)]
    for _ in range(3000):
        ends = [theta - 0.05 * net.gradient(theta) for theta in ends]
    result = module.check(Pair(net, *ends))
    assert result.verdict is Verdict.HOLDS, result.reason
    assert result.bound.value > 100 * result.comparisons[0].tolerance


def test_a_torch_network_gives_the_same_numbers() -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge import LayeredTorch, mlp
    from toykit.parameters import Parameters

    pair = next(module.cases(1))
    net = pair.landscape
    there = LayeredTorch(mlp((3, 4, 2), "identity", 0, bias=False), net.criterion, net.data)
    names = dict(zip(there.parameters(), pair.theta_a, strict=True))
    moved = [Parameters({new: torch.tensor(end[old]) for new, old in names.items()}) for end in (pair.theta_a, pair.theta_b)]
    here, other = module.check(pair), module.check(Pair(there, *moved))
    assert other.verdict is Verdict.HOLDS, other.reason
    assert other.bound.value == pytest.approx(here.bound.value, rel=tolerances.TORCH64)
