"""Networks with more first-layer units than examples: exact minima, points that are none, and widths that do not suffice."""

from __future__ import annotations

import numpy as np

from toykit.activations import leaky_relu
from toykit.connectivity.lift import Lifting
from toykit.connectivity.toys import DoubleWell, point
from toykit.connectivity.wide import Fresh, features
from toykit.data import Data
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator

SLOPE = 0.3


def wide_pair(
    number: int,
    widths: tuple[int, ...] = (3, 11, 2),
    *,
    count: int = 10,
    biased: bool = False,
    minima: bool = True,
    activation: str | None = None,
    labelled: bool = False,
) -> Pair:
    """Two random points, or two exact minima, of a network of these widths on `count` random examples.

    Layer 1 always has biases, the layers above where `biased`. The activation is by default the leaky ReLU of slope 0.3.
    """
    draw = generator("wide layers", number)
    inputs = draw.normal(size=(count, widths[0]))
    loss: Loss = CrossEntropy() if labelled else SquaredLoss()
    targets = draw.integers(0, widths[-1], size=count) if labelled else draw.normal(size=(count, widths[-1]))
    data = Data(inputs, targets, widths[-1] if labelled else None, "random examples")
    flags = (True, *(biased for _ in widths[2:]))
    net = MLP(widths, leaky_relu(SLOPE) if activation is None else activation, loss, data, flags)
    a, b = (net.draw(draw) for _ in "ab")
    if minima:
        a, b = _minimum(net, a, data), _minimum(net, b, data)
    return Pair(net, a, b, f"wide layers {'-'.join(map(str, widths))} #{number}")


def two_units() -> Pair:
    """N = 1, x = y = 1, slope 1/2, no biases: W_1 = (1, 1), W_2 = (1, 0) against (-2, -2), (-1, 0), at loss 0 all along."""
    net = MLP((1, 2, 1), leaky_relu(0.5), SquaredLoss(), _one_example(), bias=False)
    a = point([np.array([[1.0], [1.0]]), np.array([[1.0, 0.0]])])
    return Pair(net, a, point([np.array([[-2.0], [-2.0]]), np.array([[-1.0, 0.0]])]), "two units, one example")


def one_unit_short() -> Pair:
    """The same with n_1 = 1 = N and no bias: the incoming weight changes its sign, so the output passes 0."""
    net = MLP((1, 1, 1), leaky_relu(0.5), SquaredLoss(), _one_example(), bias=False)
    a, b = (point([np.array([[w]]), np.array([[v]])]) for w, v in ((1.0, 1.0), (-2.0, -1.0)))
    return Pair(net, a, b, "one unit, one example")


def square_top() -> Pair:
    """1-2-1-1 without biases: the last weight, a square matrix, has to change its sign, however wide layer 1 is."""
    net = MLP((1, 2, 1, 1), leaky_relu(0.5), SquaredLoss(), _one_example(), bias=False)
    first = np.array([[1.0], [1.0]])
    a = point([first, np.array([[1.0, 0.0]]), np.array([[1.0]])])
    b = point([first, np.array([[-2.0, 0.0]]), np.array([[-1.0]])])
    return Pair(net, a, b, "a square layer on top")


def two_wells() -> Pair:
    """(z^2 - 1)^2 on two units: the output goes from 1 to -1."""
    net = MLP((1, 2, 1), leaky_relu(0.5), DoubleWell(), _one_example(), bias=False)
    first = np.array([[1.0], [1.0]])
    a, b = (point([first, np.array([[v, 0.0]])]) for v in (1.0, -1.0))
    return Pair(net, a, b, "two wells")


def _one_example() -> Data:
    return Data([[1.0]], [[1.0]], name="one example")


def _minimum(net: MLP, theta: Parameters, data: Data) -> Parameters:
    """theta with (W_2, b_2) solved for outputs equal to the targets, through the layers above."""
    seen = features(net, theta)
    here = Fresh(theta[net.weight_name(1)], np.zeros(net.widths[0]), seen, 0, 0.0)
    return Lifting(net, here).lift(theta, data.targets, net.depth)
