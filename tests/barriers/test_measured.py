"""The barrier as checks measure it: exact where it is known, else a value that was found."""

from __future__ import annotations

import numpy as np
import pytest

from theory.symbols import t
from toykit import tolerances
from toykit.barriers.measured import barrier, gap, parabola_tip, tolerance, trivial_barrier
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks import Formula, Polynomial, Spline
from toykit.networks.fixtures import f10, fold, grid_evader, t9
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Trust

TILTED = 16 * t**2 * (1 - t) ** 2 + t**2 * (3 - 2 * t)


def chord(net: Formula) -> Pair:
    return Pair(net, net.point(t=0.0), net.point(t=1.0))


def test_exact_where_the_landscape_knows_it() -> None:
    found = barrier(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    assert (found.lo, found.hi, found.trust) == (1.0, 1.0, Trust.EXACT)


def test_the_search_finds_what_the_exact_solver_finds() -> None:
    exact, searched = barrier(chord(Polynomial(TILTED, (t,)))), barrier(chord(Formula(TILTED, (t,))))
    assert searched.trust is Trust.ESTIMATED
    assert exact.value == pytest.approx(searched.value, rel=tolerances.SOLVED)
    assert exact.value + tolerances.ROUNDING >= searched.value > 1.0


@pytest.mark.parametrize("pair", [fold(), t9(), f10()], ids=lambda pair: pair.name)
def test_a_searched_barrier_is_a_value_of_the_gap(pair: Pair) -> None:
    dense = float(gap(pair, np.linspace(0, 1, 4001)).max())
    found = barrier(pair).value
    assert found >= 0
    assert found == pytest.approx(max(dense, 0.0), rel=tolerances.DIFFERENCE, abs=tolerances.ROUNDING)


def test_a_grid_can_be_fooled_and_the_note_says_so() -> None:
    found = barrier(grid_evader(), points=11)
    assert found.value < 500000
    assert "lower bound" in found.note


def test_gap_is_zero_at_the_ends_and_signed_between() -> None:
    values = gap(Spline([0, 1], [(1, 2, 0, 0, 1)]).pair(), np.array([0.0, 0.5, 1.0]))
    assert values.tolist() == [0.0, -7 / 16, 0.0]


def test_tip_of_a_parabola() -> None:
    ts = np.linspace(0, 1, 6)
    assert parabola_tip(ts, -((ts - 0.55) ** 2)) == pytest.approx(0.55, rel=tolerances.ROUNDING)
    assert parabola_tip(ts, ts) == 1.0
    assert parabola_tip(ts, np.zeros(6)) == 0.0


def test_trivial_level() -> None:
    pair = fold()  # targets 1 and 1: the constant 1 has no loss, so nothing is excluded
    assert trivial_barrier(pair) == 0.0
    assert trivial_barrier(Spline([0, 1], [(1,)]).pair()) is None


def test_tolerance_follows_the_precision() -> None:
    assert tolerance(t9(), 2.0) == 2 * tolerances.ROUNDING


def test_the_trivial_barrier_counts_from_the_better_end() -> None:
    net = MLP((5, 8, 3), "tanh", CrossEntropy(), gaussian_clusters())
    chance = net.traits.chance
    assert chance is not None
    good, bad = net.draw(generator("trivial", 0)), net.draw(generator("trivial", 1)) * 3
    for _ in range(30):
        good = good - 0.3 * net.gradient(good)
    low, high = net.loss(good), net.loss(bad)
    assert low < chance < high
    for pair in (Pair(net, good, bad), Pair(net, bad, good)):
        assert trivial_barrier(pair) == chance - low
