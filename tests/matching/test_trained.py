"""Both backends give one matching; on digits networks planted permutations come back and matching lowers the barrier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from toykit.barriers import barriers
from toykit.bridge import Recipe, digits, from_toy, independent_pair, translated
from toykit.chord import profile
from toykit.landscape import Pair
from toykit.matching import activation_matching, inverse, rebasin, weight_matching
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

Draw = Callable[..., Pair]
PLANTED = 10


@pytest.fixture(scope="module")
def trained() -> Pair:
    """Two ReLU networks 64-32-32-10 trained on digits from two seeds."""
    return independent_pair(Recipe((32, 32), epochs=15), digits("train"))


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_numpy_and_torch_give_one_matching(drawn: Draw, precision: torch.dtype) -> None:
    toy = drawn(6, 5)
    net = from_toy(toy.landscape, dtype=precision)
    ends = [translated(theta, toy.landscape, net) for theta in (toy.theta_a, toy.theta_b)]
    pair = Pair(net, *ends)
    before = {name: array.clone() for name, array in pair.theta_b.items()}
    for match in (weight_matching, activation_matching):
        here, there = match(toy), match(pair)
        assert all(np.array_equal(here.perm[layer], there.perm[layer]) for layer in here.perm)
        assert there.sound
        assert isinstance(there.theta[net.weight_name(1)], torch.Tensor)
        assert there.theta[net.weight_name(1)].dtype == precision
    assert all(torch.equal(pair.theta_b[name], before[name]) for name in before)


@pytest.mark.parametrize("method", ["weight", "activation"])
def test_planted_permutations_of_a_trained_network_come_back(trained: Pair, method: str) -> None:
    net, hits = trained.landscape, 0
    for number in range(PLANTED):
        stream = generator("planted in digits", number)
        perm = {layer: stream.permutation(width) for layer, width in enumerate(net.widths, start=1)}
        pair = replace(trained, theta_b=rebasin(net, trained.theta_a, perm))
        # before the activation no unit is constant, and no two answer alike because both are dead
        found = weight_matching(pair) if method == "weight" else activation_matching(pair, place="pre")
        hits += all(np.array_equal(found.perm[layer], order) for layer, order in inverse(perm).items())
    assert hits == PLANTED


def test_matching_lowers_the_barrier_and_measures_itself(trained: Pair) -> None:
    apart = barriers(profile(trained)).barrier.value
    found = weight_matching(trained)
    assert found.sound
    assert found.change > 0, "another order of summation changes the last digits: the outputs were measured"
    assert (trained.theta_a - found.theta).norm() < (trained.theta_a - trained.theta_b).norm()
    assert barriers(profile(replace(trained, theta_b=found.theta))).barrier.value < apart / 2
    assert found.objective == pytest.approx(trained.theta_a.dot(found.theta), rel=ROUNDING)
    assert found.objective >= max(found.objectives) - ROUNDING
