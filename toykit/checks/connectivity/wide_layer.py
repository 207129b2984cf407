"""Check of connectivity/wide_layer: the excess of the path that exchanges the first layer unit by unit, on N <= n_1 examples.

A trained pair with more examples than that is looked at on the first floor(n_1/2) of them, at most 30.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from toykit.checks.by_type import convexity
from toykit.chord import profile
from toykit.connectivity.certificate import maximum, typed
from toykit.connectivity.excerpt import excerpt
from toykit.connectivity.lift import deep_pieces, narrowest
from toykit.connectivity.toys_wide import one_unit_short, square_top, two_units, two_wells, wide_pair
from toykit.connectivity.wide import PIVOT, Exchange, Fresh, distinct, exchanged, two_layer_path
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered, Pair
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.tolerances import EXACT, ROUNDING, SOLVED
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/wide_layer"
EXAMPLES = 30
FULL_RANK = 1e-6
"""Smallest singular value of a weight matrix that is inverted."""


def check(pair: Pair, *, examples: int | None = None, per_piece: int = 5) -> Result:
    """E of the constructed path against 0, its pieces against their count, and the gap where its two halves meet.

    Where the width does not suffice, or the layers above cannot be lifted through, the chord stands in, for information.
    The fact `examples = "all"` keeps every example of a pair whose first layer is not wide enough.
    """
    network = pair.landscape
    layered = isinstance(network, Layered) and network.depth > 1
    shown = f"{network.depth} dense layers" if isinstance(network, Layered) else f"{type(network).__name__} shows no layers"
    assumptions = {"LAYERS": Outcome(layered, shown), "CONVEX": convexity(network.traits)}
    if not isinstance(network, Layered) or not layered:
        return Result(SLUG, pair.name, (), {}, assumptions)
    net, ends = excerpt(network, (pair.theta_a, pair.theta_b), _count(network, pair, examples))
    losses = [net.loss(theta) for theta in ends]
    worse = max(losses)
    count, width, biased = distinct(net), net.widths[0], net.bias_name(2) is not None
    letters = {"count": float(count), "n_1": float(width), "depth": float(net.depth)}
    need = count if biased else count + 1
    assumptions["WIDTH"] = Outcome(
        width >= need, f"{width} units for {count} different examples, {need} needed {'with' if biased else 'without'} a bias"
    )
    assumptions |= _liftable(net, ends)
    trivial = None if net.traits.chance is None else max(0.0, net.traits.chance - worse)
    if any(assumptions[name].holds is False for name in ("WIDTH", "BIJECTIVE", "PYRAMID")):
        chord = profile(Pair(net, ends[0], ends[1], pair.name))
        excess = Number.estimated(float(chord.values.max()) - worse, f"chord, {chord.ts.size} positions: a lower bound")
        found = Comparison("excess of the chord", excess, Relation.AT_MOST, _nothing(), ROUNDING * max(1.0, worse), trivial)
        return Result(SLUG, pair.name, (found,), letters, assumptions)
    new, (a, b) = exchanged(net, ends, SLUG)
    letters |= {"rank": float(new.rank), "sigma_N": new.sigma, "pivot": min(a.pivot, b.pivot)}
    assumptions["GENERIC"] = Outcome(
        new.rank == count and letters["pivot"] >= PIVOT,
        f"fresh features of rank {new.rank} of {count}, smallest singular value {new.sigma:.3g}, smallest pivot "
        f"{letters['pivot']:.3g}",
    )
    if assumptions["GENERIC"].holds is False:
        return Result(SLUG, pair.name, (), letters, assumptions)
    walk = _two_layers(net, a, b) if net.depth == 2 else _deep(net, new, a, b, per_piece)
    size = max(1.0, worse) * max(1.0, walk.largest_weight)
    excess = Number(walk.top.lo - worse, walk.top.hi - worse, walk.top.trust, walk.top.note)
    pieces = Number.exact(evaluate(SLUG, "segments" if net.depth == 2 else "pieces", letters))
    solved = SOLVED * size  # a lift solves a linear system
    comparisons = (
        Comparison("excess of the path", excess, Relation.AT_MOST, _nothing(), ROUNDING * size, trivial),
        Comparison("pieces", Number.exact(walk.pieces), Relation.EQUAL, pieces, EXACT),
        Comparison("gap where the halves meet", Number.exact(walk.gap), Relation.EQUAL, Number.exact(0.0), solved),
    )
    letters |= {"path_max": walk.top.value, "path_excess": excess.value, "segment_count": float(walk.pieces)}
    extra = {"losses": walk.losses.tolist(), "examples": net.data.count, "largest_weight": walk.largest_weight}
    return Result(SLUG, pair.name, comparisons, letters, assumptions, extra)


@dataclass(frozen=True)
class Walked:
    """What is read off the whole path: its maximum, pieces, losses (pieces, positions), largest weight, gap in its middle."""

    top: Number
    pieces: int
    losses: Floats
    largest_weight: float
    gap: float


def _two_layers(net: MLP, a: Exchange, b: Exchange) -> Walked:
    path = typed(net, two_layer_path(a, b))
    losses = net.losses(path.waypoints)
    ends = np.column_stack([losses[:-1], losses[1:]])
    return Walked(maximum(net, path), len(path.segments), ends, path.largest_weight, 0.0)


def _deep(net: MLP, new: Fresh, a: Exchange, b: Exchange, per_piece: int) -> Walked:
    pieces, ts = deep_pieces(net, new, a, b), np.linspace(0.0, 1.0, per_piece)
    points = [[piece.curve(float(t)) for t in ts] for piece in pieces]
    losses = np.array([net.losses(row) for row in points])
    largest = max(float(abs(array).max()) for row in points for theta in row for array in theta.values())
    note = f"{per_piece} positions on each of {len(pieces)} pieces: outputs constant, or affine in t"
    gap = max((after[0] - before[-1]).norm() for before, after in pairwise(points))
    return Walked(Number.estimated(float(losses.max()), note), len(pieces), losses, largest, gap)


def _count(network: Layered, pair: Pair, examples: int | None) -> int:
    """All examples where the first layer is wide enough for them, else half as many as it has units."""
    everything, width = int(network.inputs.shape[0]), network.widths[0]
    if examples is not None:
        return min(examples, everything)
    if pair.facts.get("examples") == "all" or everything <= width - (network.bias_name(2) is None):
        return everything
    return max(1, min(width // 2, EXAMPLES, everything))


def _liftable(net: MLP, ends: list[Parameters]) -> dict[str, Outcome]:
    """What the layers above the second must be; nothing where there are two layers."""
    if net.depth == 2:
        free = Outcome(True, "two layers: nothing is asked")
        return {"BIJECTIVE": free, "PYRAMID": free}
    activation = net.activation
    bijective = activation.piecewise_linear and activation.negative_slope > 0
    widths = (*net.widths[1:], net.sizes[-1])
    falling = all(below > above for below, above in pairwise(widths))
    found = {"BIJECTIVE": Outcome(bijective, f"{activation.name} with the negative slope {activation.negative_slope:g}")}
    if not falling:
        return {**found, "PYRAMID": Outcome(False, f"widths {widths} from layer 2 on do not fall strictly")}
    smallest = narrowest(net, ends[0], ends[1])
    says = f"widths {widths} fall strictly, smallest singular value {smallest:.3g} at 21 positions of the line between the ends"
    return {**found, "PYRAMID": Outcome(smallest > FULL_RANK, says)}


def _nothing() -> Number:
    return Number.exact(evaluate(SLUG, "excess", {}))


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Minima and other points, with two to four layers, at and above the smallest width, of both losses."""
    for number in range(seed * count, (seed + 1) * count):
        biased, examples = bool(number % 2), 4 + number % 5
        width = examples + (not biased) + (number // 3) % 3
        above = ((2,), (4, 2), (5, 3, 2))[number % 3]
        labelled = number % 4 == 1
        activation = ("tanh", "relu", None)[number % 7 % 3] if len(above) == 1 else None
        yield wide_pair(
            number,
            (3, width, *above),
            count=examples,
            biased=biased,
            minima=not labelled and activation is None,
            activation=activation,
            labelled=labelled,
        )


def extremal() -> Iterator[Pair]:
    """One example and two units, at loss 0; two exact minima of ten examples, whose chord is a mountain."""
    yield two_units()
    yield wide_pair(0)


def necessity() -> Iterator[tuple[str, Pair]]:
    """One unit too few; a square layer on top; a loss that is not convex."""
    for name, pair in (("WIDTH", one_unit_short()), ("PYRAMID", square_top()), ("CONVEX", two_wells())):
        yield name, Pair(pair.landscape, pair.theta_a, pair.theta_b, pair.name, facts={"examples": "all"})
