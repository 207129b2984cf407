"""Branch and bound on [0, 1]: halve the part with the largest upper bound until the enclosure is tight enough."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from toykit.verdict import Number


class Stop(StrEnum):
    """Why the search ended."""

    TOLERANCE = "tolerance"
    THRESHOLD = "threshold"
    BUDGET = "budget"
    PRECISION = "precision"


@dataclass(frozen=True)
class Enclosed:
    """lo <= B <= hi, where lo is attained at `argmax`; why the search stopped; evaluations and seconds spent."""

    lo: float
    hi: float
    argmax: float
    stopped: Stop
    evaluations: int
    seconds: float

    @property
    def number(self) -> Number:
        """The barrier as a certified number."""
        return Number.certified(self.lo, self.hi, f"stopped by {self.stopped} after {self.evaluations} evaluations")


def maximise(
    bound: Callable[[float, float], tuple[float, float, float]],
    at: Callable[[float], float],
    *,
    scale: float,
    relative: float,
    seconds: float,
    threshold: float | None = None,
    parts: int = 8,
) -> Enclosed:
    """Enclose sup g on [0, 1], where g(0) = g(1) = 0.

    `bound(l, r)` is a rigorous upper bound of g on [l, r], a good position, and roughly the value of g there; `at(t)` is
    a rigorous lower bound of g(t), asked for only where that value promises a better one.
    Stops when hi - lo <= relative * max(lo, scale/1000), when hi <= threshold, or when the time is spent.
    """
    began = time.process_time()
    lo, argmax, evaluations = 0.0, 0.0, 0
    heap: list[tuple[float, float, float]] = []

    def goal() -> float:
        return relative * max(lo, scale * 1e-3)

    def push(left: float, right: float) -> None:
        nonlocal lo, argmax, evaluations
        upper, position, promise = bound(left, right)
        evaluations += 1
        if upper > lo + goal() and promise > lo + goal() / 4:
            reached = at(min(max(position, left), right))
            evaluations += 1
            if reached > lo:
                lo, argmax = reached, position
        if upper > lo:
            heapq.heappush(heap, (-upper, left, right))

    for part in range(parts):
        if part and time.process_time() - began > seconds:  # one part for what is left, on networks that take long
            push(part / parts, 1.0)
            break
        push(part / parts, (part + 1) / parts)
    while True:
        top = -heap[0][0] if heap else lo
        if top <= lo + goal():
            stopped = Stop.TOLERANCE
        elif threshold is not None and top <= threshold:
            stopped = Stop.THRESHOLD
        elif time.process_time() - began > seconds:
            stopped = Stop.BUDGET
        elif heap[0][2] - heap[0][1] < 2.0**-26:  # what is left is rounding: the exact engine must take over
            stopped = Stop.PRECISION
        else:
            _, left, right = heapq.heappop(heap)
            middle = (left + right) / 2
            push(left, middle)
            push(middle, right)
            continue
        return Enclosed(lo, max(lo, top), argmax, stopped, evaluations, time.process_time() - began)
