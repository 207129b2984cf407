"""The profile of a dense torch network: the first layer once for all positions, then blocks that stay in the cache.

Examples are columns, so that a row of ones under the features adds the bias inside the matrix product, and the outputs
of one class lie side by side. The layers run position by position, since several at once were slower on every width
tried; what is small, the weights and the losses of narrow networks, is done for several positions in one operation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from toykit.bridge.criterion import Criterion, batched

InPlace = Callable[[Tensor], Tensor]
FEATURES = 1 << 18
"""Numbers in one layer's features of a block of examples."""
SHARED = 1 << 18
"""Numbers that one operation on the weights or the outputs of several positions makes at most."""


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

    def at(self, ts: Tensor) -> Tensor:
        """(W | b) of the layer at the positions ts (p, 1, 1), shape (p, n_l, n_{l-1} + 1), b = 0 where there is none."""
        found = ts.new_zeros((len(ts), self.width, self.weight_a.shape[1] + 1))
        torch.lerp(self.weight_a, self.weight_b, ts, out=found[:, :, :-1])
        if self.bias_a is not None and self.bias_b is not None:
            torch.lerp(self.bias_a, self.bias_b, ts[:, :, 0], out=found[:, :, -1])
        return found


def dense_profile(
    layers: Sequence[Dense], activation: InPlace, inputs: Tensor, targets: Tensor, criterion: Criterion, ts: Tensor
) -> Tensor:
    """phi(t) at the positions ts (g,) for inputs (n, d) and at least two layers, in float64, shape (g,)."""
    count, outputs = len(inputs), layers[-1].width
    columns = min(count, max(1, FEATURES // max(layer.width for layer in layers)))
    largest = max(outputs * count, *(layer.weight_a.numel() for layer in layers[1:]))
    sums = batched(criterion, targets, outputs, inputs.dtype)
    first_a, first_b = _first(layers[0].weight_a, layers[0].bias_a, inputs), _first(layers[0].weight_b, layers[0].bias_b, inputs)
    step = first_b.sub_(first_a)
    buffers = [inputs.new_ones((layer.width + 1, columns)) for layer in layers[:-1]]
    totals = []
    for together in torch.split(ts, max(1, SHARED // largest)):
        weights = [list(layer.at(together.view(-1, 1, 1))) for layer in layers[1:]]
        found = inputs.new_empty((len(together), outputs, count))
        for left in range(0, count, columns):
            cut = slice(left, left + columns)
            features = [buffer[:, : min(columns, count - left)] for buffer in buffers]
            above = [rows[:-1] for rows in features]
            for position, t in enumerate(together.tolist()):
                torch.add(first_a[:, cut], step[:, cut], alpha=t, out=above[0])
                for layer, rows in enumerate(above):
                    activation(rows)
                    out = above[layer + 1] if layer + 1 < len(above) else found[position, :, cut]
                    torch.mm(weights[layer][position], features[layer], out=out)
        totals.append(sums(found))
    return torch.cat(totals) / count


def _first(weight: Tensor, bias: Tensor | None, inputs: Tensor) -> Tensor:
    """Z_1^T = W_1 X^T + b_1, shape (n_1, n)."""
    found = weight @ inputs.T
    return found if bias is None else found.add_(bias[:, None])
