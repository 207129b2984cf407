"""Check that a cut through an affine layer is convex: its gap against its own ends is at most 0 [barrier/layer_cut_convexity]."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.barriers.measured import tolerance
from toykit.checks.barrier._one_layer import (
    LAYER,
    beyond_the_bump,
    looked_at,
    mean_square_move,
    not_layered,
    outcomes,
    random_networks,
    with_layer,
)
from toykit.chord import Profile, grid
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import fold
from toykit.parameters import Parameters
from toykit.verdict import Comparison, Number, Relation, Result

SLUG = "barrier/layer_cut_convexity"
POINTS = 25


def check(pair: Pair, points: int = POINTS) -> Result:
    """Every cut from an end through one affine layer: largest gap, lowest second difference, for squared loss g(1/2)."""
    net = pair.landscape
    if not isinstance(net, Layered):
        return Result(SLUG, pair.name, (), {}, not_layered(pair))
    layers = looked_at(pair, net)
    comparisons: list[Comparison] = []
    letters: dict[str, float] = {"t": 0.5}
    for layer in layers:
        for name, base, other in (("a", pair.theta_a, pair.theta_b), ("b", pair.theta_b, pair.theta_a)):
            found, known = _cut(pair, net, f"layer {layer} at theta_{name}", base, with_layer(net, base, layer, other), points)
            comparisons += found
            letters |= known
    return Result(SLUG, pair.name, tuple(comparisons), letters, outcomes(net, layers))


def _cut(
    pair: Pair, net: Layered, name: str, start: Parameters, end: Parameters, points: int
) -> tuple[list[Comparison], dict[str, float]]:
    curve = Profile(grid(points), net.profile(start, end, grid(points)))
    allowed = tolerance(pair, float(np.abs(curve.values).max()))
    inner, note = curve.gap[1:-1], f"of {points} positions"
    top = Number.estimated(float(inner.max()), f"the largest {note}")
    bend = Number.estimated(float(np.diff(curve.values, 2).min()), f"the lowest {note}")
    found = [
        Comparison(f"gap, {name}", top, Relation.AT_MOST, Number.exact(evaluate(SLUG, "upper", {})), allowed),
        Comparison(f"second difference, {name}", bend, Relation.AT_LEAST, Number.exact(0.0), 4 * allowed),
    ]
    if net.traits.factor is None:
        return found, {}
    known = {"factor": net.traits.factor, "moved": mean_square_move(net, start, end)}
    closed = Number.exact(evaluate(SLUG, "squared_gap", known | {"t": 0.5}))
    middle = Number.exact(float(curve.gap[points // 2]), "the value at t = 1/2")
    found.append(Comparison(f"gap at 1/2, {name}", middle, Relation.EQUAL, closed, allowed))
    return found, known


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks: deep linear ones with all their layers, others with their last."""
    return random_networks(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """The first layer from 1 to 2; and a last layer that moves where its features are 0, so that nothing changes."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]]))
    yield Pair(net, net.point([[1.0]], [[1.0]]), net.point([[2.0]], [[1.0]]), "w_1 from 1 to 2", facts={LAYER: "1"})
    yield Pair(net, net.point([[0.0]], [[1.0]]), net.point([[0.0]], [[3.0]]), "outputs that do not move", facts={LAYER: "2"})


def necessity() -> Iterator[tuple[str, Pair]]:
    """The hidden layer of the fold net; and a loss that is not convex."""
    net = fold()
    yield "AFFINE", Pair(net.landscape, net.theta_a, net.theta_b, "hidden layer of the fold net", facts={LAYER: "1"})
    yield "CONVEX", beyond_the_bump()
