"""Batch normalisation in evaluation mode as part of the layer before it: the same function with one array less to move."""

from __future__ import annotations

import copy
from collections import Counter

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.bridge.landscapes.channel_chain import Weighted, leaves
from toykit.bridge.landscapes.conversion import EXAMPLES
from toykit.bridge.landscapes.statistics import has_batch_norm
from toykit.bridge.tracing import trace
from toykit.errors import InputError


def folded(module: nn.Module, inputs: Tensor | None = None) -> nn.Module:
    """W <- w / sqrt(var + eps) W and b <- w (b - mean) / sqrt(var + eps) + beta for each layer before a normalisation.

    A copy: each normalisation has become an `nn.Identity`, so all other parts keep their names, and the layer before it has a
    bias. In evaluation mode it is the same function up to rounding. Which layer stands before a normalisation is read off an
    `nn.Sequential` (nested ones too), of any other class off its graph on some `inputs` (n, ...).

    Raises:
        InputError: a normalisation is in training mode, keeps no statistics, does not follow a Linear or a convolution of its
            own, or the module is no `nn.Sequential` and there are no inputs.

    """
    own = copy.deepcopy(module)
    parts = list(leaves(own)) if type(own) is nn.Sequential else []
    found = {name for name, part in parts if isinstance(part, _BatchNorm)}
    hidden = [name for name, part in own.named_modules() if isinstance(part, _BatchNorm) and name not in found]
    if hidden and inputs is None:
        raise InputError(
            f"a normalisation is folded into the layer before it in an nn.Sequential; {hidden[0] or type(own).__name__} is not a "
            f"part of one in {type(own).__name__}; hand in some inputs, so that the layer before it is found by tracing"
        )
    for name, norm, before in _traced_norms(own, inputs) if hidden and inputs is not None else _norms(parts):
        _fold(name, norm, before)
        parent, _, last = name.rpartition(".")
        setattr(own.get_submodule(parent), last, nn.Identity())
    if has_batch_norm(own):
        raise InputError(f"each normalisation stands at one place; {type(own).__name__} uses one twice; give each its own")
    return own


Norms = list[tuple[str, _BatchNorm, nn.Module | None]]
"""Normalisations by their names, with the layer before each; None where there is none, or one that others share."""


def _norms(parts: list[tuple[str, nn.Module]]) -> Norms:
    """The normalisations of a sequence."""
    found, before = Norms(), None
    for name, part in parts:
        if isinstance(part, _BatchNorm):
            shared = sum(other is before for _, other in parts) > 1
            found.append((name, part, None if shared else before))
        if not isinstance(part, nn.Identity):
            before = part
    return found


def _traced_norms(module: nn.Module, inputs: Tensor) -> Norms:
    """The normalisations of a graph: only what nothing but the normalisation reads can be changed."""
    traced, found = trace(module, inputs[:EXAMPLES]), Norms()
    uses = Counter(name for node in traced.nodes for name in node.parameters.values())
    for node in traced.nodes:
        if node.op != "batch_norm":
            continue
        name = node.parameters.get("running_mean", "").rpartition(".")[0]
        norm, above = module.get_submodule(name), traced[node.inputs[0]]
        if not isinstance(norm, _BatchNorm):
            raise InputError(
                f"a normalisation is folded where a module does it; got {node.op} in {node.module}; use nn.BatchNorm"
            )
        weight = above.parameters.get("weight", "")
        alone = len(traced.users(above.name)) == 1 and uses[weight] == 1 and above.op != "batch_norm"
        found.append((name, norm, module.get_submodule(weight.rpartition(".")[0]) if alone and weight else None))
    return found


def _fold(name: str, norm: _BatchNorm, before: nn.Module | None) -> None:
    """Scale and shift the layer in place."""
    if norm.training or norm.running_mean is None or norm.running_var is None:
        state = "is in training mode" if norm.training else "keeps no statistics"
        raise InputError(
            f"a normalisation is folded with its running statistics; {name} {state}; call module.eval() after training"
        )
    if not isinstance(before, Weighted) or len(before.weight) != norm.num_features:
        what = "nothing of its own" if before is None else type(before).__name__
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
