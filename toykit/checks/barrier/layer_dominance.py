"""Check of (1-t) L(theta_t with layer l of a) + t L(theta_t with layer l of b) >= L(theta_t) [barrier/layer_dominance]."""

from __future__ import annotations

from collections.abc import Iterator

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
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import fold
from toykit.parameters import Parameters, chord_point
from toykit.verdict import Comparison, Number, Relation, Result

SLUG = "barrier/layer_dominance"
POSITIONS = (0.5, 0.1, 0.25, 0.75, 0.9)


def check(pair: Pair) -> Result:
    """Barrier of merging the other layers against g(t) at five positions, per affine layer; for squared loss the excess."""
    net = pair.landscape
    if not isinstance(net, Layered):
        return Result(SLUG, pair.name, (), {}, not_layered(pair))
    layers = looked_at(pair, net)
    comparisons: list[Comparison] = []
    letters: dict[str, float] = {}
    for layer in layers:
        found, letters = _layer(pair, net, layer)
        comparisons += found
    return Result(SLUG, pair.name, tuple(comparisons), letters, outcomes(net, layers))


def parts(pair: Pair, net: Layered, layer: int, t: float) -> tuple[Parameters, Parameters]:
    """theta_t with layer l taken from theta_a, and with layer l taken from theta_b."""
    middle = chord_point(pair.theta_a, pair.theta_b, t)
    return with_layer(net, middle, layer, pair.theta_a), with_layer(net, middle, layer, pair.theta_b)


def _layer(pair: Pair, net: Layered, layer: int) -> tuple[list[Comparison], dict[str, float]]:
    ends = [net.loss(pair.theta_a), net.loss(pair.theta_b)]
    found: list[Comparison] = []
    letters: dict[str, float] = {}
    for t in POSITIONS:
        from_a, from_b = parts(pair, net, layer, t)
        losses, whole = [net.loss(from_a), net.loss(from_b)], net.loss(chord_point(pair.theta_a, pair.theta_b, t))
        mean, line = (1 - t) * losses[0] + t * losses[1], (1 - t) * ends[0] + t * ends[1]
        allowed = tolerance(pair, max(whole, *losses, *ends))
        merged, gap = Number.exact(mean - line), Number.exact(whole - line)
        lowest = -line if net.traits.nonnegative else None
        name = f"layer {layer} from the ends, t = {t:g}"
        found.append(Comparison(f"merged barrier, {name}", merged, Relation.AT_LEAST, gap, allowed, lowest))
        if net.traits.factor is not None:
            known = {"t": t, "factor": net.traits.factor, "moved": mean_square_move(net, from_a, from_b)}
            letters = letters or known
            closed = Number.exact(evaluate(SLUG, "squared_excess", known))
            found.append(Comparison(f"excess, {name}", Number.exact(mean - whole), Relation.EQUAL, closed, allowed))
    return found, letters


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random networks: deep linear ones with all their layers, others with their last."""
    return random_networks(SLUG, count, seed)


def extremal() -> Iterator[Pair]:
    """(1, 1) to (-1, -1), whose merged layers are 0: all sides are 1/2; and a last layer that both ends share."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]]))
    yield Pair(net, net.point([[1.0]], [[1.0]]), net.point([[-1.0]], [[-1.0]]), "(1, 1) to (-1, -1)")
    yield Pair(net, net.point([[1.0]], [[2.0]]), net.point([[3.0]], [[2.0]]), "one last layer", facts={LAYER: "2"})


def necessity() -> Iterator[tuple[str, Pair]]:
    """The fold net with its hidden layer taken from the ends; and a loss that is not convex."""
    net = fold()
    yield "AFFINE", Pair(net.landscape, net.theta_a, net.theta_b, "fold net, hidden layer from the ends", facts={LAYER: "1"})
    yield "CONVEX", beyond_the_bump()
