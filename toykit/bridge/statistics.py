"""Batch normalisation written out: y = w (x - mean) / sqrt(var + eps) + b, with the statistics as explicit choices.

The built-in kernel treats running statistics as constants, so derivatives along a chord that moves them would be wrong.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.errors import InputError

Statistics = Literal["move", "reset", "fixed"]
"""`move`: running mean and variance belong to theta; `reset`: mean and biased variance over all examples, anew at every
theta; `fixed`: the running statistics of the module that was handed in, whatever theta is."""


class Normalised(nn.Module):
    """The normalisation of a `_BatchNorm` module, with its names of parameters and buffers."""

    def __init__(self, norm: _BatchNorm, statistics: Statistics) -> None:
        super().__init__()
        self.eps = norm.eps
        self.statistics = statistics
        self.weight, self.bias = norm.weight, norm.bias
        self.register_buffer("running_mean", norm.running_mean)
        self.register_buffer("running_var", norm.running_var)

    def forward(self, x: Tensor) -> Tensor:
        """The normalised x, shape (n, channels, ...)."""
        around = [1, -1] + [1] * (x.ndim - 2)
        if self.statistics == "reset":
            over = [axis for axis in range(x.ndim) if axis != 1]
            mean = x.mean(over)
            variance = ((x - mean.view(around)) ** 2).mean(over)
        else:
            mean, variance = self.get_buffer("running_mean"), self.get_buffer("running_var")
        normal = (x - mean.view(around)) / torch.sqrt(variance.view(around) + self.eps)
        if self.weight is None:
            return normal
        return normal * self.weight.view(around) + self.bias.view(around)


def has_batch_norm(module: nn.Module) -> bool:
    """Whether batch normalisation occurs anywhere in the module."""
    return any(isinstance(part, _BatchNorm) for part in module.modules())


def has_reset_statistics(module: nn.Module) -> bool:
    """Whether an output depends on all examples at once."""
    return any(isinstance(part, Normalised) and part.statistics == "reset" for part in module.modules())


def normalise(module: nn.Module, statistics: Statistics) -> None:
    """Exchange every batch normalisation inside `module` for `Normalised`, in place.

    Raises:
        InputError: the choice is unknown, or a layer has no running statistics to move or to fix.

    """
    if statistics not in get_args(Statistics):
        raise InputError(f"statistics are one of {', '.join(get_args(Statistics))}; got {statistics!r}; choose one")
    for parent in list(module.modules()):
        for name, part in list(parent.named_children()):
            if not isinstance(part, _BatchNorm):
                continue
            if part.running_mean is None and statistics != "reset":
                raise InputError(
                    f"statistics can be {statistics}d where they are kept; {name} keeps none; use statistics='reset'"
                )
            setattr(parent, name, Normalised(part, statistics))
