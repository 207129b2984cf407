"""Sub-networks of old weights: keep half of the units in layers l..L-1 and scale the output by the best factor.

Phi_l = min_s Psi(s Z) over the outputs Z of the thinned network is convex in s, so a bracketed search finds the best factor.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations, product
from math import comb, prod

import numpy as np
from scipy.optimize import minimize_scalar

from toykit.arrays import to_numpy
from toykit.connectivity.above import features64, outputs_of
from toykit.connectivity.built import Stages
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers, Units
from toykit.landscape import Feedforward, Floats
from toykit.parameters import Parameters
from toykit.seeds import generator, seed

LARGEST = 64.0
"""Factors are searched in [0, 64]; a factor of two per thinned layer would make up for the units that are gone."""

FINE, COARSE = 1e-10, 0.2
"""Absolute accuracy of the factor: of the chosen draw, and while draws are compared."""


@dataclass(frozen=True)
class Thinner:
    """An endpoint whose layers can be thinned; arrays in NumPy float64, features of one layer at a time."""

    network: Feedforward
    theta: Parameters
    _held: dict[int, Floats] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def layers(self) -> Layers:
        """Names and sizes of the weight layers."""
        return Layers.of(self.network, self.theta)

    def features(self, layer: int) -> Floats:
        """F_l, shape (N, s n_l, ...)."""
        if layer not in self._held:
            self._held.clear()  # the maps of all layers fill a memory
            self._held[layer] = features64(self.network, self.theta, layer)
        return self._held[layer]

    def loss_of(self, outputs: Floats) -> float:
        """Psi(Z) of outputs (N, K)."""
        return float(self.network.loss_of_outputs(outputs))

    def restricted(self, layer: int, kept: tuple[Units, ...], accuracy: float = FINE) -> tuple[Subnetwork, float]:
        """S_l from the old weights between the kept units of layers l..L-1, with the best factor, and its loss Phi_l."""
        weights, biases = list[Floats](), list[Floats]()
        rows = (*kept[1:], np.arange(self.layers.sizes[-1]))
        for p, (above, below) in enumerate(zip(rows, kept, strict=True), start=layer + 1):
            weights.append(self._weight(p)[np.ix_(above, self.layers.cols(p, below))])
            biases.append(self._bias(p)[above])
        plain = Subnetwork(layer, tuple(int(i) for i in kept[0]), tuple(weights), tuple(biases), "restricted")
        outputs = outputs_of(self.network, plain, self.features(layer))
        factor = self._factor(outputs, accuracy)
        final = (*weights[:-1], factor * weights[-1]), (*biases[:-1], factor * biases[-1])
        return Subnetwork(layer, plain.kept, *final, f"restricted, factor {factor:.4g}"), self.loss_of(factor * outputs)

    def best(self, layer: int, draws: int, name: str) -> tuple[Subnetwork, float, bool]:
        """The best of `draws` random halves, or of all where there are no more; whether all were tried."""
        everything = prod(comb(width, width // 2) for width in self.network.widths[layer - 1 :]) <= draws
        halves = list(self._all(layer) if everything else self._drawn(layer, draws, name))
        losses = [self.restricted(layer, kept, COARSE)[1] for kept in halves]
        draw = int(np.argmin(losses))
        small, loss = self.restricted(layer, halves[draw])
        return replace(small, seed=None if everything else seed(name, draw)), loss, everything

    def stages(self, draws: int, name: str) -> tuple[Stages, dict[int, float], bool]:
        """The best S_l and its loss for every hidden layer, and whether all halves of all layers were tried."""
        found = {layer: self.best(layer, draws, f"{name}/{layer}") for layer in self.layers.hidden}
        losses = {layer: loss for layer, (_, loss, _) in found.items()}
        return {layer: small for layer, (small, _, _) in found.items()}, losses, all(w for _, _, w in found.values())

    def _factor(self, outputs: Floats, accuracy: float) -> float:
        """The minimiser of s -> Psi(s Z) on [0, 64]; of the squared loss it is that of a parabola through three values."""
        if self.network.traits.factor is not None:
            zero, one, two = (self.loss_of(s * outputs) for s in (0.0, 1.0, 2.0))
            bend = (two - 2 * one + zero) / 2
            slope = one - zero - bend
            return min(max(-slope / (2 * bend), 0.0), LARGEST) if bend > 0 else 1.0
        found = minimize_scalar(
            lambda s: self.loss_of(s * outputs), bounds=(0.0, LARGEST), method="bounded", options={"xatol": accuracy}
        )
        return float(found.x)

    def _all(self, layer: int) -> Iterator[tuple[Units, ...]]:
        sets = [combinations(range(width), width // 2) for width in self.network.widths[layer - 1 :]]
        return (tuple(np.array(kept, dtype=np.int64) for kept in chosen) for chosen in product(*sets))

    def _drawn(self, layer: int, draws: int, name: str) -> Iterator[tuple[Units, ...]]:
        for number in range(draws):
            draw = generator(name, number)
            widths = self.network.widths[layer - 1 :]
            yield tuple(np.sort(draw.permutation(width)[: width // 2]).astype(np.int64) for width in widths)

    def _weight(self, layer: int) -> Floats:
        return np.asarray(to_numpy(self.theta[self.layers.weights[layer - 1]]), dtype=np.float64)

    def _bias(self, layer: int) -> Floats:
        name = self.layers.biases[layer - 1]
        empty = np.zeros(self.layers.sizes[layer])
        return empty if name is None else np.asarray(to_numpy(self.theta[name]), dtype=np.float64)
