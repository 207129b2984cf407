"""Straight-through refinement: below the start and above all permutations, both backends, both kinds of symmetries."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from toykit.barriers import barriers
from toykit.bridge import Recipe, TorchLandscape, digits, independent_pair, lenet
from toykit.bridge.tracing import symmetries
from toykit.chord import profile
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching import exhaustive_matching, rebasin, straight_through, weight_matching
from toykit.networks.fixtures import m4
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.symmetry import Axis, Group, Symmetries
from toykit.tolerances import ROUNDING

Draw = Callable[..., Pair]


@pytest.fixture(scope="module")
def trained() -> Pair:
    """Two ReLU networks 64-32-32-10 trained on digits from two seeds."""
    return independent_pair(Recipe((32, 32), epochs=15), digits("train"))


def test_it_lowers_the_barrier_of_a_trained_pair(trained: Pair) -> None:
    matched, refined = weight_matching(trained), straight_through(trained)
    before, after = (barriers(profile(replace(trained, theta_b=found.theta))).barrier.value for found in (matched, refined))
    assert after < 0.85 * before
    assert refined.sound
    assert refined.objective == max(refined.objectives) > refined.objectives[0]
    assert refined.objective == pytest.approx(
        -trained.landscape.loss(chord_point(trained.theta_a, refined.theta, 0.5)), rel=ROUNDING
    )
    again = straight_through(trained)
    assert all(np.array_equal(again.perm[layer], order) for layer, order in refined.perm.items())


def test_it_is_never_worse_than_its_start_and_never_above_the_best_of_all(drawn: Draw) -> None:
    better = 0
    for number in range(8):
        pair = drawn(4, number=number)
        net = pair.landscape
        losses = [
            net.loss(chord_point(pair.theta_a, rebasin(net, pair.theta_b, {1: np.array(order)}), 0.5))
            for order in itertools.permutations(range(4))
        ]
        found = straight_through(pair, steps=40, rate=0.2)
        start = net.loss(chord_point(pair.theta_a, exhaustive_matching(pair).theta, 0.5))
        assert found.objectives[0] == pytest.approx(-start, rel=ROUNDING)
        assert min(losses) - ROUNDING <= -found.objective <= start + ROUNDING
        better += -found.objective < start - ROUNDING
    assert better, "on no pair was anything found: the test would pass for a matcher that does nothing"


def test_groups_of_a_layered_network_give_the_same_search() -> None:
    pair = m4()
    net = pair.landscape
    groups = []
    for layer, width in enumerate(net.widths, start=1):
        axes = (Axis(net.weight_name(layer), 0), Axis(net.weight_name(layer + 1), 1), Axis(net.bias_name(layer), 0))
        groups.append(Group(str(layer), width, axes))
    dense, grouped = (straight_through(pair, symmetries=s, steps=20) for s in (None, Symmetries(tuple(groups))))
    assert grouped.objectives == pytest.approx(dense.objectives, rel=ROUNDING)
    assert (grouped.theta - dense.theta).norm() == 0


def test_convolutions_are_refined_over_their_symmetries() -> None:
    inputs = torch.from_numpy(generator("refined images").normal(size=(16, 1, 12, 12)))
    module = lenet(shape=(1, 12, 12))
    net = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, torch.arange(16) % 10))
    groups = symmetries(module, inputs[:2], check=False)
    other = lenet(shape=(1, 12, 12), seed=1)
    pair = Pair(net, net.parameters(), net.parameters(other))
    found = straight_through(pair, symmetries=groups, start=groups.identity(), steps=10)
    assert found.sound
    assert len(found.objectives) > 1
    assert found.objective > found.objectives[0]


def test_a_stationary_midpoint_keeps_the_start(drawn: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = drawn(5, 4)
    start = weight_matching(pair)
    monkeypatch.setattr(type(pair.landscape), "gradient", lambda self, theta: theta * 0)
    found = straight_through(pair)
    assert len(found.objectives) == 1
    assert all(np.array_equal(found.perm[layer], order) for layer, order in start.perm.items())


def test_bad_input_is_one_sentence(drawn: Draw) -> None:
    pair = drawn(4)
    with pytest.raises(InputError, match="steps=-1"):
        straight_through(pair, steps=-1)
    with pytest.raises(InputError, match="is a permutation"):
        straight_through(pair, start={1: [0, 0, 1, 2]})
    with pytest.raises(InputError, match="no axis of"):
        straight_through(pair, symmetries=Symmetries(()))
