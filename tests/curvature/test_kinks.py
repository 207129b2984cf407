"""Kinks: absent by type, listed exactly, or unknown; and the slope that hides in them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from toykit import tolerances
from toykit.curvature import hidden_in_kinks, kinks
from toykit.networks import Spline
from toykit.networks.fixtures import f10, fold, grid_evader, t9

HALF = Fraction(1, 2)
ABSOLUTE = Spline([0, HALF, 1], [(HALF, -1), (-HALF, 1)], name="|t - 1/2|").pair()


def test_smooth_types_have_none() -> None:
    found = kinks(t9())
    assert (found.kinks, found.known, found.outcome.holds) == ((), True, True)


def test_a_spline_lists_them() -> None:
    found = kinks(ABSOLUTE)
    assert found.kinks == ((0.5, 2.0),)
    assert found.convex
    assert found.outcome.holds is False
    assert "+2 at t=0.5" in found.outcome.how


def test_a_spline_whose_pieces_meet_smoothly_has_none() -> None:
    found = kinks(Spline.of_curvature([0, HALF, 1], [-1, 3]).pair())
    assert (found.kinks, found.outcome.holds) == ((), True)


@pytest.mark.parametrize("pair", [fold(), f10(), grid_evader()], ids=lambda pair: pair.name)
def test_no_sampling_clears_a_relu_network(pair) -> None:
    found = kinks(pair)
    assert not found.known
    assert not found.convex
    assert found.outcome.holds is False


def test_hidden_slope_is_the_total_jump() -> None:
    assert hidden_in_kinks(fold()).value == pytest.approx(4.0, rel=tolerances.QUADRATURE)
    assert hidden_in_kinks(ABSOLUTE).value == pytest.approx(2.0, rel=tolerances.QUADRATURE)
    smooth = hidden_in_kinks(t9())
    assert smooth.lo <= tolerances.QUADRATURE
