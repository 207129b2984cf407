"""Certificates, Sturm sequences and z3: yes only when it is so, no only with a witness evaluated again."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.evidence import Evidence
from theory.procedures import smt
from theory.procedures.smt import implied, installed
from theory.procedures.squares import nonnegative
from theory.procedures.sturm import positive

x, y, w = sp.symbols("x y w", real=True)
HALF, ONE = sp.Rational(1, 2), sp.Integer(1)
needs_z3 = pytest.mark.skipif(not installed(), reason="needs the extra prove")


def test_a_certificate_proves_without_z3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smt, "installed", lambda: False)
    ruling = nonnegative(x * (1 - x), (x, 1 - x), [(ONE, ONE, (0, 1))])
    assert ruling.evidence is Evidence.PROVED
    assert "z3" not in ruling.procedure
    assert "z3" not in " ".join(ruling.trusts)


@needs_z3
def test_z3_gives_a_second_opinion() -> None:
    ruling = nonnegative(x**2 - 2 * x * y + y**2, (), [(ONE, x - y, ())])
    assert ruling.evidence is Evidence.PROVED
    assert "z3" in ruling.procedure
    assert "z3 without proof object" in ruling.trusts


def test_without_certificate_and_z3_it_is_undecided_and_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smt, "installed", lambda: False)
    ruling = nonnegative(x**2 + 1, (), ())
    assert ruling.evidence is Evidence.UNDECIDED
    assert "toykit[prove]" in ruling.detail


@pytest.mark.parametrize(
    "certificate",
    [
        [(ONE, x + y, ())],  # adds up to something else
        [(ONE, x, ()), (ONE, y, ())],  # the cross term is missing
        [(-ONE, x - y, ()), (2 * ONE, x - y, ())],  # adds up, but with a negative multiplier
        [(sp.Float(1), x - y, ())],  # a float
    ],
)
def test_a_certificate_that_does_not_fit_proves_nothing(certificate: list[tuple[sp.Rational, sp.Expr, tuple[int, ...]]]) -> None:
    assert nonnegative((x - y) ** 2, (), certificate).evidence is Evidence.UNDECIDED


@pytest.mark.parametrize(("target", "root"), [(x, sp.sqrt(x)), (-(x**2), sp.I * x), (sp.log(x), sp.sqrt(sp.log(x)))])
def test_the_square_of_a_root_that_need_not_be_real_proves_nothing(target: sp.Expr, root: sp.Expr) -> None:
    ruling = nonnegative(target, (), [(ONE, root, ())])
    assert ruling.evidence is Evidence.UNDECIDED
    assert "not known to be real" in ruling.detail


@pytest.mark.parametrize("root", [x / (x - y), sp.sqrt(1 + x**2), sp.exp(x), sp.Function("f")(x).diff(x)])
def test_a_root_that_is_real_wherever_it_exists_will_do(root: sp.Expr) -> None:
    assert nonnegative(root**2, (), [(ONE, root, ())]).evidence is Evidence.PROVED


def test_a_certificate_cannot_use_a_hypothesis_that_is_not_there() -> None:
    with pytest.raises(IndexError):
        nonnegative(x, (), [(ONE, ONE, (0,))])


@pytest.mark.parametrize("with_z3", [True, False])
def test_a_false_inequality_is_refuted_by_a_point(monkeypatch: pytest.MonkeyPatch, with_z3: bool) -> None:
    monkeypatch.setattr(smt, "installed", lambda: with_z3 and installed())
    ruling = nonnegative(x * y + 1, (x,), [(ONE, x - y, ())])
    assert ruling.evidence is Evidence.REFUTED
    assert ruling.witness["x"] >= 0
    assert ruling.witness["x"] * ruling.witness["y"] + 1 < 0


@needs_z3
@pytest.mark.parametrize(
    ("hypotheses", "conclusion"),
    [
        ((), sp.Eq(sp.Max(0, x) - sp.Max(0, -x), x)),
        ((), sp.Eq(sp.Max(x, y), (x + y + sp.Abs(x - y)) / 2)),
        ((x >= 0, x <= 1), x * (1 - x) <= sp.Rational(1, 4)),
        ((x > 0,), sp.Ge(x + 1 / x, 2)),
        ((x >= 0,), sp.Ge(sp.sqrt(x) ** 3 + 1, 1)),
        ((), sp.Ge(sp.Piecewise((x, x > 0), (0, True)), 0)),
        ((x >= 0, y >= x), sp.Or(y > 0, sp.Eq(x, 0))),
    ],
)
def test_z3_proves_small_implications_and_not_their_negations(hypotheses: tuple[sp.Basic, ...], conclusion: sp.Basic) -> None:
    assert implied(hypotheses, conclusion).evidence is Evidence.PROVED
    assert implied(hypotheses, sp.Not(conclusion)).evidence is Evidence.REFUTED


@needs_z3
def test_a_witness_beyond_the_small_points_comes_from_z3() -> None:
    ruling = implied((x > 100,), x**2 < 10**4 + 1)
    assert ruling.evidence is Evidence.REFUTED
    assert ruling.witness["x"] ** 2 >= 10**4 + 1


@needs_z3
def test_an_irrational_model_refutes_nothing() -> None:
    assert implied((sp.Eq(x**2, 2), x > 0), sp.false).evidence is Evidence.UNDECIDED


@needs_z3
def test_free_terms_may_prove_but_not_refute() -> None:
    assert implied((sp.exp(x) >= y,), sp.exp(x) + 1 >= y).evidence is Evidence.PROVED
    assert implied((x > 1,), sp.log(x) > 0).evidence is Evidence.UNDECIDED


@needs_z3
def test_two_symbols_of_one_name_stay_two() -> None:
    other = sp.Symbol("x", positive=True)
    assert implied((), sp.Ge(other, 0)).evidence is Evidence.PROVED
    assert implied((), sp.Eq(x, other)).evidence is Evidence.REFUTED
    assert implied((other > 0,), x > -1000).evidence is Evidence.REFUTED  # too far for the small points: z3 finds it


@needs_z3
def test_a_witness_that_breaks_an_assumption_refutes_nothing() -> None:
    k = sp.Symbol("k", integer=True)
    assert implied((k > 0,), k >= 1).evidence is not Evidence.REFUTED


@needs_z3
def test_a_piecewise_without_a_last_case_is_undecided() -> None:
    assert implied((), sp.Ge(sp.Piecewise((y, y > 0)), 0)).evidence is Evidence.UNDECIDED


def test_sturm_counts_roots() -> None:
    proved = positive(x**2 - x + 1, x, sp.Integer(0), ONE)
    assert proved.evidence is Evidence.PROVED
    for polynomial in (x**2 - x + sp.Rational(1, 4), x - HALF, -(x**2) - 1, x, 1 - x, sp.Integer(0), x**2 - HALF):
        ruling = positive(polynomial, x, sp.Integer(0), ONE)
        assert ruling.evidence is Evidence.REFUTED
        place = ruling.witness["x"]
        assert 0 <= place <= 1
        assert sp.sympify(polynomial).subs(x, place) <= 0


def test_a_double_irrational_root_is_undecided() -> None:
    assert positive((x**2 - HALF) ** 2, x, sp.Integer(0), ONE).evidence is Evidence.UNDECIDED


def test_sturm_refuses_what_is_no_polynomial_and_an_empty_interval() -> None:
    assert positive(sp.exp(x), x, sp.Integer(0), ONE).evidence is Evidence.UNDECIDED
    assert positive(x + y, x, sp.Integer(0), ONE).evidence is Evidence.UNDECIDED
    with pytest.raises(ValueError, match="exchange them"):
        positive(x, x, ONE, sp.Integer(0))


@given(st.lists(st.fractions(-3, 3, max_denominator=6), min_size=1, max_size=4), st.fractions(0, 2, max_denominator=5))
def test_sturm_agrees_with_the_roots_it_was_built_from(roots: list[sp.Rational], lift: sp.Rational) -> None:
    exact = [sp.Rational(r.numerator, r.denominator) for r in roots]
    polynomial = sp.prod([(x - r) ** 2 for r in exact]) + sp.Rational(lift.numerator, lift.denominator)
    ruling = positive(polynomial, x, sp.Integer(-1), ONE)
    touches = lift == 0 and any(-1 <= r <= 1 for r in exact)
    assert ruling.evidence is (Evidence.REFUTED if touches else Evidence.PROVED)
