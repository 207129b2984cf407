"""Modules of any class as chains of convolutions and dense layers: read off their traced graph, operator by operator."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from toykit.bridge.landscapes.channel_chain import CONVOLUTIONS, ChannelChain, Stage, Weighted, blank, chained
from toykit.bridge.landscapes.conversion import EXAMPLES, activation_module, line
from toykit.bridge.landscapes.statistics import Normalised
from toykit.bridge.tracing import Node, Traced, trace
from toykit.errors import InputError

RULE = "between weight layers there are activations, pools, paddings and one flatten, before the first one a new shape at most"


def could_be_channels(module: nn.Module) -> bool:
    """Whether the shapes of the parameters allow a chain with convolutions, so that tracing may find one."""
    axes = [parameter.ndim for parameter in module.parameters()]
    layers = sum(count > 1 for count in axes)
    return any(count > 2 for count in axes) and axes.count(1) <= layers and max(axes) <= 5 and min(axes) >= 1


def unfolded(module: nn.Module) -> str:
    """The normalisation by batch statistics that stands between a module and a chain; empty where there is none."""
    names = [name for name, part in module.named_modules() if isinstance(part, _BatchNorm | Normalised)]
    told = "mixes examples or moves with theta: fold it first by toykit.bridge.folded"
    return f"batch normalisation in {names[0]} {told}" if names else ""


def traced_channels(module: nn.Module, inputs: Tensor) -> ChannelChain | str:
    """The chain that a module of any class is on some of the inputs (n, ...), or in words which operator makes it none."""
    if unfolded(module):
        return unfolded(module)
    if not could_be_channels(module):
        return f"the parameters of {type(module).__name__} are not those of convolutions and dense layers alone"
    try:
        traced = trace(module, inputs[torch.arange(EXAMPLES, device=inputs.device) % len(inputs)])
        return _read(traced, {name for name, _ in module.named_parameters()})
    except InputError as error:
        return str(error)


def _read(traced: Traced, trained: set[str]) -> ChannelChain | str:
    head, stages, behind = list[nn.Module](), list[Stage](), list[list[nn.Module]]()
    nodes = [traced[traced.inputs[0]], *line(traced, _refused)]
    for before, node in pairwise(nodes):
        if node.op in {"linear", "conv1d", "conv2d", "conv3d"}:
            taken = {name for stage in stages for name in (stage.weight, stage.bias)}
            stages.append(_stage(node, before, traced, stages, trained - taken))
            behind.append([])
            continue
        parts = _unitwise(node, before, stages[-1].part if stages else None)
        if parts is None:
            raise _refused(node, RULE)
        (behind[-1] if behind else head).extend(parts)
    return chained(head, [replace(stage, after=tuple(after)) for stage, after in zip(stages, behind, strict=True)])


def _stage(node: Node, before: Node, traced: Traced, below: list[Stage], free: set[str]) -> Stage:
    """A weight layer with arrays of its own: rows for a dense layer, maps of channels for a convolution."""
    weight, bias = node.parameters.get("weight"), node.parameters.get("bias")
    if weight is None or "bias" in node.roles or not {weight, bias} - {None} <= free:
        raise _refused(node, "every layer has parameters of its own")
    rows, columns, *kernel = traced.shapes[weight]
    if not kernel:
        if len(node.shape) != 2:
            raise _refused(node, "a dense layer maps rows (n, d)")
        return Stage(weight, bias, blank(nn.Linear, columns, rows, bias=bias is not None), ())
    if node.options["groups"] != 1:
        raise _refused(node, f"a convolution in {node.options['groups']} groups ties its units to those below")
    dense = bool(below) and isinstance(below[-1].part, nn.Linear)
    if dense or len(before.shape) != len(node.shape) or len(node.shape) != len(kernel) + 2:
        raise _refused(node, "a convolution stands on images or on maps of channels")
    sizes = {name: node.options[name] for name in ("stride", "padding", "dilation")}
    made = blank(CONVOLUTIONS[len(kernel)], columns, rows, kernel_size=tuple(kernel), bias=bias is not None, **sizes)
    return Stage(weight, bias, made, ())


def _unitwise(node: Node, before: Node, below: Weighted | None) -> list[nn.Module] | None:
    """The same operator as parts that act on every unit alone; None where it does not, or is not known to."""
    axes, options = len(before.shape) - 2, node.options
    if node.op == "reshape":
        return _reshaped(node, before, below)
    if node.op == "item" and before.op.startswith("adaptive_max_pool") and options["index"] == 0:
        return []
    if node.op == "pad" and axes > 0 and len(options["pad"]) <= 2 * axes:
        # padding fewer axes than a map has is padding the others by nothing
        wide = (*options["pad"], *(0 for _ in range(2 * axes - len(options["pad"]))))
        if options["mode"] == "constant":
            return [getattr(nn, f"ConstantPad{axes}d")(wide, options["value"] or 0.0)]
        return [getattr(nn, f"ReflectionPad{axes}d")(wide)] if options["mode"] == "reflect" else None
    if below is None:
        return None
    activation = activation_module(node)
    if activation is not None:
        return [activation]
    return _pooled(node, before) if axes > 0 else None


def _reshaped(node: Node, before: Node, below: Weighted | None) -> list[nn.Module] | None:
    """A flatten of each example; before the first layer any shape of each example."""
    if node.shape == (EXAMPLES, math.prod(before.shape[1:])):
        return [nn.Flatten()]
    if below is None and node.shape[0] == EXAMPLES:
        return [nn.Flatten(), nn.Unflatten(1, node.shape[1:])]
    return None


def _pooled(node: Node, before: Node) -> list[nn.Module] | None:
    """A pool over all axes of a map; a mean over all of them is one too."""
    axes, options = len(before.shape) - 2, dict(node.options)
    if node.op == "mean" and tuple(sorted(options["dim"] or ())) == tuple(range(2, axes + 2)) and options["dtype"] is None:
        return [_made("AdaptiveAvgPool", axes, output_size=1), *([] if options["keepdim"] else [nn.Flatten()])]
    kinds = {"max_pool": "MaxPool", "avg_pool": "AvgPool", "adaptive_avg_pool": "AdaptiveAvgPool"}
    kind = (kinds | {"adaptive_max_pool": "AdaptiveMaxPool"}).get(node.op.removesuffix(f"{axes}d"))
    if options.get("divisor_override", 0) is None:
        del options["divisor_override"]  # which the pool over one axis does not have
    return None if kind is None or len(node.shape) != len(before.shape) else [_made(kind, axes, **options)]


def _made(kind: str, axes: int, **options: object) -> nn.Module:
    found: nn.Module = getattr(nn, f"{kind}{axes}d")(**options)
    return found


def _refused(node: Node, rule: str) -> InputError:
    where = f" in {node.module}" if node.module else ""
    return InputError(f"{rule}; got {node.op}{where} with outputs (n, {', '.join(map(str, node.shape[1:]))})")
