"""Moves of theta that leave the function of a dense network as it is: permuting, rescaling and re-basing hidden layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from toykit.errors import InputError
from toykit.networks.dense import DenseSpace
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters

Matrix = NDArray[Any]


def permuted(net: DenseSpace, theta: Parameters, layer: int, perm: Sequence[int]) -> Parameters:
    """theta with the units of hidden layer l in another order: new unit i is old unit perm[i]. Any activation.

    Raises:
        InputError: the layer is not hidden, or perm is not a permutation of its units.

    """
    width = _hidden_width(net, layer)
    if sorted(perm) != list(range(width)):
        raise InputError(f"a permutation of layer {layer} has each of 0..{width - 1} once; got {list(perm)}")
    return _moved(net, theta, layer, np.eye(width)[list(perm)], np.eye(width)[list(perm)].T)


def rescaled(net: MLP, theta: Parameters, layer: int, factors: ArrayLike) -> Parameters:
    """theta with row i of W_l and b_l times factors[i] > 0 and column i of W_{l+1} divided by it. ReLU, leaky ReLU, identity.

    Raises:
        InputError: the layer is not hidden, the activation is not homogeneous, or there is not one factor > 0 per unit.

    """
    scale = np.asarray(factors, dtype=np.float64)
    if not net.activation.piecewise_linear:
        raise InputError(
            f"units can be rescaled where sigma(c u) = c sigma(u); {net.activation.name} is not of this kind; permute"
        )
    if scale.shape != (_hidden_width(net, layer),) or not (scale > 0).all():
        raise InputError(f"rescaling layer {layer} takes {net.sizes[layer]} positive factors; got {scale.tolist()}")
    return _moved(net, theta, layer, np.diag(scale), np.diag(1 / scale))


def rebased(net: MLP, theta: Parameters, layer: int, basis: ArrayLike) -> Parameters:
    """theta with G W_l, G b_l and W_{l+1} G^-1 for an invertible G (n_l, n_l). Linear networks only.

    Raises:
        InputError: the layer is not hidden, the network is not linear, or G has another shape.

    """
    matrix = np.asarray(basis, dtype=np.float64)
    if net.activation.name != "identity":
        raise InputError(
            f"a hidden layer has another basis only in a linear network; got {net.activation.name}; permute or rescale"
        )
    if matrix.shape != (_hidden_width(net, layer),) * 2:
        raise InputError(f"a basis of layer {layer} has the shape {(net.sizes[layer],) * 2}; got {matrix.shape}")
    return _moved(net, theta, layer, matrix, np.linalg.inv(matrix))


def _hidden_width(net: DenseSpace, layer: int) -> int:
    if not 1 <= layer < net.depth:
        raise InputError(f"the hidden layers are 1..{net.depth - 1}; got {layer}")
    return net.sizes[layer]


def _moved(net: DenseSpace, theta: Parameters, layer: int, forth: Matrix, back: Matrix) -> Parameters:
    incoming, bias, outgoing = net.weight_name(layer), net.bias_name(layer), net.weight_name(layer + 1)
    arrays = {incoming: forth @ theta[incoming], outgoing: theta[outgoing] @ back}
    return theta.replace(arrays if bias is None else {**arrays, bias: forth @ theta[bias]})
