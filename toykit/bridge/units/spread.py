"""Mean and deviation of every unit at nodes of a traced graph, over all examples and positions."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from toykit.bridge.evaluating.passes import Passes
from toykit.combining.renormalisation import UnitMoments


class Spread:
    """Count, mean and sum of squared deviations of rows seen so far, merged part by part so that nothing cancels."""

    def __init__(self, units: int, device: torch.device) -> None:
        self.count = 0
        self.mean, self.squares = (torch.zeros(units, dtype=torch.float64, device=device) for _ in range(2))

    def add(self, rows: Tensor) -> None:
        """More rows, shape (rows, units)."""
        values, total = rows.double(), self.count + len(rows)
        mean = values.mean(0)
        apart = mean - self.mean
        self.squares = self.squares + ((values - mean) ** 2).sum(0) + apart**2 * (self.count * len(rows) / total)
        self.mean = self.mean + apart * (len(rows) / total)
        self.count = total

    @property
    def moments(self) -> UnitMoments:
        """mu and s, with the biased variance."""
        return UnitMoments(self.mean.cpu().numpy(), torch.sqrt(self.squares / self.count).cpu().numpy())


def unit_spread(passes: Passes, theta: Mapping[str, Tensor], axes: Mapping[str, int]) -> dict[str, UnitMoments]:
    """mu and s at theta of the units of each node, which lie along the given axis of its output."""
    found: dict[str, Spread] = {}
    for runner, inputs in passes.parts(axes) if axes else ():
        for name, value in runner.values(theta, inputs, set(axes)).items():
            rows = value.movedim(axes[name], -1).flatten(0, -2)
            found.setdefault(name, Spread(rows.shape[1], rows.device)).add(rows)
    return {name: spread.moments for name, spread in found.items()}
