"""Gap = g(m) + Exc of a law of lambda, with the spread over draws and the same in error [combinability/combinability_gap]."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from toykit.combining.draws import Mixing
from toykit.landscape import Floats


@dataclass(frozen=True)
class Gap:
    """Losses of random combinations with weights, both shape (count,), against the chord and against the loss at the mean.

    `progress`: weighted mean of <Theta - theta_a, Delta>/|Delta|^2, the position of the mean combination on the chord.
    """

    losses: Floats
    weights: Floats
    errors: Floats | None
    line: float
    at_mean: float
    progress: float
    exact: bool

    @property
    def mean(self) -> float:
        """E L(Theta(lambda))."""
        return float(self.weights @ self.losses)

    @property
    def deviation(self) -> float:
        """Standard deviation of the loss over single draws."""
        return math.sqrt(float(self.weights @ (self.losses - self.mean) ** 2))

    @property
    def gap(self) -> float:
        """E L(Theta(lambda)) - [(1-m) L_a + m L_b]."""
        return self.mean - self.line

    @property
    def excess(self) -> float:
        """E L(Theta(lambda)) - L(Theta_m)."""
        return float(self.weights @ (self.losses - self.at_mean))

    @property
    def quantiles(self) -> dict[str, float]:
        """The 10, 50 and 90 % quantiles of the loss over single draws."""
        order = np.argsort(self.losses)
        reached = np.cumsum(self.weights[order])
        places = [min(int(np.searchsorted(reached, level * reached[-1])), len(order) - 1) for level in (0.1, 0.5, 0.9)]
        return {f"{level}%": float(self.losses[order[place]]) for level, place in zip((10, 50, 90), places, strict=True)}


def combination_gap(mixed: Mixing, draws: int, *, few: int = 512, hold: float | None = None) -> Gap:
    """The gap from all lambda where these are at most `few`, else from `draws` draws; `hold` fixes the first block's lambda."""
    pair, m = mixed.pair, mixed.law.mean
    exact = mixed.law.finite and mixed.blocks.count <= 16 and mixed.points <= few
    chosen = mixed.nodes() if exact else ((xi + m, 1 / draws) for xi in mixed.deviations(draws))
    length = mixed.delta.dot(mixed.delta)
    losses, errors, progress, shares = [], [], [], []
    for values, weight in chosen:
        if hold is not None:
            values[0] = hold
        point = mixed.point(values)
        losses.append(pair.landscape.loss(point))
        errors.append(pair.landscape.error(point))
        shares.append(weight)
        progress.append((point - pair.theta_a).dot(mixed.delta) / length if length else m)
    weights = np.array(shares)
    return Gap(
        losses=np.array(losses),
        weights=weights,
        errors=None if any(e is None for e in errors) else np.array(errors, dtype=np.float64),
        line=(1 - m) * pair.landscape.loss(pair.theta_a) + m * pair.landscape.loss(pair.theta_b),
        at_mean=pair.landscape.loss(mixed.centre),
        progress=float(weights @ np.array(progress)),
        exact=exact,
    )
