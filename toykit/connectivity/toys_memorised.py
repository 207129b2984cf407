"""Small pairs whose first features are to be memorised: in general position, equal, in a line, crowded."""

from __future__ import annotations

import numpy as np

from toykit.connectivity.toys import point
from toykit.data import Data
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator


def rows_in_general_position(
    number: int,
    *,
    count: int | None = None,
    width: int | None = None,
    groups: int | None = None,
    grouped: bool = False,
    activation: str = "relu",
) -> Pair:
    """N Gaussian rows and first layers that are active on all of them: F_1 is a generic affine image, in general position.

    Odd numbers have labels of three classes, even ones target vectors. `groups` asks the deep memoriser for so many groups,
    `grouped` draws their number.
    """
    draw = generator("rows in general position", number)
    q = int(draw.integers(2, 7)) if width is None else width
    n = int(draw.integers(3, 25)) if count is None else count
    inputs = draw.normal(size=(n, q))
    labelled = number % 2 == 1
    outputs = 3 if labelled else int(draw.integers(1, 4))
    loss: Loss = CrossEntropy() if labelled else SquaredLoss()
    targets = np.arange(n) % 3 if labelled else draw.normal(size=(n, outputs))
    data = Data(inputs, targets, 3 if labelled else None, "Gaussian rows")
    network = MLP((q, q, outputs), activation, loss, data)
    asked = int(draw.integers(1, n + 1)) if grouped else groups
    facts = {} if asked is None else {"groups": str(asked)}
    a, b = (_active(draw, inputs, q, outputs) for _ in "ab")
    return Pair(network, a, b, f"rows in general position #{number}", facts=facts)


def two_classes(number: int) -> Pair:
    """Gaussian rows of two classes: the code takes the values 0 and 1, so every example has the same loss."""
    draw = generator("two coded classes", number)
    q, n = int(draw.integers(2, 6)), 2 * int(draw.integers(2, 9))
    inputs = draw.normal(size=(n, q))
    network = MLP((q, q, 2), "relu", CrossEntropy(), Data(inputs, np.arange(n) % 2, 2, "Gaussian rows of two classes"))
    a, b = (_active(draw, inputs, q, 2) for _ in "ab")
    return Pair(network, a, b, f"two coded classes #{number}")


def equal_rows() -> Pair:
    """Three rows of the plane, two of them equal with targets -1 and 1: no function fits them."""
    return _identity([[1.0, 2.0], [2.0, 1.0], [2.0, 1.0]], [[0.0], [-1.0], [1.0]], "equal rows")


def on_one_line() -> Pair:
    """Four rows on one line through 0, where every pair is linearly dependent, with targets that are not linear."""
    return _identity([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]], [[1.0], [-1.0], [1.0], [-1.0]], "rows on one line")


def crowded_line() -> Pair:
    """Ten points 1e-8 apart beside a distant one: distinct, but slopes of 1e8 and bends between them lose the targets."""
    rows = [[1 + 1e-8 * k] for k in range(10)] + [[2.0]]
    return _identity(rows, [[(-1.0) ** k] for k in range(11)], "crowded line")


def _active(draw: np.random.Generator, inputs: Floats, width: int, outputs: int) -> Parameters:
    """A first layer with positive pre-activations on all rows, and a random output layer."""
    weight = draw.normal(size=(width, inputs.shape[1]))
    lowest = (inputs @ weight.T).min(axis=0)
    bias = draw.uniform(0.1, 1.0, size=width) - lowest
    return point([weight, draw.normal(size=(outputs, width))], [bias, np.zeros(outputs)])


def _identity(rows: list[list[float]], targets: list[list[float]], name: str) -> Pair:
    """The rows themselves as features of both endpoints."""
    q = len(rows[0])
    network = MLP((q, q, 1), "relu", SquaredLoss(), Data(rows, targets, name=name))
    theta = point([np.eye(q), np.ones((1, q))], [np.zeros(q), np.zeros(1)])
    return Pair(network, theta, theta, name)
