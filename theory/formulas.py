r"""SymPy expressions as a reader of the theory expects them: \phi'(0) for a substituted derivative, A = B for Eq(A, B)."""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from theory.symbols import LETTERS

NAMES = {
    LETTERS["Delta_norm"]: r"\left|\Delta\right|",
    LETTERS["dbar_norm"]: r"\left|\bar\delta\right|",
    LETTERS["angle"]: "A",
    LETTERS["bent"]: r"E\left|\Delta V\Delta Wx\right|^{2}",
    LETTERS["moved"]: r"E\left|z-z'\right|^{2}",
    LETTERS["targets_2"]: r"E\left|y\right|^{2}",
}


def latex(expression: sp.Basic) -> str:
    """The expression as LaTeX, nothing evaluated."""
    return str(_Latex({"symbol_names": NAMES}).doprint(expression))


@cache
def latex_of_name(name: str) -> str:
    """What SymPy makes of a name: Greek letters become commands."""
    return str(LatexPrinter().doprint(sp.Symbol(name)))


def plain(expression: sp.Basic) -> str:
    """The expression as one line of plain text, nothing evaluated."""
    return str(_Plain().doprint(expression))


class _Primed:
    """Primes for derivatives of undefined functions of one variable, also where a number is put in afterwards."""

    def _print_Derivative(self, expr: sp.Derivative) -> str:
        found = _function_and_order(expr)
        return str(super()._print_Derivative(expr)) if found is None else self._at(*found, expr.expr.args[0])  # type: ignore[misc]

    def _print_Subs(self, expr: sp.Subs) -> str:
        inner, variables, point = expr.args
        found = _function_and_order(inner)
        if found is None or tuple(variables) != inner.expr.args:
            return self._with_values(inner, variables, point)
        return self._at(*found, point[0])

    def _at(self, function: str, order: int, place: sp.Expr) -> str:
        raise NotImplementedError

    def _with_values(self, inner: sp.Expr, variables: sp.Tuple, point: sp.Tuple) -> str:
        raise NotImplementedError


class _Latex(_Primed, LatexPrinter):  # type: ignore[misc]  # SymPy has no types
    def _print_Symbol(self, expr: sp.Symbol, style: str = "plain") -> str:
        """A word is set upright, since in italics it would read as a product of its letters; 2 and a below it stay there."""
        head, *tail = str(expr.name).split("_")
        if expr in NAMES or len(head) < 2 or not head.isalpha() or latex_of_name(head).startswith("\\"):
            return str(super()._print_Symbol(expr, style))
        below = [part for part in tail if len(part) == 1]
        words = " ".join([head, *(part for part in tail if len(part) > 1)])
        return rf"\text{{{words}}}" + (f"_{{{below[0]}}}" if below else "")

    def _at(self, function: str, order: int, place: sp.Expr) -> str:
        primes = "'" * order if order < 4 else f"^{{({order})}}"
        return rf"{self._print(sp.Symbol(function))}{primes}\left({self._print(place)}\right)"

    def _with_values(self, inner: sp.Expr, variables: sp.Tuple, point: sp.Tuple) -> str:
        values = r",\ ".join(f"{self._print(x)}={self._print(value)}" for x, value in zip(variables, point, strict=True))
        return rf"\left[{self._print(inner)}\right]_{{{values}}}"


class _Plain(_Primed, StrPrinter):  # type: ignore[misc]  # SymPy has no types
    def _at(self, function: str, order: int, place: sp.Expr) -> str:
        primes = "'" * order if order < 4 else f"^({order})"
        return f"{function}{primes}({self._print(place)})"

    def _with_values(self, inner: sp.Expr, variables: sp.Tuple, point: sp.Tuple) -> str:
        values = ", ".join(f"{self._print(x)}={self._print(value)}" for x, value in zip(variables, point, strict=True))
        return f"[{self._print(inner)}]({values})"

    def _print_Relational(self, expr: sp.Basic) -> str:
        word = {"==": "=", "!=": "!="}.get(expr.rel_op, expr.rel_op)
        return f"{self._print(expr.lhs)} {word} {self._print(expr.rhs)}"

    def _print_Implies(self, expr: sp.Implies) -> str:
        return f"{self._print(expr.args[0])}  =>  {self._print(expr.args[1])}"

    def _print_And(self, expr: sp.And) -> str:
        return ", ".join(map(self._print, expr.args))

    def _print_Tuple(self, expr: sp.Tuple) -> str:
        return ";  ".join(map(self._print, expr.args))


def _function_and_order(expr: Any) -> tuple[str, int] | None:
    """(name, order) of a derivative of an undefined function of one variable by that variable."""
    if not isinstance(expr, sp.Derivative) or not isinstance(expr.expr, AppliedUndef) or expr.expr.args != expr.variables[:1]:
        return None
    return (expr.expr.func.__name__, len(expr.variables)) if len(set(expr.variables)) == 1 else None
