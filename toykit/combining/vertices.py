"""Pairs of random vertices of the box between two endpoints: all of them for few blocks, drawn one by one for many.

Three facts of a pair break an assumption on purpose, for checks of necessity: `drawn` is the granularity in which lambda
really varied, `held` = `yes` holds the first block at lambda = 1, `repeated` = `yes` takes the first vertex of a pair twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from toykit.combining.draws import Mixing, mixing
from toykit.landscape import Floats, Pair
from toykit.parameters import Parameters

SPEC = "bernoulli(0.5)"
FEW = 5  # blocks of which every pair of vertices, at most 1024, is visited


@dataclass(frozen=True)
class Vertices:
    """Pairs of independent vertices, every pair of equal weight."""

    drawn: Mixing
    count: int
    exact: bool

    def __iter__(self) -> Iterator[tuple[Parameters, Parameters]]:
        """The two points of one pair after the other."""
        held = self.drawn.pair.facts.get("held") == "yes"
        repeated = self.drawn.pair.facts.get("repeated") == "yes"
        for first, second in self._lambdas():
            if held:
                first[0] = second[0] = 1.0
            left = self.drawn.point(first)
            yield left, left if repeated else self.drawn.point(second)

    def _lambdas(self) -> Iterator[tuple[Floats, Floats]]:
        if self.exact:
            every = [values for values, _ in self.drawn.nodes()]
            return ((p.copy(), q.copy()) for p, q in itertools.product(every, every))
        half = self.drawn.law.mean
        draws = (self.drawn.deviations(self.count, number) for number in (1, 2))
        return ((p + half, q + half) for p, q in zip(*draws, strict=True))


def vertices(pair: Pair, granularity: str, count: int) -> Vertices:
    """All ordered pairs of vertices of up to 5 blocks, else `count` drawn pairs."""
    drawn = mixing(pair, SPEC, pair.facts.get("drawn", granularity))
    if drawn.blocks.count <= FEW:
        return Vertices(drawn, 4**drawn.blocks.count, True)
    return Vertices(drawn, count, False)
