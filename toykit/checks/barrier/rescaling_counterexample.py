"""Check of the least barrier over all permutations between a network and its rescaled copy [barrier/rescaling_counterexample]."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from toykit import tolerances
from toykit.arrays import to_numpy
from toykit.barriers.measured import barrier
from toykit.data import Data
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/rescaling_counterexample"
POINTS = 9
"""Positions of the first grid: the profile of every matching is t^2(1-t)^2 times a constant, with its top on the grid."""


class Copies(NamedTuple):
    """The slots of the two live units of theta_a and of theta_b, and the factor m of the rescaling."""

    here: tuple[int, int]
    there: tuple[int, int]
    m: float


def check(pair: Pair) -> Result:
    """The least barrier over all permutations of theta_b, and the barrier of every kind of matching."""
    net = pair.landscape
    found = copies(pair)
    if found is None or not isinstance(net, Layered):
        no = Outcome(False, f"the weights of the statement, without biases; got others on {type(net).__name__}")
        return Result(SLUG, pair.name, (), {}, {"CONSTRUCTION": no})
    letters, width = {"m": found.m}, net.widths[0]
    barriers = matchings(pair, found)
    scale = max(1.0, *(number.value for number in barriers.values()))
    least = min(barriers.values(), key=lambda number: number.value)
    name = f"least_{width}" if width < 4 else "least"
    comparisons = [_equal(f"least barrier at width {width}", least, evaluate(SLUG, name, letters), scale)]
    comparisons += [_equal(kind, number, evaluate(SLUG, kind, letters), scale) for kind, number in barriers.items()]
    outcomes = {
        "CONSTRUCTION": Outcome(found.m != 1, f"read off the weights: width {width}, m = {found.m:.6g}"),
        "DATA": Outcome(_two_examples(net), f"{len(net.inputs)} examples, loss {net.traits.factor} |f - y|^2"),
    }
    return Result(SLUG, pair.name, tuple(comparisons), letters, outcomes)


def _equal(name: str, measured: Number, bound: float, scale: float) -> Comparison:
    return Comparison(name, measured, Relation.EQUAL, Number.exact(bound), tolerances.ROUNDING * scale)


def copies(pair: Pair) -> Copies | None:
    """Where the live units are, and m; None where the weights are not those of the statement."""
    net = pair.landscape
    if not isinstance(net, Layered) or net.depth != 2 or net.activation.name != "relu" or net.bias_name(1) or net.bias_name(2):
        return None
    (w_a, v_a), (w_b, v_b) = (
        [to_numpy(theta[net.weight_name(layer)]) for layer in (1, 2)] for theta in (pair.theta_a, pair.theta_b)
    )
    if w_a.shape[1] != 2 or v_a.shape[0] != 2:
        return None
    slots = [_live(w, v) for w, v in ((w_a, v_a), (w_b, v_b))]
    if None in slots or not slots[0] or not slots[1]:
        return None
    here, there = slots[0], slots[1]
    m = float(v_b[0, there[0]])
    scales = np.array([1 / m, m]) if m > 0 else np.zeros(2)
    fits = (
        (w_a[list(here)], np.eye(2)),
        (v_a[:, here], np.eye(2)),
        (w_b[list(there)], np.diag(scales)),
        (v_b[:, there], np.diag(scales[::-1])),
    )
    if not all(bool((np.abs(came - due) <= tolerances.ROUNDING * due.max()).all()) for came, due in fits):
        return None
    return Copies(here, there, m)


def _live(incoming: Floats, outgoing: Floats) -> tuple[int, int] | None:
    """The slots of the units that answer to e_1 and e_2; None unless exactly two units are not zero."""
    live = np.flatnonzero(incoming.any(axis=1) | outgoing.any(axis=0)).tolist()
    if len(live) != 2:
        return None
    one, other = live if incoming[live[0], 0] else live[::-1]
    return one, other


def _two_examples(net: Layered) -> bool:
    targets, inputs = to_numpy(net.targets), to_numpy(net.inputs)
    return (
        inputs.shape == targets.shape == (2, 2)
        and bool((inputs == np.eye(2)).all() and (targets == np.eye(2)).all())
        and (net.traits.factor == 1)
    )


def matchings(pair: Pair, found: Copies) -> dict[str, Number]:
    """The barrier of every kind of matching, under the name of its formula; the smallest one where a kind has several.

    Zero units are all alike, so two dead slots stand for any number of them.
    """
    net = pair.landscape
    width = net.widths[0] if isinstance(net, Layered) else 0
    dead = [slot for slot in range(width) if slot not in found.here][:2]
    barriers: dict[str, Number] = {}
    for slots in permutations([*found.here, *dead], 2):
        number = barrier(Pair(net, pair.theta_a, _moved(pair, found.there, slots)), POINTS)
        kind = _kind(slots, found.here)
        barriers[kind] = min(barriers.get(kind, number), number, key=lambda n: n.value)
    return barriers


def _kind(slots: tuple[int, ...], here: tuple[int, int]) -> str:
    own = sum(slot == home for slot, home in zip(slots, here, strict=True))
    dead = sum(slot not in here for slot in slots)
    return {(2, 0): "own", (1, 1): "own_dead", (0, 2): "dead", (0, 0): "crossed", (0, 1): "crossed_dead"}[own, dead]


def _moved(pair: Pair, there: tuple[int, int], slots: tuple[int, ...]) -> Parameters:
    """theta_b with its two live units on the given slots."""
    net = pair.landscape
    first, second = net.weight_name(1), net.weight_name(2)  # type: ignore[attr-defined]  # Layered, as recognised
    incoming, outgoing = pair.theta_b[first] * 0, pair.theta_b[second] * 0
    for slot, unit in zip(slots, there, strict=True):
        incoming[slot], outgoing[:, slot] = pair.theta_b[first][unit], pair.theta_b[second][:, unit]
    return pair.theta_b.replace({first: incoming, second: outgoing})


def rescaled_pair(m: float, width: int, data: Data | None = None) -> Pair:
    """The pair of the statement at the given factor and width."""
    net = MLP((2, width, 2), "relu", SquaredLoss(1.0), data or Data(np.eye(2), np.eye(2)), bias=False)

    def end(first: ArrayLike, second: ArrayLike) -> Parameters:
        incoming, outgoing = np.zeros((width, 2)), np.zeros((2, width))
        incoming[:2], outgoing[:, :2] = np.diag(first), np.diag(second)
        return net.point(incoming, outgoing)

    return Pair(net, end([1, 1], [1, 1]), end([1 / m, m], [m, 1 / m]), f"rescaled by {m:.4g}, width {width}")


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random factors and widths 2 to 6, the hidden units of both ends in a random order."""
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        width = 2 + number % 5
        pair = rescaled_pair(float(np.exp(draw.normal(scale=1.5))), width)
        net, orders = pair.landscape, [draw.permutation(width).tolist() for _ in range(2)]
        theta_a, theta_b = (
            permuted(net, end, 1, order)  # type: ignore[arg-type]  # an MLP, as built
            for end, order in zip((pair.theta_a, pair.theta_b), orders, strict=True)
        )
        yield Pair(net, theta_a, theta_b, pair.name)


def extremal() -> Iterator[Pair]:
    """The numbers of the theory: always equal."""
    for m, width in ((2, 2), (3, 3), (5, 2), (5, 3), (5, 4), (10, 5)):
        yield rescaled_pair(m, width)


def necessity() -> Iterator[tuple[str, Pair]]:
    """A third example that no unit answers, with the target 0: the mean is two thirds of what it was."""
    yield "DATA", rescaled_pair(3, 4, Data([[1, 0], [0, 1], [-1, 0]], [[1, 0], [0, 1], [0, 0]]))
