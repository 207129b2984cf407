"""The exact profile: kinks and curvature of nets by hand, against the engine's own list and against jets between the breaks."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("flint")
from toykit import tolerances
from toykit.barriers.enclosed import exact_barrier, exact_profile
from toykit.data import teacher_student
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks import MLP
from toykit.networks.fixtures import d3, f10, fold, grid_evader, t9
from toykit.seeds import generator


def deep() -> Pair:
    net = MLP((3, 5, 4, 1), "leaky_relu", SquaredLoss(), teacher_student(count=8, width=3))
    draw = generator("exact profile")
    return Pair(net, net.draw(draw), net.draw(draw), "deep")


def test_the_fold_net_by_hand() -> None:
    found = exact_profile(fold())
    assert found.kinks() == [(F(1, 2), F(-4))]
    assert found.breaks() == [F(1, 2)]
    assert found.curvature_range() == (4, 4)
    assert found.degree == 2


def test_breaks_that_are_no_kinks() -> None:
    """Where the output of the grid evader leaves 0, the square of it has no kink yet."""
    found = exact_profile(grid_evader())
    assert found.breaks() == [F(17, 32), F(35, 64), F(9, 16)]
    assert found.kinks() == [(F(35, 64), F(-128_000_000))]
    assert found.curvature_range() == (0, 64_000**2)


@pytest.mark.parametrize("pair", [f10(), deep()], ids=lambda pair: pair.name)
def test_kinks_are_those_of_the_barrier(pair: Pair) -> None:
    found, engine = exact_profile(pair), exact_barrier(pair)
    assert len(found.events) == engine.breakpoints
    assert float(sum(jump for _, jump in found.kinks())) == pytest.approx(
        sum(kink.jump for kink in engine.kinks()), rel=tolerances.ROUNDING
    )
    assert [t for t, _ in found.kinks()] == sorted({kink.lo for kink in engine.kinks() if kink.jump != 0})


@pytest.mark.parametrize("pair", [f10(), deep()], ids=lambda pair: pair.name)
def test_the_range_of_curvature_is_met_and_not_exceeded(pair: Pair) -> None:
    found = exact_profile(pair)
    lowest, highest = map(float, found.curvature_range())
    ends = [0.0, *map(float, found.breaks()), 1.0]
    inside = np.concatenate([np.linspace(lo, hi, 12)[1:-1] for lo, hi in pairwise(ends)])
    values = np.array([pair.landscape.jet(pair.theta_a, pair.theta_b, float(t)).curvature for t in inside])
    scale = max(abs(lowest), abs(highest))
    assert found.curvatures(inside.tolist()) == pytest.approx(values, rel=tolerances.ROUNDING, abs=tolerances.ROUNDING * scale)
    assert lowest - tolerances.ROUNDING * scale <= values.min() <= lowest + scale / 20
    assert highest - scale / 20 <= values.max() <= highest + tolerances.ROUNDING * scale


def test_a_linear_network_has_no_breaks() -> None:
    found = exact_profile(d3())
    assert found.kinks() == found.breaks() == []
    assert found.degree == 6


def test_other_networks_are_refused() -> None:
    with pytest.raises(InputError, match="piecewise-linear activation with squared loss; got tanh"):
        exact_profile(t9())
