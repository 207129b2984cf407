"""A small network with letters for weights and an undefined activation: what the derivations of this family look at.

Two inputs, two hidden layers of four units, one generic output, one generic example; `sigma` is any function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy as sp

SIGMA = sp.Function("sigma")


def matrix(name: str, rows: int, columns: int) -> sp.ImmutableMatrix:
    """A matrix of real letters `name_ij`."""
    return sp.ImmutableMatrix(rows, columns, lambda i, j: sp.Symbol(f"{name}_{i}{j}", real=True))


def vector(name: str, size: int) -> sp.ImmutableMatrix:
    """A column of real letters `name_i`."""
    return sp.ImmutableMatrix(size, 1, lambda i, _: sp.Symbol(f"{name}_{i}", real=True))


def layer(weight: sp.Matrix, bias: sp.Matrix, below: sp.Matrix) -> sp.ImmutableMatrix:
    """sigma(W f + b), unit by unit."""
    return sp.ImmutableMatrix((weight * below + bias).applyfunc(lambda u: SIGMA(u)))


def output(weight: sp.Matrix, bias: sp.Expr, below: sp.Matrix) -> sp.Expr:
    """W_L f + b_L for one output."""
    return sp.Add((weight * below)[0], bias)


class Network:
    """The generic network: input x, layers (U, b), (V, c) and output (w, d)."""

    x, U, b = vector("x", 2), matrix("U", 4, 2), vector("b", 4)
    V, c = matrix("V", 4, 4), vector("c", 4)
    w, d = matrix("w", 1, 4), sp.Symbol("d", real=True)

    def features(self, weight: sp.Matrix | None = None, bias: sp.Matrix | None = None) -> sp.ImmutableMatrix:
        """The features of layer 1, with other rows if given."""
        return layer(self.U if weight is None else weight, self.b if bias is None else bias, self.x)


def with_rows(weight: sp.Matrix, rows: Mapping[int, Sequence[sp.Expr]]) -> sp.ImmutableMatrix:
    """The matrix with some rows exchanged."""
    changed = sp.Matrix(weight)
    for number, row in rows.items():
        changed[number, :] = sp.Matrix([list(row)])
    return sp.ImmutableMatrix(changed)


def zeroed(expression: sp.Expr, letters: Sequence[sp.Symbol]) -> sp.Expr:
    """The expression with these letters set to 0, left for the checker to carry out."""
    return sp.Subs(expression, tuple(letters), (sp.Integer(0),) * len(letters))


def handed_over(weight: sp.Matrix, source: int, slot: int, t: sp.Expr) -> sp.ImmutableMatrix:
    """Column `source` times 1 - t, and t times it added to column `slot`."""
    changed = sp.Matrix(weight)
    changed[:, slot] = weight[:, slot] + t * weight[:, source]
    changed[:, source] = (1 - t) * weight[:, source]
    return sp.ImmutableMatrix(changed)
