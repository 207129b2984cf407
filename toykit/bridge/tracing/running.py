"""The values of a traced graph: the outputs of chosen nodes for given parameters and inputs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind

from toykit.bridge.tracing.graph import Traced
from toykit.bridge.tracing.operators import normalised
from toykit.bridge.tracing.traced import as_graph, exported, state_names


class Runner:
    """A module as its traced graph, run node by node on inputs of the shape of the example.

    The very program is run that the graph was read from, so every node has its value, whatever the module calls in between;
    hooks would see the outputs of submodules only, and neither residual sums nor functional calls.
    """

    def __init__(self, module: nn.Module, example: Tensor) -> None:
        self._program = exported(module, example)
        self._names, _ = state_names(module)
        self._state = dict(module.state_dict())
        read = normalised(self._program, self._names)
        self._behind = read.behind
        self.traced: Traced = as_graph(module, read)

    def values(self, theta: Mapping[str, Tensor], inputs: Tensor, wanted: Collection[str]) -> dict[str, Tensor]:
        """The outputs of the wanted nodes at theta, by name; what lies behind the last of them is not computed."""
        watch = _Watch(self._program, self._behind, set(wanted))
        with torch.no_grad():
            try:
                watch.run(*self._arguments(theta, inputs), enable_io_processing=False)
            except _AllSeen:
                pass
        return watch.seen

    def _arguments(self, theta: Mapping[str, Tensor], inputs: Tensor) -> Iterator[Any]:
        for spec in self._program.graph_signature.input_specs:
            name = str(spec.target)
            if spec.kind == InputKind.USER_INPUT:
                yield inputs
            elif name in self._program.constants:
                yield self._program.constants[name]
            else:
                first = self._names.get(name, name)
                yield theta[name] if name in theta else theta[first] if first in theta else self._state[name]


class _AllSeen(Exception):
    pass


class _Watch(fx.Interpreter):
    """Keeps the first tensor seen behind each wanted node."""

    def __init__(self, program: ExportedProgram, behind: Mapping[str, str], wanted: set[str]) -> None:
        super().__init__(program.graph_module)
        self.behind, self.wanted = behind, wanted
        self.seen: dict[str, Tensor] = {}

    def run_node(self, n: fx.Node) -> Any:
        found = super().run_node(n)
        name = self.behind.get(n.name)
        if name in self.wanted and name not in self.seen and isinstance(found, Tensor):
            self.seen[name] = found
            if len(self.seen) == len(self.wanted):
                raise _AllSeen
        return found
