"""Check of the exact supremum against grids, the profile itself and its kinks [barrier/exact_relu_barrier]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev

from toykit.arrays import to_numpy
from toykit.barriers import exact_barrier
from toykit.barriers.measured import gap, tolerance
from toykit.checks.barrier._chords import kink_unit
from toykit.chord import grid
from toykit.data import Data
from toykit.landscape import Floats, Landscape, Layered, Pair
from toykit.losses import SquaredLoss
from toykit.networks.evaders import evader, two_units_three_examples, two_units_two_examples
from toykit.networks.fixtures import fold, grid_evader, t9
from toykit.networks.mlp import MLP
from toykit.networks.symmetries import permuted
from toykit.seeds import generator
from toykit.tolerances import SOLVED
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "barrier/exact_relu_barrier"
GATES = 20_000
"""Examples times units of one hidden layer that the exact engine takes in about a second; of more layers a tenth."""

COMMON = (25, 101)
"""Numbers of points of the grids that are compared."""

PIECES = 6
"""The widest pieces on which the degree of the profile is looked at."""


def check(pair: Pair, grids: Sequence[int] = COMMON) -> Result:
    """The largest grid value, the gap at the maximiser and the degree between break points against the exact computation."""
    landscape = pair.landscape
    piecewise, size = _piecewise(landscape), _size(landscape)
    outcomes = {"PIECEWISE": piecewise, "SIZE": size, "RATIONAL": Outcome(True, "floats are read as dyadic rationals")}
    if not isinstance(landscape, Layered) or not size.holds:
        return Result(SLUG, pair.name, (), {}, _named(outcomes))
    if not piecewise.holds:
        whole = () if not landscape.traits.smooth else (_degree(pair, landscape.depth, np.array([0.0, 1.0])),)
        return Result(SLUG, pair.name, whole, {}, _named(outcomes))
    found = exact_barrier(pair)
    number, kinks = found.number, found.kinks()
    values = {count: float(gap(pair, grid(count)).max()) for count in grids}
    best = max(values, key=lambda count: values[count])
    scale = max(float(found.hi), float(found.loss_a), float(found.loss_b), abs(min(values.values())), _outputs_2(landscape, pair))
    allowed = tolerance(pair, scale)
    on_grid = Number.exact(max(values[best], 0.0), f"the largest value of a grid of {best} points")
    at = float(sum(found.argmax) / 2)
    there = Number.exact(float(gap(pair, np.array([at]))[0]), f"the value at t = {at:.6g}")
    # the maximiser as a float is off by 2^-53, which a spike multiplies by its slope
    steepest = max((abs(kink.jump) for kink in kinks), default=0.0)
    ends = np.array([0.0, *(float(kink.lo) for kink in kinks), 1.0])
    return Result(
        slug=SLUG,
        pair=pair.name,
        comparisons=(
            Comparison("largest grid value", on_grid, Relation.AT_MOST, number, allowed),
            Comparison("gap at the maximiser", there, Relation.EQUAL, number, allowed + tolerance(pair, steepest)),
            _degree(pair, landscape.depth, ends, _outputs_2(landscape, pair)),
        ),
        letters={"B": number.value},
        assumptions=_named(outcomes),
        extra={
            "break points": found.breakpoints,
            "concave kinks": sum(kink.jump < 0 for kink in kinks),
            "maximiser": at,
            "at a kink": bool(any(kink.lo <= found.argmax[1] and found.argmax[0] <= kink.hi for kink in kinks)),
            "missed by grids": {str(count): number.value - value for count, value in values.items()},
        },
    )


def _named(outcomes: dict[str, Outcome]) -> dict[str, Outcome]:
    """In the order of the page."""
    return {name: outcomes[name] for name in ("PIECEWISE", "RATIONAL", "SIZE")}


def _piecewise(landscape: Landscape) -> Outcome:
    if not isinstance(landscape, Layered):
        return Outcome(False, f"no chain of dense layers: {type(landscape).__name__}")
    activation, traits = landscape.activation, landscape.traits
    return Outcome(activation.piecewise_linear and traits.factor is not None, f"{activation.name} with {traits.loss}")


def _size(landscape: Landscape) -> Outcome:
    if not isinstance(landscape, Layered):
        return Outcome(None, "no gates")
    gates = int(landscape.inputs.shape[0]) * sum(landscape.widths)
    limit = GATES if landscape.depth <= 2 else GATES // 10
    return Outcome(gates <= limit, f"{gates} gates, at most {limit} here; exact_barrier takes any number")


def _outputs_2(landscape: Layered, pair: Pair) -> float:
    """The mean square of the outputs at theta_a: the size of a loss from which nothing cancels."""
    return float((to_numpy(landscape.outputs(pair.theta_a)) ** 2).mean())


def _degree(pair: Pair, depth: int, ends: Floats, size: float = 0.0) -> Comparison:
    """How far the profile is from a polynomial of degree 2L between break points, on the widest pieces."""
    degree = 2 * depth
    nodes = chebyshev.chebpts1(degree + 1)
    between = (nodes[1:] + nodes[:-1]) / 2
    widest = sorted(pairwise(ends), key=lambda piece: piece[0] - piece[1])[:PIECES]
    away = 0.0
    for lo, hi in widest:
        both = lo + (hi - lo) * (1 + np.concatenate([nodes, between])) / 2
        values = pair.landscape.profile(pair.theta_a, pair.theta_b, both)
        interpolant = chebyshev.chebfit(nodes, values[: len(nodes)], degree)
        away = max(away, float(np.abs(chebyshev.chebval(between, interpolant) - values[len(nodes) :]).max()))
        size = max(size, float(np.abs(values).max()))
    measured = Number.exact(away, f"on {len(widest)} pieces")
    name = "distance to a polynomial of degree 2L between break points"
    allowed = max(tolerance(pair, size), SOLVED * size)
    return Comparison(name, measured, Relation.EQUAL, Number.exact(0.0), allowed)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """ReLU and leaky ReLU networks with one and two hidden layers: short rationals and full mantissas.

    Every second pair has theta_b = theta_a with its units in reverse order and its outputs as targets, so that both losses are 0.
    """
    for number in range(count):
        draw = generator(SLUG, seed * 1_000_000 + number)
        widths = (2, int(draw.integers(2, 7)), 2) if number % 3 else (2, 3, 2, 1)
        activation = "relu" if draw.random() < 0.7 else "leaky_relu"
        inputs, targets = (np.round(8 * draw.normal(size=(4, width))) / 8 for width in (2, widths[-1]))
        net = MLP(widths, activation, SquaredLoss(), Data(inputs, targets))
        theta_a, theta_b = net.draw(draw), net.draw(draw)
        if draw.random() < 0.5:
            theta_a, theta_b = (theta.map(lambda array: np.round(8 * array) / 8) for theta in (theta_a, theta_b))
        if number % 2:
            net = MLP(widths, activation, SquaredLoss(), Data(inputs, net.outputs(theta_a)))
            theta_b = permuted(net, theta_a, 1, range(widths[1])[::-1])
        yield Pair(net, theta_a, theta_b, f"piecewise linear {number}")


def extremal() -> Iterator[Pair]:
    """Kinks on a grid point, kinks and roots between them, and spikes that grids miss."""
    yield fold()
    yield kink_unit()
    yield two_units_three_examples()
    yield two_units_two_examples()
    yield grid_evader()
    yield evader()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A tanh network: its profile has no pieces, and no polynomial is equal to it."""
    yield "PIECEWISE", t9()
