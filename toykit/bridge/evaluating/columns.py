"""The profile of a dense torch network: the first layer once for all positions, then blocks that stay in the cache.

Examples are columns, so that a row of ones under the features adds the bias inside the matrix product, and the outputs
of one class lie side by side. The layers run position by position, since products of several at once were slower at
every width tried; what is small, the weights and the losses, is done for several positions in one operation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from toykit.bridge.evaluating.sums import LossSums

InPlace = Callable[[Tensor], Tensor]
FEATURES = {"cpu": 1 << 16, "cuda": 1 << 24}
"""Numbers in one layer's features of a block of examples: on a CPU a few layers of them fit into the second-level cache."""
SHARED = 1 << 21
"""Numbers that one operation on the weights or the outputs of several positions makes at most."""
LINE = 16
"""Rows begin at multiples of this many numbers, whole cache lines: products of unaligned rows are a tenth slower."""


class Dense(NamedTuple):
    """W (n_l, n_{l-1}) and b (n_l,) at the two endpoints; biases are None where there are none."""

    weight_a: Tensor
    weight_b: Tensor
    bias_a: Tensor | None
    bias_b: Tensor | None

    @property
    def width(self) -> int:
        """n_l."""
        return len(self.weight_a)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of (W | b)."""
        return self.width, self.weight_a.shape[1] + 1

    def at(self, ts: Tensor, room: Tensor) -> list[Tensor]:
        """(W | b) at the positions ts (p,), written into the room (p, n_l, n_{l-1} + 1); b = 0 where there is none."""
        torch.lerp(self.weight_a, self.weight_b, ts.view(-1, 1, 1), out=room[:, :, :-1])
        if self.bias_a is None or self.bias_b is None:
            room[:, :, -1] = 0
        else:
            torch.lerp(self.bias_a, self.bias_b, ts.view(-1, 1), out=room[:, :, -1])
        return list(room)

    def line(self, inputs: Tensor, room: Tensor) -> tuple[Tensor, Tensor]:
        """Z and dZ/dt of the layer at t = 0 on inputs (n, d), written into the room (2, n_1, n)."""
        start, step = room.unbind()
        torch.mm(self.weight_a, inputs.T, out=start)
        torch.mm(self.weight_b, inputs.T, out=step)
        if self.bias_a is not None and self.bias_b is not None:
            start.add_(self.bias_a[:, None])
            step.add_(self.bias_b[:, None])
        return start, step.sub_(start)


def moved(activation: InPlace, inputs: Tensor) -> Callable[[Tensor, Tensor, float, Tensor], object]:
    """The function that writes activation(start + t step) into its last argument; for ReLU on a CPU in one pass.

    torch keeps that one operation for itself, so it is used where it is there.
    """
    fused = getattr(torch, "_add_relu", None)
    if activation is torch.relu_ and inputs.device.type == "cpu" and fused is not None:
        return lambda start, step, t, out: fused(start, step, alpha=t, out=out)
    return lambda start, step, t, out: activation(torch.add(start, step, alpha=t, out=out))


def dense_profile(layers: Sequence[Dense], activation: InPlace, inputs: Tensor, sums: LossSums, ts: Tensor) -> Tensor:
    """phi(t) = sum_i l / n at the positions ts (g,) for inputs (n, d) and at least two layers, in float64, shape (g,).

    The examples are in the order in which `sums` expects their outputs.
    """
    count, outputs, later = len(inputs), layers[-1].width, layers[1:]
    most = FEATURES.get(inputs.device.type, FEATURES["cuda"])
    blocks = math.ceil(count * max(layer.width for layer in layers) / most)
    columns = aligned(math.ceil(count / blocks))
    cuts = [slice(left, min(left + columns, count)) for left in range(0, count, columns)]
    together = min(len(ts), max(1, SHARED // max(outputs * count, *(math.prod(layer.shape) for layer in later))))
    rooms = iter(
        carved(
            inputs,
            [
                *((2, layers[0].width, columns) for _ in cuts),
                *((layer.width + 1, columns) for layer in layers[:-1]),
                *((together, *layer.shape) for layer in later),
                (together, outputs, aligned(count)),
            ],
        )
    )
    firsts = [layers[0].line(inputs[cut], next(rooms)[:, :, : cut.stop - cut.start]) for cut in cuts]
    buffers = [next(rooms) for _ in layers[:-1]]
    for buffer in buffers:
        buffer[-1] = 1
    weight_rooms, found = [next(rooms) for _ in later], next(rooms)[:, :, :count]
    enter, totals = moved(activation, inputs), []
    for some in torch.split(ts, together):
        weights = [layer.at(some, room[: len(some)]) for layer, room in zip(later, weight_rooms, strict=True)]
        steps = list(zip(some.tolist(), *weights, strict=True))
        for cut, (start, step) in zip(cuts, firsts, strict=True):
            features = [buffer[:, : cut.stop - cut.start] for buffer in buffers]
            above = [rows[:-1] for rows in features]
            for (t, *hidden, last), out in zip(steps, found[: len(some), :, cut], strict=True):
                enter(start, step, t, above[0])
                for weight, below, target in zip(hidden, features, above[1:], strict=False):
                    activation(torch.mm(weight, below, out=target))
                torch.mm(last, features[-1], out=out)
        totals.append(sums(found[: len(some)]))
    return torch.cat(totals) / count


def carved(like: Tensor, shapes: Sequence[tuple[int, ...]]) -> list[Tensor]:
    """Uninitialised tensors of these shapes in one allocation, each at the beginning of a cache line.

    The C library returns what it freed to the system when several pieces add up to more than twice the largest, and
    every call would then wait for fresh pages: a fifth of the time on small networks.
    """
    sizes = [aligned(math.prod(shape)) for shape in shapes]
    pieces = torch.split(like.new_empty(sum(sizes)), sizes)
    return [piece[: math.prod(shape)].view(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def aligned(numbers: int) -> int:
    """The next multiple of `LINE`."""
    return math.ceil(numbers / LINE) * LINE
