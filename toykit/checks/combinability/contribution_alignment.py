"""Both sides of the best order of neurons: the matching found by assignment against other orders and against real vertices.

The distances sum_k E_x|phi^a_k - phi^b_perm[k]|^2 are measured from the contributions themselves, the claim's side comes
from the products S. Up to six units every order is tried, else the order as given, weight matching and 20 random ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from toykit.checks.combinability import _neurons
from toykit.combining.laws import law
from toykit.combining.whole_neurons import WholeNeurons, hidden, whole_neurons
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.matching.contribution import contribution_matching, contribution_products
from toykit.matching.matching import Matching
from toykit.matching.rebasin import rebasin
from toykit.matching.weight import weight_matching
from toykit.networks.fixtures import f10
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Relation, Result

SLUG = "combinability/contribution_alignment"
DRAWS = 100
ALL, RANDOM = 6, 20


def check(pair: Pair, *, spec: str = "bernoulli(0.5)", draws: int = DRAWS) -> Result:
    """The matching attains its formula, no order tried beats it, and the mean loss of the vertices is what follows."""
    layers = _neurons.one_layer(pair)
    net = pair.landscape
    if not (layers.holds and isinstance(net, Layered)):
        return Result(SLUG, pair.name, (), {}, {"ONE_LAYER": layers})
    spec = pair.facts.get("law", spec)
    assumptions = {"ONE_LAYER": layers, "INDEPENDENT": _neurons.independent(pair, spec)}
    found, table, matching = whole_neurons(pair, law(spec).mean), contribution_products(pair), contribution_matching(pair)
    letters = {
        "n": float(len(table)),
        "v": found.p * (1 - found.p),
        "L_p": found.ensemble,
        "sizes_2": found.sizes,
        "matched": matching.objective,
        "coupled": float(table.sum()),
    }
    comparisons = list(_orders(pair, net, found, matching, letters))
    squared = _neurons.squared(pair)
    visited = _neurons.visit(_neurons.drawn(replace(pair, theta_b=matching.theta), spec), draws)
    mean = visited.mean(visited.losses)
    if squared is not None:
        assumptions["SQUARED"] = squared
        letters["factor"] = net.traits.factor or 1.0
        expected = Number.exact(evaluate(SLUG, "mean", letters))
        allowed = _neurons.allowed(pair, found, letters["factor"])
        comparisons.insert(0, Comparison("mean loss of vertices", mean, Relation.EQUAL, expected, allowed))
    extra = {"moved": matching.moved, "units as given": found.letters["units_2"], "mean loss of vertices": mean.value}
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, extra)


def _orders(pair: Pair, net: Layered, found: WholeNeurons, matching: Matching, letters: dict[str, float]) -> Iterator[Comparison]:
    allowed = _neurons.allowed(pair, found)
    reached = Number.exact(distance(net, pair, matching.perm[1]), "from the contributions")
    average, units = (Number.exact(evaluate(SLUG, name, letters)) for name in ("average", "units"))
    yield Comparison("distance of the matching", reached, Relation.EQUAL, units, allowed)
    yield Comparison("against every order tried", reached, Relation.AT_MOST, _best(pair, net, letters["sizes_2"]), allowed)
    yield Comparison("against the average order", reached, Relation.AT_MOST, average, allowed)
    change = Number.exact(matching.change, "largest change of an output, relative")
    yield Comparison("outputs after permuting", change, Relation.EQUAL, Number.exact(0.0), allowed)


def distance(net: Layered, pair: Pair, order: Sequence[int] | NDArray[np.int64]) -> float:
    """sum_k E_x|phi^a_k - phi^b_order[k]|^2, from the contributions: no product of sums is used."""
    first, second = (_contributions(net, theta) for theta in (pair.theta_a, pair.theta_b))
    return float(np.square(second[np.asarray(order)] - first).sum() / first.shape[1])


def _contributions(net: Layered, theta: Parameters) -> Floats:
    """phi_k(x_n), shape (h, n, k)."""
    part = hidden(net, theta)
    found: Floats = np.einsum("nh,kh->hnk", part.features, part.outgoing)
    return found


def _best(pair: Pair, net: Layered, sizes: float) -> Number:
    """The least distance over the orders tried; from the contributions where these are all orders, else from S."""
    units = net.widths[0]
    if units <= ALL:
        first, second = (_contributions(net, theta) for theta in (pair.theta_a, pair.theta_b))
        apart = np.square(first[:, None] - second[None]).sum(axis=(2, 3)) / first.shape[1]
        least = min(float(apart[np.arange(units), list(order)].sum()) for order in itertools.permutations(range(units)))
        return Number.exact(least, "all orders")
    table, stream = contribution_products(pair), generator("orders of neurons")
    tried = [np.arange(units), weight_matching(pair).perm[1], *(stream.permutation(units) for _ in range(RANDOM))]
    least = min(sizes - 2 * float(table[np.arange(units), order].sum()) for order in tried)
    return Number.exact(least, f"as given, weight matching and {RANDOM} random orders")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random regressions and classifiers with one hidden layer; every fourth a noisy copy of the first network, permuted."""
    for number, pair in enumerate(_neurons.cases(SLUG, count, seed)):
        yield pair if number % 4 else planted(pair, 0.1, number)


def planted(pair: Pair, noise: float, number: int = 0) -> Pair:
    """The second network becomes the first in a random order of its units, plus noise of that relative norm."""
    net = pair.landscape
    if not isinstance(net, MLP):
        return pair
    stream = generator("planted order", number)
    away = net.draw(stream)
    moved = rebasin(net, pair.theta_a, {1: stream.permutation(net.widths[0])})
    second = moved + away * (noise * moved.norm() / away.norm())
    return replace(pair, theta_b=second, name=f"{pair.name}, planted")


def extremal() -> Iterator[Pair]:
    """A network and itself in another order, where nothing is left; the fixture of ten units."""
    yield planted(f10(), 0.0)
    yield f10()


def necessity() -> Iterator[tuple[str, Pair]]:
    """One lambda for all neurons; the formula of the squared loss asserted of cross-entropy."""
    yield "INDEPENDENT", _neurons.fixture(drawn="global")
    yield "SQUARED", replace(_neurons.classifiers(generator(SLUG), "two classifiers"), facts={"asserted": "squared"})
