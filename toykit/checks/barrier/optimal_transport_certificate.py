"""Check of sup |E_t(x)| <= K W_2^2 / 8 on the chord between matched neurons [barrier/optimal_transport_certificate]."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from toykit.arrays import to_numpy
from toykit.barriers.measured import barrier, tolerance, trivial_barrier
from toykit.data import Data, gaussian_clusters
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.matching.transport import Transport, as_given, neurons, transported
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted
from toykit.outputs import POSITIONS, OutputChord
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/optimal_transport_certificate"
NOTE = f"largest of {len(POSITIONS)} positions: a lower bound of the supremum"


class Bounds(NamedTuple):
    """max |act'|, max |act''| (off the kink where there is one), act(0)."""

    steepest: float
    most_bent: float
    at_zero: float


ACTIVATIONS = {
    "identity": Bounds(1.0, 0.0, 0.0),
    "relu": Bounds(1.0, 0.0, 0.0),
    "leaky_relu": Bounds(1.0, 0.0, 0.0),
    "tanh": Bounds(1.0, 4 / (3 * math.sqrt(3)), 0.0),
    "softplus": Bounds(1.0, 0.25, math.log(2)),
    "gelu": Bounds((1 + math.erf(1)) / 2 + math.exp(-1) / math.sqrt(math.pi), 2 / math.sqrt(2 * math.pi), 0.0),
}


def check(pair: Pair) -> Result:
    """The largest output error on the matched chord and on the one as given, and the barrier of the matched one."""
    net = pair.landscape
    if not isinstance(net, Layered) or net.depth != 2 or net.activation.name not in ACTIVATIONS:
        kind = f"{net.depth} layers, {net.activation.name}" if isinstance(net, Layered) else type(net).__name__
        no = Outcome(False, f"one hidden layer with one of {', '.join(ACTIVATIONS)}; got {kind}")
        return Result(SLUG, pair.name, (), {}, {"ADDITIVE": no})
    matched, given, near = transported(pair, net), as_given(pair, net), transported(pair, net, power=1)
    letters = sizes(pair, net) | {"t": 0.5, "transport_2": matched.squared, "transport": near.mean}
    letters["K"], letters["lipschitz"] = (evaluate(SLUG, name, letters) for name in ("curvature", "lipschitz"))
    letters["high"] = max(net.loss(theta) for theta in (pair.theta_a, pair.theta_b))
    if net.traits.factor is not None:
        letters["factor"] = net.traits.factor
    comparisons = [
        *_errors(pair, matched, "smooth", letters, "matched"),
        *_errors(pair, given, "smooth", letters | {"transport_2": given.squared}, "as given"),
        *_errors(pair, near, "rough", letters, "matched for the slope bound"),
        *_barrier(pair, net, matched, letters),
    ]
    smooth = net.activation.smooth
    return Result(
        SLUG,
        pair.name,
        tuple(comparisons),
        letters,
        {
            "ADDITIVE": Outcome(True, f"one hidden layer of {net.widths[0]} neurons"),
            "CURVED": Outcome(smooth, f"{net.activation.name} {'has a bounded second derivative' if smooth else 'has a kink'}"),
        },
        {"mean squared distance as given": given.squared},
    )


def sizes(pair: Pair, net: Layered) -> dict[str, float]:
    """What K and the slope bound are made of: the largest |x|, |v_j| and |act| of all examples and neurons."""
    bounds = ACTIVATIONS[net.activation.name]
    inputs = to_numpy(net.inputs).astype(np.float64)
    squares = (inputs**2).sum(axis=1) + (1.0 if net.bias_name(1) else 0.0)
    reach = max(float(np.abs(to_numpy(net.preactivations(theta, 1))).max()) for theta in (pair.theta_a, pair.theta_b))
    return {
        "input_norm": math.sqrt(float(squares.max())),
        "outgoing": max(float(_outgoing(pair, net, end).max()) for end in (0, 1)),
        "activity": bounds.at_zero + bounds.steepest * reach,
        "steepest": bounds.steepest,
        "most_bent": bounds.most_bent,
    }


def _outgoing(pair: Pair, net: Layered, end: int) -> Floats:
    """|v_j| of the neurons of one end, shape (N,)."""
    theta = (pair.theta_a, pair.theta_b)[end]
    outputs = theta[net.weight_name(2)].shape[0]
    found: Floats = np.linalg.norm(neurons(net, theta)[:, -outputs:], axis=1)
    return found


def _errors(pair: Pair, matching: Transport, kind: str, letters: dict[str, float], words: str) -> list[Comparison]:
    """The largest |E_t(x)| of all examples, over the positions and where it comes closest to its own bound."""
    chord = OutputChord(Pair(pair.landscape, pair.theta_a, matching.theta))
    largest = np.array([float(np.sqrt((to_numpy(chord.at(float(t)).error) ** 2).sum(axis=1).max())) for t in POSITIONS])
    bounds = evaluate(SLUG, f"{kind}_at", letters | {"t": POSITIONS})
    # sizes alone: no output is larger than the mean of |v_j| times the largest activity
    outgoing = max(float(_outgoing(pair, pair.landscape, end).mean()) for end in (0, 1))  # type: ignore[arg-type]  # Layered
    trivial = 2 * letters["activity"] * outgoing
    allowed = tolerance(pair, max(1.0, trivial))
    worst = int((bounds - largest).argmin())
    where = f"the value at t = {POSITIONS[worst]:g}"
    whole = Number.exact(evaluate(SLUG, kind, letters))
    measured, there = Number.estimated(float(largest.max()), NOTE), Number.exact(float(largest[worst]), where)
    return [
        Comparison(f"output error, {words}", measured, Relation.AT_MOST, whole, allowed, trivial),
        Comparison(
            f"output error at its worst position, {words}",
            there,
            Relation.AT_MOST,
            Number.exact(float(bounds[worst])),
            allowed,
            trivial,
        ),
    ]


def _barrier(pair: Pair, net: Layered, matched: Transport, letters: dict[str, float]) -> list[Comparison]:
    """The barrier of the matched chord against what the bound of the output error says about the loss."""
    form = "squared" if "factor" in letters else "cross_entropy"
    if form == "cross_entropy" and net.traits.loss != "cross-entropy":
        return []
    found, bound = Pair(net, pair.theta_a, matched.theta, pair.name), Number.exact(evaluate(SLUG, form, letters))
    allowed = tolerance(pair, max(1.0, letters["high"]))
    return [Comparison("barrier, matched", barrier(found), Relation.AT_MOST, bound, allowed, trivial_barrier(found))]


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Neurons of products all moved alike, which comes close to equality; shuffled noisy copies; two samples of one law."""
    kinds = (moved_products, noisy_copy, two_samples)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def products(neurons_a: Floats, neurons_b: Floats, name: str) -> Pair:
    """q = v w at x = 1: a linear network 1-N-1 from lists of neurons (w, v), shape (N, 2)."""
    net = MLP((1, len(neurons_a), 1), "identity", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=False)
    ends = (net.point(cloud[:, :1], cloud[:, 1:].T / len(cloud)) for cloud in (neurons_a, neurons_b))
    theta_a, theta_b = ends
    return Pair(net, theta_a, theta_b, name)


def moved_products(draw: np.random.Generator, name: str) -> Pair:
    """Neurons (w, v) far from 0, each moved by nearly the same multiple of (1, 1), in another order."""
    cloud = draw.normal(size=(int(draw.integers(1, 9)), 2)) + 6
    step = draw.uniform(0.1, 2.0) + 0.05 * draw.normal(size=cloud.shape)
    return products(cloud, draw.permutation(cloud + step), name)


def noisy_copy(draw: np.random.Generator, name: str) -> Pair:
    """A tanh network and a shuffled copy of it with noise."""
    net = MLP((3, 8, 2), "tanh", SquaredLoss(), Data(draw.normal(size=(10, 3)), draw.normal(size=(10, 2))))
    theta = net.draw(draw)
    noisy = theta + net.draw(draw) * float(draw.uniform(0.02, 0.5))
    return Pair(net, theta, permuted(net, noisy, 1, draw.permutation(8).tolist()), name)


def two_samples(draw: np.random.Generator, name: str, count: int = 24) -> Pair:
    """Two samples of neurons of one law, softplus with cross-entropy: (w, b, v) normal, V = v/N."""
    net = MLP((2, count, 3), "softplus", CrossEntropy(), gaussian_clusters(count=12, width=2, classes=3, clusters=3))
    theta_a, theta_b = (
        net.point(draw.normal(size=(count, 2)), draw.normal(size=count), draw.normal(size=(3, count)) / count, np.zeros(3))
        for _ in range(2)
    )
    return Pair(net, theta_a, theta_b, name)


def extremal() -> Iterator[Pair]:
    """Every neuron moved by (1, 1); and (1, 1), (-1, -1) against the same list swapped, at the bound as given."""
    yield products(np.array([[1.0, 1.0], [3.0, 2.0]]), np.array([[2.0, 2.0], [4.0, 3.0]]), "all neurons moved by (1, 1)")
    yield products(np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([[-1.0, -1.0], [1.0, 1.0]]), "opposite neurons, swapped")


def necessity() -> Iterator[tuple[str, Pair]]:
    """The fold net: K = 1 off its kinks, and as given its neurons go through them."""
    yield "CURVED", fold()
