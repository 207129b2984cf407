"""Branch and bound on [0, 1]: halve the part with the largest upper bound until the enclosure is tight enough.

A part is worth its evaluation only where its remainder may come out small enough. What is expected of it, from the part that
it comes from or from a part of the same width, decides whether it is evaluated or halved at once; never what is certified.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from toykit.barriers.certified.rounding import TINY
from toykit.verdict import Number


class Stop(StrEnum):
    """Why the search ended."""

    TOLERANCE = "tolerance"
    THRESHOLD = "threshold"
    BUDGET = "budget"
    PRECISION = "precision"


@dataclass(frozen=True)
class Enclosed:
    """lo <= B <= hi, where lo is attained at `argmax`; why the search stopped; evaluations and seconds spent.

    `scale` is the larger loss of the ends. `finest` is the smallest width of a part so far, with its `remainder`.
    """

    lo: float
    hi: float
    argmax: float
    stopped: Stop
    evaluations: int
    seconds: float
    scale: float = 0.0
    finest: float = 1.0
    remainder: float = 0.0

    @property
    def telling(self) -> bool:
        """Whether the upper end says anything: it is below `BEYOND` times the barrier and the loss of the ends."""
        return self.hi <= BEYOND * max(self.lo, self.scale)

    @property
    def note(self) -> str:
        """Why the search stopped and, where the upper end says nothing, why that is and what an answer would cost."""
        stopped = f"stopped by {self.stopped} after {self.evaluations} evaluations"
        if self.evaluations == 0:
            return f"NOT CERTIFIED, {stopped}: a search makes at least {FEWEST}, which take about {self.seconds:.2g} s"
        if self.telling:
            return stopped
        parts = (self.remainder / max(self.lo, self.scale, TINY)) ** 0.5 / self.finest
        cost = parts * self.seconds / max(self.evaluations, 1)
        return (
            f"NOT CERTIFIED from above, {stopped}: remainders grow from layer to layer, and on parts of width {self.finest:.2g} "
            f"they are still {self.remainder:.2g}; a useful upper end needs about {parts:.2g} parts or {cost:.2g} s"
        )

    @classmethod
    def unasked(cls, seconds: float) -> Enclosed:
        """What is known before any evaluation, where the fewest already take `seconds`, which are more than is allowed."""
        return cls(0.0, math.inf, 0.0, Stop.BUDGET, 0, seconds)

    @property
    def number(self) -> Number:
        """The barrier as a certified number; `note` goes with it."""
        return Number.certified(self.lo, self.hi, self.note)


BEYOND = 10.0
"""Times the barrier and the ends' loss above which an upper end says nothing."""
FEWEST = 4
"""Evaluations that the shortest search makes: both ends, one position and one part."""
SMALLEST = 2.0**-26
"""The width below which a part is not halved any more."""
PARTS = 8
"""Parts that the search starts with."""
FIRST = (0.5, 0.25, 0.75)
"""Positions that are asked first until one is above the line: barriers of trained pairs are highest near the middle."""
SHRINKS = 6.0
"""What halving does to a remainder at least, as seen on ReLU and tanh networks (4 to 20): below it a part is not skipped."""
VARIES = 3.0
"""How much less than its neighbour's a part's remainder is at most expected to be, as seen on digits networks."""


class Part(NamedTuple):
    """What is known of g on a part: a rigorous upper bound, and as guides the maximiser, the value there and the remainder.

    `halves` are the largest values on the left and on the right half.
    """

    upper: float
    position: float
    promise: float
    remainder: float
    halves: tuple[float, float]


class _Search:
    """The state of one search: the best value, the parts that may hold more, and the remainder last seen at every width."""

    def __init__(
        self, bound: Callable[[float, float], Part], at: Callable[[float], float], scale: float, relative: float
    ) -> None:
        self.bound, self.at, self.least, self.relative = bound, at, scale * 1e-3, relative
        self.lo, self.argmax, self.evaluations = 0.0, 0.0, 0
        self.heap: list[tuple[float, float, float, Part]] = []
        self.seen: dict[float, float] = {}

    @property
    def goal(self) -> float:
        return self.relative * max(self.lo, self.least)

    def ask(self, t: float) -> None:
        """A value of g, from below."""
        reached = self.at(t)
        self.evaluations += 1
        if self.lo < reached < math.inf:  # what has overflowed is no number that B could be above
            self.lo, self.argmax = reached, t

    def evaluate(self, left: float, right: float) -> None:
        part = self.bound(left, right)
        self.evaluations += 1
        self.seen[right - left] = part.remainder
        promises = part.promise > self.lo + self.goal / 4 and part.remainder < abs(part.promise)
        if part.upper > self.lo + self.goal and promises:
            self.ask(min(max(part.position, left), right))
        if part.upper > self.lo:
            heapq.heappush(self.heap, (-part.upper, left, right, part))

    def useless(self, remainder: float, value: float) -> bool:
        """Whether a part with this remainder would be halved anyway."""
        return remainder > max(self.lo + self.goal - value, self.goal)

    def refine(self, left: float, right: float, part: Part) -> None:
        """The halves of a part, or their halves where they would be halved anyway."""
        middle = (left + right) / 2
        for start, end, value in ((left, middle, part.halves[0]), (middle, right, part.halves[1])):
            telling = part.remainder < abs(value)
            if telling and self.useless(part.remainder / SHRINKS, value):
                between = (start + end) / 2
                self.evaluate(start, between)
                self.evaluate(between, end)
            else:
                self.evaluate(start, end)


def maximise(
    bound: Callable[[float, float], Part],
    at: Callable[[float], float],
    *,
    scale: float,
    relative: float,
    seconds: float,
    threshold: float | None = None,
) -> Enclosed:
    """Enclose sup g on [0, 1], where g(0) = g(1) = 0.

    `bound(l, r)` is a rigorous upper bound of g on [l, r] with its guides; `at(t)` is a rigorous lower bound of g(t), asked
    for only where a value promises a better one. `scale` is the larger loss of the ends.
    Stops when hi - lo <= relative * max(lo, scale/1000), when hi <= threshold, or when the time is spent.
    """
    began = time.process_time()
    search = _Search(bound, at, scale, relative)

    def spent() -> bool:
        return time.process_time() - began > seconds

    for t in FIRST:
        if search.lo == 0 and not (search.evaluations and spent()):
            search.ask(t)
    waiting = [(part / PARTS, (part + 1) / PARTS) for part in reversed(range(PARTS))]
    while waiting:
        left, right = waiting.pop()
        if spent() and search.evaluations > 1:  # one part for what is left, on networks that take long
            search.evaluate(left, 1.0)
            break
        if search.useless(search.seen.get(right - left, 0.0) / VARIES, -scale) and right - left > SMALLEST:
            middle = (left + right) / 2
            waiting += [(middle, right), (left, middle)]
        else:
            search.evaluate(left, right)
    while True:
        top = -search.heap[0][0] if search.heap else search.lo
        if top <= search.lo + search.goal:
            stopped = Stop.TOLERANCE
        elif threshold is not None and top <= threshold:
            stopped = Stop.THRESHOLD
        elif spent():
            stopped = Stop.BUDGET
        elif search.heap[0][2] - search.heap[0][1] < SMALLEST:  # what is left is rounding: the exact engine must take over
            stopped = Stop.PRECISION
        else:
            _, left, right, part = heapq.heappop(search.heap)
            search.refine(left, right, part)
            continue
        spent_seconds, finest = time.process_time() - began, min(search.seen, default=1.0)
        left_over = search.seen.get(finest, 0.0)
        found = search.lo, max(search.lo, top), search.argmax, stopped, search.evaluations, spent_seconds
        return Enclosed(*found, scale, finest, left_over)
