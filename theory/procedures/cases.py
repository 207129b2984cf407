"""Finitely many exact cases: closed numbers compared as algebraic numbers, never as floats. Earns CHECKED n, no more."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from theory.evidence import Evidence
from theory.procedures.evaluation import NotExact, carried_out, trusted
from theory.procedures.limits import STEP_SECONDS, OutOfTime, within
from theory.procedures.ring import normal_form
from theory.procedures.ruling import Ruling, undecided

EXACT = "exact evaluation"
APART = sp.Float("1e-40")
DIGITS = 60


def all_equal(pairs: Sequence[tuple[sp.Expr, sp.Expr]], seconds: float = STEP_SECONDS) -> Ruling:
    """Whether both members of every pair are the same number."""
    if not pairs:
        return undecided(EXACT, "no case is listed")
    open_cases = []
    for number, (lhs, rhs) in enumerate(pairs, 1):
        try:
            same = within(seconds, lambda lhs=lhs, rhs=rhs: _equal(sp.sympify(lhs), sp.sympify(rhs)))  # type: ignore[misc]
        except OutOfTime:
            same = None
        except NotExact as reason:
            return undecided(EXACT, str(reason))
        if same is False:
            detail = f"case {number} of {len(pairs)}: {lhs} is not {rhs}, evaluated exactly"
            return Ruling(Evidence.REFUTED, EXACT, detail, {"case": sp.Integer(number)})
        if same is None:
            open_cases.append(number)
    if open_cases:
        return undecided(EXACT, f"cases {open_cases} of {len(pairs)} have no normal form within the limits")
    trusts = trusted(*(sp.sympify(side) for pair in pairs for side in pair))
    return Ruling(Evidence.CHECKED, EXACT, f"{len(pairs)} exact case{'s' if len(pairs) > 1 else ''}", trusts=trusts)


def _equal(lhs: sp.Expr, rhs: sp.Expr) -> bool | None:
    difference = carried_out(lhs) - carried_out(rhs)
    if difference.is_Rational:
        return bool(difference == 0)
    if normal_form(difference).zero:
        return True
    if difference.free_symbols or difference.atoms(sp.core.function.AppliedUndef):
        return None
    size = sp.Abs(difference.evalf(DIGITS, maxn=4 * DIGITS))
    if size.is_Float and size > APART:  # evalf refines until the digits are right, so a visible difference is one
        return False
    x = sp.Dummy("x")
    return True if difference.is_algebraic and sp.minimal_polynomial(difference, x) == x else None
