"""The error along the chord of a piecewise-linear network, exactly: a step function, and its barrier in every convention.

The error is constant between the positions at which an example changes sides, and has a value of its own at each of them. So
sup g may be approached beside a step without being attained: the line falls towards one side of a constant stretch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from flint import fmpq

from toykit.barriers.conventions import Barriers
from toykit.barriers.exact.blocks import by_example
from toykit.barriers.exact.enclosures import belongs, merged
from toykit.barriers.exact.judged import Judged, at, judged
from toykit.barriers.exact.pieces import ExactChord, Layers, Matrix
from toykit.barriers.exact.profile import fraction, with_enough_bits
from toykit.errors import InputError
from toykit.verdict import Number, Trust

Interval = tuple[Fraction, Fraction]


class Peak(NamedTuple):
    """lo <= sup g <= hi; `position` encloses where, and g only comes arbitrarily near to it there if it is not `attained`."""

    lo: Fraction
    hi: Fraction
    position: Interval
    attained: bool


@dataclass(frozen=True)
class ErrorSteps:
    """How many of `count` examples are misclassified `at` each position of `breaks`, and `between` each and the next.

    The positions are enclosures, equal ends where they are rational; 0, 1/2 and 1 are always among them.
    """

    breaks: tuple[Interval, ...]
    at: tuple[int, ...]
    between: tuple[int, ...]
    count: int

    @property
    def highest(self) -> Fraction:
        """The largest error on the chord, which is attained."""
        return Fraction(max(*self.at, *self.between), self.count)

    @property
    def peak(self) -> Peak:
        """The supremum of g(t) = e(t) - [(1-t) e(0) + t e(1)]."""
        best = max(self._candidates(), key=lambda peak: (peak.lo, peak.attained))
        return best._replace(hi=max(peak.hi for peak in self._candidates()))

    def error(self, t: Fraction) -> Fraction:
        """e(t) at a rational position.

        Raises:
            InputError: t lies outside [0, 1], or in the enclosure of an irrational position.

        """
        for index, (lo, hi) in enumerate(self.breaks):
            if lo == t == hi:
                return Fraction(self.at[index], self.count)
            if index and self.breaks[index - 1][1] < t < lo:
                return Fraction(self.between[index - 1], self.count)
        raise InputError(f"the error is known at positions of [0, 1] outside the enclosures of its steps; got {t}")

    def barriers(self) -> Barriers:
        """The five conventions, EXACT; `argmax` is the limit of g where the largest error first occurs or begins."""
        note = f"exact supremum over {len(self.between)} constant pieces and the positions between them; ties to the first class"
        peak, (first, last) = self.peak, (Fraction(self.at[end], self.count) for end in (0, -1))
        mean, above = self.highest - (first + last) / 2, self.highest - max(first, last)
        half = self.breaks.index((Fraction(1, 2), Fraction(1, 2)))
        highest = int(self.highest * self.count)
        begins = next(i for i, counts in enumerate(zip(self.at, (*self.between, 0), strict=True)) if highest in counts)
        beside = "" if peak.attained else "; approached beside a step, not attained"
        return Barriers(
            barrier=_number((peak.lo, peak.hi), note + beside),
            half=_number(self._gap(self.at[half], self.breaks[half]), "the value at t = 1/2"),
            mean=_number((mean, mean), note),
            max=_number((above, above), note),
            argmax=_number(self._gap(highest, self.breaks[begins]), note + "; where the largest error begins"),
        )

    def _candidates(self) -> list[Peak]:
        """g at every break, and its limits beside it from the constant piece on either side."""
        found = [Peak(*self._gap(here, place), place, True) for here, place in zip(self.at, self.breaks, strict=True)]
        level = self.at[0] == self.at[-1]
        for here, (left, right) in zip(self.between, pairwise(self.breaks), strict=True):
            if level:
                found.append(Peak(*self._gap(here, left), (left[1], right[0]), True))
            else:
                found += [Peak(*self._gap(here, end), end, False) for end in (left, right)]
        return found

    def _gap(self, misclassified: int, place: Interval) -> Interval:
        first, last = self.at[0], self.at[-1]
        lines = [(1 - t) * first + t * last for t in place]
        return (misclassified - max(lines)) / self.count, (misclassified - min(lines)) / self.count


def error_steps_of_layers(
    layers_a: Layers,
    layers_b: Layers,
    inputs: Matrix,
    labels: Sequence[int],
    *,
    slope: Fraction = Fraction(0),
    processes: int = 1,
) -> ErrorSteps:
    """e(t), the fraction of examples whose largest output is not that of their class; the first of equal ones wins.

    Layers and inputs as for `exact_barrier_of_layers`, with two outputs at least; `labels` (n,) from 0.

    Raises:
        InputError: one output, the numbers have no usable common denominator, or steps cannot be separated.
        WorkerError: one of several processes was killed.

    """
    outputs = len(layers_a[-1][1])
    if outputs < 2:
        raise InputError(f"an error by the largest output needs two outputs at least; got {outputs}; use the loss")
    nothing = [[0] * outputs for _ in inputs]
    given = (layers_a, layers_b, inputs, nothing, slope)
    question = _Verdicts(tuple(int(label) for label in labels))
    return with_enough_bits(lambda bits: counted(by_example(question, ExactChord(*given, bits), processes)))


def counted(verdicts: Sequence[Judged]) -> ErrorSteps:
    """The verdicts of all examples added up.

    Raises:
        PrecisionError: positions of two examples could not be told apart.

    """
    ends = [at(fmpq(0)), at(fmpq(1, 2)), at(fmpq(1))]
    breaks = [zero for zero, _ in merged([*ends, *(mark for verdict in verdicts for mark in verdict.marks[1:-1])])]
    starts = [place.lo for place in breaks]
    jumps_at, jumps_between = np.zeros(len(breaks) + 1, dtype=np.int64), np.zeros(len(breaks), dtype=np.int64)
    for marks, here, after in verdicts:
        places = [belongs(mark, starts) for mark, _ in marks]
        for place, wrong in zip(places, here, strict=True):
            jumps_at[place] += wrong
            jumps_at[place + 1] -= wrong
        for (left, right), wrong in zip(pairwise(places), after, strict=True):
            jumps_at[left + 1] += wrong
            jumps_at[right] -= wrong
            jumps_between[left] += wrong
            jumps_between[right] -= wrong
    return ErrorSteps(
        tuple((fraction(place.lo), fraction(place.hi)) for place in breaks),
        tuple(np.cumsum(jumps_at)[:-1].tolist()),
        tuple(np.cumsum(jumps_between)[:-1].tolist()),
        len(verdicts),
    )


@dataclass(frozen=True)
class _Verdicts:
    """Asks an example for its verdicts along the chord; there are few, so they travel as they are."""

    labels: tuple[int, ...]

    def __call__(self, chord: ExactChord, example: int) -> Judged:
        return judged(chord, example, self.labels[example])

    def packed(self, answer: Judged) -> Judged:
        return answer

    def unpacked(self, packed: Judged) -> Judged:
        return packed


def _number(ends: Interval, note: str) -> Number:
    return Number(float(ends[0]), float(ends[1]), Trust.EXACT, note)
