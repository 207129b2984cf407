"""Three neurons that no grid sees: zero on grids of 11, 25, 50 and 101 points, and a barrier of 10^6 between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from toykit.data import Data
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters

GRIDS = (11, 25, 50, 101)
KNOTS = (Fraction(258, 512), Fraction(259, 512), Fraction(260, 512))
"""Between 50/100 and 51/100, where none of the four grids has a point."""

HEIGHT = 1000


def evader() -> Pair:
    """relu(t - p_j) at three knots, read out by c (1, -2, 1), with target 0 and the loss f^2: a spike with f = 1000.

    The input does not matter; it is 1 here.
    """
    net = MLP((1, 3, 1), "relu", SquaredLoss(factor=1.0), Data([[1.0]], [[0.0]], name="spike"), bias=(True, False))
    p = np.array([float(knot) for knot in KNOTS])
    out = np.array([[1.0, -2.0, 1.0]]) * HEIGHT / float(KNOTS[1] - KNOTS[0])
    still = np.zeros((3, 1))
    return Pair(net, net.point(still, -p, out), net.point(still, 1 - p, out), "a spike that four grids miss")


def scalar_units(
    start: tuple[Sequence[float], Sequence[float], Sequence[float]],
    end: tuple[Sequence[float], Sequence[float], Sequence[float]],
    inputs: Sequence[float],
    targets: Sequence[float],
    name: str,
) -> Pair:
    """f(x) = sum_j v_j relu(w_j x + b_j) between (w, b, v) = `start` and `end`, with the mean of (f - y)^2 / 2."""
    data = Data(np.array(inputs)[:, None], np.array(targets)[:, None], name=name)
    net = MLP((1, len(start[0]), 1), "relu", SquaredLoss(), data, bias=(True, False))

    def point(w: Sequence[float], b: Sequence[float], v: Sequence[float]) -> Parameters:
        return net.point(np.array(w, float)[:, None], np.array(b, float), np.array(v, float)[None, :])

    return Pair(net, point(*start), point(*end), name)


def two_units_three_examples() -> Pair:
    """Break points 1/4, 1/3, 2/5, 2/3 and B = 103/486 at the concave kink t = 1/3 [barrier/exact_relu_barrier]."""
    start, end = ((1, -1), (0, 1), (1, 1)), ((-1, 2), (1, -1), (2, 1))
    return scalar_units(start, end, (1, 2, -1), (1, 2, 2), "two units, three examples")


def two_units_two_examples() -> Pair:
    """Break points 1/4, 1/3, 1/2 and an irrational B = 0.66522851269184 inside the last piece [barrier/exact_relu_barrier]."""
    start, end = ((-1, -1), (0, 0), (-2, -1)), ((0, 2), (2, 1), (0, 0))
    return scalar_units(start, end, (1, -1), (1, 2), "two units, two examples")
