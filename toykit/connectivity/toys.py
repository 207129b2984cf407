"""Small pairs of networks on which the claims of this family are tried: where they hold, are met, and cannot be spared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from toykit.connectivity.rebuilding import best_readout
from toykit.connectivity.separability import scale, separator
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Floats, Pair
from toykit.losses import CrossEntropy, SquaredLoss, Targets
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator

ACTIVATION_NAMES = ("relu", "leaky_relu", "tanh")


@dataclass(frozen=True)
class DoubleWell(SquaredLoss):
    """(|z|^2 - 1)^2: convex nowhere near 0, so waypoints say nothing about what lies between them."""

    name: ClassVar[str] = "double well"
    convex: ClassVar[bool] = False

    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """(|z_i|^2 - 1)^2; the targets do not matter."""
        found: Floats = ((outputs**2).sum(axis=1) - 1) ** 2
        return found


def point(weights: list[Floats], biases: list[Floats] | None = None) -> Parameters:
    """Parameters `layers.l.weight`, `layers.l.bias` from the arrays of layers 1..L."""
    arrays: dict[str, Floats] = {}
    for number, weight in enumerate(weights, start=1):
        arrays[f"layers.{number}.weight"] = np.array(weight, dtype=np.float64)
        if biases is not None:
            arrays[f"layers.{number}.bias"] = np.array(biases[number - 1], dtype=np.float64)
    return Parameters(arrays)


def separable_nets(number: int, widths: tuple[int, ...] = (40, 40, 40), data: Data | None = None, loss: float = 2e-3) -> Pair:
    """Two nets with random hidden layers and a separating read-out scaled to a loss of at most `loss`, on Gaussian clusters.

    Raises:
        InputError: the last features of an endpoint are not separable; take another number.

    """
    data = gaussian_clusters(number=number) if data is None else data
    classes = int(data.targets.max()) + 1
    network = MLP((data.inputs.shape[1], *widths, classes), "relu", CrossEntropy(), data)
    ends = []
    for end in ("a", "b"):
        draw = generator(f"separable nets {end}", number)
        sizes = (data.inputs.shape[1], *widths)
        weights = [draw.normal(size=(m, n)) * np.sqrt(2 / n) for n, m in zip(sizes, widths, strict=False)]
        biases = [0.1 * draw.normal(size=m) for m in widths]
        hidden = point([*weights, np.zeros((classes, widths[-1]))], [*biases, np.zeros(classes)])
        found = separator(network.features(hidden, len(widths)), data.targets, classes)
        if found is None:
            raise InputError(f"the read-out of a toy separates its last features; number {number} does not; take another")
        final = found.readout.scaled(scale(classes, loss, found.margin))
        ends.append(point([*weights, final.weight], [*biases, final.bias]))
    return Pair(network, ends[0], ends[1], f"separable nets #{number}")


def small_nets(number: int) -> Pair:
    """The same with one to three narrow hidden layers, two or three classes, and few examples."""
    draw = generator("small separable nets", number)
    classes = int(draw.integers(2, 4))
    widths = tuple(int(draw.integers(4 * classes, 6 * classes)) for _ in range(int(draw.integers(1, 4))))
    data = gaussian_clusters(4 * classes, 3, classes, classes, 0.3, number)
    return separable_nets(number, widths, data, float(10 ** draw.uniform(-6, -1)))


def two_examples(number: int) -> Pair:
    """Two examples of two classes: every margin equals the smallest one."""
    data = Data([[-1.0], [1.0]], [0, 1], 2, "two examples")
    width = 4 + 2 * (number % 4)
    network = MLP((1, width, width, 2), "relu", CrossEntropy(), data)
    ends = []
    for end in ("a", "b"):
        draw = generator(f"two examples {end}", number)
        size = draw.uniform(0.3, 1)
        first = np.where(np.arange(width) % 2, 1.0, -1.0)[:, None] * draw.uniform(0.5, 1.5, size=(width, 1))
        second = np.eye(width) * draw.uniform(0.5, 1.5, size=width)
        final = size * np.array([np.where(np.arange(width) % 2, -1.0, 1.0), np.where(np.arange(width) % 2, 1.0, -1.0)])
        ends.append(point([first, second, final], [np.zeros(width), np.zeros(width), np.zeros(2)]))
    return Pair(network, ends[0], ends[1], f"two examples #{number}")


def one_feature() -> Pair:
    """x = 0, 1, 2 with labels 0, 1, 0 and two units relu(x), relu(x-1): together separable, neither of them alone."""
    data = Data([[0.0], [1.0], [2.0]], [0, 1, 0], 2, "middle against ends")
    network = MLP((1, 2, 2), "relu", CrossEntropy(), data)
    tent = np.array([[-10.0, 20.0], [10.0, -20.0]])  # z_1 - z_0 = 20 x - 40 relu(x-1) - 10: the tent minus a half
    weights, biases = [np.array([[1.0], [1.0]]), tent], [np.array([0.0, -1.0]), np.array([5.0, -5.0])]
    swapped = [weights[0], tent[:, ::-1]], [biases[0][::-1], biases[1]]
    return Pair(network, point(weights, biases), point(*swapped), "middle against ends")


def one_unit() -> Pair:
    """x = -1, 1 of two classes and one hidden unit, relu(x) or relu(-x): a path turns the sign of its weight."""
    data = Data([[-1.0], [1.0]], [0, 1], 2, "two examples")
    network = MLP((1, 1, 2), "relu", CrossEntropy(), data)
    hidden, out = np.zeros(1), np.array([[-10.0], [10.0]])
    a = point([np.array([[1.0]]), out], [hidden, np.array([5.0, -5.0])])
    b = point([np.array([[-1.0]]), -out], [hidden, np.array([-5.0, 5.0])])
    return Pair(network, a, b, "one unit")


def exact_instance() -> Pair:
    """x = 1, widths (1,2,2), no biases, |Z-(1,1)|^2/2: both losses 0, chord 5/8 t^2(1-t)^2 [connectivity/rebuilt_features]."""
    data = Data([[1.0]], [[1.0, 1.0]], name="one example")
    network = MLP((1, 2, 2), "relu", SquaredLoss(), data, bias=False)
    a = point([np.array([[1.0], [1.0]]), np.eye(2)])
    b = point([np.array([[1.0], [2.0]]), np.array([[0.0, 0.5], [1.0, 0.0]])])
    return Pair(network, a, b, "exact instance")


def opposite_margins() -> Pair:
    """Two examples with margins (-3, 1) and (1, -3) at the ends, on the same features: error 1/2, in the middle 1."""
    data = Data([[-1.0], [1.0]], [0, 0], 2, "two examples")
    network = MLP((1, 2, 2), "relu", CrossEntropy(), data)
    first, zero = np.array([[-1.0], [1.0]]), [np.zeros(2), np.zeros(2)]
    a, b = (point([first, np.array([margins, [0.0, 0.0]])], zero) for margins in ([-3.0, 1.0], [1.0, -3.0]))
    return Pair(network, a, b, "opposite margins")


def double_well() -> Pair:
    """(z^2-1)^2 at z = 1 and z = -1 with only the output layer moving: 0 at both ends, 1 in the middle."""
    network = MLP((1, 1, 1), "relu", DoubleWell(), Data([[1.0]], [[0.0]], name="one example"))
    ones, zero = np.ones((1, 1)), [np.zeros(1), np.zeros(1)]
    return Pair(network, point([ones, ones], zero), point([ones, -ones], zero), "double well")


def used_slot() -> Pair:
    """x = 1, features (1, 3), outgoing weights (1, 1): unit 1 is read, so it is no slot for unit 0."""
    network = MLP((1, 2, 1), "relu", SquaredLoss(), Data([[1.0]], [[4.0]], name="one example"))
    theta = point([np.array([[1.0], [3.0]]), np.ones((1, 2))], [np.zeros(2), np.zeros(1)])
    return Pair(network, theta, theta, "used slot", facts={"slots": "used"})


def random_nets(number: int) -> Pair:
    """Two nets with random hidden layers, one to three, ReLU, leaky ReLU or tanh, on random examples of either loss.

    Half of them have the best read-out, so that leaving units out costs something.
    """
    draw = generator("random nets", number)
    outputs = int(draw.integers(1, 4))
    widths = tuple(int(draw.integers(2 * outputs + 2, 12)) for _ in range(int(draw.integers(1, 4))))
    inputs = draw.normal(size=(10, 3))
    if number % 2 and outputs > 1:
        data, loss = Data(inputs, draw.integers(0, outputs, size=10), outputs, "random labels"), CrossEntropy()
        network = MLP((3, *widths, outputs), ACTIVATION_NAMES[number % 3], loss, data)
    else:
        data = Data(inputs, draw.normal(size=(10, outputs)), name="random targets")
        network = MLP((3, *widths, outputs), ACTIVATION_NAMES[number % 3], SquaredLoss(), data)
    sizes = (3, *widths, outputs)
    ends = []
    for _ in range(2):
        weights = [draw.normal(size=(m, n)) / np.sqrt(n) for n, m in pairwise(sizes)]
        biases = [draw.normal(size=m) for m in sizes[1:]]
        if number % 4 < 2:  # the best read-out makes the endpoint better than what any half of its units can do
            best = best_readout(network.features(point(weights, biases), len(widths)), data)
            weights[-1], biases[-1] = best.weight, best.bias
        ends.append(point(weights, biases))
    return Pair(network, ends[0], ends[1], f"random nets #{number}")
