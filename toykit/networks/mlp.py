"""Dense networks in NumPy float64: F_0 = X, Z_l = F_{l-1} W_l^T + b_l, F_l = sigma(Z_l), z = Z_L, L = mean_i l(z_i, y_i)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toykit.activations import NumpyActivation
from toykit.activations import activation as named
from toykit.data import Data
from toykit.errors import ShapeError
from toykit.jets import Taylor, activated, affine, constant
from toykit.landscape import Floats, Jet, Traits
from toykit.losses import Loss, SquaredLoss
from toykit.networks.dense import DenseSpace
from toykit.parameters import Parameters, chord_point

BLOCK = 2**16
"""Numbers per block of a profile (512 KiB): a block of rows stays in the cache while it passes through the layers."""


class MLP(DenseSpace):
    """The mean loss of a dense network on fixed data, as a function of its weights and biases.

    `widths` are (d, n_1, .., n_{L-1}, k), input and output included; `bias` is one flag or one per layer. The arrays of
    theta are called layers.1.weight (n_1, d), layers.1.bias (n_1,), layers.2.weight, ...

    >>> from toykit.losses import SquaredLoss
    >>> net = MLP((1, 1, 1), "relu", SquaredLoss(), Data([[2.0], [-1.0]], [[0.0], [0.0]]), bias=False)
    >>> net.loss(net.point([[3.0]], [[0.5]]))  # mean of 3^2/2 and 0
    2.25

    Raises:
        ShapeError: the first or the last width does not fit the data.
        InputError: a width is below 1, the activation is unknown, or the loss does not fit the kind of targets.

    """

    def __init__(
        self,
        widths: Sequence[int],
        activation: str | NumpyActivation,
        loss: Loss,
        data: Data,
        bias: bool | Sequence[bool] = True,
    ) -> None:
        super().__init__(widths, bias)
        self.data, self.criterion = data, loss
        self._activation = named(activation) if isinstance(activation, str) else activation
        if self.sizes[0] != data.width:
            raise ShapeError(f"the first width is the number of inputs; got {self.sizes[0]} for {data}; use {data.width}")
        loss.require_fit(data, self.sizes[-1])
        self._traits = Traits(
            smooth=self._activation.smooth and loss.smooth,
            analytic=self._activation.analytic and loss.analytic,
            convex_in_outputs=loss.convex,
            nonnegative=loss.nonnegative,
            chance=loss.chance(data),
            loss=loss.name,
            factor=loss.factor if isinstance(loss, SquaredLoss) else None,
        )

    def __repr__(self) -> str:
        return f"MLP({'-'.join(map(str, self.sizes))}, {self._activation.name}, {self.criterion.name}, {self.data})"

    @property
    def traits(self) -> Traits:
        """What follows from the types of activation and loss, and the chance level on the data."""
        return self._traits

    @property
    def activation(self) -> NumpyActivation:
        """The activation sigma of the hidden layers."""
        return self._activation

    @property
    def inputs(self) -> Floats:
        """X, shape (n, d)."""
        return self.data.inputs

    @property
    def targets(self) -> NDArray[Any]:
        """Class indices (n,) or target vectors (n, k)."""
        return self.data.targets

    def preactivations(self, theta: Parameters, layer: int) -> Floats:
        """Z_l = F_{l-1} W_l^T + b_l, shape (n, n_l), l = 1..L."""
        weight, bias = self.layers(theta)[layer - 1]
        return self.features(theta, layer - 1) @ weight.T + bias

    def features(self, theta: Parameters, layer: int) -> Floats:
        """F_l = sigma(Z_l), shape (n, n_l), l = 0..L-1, with F_0 = X."""
        found = self.inputs
        for weight, bias in self.layers(theta)[:layer]:
            found = self._activation.value(found @ weight.T + bias)
        return found

    def outputs(self, theta: Parameters) -> Floats:
        """z(theta) = Z_L, shape (n, k)."""
        return self.preactivations(theta, self.depth)

    def loss_of_outputs(self, outputs: Floats) -> float:
        """mean_i l(z_i, y_i) of given outputs, shape (n, k)."""
        return self.criterion.value(outputs, self.targets)

    def loss(self, theta: Parameters) -> float:
        """L(theta) = mean_i l(z_i(theta), y_i)."""
        return self.loss_of_outputs(self.outputs(theta))

    def error(self, theta: Parameters) -> float | None:
        """The fraction of examples whose largest output is not that of their class; None where the data have no classes."""
        if self.data.classes is None:
            return None
        return float((self.outputs(theta).argmax(axis=1) != self.targets).mean())

    def losses(self, thetas: Sequence[Parameters]) -> Floats:
        """L at several points, shape (g,)."""
        return np.array([self.loss(theta) for theta in thetas], dtype=np.float64)

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) = L(theta_t) at the positions ts, shape (g,).

        The layer that meets the data is affine in t, so two products with X serve all positions; the rest goes block of
        rows by block of rows, which keeps the features of a block in the cache.
        """
        first_a, first_b = self.preactivations(theta_a, 1), self.preactivations(theta_b, 1)
        totals, block = np.zeros(len(ts)), max(1, BLOCK // max(self.sizes[1:]))
        # written into instead of made anew: for blocks of this size NumPy's temporaries cost more than the sums
        room_a, room_b = np.empty((2, block, self.sizes[1]))
        for position, t in enumerate(map(float, ts)):
            above = self.layers(chord_point(theta_a, theta_b, t))[1:]
            for start in range(0, self.data.count, block):
                rows = slice(start, start + block)
                left, right = first_a[rows], first_b[rows]
                z = np.multiply(left, 1 - t, out=room_a[: len(left)])
                z += np.multiply(right, t, out=room_b[: len(right)])
                for weight, bias in above:
                    z = self._activation.value(z) @ weight.T + bias
                totals[position] += self.criterion.per_example(z, self.targets[rows]).sum()
        return totals / self.data.count

    def jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Jet:
        """phi, phi', phi'' at position t, by Taylor numbers through the layers; where a gate is 0, the one-sided pieces of it."""
        return self._jet(chord_point(theta_a, theta_b, t), theta_b - theta_a)

    def output_jet(self, theta_a: Parameters, theta_b: Parameters, t: float) -> Taylor:
        """z, z', z'' at position t of the chord, shape (n, k) each."""
        return self._outputs_along(chord_point(theta_a, theta_b, t), theta_b - theta_a)

    def loss_gradient(self, outputs: Floats) -> Floats:
        """grad_z l(z_i, y_i) of given outputs, shape (n, k); per example, not divided by n."""
        return self.criterion.gradient(outputs, self.targets)

    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """direction^T H(theta) direction."""
        return self._jet(theta, direction).curvature

    def gradient(self, theta: Parameters) -> Parameters:
        """grad L(theta), backwards: D_L = grad_z l / n, grad W_l = D_l^T F_{l-1}, D_{l-1} = (D_l W_l) * sigma'(Z_{l-1})."""
        layers, zs, features = self.layers(theta), [], [self.inputs]
        for weight, bias in layers:
            zs.append(features[-1] @ weight.T + bias)
            features.append(self._activation.value(zs[-1]))
        found: dict[str, Floats] = {}
        back = self.criterion.gradient(zs[-1], self.targets) / self.data.count
        for layer in range(self.depth, 0, -1):
            found[self.weight_name(layer)] = back.T @ features[layer - 1]
            if name := self.bias_name(layer):
                found[name] = back.sum(axis=0)
            if layer > 1:
                back = (back @ layers[layer - 1].weight) * self._activation.first(zs[layer - 2])
        return Parameters({name: found[name] for name in self.shapes})

    def _jet(self, theta: Parameters, step: Parameters) -> Jet:
        z = self._outputs_along(theta, step)
        slopes = self.criterion.gradient(z.value, self.targets)
        bends = self.criterion.curvature(z.value, self.targets, z.first)
        return Jet(
            self.loss_of_outputs(z.value),
            float((slopes * z.first).sum() / self.data.count),
            float(((slopes * z.second).sum() + bends.sum()) / self.data.count),
        )

    def _outputs_along(self, theta: Parameters, step: Parameters) -> Taylor:
        """z with its first two derivatives in t at theta + t step, t = 0."""
        z = constant(self.inputs)
        for layer, (here, change) in enumerate(zip(self.layers(theta), self.layers(step), strict=True)):
            if layer:
                z = activated(z, self._activation)
            z = affine(z, here.weight, change.weight, here.bias, change.bias)
        return z
