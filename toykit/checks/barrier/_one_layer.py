"""Networks that differ in one layer: which layers the outputs are affine in, swaps of a layer, a loss that is not convex."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from toykit.arrays import to_numpy
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, Loss, SquaredLoss, Targets
from toykit.networks.deep_linear import deep_linear
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Outcome

LAYER = "layer"
"""The fact of a pair that names the layer to look at; without it every layer that the outputs are affine in is looked at."""


def looked_at(pair: Pair, net: Layered) -> list[int]:
    """The layers l = 1..L in question: the one that the pair names, else all in which the outputs are affine."""
    if LAYER in pair.facts:
        return [int(pair.facts[LAYER])]
    return list(range(1, net.depth + 1)) if net.activation.negative_slope == 1 else [net.depth]


def outcomes(net: Layered, layers: list[int]) -> dict[str, Outcome]:
    """AFFINE and CONVEX, by the types of architecture and loss."""
    linear = net.activation.piecewise_linear and net.activation.negative_slope == 1
    affine = linear or layers == [net.depth]
    why = "the network is linear" if linear else f"layer {layers[0]} of {net.depth} with {net.activation.name}"
    return {
        "AFFINE": Outcome(affine, why),
        "CONVEX": Outcome(net.traits.convex_in_outputs, f"{net.traits.loss} loss, by type"),
    }


def not_layered(pair: Pair) -> dict[str, Outcome]:
    """What is false of a landscape that shows no layers."""
    return {"AFFINE": Outcome(False, f"layers can be told apart in a chain of dense layers; got {type(pair.landscape).__name__}")}


def with_layer(net: Layered, theta: Parameters, layer: int, source: Parameters) -> Parameters:
    """theta with W_l and b_l taken from another point."""
    names = [net.weight_name(layer), net.bias_name(layer)]
    return theta.replace({name: source[name] for name in names if name is not None})


def mean_square_move(net: Layered, one: Parameters, other: Parameters) -> float:
    """E|z - z'|^2 of two points, the letter `moved`."""
    step = to_numpy(net.outputs(one)) - to_numpy(net.outputs(other))
    return float((step**2).sum(axis=1).mean())


@dataclass(frozen=True)
class Bounded(Loss):
    """l(z, y) = 1 - exp(-|z - y|^2), which is not convex: far outputs cost no more than 1."""

    name: ClassVar[str] = "bounded"
    convex: ClassVar[bool] = False

    def per_example(self, outputs: Floats, targets: Targets) -> Floats:
        """1 - exp(-|z_i - y_i|^2)."""
        found: Floats = -np.expm1(-((outputs - targets) ** 2).sum(axis=1))
        return found

    def gradient(self, outputs: Floats, targets: Targets) -> Floats:
        """2 (z_i - y_i) exp(-|z_i - y_i|^2)."""
        return 2 * (outputs - targets) * (1 - self.per_example(outputs, targets))[:, None]

    def curvature(self, outputs: Floats, targets: Targets, directions: Floats) -> Floats:
        """exp(-|r_i|^2) (2 |v_i|^2 - 4 <r_i, v_i>^2) with r_i = z_i - y_i."""
        residual = outputs - targets
        bend = 2 * (directions**2).sum(axis=1) - 4 * (residual * directions).sum(axis=1) ** 2
        found: Floats = (1 - self.per_example(outputs, targets)) * bend
        return found

    def chance(self, data: Data) -> float:
        """The loss of the mean target: with one example, 0."""
        mean = np.broadcast_to(data.targets.mean(axis=0), data.targets.shape)
        return self.value(mean, data.targets)

    def require_fit(self, data: Data, outputs: int) -> None:
        """As the squared loss."""
        SquaredLoss().require_fit(data, outputs)


def beyond_the_bump() -> Pair:
    """z = w_2 w_1 x with the loss 1 - exp(-z^2), from z = 0 to z = 4 by the last layer alone."""
    net = MLP((1, 1, 1), "identity", Bounded(), Data([[1.0]], [[0.0]], name="one example"), bias=False)
    return Pair(net, net.point([[1.0]], [[0.0]]), net.point([[1.0]], [[4.0]]), "1 - exp(-z^2) from 0 to 4", facts={LAYER: "2"})


def random_networks(slug: str, count: int, seed: int) -> Iterator[Pair]:
    """Deep linear, tanh and ReLU networks with squared loss or cross-entropy; every fourth moves its affine layer little."""
    for number in range(count):
        draw = generator(slug, seed * 1_000_000 + number)
        regression, classes = (
            teacher_student(count=8, width=3, outputs=2),
            gaussian_clusters(count=9, width=3, classes=2, clusters=3),
        )
        kinds = (
            deep_linear((3, 4, 3, 2), regression),
            MLP((3, 5, 4, 2), "tanh", SquaredLoss(), regression),
            MLP((3, 5, 2), "relu", CrossEntropy(), classes),
            MLP((3, 4, 4, 2), "relu", SquaredLoss(float(draw.uniform(0.1, 2))), regression),
        )
        net = kinds[number % len(kinds)]
        theta_a, theta_b = net.draw(draw), net.draw(draw)
        if draw.random() < 0.25:
            last = theta_a + (theta_b - theta_a) * 1e-3
            theta_b = with_layer(net, theta_b, net.depth, last)
        yield Pair(net, theta_a, theta_b, f"{net!r} {number}")
