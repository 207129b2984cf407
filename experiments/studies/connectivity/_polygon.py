"""Searching a polygonal path with a few free waypoints: Adam on a soft maximum of the loss over positions of all segments."""

from __future__ import annotations

import torch
from torch import nn
from torch.func import functional_call

from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.paths import Path, Segment
from toykit.seeds import seed

WAYPOINTS, POSITIONS, SHARPNESS, RATE, NOISE = 3, 8, 1000.0, 1e-2, 1e-2
"""Free waypoints, positions per segment, sharpness of the soft maximum per unit of loss, rate of Adam, first noise."""


def searched(net: LayeredTorch, module: nn.Module, pair: Pair, steps: int, name: str) -> Path:
    """The path after `steps` steps in float32 from the chord with noise, for the loss |z - y|^2 / 2 on one-hot labels.

    A search only: that it finds no lower path proves nothing.
    """
    kind = torch.float32
    ends = [{key: array.to(kind) for key, array in theta.items()} for theta in (pair.theta_a, pair.theta_b)]
    shares = torch.linspace(0.0, 1.0, WAYPOINTS + 2)[1:-1]
    draw = torch.Generator().manual_seed(seed(name))
    free = dict[str, torch.Tensor]()
    for key in ends[0]:
        between = torch.stack([(1 - s) * ends[0][key] + s * ends[1][key] for s in shares])
        free[key] = (between + NOISE * torch.randn(between.shape, generator=draw)).requires_grad_()
    optimizer = torch.optim.Adam(list(free.values()), lr=RATE)
    inputs, targets = net.inputs.to(kind), nn.functional.one_hot(net.targets, 10).to(kind)
    ts = torch.arange(POSITIONS) / POSITIONS
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - step / steps)
        points = {key: _points(ends[0][key], free[key], ends[1][key], ts) for key in free}
        outputs = torch.vmap(lambda point: functional_call(module, point, (inputs,)))(points)
        losses = 0.5 * ((outputs - targets) ** 2).sum(-1).mean(-1)
        optimizer.zero_grad()
        torch.autograd.backward(torch.logsumexp(SHARPNESS * losses, 0) / SHARPNESS)
        optimizer.step()
    middle = [Parameters({key: array.detach()[i].double() for key, array in free.items()}) for i in range(WAYPOINTS)]
    return Path((pair.theta_a, *middle, pair.theta_b), tuple(Segment("?", "searched") for _ in range(WAYPOINTS + 1)))


def _points(a: torch.Tensor, free: torch.Tensor, b: torch.Tensor, ts: torch.Tensor) -> torch.Tensor:
    """All positions of all segments of one array, shape (segments * positions, ...)."""
    way = torch.cat([a[None], free, b[None]])
    share = ts.reshape(1, -1, *(1 for _ in a.shape))
    return ((1 - share) * way[:-1, None] + share * way[1:, None]).flatten(0, 1)
