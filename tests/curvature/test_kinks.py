"""Kinks: absent by type, listed exactly, or unknown; and the slope that hides in them."""

from __future__ import annotations

import importlib
from fractions import Fraction

import numpy as np
import pytest

from toykit import tolerances
from toykit.checks.barrier._chords import unlisted_kink
from toykit.curvature import curvature_nodes, hidden_in_kinks, kinks
from toykit.data import teacher_student
from toykit.errors import missing_extra
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks import MLP, Spline
from toykit.networks.fixtures import f10, fold, grid_evader, t9
from toykit.seeds import generator

HALF = Fraction(1, 2)
ABSOLUTE = Spline([0, HALF, 1], [(HALF, -1), (-HALF, 1)], name="|t - 1/2|").pair()


def test_smooth_types_have_none() -> None:
    found = kinks(t9())
    assert (found.kinks, found.known, found.outcome.holds) == ((), True, True)


def test_a_spline_lists_them() -> None:
    found = kinks(ABSOLUTE)
    assert found.kinks == ((0.5, 2.0),)
    assert found.only_convex
    assert found.outcome.holds is False
    assert "+2 at t=0.5" in found.outcome.how


def test_a_spline_whose_pieces_meet_smoothly_has_none() -> None:
    found = kinks(Spline.of_curvature([0, HALF, 1], [-1, 3]).pair())
    assert (found.kinks, found.outcome.holds) == ((), True)


def _large() -> Pair:
    net = MLP((2, 60, 1), "relu", SquaredLoss(), teacher_student(count=40, width=2))
    return Pair(net, net.draw(generator("large", 0)), net.draw(generator("large", 1)), "2,400 gates")


@pytest.mark.parametrize("pair", [unlisted_kink(), _large()], ids=lambda pair: pair.name)
def test_no_sampling_clears_a_relu_network(pair: Pair) -> None:
    found = kinks(pair)
    assert not found.known
    assert not found.only_convex
    assert found.outcome.holds is False
    assert "not listed" in found.how


def test_without_the_exact_engine_nothing_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(pair: Pair) -> None:
        raise missing_extra("the exact barrier", "exact")

    monkeypatch.setattr(importlib.import_module("toykit.curvature.kinks"), "exact_profile", missing)
    found = kinks(fold())
    assert not found.known
    assert "toykit[exact]" in found.how


def test_the_exact_engine_lists_them() -> None:
    pytest.importorskip("flint")
    assert kinks(fold()).kinks == ((0.5, -4.0),)
    evader = kinks(grid_evader())
    assert [t for t, _ in evader.kinks] == [35 / 64], "where f = 0 the loss f^2/2 has no kink"
    assert evader.breaks == (17 / 32, 35 / 64, 9 / 16)


def test_a_chord_without_gate_changes_has_none() -> None:
    pytest.importorskip("flint")
    pair = f10()
    found = kinks(Pair(pair.landscape, pair.theta_a, pair.theta_a * 1.5))
    assert (found.kinks, found.known, found.outcome.holds) == ((), True, True)


@pytest.mark.parametrize("pair", [fold(), f10(), grid_evader()], ids=lambda pair: pair.name)
def test_listed_kinks_are_jumps_of_the_slope(pair: Pair) -> None:
    """phi' on both sides of a kink differs by J, and phi' changes by the kinks and the integral of phi'' in all."""
    pytest.importorskip("flint")
    found = kinks(pair)
    ends = [0.0, *found.breaks, 1.0]

    def slope(t: float) -> float:
        return pair.landscape.jet(pair.theta_a, pair.theta_b, t).slope

    for t, jump in found.kinks[:20]:
        here = ends.index(t)
        step = min(t - ends[here - 1], ends[here + 1] - t) / 8
        # phi' is a cubic on either side: four values give the one at the kink
        before, after = (
            4 * slope(t + step * side)
            - 6 * slope(t + 2 * step * side)
            + 4 * slope(t + 3 * step * side)
            - slope(t + 4 * step * side)
            for side in (-1, 1)
        )
        assert after - before == pytest.approx(jump, rel=tolerances.SOLVED, abs=tolerances.SOLVED * abs(before))
    smooth = curvature_nodes(pair, ends, 6).integral().value
    assert slope(1.0) - slope(0.0) - smooth == pytest.approx(sum(jump for _, jump in found.kinks), rel=tolerances.QUADRATURE)


def test_point_masses_by_hand() -> None:
    found = kinks(Spline([0, HALF, 1], [(HALF, -1), (-HALF, 1)]).pair())
    positions = np.array([0.25, 0.5, 0.75])
    assert found.convex(positions).tolist() == [0.25, 0.5, 0.25]
    assert found.concave(positions).tolist() == [0, 0, 0]
    roof = kinks(Spline([0, HALF, 1], [(0, 1), (1, -1)]).pair())
    assert roof.concave(positions).tolist() == [0.25, 0.5, 0.25]
    assert (roof.most_concave(-3), roof.most_concave(0), roof.most_concave(2)) == (0.5, 0.5, 0.25)


def test_hidden_slope_is_the_total_jump() -> None:
    assert hidden_in_kinks(fold()).value == pytest.approx(4.0, rel=tolerances.QUADRATURE)
    assert hidden_in_kinks(ABSOLUTE).value == pytest.approx(2.0, rel=tolerances.QUADRATURE)
    smooth = hidden_in_kinks(t9())
    assert smooth.lo <= tolerances.QUADRATURE
