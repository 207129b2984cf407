"""The whole profile of a piecewise-linear network with squared loss, exactly: its pieces, kinks and range of curvature."""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby, pairwise
from typing import TypeVar

from flint import fmpq, fmpz_poly

from toykit.barriers.exact.blocks import by_example
from toykit.barriers.exact.enclosures import Enclosure, PrecisionError, exact_range, ordered, point, zeros_inside
from toykit.barriers.exact.pieces import ExactChord
from toykit.barriers.exact.supremum import Event, stretches
from toykit.errors import InputError

FIRST_BITS = 100
LAST_BITS = 1600

Value = TypeVar("Value")
Packed = tuple[list[int], list[list[int]], list[list[int]]]


@dataclass(frozen=True)
class ExactProfile:
    """phi / unit begins as `start` and gains `change` at the position of every event, in order.

    With one hidden layer all positions are rational; with more they may be roots of higher degree, enclosed to `bits` bits.
    """

    start: fmpz_poly
    events: tuple[Event, ...]
    unit: Fraction
    bits: int

    @property
    def degree(self) -> int:
        """The largest degree of a piece."""
        return max(0, self.start.degree(), *(event.change.degree() for event in self.events))

    def breaks(self) -> list[Fraction]:
        """The inner positions at which the polynomial changes, in order; not all of them are kinks."""
        return [fraction(position.lo) for position, _ in groupby(self.events, key=lambda event: event.position)]

    def kinks(self) -> list[tuple[Fraction, Fraction]]:
        """(t_k, J_k) for every kink, in order, with the changes at one position added up [barrier/green_identity].

        A position that is no rational number is given by the lower end of its enclosure.
        """
        found = []
        for position, group in groupby(self.events, key=lambda event: event.position):
            jump = sum((event.change.derivative()(position.lo) for event in group), fmpq(0))
            if jump != 0:
                found.append((fraction(position.lo), fraction(jump) * self.unit))
        return found

    def curvatures(self, ts: Sequence[float]) -> list[float]:
        """phi'' at the positions, each rounded once; at a break that of the piece on its left."""
        pieces = stretches(self.start, self.events)
        ends, seconds = [piece.hi for piece in pieces], [piece.polynomial.derivative().derivative() for piece in pieces]
        places = [fmpq(*float(t).as_integer_ratio()) for t in ts]
        return [float(fraction(seconds[bisect_left(ends, place)](place)) * self.unit) for place in places]

    def curvature_range(self) -> tuple[Fraction, Fraction]:
        """min and max of phi'' on all pieces, kinks left out: at the ends of every piece and at the roots of phi'''.

        Pieces whose Bernstein coefficients cannot reach the extremes so far are passed over.
        """
        lowest = highest = self.start.derivative().derivative()(fmpq(0))
        for piece in stretches(self.start, self.events):
            second = piece.polynomial.derivative().derivative()
            low, high = exact_range(second, piece.lo, piece.hi)
            if low >= lowest and high <= highest:
                continue
            values = [low, high]
            with suppress(PrecisionError):  # a root beside an end: the outer bounds do
                zeros = zeros_inside(second.derivative(), piece.lo, piece.hi, self.bits)
                values = [second(place) for place in (piece.lo, piece.hi, *(zero.lo for zero in zeros))]
            lowest, highest = min(lowest, *values), max(highest, *values)
        return fraction(lowest) * self.unit, fraction(highest) * self.unit


def summed(chord: ExactChord, factor: Fraction, processes: int = 1) -> ExactProfile:
    """The mean of factor * |z_i - y_i|^2 over the examples of a chord, piece by piece, in so many processes."""
    total, events = fmpz_poly([0]), []
    for start, own in by_example(Events(), chord, processes):
        total += start
        events += own
    unit = Fraction(factor) / (chord.examples * int(chord.scale) ** 2)
    return ExactProfile(total, tuple(ordered(events, lambda event: event.position)), unit, chord.bits)


class Events:
    """Asks an example for the first piece of its loss, and what the others change."""

    def __call__(self, chord: ExactChord, example: int) -> tuple[fmpz_poly, list[Event]]:
        """The first piece and the events of one example."""
        pieces = chord.pieces(example)
        changes = ((left.hi, right.polynomial - left.polynomial) for left, right in pairwise(pieces))
        return pieces[0].polynomial, [Event(position, change) for position, change in changes if change.degree() >= 0]

    def packed(self, answer: tuple[fmpz_poly, list[Event]]) -> Packed:
        """Coefficients and numerators with denominators as Python integers."""
        start, events = answer
        ends = [(event.position[:1] if event.position.exact else event.position) for event in events]
        positions = [[int(part) for end in pair for part in (end.p, end.q)] for pair in ends]
        return _integers(start), positions, [_integers(event.change) for event in events]

    def unpacked(self, packed: Packed) -> tuple[fmpz_poly, list[Event]]:
        """The first piece and the events again."""
        start, positions, changes = packed
        places = [Enclosure(fmpq(*ends[:2]), fmpq(*ends[-2:])) if ends[2:] else point(fmpq(*ends)) for ends in positions]
        return fmpz_poly(start), [Event(place, fmpz_poly(change)) for place, change in zip(places, changes, strict=True)]


def _integers(polynomial: fmpz_poly) -> list[int]:
    return [int(c) for c in polynomial.coeffs()]


def with_enough_bits(attempt: Callable[[int], Value]) -> Value:
    """attempt(bits) with 100 bits, or twice as many as long as break points cannot be told apart, up to 1600.

    Raises:
        InputError: 1600 bits are not enough.

    """
    bits = FIRST_BITS
    while True:
        try:
            with _uncollected():
                return attempt(bits)
        except PrecisionError as error:
            if bits >= LAST_BITS:
                raise InputError(
                    f"the exact engine separates break points that differ by more than 2^-{LAST_BITS}; {error}; "
                    "perturb the weights or use the certified engine"
                ) from None
            bits *= 2


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: there are none, and its passes over all pieces take a fifth of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def fraction(value: fmpq) -> Fraction:
    """The same rational number as a `Fraction`."""
    value = fmpq(value)
    return Fraction(int(value.p), int(value.q))
