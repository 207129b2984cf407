from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.chord import grid, profile
from toykit.data import Data
from toykit.errors import InputError, ShapeError
from toykit.landscape import Pair
from toykit.networks import deep_linear, permuted, rescaled
from toykit.networks.deep_linear import balanced, interpolating, product, random_factors
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED

WIDTHS = (3, 4, 5, 2)


def two_layers(inputs: np.ndarray, first: np.ndarray, second: np.ndarray) -> Pair:
    """A 2-layer network whose theta_a has loss 0, and theta_a again as theta_b."""
    net = deep_linear((inputs.shape[1], len(first), len(second)), Data(inputs, inputs @ (second @ first).T))
    theta = net.point(first, second)
    return Pair(net, theta, theta)


def barrier_of_the_sum(pair: Pair) -> float:
    """n B: the sheet sums over examples, the landscape takes the mean."""
    return float(profile(pair, grid(3)).gap[1]) * pair.landscape.data.count


@given(number=st.integers(0, 100))
def test_factors_multiply_to_their_matrix(number: int) -> None:
    draw = generator("factors", number)
    matrix = draw.normal(size=(2, 3))
    net = deep_linear(WIDTHS, Data(draw.normal(size=(6, 3)), np.zeros((6, 2))))
    for theta in (balanced(net, matrix), random_factors(net, matrix, draw)):
        assert product(net, theta) == pytest.approx(matrix, rel=SOLVED, abs=SOLVED)
        assert net.outputs(theta) == pytest.approx(net.inputs @ matrix.T, rel=SOLVED, abs=SOLVED)


def test_balanced_factors_are_balanced() -> None:
    net = deep_linear(WIDTHS, Data(np.ones((1, 3)), np.zeros((1, 2))))
    theta = balanced(net, generator("balance").normal(size=(2, 3)))
    weights = [layer.weight for layer in net.layers(theta)]
    for below, above in pairwise(weights):
        assert above.T @ above == pytest.approx(below @ below.T, rel=SOLVED, abs=SOLVED)


@given(number=st.integers(0, 60))
def test_between_interpolating_ends_the_gap_is_the_two_layer_formula(number: int) -> None:
    """phi = t^2 (1-t)^2 |X dW^T dV^T|^2 / 2 (sum), so B = |X dW^T dV^T|^2 / 32 [barrier/two_layer_linear]."""
    draw = generator("interpolating", number)
    pair = interpolating((3, 4, 2), draw.normal(size=(2, 3)), draw.normal(size=(5, 3)), draw)
    change = pair.landscape.inputs @ pair.delta["layers.1.weight"].T @ pair.delta["layers.2.weight"].T
    assert barrier_of_the_sum(pair) == pytest.approx((change**2).sum() / 32, rel=SOLVED, abs=ROUNDING)
    ts = grid(9)
    expected = ts**2 * (1 - ts) ** 2 * (change**2).sum() / 2 / 5
    assert profile(pair, ts).values == pytest.approx(expected, rel=SOLVED, abs=ROUNDING)


@pytest.mark.parametrize(
    ("first", "second", "perm", "barrier"),
    [
        (np.diag([2.0, 1.0]), np.diag([1.0, 3.0]), [1, 0], 25 / 4),
        (np.eye(3), np.eye(3), [1, 0, 2], 1 / 2),
        (np.eye(3), np.eye(3), [1, 2, 0], 9 / 16),
    ],
)
def test_the_price_of_a_permutation(first: np.ndarray, second: np.ndarray, perm: list[int], barrier: float) -> None:
    pair = two_layers(np.eye(len(first)), first, second)
    moved = Pair(pair.landscape, pair.theta_a, permuted(pair.landscape, pair.theta_a, 1, perm))
    assert barrier_of_the_sum(moved) == pytest.approx(barrier, rel=ROUNDING)


def test_the_price_of_a_rescaling() -> None:
    """(W, V) -> (m W, V/m): B = ((m-1)^2/(4m))^2 |Y|^2 / 2, for m = 2 |Y|^2 / 128."""
    draw = generator("rescaling price")
    pair = two_layers(draw.normal(size=(4, 3)), draw.normal(size=(5, 3)), draw.normal(size=(2, 5)))
    moved = Pair(pair.landscape, pair.theta_a, rescaled(pair.landscape, pair.theta_a, 1, np.full(5, 2.0)))
    assert barrier_of_the_sum(moved) == pytest.approx((pair.landscape.targets**2).sum() / 128, rel=ROUNDING)


def test_factors_that_do_not_exist_are_refused() -> None:
    net = deep_linear((3, 1, 2), Data(np.ones((1, 3)), np.zeros((1, 2))))
    with pytest.raises(InputError, match="rank 2 needs every layer that wide"):
        balanced(net, np.eye(2, 3))
    with pytest.raises(ShapeError, match=r"\(2, 3\); got \(3, 2\)"):
        balanced(net, np.ones((3, 2)))
