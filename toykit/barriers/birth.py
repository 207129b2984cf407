"""Where the output error is born: in products of differences of features and weights, and in gates [barrier/commutativity]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from toykit.activations import ACTIVATIONS
from toykit.arrays import to_numpy
from toykit.landscape import Activation, Floats, Layered
from toykit.parameters import Parameters, chord_point

OTHERS: dict[str, Callable[[Floats], Floats]] = {"sigmoid": expit, "silu": lambda u: u * expit(u)}
"""Activations that the bridge knows and the toy networks do not."""


@dataclass(frozen=True)
class Features:
    """Z_l and F_l of all layers at one point, in NumPy float64: `before[l-1]` is Z_l, `after[l-1]` is F_(l-1)."""

    before: tuple[Floats, ...]
    after: tuple[Floats, ...]


@dataclass(frozen=True)
class LayerBirth:
    """What layer l adds at one position: `commuted` and `gated` are what reaches the outputs, by the norms above it.

    Norms of arrays (n, h) are root mean squares over the examples. `residual` is what the recursion
    E_l = e_(l-1) W_t^T - t(1-t) dF_(l-1) dW_l^T leaves of E_l, its largest entry.
    """

    layer: int
    product: float
    defect: float
    amplification: float
    residual: float

    @property
    def commuted(self) -> float:
        """The commutator part, prod_{k>l} |W_{t,k}|_2 times t(1-t) |dF_(l-1) dW_l^T|."""
        return self.amplification * self.product

    @property
    def gated(self) -> float:
        """The gate part, prod_{k>l} |W_{t,k}|_2 times |A_l|."""
        return self.amplification * self.defect


@dataclass(frozen=True)
class Birth:
    """All layers at one position t, |E_L|, and |z_t| + |zbar_t|, which bounds it without looking inside."""

    t: float
    layers: tuple[LayerBirth, ...]
    error: float
    outside: float

    @property
    def letters(self) -> dict[str, float]:
        """The sums of both parts."""
        return {
            "t": self.t,
            "commuted": sum(layer.commuted for layer in self.layers),
            "gated": sum(layer.gated for layer in self.layers),
        }


class ErrorBirth:
    """The layers of a dense network along a chord: the ends are evaluated once, each position when it is asked for."""

    def __init__(self, net: Layered, theta_a: Parameters, theta_b: Parameters) -> None:
        self._net, self._ends = net, (theta_a, theta_b)
        self._value = value_of(net.activation)
        self._start, self._end = features(net, theta_a), features(net, theta_b)
        self._steps = [self._weight(theta_b, layer) - self._weight(theta_a, layer) for layer in range(1, net.depth + 1)]

    def at(self, t: float) -> Birth:
        """What each layer adds to the output error at position t."""
        theta = chord_point(*self._ends, t)
        here, found = features(self._net, theta), []
        weights = [self._weight(theta, layer) for layer in range(1, self._net.depth + 1)]
        above = np.cumprod([1.0, *(np.linalg.norm(weight, 2) for weight in weights[:0:-1])])[::-1]
        for i, weight in enumerate(weights):
            product = t * (1 - t) * (self._end.after[i] - self._start.after[i]) @ self._steps[i].T
            told = error(self._start.after[i], here.after[i], self._end.after[i], t) @ weight.T - product
            true = error(self._start.before[i], here.before[i], self._end.before[i], t)
            gates = self._defect(i, t) if i + 1 < len(weights) else np.zeros_like(true)
            residual = float(np.abs(true - told).max())
            found.append(LayerBirth(i + 1, size(product), size(gates), float(above[i]), residual))
        mean = (1 - t) * self._start.before[-1] + t * self._end.before[-1]
        return Birth(t, tuple(found), size(here.before[-1] - mean), size(here.before[-1]) + size(mean))

    def _defect(self, i: int, t: float) -> Floats:
        """A_l: by its closed form where the activation is piecewise linear, else by its definition, shape (n, h)."""
        z_a, z_b = self._start.before[i], self._end.before[i]
        activation = self._net.activation
        if activation.piecewise_linear:
            return (1 - activation.negative_slope) * relu_defect(z_a, z_b, t)
        found: Floats = self._value((1 - t) * z_a + t * z_b) - (1 - t) * self._start.after[i + 1] - t * self._end.after[i + 1]
        return found

    def _weight(self, theta: Parameters, layer: int) -> Floats:
        return np.asarray(to_numpy(theta[self._net.weight_name(layer)]), dtype=np.float64)


def features(net: Layered, theta: Parameters) -> Features:
    """All pre-activations and features at theta."""
    layers = range(1, net.depth + 1)
    return Features(
        tuple(np.asarray(to_numpy(net.preactivations(theta, layer)), dtype=np.float64) for layer in layers),
        tuple(np.asarray(to_numpy(net.features(theta, layer - 1)), dtype=np.float64) for layer in layers),
    )


def relu_defect(z_a: Floats, z_b: Floats, t: float) -> Floats:
    """-min((1-t)|z_a|, t|z_b|) where one is positive and the other negative, 0 elsewhere."""
    return np.where(z_a * z_b < 0, -np.minimum((1 - t) * np.abs(z_a), t * np.abs(z_b)), 0.0)


def error(start: Floats, here: Floats, end: Floats, t: float) -> Floats:
    """What an array at t is beyond the line between its ends."""
    return here - (1 - t) * start - t * end


def size(rows: Floats) -> float:
    """The root mean square of the norms of the rows."""
    return float(np.sqrt((rows**2).sum(axis=1).mean()))


def value_of(activation: Activation) -> Callable[[Floats], Floats]:
    """The activation as a function of NumPy arrays."""
    return ACTIVATIONS[activation.name].value if activation.name in ACTIVATIONS else OTHERS[activation.name]
