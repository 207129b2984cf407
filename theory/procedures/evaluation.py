"""Carrying out what a step leaves unevaluated, before any procedure looks at it."""

from __future__ import annotations

import sympy as sp

from theory.procedures.ruling import DIFF, INTEGRATE, SUMMATION, SYMPY


class NotExact(ValueError):
    """A step holds something that exact arithmetic has no value for."""


def carried_out(expression: sp.Expr) -> sp.Expr:
    """The expression after `.doit()`; what stays unevaluated gets canonical bound variables, so that names cannot differ.

    Raises:
        NotExact: a float, an infinity or an undefined value occurs.

    """
    if expression.has(sp.Float):
        raise NotExact(f"a step is exact; got the float in {expression}; write sympy.Rational")
    done = expression.replace(_has_several_variables, _at_once).doit()
    if done.has(sp.Integral, sp.Sum, sp.Subs):
        done = done.as_dummy()
    if done.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
        raise NotExact(f"a step is finite; {expression} evaluates to {done}; exclude that point")
    return done


def _has_several_variables(e: sp.Basic) -> bool:
    return isinstance(e, sp.Subs) and len(e.variables) > 1


def _at_once(e: sp.Subs) -> sp.Expr:
    """All values put in at once. SymPy's own `doit` goes variable by variable: it turns (m - 2M)(m=-M, M=-m) into 3m."""
    between = [sp.Dummy(str(x), **x.assumptions0) for x in e.variables]
    renamed = e.expr.doit().subs(list(zip(e.variables, between, strict=True)))
    return renamed.subs(list(zip(between, e.point, strict=True)))


def trusted(*expressions: sp.Expr) -> tuple[str, ...]:
    """The parts of SymPy that `carried_out` uses on these expressions."""
    found = [SYMPY]
    if any(e.has(sp.Derivative) for e in expressions):
        found.append(DIFF)
    if any(e.has(sp.Integral) for e in expressions):
        found.append(INTEGRATE)
    if any(e.has(sp.Sum) for e in expressions):
        found.append(SUMMATION)
    return tuple(found)
