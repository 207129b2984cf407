"""Random combinations of K networks, one Dirichlet weight vector per block, and the hull of the networks.

Theta = sum_q w_q theta_q with w ~ Dirichlet(alpha, .., alpha) per block; alpha = 0 picks one network per block, one block
for everything gives the points of the hull [combinability/simplex_hull].
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from toykit.combining.draws import ENUMERABLE
from toykit.combining.granularity import Blocks, blocks
from toykit.errors import InputError
from toykit.landscape import Floats, Landscape
from toykit.parameters import Parameters
from toykit.seeds import generator


@dataclass(frozen=True)
class Simplex:
    """K networks of one landscape, the parameter alpha of their weights, and the blocks that have weights of their own."""

    landscape: Landscape
    thetas: tuple[Parameters, ...]
    alpha: float
    blocks: Blocks

    @property
    def count(self) -> int:
        """K, the number of networks."""
        return len(self.thetas)

    @cached_property
    def centre(self) -> Parameters:
        """thetabar = (theta_1 + .. + theta_K)/K."""
        return sum(self.thetas[1:], start=self.thetas[0]) * (1 / self.count)

    @cached_property
    def ways(self) -> tuple[Parameters, ...]:
        """D_q = theta_q - thetabar."""
        return tuple(theta - self.centre for theta in self.thetas)

    @property
    def about_mean_2(self) -> float:
        """sum_q |D_q|^2."""
        return math.fsum(way.dot(way) for way in self.ways)

    @property
    def picks(self) -> int:
        """How many points there are for alpha = 0: K to the number of blocks."""
        return int(self.count**self.blocks.count)

    def step(self, weights: Floats) -> Parameters:
        """Theta - thetabar for weights of shape (blocks, K), each row with the sum 1."""
        parts = [self.blocks.spread(column, way) * way for column, way in zip(weights.T, self.ways, strict=True)]
        return sum(parts[1:], start=parts[0])

    def point(self, weights: Floats) -> Parameters:
        """Theta for weights of shape (blocks, K), each row with the sum 1."""
        return self.centre + self.step(weights)

    def vertices(self) -> Iterator[Floats]:
        """All weights with one network picked per block, shape (blocks, K).

        Raises:
            InputError: there are too many.

        """
        if self.picks > ENUMERABLE:
            raise InputError(
                f"an enumeration visits at most {ENUMERABLE} points; {self.count} networks in {self.blocks.count} blocks have "
                f"{self.picks}; draw a sample instead"
            )
        eye = np.eye(self.count)
        return (eye[list(chosen)] for chosen in itertools.product(range(self.count), repeat=self.blocks.count))

    def draws(self, count: int, number: int = 0) -> Iterator[Floats]:
        """`count` independent draws of all weights, shape (blocks, K) each; the same for one law, partition and number."""
        stream = generator(f"weights {self.alpha:g} {self.count} {self.blocks.granularity}", number)
        return (dirichlet(stream, self.alpha, self.count, self.blocks.count) for _ in range(count))


def simplex(landscape: Landscape, thetas: Sequence[Parameters], alpha: float = 1.0, granularity: str = "element") -> Simplex:
    """The random combinations of two or more networks.

    Raises:
        InputError: there are fewer than two networks, alpha is negative, or the granularity is unknown.

    """
    if len(thetas) < 2:
        raise InputError(f"a hull is spanned by at least 2 networks; got {len(thetas)}; add one")
    if not 0 <= alpha < math.inf:
        raise InputError(f"the alpha of a Dirichlet law is at least 0; got {alpha:g}; 0 picks one network per block")
    return Simplex(landscape, tuple(thetas), float(alpha), blocks(granularity, thetas[0]))


def dirichlet(stream: np.random.Generator, alpha: float, models: int, rows: int) -> Floats:
    """Independent weight vectors with the law Dirichlet(alpha, .., alpha), shape (rows, models); alpha = 0 picks one."""
    if alpha == 0:
        return np.eye(models)[stream.integers(0, models, rows)]
    return stream.dirichlet(np.full(models, alpha), rows)


def exact_trace(mixed: Simplex) -> float:
    """(1/K) sum_q sum_b D_qb^T H_bb D_qb at the centre, one curvature per network and block."""
    eye = np.eye(mixed.blocks.count)
    parts = (mixed.blocks.spread(row, way) * way for way in mixed.ways for row in eye)
    return math.fsum(mixed.landscape.curvature(mixed.centre, part) for part in parts) / mixed.count


def barycentric(count: int, parts: int) -> Floats:
    """All weight vectors whose entries are multiples of 1/parts, shape (points, count): a grid of the hull, corners included."""
    found = [chosen for chosen in itertools.product(range(parts + 1), repeat=count - 1) if sum(chosen) <= parts]
    return np.array([(*chosen, parts - sum(chosen)) for chosen in found], dtype=np.float64) / parts


def hull_gaps(landscape: Landscape, thetas: Sequence[Parameters], weights: Floats) -> Floats:
    """L(sum_q w_q theta_q) - sum_q w_q L(theta_q) at weights (points, K), shape (points,): a lower bound of the barrier."""
    whole = simplex(landscape, thetas, granularity="global")
    losses = landscape.losses([whole.point(row[None]) for row in weights])
    return np.asarray(losses, dtype=np.float64) - weights @ landscape.losses(list(thetas))
