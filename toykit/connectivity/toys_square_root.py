"""Small pairs for the claim on widths of order sqrt(N): the published toy, smaller ones, and those where a condition fails."""

from __future__ import annotations

import numpy as np

from toykit.connectivity.rebuilding import best_readout, trained
from toykit.connectivity.square_root import smallest_equal_width
from toykit.connectivity.toys import point, separable_nets
from toykit.data import Data
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator

NOISE = 0.01
"""Of the read-outs; without it squared losses are pure rounding, 1e-30."""

SHRUNK = 0.3
"""Factor of the trained output layers: losses of 1e-7 become 1e-2, which rounding does not reach."""

STEPS = 300
"""L-BFGS steps; random labels of 36 points are learnt in about a hundred."""


def published(number: int) -> Pair:
    """36 random points of R^3 with random labels of two classes, hidden widths 8, 22, 32, trained by L-BFGS."""
    draw = generator("widths of order sqrt(36)", number)
    data = Data(draw.normal(size=(36, 3)), draw.integers(0, 2, size=36), 2, "36 random points")
    net = MLP((3, 8, 22, 32, 2), "relu", CrossEntropy(), data)
    ends = []
    for end in "ab":
        name = f"published {number} {end}"
        weights, biases = trained(data, [8, 22, 32], net.activation, bias=True, name=name, steps=STEPS)
        ends.append(point([*weights[:-1], SHRUNK * weights[-1]], [*biases[:-1], SHRUNK * biases[-1]]))
    return Pair(net, ends[0], ends[1], f"36 random points #{number}")


def small(number: int) -> Pair:
    """6 to 12 random points, two or three hidden layers of the smallest widths; labels, or vectors with a good read-out."""
    draw = generator("small widths of order sqrt(N)", number)
    count, before = int(draw.integers(6, 13)), (24,) if number % 3 == 2 else ()
    inputs = draw.normal(size=(count, 6))
    if number % 2:
        width = smallest_equal_width(count, 1)
        labels = draw.permutation(np.arange(count) % 3)
        return separable_nets(number, (*before, width, width), Data(inputs, labels, 3, "random points"), 1e-2)
    outputs = int(draw.integers(1, 3))
    width = smallest_equal_width(count, outputs)
    data = Data(inputs, draw.normal(size=(count, outputs)), name="random points")
    net = MLP((6, *before, width, width, outputs), "relu", SquaredLoss(), data)
    return Pair(net, _fitted(net, draw), _fitted(net, draw), f"small widths #{number}")


def equal_rows() -> Pair:
    """Eight points, two of them equal with different labels, and two hidden layers that are wide enough."""
    draw = generator("equal rows", 0)
    inputs = draw.normal(size=(8, 3))
    inputs[1] = inputs[0]
    return _two_classes(inputs, (), "equal rows")


def folded_line() -> Pair:
    """x = -2, -1, 1, 2 behind relu(x) and relu(-x): together they tell the points apart, neither alone does."""
    draw = generator("folded line", 3)
    net = MLP((1, 2, 12, 12, 2), "relu", CrossEntropy(), Data([[-2.0], [-1.0], [1.0], [2.0]], [0, 1, 0, 1], 2, "folded line"))
    ends = []
    for _ in "ab":
        theta = net.draw(draw)
        first = {"layers.1.weight": np.array([[1.0], [-1.0]]), "layers.1.bias": np.zeros(2)}
        second = {"layers.2.weight": draw.normal(size=(12, 2)), "layers.2.bias": draw.normal(size=12)}
        ends.append(theta.replace({**first, **second}))
    return Pair(net, ends[0], ends[1], "folded line")


def narrow() -> Pair:
    """Twelve points and widths 6: half of them hold no more than three numbers."""
    inputs = generator("narrow", 0).normal(size=(12, 3))
    return _two_classes(inputs, (6, 6), "narrow")


def hyperbolic() -> Pair:
    """A tanh network with good read-outs, whose widths would be large enough."""
    draw = generator("hyperbolic", 1)
    net = _classifier(draw.normal(size=(8, 3)), (), "tanh", "tanh")
    return Pair(net, _fitted(net, draw), _fitted(net, draw), "tanh")


def _two_classes(inputs: Floats, widths: tuple[int, ...], name: str) -> Pair:
    net = _classifier(inputs, widths, name, "relu")
    return Pair(net, net.draw(generator(name, 1)), net.draw(generator(name, 2)), name)


def _classifier(inputs: Floats, widths: tuple[int, ...], name: str, activation: str) -> MLP:
    """A network for two classes in turn, with two hidden layers of the smallest widths unless others are given."""
    count = len(inputs)
    width = smallest_equal_width(count, 1)
    data = Data(inputs, np.arange(count) % 2, 2, name)
    return MLP((inputs.shape[1], *(widths or (width, width)), 2), activation, CrossEntropy(), data)


def _fitted(net: MLP, draw: np.random.Generator) -> Parameters:
    """Random hidden layers with the best read-out, not quite hit."""
    theta = net.draw(draw)
    last = net.depth
    best = best_readout(net.features(theta, last - 1), net.data)
    off = NOISE * draw.normal(size=best.weight.shape)
    return theta.replace({net.weight_name(last): best.weight + off, str(net.bias_name(last)): best.bias})
