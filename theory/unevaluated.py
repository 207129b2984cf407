"""What SymPy would carry out on the spot, left standing: a step shows what it claims only if the checker does the work.

`1 + 2*(n - 1)` is `2*n - 1` before a step sees it, and the step would then compare an expression with itself.
"""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp


def at(expression: sp.Expr, values: Mapping[sp.Expr, sp.Expr | int]) -> sp.Subs:
    """The expression with these values put in for letters, all at once; letters that do not occur are left out."""
    letters = tuple(letter for letter in values if expression.has(letter))
    return sp.Subs(expression, letters, tuple(values[letter] for letter in letters))


def added(*terms: sp.Expr | int) -> sp.Expr:
    """The sum of the terms, in this order."""
    return sp.Add(*map(sp.sympify, terms), evaluate=False)


def times(*factors: sp.Expr | int) -> sp.Expr:
    """The product of the factors, in this order."""
    return sp.Mul(*map(sp.sympify, factors), evaluate=False)


def power(base: sp.Expr | int, exponent: sp.Expr | int = 2) -> sp.Expr:
    """base^exponent; a square where no exponent is given."""
    return sp.Pow(sp.sympify(base), sp.sympify(exponent), evaluate=False)


def trace(*factors: sp.Matrix | sp.MatrixExpr) -> sp.Expr:
    """The trace of the product of matrices."""
    return sp.Trace(sp.MatMul(*factors))


def inner(left: sp.Matrix | sp.MatrixExpr, right: sp.Matrix | sp.MatrixExpr) -> sp.Expr:
    """<A, B> = tr(A B^T), the sum of the products of the entries."""
    return trace(left, right.T)
