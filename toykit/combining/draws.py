"""Random combinations Theta(lambda) = theta_a + lambda * Delta of two endpoints, and the loss over their draws.

Few blocks are enumerated, with every vertex and its probability; many are drawn, with as many points in memory at a time as
the landscape takes in one pass: one or two, or a group where it has `points_at_once`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toykit.combining.granularity import Blocks, blocks
from toykit.combining.laws import Law, law
from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.parameters import Parameters, chord_point
from toykit.points import Points
from toykit.seeds import generator

ENUMERABLE = 2**16
"""Points that an enumeration may visit: 16 blocks of a law with two values, 10 with three nodes."""


@dataclass(frozen=True)
class Mixing:
    """A pair with a law of lambda, drawn independently for each block."""

    pair: Pair
    law: Law
    blocks: Blocks

    @cached_property
    def centre(self) -> Parameters:
        """Theta_m = theta_a + m Delta."""
        return chord_point(self.pair.theta_a, self.pair.theta_b, self.law.mean)

    @cached_property
    def delta(self) -> Parameters:
        """Delta = theta_b - theta_a."""
        return self.pair.delta

    def step(self, xi: Floats) -> Parameters:
        """xi * Delta for deviations xi = lambda - m, shape (blocks,): Theta(lambda) - Theta_m."""
        return self.blocks.spread(xi, self.delta) * self.delta

    def point(self, values: Floats) -> Parameters:
        """Theta(lambda) for one lambda per block, shape (blocks,)."""
        return self.centre + self.step(values - self.law.mean)

    def stacked(self, xis: Floats) -> Points:
        """Theta_m + xi * Delta for deviations of shape (g, blocks), in the order of the rows."""
        spread = self.blocks.spread(xis, self.delta)
        return Points({name: array + spread[name] * self.delta[name] for name, array in self.centre.items()})

    @property
    def points(self) -> int:
        """How many points an enumeration visits."""
        return int(len(self.law.nodes) ** self.blocks.count)

    @property
    def enumerable(self) -> bool:
        """Few enough points to enumerate."""
        return self.blocks.count <= 16 and self.points <= ENUMERABLE

    def nodes(self) -> Iterator[tuple[Floats, float]]:
        """Every combination of the law's nodes, shape (blocks,), with its weight; the weights sum to 1.

        Raises:
            InputError: there are too many blocks.

        """
        if not self.enumerable:
            raise InputError(
                f"an enumeration visits at most {ENUMERABLE} points of at most 16 blocks; "
                f"got {self.blocks.count} blocks with {len(self.law.nodes)} values each; draw a sample instead"
            )
        for chosen in itertools.product(self.law.nodes, repeat=self.blocks.count):
            values = np.array([value for value, _ in chosen], dtype=np.float64)
            yield values, math.prod(weight for _, weight in chosen)

    def deviations(self, count: int, number: int = 0) -> Iterator[Floats]:
        """`count` independent draws of lambda - m, shape (blocks,) each, the same for one law, partition and number."""
        stream = generator(f"lambda {self.law.spec} {self.blocks.granularity}", number)
        return (self.law.draw(stream, self.blocks.count) - self.law.mean for _ in range(count))


def mixing(pair: Pair, spec: str = "bernoulli(0.5)", granularity: str = "element") -> Mixing:
    """The mixing of a pair by the names of law and granularity."""
    return Mixing(pair, law(spec), blocks(granularity, pair.theta_a))


def expectation(mixed: Mixing) -> float:
    """E L(Theta(lambda)) by enumeration: exact for a law with two values, and for others if L has degree <= 5 in each lambda."""
    return math.fsum(weight * mixed.pair.landscape.loss(mixed.point(values)) for values, weight in mixed.nodes())


@dataclass(frozen=True)
class Sample:
    """Losses of random combinations, shape (draws,) or (draws, 2) for antithetic pairs lambda, 2m - lambda."""

    losses: Floats

    @property
    def mean(self) -> float:
        """The mean over all draws."""
        return float(self.losses.mean())

    @property
    def error(self) -> float:
        """The standard error of the mean; antithetic pairs count as one draw each."""
        means = self.losses.reshape(len(self.losses), -1).mean(axis=1)
        return float(means.std(ddof=1) / math.sqrt(len(means)))

    def quantiles(self, levels: tuple[float, ...] = (0.1, 0.5, 0.9)) -> tuple[float, ...]:
        """Quantiles of the loss over single draws."""
        return tuple(float(q) for q in np.quantile(self.losses, levels))


def sample(mixed: Mixing, draws: int, number: int = 0) -> Sample:
    """Losses at `draws` random combinations, each with its antithetic partner where the law is symmetric.

    Raises:
        InputError: fewer than two draws, which have no standard error.

    """
    if draws < 2:
        raise InputError(f"a sample has at least 2 draws, for a standard error; got {draws}")
    signs = (1.0, -1.0) if mixed.law.symmetric else (1.0,)
    landscape, stream = mixed.pair.landscape, mixed.deviations(draws, number)
    together = getattr(landscape, "points_at_once", 1)
    if together == 1:
        found = [landscape.losses([mixed.centre + mixed.step(sign * xi) for sign in signs]) for xi in stream]
    else:
        found = []
        while group := list(itertools.islice(stream, max(1, together // len(signs)))):
            found.append(landscape.losses(mixed.stacked(np.stack([sign * xi for xi in group for sign in signs]))))
    losses = np.concatenate(found, dtype=np.float64).reshape(draws, len(signs))
    return Sample(losses if mixed.law.symmetric else losses[:, 0])
