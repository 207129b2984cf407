"""S_L = E E_x f f^T of random combinations of deep linear networks, layer by layer [combinability/deep_linear_moments]."""

from __future__ import annotations

import numpy as np

from toykit.arrays import to_numpy
from toykit.combining.draws import Mixing
from toykit.errors import InputError
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters

GRANULARITIES = ("element", "row", "col", "tensor", "layer")
"""Those whose lambda is independent across layers."""


def second_moment(net: Layered, mixed: Mixing) -> Floats:
    """S_L, shape (k, k): S_l = M S M^T + v N(D, S), with a row of zeros and a 1 for the biases (h, 1).

    Raises:
        InputError: the blocks tie layers together.

    """
    if mixed.blocks.granularity not in GRANULARITIES:
        raise InputError(
            f"the recursion takes {', '.join(GRANULARITIES)}; got {mixed.blocks.granularity!r}; draw a sample instead"
        )
    inputs = to_numpy(net.inputs).astype(np.float64)
    ones = np.hstack([inputs, np.ones((len(inputs), 1))])
    found: Floats = ones.T @ ones / len(ones)
    for layer in range(1, net.depth + 1):
        mean, change = _augmented(net, mixed.centre, layer), _augmented(net, mixed.delta, layer)
        mean[-1, -1] = 1.0
        found = mean @ found @ mean.T + mixed.law.variance * noise(mixed.blocks.granularity, change, found)
    return found[:-1, :-1]


def noise(granularity: str, change: Floats, below: Floats) -> Floats:
    """N(D, S) for D (h+1, d+1) whose last column is the bias: sum over blocks of D_b S D_b^T."""
    match granularity:
        case "element":
            return np.diag(np.square(change) @ np.diag(below))
        case "row":
            return np.diag(np.einsum("ij,jk,ik->i", change, below, change))
        case "col":
            return change @ np.diag(np.diag(below)) @ change.T
        case "tensor":
            weight, bias = change.copy(), change.copy()
            weight[:, -1], bias[:, :-1] = 0.0, 0.0
            return weight @ below @ weight.T + bias @ below @ bias.T
    return change @ below @ change.T


def _augmented(net: Layered, theta: Parameters, layer: int) -> Floats:
    """[[W, b], [0, 0]], shape (h+1, d+1)."""
    weight, name = to_numpy(theta[net.weight_name(layer)]), net.bias_name(layer)
    found = np.zeros((weight.shape[0] + 1, weight.shape[1] + 1))
    found[:-1, :-1] = weight
    if name is not None:
        found[:-1, -1] = to_numpy(theta[name])
    return found
