"""Alignment with the whole symmetry group of the activation: permutations with signs for tanh, after balancing for ReLU."""

from __future__ import annotations

import numpy as np

from toykit.arrays import like, to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching import Alignment, identity, rebasin, weight_matching
from toykit.matching.search import assignment
from toykit.matching.transport import ODD
from toykit.parameters import Parameters

ROUNDS = 20
"""Passes over the hidden layers at most; a pass that moves nothing ends the search."""


def aligned(pair: Pair) -> Pair:
    """The pair with theta_b moved towards theta_a: signed matching where the activation is odd, else balanced matching."""
    net = layered(pair)
    if net.activation.name in ODD:
        return Pair(net, pair.theta_a, signed(net, pair.theta_a, pair.theta_b), f"{pair.name}, aligned")
    return permuted(Pair(net, balanced(net, pair.theta_a), balanced(net, pair.theta_b), pair.name))


def permuted(pair: Pair) -> Pair:
    """The pair with theta_b permuted by weight matching, and nothing else."""
    return Pair(pair.landscape, pair.theta_a, weight_matching(pair).theta, f"{pair.name}, permuted")


def signed(net: Layered, theta_a: Parameters, theta_b: Parameters) -> Parameters:
    """theta_b with units permuted and their signs turned so that <theta_a, S P theta_b> cannot grow by moving one layer.

    With both signs allowed unit j of b is worth |C_ij| to unit i of a, C the gains of weight matching. It starts from the
    order as it is and takes the layers in turn: a local maximum, and the global one for a single hidden layer.
    """
    if net.activation.name not in ODD:
        raise InputError(f"signs of units turn where the activation is odd; got {net.activation.name}; use weight_matching")
    for _ in range(ROUNDS):
        moved = False
        for layer in range(1, net.depth):
            gains = Alignment(net, theta_a, theta_b).gains(layer, identity(net))
            perm = assignment(np.abs(gains))
            signs = np.where(gains[np.arange(len(perm)), perm] < 0, -1.0, 1.0)
            if (perm != np.arange(len(perm))).any() or (signs < 0).any():
                theta_b, moved = turned(net, rebasin(net, theta_b, {layer: perm}), layer, signs), True
        if not moved:
            break
    return theta_b


def turned(net: Layered, theta: Parameters, layer: int, factors: Floats) -> Parameters:
    """theta with row i of W_l and b_l times factors[i] and column i of W_{l+1} divided by it.

    Signs keep an odd network what it computes, positive factors a ReLU network.
    """
    weight, bias, above = net.weight_name(layer), net.bias_name(layer), net.weight_name(layer + 1)
    scale = like(factors, theta[weight])
    found = {weight: theta[weight] * scale[:, None], above: theta[above] / scale}
    if bias is not None:
        found[bias] = theta[bias] * scale
    return theta.replace(found)


def balanced(net: Layered, theta: Parameters) -> Parameters:
    """The rescaling of a ReLU network with |row i of (W_l | b_l)| = |column i of W_{l+1}|, the shortest on its orbit.

    Several hidden layers are balanced in turn; a unit without incoming or outgoing weights stays as it is.
    """
    for _ in range(ROUNDS):
        for layer in range(1, net.depth):
            bias = net.bias_name(layer)
            incoming = (to_numpy(theta[net.weight_name(layer)]) ** 2).sum(axis=1)
            incoming = incoming if bias is None else incoming + to_numpy(theta[bias]) ** 2
            outgoing = (to_numpy(theta[net.weight_name(layer + 1)]) ** 2).sum(axis=0)
            alive = (incoming > 0) & (outgoing > 0)
            factors = np.where(alive, outgoing / np.where(alive, incoming, 1.0), 1.0) ** 0.25
            theta = turned(net, theta, layer, factors)
        if net.depth == 2:  # one hidden layer is balanced at once
            break
    return theta


def layered(pair: Pair) -> Layered:
    """The landscape of the pair.

    Raises:
        InputError: it is not a chain of dense layers.

    """
    if not isinstance(pair.landscape, Layered):
        raise InputError(f"alignment moves units of dense layers; got {type(pair.landscape).__name__}; use a layered network")
    return pair.landscape
