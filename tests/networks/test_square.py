"""Errors as areas: against midpoints of a fine lattice, on random networks, and on polygons with known areas."""

from __future__ import annotations

import numpy as np
import pytest

from toykit import tolerances
from toykit.data import Data
from toykit.errors import InputError
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.networks.square import SquareClassifier, area, clipped
from toykit.networks.symmetries import permuted
from toykit.seeds import generator

CORNERS = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]


def test_a_square_cut_by_lines() -> None:
    assert area(CORNERS) == 4
    assert area(clipped(CORNERS, (1.0, 0.0, 0.0))) == 2
    assert area(clipped(CORNERS, (1.0, 1.0, -1.0))) == 0.5
    assert clipped(CORNERS, (0.0, 0.0, 0.0)) == CORNERS
    assert clipped(CORNERS, (0.0, 0.0, -1.0)) == clipped(CORNERS, (1.0, 0.0, -1.0)) == []


@pytest.mark.parametrize("number", range(6))
def test_the_error_is_that_of_a_fine_lattice(number: int) -> None:
    """Random networks with two hidden layers; a lattice of 400 x 400 midpoints is off by the cells that boundaries cross."""
    draw, side = generator("areas", number), 400
    net = SquareClassifier((2, 5, 4, 1))
    theta = net.draw(draw)
    xs = (np.arange(side) + 0.5) / side * 2 - 1
    points = np.array(np.meshgrid(xs, xs)).reshape(2, -1).T
    outputs = MLP((2, 5, 4, 1), "relu", SquaredLoss(), Data(points, np.zeros((len(points), 1)))).outputs(theta)[:, 0]
    wrong = (outputs >= 0) != ((points[:, 0] <= 0) & (points[:, 1] >= 0))
    assert net.loss(theta) == pytest.approx(float(wrong.mean()), abs=tolerances.sampled(side**2))
    assert sum(map(area, net.predicted(theta))) / 4 == pytest.approx(
        float((outputs >= 0).mean()), abs=tolerances.sampled(side**2)
    )


def test_permuting_units_keeps_the_error() -> None:
    draw, net = generator("permuted areas"), SquareClassifier((2, 4, 3, 1))
    theta = net.draw(draw)
    moved = permuted(net, permuted(net, theta, 1, [2, 0, 3, 1]), 2, [1, 2, 0])
    assert net.loss(moved) == pytest.approx(net.loss(theta), rel=tolerances.ROUNDING)


def test_a_dead_network_predicts_positive() -> None:
    net = SquareClassifier((2, 2, 1))
    theta = net.draw(generator("dead")) * 0
    assert net.loss(theta) == 0.75
    assert net.traits.chance == 0.25


def test_refusals() -> None:
    with pytest.raises(InputError, match="two inputs, one output"):
        SquareClassifier((3, 2, 1))
    with pytest.raises(InputError, match="box around 0"):
        SquareClassifier((2, 2, 1), ((0.5, 1.0), (0.0, 1.0)))
    net = SquareClassifier((2, 2, 1))
    theta = net.draw(generator("refused"))
    for call in (lambda: net.outputs(theta), lambda: net.jet(theta, theta, 0.5), lambda: net.gradient(theta)):
        with pytest.raises(InputError, match=r"examples|differentiated|no gradient"):
            call()
    with pytest.raises(InputError, match="no curvature"):
        net.curvature(theta, theta)
