"""Dense torch networks with everything that layer-wise measurements need: Flatten, Linear, activation, ..., Linear."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.arrays import like, to_numpy
from toykit.bridge.evaluating.columns import Dense, dense_profile
from toykit.bridge.evaluating.dense_jets import Moving, dense_jet, loss_jet
from toykit.bridge.evaluating.jets import TensorJet
from toykit.bridge.evaluating.memory import out_of_memory, within_memory
from toykit.bridge.evaluating.sums import LossSums, loss_sums
from toykit.bridge.landscapes.channel_chain import ChannelChain, channel_chain
from toykit.bridge.landscapes.channelled import ChannelTorch
from toykit.bridge.landscapes.conversion import Chain, could_be_dense, dense_chain, traced_chain
from toykit.bridge.landscapes.criterion import Criterion, MeanLoss
from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.landscapes.traced_channels import traced_channels
from toykit.bridge.models import mlp
from toykit.errors import InputError
from toykit.landscape import Activation, Floats, Jet, Layered
from toykit.losses import Loss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters


class LayeredTorch(TorchLandscape):
    """The landscape of any module that is a chain of dense layers with one activation; parameters keep the module's own names.

    It takes what `TorchLandscape` takes; a `chain` that is known already need not be found again.

    Raises:
        InputError: the module is not of this form; which operator is not, and why.

    """

    def __init__(
        self,
        module: nn.Module,
        loss: MeanLoss | nn.Module | Criterion | Loss,
        data: object,
        *,
        chain: Chain | None = None,
        **options: Any,
    ) -> None:
        super().__init__(module, loss, data, **options)
        found = chain or dense_chain(self._module) or traced_chain(self._module, self.data.inputs)
        self._weights, self._biases = found.weights, found.biases
        self._nonlinearity, self._activation, self._in_place = found.nonlinearity, found.activation, found.in_place
        self._flat = self.data.inputs.flatten(1)
        self._forward_mode = True  # Linear, the known activations and losses have been tried against two backward passes

    @property
    def depth(self) -> int:
        """L, the number of weight layers."""
        return len(self._weights)

    @property
    def widths(self) -> tuple[int, ...]:
        """n_1..n_{L-1}, input and output excluded."""
        return tuple(len(self._start[name]) for name in self._weights[:-1])

    @property
    def activation(self) -> Activation:
        """The activation of the hidden layers."""
        return self._activation

    @property
    def inputs(self) -> Tensor:
        """X, flattened to shape (n, d)."""
        return self._flat

    def weight_name(self, layer: int) -> str:
        """The name of W_l, shape (n_l, n_{l-1}), l = 1..L."""
        return self._weights[layer - 1]

    def bias_name(self, layer: int) -> str | None:
        """The name of b_l, shape (n_l,); None where the layer has no bias."""
        return self._biases[layer - 1]

    def preactivations(self, theta: Parameters, layer: int) -> Tensor:
        """Z_l = F_{l-1} W_l^T + b_l, shape (n, n_l), l = 1..L."""
        return self._above(self._point(theta), self.features(theta, layer - 1), layer)

    def features(self, theta: Parameters, layer: int) -> Tensor:
        """F_l after the activation, shape (n, n_l), l = 0..L-1, with F_0 = X."""
        point, found = self._point(theta), self._flat
        for below in range(1, layer + 1):
            with torch.no_grad():
                found = self._nonlinearity(self._above(point, found, below))
        return found

    def profile(self, theta_a: Parameters, theta_b: Parameters, ts: Floats) -> Floats:
        """phi(t) = L(theta_t) at the positions ts, shape (g,), with the first layer computed once for all positions.

        It launches few operations per position, so positions pass together only where `points_at_once` was asked for.
        """
        if self.depth == 1 or (self._together.asked and self.points_at_once > 1):
            return super().profile(theta_a, theta_b, ts)
        a, b = self._point(theta_a), self._point(theta_b)
        try:
            values = self._dense_profile(a, b, ts)
        except RuntimeError as error:
            if not out_of_memory(error):
                raise
            warnings.warn(
                "memory did not hold several positions of a chord; the profile goes on position after position", stacklevel=2
            )
            values = np.full(len(ts), np.nan)
        overflowed = ~np.isfinite(values)
        if overflowed.any():
            values[overflowed] = super().profile(a, b, ts[overflowed])
        return values

    def _dense_profile(self, a: Parameters, b: Parameters, ts: Floats) -> Floats:
        layers = [self._dense(a, b, layer) for layer in range(1, self.depth + 1)]
        positions = torch.as_tensor(ts, device=self.device).to(self.dtype)
        order = self._sums.order
        with torch.no_grad():
            inputs = self._flat if order is None else self._flat[order]
            found = dense_profile(layers, self._in_place, inputs, self._sums, positions)
        values: Floats = found.cpu().numpy()
        return values

    @cached_property
    def _sums(self) -> LossSums:
        return loss_sums(self.criterion, self._fitted, len(self._start[self._weights[-1]]))

    def _jet(self, theta: Parameters, direction: Parameters) -> Jet:
        outputs = self._output_jet(theta, direction)
        return Jet(*map(float, loss_jet(lambda z: self.criterion(z, self._fitted), outputs)))

    @within_memory
    def _output_jet(self, theta: Parameters, direction: Parameters) -> TensorJet:
        layers = []
        for weight, bias in ((self.weight_name(layer), self.bias_name(layer)) for layer in range(1, self.depth + 1)):
            biases = (theta[bias], direction[bias]) if bias else (None, None)
            layers.append(Moving(theta[weight], direction[weight], *biases))
        with torch.no_grad():
            found = [dense_jet(layers, self._nonlinearity, self._flat[rows]) for rows in self._chunks()]
        return TensorJet(*(torch.cat(parts) for parts in zip(*found, strict=True)))

    def _dense(self, a: Parameters, b: Parameters, layer: int) -> Dense:
        weight, bias = self.weight_name(layer), self.bias_name(layer)
        return Dense(a[weight], b[weight], a[bias] if bias else None, b[bias] if bias else None)

    def _above(self, point: Parameters, features: Tensor, layer: int) -> Tensor:
        bias = self.bias_name(layer)
        return functional.linear(features, point[self.weight_name(layer)], point[bias] if bias else None)


def landscape(
    module: nn.Module, loss: MeanLoss | nn.Module | Criterion | Loss, data: object, **options: Any
) -> TorchLandscape | LayeredTorch:
    """`LayeredTorch` for a chain of dense layers, `ChannelTorch` for one of convolutions, else `TorchLandscape`.

    A module that is no `nn.Sequential` is traced where its parameters may be those of a chain. The options are those of
    `TorchLandscape`.
    """
    chain, channels = dense_chain(module), channel_chain(module)
    if chain is not None:
        return LayeredTorch(module, loss, data, chain=chain, **options)
    if isinstance(channels, ChannelChain) and channels.convolutional:
        return ChannelTorch(module, loss, data, **options)
    found = TorchLandscape(module, loss, data, **options)
    if could_be_dense(module):
        try:
            return LayeredTorch(module, loss, data, chain=traced_chain(found._module, found.inputs), **options)
        except InputError:
            return found
    channels = traced_channels(found._module, found.inputs)
    return found if isinstance(channels, str) else ChannelTorch(module, loss, data, chain=channels, **options)


def from_toy(net: MLP, **options: Any) -> LayeredTorch:
    """The torch twin of a toy network: same data, loss and activation; translate its parameters with `translated`."""
    module: str | nn.Module = net.activation.name
    if module == "leaky_relu":
        module = nn.LeakyReLU(net.activation.negative_slope)
    return LayeredTorch(mlp(net.sizes, module, bias=net.biased), net.criterion, net.data, **options)


def translated(theta: Parameters, source: Layered, target: Layered) -> Parameters:
    """theta under the names of another layered network with the same layers; `target` fixes backend, dtype and device."""
    names: dict[str, str] = {}
    for layer in range(1, source.depth + 1):
        names[target.weight_name(layer)] = source.weight_name(layer)
        theirs, ours = target.bias_name(layer), source.bias_name(layer)
        if theirs is not None and ours is not None:
            names[theirs] = ours
    return Parameters({new: like(to_numpy(theta[old]), target.inputs) for new, old in names.items()})
