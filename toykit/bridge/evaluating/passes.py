"""All data of a landscape through the traced graph of its module, in parts that fit into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from torch import Tensor

from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.landscapes.statistics import has_reset_statistics
from toykit.bridge.tracing.running import Runner
from toykit.errors import InputError
from toykit.landscape import Pair

HELD = 2**28
"""Bytes of values of one network that are held at a time."""

FIRST = 16
"""Examples of the first graph; where the data are no more, it is the only one."""


class Passes:
    """The graph of the module of a landscape, traced for every size of a part of the data that is asked for."""

    def __init__(self, net: TorchLandscape) -> None:
        self.net = net
        self._runners = {min(FIRST, net.count): Runner(net._module, net.inputs[:FIRST])}
        self.traced = next(iter(self._runners.values())).traced

    def parts(self, nodes: Iterable[str]) -> Iterator[tuple[Runner, Tensor]]:
        """The data in parts of almost one size, each with a runner for its size: the outputs of `nodes` fit into 256 MiB."""
        net = self.net
        shapes = {node.name: node.shape for node in self.traced.nodes}
        width = net.inputs.element_size() * sum(int(np.prod(shapes[name])) for name in nodes) / min(FIRST, net.count)
        most = net.count if has_reset_statistics(net._module) else max(1, min(net._chunk, int(HELD / max(1.0, width))))
        for rows in np.array_split(np.arange(net.count), -(-net.count // most)):
            inputs = net.inputs[int(rows[0]) : int(rows[-1]) + 1]
            if len(rows) not in self._runners:
                self._runners[len(rows)] = Runner(net._module, inputs)
            yield self._runners[len(rows)], inputs


def traceable(pair: Pair) -> TorchLandscape:
    """The landscape of a pair whose module can be traced.

    Raises:
        InputError: it is not a torch module.

    """
    net = pair.landscape
    if not isinstance(net, TorchLandscape):
        raise InputError(f"a graph is traced of a torch module; {pair.name} is a {type(net).__name__}; use toykit.matching")
    return net
