"""What stands above a layer: small networks S_l evaluated, carried through convolutions and trained there.

Dense small networks are evaluated in NumPy. Where convolutions come first, the landscape builds its own operations with
fewer units, and that network is evaluated or trained by what every landscape offers, its loss and its gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from toykit.activations import ACTIVATIONS, NumpyActivation, leaky_relu
from toykit.arrays import to_numpy
from toykit.connectivity.factories import AffinePiece, pass_through
from toykit.connectivity.readouts import Readout
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers, blocks, units
from toykit.data import Data
from toykit.errors import InputError
from toykit.landscape import Activation, Channelled, Feedforward, Floats, Landscape
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import SOLVED


@dataclass(frozen=True)
class Fit:
    """(V, c) of a small network after training, its loss, and how many gradients of all its examples that took."""

    weights: tuple[Floats, ...]
    biases: tuple[Floats, ...]
    loss: float
    evaluations: int


def features64(network: Feedforward, theta: Parameters, layer: int) -> Floats:
    """F_l in NumPy float64, shape (n, s n_l, ...)."""
    return np.asarray(to_numpy(network.features(theta, layer)), dtype=np.float64)


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


def outputs_of(network: Feedforward, small: Subnetwork, features: Floats) -> Floats:
    """S_l(F_l[:, I_l]) for all features F_l, shape (n, s n_l, ...): the logits, shape (n, K)."""
    if small.weights[0].ndim == 2 or not isinstance(network, Channelled):
        return small.outputs(features, evaluated(network.activation).value)
    fresh = network.above(small.layer, data_of(network, features[:, small.columns]), small.shape[1])
    return np.asarray(to_numpy(fresh.outputs(_point(fresh, small.weights, small.biases))), dtype=np.float64)


def carried(network: Feedforward, layers: Layers, layer: int, features: Floats) -> Floats:
    """The features F_l of all units after they were carried through the convolutions above l, shape (n, s n_l).

    A kernel that is 1 at its centre from each channel to itself hands the maps on; pools and activations act on every
    channel alone. Where layer l+1 is dense these are the features themselves.
    """
    entrance, count = layers.entrance(layer), layers.sizes[layer]
    if entrance == layer or not isinstance(network, Channelled):
        return features
    weights = list(carries(layers, layer, count))
    widths = [*(count for _ in weights), *(1 for _ in range(entrance + 1, layers.depth))]
    fresh = network.above(layer, data_of(network, features), widths)
    # the dense layers on top are not asked for: any numbers do
    below = count * layers.spreads.get(entrance + 1, 1)
    for p in range(entrance + 1, layers.depth + 1):
        rows = layers.sizes[-1] if p == layers.depth else 1
        weights.append(np.zeros((rows, below)))
        below = rows
    point = _point(fresh, weights, [np.zeros(len(weight)) for weight in weights])
    return features64(fresh, point, entrance - layer)


def carries(layers: Layers, layer: int, count: int) -> tuple[Floats, ...]:
    """One kernel (count, count, ...) per convolution between layer l and the first dense layer: 1 at the centre, j to j."""
    found = list[Floats]()
    for p in range(layer + 1, layers.entrance(layer) + 1):
        kernel = layers.kernels[p]
        centre = np.zeros(kernel)
        centre[tuple(size // 2 for size in kernel)] = 1.0
        found.append(np.multiply.outer(np.eye(count), centre))
    return tuple(found)


def columns_at_entrance(layers: Layers, layer: int, kept: tuple[int, ...]) -> list[int]:
    """Which columns of the carried features belong to the kept units of layer l."""
    found: list[int] = blocks(units(kept), layers.spreads.get(layers.entrance(layer) + 1, 1)).tolist()
    return found


def read_out(
    layers: Layers,
    layer: int,
    kept: tuple[int, ...],
    readout: Readout,
    features: Floats,
    piece: AffinePiece | None,
    factor: float = 1.0,
) -> Subnetwork:
    """S_l with outputs factor * (F w^T + b), F the carried features of the kept units; `features` those of all units.

    Raises:
        InputError: there are hidden dense layers above, and the activation has no affine piece.

    """
    columns, carry = tuple(columns_at_entrance(layers, layer, kept)), carries(layers, layer, len(kept))
    top = pass_through(layers.entrance(layer), columns, layers.depth, readout, features, piece, factor)
    quiet = (np.zeros(len(kept)) for _ in carry)
    return Subnetwork(layer, kept, (*carry, *top.weights), (*quiet, *top.biases), f"carried {top.how}" if carry else top.how)


def descended(net: Landscape, start: Parameters, steps: int, target: float | None) -> tuple[Parameters, float, int]:
    """(theta, L(theta), gradients taken) after L-BFGS; it stops at a loss of `target` if one is given, else after `steps`."""

    def value_and_gradient(flat: Floats) -> tuple[float, Floats]:
        theta = _unflat(flat, start)
        return net.loss(theta), _flat(net.gradient(theta))

    def reached(intermediate_result: OptimizeResult) -> None:
        if target is not None and intermediate_result.fun <= target:
            raise StopIteration

    found = minimize(value_and_gradient, _flat(start), jac=True, method="L-BFGS-B", options={"maxiter": steps}, callback=reached)
    return _unflat(found.x, start), float(found.fun), int(found.nfev)


def fitted_maps(
    network: Channelled,
    layers: Layers,
    layer: int,
    features: Floats,
    widths: Sequence[int],
    name: str,
    steps: int = 200,
    target: float | None = None,
) -> Fit:
    """A small network on maps of kept channels, shape (n, k, ...), after L-BFGS from a seeded draw of variance 2 / fan in.

    Channels are divided by their deviations while it is trained; their means stay, since padding with zeros does not shift.
    """
    deviation = deviations(features)
    fresh = network.above(layer, data_of(network, features / deviation), widths)
    draw, start, below = generator(name), dict[str, Floats](), features.shape[1]
    for p, rows in enumerate((*widths, layers.sizes[-1]), start=layer + 1):
        shape = (rows, below * layers.spreads.get(p, 1), *layers.kernels.get(p, ()))
        start[fresh.weight_name(p - layer)] = draw.normal(size=shape) * (2 / prod(shape[1:])) ** 0.5
        bias = fresh.bias_name(p - layer)
        if bias is not None:
            start[bias] = np.zeros(rows)
        below = rows
    theta, loss, evaluations = descended(fresh, Parameters(start), steps, target)
    numbers = range(1, fresh.depth + 1)
    weights = [theta[fresh.weight_name(p)] for p in numbers]
    names = [fresh.bias_name(p) for p in numbers]
    biases = [np.zeros(len(w)) if b is None else theta[b] for w, b in zip(weights, names, strict=True)]
    weights[0] = weights[0] / deviation
    return Fit(tuple(weights), tuple(biases), loss, evaluations)


def deviations(maps: Floats) -> Floats:
    """The standard deviation of every channel of maps (n, k, ...), shape (1, k, 1, ...); 1 where a channel does not vary."""
    # channel by channel: the deviations of all at once take as much memory as the maps
    found = np.array([maps[:, channel].std() for channel in range(maps.shape[1])])
    found[found < SOLVED] = 1.0
    return found.reshape(1, -1, *(1 for _ in maps.shape[2:]))


def data_of(network: Feedforward, features: Floats) -> Data:
    """Features (n, ...) with the targets of the network, whose classes are those that occur."""
    targets = to_numpy(network.targets)
    return Data(features, targets, None if targets.ndim == 2 else int(targets.max()) + 1, "kept features")


def _point(net: Channelled, weights: Sequence[Floats], biases: Sequence[Floats]) -> Parameters:
    found = dict[str, Floats]()
    for layer, (weight, bias) in enumerate(zip(weights, biases, strict=True), start=1):
        name = net.bias_name(layer)
        found |= {net.weight_name(layer): weight} | ({} if name is None else {name: bias})
    return Parameters(found)


def _flat(theta: Parameters) -> Floats:
    return np.concatenate([np.ravel(to_numpy(array)) for array in theta.values()])


def _unflat(flat: Floats, template: Parameters) -> Parameters:
    ends = np.cumsum([array.size for array in template.values()])[:-1]
    pieces = np.split(flat, ends)
    return Parameters({name: piece.reshape(template[name].shape) for (name, piece) in zip(template, pieces, strict=True)})
