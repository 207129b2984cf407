"""Why the units of a module cannot be moved one by one, in words that name the operator: read off its traced graph."""

from __future__ import annotations

from torch import Tensor, nn

from toykit.bridge.landscapes.channel_chain import channel_chain
from toykit.bridge.landscapes.examples import Examples
from toykit.bridge.landscapes.statistics import has_reset_statistics
from toykit.bridge.landscapes.traced_channels import traced_channels, unfolded
from toykit.bridge.tracing import Node, Traced, trace
from toykit.errors import InputError

MIXING = {
    "layer_norm": "layer normalisation mixes the units of a layer",
    "group_norm": "group normalisation mixes the units of a layer",
    "scaled_dot_product_attention": "attention multiplies units with each other",
    "softmax": "a softmax between layers mixes units",
}
"""Operators that no rule for paths covers, and why."""

EXAMPLES = 2


class Unlayered:
    """A landscape of a module that can say why it shows no layers; only those ask that refuse it, since tracing takes time."""

    _module: nn.Module
    data: Examples

    def why_no_layers(self) -> str:
        """Which part of the module a path of moving units does not cover."""
        return refusal(self._module, self.data.inputs[:EXAMPLES])


def refusal(module: nn.Module, inputs: Tensor) -> str:
    """The first operator that ties or mixes units, else what the module is not."""
    if has_reset_statistics(module):
        return "batch normalisation by the batch (training mode) mixes examples: a constant segment would not be constant"
    try:
        traced = trace(module, inputs)
    except InputError:
        return _told(module, inputs)
    # a normalisation that is written out reads its arrays several times, which is no tie between layers
    return _mixing(traced) or unfolded(module) or _tied(traced) or _told(module, inputs)


def _told(module: nn.Module, inputs: Tensor) -> str:
    """What the module is not: by its parts where it is an `nn.Sequential`, else by its graph."""
    found = channel_chain(module) if type(module) is nn.Sequential else traced_channels(module, inputs)
    return found if isinstance(found, str) else f"{type(module).__name__} is a chain, but not of this landscape"


def _mixing(traced: Traced) -> str:
    moving = set(traced.inputs)
    for node in traced.nodes:
        given = [name for name in node.inputs if name in moving]
        if given:
            moving.add(node.name)
        if node.op == "add" and len(given) > 1:
            return f"the residual sum {_where(node)} forces one set of kept units on several layers"
        if node.op in MIXING:
            return f"{MIXING[node.op]} ({_where(node)})"
    return ""


def _tied(traced: Traced) -> str:
    read = dict[str, str]()
    for node in traced.nodes:
        for name in node.parameters.values():
            if name in read and read[name] != node.name:
                return f"{name} is used twice: tied weights force one set of kept units on several layers"
            read[name] = node.name
    return ""


def _where(node: Node) -> str:
    return f"in {node.module}" if node.module else "of the forward pass"
