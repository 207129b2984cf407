"""Where the units of a group answer: the axes of values of a traced graph that a permutation of the group moves along."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from torch import Tensor

from toykit.bridge.tracing.flow import Flow
from toykit.bridge.tracing.graph import Traced
from toykit.bridge.tracing.symmetries import followed
from toykit.symmetry.groups import Group, Symmetries
from toykit.symmetry.layouts import Part, windows

Side = Literal["post", "pre"]
"""`post`: what a contraction takes, after activation, normalisation and sum; `pre`: what it gives."""

CONTRACTIONS = {"linear", "matmul", "addmm", "baddbmm", "einsum", "scaled_dot_product_attention"} | {
    f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)
}
"""Operators that mix units: between two of them every unit stays by itself."""


class Place(NamedTuple):
    """One axis of the output of a node; unit i of the group is its entries start + i*block .. start + (i+1)*block - 1."""

    node: str
    axis: int
    start: int
    block: int

    def rows(self, value: Tensor, size: int) -> Tensor:
        """The answers of the units at all examples and positions, shape (rows, size)."""
        window = value.movedim(self.axis, -1)[..., self.start : self.start + size * self.block]
        return window.reshape(*window.shape[:-1], size, self.block).transpose(-1, -2).reshape(-1, size)


def places(traced: Traced, symmetries: Symmetries, side: Side) -> dict[str, tuple[Place, ...]]:
    """The places of every group, all points of a residual stream among them, in the order of execution."""
    flow = followed(traced)
    leaves = {id(leaf): group.name for group in symmetries.groups if (leaf := _leaf(flow, group)) is not None}
    found: dict[str, list[Place]] = {group.name: [] for group in symmetries.groups}
    for name in dict.fromkeys(_sides(flow.traced, side)):
        for axis, part in enumerate(flow.values[name]):
            for window in windows(part):
                if id(window.leaf) in leaves:
                    found[leaves[id(window.leaf)]].append(Place(name, axis, window.start, window.block))
    return {name: tuple(there) for name, there in found.items()}


def _sides(traced: Traced, side: Side) -> Iterable[str]:
    known = {node.name for node in traced.nodes}
    for node in traced.nodes:
        if node.op in CONTRACTIONS:
            yield from (name for name in (node.inputs if side == "post" else (node.name,)) if name in known)


def _leaf(flow: Flow, group: Group) -> Part | None:
    """What the layout of the arrays has where the group acts."""
    for place in group.axes:
        if place.tensor in flow.state:
            for leaf, start, block in windows(flow.state[place.tensor][place.axis]):
                if (leaf.size, start, block) == (group.size, place.start, place.block):
                    return leaf
    return None
