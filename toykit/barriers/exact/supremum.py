"""The supremum of an exact piecewise polynomial: floating point finds the cells that can win, exact arithmetic solves them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, zip_longest
from typing import NamedTuple

import numpy as np
from flint import fmpq, fmpz, fmpz_poly

from toykit.barriers.exact.enclosures import Enclosure, exact_range, sign_variations, zeros_inside
from toykit.landscape import Floats

ROUNDOFF = 2.0**-53


class Event(NamedTuple):
    """At the position the summed loss gains `change`, a polynomial that vanishes there."""

    position: Enclosure
    change: fmpz_poly


class Supremum(NamedTuple):
    """lo <= sup <= hi in the integer scale, where it is attained, and how much had to be solved."""

    lo: fmpq
    hi: fmpq
    argmax: Enclosure
    cells: int
    solved: int


class Stretch(NamedTuple):
    """A cell, or the enclosure of algebraic breakpoints, where `changes` may each have happened or not."""

    lo: fmpq
    hi: fmpq
    polynomial: fmpz_poly
    changes: tuple[fmpz_poly, ...]


class _Span(NamedTuple):
    """A stretch by numbers of events: so many happened `before` it, and `during` others each may have."""

    lo: fmpq
    hi: fmpq
    before: int
    during: int


def supremum(start: fmpz_poly, events: Sequence[Event], bits: int) -> Supremum:
    """sup over [0, 1] of the function that begins as `start` and changes at the events, which are sorted; at least 0.

    The function is the gap of a barrier, so it is 0 at both ends and its supremum is at least 0.
    """
    spans, columns = _spans(events), _columns(start, events)
    size = max(max(map(abs, column)) for column in columns) or 1
    upper = _upper_bounds(spans, columns, events, size)
    best, argmax = fmpq(0), Enclosure(fmpq(0), fmpq(0))
    highest = fmpq(0)
    solved = 0
    for index in np.argsort(-upper):
        # `upper` carries its own rounding error, so a cell below the exact best value cannot win
        if fmpq(*float(upper[index]).as_integer_ratio()) * size < best:
            break
        solved += 1
        lo, hi, before, during = spans[index]
        polynomial = fmpz_poly([column[before] for column in columns])
        stretch = Stretch(lo, hi, polynomial, tuple(event.change for event in events[before : before + during]))
        lowest, ceiling, where = _solve(stretch, best, bits)
        if lowest > best:
            best, argmax = lowest, where
        highest = max(highest, ceiling)
    return Supremum(best, max(best, highest), argmax, len(spans), solved)


def stretches(start: fmpz_poly, events: Sequence[Event]) -> list[Stretch]:
    """The cells between sorted events, and the enclosures of those whose position is not known exactly."""
    polynomials = list(accumulate((event.change for event in events), initial=start))
    return [
        Stretch(lo, hi, polynomials[before], tuple(event.change for event in events[before : before + during]))
        for lo, hi, before, during in _spans(events)
    ]


def _spans(events: Sequence[Event]) -> list[_Span]:
    """The stretches, each beginning where the last one ends; no event lies at 0 or 1."""
    found = []
    left, index, count = fmpq(0), 0, len(events)
    while index < count:
        position, before = events[index].position, index
        right, last = position
        found.append(_Span(left, right, index, 0))
        index += 1
        while index < count and events[index].position.lo <= last:
            last = max(last, events[index].position.hi)
            index += 1
        if last is not right and last > right:
            found.append(_Span(right, last, before, index - before))
        left = last
    return [*found, _Span(left, fmpq(1), count, 0)]


def _columns(start: fmpz_poly, events: Sequence[Event]) -> list[list[int]]:
    """The coefficient of every power behind 0, 1, .. events, as Python integers: exact, and fast to add and to round."""
    rows = [list(map(int, p.coeffs())) or [0] for p in (start, *(event.change for event in events))]
    return [list(accumulate(column)) for column in zip_longest(*rows, fillvalue=0)]


def _upper_bounds(spans: Sequence[_Span], columns: Sequence[list[int]], events: Sequence[Event], size: int) -> Floats:
    """Rigorous upper bounds per stretch in units of `size`, shape (stretches,); every rounding is charged."""
    ends = np.array([0.0, *(_float(span.hi) for span in spans)])
    middle = (ends[1:] + ends[:-1]) / 2
    radius = (ends[1:] - ends[:-1]) / 2 * (1 + 4 * ROUNDOFF) + 4 * ROUNDOFF
    rounded = np.array([[c / size for c in column] for column in columns])
    bound = _taylor_bound(rounded.T[[span.before for span in spans]], middle, radius)
    owners = [(index, event) for index, span in enumerate(spans) for event in events[span.before : span.before + span.during]]
    if owners:
        places = np.array([index for index, _ in owners])
        rows = [[int(c) / size for c in event.change.coeffs()] for _, event in owners]
        changes = np.array([row + [0.0] * (len(columns) - len(row)) for row in rows])
        reach = np.maximum(_taylor_bound(changes, middle[places], radius[places]), 0.0)
        total, count = (np.bincount(places, w, len(spans)) for w in (reach, np.ones(len(places))))
        bound += total + (count + 4) * ROUNDOFF * (np.abs(bound) + total)
    return bound


def _float(value: fmpq) -> float:
    return int(value.p) / int(value.q)  # correctly rounded


def _taylor_bound(coefficients: Floats, middle: Floats, radius: Floats) -> Floats:
    """|p(m) + sum_k p^(k)(m)/k! h^k| from above, h <= radius, shape (stretches,), coefficients at most 1 in size."""
    terms = coefficients.shape[1]
    shifted = coefficients.copy()
    for k in range(terms):  # synthetic division: Taylor coefficients at the middle
        for j in range(terms - 2, k - 1, -1):
            shifted[:, j] += middle * shifted[:, j + 1]
    value = shifted[:, 0].copy()
    power = np.ones_like(radius)
    for k in range(1, terms):
        power = power * radius
        value += np.abs(shifted[:, k]) * power
    # |t| <= 1: each Taylor coefficient is a sum of at most 2^terms products, all below the sum of |coefficients|
    size = np.abs(coefficients).sum(axis=1)
    error = (terms + 2) * 2.0 ** (terms + 3) * ROUNDOFF * size
    bound: Floats = value + error
    return bound


def _solve(stretch: Stretch, best: fmpq, bits: int) -> tuple[fmpq, fmpq, Enclosure]:
    """A value attained on the stretch, an upper bound of all its values, and where the first is attained."""
    polynomial, lo, hi = stretch.polynomial, stretch.lo, stretch.hi
    if stretch.changes:
        ceiling = exact_range(polynomial, lo, hi)[1] + sum(
            (max(fmpq(0), exact_range(change, lo, hi)[1]) for change in stretch.changes), fmpq(0)
        )
        return polynomial(lo), ceiling, Enclosure(lo, lo)
    left, right = polynomial(lo), polynomial(hi)
    value, where = (left, Enclosure(lo, lo)) if left >= right else (right, Enclosure(hi, hi))
    ceiling = exact_range(polynomial, lo, hi)[1]
    if ceiling <= best:
        return value, ceiling, where
    slope = polynomial.derivative()
    ceiling = value
    if slope.degree() > 0 and sign_variations(slope, lo, hi) > 0:
        for zero in zeros_inside(slope, lo, hi, bits):
            if polynomial(zero.lo) > value:
                value, where = polynomial(zero.lo), zero
            ceiling = max(ceiling, exact_range(polynomial, zero.lo, zero.hi)[1])
    return value, max(ceiling, value), where


def line(start: fmpz, end: fmpz) -> fmpz_poly:
    """(1-t) start + t end as a polynomial."""
    return fmpz_poly([start, end - start])
