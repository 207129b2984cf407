"""The supremum of an exact piecewise polynomial: floating point finds the cells that can win, exact arithmetic solves them."""

from __future__ import annotations

from collections.abc import Sequence
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


def supremum(start: fmpz_poly, events: Sequence[Event], bits: int) -> Supremum:
    """sup over [0, 1] of the function that begins as `start` and changes at the events, at least 0.

    The function is the gap of a barrier, so it is 0 at both ends and its supremum is at least 0.
    """
    cells = stretches(start, sorted(events, key=lambda e: e.position))
    coefficients = (c for s in cells for p in (s.polynomial, *s.changes) for c in p.coeffs())
    size = fmpz(max((abs(int(c)) for c in coefficients), default=1))
    upper = _upper_bounds(cells, size)
    best, argmax = fmpq(0), Enclosure(fmpq(0), fmpq(0))
    highest = fmpq(0)
    solved = 0
    for index in np.argsort(-upper):
        # `upper` carries its own rounding error, so a cell below the exact best value cannot win
        if fmpq(*float(upper[index]).as_integer_ratio()) * size < best:
            break
        solved += 1
        lo, hi, where = _solve(cells[index], best, bits)
        if lo > best:
            best, argmax = lo, where
        highest = max(highest, hi)
    return Supremum(best, max(best, highest), argmax, len(cells), solved)


def stretches(start: fmpz_poly, events: Sequence[Event]) -> list[Stretch]:
    """The cells between sorted events, and the enclosures of those whose position is not known exactly."""
    found = []
    current, left, index = start, fmpq(0), 0
    while index <= len(events):
        right = events[index].position.lo if index < len(events) else fmpq(1)
        if right > left:
            found.append(Stretch(left, right, current, ()))
        if index == len(events):
            break
        last, group = events[index].position.hi, [events[index].change]
        index += 1
        while index < len(events) and events[index].position.lo <= last:
            last = max(last, events[index].position.hi)
            group.append(events[index].change)
            index += 1
        if last > right:
            found.append(Stretch(right, last, current, tuple(group)))
        for change in group:
            current = current + change
        left = last
    return found


def _upper_bounds(stretches: Sequence[Stretch], size: fmpz) -> Floats:
    """Rigorous upper bounds per stretch in units of `size`, shape (stretches,); every rounding is charged."""
    terms = max((p.degree() + 1 for s in stretches for p in (s.polynomial, *s.changes)), default=1) or 1
    middle = np.array([_float((s.lo + s.hi) / 2) for s in stretches])
    radius = np.array([_float((s.hi - s.lo) / 2) for s in stretches]) * (1 + 4 * ROUNDOFF) + 2 * ROUNDOFF
    bound = _taylor_bound(np.array([_row(s.polynomial, terms, size) for s in stretches]), middle, radius)
    for index, stretch in enumerate(stretches):
        for change in stretch.changes:
            here = slice(index, index + 1)
            reach = _taylor_bound(np.array([_row(change, terms, size)]), middle[here], radius[here])
            bound[index] += max(0.0, float(reach[0])) * (1 + 4 * ROUNDOFF)
    return bound


def _row(polynomial: fmpz_poly, terms: int, size: fmpz) -> list[float]:
    divisor = int(size)
    return [int(c) / divisor for c in polynomial.coeffs()] + [0.0] * (terms - len(polynomial.coeffs()))


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
