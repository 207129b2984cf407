"""Models of exact pieces enclose the outputs; barriers from them meet the exact and the certified engine."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("flint", reason="the exact engine needs the extra 'exact'")

from toykit.barriers import certified_barrier, exact_barrier
from toykit.barriers.exact import PieceChord, table_of_layers
from toykit.barriers.exact.enclosures import _to_bernstein, bernstein, sign_ranges
from toykit.barriers.exact.outputs import _folded
from toykit.barriers.piecewise import certified_barrier_on_pieces
from toykit.data import gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.fixtures import fold, grid_evader
from toykit.networks.mlp import MLP
from toykit.seeds import generator

RELATIVE = 1e-4


def pair(widths: tuple[int, ...], loss: Loss, number: int, activation: str = "relu") -> Pair:
    net = MLP(widths, activation, loss, gaussian_clusters(12))
    thetas = [net.draw(generator("pieces", 2 * number + k)).map(lambda a: np.round(a * 64) / 64) for k in (0, 1)]
    return Pair(net, *thetas)


def between(start: list[float], end: list[float], t: Fraction) -> list[Fraction]:
    return [(1 - t) * Fraction(p) + t * Fraction(q) for p, q in zip(start, end, strict=True)]


def outputs(layers_a: object, layers_b: object, x: list[float], t: Fraction) -> list[Fraction]:
    """z(t) in fractions, written for clarity only."""
    h = [Fraction(v) for v in x]
    for last, ((w_a, b_a), (w_b, b_b)) in zip((False, False, True), zip(layers_a, layers_b, strict=True), strict=True):
        weight = [between(p, q, t) for p, q in zip(w_a, w_b, strict=True)]
        bias = between(b_a, b_b, t)
        h = [sum((w * v for w, v in zip(row, h, strict=True)), b) for row, b in zip(weight, bias, strict=True)]
        h = h if last else [max(v, Fraction(0)) for v in h]
    return h


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.floats(0, 1), st.floats(1e-9, 0.5))
def test_models_enclose_the_outputs(number: int, middle: float, half: float) -> None:
    draw = generator("piece models", number)
    shapes = [(3, 2), (3, 3), (2, 3)]
    nets = [[((draw.integers(-8, 9, s) / 4).tolist(), (draw.integers(-8, 9, s[0]) / 4).tolist()) for s in shapes] for _ in "ab"]
    inputs = (draw.integers(-8, 9, (4, 2)) / 4).tolist()
    table = table_of_layers(*nets, inputs, [[0.0, 0.0]] * 4, Fraction(0))
    left, right = max(0.0, middle - half), min(1.0, middle + half)
    m, h = (left + right) / 2, (right - left) / 2
    model = PieceChord(table, np.zeros(4), lambda *_: None).model(m, h)
    for s in (-1, -0.5, 0.0, 0.25, 1):
        t = min(max(Fraction(m) + Fraction(h) * Fraction(s), Fraction(0)), Fraction(1))
        for example, x in enumerate(inputs):
            for k, exact in enumerate(outputs(*nets, x, t)):
                c0, c1, c2, r = (Fraction(float(part[example, k])) for part in model)
                assert abs(exact - (c0 + c1 * Fraction(s) + c2 * Fraction(s) ** 2)) <= r


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("widths", [(5, 6, 3), (5, 4, 4, 3), (5, 3)], ids=str)
def test_squared_loss_meets_the_exact_barrier(widths: tuple[int, ...], number: int) -> None:
    given = pair(widths, SquaredLoss(), number)
    found, exact = certified_barrier_on_pieces(given, relative=RELATIVE), exact_barrier(given)
    assert found.lo <= float(exact.hi)
    assert float(exact.lo) <= found.hi
    assert found.stopped == "tolerance"


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_cross_entropy_meets_the_certified_barrier(activation: str) -> None:
    for number in range(3):
        given = pair((5, 5, 5, 3), CrossEntropy(), number, activation)
        ours, theirs = certified_barrier_on_pieces(given, relative=RELATIVE), certified_barrier(given, relative=RELATIVE)
        assert max(ours.lo, theirs.lo) <= min(ours.hi, theirs.hi)


def test_a_peak_between_all_grids_is_found() -> None:
    found = certified_barrier_on_pieces(grid_evader(), relative=RELATIVE)
    assert found.lo <= 500000 <= found.hi <= 500000 * (1 + 2 * RELATIVE)
    assert certified_barrier_on_pieces(fold()).lo <= 0.5 <= certified_barrier_on_pieces(fold()).hi


def test_smooth_networks_have_no_pieces() -> None:
    with pytest.raises(InputError, match="tanh"):
        certified_barrier_on_pieces(pair((5, 4, 3), CrossEntropy(), 0, "tanh"))


@given(
    st.lists(st.lists(st.integers(-50, 50), min_size=3, max_size=3), min_size=1, max_size=4),
    st.fractions(0, 1, max_denominator=40),
    st.fractions(0, 1, max_denominator=40).filter(lambda width: width > 0),
)
def test_signs_of_many_rows_are_those_of_each(rows: list[list[int]], lo: Fraction, width: Fraction) -> None:
    from flint import fmpq, fmpz_mat, fmpz_poly

    left, right = (fmpq(v.numerator, v.denominator) for v in (lo, lo + width))
    for row, (low, high) in zip(rows, sign_ranges(fmpz_mat(rows), left, right), strict=True):
        polynomial = fmpz_poly(row)
        if polynomial.degree() == 2:
            values = bernstein(polynomial, left, right)
            assert [(v > 0) - (v < 0) for v in (min(values), max(values))] == [low, high]
        elif polynomial.degree() <= 0:
            assert low == high == (row[0] > 0) - (row[0] < 0)
    assert _to_bernstein(2, left, right).det() != 0


def test_folding_keeps_the_first_three_coefficients() -> None:
    cubic = np.array([[[1.0, -2.0, 0.5, 4.0]]])
    folded, rest = _folded(cubic, np.array([0.25]), np.array([0.5]))
    value, slope = 1 - 2 / 4 + 0.5 / 16 + 4 / 64, -2 + 2 * 0.5 / 4 + 3 * 4 / 16
    exact = [value, slope / 2]
    assert np.allclose(folded[0, 0, :2], exact, rtol=0, atol=float(rest[0, 0]))
    assert 4 / 8 <= rest[0, 0] <= 4 / 8 * (1 + RELATIVE)
