"""The arithmetic of widths of order sqrt(N): the tables of the theory, and the sub-networks by themselves."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.connectivity.memorisers import relu
from toykit.connectivity.square_root import SLUG, Attempt, Task, Widths, smallest_equal_width
from toykit.connectivity.toys_square_root import published
from toykit.formula import evaluate_exactly
from toykit.networks import MLP
from toykit.tolerances import ROUNDING, SOLVED

TABLE = {
    (60000, 1): 984,
    (60000, 10): 3118,
    (50000, 1): 896,
    (50000, 10): 2840,
    (10000, 1): 400,
    (10000, 10): 1280,
    (1797, 1): 172,
    (1500, 1): 158,
    (1500, 10): 498,
    (100, 1): 40,
    (36, 1): 24,
    (36, 2): 36,
}


@pytest.mark.parametrize(("sizes", "width"), TABLE.items(), ids=str)
def test_smallest_equal_width(sizes: tuple[int, int], width: int) -> None:
    assert smallest_equal_width(*sizes) == width


@pytest.mark.parametrize(("width", "kappa", "left"), [(245, 10, 366), (245, 1, 3721), (500, 10, 1500), (500, 1, 15625)])
def test_left_side(width: int, kappa: int, left: int) -> None:
    assert Widths(60000, kappa, width, width).capacity == left


@pytest.mark.parametrize(("count", "width", "printed"), [(36, 16, "0.3679394"), (36, 11, "0.0204798"), (100, 10, "2.76e-17")])
def test_cover(count: int, width: int, printed: str) -> None:
    found = float(evaluate_exactly(SLUG, "cover", {"n": count, "q": width}).doit())
    digits = ".7f" if "e" not in printed else ".2e"
    assert format(found, digits) == printed
    assert found == pytest.approx(
        float(Fraction(sum(comb(count - 1, k) for k in range(width + 1)), 2 ** (count - 1))), rel=ROUNDING
    )


def test_cover_is_a_half_at_twice_the_parameters() -> None:
    assert evaluate_exactly(SLUG, "cover", {"n": 40, "q": 19}).doit() == Fraction(1, 2)


@given(count=st.integers(1, 5000), kappa=st.integers(1, 10), left=st.integers(2, 4000), right=st.integers(1, 4000))
def test_the_formulas_are_the_integers(count: int, kappa: int, left: int, right: int) -> None:
    widths = Widths(count, kappa, left, right)
    half, other = left // 2, right // 2
    assert widths.capacity == ((half + 1) // 2) * (other // (2 * kappa))
    assert widths.needed == (2 * kappa + 2) * -(-count // half)
    assert bool(widths.violated) is not (widths.capacity >= count and other >= widths.needed)


def test_one_unit_before_is_too_few() -> None:
    assert Widths(36, 1, 22, 32, (8,)).violated == []
    assert Widths(36, 1, 22, 32, (8, 1)).violated == ["two units in each layer before: (8, 1)"]
    assert len(Widths(36, 1, 1, 1).violated) == 2


@pytest.mark.parametrize("number", range(3))
def test_every_stage_is_below_the_target(number: int) -> None:
    pair = published(number)
    network = pair.landscape
    assert isinstance(network, MLP)
    target = max(network.loss(pair.theta_a), network.loss(pair.theta_b))
    task = Task.of(network, pair.theta_a, target, "stages")
    attempt = Attempt.of(task, Widths(36, 1, 22, 32, (8,)), 20)
    stages = attempt.stages()
    assert {layer: small.shape for layer, small in stages.items()} == {1: (4, (11, 12)), 2: (11, (16,)), 3: (16, ())}
    assert attempt.residual <= SOLVED
    for layer, small in stages.items():
        assert network.loss_of_outputs(small.outputs(task.features(layer), relu)) <= target


def test_a_freed_unit_costs_one() -> None:
    features, weights = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([1.0, 2.0])
    targets = features @ weights
    design = np.column_stack([features[:, 0], np.ones(3)])
    rest = targets - design @ np.linalg.lstsq(design, targets, rcond=None)[0]
    assert (rest @ rest) / 2 == pytest.approx(1.0, rel=ROUNDING)
