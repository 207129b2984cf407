"""Networks with one hidden layer are sums over hidden units: f = sum_k phi_k + b_2 [combinability/neuron_vertices]."""

from __future__ import annotations

import numpy as np

from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats, Layered
from toykit.parameters import Parameters


def contributions(net: Layered, theta: Parameters) -> Floats:
    """phi_k(x_i) = W_2[:,k] sigma(W_1[k,:] x_i + b_1[k]), shape (h, n, outputs); their sum over k is z without its bias.

    Raises:
        InputError: the network does not have exactly one hidden layer.

    """
    if net.depth != 2:
        raise InputError(f"contributions of units add up in a network with one hidden layer; got {net.depth - 1} hidden layers")
    hidden, outgoing = to_numpy(net.features(theta, 1)), to_numpy(theta[net.weight_name(2)])
    found: Floats = np.einsum("nh,kh->hnk", hidden, outgoing)
    return found
