"""Losses of torch outputs: any callable that returns the mean over examples, with what is known about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.landscapes.examples import Examples
from toykit.errors import InputError, ShapeError
from toykit.losses import CrossEntropy, Loss, SquaredLoss

MeanLoss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Criterion:
    """A mean loss l(outputs, targets) with its traits; wrap a loss of your own in it to declare what is true of it.

    `factor` is c of c |z - y|^2 (None: 1/k, the mean over outputs too) where `name` is "squared"; labels are then one-hot.
    `plain` says that the mean is (1/n) sum_i l(z_i, y_i) without weights, so that the formulas of this package may replace it.
    """

    mean: MeanLoss
    name: str = "custom"
    convex: bool = False
    smooth: bool = False
    analytic: bool = False
    nonnegative: bool = False
    plain: bool = False
    factor: float | None = None

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss, a scalar."""
        return self.mean(outputs, targets)

    def scale(self, outputs: int) -> float | None:
        """c of the squared loss c |z - y|^2 for `outputs` outputs, None for every other loss."""
        if not (self.plain and self.name == "squared"):
            return None
        return 1 / outputs if self.factor is None else self.factor

    def chance(self, targets: Tensor) -> float | None:
        """min_z mean_i l(z, y_i), the loss of the best constant output; None where it is not known."""
        if not self.plain:
            return None
        if self.name == "cross-entropy":
            shares = targets.double().mean(0) if targets.is_floating_point() else torch.bincount(targets).double() / len(targets)
            shares = shares[shares > 0]
            return float(-(shares * shares.log()).sum()) + 0.0
        vectors = targets.double()
        factor = self.scale(vectors[0].numel())
        return None if factor is None else factor * float(((vectors - vectors.mean(0)) ** 2).sum()) / len(vectors)


def squared(factor: float = 0.5) -> Criterion:
    """factor * mean_i |z_i - y_i|^2, summed over outputs, as `toykit.losses.SquaredLoss`."""

    def mean(outputs: Tensor, targets: Tensor) -> Tensor:
        return factor * ((outputs - targets) ** 2).sum() / len(outputs)

    return Criterion(mean, "squared", convex=True, smooth=True, analytic=True, nonnegative=True, plain=True, factor=factor)


def cross_entropy() -> Criterion:
    """mean_i log sum_k exp z_ik - z_iy, in nats."""
    return _recognised(_cross_entropy, "cross-entropy")


def criterion(loss: object, convex: bool | None = None) -> Criterion:
    """The criterion of a torch loss module, of a callable, or of a toy loss; `convex` overrides what is known.

    Raises:
        InputError: the loss is not callable or does not take the mean.

    """
    found = _known(loss)
    if convex is None or convex == found.convex:
        return found
    return replace(found, convex=convex)


def fitted_targets(loss: Criterion, data: Examples, probe: Tensor) -> Tensor:
    """The targets in the form the loss takes: one-hot rows for labels under the squared loss.

    Raises:
        ShapeError: the targets do not fit the outputs.
        InputError: there are fewer outputs than labels.

    """
    targets, outputs = data.targets, tuple(probe.shape[1:])
    if data.labelled and loss.name in {"cross-entropy", "squared"}:
        needed = max(data.classes or 0, int(targets.max()) + 1)
        if not outputs or outputs[0] < needed:
            raise InputError(
                f"a classifier has an output per class; got outputs {outputs} for {needed} classes; widen the last layer"
            )
        if loss.name == "squared":
            return functional.one_hot(targets, outputs[0]).to(probe.dtype)
    elif loss.name == "squared" and tuple(targets.shape[1:]) != outputs:
        raise ShapeError(f"targets have the shape of the outputs; got {tuple(targets.shape[1:])} and {outputs}; reshape one")
    return targets


def _known(loss: Any) -> Criterion:
    reduction = getattr(loss, "reduction", "mean")
    if reduction != "mean":
        raise InputError(f"the loss of a landscape is a mean; got reduction={reduction!r}; use reduction='mean'")
    if isinstance(loss, Criterion):
        return loss
    if isinstance(loss, Loss):
        return _toy(loss)
    if loss is functional.cross_entropy or (type(loss) is nn.CrossEntropyLoss):
        changed = isinstance(loss, nn.CrossEntropyLoss) and (loss.weight is not None or loss.label_smoothing > 0)
        return _recognised(loss, "cross-entropy", plain=False) if changed else cross_entropy()
    if loss is functional.mse_loss or type(loss) is nn.MSELoss:
        return _recognised(loss, "squared")
    if not callable(loss):
        raise InputError(f"a loss is a function of (outputs, targets); got {type(loss).__name__}; use nn.CrossEntropyLoss()")
    return Criterion(loss, type(loss).__name__ if isinstance(loss, nn.Module) else getattr(loss, "__name__", "custom"))


def _toy(loss: Loss) -> Criterion:
    if isinstance(loss, SquaredLoss):
        return squared(loss.factor)
    if isinstance(loss, CrossEntropy):
        return cross_entropy()
    raise InputError(f"the toy losses known in torch are the squared loss and cross-entropy; got {loss.name}; give a torch loss")


def _recognised(mean: MeanLoss, name: str, plain: bool = True) -> Criterion:
    return Criterion(mean, name, convex=True, smooth=True, analytic=True, nonnegative=True, plain=plain)


def _cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """mean_i log(1 + sum_{k != y_i} exp(z_ik - z_iy)), shifted by m_i >= 0 against overflow.

    torch forms log(sum exp) instead, which loses the digits of losses far below 1: all of them below 1e-16.
    """
    if targets.is_floating_point() or outputs.ndim != 2:
        return functional.cross_entropy(outputs, targets)
    label = targets[:, None]
    others = (outputs - outputs.gather(1, label)).scatter(1, label, -math.inf)
    shift = others.amax(1).clamp(min=0).detach()
    return (shift + torch.log1p(torch.exp(others - shift[:, None]).sum(1) + torch.expm1(-shift))).mean()
