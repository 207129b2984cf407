"""An antiderivative by differentiating it, and a definite integral by the fundamental theorem of calculus."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from theory.evidence import Evidence
from theory.procedures.identity import identity
from theory.procedures.limits import STEP_SECONDS
from theory.procedures.ring import denominators
from theory.procedures.ruling import CALCULUS, DIFF, Ruling, undecided
from theory.procedures.sturm import positive

JUMPS = (sp.Piecewise, sp.floor, sp.ceiling, sp.sign, sp.Heaviside, sp.tan, sp.cot)


def antiderivative(primitive: sp.Expr, x: sp.Symbol, integrand: sp.Expr, seconds: float = STEP_SECONDS) -> Ruling:
    """Whether d/dx primitive == integrand."""
    ruling = identity(sp.Derivative(primitive, x), integrand, seconds)
    return replace(ruling, procedure=f"derivative by {ruling.procedure}").trusting(DIFF)


def definite(
    primitive: sp.Expr,
    x: sp.Symbol,
    integrand: sp.Expr,
    bounds: tuple[sp.Expr, sp.Expr],
    value: sp.Expr,
    seconds: float = STEP_SECONDS,
) -> Ruling:
    """Whether the integral of the integrand between the bounds is the value, through the primitive."""
    inside = antiderivative(primitive, x, integrand, seconds)
    if inside.evidence not in {Evidence.PROVED, Evidence.PROBABLE}:
        return inside
    lo, hi = map(sp.sympify, bounds)
    if obstacle := _obstacle(primitive, x, integrand, lo, hi):
        return undecided(inside.procedure, obstacle)
    ends = identity(primitive.subs(x, hi) - primitive.subs(x, lo), value, seconds)
    detail = "; ".join(dict.fromkeys(filter(None, (inside.detail, ends.detail))))
    joined = replace(ends, evidence=max(inside.evidence, ends.evidence), procedure=f"derivative, then ends, by {ends.procedure}")
    return replace(joined, detail=detail).trusting(*inside.trusts, CALCULUS)


def _obstacle(primitive: sp.Expr, x: sp.Symbol, integrand: sp.Expr, lo: sp.Expr, hi: sp.Expr) -> str:
    """Why the fundamental theorem may not apply between the bounds; empty where it does."""
    if primitive.has(*JUMPS) or integrand.has(*JUMPS):
        return "the primitive may jump between the bounds; split the integral where it does"
    for bottom in {*denominators(primitive), *denominators(integrand)}:
        if not bottom.has(x):
            continue
        known = bottom.free_symbols == {x} and lo.is_Rational and hi.is_Rational
        signs = (bottom, -bottom) if known else ()
        if not any(positive(s, x, min(lo, hi), max(lo, hi)).evidence is Evidence.PROVED for s in signs):
            return f"the denominator {bottom} may vanish between the bounds"
    return ""
