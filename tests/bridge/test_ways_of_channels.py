"""The table of five ways for networks of convolutions: every figure is that of the way, and alignment moves channels."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from toykit.bridge import ChannelTorch, landscape
from toykit.bridge.tracing.symmetries import symmetries
from toykit.bridge.training.bezier import train_bezier
from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity import Layers, comparison
from toykit.connectivity.comparison import WAYS, Table
from toykit.connectivity.counted import CountedChannels, counted
from toykit.connectivity.thinning import Thinnable
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Channelled, Layered, Pair
from toykit.losses import CrossEntropy
from toykit.matching import weight_matching
from toykit.paths import Path
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Trust


def network() -> nn.Sequential:
    """4x4 pixels, two convolutions, 2x2 maps at the flatten."""
    body = nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(), nn.Flatten()
    return nn.Sequential(*body, nn.Linear(24, 12), nn.ReLU(), nn.Linear(12, 3))


def images(count: int, number: int = 0) -> Data:
    draw = generator("images of ways", number)
    return Data(draw.normal(size=(count, 1, 4, 4)), np.arange(count) % 3, 3)


def pair() -> Pair:
    first, second = network(), network()
    made = landscape(first, CrossEntropy(), images(24))
    assert isinstance(made, ChannelTorch)
    # far from the start, so that a straight line rises
    return Pair(made, made.parameters(first) * 3.0, made.parameters(second) * 3.0)


def test_every_row_says_what_its_way_does() -> None:
    given, test = pair(), landscape(network(), CrossEntropy(), images(12, 1))
    net, curve = given.landscape, partial(train_bezier, given.landscape, epochs=3, batch_size=8)
    rows = comparison(given, test, curve=curve, draws=3, points=5, trainer=partial(trained_by_adam, epochs=20, batch_size=8))
    assert [row.way for row in rows] == list(WAYS)
    worse = max(net.loss(given.theta_a), net.loss(given.theta_b))
    for row in rows:
        taken, count = row.way_taken, 5 if row.segments <= 1 else 2 * row.segments + 1
        points = [taken.point(float(t)) for t in np.linspace(0, 1, count)]
        assert row.maximum.value == pytest.approx(max(map(net.loss, points)), rel=1e3 * ROUNDING)
        assert row.excess == pytest.approx(row.maximum.value - worse)
        assert row.test_loss == pytest.approx(max(map(test.loss, points)))
        assert row.test_error == max(map(test.error, points))
        assert row.passes > 0
    by_way = {row.way: row for row in rows}
    for way in ("dropout-stable path", "rebuilt path"):
        row = by_way[way]
        assert isinstance(row.way_taken, Path)
        assert (row.maximum.trust, row.segments) == (Trust.EXACT, 17)
        assert [(stage.endpoint, stage.layer) for stage in row.stages] == [
            *(("a", n) for n in (3, 2, 1)),
            ("b", 1),
            ("b", 2),
            ("b", 3),
        ]
        predicted = max(worse, *(stage.loss for stage in row.stages))
        assert row.maximum.value == pytest.approx(predicted, rel=ROUNDING), "the maximum is that of the stages that are listed"
        assert row.to_json()["stages"][0]["layer"] == 3
    assert by_way["straight line"].stages == ()
    assert "stages" not in by_way["straight line"].to_json()


def test_alignment_brings_back_a_planted_order_of_channels() -> None:
    first, data = pair(), images(24)
    guessed = first.landscape.outputs(first.theta_a).argmax(1).numpy()
    made = landscape(network(), CrossEntropy(), Data(data.inputs.reshape(-1, 1, 4, 4), guessed, 3))
    given = Pair(made, first.theta_a, first.theta_b)  # theta_a is right on all its data
    groups = Layers.of(given.landscape, given.theta_a).symmetries
    planted = groups.random(generator("planted channels"))
    copy = Pair(given.landscape, given.theta_a, groups.permute(given.theta_a, planted))
    assert float((given.landscape.outputs(copy.theta_b) - given.landscape.outputs(given.theta_a)).abs().max()) < ROUNDING * 1e3
    rows = {row.way: row for row in comparison(copy, draws=1, points=5)}
    assert rows["straight line"].excess > 0.1
    assert rows["aligned straight line"].excess == pytest.approx(0, abs=ROUNDING)
    found = Table(copy, None, 5, 3).matching()
    assert found.sound
    assert all(np.array_equal(found.perm[name], order) for name, order in groups.inverse(planted).items())


def test_the_layers_have_the_symmetries_of_the_graph() -> None:
    """Rows, biases and blocks of four columns: the same axes as the permutations found by tracing the module."""
    module = network()
    made = landscape(module, CrossEntropy(), images(6))
    own = Layers.of(made, made.parameters()).symmetries
    traced = symmetries(module, torch.zeros(3, 1, 4, 4))
    assert {(group.size, frozenset(group.axes)) for group in own.groups} == {
        (group.size, frozenset(group.axes)) for group in traced.groups
    }
    given = pair()
    ours = weight_matching(given, symmetries=own)
    assert ours.objective == pytest.approx(weight_matching(given, symmetries=traced).objective, rel=ROUNDING)


def test_channels_are_counted_as_layers_are() -> None:
    given = pair()
    under = counted(given.landscape)
    assert isinstance(under, CountedChannels)
    assert isinstance(under, Channelled)
    assert not isinstance(under, Layered)
    under.loss(given.theta_a)
    under.features(given.theta_a, 1)
    under.gradient(given.theta_a)
    small = under.above(1, Data(np.zeros((2, 6, 2, 2)), [0, 1], 3), (3, 6))
    assert under.passes == 1 + 1 + 3, "a small network is not the network"
    assert not isinstance(small, CountedChannels)
    assert under.spread(3) == 4


def test_units_with_several_columns_are_not_thinned_as_if_they_had_one() -> None:
    """Maps flattened before the outputs: half of the columns is half of the pixels of all channels, not half of the channels."""
    module = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3))
    made = landscape(module, CrossEntropy(), images(6))
    with pytest.raises(InputError, match="a channel has 16 columns"):
        Thinnable.of(made, made.parameters())
