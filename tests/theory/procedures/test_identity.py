"""The two procedures for identities: what each decides, what neither may claim, and that they agree."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.evidence import Evidence
from theory.procedures import identity as module
from theory.procedures.identity import identity
from theory.procedures.prime_field import FieldFinding, evaluate_at_random
from theory.procedures.ring import normal_form

x, y, z = sp.symbols("x y z", real=True)
n = sp.Symbol("n", integer=True, positive=True)
f = sp.Function("f")
s = 1 / (1 + sp.exp(-x))

TRUE = [
    ((x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3),
    (1 / x + 1 / y, (x + y) / (x * y)),
    (sp.exp(x + y), sp.exp(x) * sp.exp(y)),
    (sp.exp(3 * x) - 1, (sp.exp(x) - 1) * (sp.exp(2 * x) + sp.exp(x) + 1)),
    (sp.log(1 + sp.exp(x)).diff(x, 2), s * (1 - s)),
    (sp.tanh(x).diff(x, 3), -2 * (1 - sp.tanh(x) ** 2) * (1 - 3 * sp.tanh(x) ** 2)),
    (sp.cosh(x) ** 2 - sp.sinh(x) ** 2, 1),
    (sp.sin(x) ** 4 - sp.cos(x) ** 4, 1 - 2 * sp.cos(x) ** 2),
    (sp.tan(x), sp.sin(x) / sp.cos(x)),
    (sp.sqrt(x**2 + 1) ** 3, (x**2 + 1) * sp.sqrt(x**2 + 1)),
    (1 / (sp.sqrt(2) - 1), 1 + sp.sqrt(2)),
    (1 / (sp.sqrt(3) - 1), (1 + sp.sqrt(3)) / 2),
    (sp.sqrt(6) * (1 + sp.sqrt(2)), sp.sqrt(2) * (sp.sqrt(3) + sp.sqrt(6))),
    (sp.sqrt(2 * 1000003**2), 1000003 * sp.sqrt(2)),  # too large for SymPy to take the square out by itself
    (sp.sqrt(1 + sp.sqrt(2)) ** 4, 3 + 2 * sp.sqrt(2)),
    (sp.Abs(x - y) ** 2 + 2 * x * y, x**2 + y**2),
    (2 ** (x + 1), 2 * 2**x),
    (f(x).diff(x) * 2 + f(x), f(x) + 2 * f(x).diff(x)),
    (sp.Derivative(x**3 * f(x), x), 3 * x**2 * f(x) + x**3 * sp.Derivative(f(x), x)),
    (sp.Sum(z, (z, 1, n)), n * (n + 1) / 2),
    (sp.Integral(f(y), (y, 0, 1)), sp.Integral(f(z), (z, 0, 1))),
]


@pytest.mark.parametrize(("lhs", "rhs"), TRUE)
def test_true_identities_are_proved(lhs: sp.Expr, rhs: sp.Expr) -> None:
    ruling = identity(lhs, rhs)
    assert ruling.evidence is Evidence.PROVED, ruling.detail
    assert "ring normal form" in ruling.procedure
    assert "SymPy Poly over QQ" in ruling.trusts


@pytest.mark.parametrize(("lhs", "rhs"), TRUE)
def test_the_same_identities_changed_are_never_proved(lhs: sp.Expr, rhs: sp.Expr) -> None:
    for changed in (rhs + sp.Rational(1, 1000), rhs * 2 + 1, -rhs - 5):
        assert identity(lhs, changed).evidence in {Evidence.REFUTED, Evidence.UNDECIDED}


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sp.sqrt(3 + 2 * sp.sqrt(2)), 1 + sp.sqrt(2)),
        (sp.sqrt(x**2 + 2 * x + 1), sp.Abs(x + 1)),
        (sp.Max(x, y), (x + y + sp.Abs(x - y)) / 2),
        (sp.log(sp.exp(x + z) + sp.exp(y + z)) - z, sp.log(sp.exp(x) + sp.exp(y))),
        (sp.sin(2 * x), 2 * sp.sin(x) * sp.cos(x)),
        (sp.gamma(x + 1), x * sp.gamma(x)),
    ],
)
def test_a_relation_between_atoms_is_undecided_never_refuted(lhs: sp.Expr, rhs: sp.Expr) -> None:
    assert identity(lhs, rhs).evidence is Evidence.UNDECIDED


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [(x**2 - y**2, (x - y) ** 2), (sp.sqrt(x**2), x), (1 / (1 + x), 1 - x), (sp.Integer(2), sp.Integer(3)), (sp.Max(x, y), x)],
)
def test_a_refutation_carries_a_rational_witness(lhs: sp.Expr, rhs: sp.Expr) -> None:
    ruling = identity(lhs, rhs)
    assert ruling.evidence is Evidence.REFUTED
    point = {v: ruling.witness[v.name] for v in (lhs.free_symbols | rhs.free_symbols)}
    assert all(value.is_Rational for value in point.values())
    left, right = lhs.subs(point), rhs.subs(point)
    assert left.is_Rational
    assert right.is_Rational
    assert left != right


def test_a_witness_respects_what_a_symbol_was_declared_to_be() -> None:
    p = sp.Symbol("p", positive=True)
    k = sp.Symbol("k", integer=True)
    ruling = identity(p * k, p + k)
    assert ruling.evidence is Evidence.REFUTED
    assert ruling.witness["p"] > 0
    assert ruling.witness["k"].is_Integer


def test_an_undefined_function_is_refuted_by_a_polynomial() -> None:
    ruling = identity(f(x).diff(x), f(x))
    assert ruling.evidence is Evidence.REFUTED
    assert "f(x) = x**3" in ruling.detail


def test_conditions_on_denominators_are_printed() -> None:
    assert "where x - y != 0" in identity((x**2 - y**2) / (x - y), x + y).detail


@pytest.mark.parametrize("zero", [(1 + sp.sqrt(2)) ** 2 - 3 - 2 * sp.sqrt(2), (x + 1) ** 2 - x**2 - 2 * x - 1])
def test_a_division_by_zero_in_disguise_proves_nothing(zero: sp.Expr) -> None:
    assert normal_form(x / zero).impossible
    ruling = identity((x + 1) / zero, x / zero + 2 / zero)
    assert ruling.evidence is Evidence.UNDECIDED
    assert "division by zero" in ruling.detail


@pytest.mark.parametrize("broken", [0.5 * x, x + sp.oo, sp.Subs(1 / x, x, 0)])
def test_what_is_not_exact_or_not_finite_is_undecided(broken: sp.Expr) -> None:
    assert identity(broken, broken).evidence is Evidence.UNDECIDED


def test_values_are_put_in_at_once() -> None:
    # SymPy's own doit goes variable by variable and makes 3*y of this
    assert identity(sp.Subs(x - 2 * y, (x, y), (-y, -x)), 2 * x - y).evidence is Evidence.PROVED


def test_a_disagreement_is_undecided_and_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "evaluate_at_random", lambda _: FieldFinding(False, 1, 1, sp.Integer(0)))
    ruling = identity((x + y) ** 2, x**2 + 2 * x * y + y**2)
    assert ruling.evidence is Evidence.UNDECIDED
    assert "PROCEDURES DISAGREE" in ruling.detail
    monkeypatch.setattr(module, "evaluate_at_random", lambda _: FieldFinding(True, 8, 1, sp.Integer(0)))
    ruling = identity((x + y) ** 2, x**2 + y**2)
    assert ruling.evidence is Evidence.UNDECIDED
    assert "PROCEDURES DISAGREE" in ruling.detail


def test_large_identities_fall_back_on_the_prime_field() -> None:
    v = sp.symbols("v1:9", real=True)  # 735,000 terms: minutes of work, but no more than memory holds
    total = sp.Add(*v)
    ruling = identity((total + 1) ** 8 * (total - 1) ** 8, (total**2 - 1) ** 8, seconds=0.3)
    assert ruling.evidence is Evidence.PROBABLE
    assert "error at most" in ruling.detail
    assert identity((total + 1) ** 8 * (total - 1) ** 8, (total**2 - 2) ** 8, seconds=0.3).evidence is Evidence.REFUTED


def rationals() -> st.SearchStrategy[sp.Rational]:
    return st.builds(sp.Rational, st.integers(-9, 9), st.integers(1, 9))


def expressions() -> st.SearchStrategy[sp.Expr]:
    leaves = st.sampled_from([x, y, z, f(x), sp.exp(y), sp.sqrt(2)]) | rationals()
    return st.recursive(
        leaves,
        lambda inner: (
            st.builds(lambda p, q: p + q, inner, inner)
            | st.builds(lambda p, q: p * q, inner, inner)
            | st.builds(lambda p, k: p**k, inner, st.integers(1, 3))
        ),
        max_leaves=8,
    )


@given(expressions(), expressions())
def test_the_two_procedures_agree(one: sp.Expr, other: sp.Expr) -> None:
    difference = (one + other) ** 2 - one**2 - other**2 - 2 * one * other
    assert normal_form(difference).zero
    assert evaluate_at_random(difference).zero
    assert normal_form(one - other).zero == evaluate_at_random(one - other).zero


@given(expressions(), expressions())
def test_proved_is_right_and_refuted_is_right(one: sp.Expr, other: sp.Expr) -> None:
    ruling = identity(one, other)
    truth = sp.expand(one - other) == 0
    assert (ruling.evidence is Evidence.PROVED) == truth
    if ruling.evidence is Evidence.REFUTED:
        assert not truth
