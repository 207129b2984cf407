"""Matching neurons as points: against all permutations and signs, the function kept, and what is refused."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from toykit import tolerances
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.matching.transport import as_given, neurons, transported
from toykit.networks.fixtures import m4
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted
from toykit.seeds import generator


def small(activation: str, bias: bool = True) -> Pair:
    draw = generator("transport", int(bias))
    net = MLP((2, 4, 3), activation, SquaredLoss(), Data(draw.normal(size=(6, 2)), draw.normal(size=(6, 3))), bias)
    return Pair(net, net.draw(draw), net.draw(draw))


@pytest.mark.parametrize("power", [1, 2])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_all_permutations_and_signs(activation: str, power: int) -> None:
    pair = small(activation)
    ours, theirs = neurons(pair.landscape, pair.theta_a), neurons(pair.landscape, pair.theta_b)
    signs = list(product((1, -1), repeat=4)) if activation == "tanh" else [(1, 1, 1, 1)]
    least = min(
        (np.linalg.norm(ours - np.array(sign)[:, None] * theirs[list(perm)], axis=1) ** power).mean()
        for perm in permutations(range(4))
        for sign in signs
    )
    found = transported(pair, pair.landscape, power)
    assert (found.squared if power == 2 else found.mean) == pytest.approx(least, rel=tolerances.ROUNDING)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_the_function_is_kept_and_the_distances_are_those_of_the_moved_network(activation: str, bias: bool) -> None:
    pair = small(activation, bias)
    net, found = pair.landscape, transported(pair, pair.landscape)
    assert net.outputs(found.theta) == pytest.approx(net.outputs(pair.theta_b), rel=tolerances.ROUNDING, abs=tolerances.ROUNDING)
    lengths = np.linalg.norm(neurons(net, found.theta) - neurons(net, pair.theta_a), axis=1)
    assert found.lengths == pytest.approx(lengths, rel=tolerances.ROUNDING)
    assert found.squared <= as_given(pair, net).squared


def test_a_shuffled_copy_with_turned_signs_is_found() -> None:
    pair = small("tanh")
    net = pair.landscape
    turned = pair.theta_a.replace({name: -pair.theta_a[name] for name in pair.theta_a if name != "layers.2.bias"})
    found = transported(Pair(net, pair.theta_a, permuted(net, turned, 1, [2, 3, 1, 0])), net)
    assert found.squared == 0
    assert (found.theta - pair.theta_a).norm() == 0


def test_outgoing_weights_count_n_times() -> None:
    net = MLP((1, 2, 1), "relu", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=False)
    assert neurons(net, net.point([[1.0], [2.0]], [[3.0, 4.0]])).tolist() == [[1, 6], [2, 8]]


def test_two_hidden_layers_are_refused() -> None:
    with pytest.raises(InputError, match="one hidden layer; got 2"):
        neurons(m4().landscape, m4().theta_a)
