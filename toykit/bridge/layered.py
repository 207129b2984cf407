"""Dense torch networks with everything that layer-wise measurements need: Flatten, Linear, activation, ..., Linear."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.arrays import like, to_numpy
from toykit.bridge.columns import Dense, dense_profile
from toykit.bridge.criterion import Criterion, MeanLoss
from toykit.bridge.dense_jets import Moving, dense_jet, loss_jet
from toykit.bridge.jets import TensorJet
from toykit.bridge.landscape import TorchLandscape
from toykit.bridge.models import mlp
from toykit.bridge.sums import LossSums, loss_sums
from toykit.errors import InputError
from toykit.landscape import Activation, Floats, Jet, Layered
from toykit.losses import Loss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters

InPlace = Callable[[Tensor], Tensor]
SKIPPED = (nn.Identity, nn.Dropout)
"""What does nothing between dense layers; an active dropout has been refused before."""


class LayeredTorch(TorchLandscape):
    """The landscape of an `nn.Sequential` of dense layers with one activation; parameters keep the module's own names.

    It takes what `TorchLandscape` takes.

    Raises:
        InputError: the module is not of this form.

    """

    def __init__(self, module: nn.Module, loss: MeanLoss | nn.Module | Criterion | Loss, data: object, **options: Any) -> None:
        super().__init__(module, loss, data, **options)
        found = dense_chain(self._module)
        if found is None:
            raise InputError(
                "a layered network is nn.Sequential(Linear, activation, ..., Linear) with one activation; got "
                f"{type(module).__name__}; use toykit.bridge.landscape(...), which takes any module"
            )
        self._names = found.names
        self._linears: list[Any] = [self._module.get_submodule(name) for name in self._names]
        self._nonlinearity, self._activation, self._in_place = found.nonlinearity, found.activation, found.in_place
        self._flat = self.data.inputs.flatten(1)
        self._forward_mode = True  # Linear, the known activations and losses have been tried against two backward passes

    @property
    def depth(self) -> int:
        """L, the number of weight layers."""
        return len(self._names)

    @property
    def widths(self) -> tuple[int, ...]:
        """n_1..n_{L-1}, input and output excluded."""
        return tuple(linear.out_features for linear in self._linears[:-1])

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
        return f"{self._names[layer - 1]}.weight"

    def bias_name(self, layer: int) -> str | None:
        """The name of b_l, shape (n_l,); None where the layer has no bias."""
        return None if self._linears[layer - 1].bias is None else f"{self._names[layer - 1]}.bias"

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
        """phi(t) = L(theta_t) at the positions ts, shape (g,), with the first layer computed once for all positions."""
        if self.depth == 1:
            return super().profile(theta_a, theta_b, ts)
        a, b = self._point(theta_a), self._point(theta_b)
        layers = [self._dense(a, b, layer) for layer in range(1, self.depth + 1)]
        positions = torch.as_tensor(ts, device=self.device).to(self.dtype)
        order = self._sums.order
        with torch.no_grad():
            inputs = self._flat if order is None else self._flat[order]
            found = dense_profile(layers, self._in_place, inputs, self._sums, positions)
        values = found.cpu().numpy()
        overflowed = ~np.isfinite(values)
        if overflowed.any():
            values[overflowed] = super().profile(a, b, ts[overflowed])
        return values

    @cached_property
    def _sums(self) -> LossSums:
        return loss_sums(self.criterion, self._fitted, self._linears[-1].out_features)

    def _jet(self, theta: Parameters, direction: Parameters) -> Jet:
        outputs = self._output_jet(theta, direction)
        return Jet(*map(float, loss_jet(lambda z: self.criterion(z, self._fitted), outputs)))

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
    """`LayeredTorch` where the module is a chain of dense layers, else `TorchLandscape`; the options are those of the latter."""
    return (TorchLandscape if dense_chain(module) is None else LayeredTorch)(module, loss, data, **options)


class Chain(NamedTuple):
    """The names of the Linear modules, and the one activation between them: as a module, by traits, and in place."""

    names: list[str]
    nonlinearity: nn.Module
    activation: Activation
    in_place: InPlace


def dense_chain(module: nn.Module) -> Chain | None:
    """The dense layers of an `nn.Sequential` and their activation; None where the module is something else."""
    if type(module) is not nn.Sequential:
        return None
    own = dict(module.named_parameters())  # without the second name of a shared array
    names: list[str] = []
    after: list[nn.Module] = []  # what follows each Linear, Identity where nothing does
    for name, part in module._modules.items():  # named_children() would pass over the second use of one activation
        if type(part) is nn.Linear and f"{name}.weight" not in own:
            return None
        if type(part) is nn.Linear:
            names.append(name)
            after.append(nn.Identity())
        elif isinstance(part, nn.Flatten):
            if names or (part.start_dim, part.end_dim) != (1, -1):
                return None
        elif isinstance(part, SKIPPED):
            continue
        elif names and isinstance(after[-1], nn.Identity) and described(part) is not None:
            after[-1] = part
        else:
            return None
    hidden = after[:-1] or [nn.Identity()]
    known = described(hidden[0])
    if not names or not isinstance(after[-1], nn.Identity) or len(set(map(repr, hidden))) > 1 or known is None:
        return None
    return Chain(names, hidden[0], *known)


def described(part: nn.Module) -> tuple[Activation, InPlace] | None:
    """What the theory asks of an activation module, and the module as a function that overwrites its argument."""
    match part:
        case nn.Identity():
            return _activation("identity", True, linear=True, slope=1.0), lambda u: u
        case nn.ReLU():
            return _activation("relu", False, linear=True), torch.relu_
        case nn.LeakyReLU():
            slope = part.negative_slope
            return _activation("leaky_relu", False, linear=True, slope=slope), lambda u: functional.leaky_relu_(u, slope)
        case nn.Tanh():
            return _activation("tanh", True), torch.tanh_
        case nn.Sigmoid():
            return _activation("sigmoid", True), torch.sigmoid_
        case nn.Softplus(beta=1, threshold=20):
            return _activation("softplus", True), lambda u: u.copy_(functional.softplus(u))
        case nn.GELU(approximate="none"):
            return _activation("gelu", True), lambda u: u.copy_(functional.gelu(u))
        case nn.SiLU():
            return _activation("silu", True), lambda u: functional.silu(u, inplace=True)
    return None


def _activation(name: str, smooth: bool, linear: bool = False, slope: float = 0.0) -> Activation:
    return Activation(name, smooth=smooth, analytic=smooth, piecewise_linear=linear, negative_slope=slope)


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
