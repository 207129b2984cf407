"""Whether one example is misclassified, at every position of a chord: it changes only where an output meets that of the class.

On a piece the margin m_j = z_y - z_j is a polynomial, and the example is misclassified where m_j < 0 for some j, or m_j = 0
for some j < y: the first of several largest outputs wins, as in the measured error.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from flint import fmpq, fmpz_mat, fmpz_poly

from toykit.barriers.exact.enclosures import (
    Enclosure,
    PrecisionError,
    merged,
    point,
    real_zeros,
    sign,
    sign_ranges,
    sign_variations,
    simple,
    zeros_inside,
)
from toykit.barriers.exact.pieces import ExactChord

Mark = tuple[Enclosure, fmpz_poly]
"""A position and a polynomial that has it as its only zero there."""


class Judged(NamedTuple):
    """Positions from 0 to 1 with the verdict `at` each, and `between` each and the next; True is misclassified."""

    marks: list[Mark]
    at: list[bool]
    between: list[bool]


class _Margins(NamedTuple):
    lo: Enclosure
    hi: Enclosure
    polynomials: list[fmpz_poly]  # m_j for every j but y, in order
    unsigned: list[int]  # those that may vanish on the piece, its ends included


def judged(chord: ExactChord, example: int, label: int) -> Judged:
    """The verdicts of one example of class `label`, with only those positions inside at which they change.

    Raises:
        PrecisionError: a margin vanishes so near to a break point that more bits must decide the order.

    """
    pieces = [_margins(*piece, label) for piece in chord.outputs(example)]
    zeros = [*_inside(pieces, chord.bits), *_between(pieces)]
    ends = [at(fmpq(0)), at(fmpq(1))]
    marks = merged([ends[0], *((zero, margin) for zero, margin, _ in zeros), ends[1]])
    tied = [{j for zero, _, j in zeros if mark.lo <= zero.lo and zero.hi <= mark.hi} for mark, _ in marks]
    his = [piece.hi.hi for piece in pieces]

    def wrong(place: fmpq, ties: set[int]) -> bool:
        margins = pieces[bisect_left(his, place)].polynomials
        signs = [0 if j in ties else sign(margin, place) for j, margin in enumerate(margins)]
        return any(found < 0 or (found == 0 and j < label) for j, found in enumerate(signs))

    between = [wrong((left.hi + right.lo) / 2, set()) for (left, _), (right, _) in pairwise(marks)]
    verdicts = [wrong(mark.lo, set() if mark.exact else ties) for (mark, _), ties in zip(marks, tied, strict=True)]
    changes = [
        index
        for index in range(len(marks))
        if index in {0, len(marks) - 1} or not between[index - 1] == verdicts[index] == between[index]
    ]
    return Judged([marks[i] for i in changes], [verdicts[i] for i in changes], [between[i] for i in changes[:-1]])


def at(place: fmpq) -> Mark:
    """A rational position with its linear polynomial."""
    return point(place), fmpz_poly([-place.p, place.q])


def _margins(lo: Enclosure, hi: Enclosure, outputs: Sequence[fmpz_poly], label: int) -> _Margins:
    margins = [outputs[label] - other for j, other in enumerate(outputs) if j != label]
    return _Margins(lo, hi, margins, _unsigned(margins, lo.lo, hi.hi))


def _unsigned(margins: Sequence[fmpz_poly], lo: fmpq, hi: fmpq) -> list[int]:
    """The numbers of the margins that may vanish on [lo, hi]."""
    powers = max(1, *(margin.degree() + 1 for margin in margins))
    rows = fmpz_mat([[margin[power] for power in range(powers)] for margin in margins])
    return [j for j, (low, high) in enumerate(sign_ranges(rows, lo, hi)) if low <= 0 <= high]


def _inside(pieces: Sequence[_Margins], bits: int) -> Iterator[tuple[Enclosure, fmpz_poly, int]]:
    """The zeros of the margins inside the pieces, each with its margin and that margin's number."""
    for lo, hi, margins, unsigned in pieces:
        for j in unsigned:
            yield from ((zero, margins[j], j) for zero in _zeros(margins[j], lo, hi, bits))


def _zeros(margin: fmpz_poly, lo: Enclosure, hi: Enclosure, bits: int) -> list[Enclosure]:
    """The zeros between two ends, without those that irrational ends have themselves, which `_between` finds.

    Raises:
        PrecisionError: a zero could not be told from an end.

    """
    own = [end for end in (lo, hi) if not end.exact and margin.degree() > 0 and _one_zero(margin, end)]
    if not own:
        return zeros_inside(margin, lo.hi, hi.lo, bits)
    found = []
    for zero in real_zeros(margin, bits):
        met = [end for end in (lo, hi) if zero.lo <= end.hi and end.lo <= zero.hi]
        if not met and lo.hi < zero.lo < hi.lo:
            found.append(zero)
        for end in met:
            hull = Enclosure(min(zero.lo, end.lo), max(zero.hi, end.hi))
            if not (sign(margin, end.lo) == 0 if end.exact else end in own and _one_zero(margin, hull)):
                raise PrecisionError("a zero and an end of its piece are closer than their enclosures")
    return found


def _between(pieces: Sequence[_Margins]) -> Iterator[tuple[Enclosure, fmpz_poly, int]]:
    """The zeros of the margins where two pieces meet; a margin that vanishes on both has none."""
    for left, right in pairwise(pieces):
        position = left.hi
        for j in sorted({*left.unsigned, *right.unsigned}):
            before, after = left.polynomials[j], right.polynomials[j]
            if before.degree() < 0 > after.degree() or not any(_unsigned([margin], *position) for margin in (before, after)):
                continue
            if position.exact:
                yield (*at(position.lo), j)
                continue
            shared = before.gcd(after)
            if not all(_one_zero(margin, position) for margin in (before, after, shared) if margin.degree() >= 0):
                raise PrecisionError("a margin vanishes beside a break point")
            yield position, shared, j


def _one_zero(margin: fmpz_poly, where: Enclosure) -> bool:
    """Whether exactly one distinct zero lies inside the enclosure, and none at its ends."""
    once = simple(margin)
    return sign(once, where.lo) != 0 != sign(once, where.hi) and sign_variations(once, where.lo, where.hi) == 1
