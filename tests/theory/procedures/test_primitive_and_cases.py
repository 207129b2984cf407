from __future__ import annotations

import pytest
import sympy as sp

from theory.evidence import Evidence
from theory.procedures.cases import all_equal
from theory.procedures.primitive import antiderivative, definite

x, y, u = sp.symbols("x y u", real=True)
f = sp.Function("f")
HALF = sp.Rational(1, 2)


def test_an_antiderivative_is_checked_by_differentiating() -> None:
    assert antiderivative(x**3 / 3 + y, x, x**2).evidence is Evidence.PROVED
    assert antiderivative(x * f(x).diff(x) - f(x), x, x * f(x).diff(x, 2)).evidence is Evidence.PROVED
    assert antiderivative(x**3 / 3, x, x**2 + 1).evidence is Evidence.REFUTED


@pytest.mark.parametrize(
    ("primitive", "integrand", "bounds", "value"),
    [
        (x**3 / 3, x**2, (0, u), u**3 / 3),
        (sp.log(x), 1 / x, (1, 2), sp.log(2)),
        (-1 / (1 + x), 1 / (1 + x) ** 2, (0, 1), HALF),
        (sp.exp(2 * x) / 2, sp.exp(2 * x), (0, y), (sp.exp(y) ** 2 - 1) / 2),
        (x * f(x), f(x) + x * f(x).diff(x), (0, y), y * f(y)),
    ],
)
def test_definite_integrals(primitive: sp.Expr, integrand: sp.Expr, bounds: tuple[sp.Expr, sp.Expr], value: sp.Expr) -> None:
    ruling = definite(primitive, x, integrand, bounds, value)
    assert ruling.evidence is Evidence.PROVED, ruling.detail
    assert "the fundamental theorem of calculus" in ruling.trusts
    assert definite(primitive, x, integrand, bounds, value + 1).evidence in {Evidence.REFUTED, Evidence.UNDECIDED}


@pytest.mark.parametrize(
    ("primitive", "integrand", "bounds", "value"),
    [
        (-1 / x, 1 / x**2, (-1, 1), -2),  # the pole lies between the bounds
        (-1 / x, 1 / x**2, (u, 1), 1 / u - 1),  # it may
        (sp.tan(x), 1 + sp.tan(x) ** 2, (0, 3), sp.tan(3)),
        (sp.Piecewise((0, x < 0), (1, True)), sp.Integer(0), (-1, 1), 1),  # a jump has the derivative 0 almost everywhere
        (sp.floor(x), sp.Integer(0), (0, 2), 2),
    ],
)
def test_the_fundamental_theorem_is_not_used_across_a_pole_or_a_jump(
    primitive: sp.Expr, integrand: sp.Expr, bounds: tuple[sp.Expr, sp.Expr], value: sp.Expr
) -> None:
    assert definite(primitive, x, integrand, bounds, sp.sympify(value)).evidence is Evidence.UNDECIDED


def test_cases_are_counted_and_never_more_than_checked() -> None:
    ruling = all_equal(((HALF + HALF, sp.Integer(1)), (sp.sqrt(3 + 2 * sp.sqrt(2)), 1 + sp.sqrt(2)), (sp.cos(sp.pi / 3), HALF)))
    assert ruling.evidence is Evidence.CHECKED
    assert ruling.detail == "3 exact cases"


@pytest.mark.parametrize(
    "pair",
    [(sp.sqrt(2), sp.Rational(141421356237, 10**11)), (sp.Integer(1), sp.Integer(2)), (sp.pi**2, sp.Rational(98696044, 10**7))],
)
def test_a_false_case_is_refuted_with_its_number(pair: tuple[sp.Expr, sp.Expr]) -> None:
    ruling = all_equal(((HALF, HALF), pair))
    assert ruling.evidence is Evidence.REFUTED
    assert ruling.witness == {"case": 2}


@pytest.mark.parametrize("pairs", [(), ((0.5, HALF),), ((f(x), x),), ((sp.exp(x), x),)])
def test_cases_that_are_not_exact_numbers_are_undecided(pairs: tuple[tuple[sp.Expr, sp.Expr], ...]) -> None:
    assert all_equal(pairs).evidence is Evidence.UNDECIDED
