"""Whole neurons of two networks with one hidden layer: the Gram matrix of the differences of their contributions.

phi_k(x) = W_2[:,k] sigma(W_1[k,:]x + b_1[k]), delta_k = phi^b_k - phi^a_k, G_kl = E_x<delta_k, delta_l>, and
h_k = E_x<f_p - y, delta_k> with f_p = (1-p) f_a + p f_b [combinability/neuron_vertices].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.outputs import OutputChord
from toykit.parameters import Parameters


@dataclass(frozen=True)
class Hidden:
    """One network with one hidden layer: features F (n, h) and outgoing weights W_2 (k, h), both float64."""

    features: Floats
    outgoing: Floats

    def inner(self, other: Hidden) -> Floats:
        """E_x<phi_i, phi'_j> = (F^T F'/n) .* (W_2^T W'_2), shape (h, h): the contributions themselves are never formed."""
        found: Floats = (self.features.T @ other.features / len(self.features)) * (self.outgoing.T @ other.outgoing)
        return found

    def against(self, vectors: Floats) -> Floats:
        """E_x<v(x), phi_k(x)> for v (n, k), shape (h,)."""
        found: Floats = np.einsum("nh,nh->h", self.features, vectors @ self.outgoing) / len(self.features)
        return found


@dataclass(frozen=True)
class WholeNeurons:
    """What the law of mixed neurons needs: G (h, h), h_k (h,), losses of the ends and of f_p, E_x|f_b - f_a|^2.

    `sizes`: sum_k E_x|phi^a_k|^2 + E_x|phi^b_k|^2, the scale of rounding errors in G.
    """

    p: float
    gram: Floats
    slopes: Floats
    loss_a: float
    loss_b: float
    ensemble: float
    apart: float
    sizes: float

    @property
    def letters(self) -> dict[str, float]:
        """The letters of combinability/neuron_vertices, except the factor of the loss."""
        own = np.diag(self.gram)
        return {
            "t": self.p,
            "v": self.p * (1 - self.p),
            "L_a": self.loss_a,
            "L_b": self.loss_b,
            "L_p": self.ensemble,
            "units_2": float(own.sum()),
            "slopes_2": float(((2 * self.slopes + (1 - 2 * self.p) * own) ** 2).sum()),
            "cross_2": float(np.square(np.triu(self.gram, 1)).sum()),
            "apart_2": self.apart,
        }

    def above_ensemble(self, xi: Floats) -> float:
        """2 sum_k xi_k h_k + sum_kl xi_k xi_l G_kl: how far E_x|f - y|^2 lies above f_p at the vertex p + xi."""
        return float(2 * self.slopes @ xi + xi @ self.gram @ xi)


def hidden(net: Layered, theta: Parameters) -> Hidden:
    """The hidden layer of a network that has exactly one.

    Raises:
        InputError: the network does not have exactly one hidden layer.

    """
    if net.depth != 2:
        raise InputError(f"contributions of units add up in a network with one hidden layer; got {net.depth - 1} hidden layers")
    features, outgoing = to_numpy(net.features(theta, 1)), to_numpy(theta[net.weight_name(2)])
    return Hidden(features.astype(np.float64), outgoing.astype(np.float64))


def whole_neurons(pair: Pair, p: float = 0.5) -> WholeNeurons:
    """G, h and the losses of a pair of networks with one hidden layer.

    Raises:
        InputError: the landscape is not a layered network with exactly one hidden layer.

    """
    net = pair.landscape
    if not isinstance(net, Layered):
        raise InputError(f"whole neurons exist in layered networks; {pair.name} is a {type(net).__name__}; give an MLP")
    chord = OutputChord(pair)
    first, second = hidden(net, pair.theta_a), hidden(net, pair.theta_b)
    between = first.inner(second)
    own = [first.inner(first), second.inner(second)]
    ensemble = (1 - p) * chord.start + p * chord.end
    residual = to_numpy(ensemble - chord.target_rows)
    return WholeNeurons(
        p=p,
        gram=own[0] + own[1] - between - between.T,
        slopes=second.against(residual) - first.against(residual),
        loss_a=chord.loss_of(chord.start),
        loss_b=chord.loss_of(chord.end),
        ensemble=chord.loss_of(ensemble),
        apart=float(np.square(to_numpy(chord.end - chord.start)).sum(axis=1).mean()),
        sizes=float(np.trace(own[0]) + np.trace(own[1])),
    )
