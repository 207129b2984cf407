"""The fraction of combinations that are as good as the worse endpoint, up to tau [combinability/combinable_fraction]."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from toykit.combining.draws import Mixing
from toykit.errors import InputError
from toykit.landscape import Floats


@dataclass(frozen=True)
class Fraction:
    """Losses of combinations with weights, both (count,), and the level c = max(L_a, L_b) + tau."""

    losses: Floats
    weights: Floats
    level: float
    exact: bool

    @property
    def mean(self) -> float:
        """M, of these losses."""
        return float(self.weights @ self.losses)

    @property
    def variance(self) -> float:
        """V, of these losses."""
        return float(self.weights @ (self.losses - self.mean) ** 2)

    def at_most(self, slack: float = 0.0) -> float:
        """F, the weight of the losses <= c; `slack` counts losses that lie above c by rounding only."""
        return float(self.weights[self.losses <= self.level + slack].sum())

    def below(self, slack: float = 0.0) -> float:
        """The weight of the losses < c - slack."""
        return float(self.weights[self.losses < self.level - slack].sum())

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The Clopper-Pearson interval of F for a sample; F itself, twice, where all combinations were visited."""
        if self.exact:
            return self.at_most(), self.at_most()
        n, good = len(self.losses), int((self.losses <= self.level).sum())
        rest = (1 - confidence) / 2
        low = float(beta.ppf(rest, good, n - good + 1)) if good else 0.0
        high = float(beta.ppf(1 - rest, good + 1, n - good)) if good < n else 1.0
        return low, high


def fraction(mixed: Mixing, tau: float = 0.0, *, draws: int = 100, few: int = 1024) -> Fraction:
    """All combinations where the law has at most two values and there are at most `few`, else `draws` of them.

    Raises:
        InputError: there is less than one draw.

    """
    if draws < 1:
        raise InputError(f"a fraction is counted on at least one draw; got {draws}; use 100")
    pair = mixed.pair
    level = max(pair.landscape.loss(pair.theta_a), pair.landscape.loss(pair.theta_b)) + tau
    exact = mixed.law.finite and mixed.blocks.count <= 16 and mixed.points <= few
    if exact:
        nodes = list(mixed.nodes())
        points, weights = (mixed.point(values) for values, _ in nodes), np.array([weight for _, weight in nodes])
    else:
        points, weights = (mixed.centre + mixed.step(xi) for xi in mixed.deviations(draws)), np.full(draws, 1 / draws)
    return Fraction(np.array([pair.landscape.loss(point) for point in points]), weights, level, exact)
