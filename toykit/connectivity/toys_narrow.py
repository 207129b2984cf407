"""Networks that are as narrow as the rank of their targets: exact solutions on both sides of the separating sign."""

from __future__ import annotations

import numpy as np

from toykit.activations import leaky_relu
from toykit.connectivity.toys import point
from toykit.data import Data
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator

SLOPE = 0.5


def inverse(features: Floats) -> Floats:
    """sigma^{-1} of the leaky ReLU with the slope 1/2."""
    found: Floats = np.where(features > 0, features, features / SLOPE)
    return found


def second_differences(size: int) -> Floats:
    """2 on the diagonal, -1 beside it: sigma_min = 2 - 2 cos(pi/(N+1))."""
    found: Floats = 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)
    return found


def swapped_pair(targets: Floats, name: str) -> Pair:
    """X = I and the solution F = U, W_2 = V S, against the same with the first and the last unit swapped (one unit: negated)."""
    count = len(targets)
    data = Data(np.eye(count), targets, name=name)
    left, values, right = np.linalg.svd(targets)
    net = MLP((count, count, targets.shape[1]), leaky_relu(SLOPE), SquaredLoss(), data, bias=False)
    last = right[:count].T * values
    order = np.arange(count)
    order[[0, -1]] = order[[-1, 0]]
    a = point([inverse(left).T, last])
    b = point([inverse(-left).T, -last]) if count == 1 else point([inverse(left).T[order], last[:, order]])
    return Pair(net, a, b, name, facts={"path": "swap"})


def deep_pair(number: int) -> Pair:
    """One to three hidden layers, the last one as wide as the rank, an exact read-out, then a step up to just below the level."""
    draw = generator("narrow nets", number)
    biased, count = bool(draw.integers(2)), int(draw.integers(3, 6))
    rank = count - biased
    outputs = rank + int(draw.integers(2))
    data = Data(draw.normal(size=(count, 3)), draw.normal(size=(count, outputs)), name="random targets")
    widths = (3, *(int(draw.integers(3, 7)) for _ in range(int(draw.integers(3)))), rank, outputs)
    flags = (True,) * (len(widths) - 2) + (biased,)
    net = MLP(widths, ("leaky_relu", "tanh")[number % 2], SquaredLoss(), data, flags)
    rows = data.targets - data.targets.mean(axis=0) if biased else data.targets
    level = 0.5 * float(np.linalg.svd(rows, compute_uv=False)[rank - 1]) ** 2 / count
    ends = [_fitted(net, net.draw(draw), data, biased) for _ in range(2)]
    a, b = (_shaken(net, theta, net.draw(draw), level) for theta in ends)
    return Pair(net, a, b, f"narrow nets #{number}")


def one_unit_more() -> Pair:
    """N = 1, x = y = 1 and two units (1, -2): the output layer moves from the first to the second, and the loss stays 0."""
    net = MLP((1, 2, 1), leaky_relu(SLOPE), SquaredLoss(), Data([[1.0]], [[1.0]], name="one example"), bias=False)
    first = np.array([[1.0], [-2.0]])
    return Pair(net, point([first, np.array([[1.0, 0.0]])]), point([first, np.array([[0.0, -1.0]])]), "one unit more")


def _fitted(net: MLP, theta: Parameters, data: Data, biased: bool) -> Parameters:
    features = net.features(theta, net.depth - 1)
    columns = np.column_stack([features, np.ones(len(features))]) if biased else features
    found = np.linalg.lstsq(columns, data.targets, rcond=None)[0].T
    changed = {net.weight_name(net.depth): found[:, : features.shape[1]]}
    return theta.replace({**changed, **({str(net.bias_name(net.depth)): found[:, -1]} if biased else {})})


def _shaken(net: MLP, theta: Parameters, step: Parameters, level: float) -> Parameters:
    size = 1.0
    while net.loss(theta + step * size) >= level and size > 1e-12:
        size /= 2
    return theta + step * size
