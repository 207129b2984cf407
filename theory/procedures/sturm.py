"""A polynomial in one variable is positive on an interval: no real root there, counted by a Sturm sequence."""

from __future__ import annotations

import sympy as sp

from theory.evidence import Evidence
from theory.procedures.evaluation import NotExact, carried_out
from theory.procedures.limits import STEP_SECONDS, OutOfTime, within
from theory.procedures.ruling import ROOTS, SYMPY, Ruling, undecided

STURM = "Sturm sequence over Q"


def positive(polynomial: sp.Expr, x: sp.Symbol, lo: sp.Rational, hi: sp.Rational, seconds: float = STEP_SECONDS) -> Ruling:
    """Whether polynomial > 0 on the closed interval [lo, hi].

    Raises:
        ValueError: lo > hi, which would make the statement empty.

    """
    lo, hi = sp.Rational(lo), sp.Rational(hi)
    if lo > hi:
        raise ValueError(f"an interval has lo <= hi; got [{lo}, {hi}]; exchange them")
    try:
        return within(seconds, lambda: _positive(polynomial, x, lo, hi)).trusting(SYMPY, ROOTS)
    except OutOfTime:
        return undecided(STURM, f"ran out of {seconds:g} s")
    except (NotExact, sp.PolynomialError, sp.CoercionFailed) as reason:
        return undecided(STURM, f"not a polynomial in {x} over Q: {reason}")


def _positive(polynomial: sp.Expr, x: sp.Symbol, lo: sp.Rational, hi: sp.Rational) -> Ruling:
    p = sp.Poly(carried_out(polynomial), x, domain="QQ")
    roots = p.count_roots(lo, hi)
    if roots == 0 and p.eval(lo) > 0:
        return Ruling(Evidence.PROVED, STURM, f"no root in [{lo}, {hi}], value {p.eval(lo)} at {lo}")
    for place in _places(p, lo, hi):
        if p.eval(place) <= 0:
            return _refuted(p, x, place)
    return undecided(STURM, f"{roots} irrational roots in [{lo}, {hi}] and no rational point with a value <= 0 was found")


def _places(p: sp.Poly, lo: sp.Rational, hi: sp.Rational) -> list[sp.Rational]:
    """The ends, the rational roots, and points close to either side of every other root."""
    ends = [end for (left, right), _ in p.intervals(eps=sp.Rational(1, 10**6)) for end in (left, right)]
    return [lo, hi, *(sp.Rational(end) for end in ends if lo <= end <= hi)]


def _refuted(p: sp.Poly, x: sp.Symbol, place: sp.Rational) -> Ruling:
    detail = f"the value at {x} = {place} is {p.eval(place)}, evaluated again exactly"
    return Ruling(Evidence.REFUTED, STURM, detail, {x.name: place})
