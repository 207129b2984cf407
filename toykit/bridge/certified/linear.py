"""Linear operators on Taylor models: dense layers, convolutions, means and sums over windows and axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from toykit.barriers.certified.arithmetic import averaged, contracted
from toykit.barriers.certified.engine import row_blur
from toykit.barriers.certified.models import Model, affine, input_charge, layer, size
from toykit.barriers.certified.rounding import TINY, UNIT, product
from toykit.bridge.tracing.graph import Node

CONVOLUTIONS: dict[str, Callable[..., Tensor]] = {f"conv{n}d": getattr(functional, f"conv{n}d") for n in (1, 2, 3)}
POOLS = {f"{kind}_pool{n}d": getattr(functional, f"{kind}_pool{n}d") for kind in ("avg", "adaptive_avg") for n in (1, 2, 3)}
POOL_OPTIONS = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override", "output_size")


class First(NamedTuple):
    """A layer whose input does not move: start + t slope +- charge, each (n, ...)."""

    start: Tensor
    slope: Tensor
    charge: Tensor


class Ends(NamedTuple):
    """An array at both endpoints."""

    a: Tensor
    b: Tensor


def dense(model: Model, weight: Model, bias: Model | None, ends: Ends) -> Model:
    """x W^T + b over the last axis; `ends` are those of W."""
    around = model.c0.shape[:-1]
    flat = Model(*(part.reshape(-1, part.shape[-1]) for part in model))
    still = not bool((weight.c1 != 0).any()) and not bool((flat.c1 != 0).any()) and not bool((flat.c2 != 0).any())
    still = still and (bias is None or not bool((bias.c1 != 0).any()))
    by = layer(
        weight.c0,
        None if bias is None else bias.c0,
        None if still else weight.c1,
        None if bias is None or still else bias.c1,
        row_blur(*ends),
        0.0 if bias is None else bias.remainder,
    )
    found = affine(flat, by)
    return Model(*(part.reshape(*around, -1) for part in found))


def convolved(node: Node, model: Model, weight: Model, bias: Model | None) -> Model:
    """The convolution of `node`, with its stride, padding, dilation and groups."""
    apply = convolution(node)
    axes = weight.c0.ndim - 2
    terms = math.prod(weight.c0.shape[1:])
    window = torch.ones(1, 1, *weight.c0.shape[2:], dtype=weight.c0.dtype, device=weight.c0.device)
    met = convolution(node, groups=1)((size(model) + model.remainder).sum(1, keepdim=True), window)
    blur = weight.remainder.flatten(1).amax(1).view(1, -1, *(1,) * axes)
    found = contracted(model, weight, apply, terms, met * blur * (1 + product(terms)))
    if bias is None:
        return found
    c0, c1, error = (part.view(1, -1, *(1,) * axes) for part in (bias.c0, bias.c1, bias.remainder))
    cost = found.remainder + error + 8 * UNIT * (size(found) + c0.abs() + c1.abs()) + TINY
    return Model(found.c0 + c0, found.c1 + c1, found.c2, cost * (1 + 4 * UNIT))


def convolution(node: Node, groups: int | None = None) -> Callable[[Tensor, Tensor], Tensor]:
    """x, w -> conv(x, w) as sums of products in some order: cuDNN may take fast transforms, whose rounding is another."""
    options = {name: node.options[name] for name in ("stride", "padding", "dilation")}
    options["groups"] = int(node.options["groups"]) if groups is None else groups

    def apply(x: Tensor, weight: Tensor) -> Tensor:
        with torch.backends.cudnn.flags(enabled=False):
            return CONVOLUTIONS[node.op](x, weight, **options)

    return apply


def first(node: Node, inputs: Tensor, weight: Ends, bias: Ends | None) -> First:
    """A dense layer or a convolution of inputs that do not move."""
    if node.op == "linear":
        apply: Callable[[Tensor, Tensor], Tensor] = functional.linear
        around: tuple[int, ...] = (-1,)
    else:
        apply, around = convolution(node), (-1, *(1,) * (weight.a.ndim - 2))
    start, slope = apply(inputs, weight.a), apply(inputs, weight.b - weight.a)
    magnitude = apply(inputs.abs(), weight.a.abs() + weight.b.abs())
    if bias is not None:
        a, b = bias.a.view(around), bias.b.view(around)
        start, slope, magnitude = start + a, slope + (b - a), magnitude + a.abs() + b.abs()
    error = 2 * product(math.prod(weight.a.shape[1:])) * magnitude + TINY
    return First(start, slope, input_charge(start, slope, error))


def pooled(node: Node, model: Model) -> Model:
    """A mean over windows; its weights are at least 0 and add up to at most 1, or to the size over a divisor."""
    options = {name: value for name, value in node.options.items() if name in POOL_OPTIONS}
    shape = model.c0.shape[2:] if node.op.startswith("adaptive") else node.options["kernel_size"]
    return averaged(model, partial(POOLS[node.op], **options), math.prod(shape))


def reduced(node: Node, model: Model) -> Model:
    """The mean or the sum over some axes."""
    dims, keep = tuple(_axes(node.options)), bool(node.options.get("keepdim"))
    terms = math.prod(model.c0.shape[dim] for dim in dims)
    function: Callable[..., Tensor] = torch.mean if node.op == "mean" else torch.sum
    return averaged(model, partial(function, dim=dims, keepdim=keep), terms)


def _axes(options: Mapping[str, Any]) -> tuple[int, ...]:
    dim = options["dim"]
    return (dim,) if isinstance(dim, int) else tuple(dim)
