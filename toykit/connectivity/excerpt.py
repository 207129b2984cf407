"""A NumPy copy of a layered network on its first examples: for claims on networks with more units than examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from toykit.activations import NumpyActivation
from toykit.arrays import to_numpy
from toykit.connectivity.above import evaluated
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.landscape import Floats, Layered
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters


def excerpt(network: Layered, thetas: Sequence[Parameters], count: int, loss: Loss | None = None) -> tuple[MLP, list[Parameters]]:
    """The network on its first `count` examples, with its own loss or another one, and the points in its names, float64."""
    layers = Layers.of(network, thetas[0])
    rows = slice(0, count)
    targets = to_numpy(network.targets)[rows]
    classes = layers.sizes[-1] if targets.ndim == 1 else None
    data = Data(_float(network.inputs)[rows], targets, classes, f"first {count} examples")
    activation = network.activation
    known = activation if isinstance(activation, NumpyActivation) else evaluated(activation)
    flags = tuple(name is not None for name in layers.biases)
    copy = MLP(layers.sizes, known, own_loss(network) if loss is None else loss, data, flags)
    names = {copy.weight_name(layer): weight for layer, weight in enumerate(layers.weights, start=1)}
    names |= {str(copy.bias_name(layer)): bias for layer, bias in enumerate(layers.biases, start=1) if bias is not None}
    return copy, [Parameters({name: _float(theta[names[name]]) for name in copy.shapes}) for theta in thetas]


def own_loss(network: Layered) -> Loss:
    """The NumPy loss of a layered network; cross-entropy or squared loss where it is not a NumPy network itself."""
    if isinstance(network, MLP):
        return network.criterion
    factor = network.traits.factor
    return CrossEntropy() if factor is None else SquaredLoss(factor)


def _float(array: object) -> Floats:
    return np.asarray(to_numpy(array), dtype=np.float64)
