"""Small networks by torch: the standardisation is folded back right, the bits are the same, the losses are those measured."""

from __future__ import annotations

import numpy as np
import pytest

from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity.stages import solve, tasks
from toykit.data import Data, gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator


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
