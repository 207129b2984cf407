"""Neurons as points: W_p^p = min over permutations of mean_j |theta^a_j - theta^b_perm[j]|^p, with theta_j = (w_j, b_j, v_j).

v_j is N times the outgoing weights, so that the output is a mean over neurons [barrier/optimal_transport_certificate].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from toykit.arrays import like
from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching.matching import layers64
from toykit.matching.rebasin import rebasin
from toykit.matching.search import assignment
from toykit.parameters import Parameters

ODD = frozenset({"identity", "tanh"})
"""Activations with act(-u) = -act(u): there (w, b, v) and (-w, -b, -v) are the same neuron."""


@dataclass(frozen=True)
class Transport:
    """Which neuron of b goes to which of a: `theta` is theta_b moved, `lengths` (N,) the distances of matched neurons."""

    theta: Parameters
    lengths: Floats

    @property
    def squared(self) -> float:
        """mean_j |Delta_j|^2: W_2^2 where the matching was made for it."""
        return float((self.lengths**2).mean())

    @property
    def mean(self) -> float:
        """mean_j |Delta_j|: W_1 where the matching was made for it."""
        return float(self.lengths.mean())


def neurons(net: Layered, theta: Parameters) -> Floats:
    """theta_j = (w_j, b_j, v_j) with v_j = N V[:, j], shape (N, d + k), or (N, d + 1 + k) where the hidden layer has a bias.

    Raises:
        InputError: the network does not have exactly one hidden layer.

    """
    if net.depth != 2:
        raise InputError(f"a network is a mean over neurons where it has one hidden layer; got {net.depth - 1}; cut it there")
    first, second = layers64(net, theta)
    bias = [first.bias[:, None]] if net.bias_name(1) else []
    found: Floats = np.concatenate([first.weight, *bias, len(first.weight) * second.weight.T], axis=1)
    return found


def as_given(pair: Pair, net: Layered) -> Transport:
    """Every neuron to the one in the same place."""
    lengths: Floats = np.linalg.norm(neurons(net, pair.theta_b) - neurons(net, pair.theta_a), axis=1)
    return Transport(pair.theta_b, lengths)


def transported(pair: Pair, net: Layered, power: int = 2) -> Transport:
    """The matching with the least mean of |Delta_j|^power, one assignment; up to the sign of a neuron where that keeps it.

    Raises:
        InputError: the network does not have exactly one hidden layer.

    """
    ours, theirs = neurons(net, pair.theta_a), neurons(net, pair.theta_b)
    costs, flipped = cdist(ours, theirs), np.zeros((len(ours), len(ours)), dtype=bool)
    if net.activation.name in ODD:
        turned = cdist(ours, -theirs)
        flipped = turned < costs
        costs = np.minimum(costs, turned)
    perm, rows = assignment(-(costs**power)), np.arange(len(ours))
    moved = rebasin(net, pair.theta_b, {1: perm})
    return Transport(_signed(net, moved, np.where(flipped[rows, perm], -1.0, 1.0)), costs[rows, perm])


def _signed(net: Layered, theta: Parameters, signs: Floats) -> Parameters:
    """theta with the sign of the given neurons turned: w_j, b_j and v_j."""
    first, second, bias = net.weight_name(1), net.weight_name(2), net.bias_name(1)
    found = {first: theta[first] * like(signs[:, None], theta[first]), second: theta[second] * like(signs, theta[second])}
    if bias is not None:
        found[bias] = theta[bias] * like(signs, theta[bias])
    return theta.replace(found)
