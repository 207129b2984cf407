"""Ranks of Jacobians: rational ones exactly, tanh and ReLU nets in floats, and a trained digits network."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.activations import NumpyActivation
from toykit.checks.connectivity.interpolation_dimension import CUBIC, SQUARE, check, extremal, necessity, polynomial
from toykit.connectivity.interpolation import RANKED, Interpolation
from toykit.connectivity.toys import point, random_nets
from toykit.data import Data
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import DIFFERENCE, ROUNDING, TORCH64
from toykit.verdict import Trust, Verdict

SLUG = "connectivity/interpolation_dimension"
RANKS = [
    *((CUBIC, *row) for row in ((2, 2, 3, 3), (2, 2, 4, 4), (3, 2, 3, 3), (2, 3, 5, 5), (2, 3, 7, 7))),
    *((SQUARE, *row) for row in ((2, 2, 2, 2), (2, 2, 3, 3), (2, 2, 4, 3), (3, 2, 6, 3))),
]


def exact_jacobian(pair: Pair) -> sp.Matrix:
    """The Jacobian of sum_h a_h s(w_h.x) over the rationals; all numbers of the pair are dyadic."""
    cubic = pair.landscape.activation.name == "cubic"
    weight, last = (np.vectorize(F)(array).astype(object) for array in pair.theta_a.values())
    inputs = np.vectorize(F)(pair.landscape.inputs).astype(object)
    rows = []
    for x in inputs:
        row = []
        for w, a in zip(weight, last[0], strict=True):
            u = sum(w * x)
            row += [a * (2 * u + (3 * u**2 if cubic else 0)) * xi for xi in x]
        row += [(w @ x) ** 2 + ((w @ x) ** 3 if cubic else 0) for w in weight]
        rows.append([sp.Rational(e.numerator, e.denominator) for e in row])
    return sp.Matrix(rows)


@pytest.mark.parametrize(("activation", "hidden", "width", "count", "rank"), RANKS)
def test_rational_ranks(activation: NumpyActivation, hidden: int, width: int, count: int, rank: int) -> None:
    pair = polynomial(activation, hidden, width, count)
    exact = exact_jacobian(pair)
    assert exact.rank() == rank
    at = Interpolation.of(pair.landscape, pair.theta_a, count)
    assert at.rank == rank
    assert at.jacobian == pytest.approx(np.array(exact, dtype=float), rel=ROUNDING)
    assert check(pair, examples=count).verdict is (Verdict.HOLDS if rank == count else Verdict.INAPPLICABLE)


@pytest.mark.parametrize(("count", "rank"), [(5, 5), (13, 13), (20, 13)])
def test_tanh_ranks(count: int, rank: int) -> None:
    draw = generator("tanh ranks")
    net = MLP((2, 3, 1), "tanh", SquaredLoss(), Data(2 * draw.normal(size=(count, 2)), np.zeros((count, 1))))
    at = Interpolation.of(net, net.draw(draw), count)
    assert at.theta.count == 13
    assert at.rank == rank


@pytest.mark.parametrize("number", range(5))
def test_each_relu_unit_costs_a_dimension(number: int) -> None:
    draw = generator("relu ranks", number)
    net = MLP((2, 3, 1), "relu", SquaredLoss(), Data(draw.normal(size=(20, 2)), np.zeros((20, 1))))
    theta = net.draw(draw)
    assert Interpolation.of(net, theta, 20).rank <= 10 == evaluate(SLUG, "homogeneous", {"parameters": 13, "hidden": 3})
    assert check(Pair(net, theta, theta), examples=20).assumptions["RANK"].holds is False


@settings(max_examples=25)
@given(st.integers(0, 200))
def test_the_jacobian_is_the_derivative_of_the_outputs(number: int) -> None:
    pair = random_nets(number)
    at = Interpolation.of(pair.landscape, pair.theta_a)
    step = at.net.draw(generator("jacobian step", number))
    size = 1e-6
    outputs = [at.net.outputs(at.theta + step * s).ravel() for s in (size, -size)]
    flat = np.concatenate([step[name].ravel() for name in at.theta])
    change = at.jacobian @ flat
    if at.nearest_kink > 1e-4:
        assert (outputs[0] - outputs[1]) / (2 * size) == pytest.approx(change, abs=DIFFERENCE * (1 + np.abs(change).max()))


def test_the_spectrum_is_that_of_the_jacobian_either_way() -> None:
    pair = random_nets(2)
    for examples in (2, 10):
        at = Interpolation.of(pair.landscape, pair.theta_a, examples)
        values, right = at.spectrum
        assert values == pytest.approx(np.linalg.svd(at.jacobian, compute_uv=False), abs=ROUNDING * 100)
        assert np.linalg.norm(at.jacobian @ right.T, axis=0) == pytest.approx(values, abs=ROUNDING * 100)
        direction = at.flat(generator("flat"))
        assert direction is not None
        assert np.abs(at.jacobian @ direction).max() < ROUNDING * 100


def test_a_curve_of_solutions_in_two_pieces() -> None:
    net = MLP((1, 1, 1), "identity", SquaredLoss(), Data([[1.0]], [[1.0]]), bias=False)
    a, b = (point([np.array([[w]]), np.array([[1 / w]])]) for w in (2.0, -2.0))
    result = check(Pair(net, a, b, "hyperbola"))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["parameters"] - result.letters["rank"] == 1


def test_the_hunt_holds() -> None:
    found = hunt(SLUG, 40, seed=3)
    assert found.verdict is Verdict.HOLDS, found.violations
    assert found.verdicts["HOLDS"] >= 30


def test_extremal_pairs_are_exact() -> None:
    for pair, rank in zip(extremal(), (3, 4), strict=True):
        result = check(pair)
        assert result.verdict is Verdict.HOLDS
        assert result.trust is Trust.EXACT
        assert result.letters["rank"] == rank


def test_what_breaks_it() -> None:
    for name, pair in necessity():
        result = check(pair)
        assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
    assert "rank 3 of 4" in check(next(iter(necessity()))[1]).reason


def test_a_trained_digits_network() -> None:
    pytest.importorskip("torch")
    from toykit.bridge import Recipe, digits, independent_pair

    pair = independent_pair(Recipe((42, 42, 42), epochs=15), digits("test"))
    assert pair.theta_a.count == 6772
    for examples, rank in ((10, 100), (20, 200), (50, 500)):
        at = Interpolation.of(pair.landscape, pair.theta_a, examples)
        values, _ = at.spectrum
        assert at.rank == rank == len(values)
        assert values[-1] / values[0] > 1e5 * RANKED  # the rank does not hang on the threshold
    result = check(pair)
    assert result.verdict is Verdict.HOLDS, result.reason
    assert result.letters["constraints"] == 150


def test_torch_and_numpy_agree() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    toy = random_nets(2)
    twin = from_toy(toy.landscape)
    ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
    ours, theirs = check(toy), check(Pair(twin, *ends, toy.name))
    assert ours.verdict is theirs.verdict is Verdict.HOLDS
    assert theirs.extra["singular_values"]["a"] == pytest.approx(ours.extra["singular_values"]["a"], rel=TORCH64)
