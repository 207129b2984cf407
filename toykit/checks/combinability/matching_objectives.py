"""Both sides of the matchers' identities, and that a descent never lowers its objective, on any chain of dense layers.

Where at most 200 permutations exist all of them are tried. The facts `permuted` and `tied` of a pair break an assumption on
purpose: rows are permuted without the columns above them; one permutation serves two hidden layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from toykit.arrays import to_numpy
from toykit.data import Data
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Layered, Pair
from toykit.losses import SquaredLoss
from toykit.matching import Alignment, Matching, activation_matching, exhaustive_matching, identity, rebasin, weight_matching
from toykit.matching.activation import answers
from toykit.matching.matching import layered
from toykit.matching.search import assignment
from toykit.networks.fixtures import f10, m4
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/matching_objectives"
FEW = 200
"""Permutations that a check tries out: two hidden layers of 3 units, or one of 5."""

RESTARTS = 3


def check(pair: Pair, *, restarts: int = RESTARTS) -> Result:
    """|theta_a - P theta_b|^2, the objective before and after, against all permutations, and the distance of features."""
    try:
        net = layered(pair)
    except InputError as refusal:
        return Result(SLUG, pair.name, (), {}, {"DENSE": Outcome(False, str(refusal))})
    found, moved = weight_matching(pair, restarts=restarts), pair.theta_b
    moved = _rows_only(net, pair.theta_b, found) if pair.facts.get("permuted") == "rows only" else found.theta
    features = activation_matching(pair, similarity="product")
    letters = {
        "norm_a": pair.theta_a.norm(),
        "norm_b": pair.theta_b.norm(),
        "aligned": found.objective,
        "unaligned": pair.theta_a.dot(pair.theta_b),
        "sizes_2": _features_2(net, pair),
        "matched": features.objective,
    }
    count = math.prod(math.factorial(width) for width in net.widths)
    if count <= FEW:
        letters["best_aligned"] = exhaustive_matching(pair).objective
    comparisons = _comparisons(pair, net, moved, found, features, letters)
    extra = {
        "cosine": float(evaluate(SLUG, "cosine", letters)) if letters["norm_a"] * letters["norm_b"] else 0.0,
        "moved": found.moved,
        "restarts": found.restarts,
        "spread": found.spread,
        "assignments": sum(found.steps),
        "change": found.change,
        "seconds": found.seconds,
    }
    return Result(SLUG, pair.name, comparisons, letters, _assumptions(pair, net, moved, found), extra)


def _comparisons(
    pair: Pair, net: Layered, moved: Parameters, found: Matching, features: Matching, letters: dict[str, float]
) -> tuple[Comparison, ...]:
    relative = TORCH32 if net.traits.precision == "float32" else ROUNDING
    lengths, limit = letters["norm_a"] ** 2 + letters["norm_b"] ** 2, letters["norm_a"] * letters["norm_b"]
    near = relative * max(1.0, lengths)

    def compare(name: str, measured: float, relation: Relation, bound: float, trivial: float | None = None) -> Comparison:
        return Comparison(name, Number.exact(measured), relation, Number.exact(bound), near, trivial)

    def formula(name: str) -> float:
        return float(evaluate(SLUG, name, letters))

    before, after = _one_step(pair, net)
    distance = (pair.theta_a - moved).norm() ** 2
    comparisons = [
        compare("squared distance after matching", distance, Relation.EQUAL, formula("distance_2")),
        compare("objective after matching", found.objective, Relation.AT_LEAST, formula("at_least"), -limit),
        compare("objective after one assignment", after, Relation.AT_LEAST, before, -limit),
    ]
    if "best_aligned" in letters:
        relation = Relation.EQUAL if net.depth == 2 else Relation.AT_MOST
        trivial = limit if relation is Relation.AT_MOST else None
        name = "objective and the largest of all permutations"
        comparisons.append(compare(name, found.objective, relation, formula("at_most"), trivial))
    measured = 0.0
    for layer, order in features.perm.items():
        ours, theirs = (answers(net, theta, layer, "post") for theta in (pair.theta_a, pair.theta_b))
        measured += float(((ours - theirs[:, order]) ** 2).sum()) / len(ours)
    scale = relative * max(1.0, letters["sizes_2"])
    pieces = (Number.exact(measured), Relation.EQUAL, Number.exact(formula("features_2")), scale)
    return (*comparisons, Comparison("squared distance of the matched features", *pieces))


def _one_step(pair: Pair, net: Layered) -> tuple[float, float]:
    """The objective at the order as it is and after one assignment, the last layer's; with `tied`, of all layers as one."""
    alignment, start = Alignment(net, pair.theta_a, pair.theta_b), identity(net)
    tied = pair.facts.get("tied") == "yes"
    layers = list(start) if tied else [net.depth - 1]
    # by the product rule the gains of a permutation in several places are the sum of the gains in each
    new = assignment(np.sum([alignment.gains(layer, start) for layer in layers], axis=0))
    return alignment.objective(start), alignment.objective({**start, **dict.fromkeys(layers, new)})


def _features_2(net: Layered, pair: Pair) -> float:
    tables = [answers(net, theta, layer, "post") for theta in (pair.theta_a, pair.theta_b) for layer in range(1, net.depth)]
    return sum(float((table**2).sum()) / len(table) for table in tables)


def _rows_only(net: Layered, theta: Parameters, found: Matching) -> Parameters:
    moved = rebasin(net, theta, {1: found.perm[1]})
    return moved.replace({net.weight_name(2): theta[net.weight_name(2)]})


def _assumptions(pair: Pair, net: Layered, moved: Parameters, found: Matching) -> dict[str, Outcome]:
    before, after = (to_numpy(net.outputs(theta)) for theta in (pair.theta_b, moved))
    change = float(np.abs(after - before).max()) / (float(np.abs(before).max()) or 1.0)
    tied = pair.facts.get("tied") == "yes"
    return {
        "DENSE": Outcome(True, f"dense layers with the hidden widths {tuple(net.widths)}"),
        "SYMMETRY": Outcome(replace(found, change=change).sound, f"the outputs change by {change:.1e} of their largest value"),
        "ONE_SIDE": Outcome(not tied, "one permutation serves two layers" if tied else "each hidden layer has its own"),
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: one hidden layer; two; a permuted copy with a little noise; three hidden layers with more units."""
    for number in range(count):
        stream = generator(f"matching case {seed}", number)
        widths = ((5,), (3, 3), (3, 4), (6, 5, 6))[number % 4]
        data = Data(stream.standard_normal((8, 3)), stream.standard_normal((8, 2)))
        net = MLP((3, *widths, 2), ("relu", "tanh")[number // 4 % 2], SquaredLoss(), data, bias=number % 3 > 0)
        first, second = net.draw(stream), net.draw(stream)
        if number % 4 == 2:
            perm = {layer: stream.permutation(width) for layer, width in enumerate(widths, start=1)}
            second = rebasin(net, first, perm) + 10.0 ** stream.uniform(-6, 0) * second
        yield Pair(net, first, second, f"{net.activation.name} {'-'.join(map(str, net.sizes))} #{number}")


def extremal() -> Iterator[Pair]:
    """A permuted copy, at distance 0 after matching; the deterministic toys with one and two hidden layers."""
    pair = m4()
    copy = rebasin(pair.landscape, pair.theta_a, {1: [2, 0, 3, 1], 2: [1, 3, 0, 2]})  # type: ignore[arg-type]
    yield replace(pair, theta_b=copy, name="M4 and a permuted copy")
    yield pair
    yield f10()


def necessity() -> Iterator[tuple[str, Pair]]:
    """M4 with rows permuted alone; <W^a, P W^b P^T> in integers, where the assignment step goes down from -1 to -2."""
    yield "SYMMETRY", replace(m4(), facts={"permuted": "rows only"})
    yield "ONE_SIDE", tied()


def tied() -> Pair:
    """Two hidden layers that share one permutation of two units, joined by W^a = (0 1; 2 0) and W^b = (1 -1; 0 2)."""
    net = MLP((1, 2, 2, 1), "relu", SquaredLoss(), Data([[1.0], [2.0]], [[1.0], [0.0]]), bias=False)
    ends = [net.point([[0.0], [0.0]], middle, [[0.0, 0.0]]) for middle in ([[0.0, 1.0], [2.0, 0.0]], [[1.0, -1.0], [0.0, 2.0]])]
    return Pair(net, ends[0], ends[1], "one permutation on both sides", facts={"tied": "yes"})
