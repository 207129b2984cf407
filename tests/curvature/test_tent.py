"""Integrals of phi'' by Gauss-Legendre, against exact integrals of polynomials and against quad."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from scipy.integrate import quad

from theory.symbols import t
from toykit import tolerances
from toykit.curvature import curvature_nodes
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.networks import Formula, Spline
from toykit.networks.fixtures import t9

QUARTIC = Spline([0, 1], [(0, 0, 0, 0, 1)]).pair()


def test_integrals_of_a_polynomial_are_exact() -> None:
    nodes = curvature_nodes(QUARTIC)
    for found, truth in ((nodes.against_tent(0.5), 7 / 16), (nodes.against_area(), 3 / 10), (nodes.integral(), 4.0)):
        assert found.value == pytest.approx(truth, rel=tolerances.ROUNDING)
        assert found.hi - found.lo <= tolerances.ROUNDING * 12


def test_weights_are_those_of_the_panels() -> None:
    nodes = curvature_nodes(QUARTIC, [0.0, 0.1, 1.0], nodes=3)
    assert nodes.ts.shape == (2, 3)
    assert nodes.weights.sum(axis=1) == pytest.approx([0.1, 0.9], rel=tolerances.ROUNDING)


def test_the_tip_of_the_tent_is_a_split() -> None:
    nodes = curvature_nodes(QUARTIC)
    with pytest.raises(InputError, match="split there"):
        nodes.against_tent(0.3)


@pytest.mark.parametrize("splits", [(0.0, 0.5), (0.1, 1.0), (0.0, 0.6, 0.5, 1.0)])
def test_panels_fill_the_chord(splits: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="start at 0"):
        curvature_nodes(QUARTIC, splits)


def test_a_tanh_network_agrees_with_an_adaptive_rule() -> None:
    pair = t9()

    def weighted(at: float) -> float:
        return min(0.5, at) * (1 - max(0.5, at)) * pair.landscape.jet(pair.theta_a, pair.theta_b, at).curvature

    truth = quad(weighted, 0, 0.5, epsabs=0, epsrel=1e-12)[0] + quad(weighted, 0.5, 1, epsabs=0, epsrel=1e-12)[0]
    assert curvature_nodes(pair).against_tent(0.5).value == pytest.approx(truth, rel=tolerances.QUADRATURE)


@pytest.mark.parametrize("nodes", [3, 5, 8, 12])
def test_the_error_bar_covers_the_error_and_shrinks(nodes: int) -> None:
    """phi = 1/(1 + 25 (t - 0.4)^2), whose poles lie close to the chord."""
    runge = Formula(1 / (1 + 25 * (t - sp.Rational(2, 5)) ** 2), (t,), "Runge", smooth=True, analytic=True)
    pair = Pair(runge, runge.point(t=0.0), runge.point(t=1.0))
    found = curvature_nodes(pair, nodes=nodes).against_tent(0.5)
    truth = (runge.loss(pair.theta_a) + runge.loss(pair.theta_b)) / 2 - runge.loss(runge.point(t=0.5))
    assert found.lo <= truth <= found.hi
    finer = curvature_nodes(pair, nodes=nodes + 4).against_tent(0.5)
    assert finer.hi - finer.lo < found.hi - found.lo


def test_kinks_are_left_out() -> None:
    absolute = Spline([0, 1], [(1,)]).pair()
    assert curvature_nodes(absolute).integral().value == 0
    assert np.all(curvature_nodes(absolute).values == 0)
