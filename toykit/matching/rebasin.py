"""Applying a matching: W_l -> W_l[perm_l][:, perm_{l-1}], b_l -> b_l[perm_l], with perm_0 = perm_L = identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import array_api_compat
import numpy as np
from numpy.typing import NDArray

from toykit.errors import InputError
from toykit.landscape import Layered
from toykit.matching.search import Permutation
from toykit.parameters import Array, Parameters


def rebasin(net: Layered, theta: Parameters, perm: Mapping[int, Sequence[int] | NDArray[Any]]) -> Parameters:
    """theta with the units of hidden layer l in another order for every l in `perm`: new unit i is old unit perm[l][i].

    The function of the network stays; theta is not changed; layers without a permutation keep their order. NumPy and torch.

    Raises:
        InputError: a layer is not hidden, or what it is given is not a permutation of its units.

    """
    fitting = permutations(net, perm)
    found: dict[str, Array] = {}
    for layer in range(1, net.depth + 1):
        weight, bias = net.weight_name(layer), net.bias_name(layer)
        if layer in fitting:
            found[weight] = _taken(theta[weight], fitting[layer], axis=0)
            if bias is not None:
                found[bias] = _taken(theta[bias], fitting[layer], axis=0)
        if layer - 1 in fitting:
            found[weight] = _taken(found.get(weight, theta[weight]), fitting[layer - 1], axis=1)
    return theta.replace(found)


def permutations(net: Layered, perm: Mapping[int, Sequence[int] | NDArray[Any]]) -> dict[int, Permutation]:
    """The permutations as integer arrays, refused unless each has every unit of its hidden layer once.

    Raises:
        InputError: a layer is not hidden, or what it is given is not a permutation of its units.

    """
    found = {}
    for layer, given in perm.items():
        if not 1 <= layer < net.depth:
            raise InputError(f"a matching permutes the hidden layers 1..{net.depth - 1}; got layer {layer}; leave it out")
        order, width = np.asarray(given), net.widths[layer - 1]
        if order.shape != (width,):
            raise InputError(f"a matching of layer {layer} has one entry for each of its {width} units; got shape {order.shape}")
        if order.dtype.kind not in "iu" or not np.array_equal(np.sort(order), np.arange(width)):
            shown = np.array2string(order, threshold=8, edgeitems=4)
            raise InputError(f"a matching of layer {layer} is a permutation: each of 0..{width - 1} once; got {shown}")
        found[layer] = order.astype(np.int64)
    return found


def identity(net: Layered) -> dict[int, Permutation]:
    """perm[l] = 0, 1, .., n_l - 1 for every hidden layer."""
    return {layer: np.arange(width, dtype=np.int64) for layer, width in enumerate(net.widths, start=1)}


def inverse(perm: Mapping[int, Permutation]) -> dict[int, Permutation]:
    """The permutations that undo `perm`."""
    return {layer: np.argsort(order) for layer, order in perm.items()}


def _taken(array: Array, order: Permutation, axis: int) -> Array:
    namespace = array_api_compat.array_namespace(array)
    index = namespace.asarray(order, device=array_api_compat.device(array))
    return namespace.take(array, index, axis=axis)
