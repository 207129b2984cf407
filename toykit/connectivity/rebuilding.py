"""Sub-networks for any pair: keep a half of every layer and put on it the best affine read-out, or a small trained network.

Nothing is asked of the features: what these stages cost is measured, not predicted [connectivity/rebuilt_features].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from toykit.activations import ACTIVATIONS, NumpyActivation, leaky_relu
from toykit.arrays import like, to_numpy
from toykit.connectivity.built import Stages
from toykit.connectivity.factories import affine_piece, pass_through
from toykit.connectivity.readouts import Readout, least_squares, logistic
from toykit.connectivity.room import Room, Shape, accounting, spare, suffices
from toykit.connectivity.separability import standardised
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Activation, Floats, Layered, Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator, seed
from toykit.verdict import Outcome


@dataclass(frozen=True)
class Halves:
    """Keep floor(n_l/2) units of layer l; the fresh network passes K logits through, or has floor(n_p/2) trained units."""

    network: Layered
    layers: Layers
    rooms: tuple[Room, ...]
    passing: bool

    @classmethod
    def of(cls, pair: Pair, network: Layered) -> Halves:
        """Pass through where the activation has an affine piece, the layers have biases, and K units fit; else train."""
        layers = Layers.of(network, pair.theta_a)
        above, outputs = network.widths[1:], layers.sizes[-1]
        passes = affine_piece(network.activation) is not None and layers.biased
        passing = passes and all(2 * outputs <= width for width in above)
        half = [max(1, width // 2) for width in network.widths]
        fresh = [outputs if passing else size for size in half]
        shapes = {layer: Shape(size, tuple(fresh[layer:])) for layer, size in enumerate(half, start=1)}
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
        """S_l for every hidden layer of an endpoint: the best of `draws` seeded halves by the loss of its read-out."""
        return {layer: self._stage(theta, layer, f"{name}/{layer}", draws) for layer in self.layers.hidden}

    def loss_of(self, theta: Parameters, small: Subnetwork) -> float:
        """Phi_l = the loss of S_l(F_l[:, I_l]), without the architecture around it."""
        features = self.network.features(theta, small.layer)
        outputs = small.outputs(np.asarray(to_numpy(features), dtype=np.float64), evaluated(self.network.activation).value)
        return float(self.network.loss_of_outputs(like(outputs, features)))

    def _stage(self, theta: Parameters, layer: int, name: str, draws: int) -> Subnetwork:
        features = np.asarray(to_numpy(self.network.features(theta, layer)), dtype=np.float64)
        found = [replace(self._on(features, layer, name, i), seed=seed(name, i) if i else None) for i in range(draws)]
        return min(found, key=lambda small: self.loss_of(theta, small))

    def _on(self, features: Floats, layer: int, name: str, draw: int) -> Subnetwork:
        width, depth = features.shape[1], self.layers.depth
        order = generator(name, draw).permutation(width) if draw else np.arange(width)  # the first draw keeps the first half
        kept = tuple(sorted(order[: max(1, width // 2)].tolist()))
        chosen = features[:, list(kept)]
        if self.passing or layer == depth - 1:
            readout = best_readout(chosen, self._data(chosen), self.layers.biases[-1] is not None)
            return pass_through(layer, kept, depth, readout, features, affine_piece(self.network.activation))
        widths = [max(1, size // 2) for size in self.network.widths[layer:]]
        weights, biases = trained(self._data(chosen), widths, self.network.activation, self.layers.biased, f"{name}/{draw}")
        return Subnetwork(layer, kept, weights, biases, "trained")

    def _data(self, features: Floats) -> Data:
        targets = to_numpy(self.network.targets)
        classes = self.layers.sizes[-1] if targets.ndim == 1 else None
        return Data(features, targets, classes, "kept features")


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


@dataclass(frozen=True)
class Fit:
    """(V, c) of a small network after training, its loss, and how many gradients of all its examples that took."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    loss: float
    evaluations: int


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
    start = net.draw(generator(name))

    def value_and_gradient(flat: Floats) -> tuple[float, Floats]:
        theta = _unflat(flat, start)
        return net.loss(theta), _flat(net.gradient(theta))

    def reached(intermediate_result: OptimizeResult) -> None:
        if target is not None and intermediate_result.fun <= target:
            raise StopIteration

    found = minimize(value_and_gradient, _flat(start), jac=True, method="L-BFGS-B", options={"maxiter": steps}, callback=reached)
    layers = net.layers(_unflat(found.x, start))
    weights, biases = [layer.weight for layer in layers], [np.zeros(len(w.weight)) + w.bias for w in layers]
    weights[0] = weights[0] / deviation
    biases[0] = biases[0] - weights[0] @ mean if bias else biases[0]
    return Fit(tuple(weights), tuple(biases), float(found.fun), int(found.nfev))


def evaluated(activation: Activation) -> NumpyActivation:
    """The activation of a landscape in its NumPy form.

    Raises:
        InputError: it has none.

    """
    if activation.name in {"relu", "leaky_relu"}:
        return leaky_relu(activation.negative_slope)
    if activation.name not in ACTIVATIONS:
        raise InputError(
            f"a rebuilt network is evaluated in NumPy; got the activation {activation.name!r}; add it to ACTIVATIONS"
        )
    return ACTIVATIONS[activation.name]


def _flat(theta: Parameters) -> Floats:
    return np.concatenate([np.ravel(array) for array in theta.values()])


def _unflat(flat: Floats, template: Parameters) -> Parameters:
    ends = np.cumsum([array.size for array in template.values()])[:-1]
    pieces = np.split(flat, ends)
    return Parameters({name: piece.reshape(template[name].shape) for (name, piece) in zip(template, pieces, strict=True)})
