"""The gap of a profile, for the pages of this family."""

from __future__ import annotations

import sympy as sp

from theory.symbols import a, phi, t

HALF = sp.Rational(1, 2)
ONE = sp.Integer(1)
GAP = phi(a) - (1 - a) * phi(0) - a * phi(1)


def gap_at_half(profile: sp.Expr) -> sp.Expr:
    """φ(1/2) - (φ(0) + φ(1))/2 of a profile in t, left for the checker to evaluate."""
    return sp.Subs(profile, t, HALF) - HALF * sp.Subs(profile, t, 0) - HALF * sp.Subs(profile, t, 1)
