"""Check of |E_L| <= sum of commutator parts + sum of gate parts, and of the recursion behind it [barrier/commutativity]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.barriers.birth import Birth, ErrorBirth
from toykit.barriers.measured import tolerance
from toykit.data import Data, gaussian_clusters
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import fold
from toykit.networks.mlp import MLP
from toykit.outputs import POSITIONS
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/commutativity"
STRETCHES_NOTHING = frozenset({"identity", "relu", "leaky_relu", "tanh", "softplus", "sigmoid"})
"""Activations whose slope is nowhere above 1."""


def check(pair: Pair) -> Result:
    """The output error at 1/2 and at the position with the least room, and the recursion in every layer."""
    net = pair.landscape
    if not isinstance(net, Layered):
        no = Outcome(False, f"{type(net).__name__} is not a chain of dense layers with one activation")
        return Result(SLUG, pair.name, (), {}, {"FEED_FORWARD": no})
    births = ErrorBirth(net, pair.theta_a, pair.theta_b)
    found = {float(t): births.at(float(t)) for t in POSITIONS}
    middle = found[0.5]
    allowed = tolerance(pair, max(birth.outside + evaluate(SLUG, "upper", birth.letters) for birth in found.values()))
    worst = min(found.values(), key=lambda birth: evaluate(SLUG, "upper", birth.letters) - birth.error)
    residual = max(layer.residual for birth in found.values() for layer in birth.layers)
    recursion = Number.exact(residual, f"largest entry, {net.depth} layers, {len(found)} positions")
    known = net.activation.name in STRETCHES_NOTHING
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            _bounded(middle, "output error at 1/2", allowed),
            _bounded(worst, "output error at its worst position", allowed),
            Comparison("left over by the recursion", recursion, Relation.EQUAL, Number.exact(0.0), allowed),
        ),
        letters=middle.letters,
        assumptions={
            "FEED_FORWARD": Outcome(True, f"{net.depth} dense layers"),
            "LIPSCHITZ": Outcome(known, f"the slopes of {net.activation.name} are {'at most' if known else 'partly above'} 1"),
        },
        extra={
            "output error at 1/2": middle.error,
            "layers": {
                f"layer {layer.layer}": {"commutator": layer.commuted, "gates": layer.gated, "norms above": layer.amplification}
                for layer in middle.layers
            },
        },
    )


def _bounded(birth: Birth, name: str, allowed: float) -> Comparison:
    """|E_L| against the bound; vacuous where the sizes of the outputs alone say more."""
    measured = Number.exact(birth.error, f"root mean square over the examples at t = {birth.t:g}")
    bound = Number.exact(evaluate(SLUG, "upper", birth.letters), "norms of both parts of every layer")
    return Comparison(name, measured, Relation.AT_MOST, bound, allowed, birth.outside)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Networks of one unit per layer, which come close to the bound, and random networks with two to four layers."""
    kinds = (thin_network, random_network)
    for number in range(count):
        kind = kinds[number % len(kinds)]
        yield kind(generator(f"{SLUG}/{kind.__name__}", seed * 1_000_000 + number), f"{kind.__name__} {number}")


def thin_network(draw: np.random.Generator, name: str) -> Pair:
    """One unit per layer and one input: nothing is lost in the norms but signs that cancel."""
    activation = ("identity", "relu", "leaky_relu", "tanh")[int(draw.integers(4))]
    depth = int(draw.integers(2, 4))
    net = MLP((1,) * (depth + 1), activation, SquaredLoss(), Data([[1.0]], [[0.0]]), bias=bool(draw.random() < 0.5))
    return Pair(net, net.draw(draw), net.draw(draw), name)


def random_network(draw: np.random.Generator, name: str) -> Pair:
    """Two random classifiers with biases."""
    activation = ("relu", "tanh", "softplus", "identity", "leaky_relu")[int(draw.integers(5))]
    hidden = draw.integers(2, 7, size=int(draw.integers(1, 4))).tolist()
    data = gaussian_clusters(count=12, width=3, number=int(draw.integers(2**31)))
    net = MLP((3, *hidden, 3), activation, CrossEntropy(), data)
    return Pair(net, net.draw(draw), net.draw(draw), name)


def extremal() -> Iterator[Pair]:
    """Two linear layers with one unit, commutator part only; and the fold net, gate part only."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]]))
    yield Pair(net, net.point([[1.0]], [[1.0]]), net.point([[2.0]], [[0.5]]), "one branch")
    yield fold()


def necessity() -> Iterator[tuple[str, Pair]]:
    """GELU twice: only the first layer moves, from (1, -1) to (-1, 1), and the second GELU stretches what the first lost."""
    net = MLP((1, 2, 1, 1), "gelu", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=(False, True, False))
    first, last = (net.point([[s], [-s]], [[1.0, 1.0]], [1.1], [[1.0]]) for s in (1.0, -1.0))
    yield "LIPSCHITZ", Pair(net, first, last, "GELU of a fold")
