"""Sub-networks for any pair: keep a half of every layer and put on it the best affine read-out, or a small trained network.

Nothing is asked of the features: what these stages cost is measured, not predicted [connectivity/rebuilt_features].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.above import (
    Fit,
    carried,
    columns_at_entrance,
    descended,
    evaluated,
    features64,
    fitted_maps,
    outputs_of,
    read_out,
)
from toykit.connectivity.built import Stages
from toykit.connectivity.factories import affine_piece
from toykit.connectivity.readouts import Readout, least_squares, logistic
from toykit.connectivity.room import Room, Shape, accounting, spare, suffices
from toykit.connectivity.separability import quick_margins, standardised
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.landscape import Activation, Channelled, Feedforward, Floats, Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator, seed
from toykit.verdict import Outcome

FINALISTS = 3
"""On so many halves networks of convolutions are trained, largest least-squares margin first, until one is good enough."""


@dataclass(frozen=True)
class Halves:
    """Keep floor(n_l/2) units of layer l; the fresh network passes K logits through, or has floor(n_p/2) trained units."""

    network: Feedforward
    layers: Layers
    rooms: tuple[Room, ...]
    passing: bool

    @classmethod
    def of(cls, pair: Pair, network: Feedforward) -> Halves:
        """Pass through where the activation has an affine piece, the layers have biases, and K units fit; else train.

        Where convolutions stand above the kept units, half of their channels are trained in any case.
        """
        layers = Layers.of(network, pair.theta_a)
        above, outputs = network.widths[max(layers.kernels, default=1) :], layers.sizes[-1]
        passes = affine_piece(network.activation) is not None and layers.biased
        passing = passes and all(2 * outputs <= width for width in above)
        half = [max(1, width // 2) for width in network.widths]
        shapes = {
            layer: Shape(size, tuple(outputs if passing and layers.entrance(layer) == layer else m for m in half[layer:]))
            for layer, size in enumerate(half, start=1)
        }
        return cls(network, layers, tuple(accounting(network.widths, shapes, shapes)), passing)

    @property
    def spare(self) -> int:
        """Units left over in the tightest inequality; negative if one fails."""
        return spare(self.rooms)

    @property
    def room(self) -> Outcome:
        """Whether the widths suffice, with the inequalities that fail."""
        return suffices(self.rooms)

    def stages(self, theta: Parameters, name: str, draws: int = 5) -> Stages:
        """S_l for every hidden layer of an endpoint: the best of `draws` seeded halves by the loss of its read-out.

        Networks of convolutions are trained down to the loss of the endpoint, on few of the halves.
        """
        return {layer: self._stage(theta, layer, f"{name}/{layer}", draws) for layer in self.layers.hidden}

    def loss_of(self, theta: Parameters, small: Subnetwork) -> float:
        """Phi_l = the loss of S_l(F_l[:, I_l]), without the architecture around it."""
        return self._loss(small, features64(self.network, theta, small.layer))

    def _loss(self, small: Subnetwork, features: Floats) -> float:
        return float(self.network.loss_of_outputs(outputs_of(self.network, small, features)))

    def _stage(self, theta: Parameters, layer: int, name: str, draws: int) -> Subnetwork:
        features, width = features64(self.network, theta, layer), self.layers.sizes[layer]
        # the first draw keeps the first half
        orders = (generator(name, draw).permutation(width) if draw else np.arange(width) for draw in range(draws))
        sets = [tuple(sorted(order[: max(1, width // 2)].tolist())) for order in orders]
        if layer + 1 in self.layers.kernels:
            return self._trained_maps(features, layer, sets, name, float(self.network.loss(theta)))
        found = [replace(self._on(features, layer, kept, f"{name}/{i}"), seed=_seed(name, i)) for i, kept in enumerate(sets)]
        return min(found, key=lambda small: self._loss(small, features))

    def _trained_maps(
        self, features: Floats, layer: int, sets: Sequence[tuple[int, ...]], name: str, target: float
    ) -> Subnetwork:
        """Networks of convolutions on up to `FINALISTS` of the halves, until one reaches the target; else the best of them."""
        if not isinstance(self.network, Channelled):
            raise TypeError(f"maps of channels belong to a Channelled network; got {type(self.network).__name__}")
        widths, tried = [max(1, size // 2) for size in self.network.widths[layer:]], dict[int, Fit]()
        for draw in self._ranked(layer, features, sets)[:FINALISTS]:
            kept = features[:, list(sets[draw])]
            tried[draw] = fitted_maps(self.network, self.layers, layer, kept, widths, f"{name}/{draw}", target=target)
            if tried[draw].loss <= target:
                break
        draw = min(tried, key=lambda number: tried[number].loss)
        return Subnetwork(layer, sets[draw], tried[draw].weights, tried[draw].biases, "trained", _seed(name, draw))

    def _ranked(self, layer: int, features: Floats, sets: Sequence[tuple[int, ...]]) -> list[int]:
        """The draws by the margin of a least-squares read-out of their carried features; as they come without classes."""
        numbers, targets = list(range(len(sets))), to_numpy(self.network.targets)
        if targets.ndim > 1 or len(sets) == 1:
            return numbers
        flat = carried(self.network, self.layers, layer, features)
        columns = [tuple(columns_at_entrance(self.layers, layer, kept)) for kept in sets]
        quick = quick_margins(flat, targets, self.layers.sizes[-1], columns)
        return sorted(numbers, key=lambda i: -quick[i])

    def _on(self, features: Floats, layer: int, kept: tuple[int, ...], name: str) -> Subnetwork:
        data = self._data(features[:, columns_at_entrance(self.layers, layer, kept)])
        if self.passing or layer == self.layers.depth - 1:
            readout = best_readout(data.inputs, data, self.layers.biases[-1] is not None)
            return read_out(self.layers, layer, kept, readout, features, affine_piece(self.network.activation))
        widths = [max(1, size // 2) for size in self.network.widths[layer:]]
        weights, biases = trained(data, widths, self.network.activation, self.layers.biased, name)
        return Subnetwork(layer, kept, weights, biases, "trained")

    def _data(self, features: Floats) -> Data:
        targets = to_numpy(self.network.targets)
        return Data(features, targets, self.layers.sizes[-1] if targets.ndim == 1 else None, "kept features")


def _seed(name: str, draw: int) -> int | None:
    return seed(name, draw) if draw else None


def best_readout(features: Floats, data: Data, intercept: bool = True) -> Readout:
    """The read-out of least cross-entropy (labels) or least squared loss (vectors), on standardised features if it has b."""
    if not intercept:
        found = (
            least_squares(features, data.targets, intercept=False)
            if data.classes is None
            else logistic(features, data.targets, data.classes, intercept=False)
        )
        return Readout(found.weight, np.zeros_like(found.bias))
    scaled, mean, deviation = standardised(features)
    if data.classes is None:
        return least_squares(scaled, data.targets).unstandardised(mean, deviation)
    return logistic(scaled, data.targets, data.classes).unstandardised(mean, deviation)


def trained(
    data: Data, widths: list[int], activation: Activation, bias: bool, name: str, steps: int = 200
) -> tuple[tuple[Floats, ...], tuple[Floats, ...]]:
    """(V, c) of a network of these hidden widths after L-BFGS from a seeded draw, on the features that `data` holds."""
    found = fitted(data, widths, activation, bias, name, steps)
    return found.weights, found.biases


def fitted(
    data: Data,
    widths: Sequence[int],
    activation: Activation,
    bias: bool,
    name: str,
    steps: int = 200,
    target: float | None = None,
) -> Fit:
    """The same with what it took; it stops at a loss of `target` if one is given, else after `steps` steps."""
    scaled, mean, deviation = standardised(data.inputs) if bias else (data.inputs, 0.0, np.ones(data.width))
    loss: Loss = SquaredLoss() if data.classes is None else CrossEntropy()
    outputs = data.targets.shape[1] if data.classes is None else data.classes
    net = MLP((data.width, *widths, outputs), evaluated(activation), loss, Data(scaled, data.targets, data.classes), bias)
    theta, value, evaluations = descended(net, net.draw(generator(name)), steps, target)
    layers = net.layers(theta)
    weights, biases = [layer.weight for layer in layers], [np.zeros(len(w.weight)) + w.bias for w in layers]
    weights[0] = weights[0] / deviation
    biases[0] = biases[0] - weights[0] @ mean if bias else biases[0]
    return Fit(tuple(weights), tuple(biases), value, evaluations)
