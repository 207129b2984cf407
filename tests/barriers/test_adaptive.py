"""The adaptive barrier against exact barriers and against the grid that it replaces."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit import tolerances
from toykit.barriers import barriers, exact_barrier
from toykit.barriers.adaptive import Cubic, Node, adaptive_barrier
from toykit.barriers.measured import gap
from toykit.chord import grid, profile
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks import Spline
from toykit.networks.fixtures import fold, grid_evader, t9
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator

RELATIVE = 1e-3
SMALL = st.integers(-20, 20).map(lambda k: Fraction(k, 4))


def descended(net: MLP, theta: Parameters) -> Parameters:
    for _ in range(300):
        theta = theta - 0.3 * net.gradient(theta)
    return theta


def quartic(coefficients: list[Fraction]) -> Pair:
    return Spline([0, 1], [tuple(coefficients)]).pair()


@given(st.lists(SMALL, min_size=5, max_size=5))
def test_it_finds_the_barrier_of_every_quartic(coefficients: list[Fraction]) -> None:
    pair = quartic(coefficients)
    exact, found = pair.landscape.barrier(pair.theta_a, pair.theta_b).value, adaptive_barrier(pair, relative=tolerances.CELLS)
    assert found.converged
    scale = max(np.abs(profile(pair, grid(2)).values).max(), exact)
    assert (
        exact - tolerances.CELLS * scale
        <= found.value
        <= exact + tolerances.ROUNDING * max(1.0, float(sum(map(abs, coefficients))))
    )


@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("number", range(4))
def test_fewer_evaluations_than_a_grid_for_a_smaller_error(activation: str, number: int) -> None:
    net = MLP((5, 16, 16, 3), activation, CrossEntropy(), gaussian_clusters())
    pair = Pair(net, *(descended(net, net.draw(generator("adaptive", 2 * number + k))) for k in (0, 1)))
    best = float(gap(pair, np.linspace(0, 1, 4001)).max())
    found = adaptive_barrier(pair, relative=RELATIVE)
    assert best > 0.01
    assert found.evaluations < 25
    assert abs(best - found.value) <= max(best - barriers(profile(pair, grid(25))).barrier.value, RELATIVE * best)
    assert found.value == pytest.approx(float(gap(pair, np.array([found.argmax]))[0]), rel=tolerances.SOLVED)


def test_kinks_are_found_and_a_budget_is_said_to_be_spent() -> None:
    found = adaptive_barrier(fold())
    assert found.value == pytest.approx(0.5, rel=tolerances.CELLS)
    short = adaptive_barrier(fold(), most=6)
    assert not short.converged
    assert "not converged" in short.number.note


def test_no_barrier_converges_too() -> None:
    found = adaptive_barrier(t9())
    assert (found.value, found.converged) == (0.0, True)
    assert found.evaluations < 25


def test_a_hidden_peak_is_missed_and_the_note_says_lower_bound() -> None:
    found = adaptive_barrier(grid_evader())
    assert found.value < float(exact_barrier(grid_evader()).lo) if pytest.importorskip("flint") else True
    assert "a lower bound" in found.number.note


def test_the_cubic_has_the_values_and_slopes_of_its_nodes() -> None:
    def f(t: float) -> float:
        return 3 * t**3 - t**2 + 2 * t - 1

    nodes = [Node(t, f(t), 9 * t**2 - 2 * t + 2) for t in (0.25, 0.75)]
    cubic = Cubic(*nodes, error=0.0)
    for s in np.linspace(0, 1, 7):
        assert cubic(s) == pytest.approx(f(0.25 + s / 2), rel=tolerances.ROUNDING)


def test_squared_loss_on_numpy() -> None:
    net = MLP((5, 8, 3), "tanh", SquaredLoss(), gaussian_clusters())
    pair = Pair(net, *(descended(net, net.draw(generator("adaptive squared", k))) for k in (0, 1)))
    best = float(gap(pair, np.linspace(0, 1, 4001)).max())
    assert adaptive_barrier(pair, relative=tolerances.CELLS).value == pytest.approx(best, rel=tolerances.CELLS)
