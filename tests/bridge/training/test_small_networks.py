"""Small networks by torch: the standardisation is folded back right, the bits are the same, the losses are those measured."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from toykit.bridge import ChannelTorch, landscape
from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity.above import outputs_of
from toykit.connectivity.stages import solve, tasks
from toykit.connectivity.task import Task
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import TORCH32


def pair_of(loss: Loss, activation: str = "tanh", *, bias: bool = True, vectors: bool = False) -> Pair:
    data = gaussian_clusters(30, 3, 2, 4)
    if vectors:
        data = Data(data.inputs, data.inputs[:, :2])
    net = MLP((3, 8, 8, 2), activation, loss, data, bias)
    return Pair(net, net.draw(generator("small", 1)), net.draw(generator("small", 2)))


@pytest.mark.parametrize("activation", ["tanh", "leaky_relu"])
@pytest.mark.parametrize("bias", [True, False])
def test_it_learns_what_is_to_be_learnt(activation: str, bias: bool) -> None:
    task = tasks(pair_of(CrossEntropy(), activation, bias=bias), draws=2, name="small", target=0.2)["a", 1]
    small, epochs = trained_by_adam(task, Data(task.data.inputs[:, :4], task.data.targets, 2), "one", batch_size=8)
    outputs = small.outputs(task.data.inputs, np.tanh if activation == "tanh" else lambda u: np.maximum(u, 0.01 * u))
    assert small.shape == (4, (4,))
    assert epochs <= 100
    assert CrossEntropy().value(outputs, task.data.targets) < 0.4
    assert bias or all((b == 0).all() for b in small.biases)


def test_the_mean_of_the_features_is_folded_into_the_bias() -> None:
    task = tasks(pair_of(CrossEntropy()), draws=2, name="small", target=0.2)["a", 1]
    far = Data(50 + 3 * task.data.inputs[:, :4], task.data.targets, 2)
    small, _ = trained_by_adam(task, far, "one", batch_size=8)
    assert CrossEntropy().value(small.outputs(far.inputs, np.tanh), far.targets) < 0.4


@pytest.mark.parametrize(("loss", "vectors"), [(CrossEntropy(), False), (SquaredLoss(), False), (SquaredLoss(), True)])
def test_a_stage_may_be_trained_by_torch(loss: Loss, vectors: bool) -> None:
    task = tasks(pair_of(loss, vectors=vectors), draws=2, name="small")["a", 1]
    first, second = (solve(task, trained_by_adam) for _ in "ab")
    assert first.loss == second.loss
    assert first.small.how == "trained"
    assert first.evaluations > 0
    assert first.loss <= task.target


def maps(count: int = 48, side: int = 4, *, bias: bool = True) -> Task:
    """A stage that begins with a convolution: eight channels of layer 1; the label says whether two pixels have one sign."""
    draw = generator("maps", count)
    inputs = draw.normal(size=(count, 1, side, side))
    data = Data(inputs, (inputs[:, 0, 0, 0] * inputs[:, 0, 0, 1] > 0).astype(np.int64), 2)
    body = nn.Conv2d(1, 8, 3, padding=1, bias=bias), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1, bias=bias), nn.ReLU()
    module = nn.Sequential(
        *body, nn.MaxPool2d(2), nn.Flatten(), nn.Linear(2 * side**2, 12, bias=bias), nn.ReLU(), nn.Linear(12, 2)
    )
    made = landscape(module, CrossEntropy(), data)
    assert isinstance(made, ChannelTorch)
    return tasks(Pair(made, made.parameters(), made.parameters()), draws=2, name="maps", target=0.5)["a", 1]


@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_is_trained_on_maps(bias: bool) -> None:
    task = maps(bias=bias)
    chosen = task.chosen((0, 2, 5, 7))
    small, epochs = trained_by_adam(task, chosen, "one", batch_size=8)
    assert task.convolutional
    assert [weight.shape for weight in small.weights] == [(4, 4, 3, 3), (6, 16), (2, 6)]
    assert small.kept == (0, 1, 2, 3), "numbered from 0: the caller knows which they are"
    assert 1 < epochs < 100, "it ends at half the target"
    outputs = outputs_of(task.channels.network, replace(small, kept=(0, 2, 5, 7)), task.features)
    assert CrossEntropy().value(outputs, task.data.targets) < task.target
    assert bias or all((b == 0).all() for b in small.biases[:-1]), "only the outputs have a bias there"
    again, more = trained_by_adam(task, chosen, "one", batch_size=8)
    other, _ = trained_by_adam(task, chosen, "two", batch_size=8)
    assert more == epochs
    assert all(np.array_equal(a, b) for a, b in zip(small.weights, again.weights, strict=True))
    assert not np.array_equal(small.weights[0], other.weights[0])


def test_the_deviations_of_channels_are_folded_into_the_kernel() -> None:
    """A channel a hundred times as large has a kernel a hundredth as large, up to the precision of the training."""
    task = maps()
    chosen = task.chosen((0, 2, 5, 7)).inputs.reshape(48, 4, 4, 4)
    factors = np.array([100.0, 0.01, 1.0, 3.0]).reshape(1, 4, 1, 1)
    large = Data(chosen * factors, task.data.targets, 2)
    small, epochs = trained_by_adam(task, Data(chosen, task.data.targets, 2), "one", epochs=1)
    other, _ = trained_by_adam(task, large, "one", epochs=1)
    assert epochs == 1
    np.testing.assert_allclose(other.weights[0] * factors, small.weights[0], rtol=1e3 * TORCH32, atol=1e3 * TORCH32)


def test_a_solved_stage_of_maps_has_the_loss_that_it_says() -> None:
    task = maps(160)
    found = solve(task, trained_by_adam)
    assert found.small.how == "trained"
    assert len(found.small.kept) == 4
    outputs = outputs_of(task.channels.network, found.small, task.features)
    assert found.loss == CrossEntropy().value(outputs, task.data.targets)
    assert found.evaluations > 0


def test_memory_holds_one_more_copy_of_the_maps_in_single_precision() -> None:
    task = maps(600, 16)
    chosen = task.chosen((0, 2, 5, 7))
    whole = chosen.inputs.nbytes
    tracemalloc.start()
    try:
        trained_by_adam(task, chosen, "one", epochs=1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 0.75 * whole, "half for the copy in float32; a second copy in float64 would be 1.5"


def test_maps_of_another_backend_are_refused() -> None:
    task = maps()
    foreign = replace(task, channels=replace(task.channels, network=_Foreign()))
    with pytest.raises(InputError, match="ChannelTorch landscape; got _Foreign"):
        trained_by_adam(foreign, foreign.chosen((0, 1, 2, 3)), "never trained")


class _Foreign:
    """A network that builds what stands above a layer in its own way."""

    def above(self, *_: object) -> _Foreign:
        return self
