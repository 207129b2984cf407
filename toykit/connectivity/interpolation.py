"""The Jacobian of all outputs at a point, and the loss |z - Y|^2/2 whose targets are the outputs at that point.

J has a row per example and output and a column per parameter; it comes from one backward pass, the curvatures of the loss
from Taylor numbers, so that the two sides of [connectivity/interpolation_dimension] share no derivative.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toykit.connectivity.excerpt import excerpt
from toykit.connectivity.units import Layers
from toykit.data import Data, one_hot
from toykit.landscape import Floats, Layered
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters

RANKED = 1e-10
"""Singular values above this fraction of the largest count."""

ROWS = 150
"""Constraints of a large network: enough to see the law, few enough for a dense factorisation."""


@dataclass(frozen=True)
class Interpolation:
    """A NumPy copy of a network on some of its examples, with the targets Y = z(theta) (or the network's own)."""

    net: MLP
    theta: Parameters

    @classmethod
    def of(cls, network: Layered, theta: Parameters, examples: int | None = None, *, own_targets: bool = False) -> Interpolation:
        """The first `examples` examples; by default all, or so many that NK stays below `ROWS` and p/2."""
        outputs, count = Layers.of(network, theta).sizes[-1], int(network.inputs.shape[0])
        if examples is None:
            small = count * outputs <= min(theta.count, ROWS)
            examples = count if small else max(1, min(theta.count // 2, ROWS) // outputs)
        net, (here,) = excerpt(network, [theta], examples, SquaredLoss())
        targets = _rows(net.data.targets, outputs) if own_targets else net.outputs(here)
        data = Data(net.inputs, targets, name="interpolated")
        return cls(MLP(net.sizes, net.activation, SquaredLoss(), data, net.biased), here)

    @property
    def constraints(self) -> int:
        """NK."""
        return self.net.data.count * self.net.sizes[-1]

    @property
    def nearest_kink(self) -> float:
        """The smallest |pre-activation| of a hidden unit on the examples; infinite without hidden layers."""
        hidden = (np.abs(self.net.preactivations(self.theta, layer)).min() for layer in range(1, self.net.depth))
        return float(min(hidden, default=np.inf))

    @cached_property
    def jacobian(self) -> Floats:
        """J, shape (NK, p), columns in the order of theta."""
        net, theta = self.net, self.theta
        layers, count = net.layers(theta), net.data.count
        back = np.broadcast_to(np.eye(net.sizes[-1]), (count, net.sizes[-1], net.sizes[-1]))
        columns = dict[str, Floats]()
        for layer in range(net.depth, 0, -1):
            features = net.features(theta, layer - 1)
            columns[net.weight_name(layer)] = np.einsum("iko,if->ikof", back, features)
            if name := net.bias_name(layer):
                columns[name] = back
            if layer > 1:
                slopes = net.activation.first(net.preactivations(theta, layer - 1))
                back = (back @ layers[layer - 1].weight) * slopes[:, None, :]
        return np.concatenate([columns[name].reshape(self.constraints, -1) for name in theta], axis=1)

    @cached_property
    def spectrum(self) -> tuple[Floats, Floats]:
        """The singular values of J in decreasing order, and its right singular vectors as rows, (min(NK, p), p)."""
        if self.jacobian.shape[0] >= self.jacobian.shape[1]:
            _, values, right = np.linalg.svd(self.jacobian, full_matrices=False)
            return values, right
        basis, square = np.linalg.qr(self.jacobian.T)  # J^T = Q R: the small factor has the singular values of J
        left, values, _ = np.linalg.svd(square)
        return values, left.T @ basis.T

    @property
    def rank(self) -> int:
        """The number of singular values above `RANKED` of the largest."""
        values, _ = self.spectrum
        return int((values > RANKED * values[0]).sum())

    def flat(self, generator: np.random.Generator) -> Floats | None:
        """A random unit vector of the kernel of J; None where the kernel is 0."""
        _, right = self.spectrum
        basis = right[: self.rank]
        if len(basis) == basis.shape[1]:
            return None
        direction: Floats = generator.normal(size=(basis.shape[1],))
        for _ in range(2):  # once more, for what rounding has left
            direction = direction - basis.T @ (basis @ direction)
        found: Floats = direction / np.linalg.norm(direction)
        return found

    def curvature(self, direction: Floats) -> float:
        """v^T H v of sum_i |z_i - Y_i|^2 / 2 along a vector of R^p."""
        ends = np.cumsum([array.size for array in self.theta.values()])[:-1]
        pieces = zip(self.theta, np.split(direction, ends), strict=True)
        step = Parameters({name: piece.reshape(self.theta[name].shape) for name, piece in pieces})
        return self.net.curvature(self.theta, step) * self.net.data.count


def _rows(targets: Floats, outputs: int) -> Floats:
    return one_hot(targets.astype(np.int64), outputs) if targets.ndim == 1 else targets
