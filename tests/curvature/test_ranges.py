"""m and M along the chord: exact where the profile is a piecewise polynomial, sampled with a one-sided bar elsewhere."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from theory.symbols import t
from toykit import tolerances
from toykit.curvature import curvature_range
from toykit.curvature.ranges import CurvatureRange
from toykit.landscape import Pair
from toykit.networks import Formula, Polynomial, Spline
from toykit.networks.fixtures import p2, t9
from toykit.verdict import Number, Trust


def test_a_quartic_well_is_exact() -> None:
    found = curvature_range(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    assert (found.lowest.value, found.highest.value, found.sigma) == (-16, 32, 0)
    assert found.lowest.trust is found.highest.trust is Trust.EXACT
    assert found.outcome.holds is True


def test_the_chord_need_not_be_the_whole_spline() -> None:
    """On [1/2, 1] the well's curvature climbs from -16 to 32, and the chord is half as long."""
    well = Spline([0, 1], [(0, 0, 16, -32, 16)])
    found = curvature_range(Pair(well, well.point(theta=0.5), well.point(theta=1.0)))
    assert (found.lowest.value, found.highest.value) == (-4, 8)
    assert found.sigma == pytest.approx(0.0, abs=tolerances.ROUNDING)


def test_a_polynomial_landscape_is_exact() -> None:
    """P2 from (0, 0) to (2, 1): phi = 4 t^4 + 8 t^3 + 2 t^2."""
    found = curvature_range(p2())
    assert (found.lowest.value, found.highest.value, found.slope_start, found.slope_end) == (4, 100, 0, 44)
    assert found.lowest.trust is Trust.EXACT


def test_sampled_extremes_err_inwards_and_the_bar_covers_it() -> None:
    """phi'' = 4 pi^2 cos(2 pi t + 1) has its extremes between the nodes."""
    wave = Formula(-sp.cos(2 * sp.pi * t + 1), (t,), "wave")
    found = curvature_range(Pair(wave, wave.point(t=0.0), wave.point(t=1.0)), nodes=11)
    truth = 4 * math.pi**2
    assert found.lowest.trust is Trust.ESTIMATED
    assert found.outcome.holds is None
    assert found.lowest.lo <= -truth <= found.lowest.hi
    assert found.highest.lo <= truth <= found.highest.hi


def test_the_sampled_range_of_a_tanh_network() -> None:
    pair = t9()
    coarse, fine = curvature_range(pair, nodes=21), curvature_range(pair, nodes=41)
    dense = [pair.landscape.jet(pair.theta_a, pair.theta_b, float(at)).curvature for at in np.linspace(0, 1, 1001)]
    assert fine.lowest.lo <= min(dense)
    assert max(dense) <= fine.highest.hi
    assert fine.lowest.hi == pytest.approx(min(dense), rel=tolerances.DIFFERENCE)
    assert fine.highest.lo == pytest.approx(max(dense), rel=tolerances.DIFFERENCE)
    assert fine.lowest.hi - fine.lowest.lo <= coarse.lowest.hi - coarse.lowest.lo
    assert "smaller" in fine.lowest.note
    assert "larger" in fine.highest.note


def test_sigma_is_the_mean_curvature() -> None:
    pair = t9()
    found = curvature_range(pair)
    assert found.lowest.lo <= found.sigma <= found.highest.hi


def test_a_constant_curvature_is_spread_upwards() -> None:
    found = curvature_range(Spline.of_curvature([0, 1], [-2], slope=1).pair())
    assert found.lowest == found.highest or found.lowest.value == found.highest.value == -2
    spread = found.spread(tolerances.ROUNDING)
    assert spread.lowest == found.lowest
    assert spread.highest.value == 0
    apart = curvature_range(Spline.of_curvature([0, Fraction(1, 2), 1], [-2, 1]).pair())
    assert apart.spread(tolerances.ROUNDING) is apart


def test_polynomial_and_formula_tell_the_same_range() -> None:
    expr = 16 * t**2 * (1 - t) ** 2 + t**2 * (3 - 2 * t)
    exact, sampled = Polynomial(expr, (t,)), Formula(expr, (t,))
    one, two = (curvature_range(Pair(net, net.point(t=0.0), net.point(t=1.0))) for net in (exact, sampled))
    assert two.lowest.lo <= one.lowest.value <= two.lowest.hi + tolerances.SOLVED
    assert two.highest.value == pytest.approx(one.highest.value, rel=tolerances.ROUNDING)
    assert (one.slope_start, one.slope_end) == (two.slope_start, two.slope_end)


def test_the_bar_is_what_halving_the_positions_loses() -> None:
    pair = t9()
    found = curvature_range(pair, nodes=21)
    half = max(pair.landscape.jet(pair.theta_a, pair.theta_b, float(at)).curvature for at in np.linspace(0, 1, 11))
    assert found.highest.hi - found.highest.lo == pytest.approx(found.highest.lo - half, rel=tolerances.SOLVED)


def test_one_sampled_end_makes_the_whole_range_sampled() -> None:
    certified, sampled = Number.certified(-1.0, -0.9), Number.estimated(2.0, "41 positions")
    assert CurvatureRange(certified, certified, 0.0, 0.0).outcome.holds is True
    assert CurvatureRange(certified, sampled, 0.0, 0.0).outcome.holds is None
    assert CurvatureRange(sampled, certified, 0.0, 0.0).outcome.holds is None
