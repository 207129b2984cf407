"""A landscape typed as a formula: L is a sympy expression in scalar parameters, its derivatives are sympy's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from theory.symbols import t as position
from toykit.errors import InputError
from toykit.landscape import Traits
from toykit.networks.piecewise import Piece, PiecewisePolynomial
from toykit.networks.pointwise import Pointwise
from toykit.networks.spline import exactly
from toykit.parameters import Parameters
from toykit.verdict import Number

ANALYTIC = (sp.exp, sp.sin, sp.cos, sp.tanh, sp.sinh, sp.cosh, sp.atan, sp.erf)
"""Functions that are analytic on the whole real line, so smooth on every chord."""


class Formula(Pointwise):
    """L(theta) = expr with one scalar parameter per symbol, which must be real.

    Whether L is smooth, analytic or nonnegative is inferred from the expression where that is certain (sums, products,
    whole powers, exp, sin, tanh ...), else it counts as false unless it is declared.

    >>> x, y = sp.symbols("x y", real=True)
    >>> net = Formula((x * y - 1) ** 2 / 2, (x, y), "product")
    >>> net.loss(net.point(x=1.0, y=3.0)), net.exact_profile(net.point(x=1, y=1), net.point(x=2, y=0.5))
    (2.0, ((1 - t/2)*(t + 1) - 1)**2/2)

    Raises:
        InputError: a symbol is not real, or the expression has symbols beyond the parameters.

    """

    def __init__(
        self,
        expr: sp.Expr,
        symbols: Sequence[sp.Symbol],
        name: str = "formula",
        *,
        smooth: bool | None = None,
        analytic: bool | None = None,
        nonnegative: bool | None = None,
    ) -> None:
        foreign = expr.free_symbols - set(symbols)
        if foreign or not all(symbol.is_real for symbol in symbols):
            raise InputError(
                f"a formula has real symbols, each of them a parameter; got {expr} with {', '.join(map(str, symbols))}; "
                "declare real=True and list every symbol"
            )
        self.expr, self.symbols, self.name = expr, tuple(symbols), name
        certain = _entire(expr)
        self._traits = Traits(
            smooth=certain if smooth is None else smooth,
            analytic=certain if analytic is None else analytic,
            convex_in_outputs=False,
            nonnegative=expr.is_nonnegative is True if nonnegative is None else nonnegative,
            loss="formula",
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the symbols, in order."""
        return tuple(symbol.name for symbol in self.symbols)

    @property
    def traits(self) -> Traits:
        """Inferred or declared when the formula was given."""
        return self._traits

    def loss(self, theta: Parameters) -> float:
        """L(theta)."""
        return float(self._value(*self.values(theta)))

    def gradient(self, theta: Parameters) -> Parameters:
        """grad L(theta), from the derivatives of the expression."""
        return self.point(**dict(zip(self.names, map(float, self._gradient(*self.values(theta))), strict=True)))

    def hessian(self, theta: Parameters) -> np.ndarray[Any, np.dtype[np.float64]]:
        """H(theta), shape (p, p), rows and columns in the order of the symbols."""
        return np.asarray(self._hessian(*self.values(theta)), dtype=np.float64)

    def curvature(self, theta: Parameters, direction: Parameters) -> float:
        """direction^T H(theta) direction."""
        step = np.array(self.values(direction), dtype=np.float64)
        return float(step @ self.hessian(theta) @ step)

    def exact_profile(self, theta_a: Mapping[str, Any], theta_b: Mapping[str, Any]) -> sp.Expr:
        """phi(t) as an expression in the letter t of `theory.symbols`, in rational arithmetic.

        Entries may be floats (read as the dyadic rationals that they are), integers, fractions or sympy rationals.
        """
        ends = zip(self.symbols, map(_rational, self.values(theta_a)), map(_rational, self.values(theta_b)), strict=True)
        return sp.sympify(self.expr.xreplace({symbol: a + position * (b - a) for symbol, a, b in ends}))

    @cached_property
    def _value(self) -> Callable[..., Any]:
        return _compiled(self.symbols, self.expr)

    @cached_property
    def _gradient(self) -> Callable[..., Any]:
        return _compiled(self.symbols, [sp.diff(self.expr, symbol) for symbol in self.symbols])

    @cached_property
    def _hessian(self) -> Callable[..., Any]:
        # rows as lists: a matrix would be filled with arrays of shape (1,)
        rows = [[_beside_kinks(sp.diff(self.expr, left, right)) for right in self.symbols] for left in self.symbols]
        return _compiled(self.symbols, rows)


class Polynomial(Formula):
    """A formula that is a polynomial with rational coefficients: its barrier on every chord is exact.

    Raises:
        InputError: it is not.

    """

    def __init__(
        self, expr: sp.Expr, symbols: Sequence[sp.Symbol], name: str = "polynomial", *, nonnegative: bool | None = None
    ) -> None:
        super().__init__(expr, symbols, name, smooth=True, analytic=True, nonnegative=nonnegative)
        poly = sp.Poly(expr, *symbols) if expr.is_polynomial(*symbols) else None
        if poly is None or not all(coefficient.is_Rational for coefficient in poly.coeffs()):
            raise InputError(f"a polynomial landscape has rational coefficients; got {expr}; use Formula")

    def pieces(self, theta_a: Mapping[str, Any], theta_b: Mapping[str, Any]) -> PiecewisePolynomial:
        """The profile of the chord, exactly: one piece."""
        profile = sp.Poly(self.exact_profile(theta_a, theta_b), position)
        powers = tuple(Fraction(int(c.p), int(c.q)) for c in reversed(profile.all_coeffs()))
        return PiecewisePolynomial((Piece(Fraction(0), Fraction(1), powers),))

    def barrier(self, theta_a: Mapping[str, Any], theta_b: Mapping[str, Any]) -> Number:
        """B = sup g of the chord, EXACT."""
        return exactly(self.pieces(theta_a, theta_b).barrier())


def _compiled(symbols: tuple[sp.Symbol, ...], expressions: Any) -> Callable[..., Any]:
    function: Callable[..., Any] = sp.lambdify(symbols, expressions, "numpy", cse=True)
    return function


def _beside_kinks(expr: sp.Expr) -> sp.Expr:
    """The expression without the atoms that sit in the kinks of Abs and Max: a second derivative sees none of them."""
    return sp.sympify(expr.replace(sp.DiracDelta, lambda *_: sp.S.Zero))


def _entire(expr: sp.Expr) -> bool:
    """The expression is certainly analytic in its symbols: built from sums, products, whole powers and entire functions."""
    if not expr.free_symbols or expr.is_Symbol:
        return True
    if expr.is_Pow and expr.base.free_symbols and not (expr.exp.is_integer and expr.exp.is_nonnegative):
        return False
    known = expr.is_Add or expr.is_Mul or expr.is_Pow or isinstance(expr, ANALYTIC)
    return known and all(_entire(argument) for argument in expr.args)


def _rational(value: Any) -> sp.Rational:
    if isinstance(value, sp.Rational):
        return value
    exact = Fraction(float(value)) if isinstance(value, float | np.floating) else Fraction(value)
    return sp.Rational(exact.numerator, exact.denominator)
