"""Continuous piecewise polynomials on [0, 1] in rational arithmetic: their kinks, curvature and barrier exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import sympy as sp

from toykit.errors import InputError

Coefficients = tuple[Fraction, ...]
"""A polynomial, lowest power first."""

ISOLATED = sp.Rational(1, 2**80)
"""Irrational roots are enclosed this closely; a polynomial is flat there, so its extreme is off by about the square of it."""


class Piece(NamedTuple):
    """The polynomial on [lo, hi]; its variable is the position on the whole of [0, 1]."""

    lo: Fraction
    hi: Fraction
    coefficients: Coefficients


class Extreme(NamedTuple):
    """Where a piecewise polynomial is largest or smallest, and its value; `exact` where the position is rational."""

    position: Fraction
    value: Fraction
    exact: bool


@dataclass(frozen=True)
class PiecewisePolynomial:
    """A continuous phi on [0, 1], a polynomial on each piece.

    Raises:
        InputError: the pieces do not fill [0, 1] in order, or phi jumps where two of them meet.

    """

    pieces: tuple[Piece, ...]

    def __post_init__(self) -> None:
        ends = [self.pieces[0].lo, *(piece.hi for piece in self.pieces)] if self.pieces else []
        joined = all(before.hi == after.lo for before, after in pairwise(self.pieces))
        if not ends or ends[0] != 0 or ends[-1] != 1 or not joined or any(lo >= hi for lo, hi in pairwise(ends)):
            raise InputError(f"the pieces fill [0, 1] in order; got the breaks {', '.join(map(str, ends)) or 'none'}")
        for before, after in pairwise(self.pieces):
            left, right = evaluate(before.coefficients, before.hi), evaluate(after.coefficients, before.hi)
            if left != right:
                raise InputError(f"a profile is continuous; at t={before.hi} it jumps from {left} to {right}; shift a piece")

    def __call__(self, t: Fraction) -> Fraction:
        """phi(t)."""
        return evaluate(self.piece(t).coefficients, t)

    def piece(self, t: Fraction) -> Piece:
        """The piece around t: at a break the one on its right; the first and the last piece also beyond the ends."""
        return next((piece for piece in self.pieces if t < piece.hi), self.pieces[-1])

    def between(self, a: Fraction, b: Fraction) -> PiecewisePolynomial:
        """t -> phi(a + (b - a) t), the profile of the chord from a to b."""
        step = b - a
        if step == 0:
            return PiecewisePolynomial((Piece(Fraction(0), Fraction(1), (self(a),)),))
        inner = sorted({(p.hi - a) / step for p in self.pieces[:-1] if min(a, b) < p.hi < max(a, b)})
        ends = [Fraction(0), *inner, Fraction(1)]
        middles = [self.piece(a + step * (lo + hi) / 2) for lo, hi in pairwise(ends)]
        moved = (substituted(piece.coefficients, a, step) for piece in middles)
        return PiecewisePolynomial(tuple(Piece(lo, hi, c) for (lo, hi), c in zip(pairwise(ends), moved, strict=True)))

    def jumps(self) -> list[tuple[Fraction, Fraction]]:
        """(t_k, J_k) with J_k = phi'(t_k+) - phi'(t_k-), where it is not 0, in order."""
        found = []
        for before, after in pairwise(self.pieces):
            right, left = evaluate(derivative(after.coefficients), after.lo), evaluate(derivative(before.coefficients), after.lo)
            if right != left:
                found.append((after.lo, right - left))
        return found

    @property
    def one_polynomial(self) -> bool:
        """All pieces are the same polynomial, so the profile is analytic."""
        return len({trimmed(piece.coefficients) for piece in self.pieces}) == 1

    def values(self) -> Iterator[Extreme]:
        """phi at the breaks and at its critical points: its extremes are among them."""
        for piece in self.pieces:
            yield from _extremes(piece, piece.coefficients)

    def curvatures(self) -> Iterator[Extreme]:
        """phi'' at the breaks, from both sides, and at its critical points: its extremes are among them."""
        for piece in self.pieces:
            yield from _extremes(piece, derivative(derivative(piece.coefficients)))

    def derivatives(self, order: int) -> Iterator[Extreme]:
        """phi^(order) at the breaks, from both sides, and at its critical points: its extremes are among them."""
        for piece in self.pieces:
            yield from _extremes(piece, repeated(piece.coefficients, order))

    def breaks_of(self, order: int) -> list[tuple[Fraction, Fraction]]:
        """(t_k, jump of phi^(order) at t_k), where it is not 0, in order."""
        ends = [
            (after.lo, *(evaluate(repeated(piece.coefficients, order), after.lo) for piece in (before, after)))
            for before, after in pairwise(self.pieces)
        ]
        return [(t, right - left) for t, left, right in ends if right != left]

    def curvature_range(self) -> tuple[Extreme, Extreme]:
        """m = min phi'' and M = max phi'' over all pieces, kinks left out."""
        found = list(self.curvatures())
        return min(found, key=lambda e: e.value), max(found, key=lambda e: e.value)

    def gap(self) -> PiecewisePolynomial:
        """g(t) = phi(t) - (1-t) phi(0) - t phi(1)."""
        start, end = self(Fraction(0)), self(Fraction(1))
        gaps = (piece._replace(coefficients=_minus_line(piece.coefficients, start, end - start)) for piece in self.pieces)
        return PiecewisePolynomial(tuple(gaps))

    def barrier(self) -> Extreme:
        """B = sup g and a position where it is attained."""
        return max(self.gap().values(), key=lambda e: e.value)


def evaluate(coefficients: Sequence[Fraction], t: Fraction) -> Fraction:
    """p(t) by Horner's rule."""
    total = Fraction(0)
    for c in reversed(coefficients):
        total = total * t + c
    return total


def derivative(coefficients: Sequence[Fraction]) -> Coefficients:
    """The coefficients of p'."""
    return tuple(power * c for power, c in enumerate(coefficients))[1:]


def repeated(coefficients: Sequence[Fraction], order: int) -> Coefficients:
    """The coefficients of the derivative of that order."""
    found = tuple(coefficients)
    for _ in range(order):
        found = derivative(found)
    return found


def antiderivative(coefficients: Sequence[Fraction], constant: Fraction) -> Coefficients:
    """The coefficients of the integral of p that has the value `constant` at 0."""
    return (constant, *(c / (power + 1) for power, c in enumerate(coefficients)))


def substituted(coefficients: Sequence[Fraction], start: Fraction, step: Fraction) -> Coefficients:
    """The coefficients of t -> p(start + step t), by Horner's rule on polynomials."""
    total: list[Fraction] = []
    for c in reversed(coefficients):
        shifted = [start * entry for entry in total] + [Fraction(0)]
        for power, entry in enumerate(total):
            shifted[power + 1] += step * entry
        shifted[0] += c
        total = shifted
    return trimmed(total)


def trimmed(coefficients: Sequence[Fraction]) -> Coefficients:
    """The coefficients without leading zeros."""
    found = list(coefficients)
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def _minus_line(coefficients: Coefficients, constant: Fraction, slope: Fraction) -> Coefficients:
    padded = [*coefficients, *[Fraction(0)] * (2 - len(coefficients))]
    return (padded[0] - constant, padded[1] - slope, *padded[2:])


def _extremes(piece: Piece, coefficients: Coefficients) -> Iterator[Extreme]:
    for t, exact in ((piece.lo, True), (piece.hi, True), *_roots(derivative(coefficients), piece.lo, piece.hi)):
        yield Extreme(t, evaluate(coefficients, t), exact)


def _roots(coefficients: Coefficients, lo: Fraction, hi: Fraction) -> Iterator[tuple[Fraction, bool]]:
    """The real roots inside (lo, hi): rational ones exactly, the others within `ISOLATED`."""
    powers = trimmed(coefficients)
    if len(powers) < 2:
        return
    whole = sp.Poly([sp.Rational(c.numerator, c.denominator) for c in reversed(powers)], sp.Dummy("t"), domain="QQ")
    for factor, _ in whole.factor_list()[1]:
        if factor.degree() == 1:
            slope, constant = factor.all_coeffs()
            enclosures = [(-constant / slope, -constant / slope)]
        else:
            enclosures = [ends for ends, _ in factor.intervals(eps=ISOLATED, inf=sp.Rational(str(lo)), sup=sp.Rational(str(hi)))]
        for left, right in enclosures:
            middle = Fraction(int((left + right).p), 2 * int((left + right).q))
            if lo < middle < hi:
                yield middle, factor.degree() == 1
