from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from theory.symbols import t as position
from toykit.errors import InputError
from toykit.landscape import Landscape, Pair
from toykit.networks import Formula, Polynomial
from toykit.parameters import chord_point
from toykit.tolerances import ROUNDING

X, Y = sp.symbols("x y", real=True)
quarters = st.integers(-12, 12).map(lambda k: k / 4)
points = st.tuples(quarters, quarters, quarters, quarters)


def chord(landscape: Formula, values: tuple[float, ...]) -> Pair:
    a, b, c, d = values
    return Pair(landscape, landscape.point(x=a, y=b), landscape.point(x=c, y=d))


@given(points)
@settings(max_examples=40)
@pytest.mark.parametrize("expr", [X**2 * Y - Y**3 / 3, sp.exp(-(X**2)) * sp.sin(Y), sp.tanh(X * Y) ** 2], ids=str)
def test_jets_are_the_derivatives_of_the_exact_profile(expr: sp.Expr, values: tuple[float, ...]) -> None:
    pair = chord(Formula(expr, (X, Y)), values)
    exact = pair.landscape.exact_profile(pair.theta_a, pair.theta_b)
    truth = [float(sp.diff(exact, position, order).subs(position, sp.Rational(1, 4))) for order in range(3)]
    scale = 1 + max(map(abs, truth))
    assert pair.landscape.jet(pair.theta_a, pair.theta_b, 0.25) == pytest.approx(tuple(truth), rel=ROUNDING, abs=ROUNDING * scale)


@given(points)
def test_the_barrier_of_a_polynomial_is_not_below_its_grid(values: tuple[float, ...]) -> None:
    pair = chord(Polynomial((X * Y - 1) ** 2 / 2, (X, Y)), values)
    pieces = pair.landscape.pieces(pair.theta_a, pair.theta_b)
    gap = pieces.gap()
    assert pieces.barrier().value >= max(gap(Fraction(i, 64)) for i in range(65)) - Fraction(1, 2**140)
    middle = pair.landscape.loss(chord_point(pair.theta_a, pair.theta_b, 0.5))
    assert float(pieces(Fraction(1, 2))) == pytest.approx(middle, rel=ROUNDING)


def test_the_profile_is_exact_in_rationals() -> None:
    net = Formula((X * Y - 1) ** 2, (X, Y))
    found = net.exact_profile({"x": Fraction(1, 3), "y": 3}, {"x": sp.Rational(2, 7), "y": 0.5})
    assert sp.expand(found - ((sp.Rational(1, 3) - position / 21) * (3 - 5 * position / 2) - 1) ** 2) == 0


def test_a_letter_of_the_formula_may_be_called_t() -> None:
    well = Polynomial(16 * position**2 * (1 - position) ** 2, (position,), "well")
    assert well.exact_profile(well.point(t=0), well.point(t=2)) == 16 * (2 * position) ** 2 * (1 - 2 * position) ** 2
    assert well.barrier(well.point(t=0), well.point(t=1)).value == 1.0


@pytest.mark.parametrize(
    ("expr", "smooth"),
    [
        (X**2 + 3 * Y, True),
        (sp.exp(-(X**2) / 2) + sp.tanh(X * Y), True),
        (sp.cos(2 * sp.pi * X) + sp.sqrt(2) * Y, True),
        (sp.Abs(X), False),
        (sp.Max(0, X) ** 2, False),
        (1 / X, False),
        (sp.sqrt(X**2 + 1), False),
        (sp.Piecewise((X, X > 0), (0, True)), False),
    ],
    ids=str,
)
def test_smoothness_is_inferred_where_it_is_certain(expr: sp.Expr, smooth: bool) -> None:
    traits = Formula(expr, (X, Y)).traits
    assert (traits.smooth, traits.analytic) == (smooth, smooth)


def test_what_cannot_be_inferred_can_be_declared() -> None:
    traits = Formula(1 / (1 + X**2), (X,), smooth=True, analytic=True, nonnegative=True).traits
    assert (traits.smooth, traits.analytic, traits.nonnegative, traits.chance) == (True, True, True, None)
    assert Formula((X - 1) ** 2, (X,)).traits.nonnegative
    assert not Formula(X**3, (X,)).traits.nonnegative


def test_a_formula_with_a_kink_has_derivatives_beside_it() -> None:
    net = Formula(sp.Abs(X) + sp.Max(0, X) ** 2, (X,))
    assert isinstance(net, Landscape)
    assert net.jet(net.point(x=-1), net.point(x=-2), 0.0) == (1.0, 1.0, 0.0)
    assert net.jet(net.point(x=1), net.point(x=2), 0.0) == (2.0, 3.0, 2.0)


def test_the_hessian_is_symmetric_and_complete() -> None:
    net = Formula(X**2 * Y + Y**2, (X, Y))
    assert net.hessian(net.point(x=2, y=3)).tolist() == [[6.0, 4.0], [4.0, 2.0]]


@pytest.mark.parametrize(
    ("expr", "symbols", "sentence"),
    [
        (X + Y, (X,), "list every symbol"),
        (sp.Symbol("z") ** 2, (sp.Symbol("z"),), "declare real=True"),
    ],
)
def test_formulas_with_unknown_letters_are_refused(expr: sp.Expr, symbols: tuple[sp.Symbol, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        Formula(expr, symbols)


@pytest.mark.parametrize("expr", [sp.exp(X), sp.sqrt(2) * X, 0.5 * X], ids=str)
def test_a_polynomial_has_rational_coefficients(expr: sp.Expr) -> None:
    with pytest.raises(InputError, match="rational coefficients"):
        Polynomial(expr, (X,))


def test_a_formula_has_no_outputs() -> None:
    net = Formula(X**2, (X,))
    with pytest.raises(InputError, match="loss without outputs"):
        net.outputs(net.point(x=1))
    assert net.losses([net.point(x=np.float64(v)) for v in (1, 2)]).tolist() == [1.0, 4.0]
