"""The trained curve: its gradient, its determinism, and that it gets lower."""

from __future__ import annotations

import pytest
import torch

from toykit.bridge import LayeredTorch, from_toy, mlp, translated
from toykit.bridge.training.bezier import train_bezier
from toykit.connectivity.bezier import Bezier, straight
from toykit.connectivity.toys import random_nets, small_nets
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.parameters import Parameters
from toykit.tolerances import SOLVED, sampled


def twins(toy: Pair) -> tuple[LayeredTorch, Parameters, Parameters]:
    twin = from_toy(toy.landscape)
    return twin, *(translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))


def test_the_same_seed_gives_the_same_bits_and_another_one_another_curve() -> None:
    landscape, a, b = twins(small_nets(4))
    state = torch.random.get_rng_state()
    first, second, other = (train_bezier(landscape, a, b, epochs=3, batch_size=4, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert first.history == second.history
    assert all(torch.equal(first.bend[name], second.bend[name]) for name in first.bend)
    assert first.history != other.history
    assert first.passes == 9
    assert len(first.history) == 3


def test_training_lowers_the_curve() -> None:
    landscape, a, b = twins(small_nets(4))
    before = straight(a, b).profile(landscape).values.max()
    found = train_bezier(landscape, a, b, epochs=80, batch_size=8)
    assert found.profile(landscape).values.max() < before
    assert (found.point(0.0) - landscape.parameters(a)).norm() == 0
    assert (found.point(1.0) - landscape.parameters(b)).norm() == 0


@pytest.mark.parametrize("loss", [CrossEntropy(), SquaredLoss()])
def test_labels_under_either_loss(loss: CrossEntropy | SquaredLoss) -> None:
    landscape = LayeredTorch(mlp((3, 5, 2), "tanh", 1), loss, gaussian_clusters(20, 3, 2, 2))
    a = landscape.parameters()
    found = train_bezier(landscape, a, a * -1.0, epochs=2, batch_size=7)
    assert isinstance(found, Bezier)
    assert all(value > 0 for value in found.history)


def test_the_gradient_of_the_bend_is_that_of_the_point_times_2t_1_minus_t() -> None:
    toy = random_nets(2)
    landscape, a, b = twins(toy)
    curve, t, step = straight(a, b), 0.3, 1e-6
    direction = curve.bend * 0 + landscape.gradient(a)
    up, down = (Bezier(a, curve.bend + direction * sign, b).point(t) for sign in (step, -step))
    slope = (landscape.loss(up) - landscape.loss(down)) / (2 * step)
    expected = 2 * t * (1 - t) * landscape.gradient(curve.point(t)).dot(direction)
    assert slope == pytest.approx(expected, rel=SOLVED**0.5)


def test_the_bend_of_a_parabola() -> None:
    """L = w^2/2: the least mean over t of L(theta(t)) has the bend -3/4 (a + b)."""
    data = Data([[1.0]], [[0.0]])
    landscape = LayeredTorch(mlp((1, 1), bias=False), SquaredLoss(), data)
    a, b = (Parameters({landscape.weight_name(1): torch.tensor([[w]], dtype=torch.float64)}) for w in (1.0, 3.0))
    found = train_bezier(landscape, a, b, epochs=3000, learning_rate=5e-2)
    assert float(found.bend[landscape.weight_name(1)]) == pytest.approx(-3.0, rel=sampled(1000))


def test_a_recipe_out_of_range_is_refused() -> None:
    landscape, a, b = twins(small_nets(4))
    for broken in ({"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}):
        with pytest.raises(InputError, match="a curve is trained for"):
            train_bezier(landscape, a, b, **broken)
