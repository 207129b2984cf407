"""The jet of a dense torch network along a direction by the formulas of its layers, and of its loss behind the outputs.

Z = F W^T + b has Z' = F' W^T + F dW^T + db and Z'' = F'' W^T + 2 F' dW^T, as in `toykit.jets`: five products per layer and
no graph of the network. Nested forward mode gives the same; on a CPU it took five to eight times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.evaluating.jets import TensorJet

PIECEWISE_LINEAR = (nn.Identity, nn.ReLU, nn.LeakyReLU)
"""Activations with sigma'' = 0, for which no second pass is made."""


class Moving(NamedTuple):
    """W (n_l, n_{l-1}) and b (n_l,) of a layer at one point, and their rates dW and db; biases are None where there are none."""

    weight: Tensor
    weight_rate: Tensor
    bias: Tensor | None
    bias_rate: Tensor | None


def dense_jet(layers: Sequence[Moving], activation: nn.Module, inputs: Tensor) -> TensorJet:
    """z, z', z'' of the outputs on inputs (n, d), each of shape (n, k)."""
    weight, rate, bias, bias_rate = layers[0]
    z = functional.linear(inputs, weight, bias)
    found = TensorJet(z, functional.linear(inputs, rate, bias_rate), torch.zeros_like(z))
    for weight, rate, bias, bias_rate in layers[1:]:
        value, first, second = activated(activation, found)
        found = TensorJet(
            functional.linear(value, weight, bias),
            functional.linear(value, rate, bias_rate) + functional.linear(first, weight),
            functional.linear(second, weight) + 2 * functional.linear(first, rate),
        )
    return found


def activated(activation: nn.Module, z: TensorJet) -> TensorJet:
    """The jet of an element-wise activation: sigma, sigma' z', sigma' z'' + sigma'' z'^2."""
    leaf = z.value.detach().requires_grad_()
    with torch.enable_grad():
        value = activation(leaf)
        bent = not isinstance(activation, PIECEWISE_LINEAR)
        (slope,) = torch.autograd.grad(value.sum(), leaf, create_graph=bent)
        second = slope.detach() * z.second
        if slope.requires_grad:
            (bend,) = torch.autograd.grad(slope.sum(), leaf, materialize_grads=True)
            second = second + bend * z.first * z.first
    return TensorJet(value.detach(), slope.detach() * z.first, second)


def loss_jet(loss: Callable[[Tensor], Tensor], z: TensorJet) -> TensorJet:
    """phi, phi' = <grad l, z'> and phi'' = <z', hess l z'> + <grad l, z''> of a loss of all outputs, by two passes through it."""
    leaf = z.value.detach().requires_grad_()
    with torch.enable_grad():
        value = loss(leaf)
        (gradient,) = torch.autograd.grad(value, leaf, create_graph=True)
        slope, bend = (gradient * z.first).sum(), (gradient.detach() * z.second).sum()
        if slope.requires_grad:  # else the loss is affine in the outputs
            (turned,) = torch.autograd.grad(slope, leaf)
            bend = bend + (turned * z.first).sum()
    return TensorJet(value.detach(), slope.detach(), bend)
