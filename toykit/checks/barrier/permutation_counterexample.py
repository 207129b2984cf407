"""Check that each of the four orders of the hidden units leaves the error barrier 1/4 [barrier/permutation_counterexample]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from toykit import tolerances
from toykit.barriers.measured import gap
from toykit.chord import grid
from toykit.formula import evaluate
from toykit.landscape import Floats, Pair
from toykit.networks.square import SQUARE, Box, SquareClassifier
from toykit.networks.symmetries import permuted
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/permutation_counterexample"
POSITIONS: Floats = grid(17)[1:-1]
"""Where errors are measured: 1/2, at which every chord is worst, is one of them."""

Order = tuple[bool, bool]
"""Which of the two hidden layers has its units swapped."""

ORDERS: tuple[Order, ...] = ((False, False), (False, True), (True, False), (True, True))
WORDS = {
    (False, False): "no layer swapped",
    (False, True): "layer 2 swapped",
    (True, False): "layer 1 swapped",
    (True, True): "both layers swapped",
}


def check(pair: Pair) -> Result:
    """The largest error on each of the four chords, the least of the four, and the error at its worst position."""
    net = pair.landscape
    if not isinstance(net, SquareClassifier) or net.sizes != (2, 2, 2, 1):
        no = Outcome(False, f"two classifiers of the uniform square with widths 2-2-2-1; got {type(net).__name__}")
        return Result(SLUG, pair.name, (), {}, {"CONSTRUCTION": no})
    found = [_order(net, theta, template) for theta, template in ((pair.theta_a, "a"), (pair.theta_b, "b"))]
    outcomes = {
        "CONSTRUCTION": Outcome(None not in found, "the weights of both ends are compared with those of the statement"),
        "UNIFORM": Outcome(net.box == SQUARE, f"uniform on {net.box}"),
    }
    if None in found:
        return Result(SLUG, pair.name, (), {}, outcomes)
    curves = {order: gap(Pair(net, pair.theta_a, swapped(net, pair.theta_b, order)), POSITIONS) for order in ORDERS}
    here = _between(*found)
    letters = {"t": 0.5}
    quarter = Number.exact(evaluate(SLUG, "barrier", letters))
    least = Number.estimated(min(float(curve.max()) for curve in curves.values()), _NOTE)
    comparisons = [Comparison("least barrier of four", least, Relation.EQUAL, quarter, tolerances.ROUNDING)]
    for order, curve in curves.items():
        words = WORDS[_between(order, here)]
        largest = Number.estimated(float(curve.max()), _NOTE)
        comparisons.append(Comparison(f"barrier, {words}", largest, Relation.EQUAL, quarter, tolerances.ROUNDING))
        comparisons.append(_along(words, curve, _between(order, here)))
    return Result(SLUG, pair.name, tuple(comparisons), letters, outcomes)


_NOTE = f"largest of {len(POSITIONS)} areas: a lower bound of the supremum"


def _along(words: str, curve: Floats, order: Order) -> Comparison:
    """The error where it is farthest from its formula."""
    name = "both_swapped" if all(order) else "one_swapped" if order[0] else "unswapped"
    formula = evaluate(SLUG, name, {"t": POSITIONS}) + np.zeros_like(POSITIONS)
    worst = int(np.abs(curve - formula).argmax())
    measured = Number.exact(float(curve[worst]), f"the area at t = {POSITIONS[worst]:.4g}")
    return Comparison(f"error, {words}", measured, Relation.EQUAL, Number.exact(float(formula[worst])), tolerances.ROUNDING)


def swapped(net: SquareClassifier, theta: Parameters, order: Order) -> Parameters:
    """theta with the two units of layer 1, of layer 2, of both or of none exchanged."""
    for layer, swap in enumerate(order, start=1):
        if swap:
            theta = permuted(net, theta, layer, [1, 0])
    return theta


def ends(net: SquareClassifier) -> dict[str, Parameters]:
    """theta_a and theta_b of the statement."""
    one, out = np.eye(2), ([[-1.0, -1.0]], [0.0])
    return {
        "a": net.point(-one, [1.0, 0.0], np.diag([-1.0, 1.0]), [1.0, 0.0], *out),
        "b": net.point(one, [0.0, 1.0], np.diag([1.0, -1.0]), [0.0, 1.0], *out),
    }


def construction(order_a: Order = ORDERS[0], order_b: Order = ORDERS[0], box: Box = SQUARE) -> Pair:
    """The pair of the statement, each end with its hidden units in the given order."""
    net = SquareClassifier((2, 2, 2, 1), box)
    found = ends(net)
    name = f"theta_a with {WORDS[order_a]}, theta_b with {WORDS[order_b]}"
    return Pair(net, swapped(net, found["a"], order_a), swapped(net, found["b"], order_b), name)


def _order(net: SquareClassifier, theta: Parameters, template: str) -> Order | None:
    """The order in which theta has the units of the statement; None where it is another network."""
    for order in ORDERS:
        there = swapped(net, ends(net)[template], order)
        if all(bool((theta[name] == there[name]).all()) for name in there):
            return order
    return None


def _between(one: Order | None, other: Order | None) -> Order:
    """The layers in which two orders differ."""
    (a, b), (c, d) = one or ORDERS[0], other or ORDERS[0]
    return a != c, b != d


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """The pair with the hidden units of both ends in a random order: there are sixteen, and all are equal."""
    orders = list(product(ORDERS, ORDERS))
    draw = generator(SLUG, seed)
    for number in draw.integers(len(orders), size=count):
        yield construction(*orders[number])


def extremal() -> Iterator[Pair]:
    """The pair of the statement."""
    yield construction()


def necessity() -> Iterator[tuple[str, Pair]]:
    """On the upper half of the square half of the points are positive, and the unswapped chord misses them all."""
    yield "UNIFORM", construction(box=((-1.0, 1.0), (0.0, 1.0)))
