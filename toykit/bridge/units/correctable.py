"""Which nodes of a traced graph have a scale and a shift for every unit, so that its mean and deviation can be set."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from toykit.bridge.tracing.flow import called
from toykit.bridge.tracing.graph import Node, Traced
from toykit.bridge.tracing.places import CONTRACTIONS

CONVOLUTIONS = {f"conv{n}d" for n in (1, 2, 3)}
NORMS = {"layer_norm", "group_norm"}


class Unit(NamedTuple):
    """A node whose units, along `axis` of its output, are rows of `weight` and entries of `bias`."""

    node: str
    axis: int
    weight: str
    bias: str
    called: str


class Correctable(NamedTuple):
    """The nodes that can be corrected, in the order of execution; the others with weights by name, with the reason; the sums."""

    units: tuple[Unit, ...]
    skipped: dict[str, str]
    sums: dict[str, int]


def correctable(traced: Traced) -> Correctable:
    """Dense layers, convolutions and normalisations with weight and bias; those that only the outputs follow are left alone."""
    uses = Counter(name for node in traced.nodes for name in set(node.parameters.values()))
    hidden = _hidden(traced)
    units, skipped = list[Unit](), dict[str, str]()
    for node in traced.nodes:
        weight, bias = node.parameters.get("weight"), node.parameters.get("bias")
        if node.name not in hidden or (node.op not in CONTRACTIONS | NORMS) or not node.parameters:
            continue
        reason = _reason(traced, node, uses)
        if reason is not None:
            skipped[called(node)] = reason
        elif weight is not None and bias is not None:
            units.append(Unit(node.name, _axis(traced, node), weight, bias, called(node)))
    return Correctable(tuple(units), skipped, _sums(traced, hidden))


def _reason(traced: Traced, node: Node, uses: Counter[str]) -> str | None:
    """Why the units of a node cannot be set."""
    weight = node.parameters.get("weight")
    if node.op not in CONVOLUTIONS | NORMS | {"linear"}:
        return f"{node.op} has no rule"
    if weight is None:
        return "its weights are no array of the network"
    if "bias" not in node.parameters:
        return "it has no bias"
    shared = max(uses[name] for name in node.parameters.values())
    if shared > 1:
        return f"its weights are used {shared} times"
    if node.op in NORMS and len(traced.shapes[weight]) != 1:
        return "it scales every position by itself"
    return None


def _axis(traced: Traced, node: Node) -> int:
    """Where the units lie, counted from the last axis: channels before the pixels of a convolution, otherwise last."""
    if node.op == "group_norm":
        return 1 - len(node.shape)
    return 1 - len(traced.shapes[node.parameters["weight"]]) if node.op in CONVOLUTIONS else -1


def _hidden(traced: Traced) -> set[str]:
    """The nodes that another contraction follows on the way to the outputs."""
    found: set[str] = set()
    for node in reversed(traced.nodes):
        if node.op in CONTRACTIONS or node.name in found:
            found.update(node.inputs)
    return found


def _sums(traced: Traced, hidden: set[str]) -> dict[str, int]:
    """Residual sums of two hidden values of one shape, with the axis of their units: channels of images, else the last."""
    shapes = {node.name: node.shape for node in traced.nodes}
    return {
        node.name: -3 if len(node.shape) == 4 else -1
        for node in traced.nodes
        if node.op == "add" and node.name in hidden and len(node.inputs) == 2
        if all(shapes[name] == node.shape for name in node.inputs) and len(node.shape) > 1
    }
