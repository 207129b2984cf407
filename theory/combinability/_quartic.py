"""The ground truth of random combinations: P2(x, y) = x^2 y^2 + x^3 + 2 y^2 from (0, 0) to (2, 1), in exact rationals."""

from __future__ import annotations

import sympy as sp

x, y = sp.symbols("x y", real=True)
P2 = x**2 * y**2 + x**3 + 2 * y**2


def vertex_mean(p: sp.Rational) -> sp.Expr:
    """E P2 under bernoulli(p), over the four vertices, unevaluated."""
    chance = {0: 1 - p, 1: p}
    return sp.Add(*(chance[i] * chance[j] * sp.Subs(P2, (x, y), (2 * i, j)) for i in (0, 1) for j in (0, 1)))


def uniform_mean() -> sp.Expr:
    """E P2 under the uniform law, by integration over the box, unevaluated."""
    return sp.Integral(P2, (x, 0, 2), (y, 0, 1)) / 2


def at_mean(p: sp.Rational) -> sp.Expr:
    """P2 at Theta_p = (2p, p), unevaluated."""
    return sp.Subs(P2, (x, y), (2 * p, p))


def orders(p: sp.Rational) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The terms of order 2, 3 and 4 of the excess under bernoulli(p), from derivatives at Theta_p and Delta = (2, 1)."""
    v = p * (1 - p)
    mu_3, mu_4 = v * (1 - 2 * p), v * (1 - 3 * v)
    second = v / 2 * (4 * _d(2, 0) + _d(0, 2))
    third = mu_3 / 6 * (8 * _d(3, 0) + _d(0, 3))
    fourth = (mu_4 * (16 * _d(4, 0) + _d(0, 4)) + 3 * v**2 * 2 * 4 * _d(2, 2)) / 24
    found = [sp.Subs(term, (x, y), (2 * p, p)) for term in (second, third, fourth)]
    return found[0], found[1], found[2]


def _d(in_x: int, in_y: int) -> sp.Expr:
    return sp.Derivative(P2, *(((x, in_x),) if in_x else ()), *(((y, in_y),) if in_y else ()))
