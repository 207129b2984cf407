"""The floor under aligned distances: the numbers of the theory, orthogonal turns, permutations, and what goes below it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ortho_group

from toykit import tolerances
from toykit.checks.barrier import mirsky_floor as module
from toykit.checks.barrier.two_layer_linear import taught
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.matching import exhaustive_matching, rebasin
from toykit.networks.fixtures import f10, m4, p2
from toykit.networks.scalar_product import scalar_product
from toykit.networks.symmetries import rescaled
from toykit.seeds import generator
from toykit.verdict import Verdict


def middle(pair: Pair) -> module.Floor:
    return next(floor for floor in module.floors(pair.landscape, pair) if floor.array == "layers.2.weight")


def test_the_floor_that_is_reached() -> None:
    (pair,) = module.extremal()
    result = module.check(pair)
    assert math.sqrt(middle(pair).squared) == pytest.approx(math.sqrt(2), rel=tolerances.ROUNDING)
    assert [c.slack <= c.tolerance for c in result.comparisons[:3]] == [True] * 3


def test_the_floor_that_is_not_reached() -> None:
    """diag(3, 1) and the matrix of ones: floor sqrt 2, 2.248495 with one side free, every permutation sqrt 6."""
    first, ones = np.diag([3.0, 1.0]), np.ones((2, 2))
    pair = module.between_identities(first, ones, "ones")
    assert math.sqrt(middle(pair).squared) == pytest.approx(math.sqrt(2), rel=tolerances.ROUNDING)
    assert (pair.theta_a - exhaustive_matching(pair).theta).norm() == pytest.approx(math.sqrt(6), rel=tolerances.ROUNDING)
    nuclear = float(np.linalg.svd(first @ ones.T, compute_uv=False).sum())
    one_sided = evaluate(module.SLUG, "one_sided", {"norm_a": math.sqrt(10), "norm_b": 2.0, "nuclear": nuclear})
    assert math.sqrt(one_sided) == pytest.approx(2.248495, abs=tolerances.printed(6))
    assert module.check(pair).measured.value == pytest.approx(6, rel=tolerances.ROUNDING)


def test_floors_are_distances_of_sorted_numbers() -> None:
    pair = m4()
    for floor in module.floors(pair.landscape, pair):
        a, b = pair.theta_a[floor.array], pair.theta_b[floor.array]
        if floor.formula == "two_sided":
            a, b = (np.linalg.svd(matrix, compute_uv=False) for matrix in (a, b))
        elif floor.formula == "sorted" and floor.array != "layers.3.bias":
            a, b = np.sort(a), np.sort(b)
        elif floor.formula == "one_sided":
            left, _, right = np.linalg.svd(a @ b.T if floor.array == "layers.1.weight" else b.T @ a)
            b = left @ right @ b if floor.array == "layers.1.weight" else b @ (left @ right)
        assert floor.squared == pytest.approx(float(((a - b) ** 2).sum()), rel=tolerances.SOLVED)


def test_no_orthogonal_turn_goes_below() -> None:
    draw = generator("turns")
    a, b = draw.normal(size=(2, 4, 4))
    floor = math.sqrt(middle_floor(a, b))
    turns = ortho_group(4, seed=draw)
    assert min(float(np.linalg.norm(a - turns.rvs() @ b @ turns.rvs().T)) for _ in range(300)) >= floor
    (u, _, v), (y, _, z) = np.linalg.svd(a), np.linalg.svd(b)
    assert np.linalg.norm(a - (u @ y.T) @ b @ (z.T @ v)).item() == pytest.approx(floor, rel=tolerances.SOLVED)


def middle_floor(a: np.ndarray, b: np.ndarray) -> float:
    values = [np.linalg.svd(matrix, compute_uv=False) for matrix in (a, b)]
    letters = {"norm_a": np.linalg.norm(a), "norm_b": np.linalg.norm(b), "spectra": float(values[0] @ values[1])}
    return evaluate(module.SLUG, "two_sided", letters)


def test_a_shuffled_copy_has_floor_zero_and_is_found() -> None:
    pair = m4()
    shuffled = rebasin(pair.landscape, pair.theta_a, {1: [2, 0, 3, 1], 2: [1, 3, 0, 2]})
    result = module.check(Pair(pair.landscape, pair.theta_a, shuffled))
    assert abs(result.bound.value) <= result.comparisons[0].tolerance
    assert result.measured.value <= result.comparisons[0].tolerance


def test_rescaling_goes_below_the_floor() -> None:
    """The function stays, the spectra do not: no permutation can do what this does."""
    net, theta = taught("relu", generator("below the floor"))
    moved = rescaled(net, theta, 1, [4.0, 0.25, 3.0, 1.0, 2.0])
    result = module.check(Pair(net, theta, moved))
    assert result.verdict is Verdict.HOLDS
    assert result.bound.value > 1
    back = rescaled(net, moved, 1, [0.25, 4.0, 1 / 3, 1.0, 0.5])
    assert (theta - back).norm() < math.sqrt(result.bound.value)


def test_hunt() -> None:
    found = hunt(module.SLUG, 60)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 60
    assert found.ratios["aligned distance, squared"] == pytest.approx(1, rel=tolerances.ROUNDING)


def test_a_floor_that_is_too_high_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = module._singular_values
    monkeypatch.setattr(module, "_singular_values", lambda matrix: 0.9 * truth(matrix))
    assert all(module.check(pair).verdict is Verdict.VIOLATED for pair in module.extremal())


def test_landscapes_without_layers_are_inapplicable() -> None:
    net = scalar_product()
    other = Pair(net, net.point(**dict.fromkeys(net.names, 1.0)), net.point(**dict.fromkeys(net.names, 2.0)))
    assert [module.check(pair).verdict for pair in (p2(), other)] == [Verdict.INAPPLICABLE] * 2


def test_a_torch_network_gives_the_same_numbers() -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge import LayeredTorch, mlp
    from toykit.parameters import Parameters

    pair = f10()
    there = LayeredTorch(mlp((4, 10, 2), "relu", 0), pair.landscape.criterion, pair.landscape.data)
    zero = torch.zeros(2, dtype=torch.float64)
    moved = [
        Parameters(dict(zip(there.parameters(), [*(torch.tensor(array) for array in end.values()), zero], strict=True)))
        for end in (pair.theta_a, pair.theta_b)
    ]
    here, other = module.check(pair), module.check(Pair(there, *moved))
    assert other.verdict is Verdict.HOLDS, other.reason
    assert other.bound.value == pytest.approx(here.bound.value, rel=tolerances.TORCH64)
    assert other.measured.value == pytest.approx(here.measured.value, rel=tolerances.TORCH64)
