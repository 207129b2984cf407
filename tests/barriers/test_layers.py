"""Points that differ from an end in some layers only, and the third derivative along one layer."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from toykit import tolerances
from toykit.barriers.layers import Cut, LayerChord, quadratic_in, subsets
from toykit.networks import Formula, Polynomial
from toykit.networks.fixtures import d3, f10, t9

x = sp.Symbol("x", real=True)


def test_swapped_layers_and_parts() -> None:
    chord = LayerChord(d3())
    a, b = chord.pair.theta_a, chord.pair.theta_b
    first, *others = chord.layers
    assert all((chord.swapped([first])[n] == (b if n.startswith(first) else a)[n]).all() for n in a)
    assert (chord.swapped(chord.layers) - b).norm() == 0
    total = chord.part([first]) + chord.part(others)
    assert (total - chord.delta).norm() == 0
    assert (chord.from_a(chord.layers) - chord.from_b(chord.layers)).norm() <= tolerances.ROUNDING
    assert [len(s) for s in subsets(chord.layers)] == [0, 1, 1, 1, 2, 2, 2, 3]
    assert len(list(subsets(chord.layers, 1))) == 4


def test_the_interpolated_third_derivative() -> None:
    """cos(3t): on [0, 1/2] the third derivative 27 sin(3t) is largest at 1/2."""
    net = Formula(sp.cos(x), (x,), "wave")
    cut = Cut(net, net.point(x=0.0), net.point(x=3.0))
    assert cut.third.lo == pytest.approx(27 * np.sin(1.5), rel=tolerances.SOLVED)


def test_the_third_derivative_of_a_polynomial_is_exact() -> None:
    """x^4 from 0 by 2: phi = 16 t^4 has the third derivative 384 t, at most 192 on the half cut."""
    net = Polynomial(x**4, (x,), "fourth")
    assert Cut(net, net.point(x=0.0), net.point(x=2.0)).third.value == 192.0


def test_layers_in_which_the_loss_is_quadratic() -> None:
    """Squared loss: all layers of a linear network, the last one of any other."""
    assert all(quadratic_in(d3().landscape, layer) for layer in d3().theta_a.layers)
    for pair in (t9(), f10()):
        first, last = pair.theta_a.layers
        assert not quadratic_in(pair.landscape, first)
        assert quadratic_in(pair.landscape, last)
