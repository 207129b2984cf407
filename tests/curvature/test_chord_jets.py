"""Jets at three positions and bounds on higher derivatives: exact on polynomials, close on analytic chords, honest elsewhere."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from theory.symbols import t
from toykit import tolerances
from toykit.curvature.chord_jets import ChordJets, chebyshev_points, chord_jets
from toykit.landscape import Pair
from toykit.networks import Formula, Spline
from toykit.networks.fixtures import f10, t9
from toykit.verdict import Trust


def test_the_points_nest_and_hold_the_letters() -> None:
    ts = chebyshev_points(24)
    assert (ts[0], ts[12], ts[-1]) == (0.0, 0.5, 1.0)
    assert ts[::2] == pytest.approx(chebyshev_points(12), abs=tolerances.ROUNDING)
    assert (np.diff(ts) > 0).all()


def test_polynomials_are_exact() -> None:
    """16 t^2(1-t)^2: phi'' = 32, -16, 32, |phi'''| <= 192, phi'''' = 384, nothing beyond."""
    jets = chord_jets(Spline([0, 1], [(0, 0, 16, -32, 16)]).pair())
    assert jets.letters == {"s_0": 0, "s_1": 0, "sigma": 0, "h_0": 32, "h_m": -16, "h_1": 32}
    assert [jets.bound(order).value for order in (3, 4, 5, 6)] == [192, 384, 0, 0]
    assert jets.bound(3).trust is Trust.EXACT
    assert jets.gap.value == 1.0
    assert jets.differentiable(6).holds
    assert jets.range_of(3).holds


@pytest.mark.parametrize("order", [3, 4, 6])
def test_the_interpolant_finds_the_derivatives_of_a_wave(order: int) -> None:
    wave = Formula(sp.sin(5 * t), (t,), "wave")
    found = chord_jets(Pair(wave, wave.point(t=0.0), wave.point(t=1.0))).bound(order)
    assert found.trust is Trust.ESTIMATED
    assert found.lo == pytest.approx(5.0**order, rel=tolerances.SOLVED)


def test_the_interpolant_agrees_with_difference_quotients_on_a_network() -> None:
    """The naive twin: K_3 as the largest difference quotient of phi'' on 2,001 positions."""
    pair = t9()
    ts = np.linspace(0, 1, 2001)
    curvatures = [pair.landscape.jet(pair.theta_a, pair.theta_b, float(s)).curvature for s in ts]
    naive = float(np.abs(np.gradient(curvatures, ts)).max())
    found = chord_jets(pair).bound(3)
    assert found.lo == pytest.approx(naive, rel=tolerances.sampled(2001**2))


def test_jumps_are_found_at_every_order() -> None:
    half = Fraction(1, 2)
    kink = chord_jets(Spline([0, half, 1], [(0,), (-half, 1)]).pair())
    step = chord_jets(Spline.of_curvature([0, half, 1], [0, 1]).pair())
    bend = chord_jets(Spline.of_curvature([0, half, 1], [(0,), (-half, 1)]).pair())
    answers = [[jets.differentiable(order).holds for order in (2, 3, 4)] for jets in (kink, step, bend)]
    assert answers == [[False, False, False], [True, False, False], [True, True, False]]
    assert "order 2 jumps by +1 at t=0.5" in step.differentiable(3).how


def test_relu_is_not_differentiable_and_an_analytic_chord_is() -> None:
    assert chord_jets(f10()).differentiable(3).holds is False
    assert chord_jets(t9()).differentiable(6).holds is True
    assert chord_jets(t9()).range_of(3).holds is None


def test_the_error_bar_shows_an_unresolved_profile() -> None:
    """A bump of width 1/200 cannot be seen on 25 points: the bar is a good part of the value."""
    bump = Formula(sp.exp(-((200 * (t - sp.Rational(2, 5))) ** 2)), (t,), "bump")
    jets: ChordJets = chord_jets(Pair(bump, bump.point(t=0.0), bump.point(t=1.0)))
    found = jets.bound(3)
    assert found.hi - found.lo > found.lo / 4
