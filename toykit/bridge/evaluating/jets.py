"""phi, phi', phi'' along a direction by nested forward mode: about three forward passes, and no graph is stored."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.func import jvp

from toykit.bridge.evaluating.precision import full_precision
from toykit.landscape import Jet
from toykit.parameters import Parameters

with warnings.catch_warnings():  # the first call of jvp compiles its rules with torch.jit, and torch deprecates that itself
    warnings.simplefilter("ignore", DeprecationWarning)
    jvp(torch.sin, (torch.zeros(()),), (torch.ones(()),))


class TensorJet(NamedTuple):
    """f(0), f'(0), f''(0) of a curve s -> f(s), three tensors of one shape."""

    value: Tensor
    first: Tensor
    second: Tensor

    def numbers(self) -> Jet:
        """The jet of a loss as numbers on the host."""
        return Jet(*map(float, self))


def forward_jet(curve: Callable[[Tensor], Tensor], like: Tensor) -> TensorJet:
    """The jet at s = 0 of a function of one scalar, in the dtype and on the device of `like`."""
    at, one = like.new_zeros(()), like.new_ones(())

    def once(s: Tensor) -> tuple[Tensor, Tensor]:
        value, slope = jvp(curve, (s,), (one,))[:2]
        return value, slope

    values, slopes = jvp(once, (at,), (one,))[:2]
    return TensorJet(values[0], values[1], slopes[1])


def composed(outer: Callable[[Tensor], Tensor], inner: TensorJet) -> TensorJet:
    """The jet of outer(z(s)), which sees z only through z(0), z'(0), z''(0)."""
    return forward_jet(lambda s: outer(inner.value + s * inner.first + (s * s / 2) * inner.second), inner.value)


def forward_mode_is_right(
    network: Callable[[Mapping[str, Tensor]], Tensor],
    loss: Callable[[Tensor], Tensor],
    theta: Parameters,
    step: Parameters,
    relative: float,
) -> bool:
    """Whether nested forward mode agrees with two backward passes at theta along a step, as far as `relative`.

    Some kernels have no rule for forward mode, and the rule of layer normalisation loses its second derivative in silence.
    """
    like = next(iter(theta.values())).new_zeros(())
    try:
        with torch.no_grad():
            outputs = forward_jet(lambda s: network({name: array + s * step[name] for name, array in theta.items()}), like)
            forward = composed(loss, outputs)
    except (NotImplementedError, RuntimeError):
        return False
    backward = backward_jet(lambda point: loss(network(point)), theta, step)
    return all(math.isclose(f, b, rel_tol=relative) for f, b in zip(forward.numbers(), backward.numbers(), strict=True))


@full_precision()
def backward_jet(loss: Callable[[Mapping[str, Tensor]], Tensor], theta: Parameters, direction: Parameters) -> TensorJet:
    """L, <grad L, d>, d^T H d at theta by two backward passes through a stored graph: the naive twin."""
    leaves = {name: array.detach().clone().requires_grad_() for name, array in theta.items()}
    with torch.enable_grad():
        value = loss(leaves)
        slopes = torch.autograd.grad(value, list(leaves.values()), create_graph=True, allow_unused=True, materialize_grads=True)
        first = _inner(slopes, direction)
        if not first.requires_grad:  # L is affine in theta
            return TensorJet(value.detach(), first, torch.zeros_like(first))
        bends = torch.autograd.grad(first, list(leaves.values()), allow_unused=True, materialize_grads=True)
    return TensorJet(value.detach(), first.detach(), _inner(bends, direction))


def _inner(slopes: Sequence[Tensor], direction: Parameters) -> Tensor:
    return torch.stack([(slope * array).sum() for slope, array in zip(slopes, direction.values(), strict=True)]).sum()
