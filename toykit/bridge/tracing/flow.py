"""What the rules of `axis_rules` and `shape_rules` work on: the layout of every axis of every value of a traced graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from toykit.bridge.tracing.graph import Node, Traced
from toykit.symmetry.layouts import Part, chain, freeze, tie

Axes = tuple[Part, ...]


class Flow:
    """Axes of the state dict and of the outputs of nodes, as far as the graph has been followed.

    A rule ties the axes of its operands so that permuting every leaf alike in all of them permutes the output alike, and
    returns the axes of the output. By induction over the nodes the function of the network then stays as it is.
    """

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.state: dict[str, Axes] = {name: tuple(map(Part, shape)) for name, shape in traced.shapes.items()}
        self.values: dict[str, Axes] = {}
        self.reached: list[Part] = []
        self.bent: list[Part] = []
        self.order: dict[str, None] = {}
        self.notes: dict[str, None] = {}

    def operands(self, node: Node) -> dict[str, Axes]:
        """The axes of everything the node takes, by role."""
        self.order.update(dict.fromkeys(node.parameters.values()))
        nodes = {role: self.values[name] for role, name in node.operands.items()}
        return nodes | {role: self.state[name] for role, name in node.parameters.items()}

    def bend(self, *parts: Part) -> None:
        """Only permutations pass from here on: no other orthogonal map of these entries commutes with the operator."""
        self.bent.extend(parts)

    def fix(self, parts: Iterable[Part], reason: str) -> None:
        """Freeze the axes."""
        for part in parts:
            freeze(part, reason)

    def frozen(self, size: int, reason: str) -> Part:
        """A new axis that no permutation may touch."""
        return Part(size, reason)

    def tie(self, node: Node, *parts: Part) -> Part:
        """All parts permuted alike from here on."""
        for other in parts[1:]:
            tie(parts[0], other, called(node))
        return parts[0]

    def cut(self, node: Node, part: Part, at: int) -> tuple[Part, Part]:
        """The first `at` entries of an axis and the others."""
        first, second = Part(at), Part(part.size - at)
        self.tie(node, part, chain([first, second]))
        return first, second

    def broadcast(self, node: Node, operands: Iterable[Sequence[Part]]) -> Axes:
        """Axes of equal length tied, counted from the last; an axis of length 1 asks nothing of the others."""
        given = [list(reversed(axes)) for axes in operands]
        found: list[Part] = []
        for place in range(max((len(axes) for axes in given), default=0)):
            here = [axes[place] for axes in given if place < len(axes)]
            long = [part for part in here if part.size != 1]
            found.append(self.tie(node, *long) if long else here[0])
        return tuple(reversed(found))

    def unknown(self, node: Node) -> Axes:
        """No rule: every axis of every operand is frozen, and the operator is named."""
        reason = f"{called(node)} has no rule"
        for axes in self.operands(node).values():
            self.fix(axes, reason)
        self.notes[f"{reason}: the axes that it touches are frozen"] = None
        return tuple(self.frozen(size, reason) for size in node.shape)


def called(node: Node) -> str:
    """The operator and where it is called, for sentences."""
    return f"{node.op} in {node.module}" if node.module else node.op
