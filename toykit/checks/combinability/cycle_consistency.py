"""Both sides of the claims about several networks in one frame: cycles, pairwise maxima, distances from the mean, merging.

The networks are those of the pair, with scrambled copies in place of a missing third. The frame is the better one of merging and
Frank-Wolfe. A pairwise maximum is exact with one hidden layer or where all permutations are tried; else it is the best that was
found, also from the factored permutations, and the comparison with it is no test. For information: how far pairwise matchings
are from consistent, and the loss of the mean network and around the cycle.

Facts that break an assumption on purpose: `pairwise` = `one descent`, `start` = `as given`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from toykit.data import Data
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.matching.exhaustive import exhaustive_matching
from toykit.matching.frank_wolfe import frank_wolfe
from toykit.matching.group import brought, networks
from toykit.matching.matching import Matching, layered
from toykit.matching.merging import merge_many
from toykit.matching.rebasin import rebasin
from toykit.matching.universe import Universe, around, cycle_error, mean, pairwise
from toykit.matching.weight import weight_matching
from toykit.networks.fixtures import m4, w
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "combinability/cycle_consistency"
FEW = 600
"""Permutations of a pair that are all tried."""

Found = dict[tuple[int, int], Matching]


def check(pair: Pair, *, restarts: int = 2, steps: int = 20) -> Result:
    """The factored permutations of three or more networks around a cycle, against pairwise maxima, and the steps to them."""
    try:
        net = layered(pair)
    except InputError as refusal:
        return Result(SLUG, pair.name, (), {}, {"DENSE": Outcome(False, str(refusal))})
    thetas = networks(pair, 3)
    cold = pair.facts.get("start") == "as given"
    merged = merge_many(net, thetas, warm=not cold, restarts=1 if cold else restarts)
    whole = frank_wolfe(net, thetas, steps=steps)
    best = max(merged, whole, key=lambda found: found.objective)
    pairs, exact = _maxima(pair, net, thetas, best)
    centre = mean(best.thetas)
    letters = {
        "models": float(len(thetas)),
        "about_mean_2": math.fsum((theta - centre).norm() ** 2 for theta in best.thetas),
        "pairwise_best": math.fsum(matching.objective for matching in pairs.values()),
        "factored": best.objective,
    }
    assumptions = {
        "DENSE": Outcome(True, f"dense layers with the hidden widths {tuple(net.widths)}"),
        "EXACT": exact,
        "START": Outcome(not cold, "each matching starts from the " + ("order as given" if cold else "present permutation")),
    }
    comparisons = _comparisons(net, thetas, best, merged, letters)
    return Result(SLUG, pair.name, comparisons, letters, assumptions, _reported(pair, net, thetas, best, pairs))


def _maxima(pair: Pair, net: Layered, thetas: Sequence[Parameters], best: Universe) -> tuple[Found, Outcome]:
    """The pairwise matchings with the largest objectives known, and whether these are the maxima."""
    if pair.facts.get("pairwise") == "one descent":
        return pairwise(net, thetas, restarts=1), Outcome(False, "one descent for each pair")
    if net.depth == 2:
        return pairwise(net, thetas), Outcome(True, "one hidden layer: one assignment each, exact")
    if math.prod(math.factorial(width) for width in net.widths) <= FEW:
        numbers = range(len(thetas))
        tried = {(p, q): exhaustive_matching(Pair(net, thetas[p], thetas[q])) for p in numbers for q in numbers if p < q}
        return tried, Outcome(True, "all permutations of each pair")
    found = pairwise(net, thetas)
    for (p, q), matching in found.items():
        other = weight_matching(Pair(net, thetas[p], thetas[q]), restarts=1, start=best.between(p, q))
        found[p, q] = max(matching, other, key=lambda one: one.objective)
    return found, Outcome(None, "searched, also from the factored permutations: not known to be maxima")


def _comparisons(
    net: Layered, thetas: Sequence[Parameters], best: Universe, merged: Universe, letters: Mapping[str, float]
) -> tuple[Comparison, ...]:
    relative = TORCH32 if net.traits.precision == "float32" else ROUNDING
    norms = [theta.norm() for theta in thetas]
    numbers = range(len(thetas))
    limit = math.fsum(norms[p] * norms[q] for p in numbers for q in numbers if p < q)
    near = relative * max(1.0, limit, math.fsum(norm**2 for norm in norms))
    factored = {(p, q): best.between(p, q) for p in numbers for q in numbers if p < q}
    apart = math.fsum((best.thetas[p] - best.thetas[q]).norm() ** 2 for p, q in factored)

    def compare(name: str, measured: float, relation: Relation, bound: float, trivial: float | None = None) -> Comparison:
        return Comparison(name, Number.exact(measured), relation, Number.exact(bound), near, trivial)

    at_most, apart_2 = (float(evaluate(SLUG, name, letters)) for name in ("at_most", "apart_2"))
    return (
        compare("factored objective", letters["factored"], Relation.AT_MOST, at_most, limit),
        compare("units out of place around the cycle", cycle_error(around(factored, numbers)), Relation.EQUAL, 0.0),
        compare("squared distances of all pairs", apart, Relation.EQUAL, apart_2),
        compare("smallest rise in merging", float(_rises(merged).min()), Relation.AT_LEAST, 0.0, -limit),
    )


def _rises(merged: Universe) -> Floats:
    found: Floats = np.diff(np.array([0.0, *merged.trace]))[1:]
    return found if len(found) else np.zeros(1)


def _reported(pair: Pair, net: Layered, thetas: Sequence[Parameters], best: Universe, pairs: Found) -> dict[str, Any]:
    perms = {key: matching.perm for key, matching in pairs.items()}
    back = around(perms, range(len(thetas)))
    to_first = [thetas[0], *(rebasin(net, theta, perms[0, q]) for q, theta in enumerate(thetas[1:], start=1))]
    there = rebasin(net, thetas[0], back)
    ends = (net.loss(thetas[0]) + net.loss(there)) / 2
    return {
        "networks": brought(pair, 3),
        "found by": best.method,
        "cycle error of pairwise matchings": cycle_error(back),
        "gap at 1/2 to the network mapped around the cycle": net.loss(chord_point(thetas[0], there, 0.5)) - ends,
        "loss of the mean network": {
            "as given": net.loss(mean(thetas)),
            "matched to the first": net.loss(mean(to_first)),
            "factored": net.loss(best.barycentre),
        },
        "mean loss of the networks": math.fsum(map(net.loss, thetas)) / len(thetas),
        "change of outputs": best.change,
        "seconds": best.seconds,
    }


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """In turn: three networks with one hidden layer; two hidden layers; noisy permuted copies of one; four networks."""
    for number in range(count):
        stream = generator(f"cycle case {seed}", number)
        widths = ((4,), (3, 2), (5,), (3, 3))[number % 4]
        data = Data(stream.standard_normal((6, 3)), stream.standard_normal((6, 2)))
        net = MLP((3, *widths, 2), ("relu", "tanh")[number // 4 % 2], SquaredLoss(), data, bias=number % 3 > 0)
        thetas = [net.draw(stream) for _ in range(4 if number % 4 == 3 else 3)]
        if number % 4 == 2:
            noise = 10.0 ** stream.uniform(-6, 0)
            perms = [{1: stream.permutation(widths[0])} for _ in thetas]
            thetas = [rebasin(net, thetas[0], perm) + theta * noise for perm, theta in zip(perms, thetas, strict=True)]
        name = f"{len(thetas)} of {net.activation.name} {'-'.join(map(str, net.sizes))} #{number}"
        yield Pair(net, thetas[0], thetas[1], name, others=tuple(thetas[2:]))


def extremal() -> Iterator[Pair]:
    """Three permuted copies of one network, whose pairwise optima are consistent."""
    pair = m4()
    net = layered(pair)
    copies = [
        rebasin(net, pair.theta_a, {1: first, 2: second})
        for first, second in (((2, 0, 3, 1), (1, 3, 0, 2)), ((1, 0, 2, 3), (3, 2, 0, 1)))
    ]
    yield Pair(net, pair.theta_a, copies[0], "three copies of M4", others=(copies[1],))


def three_swaps() -> Pair:
    """Two units of two weights, three networks of which every pair prefers the swap."""
    net = MLP((2, 2, 1), "relu", SquaredLoss(), Data([[1.0, 2.0]], [[0.0]]), bias=False)
    rows = ([[1.0, 0.0], [0.0, 0.0]], [[-1.0, 1.0], [0.0, 0.0]], [[-1.0, -2.0], [0.0, 0.0]])
    first, second, third = (net.point(row, [[0.0, 0.0]]) for row in rows)
    return Pair(net, first, second, "three swaps", others=(third,))


def three_deep() -> Pair:
    """Three networks 3-4-4-2 of the kind of M4, with the weights w(shape, 10m + i) and biases w(n, 10m + 5 + i), m = 0, 1, 2."""
    pair = m4()
    net, shapes = layered(pair), ((4, 3), (4, 4), (2, 4))
    thetas = [
        net.point(*(array for i, shape in enumerate(shapes) for array in (w(shape, 10 * m + i), w(shape[:1], 10 * m + 5 + i))))  # type: ignore[attr-defined]
        for m in range(3)
    ]
    return Pair(net, thetas[0], thetas[1], "three of the kind of M4", others=(thetas[2],))


def necessity() -> Iterator[tuple[str, Pair]]:
    """M4 with its second network twice, where one descent stops short; merging from the order as given, which loses."""
    pair = m4()
    yield "EXACT", replace(pair, others=(pair.theta_b,), facts={"pairwise": "one descent"})
    stream, net = generator("merging that loses"), layered(pair)
    thetas = [net.draw(stream) for _ in range(3)]  # type: ignore[attr-defined]
    yield "START", Pair(net, thetas[0], thetas[1], "three drawn", facts={"start": "as given"}, others=(thetas[2],))
