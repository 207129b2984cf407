"""Means of polynomials in independent, centred deviations xi_b = lambda_b - m, from the moments of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

from theory.symbols import a
from theory.unevaluated import added, times


def mean_of(polynomial: sp.Expr, xi: Sequence[sp.Symbol], moments: Mapping[int, sp.Expr]) -> sp.Expr:
    """E polynomial, monomial by monomial: E prod_b xi_b^k_b = prod_b mu_{k_b}, with mu_0 = 1 and mu_1 = 0.

    Raises:
        KeyError: the polynomial needs a moment that is not given.

    """
    known = {0: sp.Integer(1), 1: sp.Integer(0), **moments}
    terms = sp.Poly(polynomial, *xi).terms()
    return sp.Add(*(coefficient * sp.Mul(*(known[k] for k in powers)) for powers, coefficient in terms))


def mean_written_out(polynomial: sp.Expr, xi: Sequence[sp.Symbol], moments: Mapping[int, sp.Expr]) -> sp.Expr:
    """The same mean with the 0 for mu_1 still in its terms, left for the checker to add up.

    Raises:
        KeyError: the polynomial needs a moment that is not given.

    """
    known = {1: sp.Integer(0), **moments}
    terms = sp.Poly(polynomial, *xi).terms()
    return added(*(times(coefficient, *(known[k] for k in powers if k)) for powers, coefficient in terms))


def beta_fourth() -> sp.Expr:
    """E (x - 1/2)^4 under beta(a, a), from E x^k = prod_{i<k} (a+i)/(2a+i), not simplified."""
    raw = [sp.Mul(*((a + i) / (2 * a + i) for i in range(k))) for k in range(5)]
    return sp.Add(*(sp.binomial(4, k) * raw[k] * sp.Rational(-1, 2) ** (4 - k) for k in range(5)))
