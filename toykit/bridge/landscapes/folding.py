"""Batch normalisation in evaluation mode as part of the layer before it: the same function with one array less to move."""

from __future__ import annotations

import copy

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.bridge.landscapes.channel_chain import Weighted, leaves
from toykit.bridge.landscapes.statistics import has_batch_norm
from toykit.errors import InputError


def folded(module: nn.Module) -> nn.Module:
    """W <- w / sqrt(var + eps) W and b <- w (b - mean) / sqrt(var + eps) + beta for each layer before a normalisation.

    A copy: each normalisation of an `nn.Sequential` (nested ones too) has become an `nn.Identity`, so all other parts keep
    their names, and the layer before it has a bias. In evaluation mode it is the same function up to rounding.

    Raises:
        InputError: a normalisation is in training mode, keeps no statistics, or does not follow a Linear or a convolution.

    """
    own = copy.deepcopy(module)
    parts = list(leaves(own)) if type(own) is nn.Sequential else []
    found = {name for name, part in parts if isinstance(part, _BatchNorm)}
    hidden = [name for name, part in own.named_modules() if isinstance(part, _BatchNorm) and name not in found]
    if hidden:
        raise InputError(
            f"a normalisation is folded into the layer before it in an nn.Sequential; {hidden[0] or type(own).__name__} is not a "
            f"part of one in {type(own).__name__}; write the chain as nn.Sequential"
        )
    before: nn.Module | None = None
    for name, part in parts:
        if isinstance(part, _BatchNorm):
            _fold(name, part, before, [p for _, p in parts])
            parent, _, last = name.rpartition(".")
            setattr(own.get_submodule(parent), last, nn.Identity())
        if not isinstance(part, nn.Identity):
            before = part
    if has_batch_norm(own):
        raise InputError(f"each normalisation stands at one place; {type(own).__name__} uses one twice; give each its own")
    return own


def _fold(name: str, norm: _BatchNorm, before: nn.Module | None, parts: list[nn.Module]) -> None:
    """Scale and shift the layer in place."""
    if norm.training or norm.running_mean is None or norm.running_var is None:
        state = "is in training mode" if norm.training else "keeps no statistics"
        raise InputError(
            f"a normalisation is folded with its running statistics; {name} {state}; call module.eval() after training"
        )
    if not isinstance(before, Weighted) or len(before.weight) != norm.num_features or sum(p is before for p in parts) > 1:
        what = "nothing" if before is None else type(before).__name__
        raise InputError(
            f"a normalisation is folded into a Linear or a convolution of its own with as many units; {name} follows {what}; "
            "leave it as it is, or train the network with another order of its layers"
        )
    own = dict(norm.named_parameters())  # both absent where it has no weights
    with torch.no_grad():
        # in float64, so that a float32 layer is rounded once
        factor = (norm.running_var.double() + norm.eps).rsqrt()
        factor = factor * own["weight"].double() if own else factor
        weight = before.weight.double() * factor.view(-1, *[1] * (before.weight.ndim - 1))
        bias = -norm.running_mean.double() if before.bias is None else before.bias.double() - norm.running_mean.double()
        shift = bias * factor + own["bias"].double() if own else bias * factor
        dtype, moving = before.weight.dtype, before.weight.requires_grad
        before.weight = nn.Parameter(weight.to(dtype), moving)
        before.bias = nn.Parameter(shift.to(dtype), moving)
