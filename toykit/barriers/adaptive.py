"""The barrier from few evaluations: phi and phi' at positions that are chosen where the supremum may still be.

Between two positions the gap is replaced by the cubic through its values and slopes there (Hermite). The next position is
the top of the cubic that promises most, its own error counted in. That error is an estimate: what the last cubic missed at
the new position, scaled to the shorter intervals. A narrow peak between two positions can be missed, as on any grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toykit.chord import grid
from toykit.landscape import Pair
from toykit.verdict import Number

START = 5
"""Equally spaced positions to begin with: two would do on a chord with one ridge, and miss everything else."""
ORDER = 3
"""A part s of an interval is trusted to be s^3 times as far from its cubic: s^4 is right where phi is smooth, s at a kink."""
NEAREST = 0.1
"""No position is nearer to an end of its interval than this share of it, so that every interval shrinks."""


@dataclass(frozen=True)
class Node:
    """A position with g(t) and g'(t)."""

    t: float
    gap: float
    slope: float


@dataclass(frozen=True)
class Cubic:
    """The cubic of Hermite between two nodes, in the share s of the interval; `error` is the estimate of what it misses."""

    left: Node
    right: Node
    error: float

    @property
    def width(self) -> float:
        """The length of the interval."""
        return self.right.t - self.left.t

    def __call__(self, s: float) -> float:
        """The cubic at t = left + s width."""
        (c1, c2, c3) = self._coefficients
        return self.left.gap + s * (c1 + s * (c2 + s * c3))

    @property
    def top(self) -> tuple[float, float]:
        """The largest value on the interval and its s; s = 1/2 stands for the ends, which are known already."""
        c1, c2, c3 = self._coefficients
        inside = [float(root.real) for root in np.roots([3 * c3, 2 * c2, c1]) if root.imag == 0 and 0 < root.real < 1]
        best, s = max(((self(root), root) for root in inside), default=(-np.inf, 0.5))
        ends = max(self.left.gap, self.right.gap)
        return (best, s) if best > ends else (ends, 0.5)

    def split(self, s: float, middle: Node) -> tuple[Cubic, Cubic]:
        """The two cubics around a new node; the error of a cubic is C s^2 (1-s)^2, largest at s = 1/2."""
        error = abs(middle.gap - self(s)) / (16 * s * s * (1 - s) ** 2)
        return Cubic(self.left, middle, error * s**ORDER), Cubic(middle, self.right, error * (1 - s) ** ORDER)

    @property
    def _coefficients(self) -> tuple[float, float, float]:
        rise, first, last = self.right.gap - self.left.gap, self.left.slope * self.width, self.right.slope * self.width
        return first, 3 * rise - 2 * first - last, first + last - 2 * rise


@dataclass(frozen=True)
class Adaptive:
    """The largest gap found, where, how much the supremum is estimated to lie above it, and what it took.

    `converged`: the estimate fell below the tolerance within the evaluations allowed.
    """

    value: float
    argmax: float
    shortfall: float
    evaluations: int
    converged: bool

    @property
    def number(self) -> Number:
        """The barrier, ESTIMATED: a value of the gap, so a lower bound of the supremum."""
        short = f"an estimated {self.shortfall:.2g} below the supremum" if self.converged else "not converged"
        return Number.estimated(self.value, f"largest of {self.evaluations} adaptive values, a lower bound, {short}")


def adaptive_barrier(pair: Pair, *, relative: float = 1e-3, most: int = 40) -> Adaptive:
    """B = sup g from jets at few positions, until it is estimated to `relative`, or `most` jets are spent.

    A barrier below `relative` times the losses at the ends counts as this small: it is found to `relative`^2 of the losses.

    >>> from toykit.networks import Spline
    >>> found = adaptive_barrier(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())  # 16 t^2 (1-t)^2
    >>> found.value, found.argmax, found.evaluations
    (1.0, 0.5, 7)
    """
    first, last = (pair.landscape.jet(pair.theta_a, pair.theta_b, end) for end in (0.0, 1.0))
    line_slope = last.value - first.value

    def node(t: float) -> Node:
        found = pair.landscape.jet(pair.theta_a, pair.theta_b, t)
        return Node(t, found.value - (1 - t) * first.value - t * last.value, found.slope - line_slope)

    ends = Node(0.0, 0.0, first.slope - line_slope), Node(1.0, 0.0, last.slope - line_slope)
    nodes = [ends[0], *(node(float(t)) for t in grid(START)[1:-1]), ends[1]]
    cubics = _first(nodes)
    best, smallest, count = max(nodes, key=lambda n: n.gap), relative * max(abs(first.value), abs(last.value)), len(nodes)
    while True:
        promised = [cubic.top[0] + cubic.error for cubic in cubics]
        most_promising = int(np.argmax(promised))
        shortfall = max(promised[most_promising] - best.gap, 0.0)
        converged = shortfall <= relative * max(best.gap, smallest)
        if converged or count >= most:
            return Adaptive(best.gap, best.t, shortfall, count, converged)
        cubic = cubics[most_promising]
        s = min(max(cubic.top[1], NEAREST), 1 - NEAREST)
        middle = node(cubic.left.t + s * cubic.width)
        cubics[most_promising : most_promising + 1] = cubic.split(s, middle)
        best, count = max(best, middle, key=lambda n: n.gap), count + 1


def _first(nodes: list[Node]) -> list[Cubic]:
    """The cubics of the first nodes: each half is one interval that its own middle node has split."""
    found: list[Cubic] = []
    for left, middle, right in zip(nodes[:-2:2], nodes[1:-1:2], nodes[2::2], strict=True):
        found += Cubic(left, right, 0.0).split(0.5, middle)
    return found
