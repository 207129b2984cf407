"""The operators of a traced graph that have a rule on Taylor models; everything else is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from toykit.barriers.certified.activations import SMOOTH, piecewise_linear
from toykit.barriers.certified.arithmetic import averaged, constant, plus, scaled, times
from toykit.barriers.certified.models import Model
from toykit.barriers.certified.rounding import UNIT
from toykit.barriers.certified.smooth import better, between, inverse_root
from toykit.barriers.certified.soft_rectifiers import softplus
from toykit.bridge.certified.linear import CONVOLUTIONS, POOLS, pooled, reduced
from toykit.bridge.tracing.graph import Node

Given = Mapping[str, Model]
Shape = tuple[int, ...]


def moved(node: Node, shape: Shape, tensors: list[Tensor]) -> Tensor:
    """Operators that only move entries, on one part of a model or on what does not move."""
    x, options = tensors[0], node.options
    match node.op:
        case "reshape":
            return x.reshape(shape)
        case "permute":
            return x.permute(options["dims"])
        case "cat":
            return torch.cat(tensors, options["dim"])
        case "slice":
            index = [slice(None)] * x.ndim
            index[options["dim"]] = slice(options["start"], options["end"], options["step"])
            return x[tuple(index)]
        case "select":
            return x.select(options["dim"], options["index"])
        case "expand":
            return x.expand(shape)
        case "pad":
            return functional.pad(x, options["pad"])
    return x


MOVES = ("reshape", "permute", "cat", "slice", "select", "expand", "pad", "identity")
LINEAR = ("linear", *CONVOLUTIONS)
"""These need weights at both ends; the chord calls them itself."""


def summed(node: Node, given: Given) -> Model:
    """x + alpha y and x - alpha y, for a number y too."""
    x = given["input"]
    sign = float(node.options.get("alpha", 1)) * (-1.0 if node.op == "sub" else 1.0)
    return plus(x, scaled(_other(node, given), sign))


def subtracted_from(node: Node, given: Given) -> Model:
    """Y - alpha x, for a number y too."""
    return plus(_other(node, given), scaled(given["input"], -float(node.options.get("alpha", 1))))


def multiplied(node: Node, given: Given) -> Model:
    """x y, for a number y too, and x / y for a number alone."""
    x = given["input"]
    if "other" in given:
        return times(x, given["other"])
    number = float(node.options["other"])
    return scaled(x, number) if node.op == "mul" else divided(x, number)


def divided(x: Model, number: float) -> Model:
    """x / y for a number without error."""
    return Model(x.c0 / number, x.c1 / number, x.c2 / number, scaled(x, 1 / number).remainder)


def batch_norm(node: Node, given: Given) -> Model:
    """w (x - mean) / sqrt(var + eps) + b per channel, where all four move along the chord."""
    x, eps = given["input"], float(node.options["eps"])
    variance = given["running_var"]
    floor = torch.full_like(variance.c0, eps)
    scale = inverse_root(plus(variance, constant(floor)), floor)
    if "weight" in given:
        scale = times(given["weight"], scale)
    shift = scaled(times(given["running_mean"], scale), -1.0)
    if "bias" in given:
        shift = plus(shift, given["bias"])
    around = (1, -1, *(1,) * (x.c0.ndim - 2))
    return plus(times(x, _viewed(scale, around)), _viewed(shift, around))


def layer_norm(node: Node, given: Given) -> Model:
    """w (x - mean) / sqrt(var + eps) + b over the last axes, with the mean and the variance of every example itself.

    Of N entries none is larger than sqrt(N - 1) standard deviations, whatever the remainders are.
    """
    x, eps, shape = given["input"], float(node.options["eps"]), tuple(node.options["normalized_shape"])
    mean = partial(torch.mean, dim=tuple(range(-len(shape), 0)), keepdim=True)
    terms = math.prod(shape)
    centred = plus(x, scaled(averaged(x, mean, terms), -1.0))
    variance = averaged(times(centred, centred), mean, terms)
    floor = torch.full_like(variance.c0, eps)
    found = times(centred, inverse_root(plus(variance, constant(floor)), floor))
    farthest = torch.full_like(found.c0, math.sqrt(terms))
    found = better(found, between(-farthest, farthest, 8 * UNIT * farthest))
    if "weight" in given:
        found = times(found, given["weight"])
    return plus(found, given["bias"]) if "bias" in given else found


def smoothed(node: Node, given: Given) -> Model:
    """softplus(beta x) / beta, as torch takes it: x where beta x is above the threshold."""
    beta, limit = float(node.options["beta"]), float(node.options["threshold"])
    return divided(softplus(piecewise_linear(0.0), limit)(scaled(given["input"], beta)), beta)


def _other(node: Node, given: Given) -> Model:
    if "other" in given:
        return given["other"]
    return constant(torch.full_like(given["input"].c0, float(node.options["other"])))


def _viewed(model: Model, shape: Shape) -> Model:
    return Model(*(part.view(shape) for part in model))


def _activation(rule: Callable[[Model], Model]) -> Callable[[Node, Given], Model]:
    return lambda _, given: rule(given["input"])


RULES: dict[str, Callable[[Node, Given], Model]] = {
    **{name: _activation(rule) for name, rule in SMOOTH.items()},
    "relu": _activation(piecewise_linear(0.0)),
    "leaky_relu": lambda node, given: piecewise_linear(float(node.options["negative_slope"]))(given["input"]),
    **dict.fromkeys(("add", "sub"), summed),
    **dict.fromkeys(("mul", "div"), multiplied),
    "neg": lambda _, given: scaled(given["input"], -1.0),
    "rsub": subtracted_from,
    "batch_norm": batch_norm,
    "layer_norm": layer_norm,
    "softplus": smoothed,
    **dict.fromkeys(POOLS, lambda node, given: pooled(node, given["input"])),
    **dict.fromkeys(("mean", "sum"), lambda node, given: reduced(node, given["input"])),
}
SUPPORTED = sorted({*RULES, *MOVES, *LINEAR})
"""The names of all operators with a rule."""
