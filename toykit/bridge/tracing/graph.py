"""The graph of a module: few, normalised operators with every number they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from toykit.errors import InputError


@dataclass(frozen=True)
class Node:
    """One operator: its output has `shape` and is called `name`.

    `inputs` are the names of the nodes whose outputs it takes and `roles` what each is for (`input`, `other`, `tensors.0`);
    `parameters` are the arrays of the state dict that it takes directly, by role (`weight`, `bias`, `running_mean`, but also
    `other` of a sum with a positional embedding); `options` everything else: `stride`, `padding`, `groups`, `eps`, `dims`.
    Roles are ATen's names of the arguments, with `input` for self. `module` is the path of the module that made the call.
    """

    name: str
    op: str
    inputs: tuple[str, ...]
    options: Mapping[str, Any]
    parameters: Mapping[str, str]
    shape: tuple[int, ...]
    roles: tuple[str, ...] = ()
    module: str = ""

    @property
    def operands(self) -> dict[str, str]:
        """The node behind every role that is taken by a node."""
        return dict(zip(self.roles, self.inputs, strict=True))


@dataclass(frozen=True)
class Traced:
    """The graph of a module in evaluation mode, in the order of execution, for inputs of the shapes of the examples.

    `inputs` and `outputs` name nodes; `shapes` are those of the state dict, under one name where arrays are tied: `tied`
    has the further names of each. `constants` are the values of nodes `constant`, which no state dict holds.
    """

    module: str
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    shapes: Mapping[str, tuple[int, ...]]
    tied: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Node:
        """The node of that name.

        Raises:
            InputError: there is none.

        """
        for node in self.nodes:
            if node.name == name:
                return node
        raise InputError(f"a graph is asked for its own nodes; got {name!r}; it has {', '.join(n.name for n in self.nodes)}")

    def users(self, name: str) -> tuple[Node, ...]:
        """The nodes that take the output of a node."""
        return tuple(node for node in self.nodes if name in node.inputs)
