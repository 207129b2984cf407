"""Packed projections taken apart: `x.reshape(.., 3, h, d)[.., i, ..]` as the slice of x that it is.

Rows of a reshape that are selected one by one are independent parts of the axis, as after a `chunk`. Read as a product they
would be permuted alike: queries and keys with values.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import NamedTuple

from toykit.bridge.tracing.graph import Node, Traced
from toykit.bridge.tracing.shape_rules import runs
from toykit.symmetry.layouts import Part


class _Origin(NamedTuple):
    """Where the entries of a selected axis come from: rows of one axis of what `reshape` takes, and the order of its axes."""

    reshape: Node
    axis: int
    order: tuple[int, ...]


def unpacked(traced: Traced) -> Traced:
    """The same function with such selections written as slices, and without the nodes that nobody takes any more."""
    nodes = {node.name: node for node in traced.nodes}
    written: list[Node] = []
    for node in traced.nodes:
        origin = _origin(node, nodes) if node.op == "select" else None
        written.extend([node] if origin is None else _slice(node, origin, traced))
    return replace(traced, nodes=tuple(_alive(written, traced.outputs)))


def _origin(node: Node, nodes: dict[str, Node]) -> _Origin | None:
    """The reshape that made the selected axis, seen through permuted axes and axes of length 1."""
    steps: list[Node] = []
    source = nodes.get(node.operands.get("input", ""))
    while source is not None and (source.op == "permute" or _is_squeeze(source, nodes)):
        steps.append(source)
        source = nodes.get(source.operands.get("input", ""))
    if source is None or source.op != "reshape":
        return None
    axes = [axis for axis, size in enumerate(source.shape) if size != 1]
    for step in reversed(steps):
        if step.op == "permute":
            taken = nodes[step.operands["input"]].shape
            long = [axis for axis, size in enumerate(taken) if size != 1]
            axes = [axes[long.index(axis)] for axis in step.options["dims"] if taken[axis] != 1]
    shape = nodes[node.inputs[0]].shape
    dim = int(node.options["dim"])
    if shape[dim] == 1:
        return None
    axis = axes.pop([place for place, size in enumerate(shape) if size != 1].index(dim))
    return _Origin(source, axis, tuple(axes))


def _is_squeeze(node: Node, nodes: dict[str, Node]) -> bool:
    source = nodes.get(node.operands.get("input", ""))
    return node.op == "reshape" and source is not None and _long(source.shape) == _long(node.shape)


def _long(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(size for size in shape if size != 1)


def _slice(node: Node, origin: _Origin, traced: Traced) -> list[Node]:
    """slice, reshape, permute, reshape in place of the selection; the selection itself where its axis is not outermost."""
    made, axis = origin.reshape, origin.axis
    name = made.parameters.get("input")
    taken = traced.shapes[name] if name is not None else traced[made.inputs[0]].shape
    before, after = [Part(size) for size in taken], [Part(size) for size in made.shape]
    for left, right in runs(before, after):
        if right[0] is after[axis] and len(left) == 1 and len(right) > 1:
            place = next(number for number, part in enumerate(before) if part is left[0])
            width = left[0].size // after[axis].size
            break
    else:
        return [node]
    start = (int(node.options["index"]) % after[axis].size) * width
    shape = (*taken[:place], width, *taken[place + 1 :])
    rest = tuple(size for number, size in enumerate(made.shape) if number != axis and size != 1)
    numbers = [number for number, size in enumerate(made.shape) if number != axis and size != 1]
    dims = tuple(numbers.index(number) for number in origin.order)
    cut = {"dim": place, "start": start, "end": start + width, "step": 1}
    names = [f"{node.name}/{kind}" for kind in ("slice", "reshape", "permute")]
    ordered = tuple(rest[dim] for dim in dims)
    return [
        Node(names[0], "slice", made.inputs, cut, made.parameters, shape, made.roles, made.module),
        Node(names[1], "reshape", (names[0],), {}, {}, rest, ("input",), made.module),
        Node(names[2], "permute", (names[1],), {"dims": dims}, {}, ordered, ("input",), node.module),
        Node(node.name, "reshape", (names[2],), {}, {}, node.shape, ("input",), node.module),
    ]


def _alive(nodes: list[Node], outputs: tuple[str, ...]) -> list[Node]:
    users = Counter(name for node in nodes for name in node.inputs) + Counter(outputs)
    kept: list[Node] = []
    for node in reversed(nodes):
        if users[node.name] or node.op == "input":
            kept.append(node)
        else:
            users.subtract(node.inputs)
    return kept[::-1]
