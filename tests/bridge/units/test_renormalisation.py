"""REPAIR over traced graphs: the dense special case, every corrected unit on its target, batch statistics, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import Recipe, TorchLandscape, digits, independent_pair, lenet, resnet20, traced_renormalise, vgg11
from toykit.bridge.models.transformers import vision_transformer
from toykit.bridge.units.renormalisation import Renormaliser
from toykit.bridge.units.spread import unit_spread
from toykit.combining import mixing, renormalise
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching import weight_matching
from toykit.networks.fixtures import m4
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED

BUILT: dict[str, tuple[Callable[..., nn.Module], tuple[int, ...]]] = {
    "lenet": (partial(lenet, shape=(1, 12, 12)), (1, 12, 12)),
    "resnet20, none": (partial(resnet20, "none", 3), (3, 8, 8)),
    "resnet20, layer": (partial(resnet20, "layer", 3), (3, 8, 8)),
    "resnet20, batch": (partial(resnet20, "batch", 3), (3, 8, 8)),
    "vgg11, batch": (partial(vgg11, "batch", 2), (3, 32, 32)),
    "vision transformer": (vision_transformer, (3, 16, 16)),
}


@cache
def apart(name: str, count: int = 12) -> Pair:
    """Two networks of one architecture, every array with noise of its own."""
    build, shape = BUILT[name]
    module, stream = build(), generator(f"apart {name}")
    inputs = torch.from_numpy(stream.normal(size=(count, *shape)))
    moving = "move" if name.endswith("batch") else None
    net = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, torch.arange(count) % 10), mode="eval", statistics=moving)

    def noisy(array: Tensor) -> Tensor:
        return array + 0.3 * torch.from_numpy(np.asarray(stream.normal(size=tuple(array.shape))))

    ends = [net.parameters().map(noisy) for _ in range(2)]
    if moving:
        ends = [net.with_reset_statistics(end) for end in ends]
    return Pair(net, *ends, name)


@pytest.fixture(scope="module")
def trained() -> Pair:
    """Two ReLU networks 64-32-32-10 trained on digits from two seeds."""
    return independent_pair(Recipe((32, 32), epochs=15), digits("train"))


def test_a_chain_of_dense_layers_is_the_special_case(trained: Pair) -> None:
    for t in (0.3, 0.5):
        expected = renormalise(mixing(trained, f"constant({t})", "element"))
        found = traced_renormalise(trained, t)
        assert (found.theta - expected.theta).norm() <= SOLVED * expected.theta.norm()
        assert found.still == expected.skipped
    assert not found.skipped
    assert not found.reset
    assert len(found.corrected) == 2


def test_it_lowers_the_loss_of_the_midpoint_of_an_aligned_pair(trained: Pair) -> None:
    aligned = replace(trained, theta_b=weight_matching(trained).theta)
    net = trained.landscape
    midpoint = net.loss(chord_point(aligned.theta_a, aligned.theta_b, 0.5))
    assert net.loss(traced_renormalise(aligned).theta) < midpoint


@pytest.mark.parametrize("name", ["lenet", "resnet20, none", "resnet20, layer", "vision transformer", "vgg11, batch"])
def test_every_corrected_unit_is_on_its_target(name: str) -> None:
    pair, t = apart(name), 0.4
    made = Renormaliser(pair)
    found = made.at(t)
    axes = {unit.node: unit.axis for unit in made.nodes.units}
    before = unit_spread(made.passes, chord_point(pair.theta_a, pair.theta_b, t), axes)
    after = unit_spread(made.passes, found.theta, axes)
    off = 0.0
    for node in axes:
        wanted = made._target(node, t)
        scale = float(wanted.deviation.max())
        moving = before[node].deviation > SOLVED
        assert after[node].mean[moving] == pytest.approx(wanted.mean[moving], rel=SOLVED, abs=SOLVED * scale)
        assert after[node].deviation[moving] == pytest.approx(wanted.deviation[moving], rel=SOLVED, abs=SOLVED * scale)
        off = max(off, float(np.abs(before[node].deviation - wanted.deviation).max()) / scale)
    assert off > 0.05, "nothing was wrong before: the test would pass for a function that does nothing"
    assert found.reset == name.endswith("batch")
    again = made.at(t, found.theta).theta
    assert (again - found.theta).norm() <= SOLVED * found.theta.norm(), "a corrected point stays as it is"


@pytest.mark.parametrize("name", ["lenet", "resnet20, layer"])
def test_the_ends_stay_as_they_are(name: str) -> None:
    pair = apart(name)
    for t, theta in ((0.0, pair.theta_a), (1.0, pair.theta_b)):
        assert (Renormaliser(pair).at(t).theta - theta).norm() <= SOLVED * theta.norm()


def test_batch_normalisation_gets_its_statistics_anew() -> None:
    pair = apart("resnet20, batch")
    net = pair.landscape
    found = traced_renormalise(pair)
    expected = net.with_reset_statistics(chord_point(pair.theta_a, pair.theta_b, 0.5))
    assert found.reset
    assert not found.corrected
    assert all(reason == "it has no bias" for reason in found.skipped.values())
    assert (found.theta - expected).norm() == 0
    assert len(found.sums) == 9


def test_residual_sums_say_how_far_off_they_are() -> None:
    found = traced_renormalise(apart("resnet20, none"))
    assert len(found.sums) == 9
    assert len(found.corrected) == 1 + 9 * 2 + 2  # the stem, two of each block, two shortcuts; not the outputs
    assert all(0.2 < ratio < 2 for ratio in found.sums.values())
    assert any(abs(ratio - 1) > 0.001 for ratio in found.sums.values())


def test_a_loop_over_examples_gives_the_moments() -> None:
    made = Renormaliser(apart("lenet"))
    unit = made.nodes.units[0]
    net = made.net
    convolution = nn.functional.conv2d(net.inputs, made.pair.theta_a[unit.weight], made.pair.theta_a[unit.bias], padding=2)
    found = made.ends[0][unit.node]
    for channel in range(convolution.shape[1]):
        values = np.concatenate([image[channel].numpy().ravel() for image in convolution])
        assert found.mean[channel] == pytest.approx(values.mean(), rel=SOLVED)
        assert found.deviation[channel] == pytest.approx(values.std(), rel=ROUNDING * 10)


class Shared(nn.Module):
    """One dense layer used twice, one without a bias, and an output."""

    def __init__(self) -> None:
        super().__init__()
        self.twice, self.plain, self.out = nn.Linear(4, 4), nn.Linear(4, 4, bias=False), nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(torch.relu(self.plain(torch.relu(self.twice(torch.relu(self.twice(x)))))))
        return found


def test_what_cannot_be_corrected_is_named() -> None:
    inputs = torch.from_numpy(generator("shared").normal(size=(6, 4)))
    net = TorchLandscape(Shared(), nn.CrossEntropyLoss(), (inputs, torch.arange(6) % 2))
    pair = Pair(net, net.parameters(), net.parameters() * 2)
    with pytest.raises(InputError, match=r"linear in twice: its weights are used 2 times; linear in plain: it has no bias"):
        traced_renormalise(pair)
    with pytest.raises(InputError, match="a graph is traced of a torch module"):
        traced_renormalise(m4())
