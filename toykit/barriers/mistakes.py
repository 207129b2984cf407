"""Rigorous barriers of the error of a pair: exact on the pieces of small networks, certified by the signs of margins on others.

The certified search halves parts of the chord and takes along only the examples that a part has left undecided, so most of
them are looked at once or twice. An example that changes sides stays undecided on a part around that position alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from toykit.arrays import to_numpy
from toykit.barriers.certified import Stop
from toykit.barriers.conventions import Barriers
from toykit.barriers.deciding import Judge, Part, Verdicts
from toykit.barriers.enclosed import KnowsChord, dense, dense_chord, engine, exact_chord, require_float64
from toykit.errors import InputError
from toykit.landscape import Landscape, Layered, Pair
from toykit.parameters import Array
from toykit.verdict import Number

if TYPE_CHECKING:
    from toykit.barriers.exact import ErrorSteps

NARROWEST = 2.0**-26
"""No part is halved below this: what is left undecided there is a tie, or rounding."""
PARTS = 8


def exact_error(pair: Pair, *, processes: int = 1) -> ErrorSteps:
    """e(t), the error of a ReLU, leaky ReLU or linear network along the chord, as a step function; needs the extra `exact`.

    The weights and data are read as the exact numbers that they are, and the first of several largest outputs wins.

    Raises:
        InputError: the landscape is not of this kind, has no classes, or its numbers have no usable common denominator.
        MissingExtra: python-flint is not installed.
        WorkerError: one of several processes was killed.

    """
    exact, activation, labels = engine(), dense(pair).activation, _labels(pair)
    if not activation.piecewise_linear:
        raise InputError(f"only piecewise-linear networks have exact steps; got {activation.name}; use certified_error")
    found: ErrorSteps = exact.error_steps_of_layers(**exact_chord(pair), labels=to_numpy(labels).tolist(), processes=processes)
    return found


@dataclass(frozen=True)
class EnclosedError:
    """The five conventions for the error, CERTIFIED; why the search stopped; evaluations and seconds spent."""

    barriers: Barriers
    stopped: Stop
    evaluations: int
    seconds: float


def certified_error(pair: Pair, *, relative: float = 1e-4, seconds: float = 60.0) -> EnclosedError:
    """Enclosures of the barriers of the error, on chains of dense layers and on what `KnowsChord`, whatever the loss.

    Stops when sup g is known to `relative` and the largest error exactly, or after `seconds` of CPU time; whatever stopped it,
    the enclosures are rigorous in float64. `argmax` lies between `max` and `barrier` [barrier/barrier_conventions].

    Raises:
        InputError: there are no classes, an operator or the activation has no rule, or the landscape is not in float64.

    """
    began, judge = time.process_time(), Judge(_chord(pair), _labels(pair))
    everyone = np.arange(judge.count)
    ends = [judge(t, t, 0, everyone) for t in (0.0, 1.0)]
    middle = judge(0.5, 0.5, 0, everyone)
    search = _Search(judge, *ends)
    search.halve(Part(0.0, 1.0, 0, everyone), PARTS)
    stopped = search.run(relative, lambda: time.process_time() - began > seconds)
    note = f"stopped by {stopped} after {judge.evaluations} evaluations"
    return EnclosedError(search.barriers(middle, note), stopped, judge.evaluations, time.process_time() - began)


class _Search:
    """Parts that cover the chord; the one that allows most is halved. All comparisons are between fractions."""

    def __init__(self, judge: Judge, first: Part, last: Part) -> None:
        self.judge, self.ends = judge, (first, last)
        self.parts: list[tuple[Fraction, Part]] = []
        self.lo, self.highest = Fraction(0), max(first.wrong, last.wrong)

    def halve(self, part: Part, pieces: int = 2) -> None:
        """Replace a part by equal pieces of it."""
        cuts = [part.left + (part.right - part.left) * k / pieces for k in range(pieces + 1)]
        for left, right in pairwise(cuts):
            found = self.judge(left, right, part.wrong, part.undecided)
            self.lo = max(self.lo, found.wrong - min(self.line(left)[1], self.line(right)[1]))
            self.highest = max(self.highest, found.wrong)
            self.parts.append((found.most - min(self.line(left)[0], self.line(right)[0]), found))

    def run(self, relative: float, spent: Callable[[], bool]) -> Stop:
        """Halve until the enclosures are tight enough, nothing can be halved, or the time is spent."""
        while True:
            goal = Fraction(relative) * max(self.lo, Fraction(1))
            loose = [number for number, (upper, _) in enumerate(self.parts) if upper > self.lo + goal]
            if loose:
                chosen = max(loose, key=lambda number: self.parts[number][0])
            else:
                chosen = max(range(len(self.parts)), key=lambda number: self.parts[number][1].most)
                if self.parts[chosen][1].most <= self.highest:
                    return Stop.TOLERANCE
            if spent():
                return Stop.BUDGET
            if self.parts[chosen][1].right - self.parts[chosen][1].left <= NARROWEST:
                return Stop.PRECISION
            self.halve(self.parts.pop(chosen)[1])

    def line(self, t: float) -> tuple[Fraction, Fraction]:
        """(1-t) n e(0) + t n e(1) from below and from above."""
        first, last = self.ends
        s = Fraction(t)
        return (1 - s) * first.wrong + s * last.wrong, (1 - s) * first.most + s * last.most

    def barriers(self, middle: Part, note: str) -> Barriers:
        """The conventions as enclosures, in examples over their number."""
        (first, last), top = self.ends, max(part.most for _, part in self.parts)
        below, above = self.line(0.5)
        upper = max(self.lo, *(upper for upper, _ in self.parts))
        larger = max(first.wrong, last.wrong), max(first.most, last.most)
        least = Fraction(max(0, self.highest - larger[1]))

        def number(lo: Fraction, hi: Fraction, of: str) -> Number:
            found = (float(lo / self.judge.count), float(hi / self.judge.count))
            outward = [np.nextafter(end, away) if end else 0.0 for end, away in zip(found, (-np.inf, np.inf), strict=True)]
            return Number.certified(max(float(outward[0]), -1.0), min(float(outward[1]), 1.0), of)

        return Barriers(
            barrier=number(self.lo, upper, note),
            half=number(middle.wrong - above, middle.most - below, "the value at t = 1/2"),
            mean=number(self.highest - above, top - below, note),
            max=number(least, Fraction(top - larger[0]), note),
            argmax=number(least, upper, f"{note}; between max and barrier"),
        )


def _chord(pair: Pair) -> Any:
    """What encloses the outputs of the pair, as the engine takes it."""
    landscape: Landscape = pair.landscape
    require_float64(landscape)
    if not isinstance(landscape, Layered):
        if not isinstance(landscape, KnowsChord):
            raise InputError(f"a certified error needs layers or a traced module; got {type(landscape).__name__}; use a grid")
        return landscape.certified_chord(pair.theta_a, pair.theta_b)
    return dense_chord(pair, lambda _, network: (Verdicts(), network.targets))


def _labels(pair: Pair) -> Array:
    """The classes y_i, shape (n,)."""
    landscape = pair.landscape
    if landscape.error(pair.theta_a) is None or getattr(landscape, "targets", np.empty((0, 0))).ndim != 1:
        raise InputError(f"an error needs data with classes; {pair.name} has none; use the loss")
    return cast(Any, landscape).targets
