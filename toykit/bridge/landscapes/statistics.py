"""Batch normalisation written out: y = w (x - mean) / sqrt(var + eps) + b, with the statistics as explicit choices.

The built-in kernel treats running statistics as constants, so derivatives along a chord that moves them would be wrong.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.bridge.evaluating.precision import full_precision
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
        scale = torch.rsqrt(variance + self.eps)
        shift = -mean * scale
        if self.weight is not None:
            scale, shift = scale * self.weight, shift * self.weight + self.bias
        # one pass over the maps in place of four, which took longer than the convolutions of a small network
        return torch.addcmul(shift.view(around), x, scale.view(around))


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


@full_precision()
def reset_statistics(module: nn.Module, inputs: Tensor) -> dict[str, Tensor]:
    """Running mean and biased variance of every batch normalisation over all `inputs`, by the names of the state dict.

    Layer after layer: each sees what the corrected layers below it give. For a combination of networks this replaces the
    mixed statistics, which belong to no network. `module.load_state_dict(found, strict=False)` puts them in place; in
    evaluation mode the module then normalises as with statistics="reset". The module itself is not changed.

    Raises:
        InputError: the module has no batch normalisation.

    """
    own = copy.deepcopy(module).eval()
    normalise(own, "reset")
    parts = {name: part for name, part in own.named_modules() if isinstance(part, Normalised)}
    if not parts:
        raise InputError(
            f"statistics can be reset in batch normalisation; {type(module).__name__} has none; use toykit.combining.renormalise"
        )
    found: dict[str, Tensor] = {}

    def record(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def seen(_: nn.Module, given: tuple[Tensor, ...]) -> None:
            rows = given[0].transpose(0, 1).flatten(1)
            found[f"{name}.running_mean"], found[f"{name}.running_var"] = rows.mean(1), rows.var(1, correction=0)

        return seen

    for name, part in parts.items():
        part.statistics = "reset"
        part.register_forward_pre_hook(record(name))
    with torch.no_grad():
        own(inputs)
    return found
