"""Losses of all examples at several points at once, from outputs with one row per class."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from toykit.bridge.landscapes.criterion import Criterion


@dataclass(frozen=True)
class LossSums:
    """A function from outputs (p, k, n) at p points, which it may overwrite, to sum_i l(z_i, y_i) in float64, shape (p,).

    Column i of the outputs belongs to example `order[i]`; None: the examples stand as they are.
    """

    order: Tensor | None
    _of: Callable[[Tensor], Tensor]

    def __call__(self, outputs: Tensor) -> Tensor:
        """The sum of the losses at every point."""
        return self._of(outputs)


def loss_sums(loss: Criterion, targets: Tensor, outputs: int) -> LossSums:
    """The sums of a loss on fixed targets in the form that it takes, for `outputs` outputs."""
    if loss.plain and loss.name == "cross-entropy" and not targets.is_floating_point():
        return LossSums(targets.argsort(stable=True), _cross_entropy(torch.bincount(targets, minlength=outputs).tolist()))
    factor = loss.scale(outputs)
    if factor is not None:
        columns = targets.T.contiguous()
        return LossSums(None, lambda z: factor * z.sub_(columns).square_().sum(1).sum(1, dtype=torch.float64))
    return LossSums(None, lambda z: torch.stack([loss(point.T, targets).double() * len(targets) for point in z]))


def _cross_entropy(counts: list[int]) -> Callable[[Tensor], Tensor]:
    """sum_i log(1 + sum_{k != y_i} exp(z_ik - z_iy)) of examples sorted by class, `counts` of each.

    log1p keeps the digits of a small loss, and no maximum is needed unless exp overflows: then the sum is infinite.
    """

    def sums(outputs: Tensor) -> Tensor:
        for label, columns in enumerate(torch.split(outputs, counts, dim=2)):
            own = columns[:, label : label + 1]
            columns.sub_(own.clone())
            own.fill_(-math.inf)
        return outputs.exp_().sum(1).log1p_().sum(1, dtype=torch.float64)

    return sums
