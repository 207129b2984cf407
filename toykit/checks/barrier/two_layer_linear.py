"""Check of B = c E|Delta V D (Delta W x + Delta b)|^2 / 16 for two interpolating layers [barrier/two_layer_linear]."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from toykit.arrays import to_numpy
from toykit.barriers.measured import barrier, tolerance
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.networks.deep_linear import deep_linear, interpolating
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted, rescaled
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/two_layer_linear"


class Bend(NamedTuple):
    """Delta V D(x)(Delta W x + Delta b), shape (n, k), and whether no unit changes its sign; D are the gates of the ends."""

    outputs: Floats
    same_gates: bool

    @property
    def mean_square(self) -> float:
        """E|Delta V D (Delta W x + Delta b)|^2, the letter `bent`."""
        return float((self.outputs**2).sum(axis=1).mean())


def check(pair: Pair) -> Result:
    """B against its closed form, and the bend of the outputs at t = 1/2, which needs no interpolation."""
    net = pair.landscape
    if not (isinstance(net, Layered) and net.depth == 2 and net.activation.piecewise_linear and net.traits.factor is not None):
        kind = f"{net.depth} layers, {net.activation.name}" if isinstance(net, Layered) else type(net).__name__
        no = Outcome(False, f"two dense layers, piecewise linear, squared loss; got {kind}, {net.traits.loss} loss")
        return Result(SLUG, pair.name, (), {}, {"TWO_LAYERS": no})
    bend = bend_of(pair, net)
    ends = max(net.loss(theta) for theta in (pair.theta_a, pair.theta_b))
    targets_2 = net.loss_of_outputs(net.outputs(pair.theta_a) * 0) / net.traits.factor
    letters = {"bent": bend.mean_square, "factor": net.traits.factor, "targets_2": targets_2, "t": 0.5}
    closed = evaluate(SLUG, "barrier", letters)
    scale = net.traits.factor * max(targets_2, bend.mean_square)
    allowed = tolerance(pair, scale)
    # what the errors e that the ends have left change in |e + E|^2; nothing is granted to ends that do not interpolate
    left_over = 2 * math.sqrt(closed * ends) + 2 * ends if ends <= allowed else 0.0
    comparisons = (
        Comparison("barrier", barrier(pair), Relation.EQUAL, Number.exact(closed), allowed + left_over),
        Comparison("bend of the outputs", output_bend(pair, net), Relation.EQUAL, Number.exact(bend.mean_square / 16), allowed),
    )
    return Result(SLUG, pair.name, comparisons, letters, _outcomes(net, bend, ends, allowed))


def _outcomes(net: Layered, bend: Bend, ends: float, allowed: float) -> dict[str, Outcome]:
    gates = "the network is linear" if net.activation.negative_slope == 1 else "all pre-activations keep their signs"
    if not bend.same_gates:
        gates = "some unit is positive at one end and negative at the other"
    return {
        "TWO_LAYERS": Outcome(True, f"two dense layers with {net.activation.name}, squared loss"),
        "GATES": Outcome(
            bend.same_gates, gates if bend.same_gates else "units that are positive at one end, negative at the other"
        ),
        "INTERPOLATION": Outcome(ends <= allowed, f"the larger end loss is {ends:.3g}"),
    }


def bend_of(pair: Pair, net: Layered) -> Bend:
    """What the product of the two layers bends by, from the weights; where gates differ, those of the sum of both ends count."""
    first, last = to_numpy(net.preactivations(pair.theta_a, 1)), to_numpy(net.preactivations(pair.theta_b, 1))
    slope = net.activation.negative_slope
    gates = np.where(first + last > 0, 1.0, slope)
    step = to_numpy(pair.delta[net.weight_name(2)])
    found: Floats = (gates * (last - first)) @ step.T
    return Bend(found, slope == 1 or bool((first * last >= 0).all()))


def output_bend(pair: Pair, net: Layered) -> Number:
    """E|z_{1/2} - (z_a + z_b)/2|^2, from three forward passes."""
    middle = chord_point(pair.theta_a, pair.theta_b, 0.5)
    z_a, z_half, z_b = (to_numpy(net.outputs(theta)) for theta in (pair.theta_a, middle, pair.theta_b))
    return Number.exact(float(((z_half - (z_a + z_b) / 2) ** 2).sum(axis=1).mean()))


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random interpolating linear pairs, permuted copies of a linear network, rescaled copies of a ReLU network."""
    kinds = (linear_minima, permuted_copy, rescaled_copy)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def linear_minima(draw: np.random.Generator, name: str) -> Pair:
    """Two random factorisations of one matrix of rank 2."""
    matrix = draw.normal(size=(2, 2)) @ draw.normal(size=(2, 3))
    return interpolating((3, 4, 2), matrix, draw.normal(size=(7, 3)), draw, name)


def permuted_copy(draw: np.random.Generator, name: str) -> Pair:
    """A linear network with biases and a copy with its hidden units permuted."""
    net, theta = taught("identity", draw)
    return Pair(net, theta, permuted(net, theta, 1, draw.permutation(5).tolist()), name)


def rescaled_copy(draw: np.random.Generator, name: str) -> Pair:
    """A ReLU network with biases and a copy with every hidden unit rescaled: all gates stay as they are."""
    net, theta = taught("relu", draw)
    return Pair(net, theta, rescaled(net, theta, 1, np.exp(draw.normal(size=5))), name)


def taught(activation: str, draw: np.random.Generator) -> tuple[MLP, Parameters]:
    """A network 3-5-2 and parameters whose outputs are its targets; the factor of the loss is random, too."""
    inputs, loss = draw.normal(size=(9, 3)), SquaredLoss(float(draw.uniform(0.1, 2)))
    blank = MLP((3, 5, 2), activation, loss, Data(inputs, np.zeros((9, 2))))
    theta = blank.draw(draw)
    return MLP((3, 5, 2), activation, loss, Data(inputs, blank.outputs(theta), name="its own outputs")), theta


def reordered(first: Floats, second: Floats, perm: Sequence[int], name: str) -> Pair:
    """The linear net V W on the inputs 1 (the identity), and its copy with permuted hidden units."""
    net = deep_linear((first.shape[1], first.shape[0], second.shape[0]), Data(np.eye(first.shape[1]), (second @ first).T))
    theta = net.point(first, second)
    return Pair(net, theta, permuted(net, theta, 1, perm), name)


def extremal() -> Iterator[Pair]:
    """A swap, a swap and a 3-cycle of identities, and a network rescaled by 2: always equal."""
    yield reordered(np.diag([2.0, 1.0]), np.diag([1.0, 3.0]), [1, 0], "W = diag(2, 1), V = diag(1, 3), swap")
    yield reordered(np.eye(3), np.eye(3), [1, 0, 2], "V = W = 1, swap")
    yield reordered(np.eye(3), np.eye(3), [1, 2, 0], "V = W = 1, 3-cycle")
    net = deep_linear((1, 1, 1), Data([[1.0]], [[3.0]]))
    theta = net.point([[1.0]], [[3.0]])
    yield Pair(net, theta, rescaled(net, theta, 1, [2.0]), "rescaled by 2")


def necessity() -> Iterator[tuple[str, Pair]]:
    """(1, 1) to (-1, -1) with the target 0, whose ends have loss 1/2; and the fold net, a permuted copy of itself."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[0.0]]))
    yield "INTERPOLATION", Pair(net, net.point([[1.0]], [[1.0]]), net.point([[-1.0]], [[-1.0]]), "target 0")
    yield "GATES", fold()
