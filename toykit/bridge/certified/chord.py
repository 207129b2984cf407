"""The chord of two networks of any traced module: its graph run on Taylor models over a part of the chord."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.barriers.certified.arithmetic import constant, moving
from toykit.barriers.certified.losses import Curve, cross_entropy, squared, together
from toykit.barriers.certified.models import Model, input_layer
from toykit.bridge.certified.linear import Ends, First, convolved, dense, first
from toykit.bridge.certified.operators import LINEAR, MOVES, RULES, moved
from toykit.bridge.certified.refusals import require_certifiable
from toykit.bridge.landscapes.criterion import Criterion
from toykit.bridge.landscapes.statistics import Normalised, has_reset_statistics
from toykit.bridge.tracing import Node, Traced, trace
from toykit.errors import InputError
from toykit.parameters import Parameters

BLOCK = 1 << 18
"""Numbers in one coefficient of a block's widest operator: two megabytes; smaller ones cost more calls than the cache gains."""
EXAMPLES = 5
"""Examples that are traced; a number that no other axis is likely to have."""


class Still(NamedTuple):
    """A value that does not move along the chord and has no error: inputs, and inputs in another order."""

    value: Tensor


@dataclass(frozen=True)
class GraphChord:
    """A traced graph, its arrays at both ends, the examples, and the loss of a model of outputs and its targets."""

    traced: Traced
    data: frozenset[str]
    ends: Mapping[str, Ends]
    inputs: Tensor
    targets: Tensor
    loss: Callable[[Model, Tensor], Curve]
    kept: dict[tuple[str, int], First] = field(default_factory=dict, init=False)

    @property
    def block(self) -> int:
        """Examples that pass together, so that a block's models stay in the cache."""
        return max(1, BLOCK // max(math.prod(node.shape[1:]) for node in self.traced.nodes if node.name in self.data))

    def pace(self) -> float:
        """About how many seconds of CPU time one evaluation takes, from the second one of the first block."""
        rows = slice(0, self.block)
        curve = replace(self, inputs=self.inputs[rows], targets=self.targets[rows]).curves()
        curve(0.5, 0.25)
        began = time.process_time()
        curve(0.5, 0.25)
        return (time.process_time() - began) * len(self.inputs) / len(self.inputs[rows])

    def curves(self) -> Callable[[float, float], Curve]:
        """A function (m, h) -> enclosure of the mean loss on t = m + h s, |s| <= 1; layers of inputs are computed once."""
        count = len(self.inputs)
        cuts = [slice(at, min(at + self.block, count)) for at in range(0, count, self.block)]

        def curve(m: float, h: float) -> Curve:
            with torch.no_grad():
                arrays = {name: moving(*ends, m, h) for name, ends in self.ends.items()}
                parts = []
                for rows in cuts:
                    outputs = self.outputs(rows, arrays, m, h)
                    parts.append((self.loss(outputs, self.targets[rows]), (rows.stop - rows.start) / count))
                return together(parts)

        return curve

    def outputs(self, rows: slice, arrays: Mapping[str, Model], m: float, h: float) -> Model:
        """The outputs of some examples, (rows, k), on t = m + h s."""
        values: dict[str, Model | Still] = {}
        last = {name: node.name for node in self.traced.nodes for name in node.inputs}
        for node in self.traced.nodes:
            values[node.name] = self._value(node, values, arrays, rows, m, h)
            for name in set(node.inputs):
                if last[name] == node.name:
                    del values[name]
        return _model(values[self.traced.outputs[0]])

    def _value(
        self, node: Node, values: Mapping[str, Model | Still], arrays: Mapping[str, Model], rows: slice, m: float, h: float
    ) -> Model | Still:
        if node.op == "input":
            return Still(self.inputs[rows])
        if node.op == "constant":
            return Still(self.traced.constants[node.name].to(self.inputs))
        taken = {role: values[name] for role, name in node.operands.items()}
        if node.op in LINEAR:
            return self._linear(node, taken["input"], arrays, rows, m, h)
        given = {**taken, **{role: arrays[name] for role, name in node.parameters.items()}}
        if node.op not in MOVES:
            return RULES[node.op](node, {role: _model(value) for role, value in given.items()})
        shape = (rows.stop - rows.start, *node.shape[1:]) if node.name in self.data else node.shape
        parts = [given[role] for role in sorted(given, key=lambda role: (len(role), role))]  # tensors.0, .., tensors.10
        if all(isinstance(part, Still) for part in parts):
            return Still(moved(node, shape, [part[0] for part in parts]))
        models = [_model(part) for part in parts]
        return Model(*(moved(node, shape, list(part)) for part in zip(*models, strict=True)))

    def _linear(self, node: Node, x: Model | Still, arrays: Mapping[str, Model], rows: slice, m: float, h: float) -> Model:
        weight, bias = node.parameters["weight"], node.parameters.get("bias")
        if isinstance(x, Still):
            at = node.name, rows.start
            if at not in self.kept:
                self.kept[at] = first(node, x.value, self.ends[weight], None if bias is None else self.ends[bias])
            return input_layer(*self.kept[at], m, h)
        moving_bias = None if bias is None else arrays[bias]
        if node.op == "linear":
            return dense(x, arrays[weight], moving_bias, self.ends[weight])
        return convolved(node, x, arrays[weight], moving_bias)


def graph_chord(
    module: nn.Module, theta_a: Parameters, theta_b: Parameters, inputs: Tensor, targets: Tensor, criterion: Criterion
) -> GraphChord:
    """The chord of a module as a landscape has prepared it, in float64, with targets as its loss takes them.

    Raises:
        InputError: the module cannot be traced, an operator or the loss has no rule, or a variance is negative.

    """
    if has_reset_statistics(module):
        raise InputError(
            "the certified engine takes batch normalisation in evaluation mode; got statistics of the whole batch, as in train "
            "mode, which couple the examples; use mode='eval' with statistics='move' or 'fixed'"
        )
    rows = torch.arange(EXAMPLES, device=inputs.device) % len(inputs)
    traced = trace(_evaluated(module), inputs[rows])
    data = require_certifiable(traced, EXAMPLES)
    buffers, ends = module.state_dict(), {}
    for name in {name for node in traced.nodes for name in node.parameters.values()}:
        known = next((alias for alias in (name, *traced.tied.get(name, ())) if alias in theta_a), None)
        points = (buffers, buffers) if known is None else (theta_a, theta_b)
        ends[name] = Ends(*(point[known or name].to(inputs) for point in points))
    for node in traced.nodes:
        if node.op == "batch_norm" and min(float(end.min()) for end in ends[node.parameters["running_var"]]) < 0:
            raise InputError(f"a variance is at least 0; got a negative one in {node.parameters['running_var']}; was it trained?")
    outputs = traced[traced.outputs[0]].shape[1]
    return GraphChord(traced, data, ends, inputs, targets, _loss(criterion, targets, outputs))


def _loss(criterion: Criterion, targets: Tensor, outputs: int) -> Callable[[Model, Tensor], Curve]:
    factor = criterion.scale(outputs)
    if factor is not None:
        return partial(squared, factor=factor)
    if criterion.plain and criterion.name == "cross-entropy" and targets.ndim == 1:
        return cross_entropy
    raise InputError(
        f"certified losses are squared and cross-entropy with labels, each without weights; got {criterion.name}; use one of them"
    )


class _Evaluated(nn.Module):
    """Batch normalisation with kept statistics as the one operator that it is."""

    def __init__(self, part: Normalised) -> None:
        super().__init__()
        self.eps, self.weight, self.bias = part.eps, part.weight, part.bias
        self.register_buffer("running_mean", part.get_buffer("running_mean"))
        self.register_buffer("running_var", part.get_buffer("running_var"))

    def forward(self, x: Tensor) -> Tensor:
        mean, variance = self.get_buffer("running_mean"), self.get_buffer("running_var")
        return functional.batch_norm(x, mean, variance, self.weight, self.bias, False, 0.0, self.eps)


def _evaluated(module: nn.Module) -> nn.Module:
    if isinstance(module, Normalised):
        return _Evaluated(module)
    found = copy.deepcopy(module)
    for parent in list(found.modules()):
        for name, part in list(parent.named_children()):
            if isinstance(part, Normalised):
                setattr(parent, name, _Evaluated(part))
    return found


def _model(value: Model | Still) -> Model:
    return constant(value.value) if isinstance(value, Still) else value
