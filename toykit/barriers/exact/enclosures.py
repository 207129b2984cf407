"""Real zeros of integer polynomials as rational enclosures, and exact ranges of polynomials on intervals.

FLINT isolates the zeros; everything that decides something here is exact rational arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from math import comb, lcm
from typing import NamedTuple, TypeVar

from flint import acb, arb, ctx, fmpq, fmpq_poly, fmpz, fmpz_mat, fmpz_poly

Item = TypeVar("Item")


class PrecisionError(ArithmeticError):
    """Two events lie closer together than the enclosures of their positions; more bits separate them."""


class Enclosure(NamedTuple):
    """A rational interval [lo, hi] that holds exactly one distinct zero; lo == hi where the zero is that rational."""

    lo: fmpq
    hi: fmpq

    @property
    def exact(self) -> bool:
        """The zero is known as a rational number."""
        return bool(self.lo == self.hi)


def point(value: fmpq) -> Enclosure:
    """The enclosure of a rational number."""
    return Enclosure(value, value)


def zeros_inside(polynomial: fmpz_poly, lo: fmpq, hi: fmpq, bits: int) -> list[Enclosure]:
    """The distinct real zeros in the open interval (lo, hi), in increasing order, to within 2^-bits.

    Raises:
        PrecisionError: a zero could not be told from an end of the interval.

    """
    degree = polynomial.degree()
    if degree <= 0:
        return []
    if degree == 1:
        only = fmpq(-polynomial[0], polynomial[1])
        return [point(only)] if lo < only < hi else []
    if sign_variations(polynomial, lo, hi) == 0:
        return []
    found = []
    for zero in real_zeros(polynomial, bits):
        if zero.hi <= lo or zero.lo >= hi:
            continue
        if zero.lo <= lo or zero.hi >= hi:
            end = lo if zero.lo <= lo else hi
            if polynomial(end) == 0:
                continue  # the zero is the end itself, which lies outside the open interval
            raise PrecisionError("a zero and an end of its cell are closer than their enclosures")
        found.append(zero)
    return sorted(found)


def real_zeros(polynomial: fmpz_poly, bits: int) -> list[Enclosure]:
    """All distinct real zeros of a polynomial that is not 0, to within 2^-bits."""
    before = ctx.prec
    try:
        ctx.prec = bits + 32
        # FLINT returns a real zero with an imaginary part that is exactly 0
        roots: list[tuple[acb, int]] = polynomial.complex_roots()  # type: ignore[assignment]  # the stub says acb
        return [_ends(root.real) for root, _ in roots if root.imag == 0]
    finally:
        ctx.prec = before


def _ends(ball: arb) -> Enclosure:
    middle, radius = _dyadic(ball.mid()), _dyadic(ball.rad())
    return Enclosure(middle - radius, middle + radius)


def _dyadic(ball: arb) -> fmpq:
    mantissa, power = ball.man_exp()
    exponent = int(power)
    return fmpq(mantissa) * (fmpz(1) << exponent) if exponent >= 0 else fmpq(mantissa, fmpz(1) << -exponent)


def sign(polynomial: fmpz_poly, at: fmpq) -> int:
    """-1, 0 or 1: the sign of the polynomial at a rational point."""
    value = polynomial(at)
    return int(value > 0) - int(value < 0)


def simple(polynomial: fmpz_poly) -> fmpz_poly:
    """The polynomial with each of its zeros once, so that its sign changes at all of them."""
    return polynomial // polynomial.gcd(polynomial.derivative()) if polynomial.degree() > 1 else polynomial


def sign_variations(polynomial: fmpz_poly, lo: fmpq, hi: fmpq) -> int:
    """Descartes' bound on the number of zeros in (lo, hi): the sign changes of the Bernstein coefficients."""
    signs = [1 if c > 0 else -1 for c in bernstein(polynomial, lo, hi) if c != 0]
    return sum(left != right for left, right in pairwise(signs))


def exact_range(polynomial: fmpz_poly, lo: fmpq, hi: fmpq) -> tuple[fmpq, fmpq]:
    """An enclosure of the values on [lo, hi]: the hull of the Bernstein coefficients."""
    coefficients = bernstein(polynomial, lo, hi)
    return min(coefficients), max(coefficients)


def sign_ranges(rows: fmpz_mat, lo: fmpq, hi: fmpq) -> list[tuple[int, int]]:
    """The signs of the smallest and the largest Bernstein coefficient on [lo, hi], for a polynomial per row, lowest power first.

    All rows take one product of integer matrices. (0, 1) and (1, 1): positive in the open interval; (0, 0): zero.
    """
    found = []
    for row in (rows * _to_bernstein(rows.ncols() - 1, lo, hi)).tolist():
        low, high = min(row), max(row)
        found.append((int(low > 0) - int(low < 0), int(high > 0) - int(high < 0)))
    return found


def _to_bernstein(degree: int, lo: fmpq, hi: fmpq) -> fmpz_mat:
    """The matrix from the coefficients of a polynomial to a positive multiple of its Bernstein coefficients on [lo, hi].

    With lo = a/c and hi = (a + w)/c, c^n t^k = c^(n-k) (a + w s)^k; the binomials of `bernstein` are brought to one
    denominator.
    """
    c = fmpz(lo.q) * fmpz(hi.q)
    a = fmpz(lo.p) * fmpz(hi.q)
    w = fmpz(hi.p) * fmpz(lo.q) - a
    powers = range(degree + 1)
    whole = lcm(*(comb(degree, j) for j in powers))
    local = [[comb(k, j) * a ** (k - j) * w**j * c ** (degree - k) if j <= k else 0 for j in powers] for k in powers]
    mixed = [[comb(i, j) * (whole // comb(degree, j)) for i in powers] for j in powers]
    return fmpz_mat(local) * fmpz_mat(mixed)


def bernstein(polynomial: fmpz_poly, lo: fmpq, hi: fmpq) -> list[fmpq]:
    """The Bernstein coefficients b_j = sum_{k<=j} C(j,k)/C(n,k) c_k of the polynomial on [lo, hi]."""
    degree = max(polynomial.degree(), 0)
    local = fmpq_poly(polynomial)(fmpq_poly([lo, hi - lo])).coeffs()
    local += [fmpq(0)] * (degree + 1 - len(local))
    return [sum((local[k] * fmpq(comb(j, k), comb(degree, k)) for k in range(j + 1)), fmpq(0)) for j in range(degree + 1)]


def ordered(items: Iterable[Item], position: Callable[[Item], Enclosure]) -> list[Item]:
    """The items in the order of their positions; most comparisons are made between floats, and the rest exactly."""
    roughly = sorted(items, key=lambda item: int(position(item).lo.p) / int(position(item).lo.q))
    return sorted(roughly, key=position)


def merged(zeros: list[tuple[Enclosure, fmpz_poly]]) -> list[tuple[Enclosure, fmpz_poly]]:
    """The zeros of several polynomials as disjoint enclosures, each with a polynomial that has it; overlapping ones must be
    provably the same zero, which is known as a rational number if it is as one of them. `belongs` finds them again.

    Raises:
        PrecisionError: two enclosures overlap and are not the same zero.

    """
    out: list[tuple[Enclosure, Enclosure, fmpz_poly]] = []  # what overlaps is the hull of all enclosures of a zero
    for zero, polynomial in ordered(zeros, lambda pair: pair[0]):
        if not out or zero.lo > out[-1][0].hi:
            out.append((zero, zero, polynomial))
            continue
        hull, known, other = out[-1]
        if zero.exact and hull.exact:
            continue
        both = Enclosure(min(zero.lo, hull.lo), max(zero.hi, hull.hi))
        shared = simple(polynomial.gcd(other))
        if shared.degree() < 1 or sign(shared, both.lo) * sign(shared, both.hi) > 0:
            raise PrecisionError("two breakpoints are closer than their enclosures")
        out[-1] = (both, zero if zero.exact else known if known.exact else both, shared)
    return [(known, polynomial) for _, known, polynomial in out]


def belongs(zero: Enclosure, starts: Sequence[fmpq]) -> int:
    """The number of the enclosure from `merged` that a zero went into; `starts` are their lower ends."""
    return bisect_right(starts, zero.hi) - 1
