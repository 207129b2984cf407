"""Small rational points at which a false statement can be caught and evaluated again, exactly."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

import sympy as sp
from sympy.core.function import AppliedUndef

POINTS = 300
VALUELESS = (AppliedUndef, sp.Derivative, sp.Integral, sp.Sum, sp.Subs)
"""What has no rational value at a rational point."""
_SMALL = sorted({sp.Rational(p, q) for q in (1, 2, 3, 4) for p in range(-4 * q, 4 * q + 1)}, key=lambda r: (r.q, abs(r.p), -r.p))


def points(symbols: Iterable[sp.Symbol], count: int = POINTS) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    """Rational points that agree with the symbols' own assumptions, the simplest numbers first; always the same points."""
    letters = sorted(symbols, key=sp.default_sort_key)
    ranges = [[value for value in _SMALL if agrees(letter, value)] for letter in letters]
    if not all(ranges):
        return
    source = random.Random(0)
    for number in range(count if letters else 1):
        reach = 3 + number // 4
        yield {letter: source.choice(values[:reach]) for letter, values in zip(letters, ranges, strict=True)}


def agrees(symbol: sp.Symbol, value: sp.Rational) -> bool:
    """Whether the value has every property that the symbol was declared with."""
    return all(getattr(value, f"is_{fact}", truth) == truth for fact, truth in symbol.assumptions0.items())


def number(expression: sp.Expr, point: Mapping[sp.Symbol, sp.Rational]) -> sp.Rational | None:
    """The exact value at the point, or None where it is no rational number."""
    value = expression.xreplace(dict(point))
    return value if value.is_Rational else None


def unequal(left: sp.Expr, right: sp.Expr) -> tuple[dict[str, sp.Rational], str] | None:
    """A point where both sides are rational and differ, and what undefined functions were taken to be.

    An identity in an undefined function is meant for every function, so one polynomial may refute it. None where no
    point was found; the point is empty for two unequal constants.
    """
    left, right, meaning = _with_polynomials(left, right)
    if left.has(*VALUELESS) or right.has(*VALUELESS):
        return None
    for point in points(left.free_symbols | right.free_symbols):
        one, other = number(left, point), number(right, point)
        if one is not None and other is not None and one != other:
            return named(point), meaning
    return None


def _with_polynomials(left: sp.Expr, right: sp.Expr) -> tuple[sp.Expr, sp.Expr, str]:
    """Both sides with a fixed polynomial for each undefined function."""
    functions = sorted({e.func for e in left.atoms(AppliedUndef) | right.atoms(AppliedUndef)}, key=str)
    meanings = []
    for number, function in enumerate(functions):

        def polynomial(*x: sp.Expr, first: int = number + 1) -> sp.Expr:
            return sp.Add(first, *((first + i + 2) * (y + y**2) + y**3 for i, y in enumerate(x)))

        left, right = (side.replace(function, polynomial).doit() for side in (left, right))
        meanings.append(f"{function}(x) = {polynomial(sp.Symbol('x'))}")
    return left, right, " and ".join(meanings)


def violation(hypotheses: Sequence[sp.Basic], conclusion: sp.Basic, count: int = POINTS) -> dict[str, sp.Rational] | None:
    """A point where every hypothesis is exactly true and the conclusion exactly false; None where none was found."""
    if any(e.has(*VALUELESS) for e in (*hypotheses, conclusion)):
        return None
    for point in points(set().union(conclusion.free_symbols, *(h.free_symbols for h in hypotheses)), count):
        if violates(hypotheses, conclusion, point):
            return named(point)
    return None


def violates(hypotheses: Iterable[sp.Basic], conclusion: sp.Basic, point: Mapping[sp.Symbol, sp.Rational]) -> bool:
    """Whether the point refutes "hypotheses imply conclusion", evaluated exactly."""
    there = dict(point)
    try:
        return all(h.xreplace(there) == sp.true for h in hypotheses) and conclusion.xreplace(there) == sp.false
    except TypeError:  # SymPy compares no undefined values: the statement says nothing at this point
        return False


def named(point: Mapping[sp.Symbol, sp.Rational]) -> dict[str, sp.Rational]:
    """The point by the names of its symbols."""
    return {symbol.name: value for symbol, value in point.items()}
