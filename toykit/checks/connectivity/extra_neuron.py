"""Check of connectivity/extra_neuron: permuted copies are joined through one free unit per layer; labelled subspaces meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.above import evaluated
from toykit.connectivity.certificate import maximum, typed, walk
from toykit.connectivity.labellings import Units
from toykit.connectivity.permuted import freed, permuted, permuting
from toykit.connectivity.toys import random_nets
from toykit.connectivity.toys_permuted import embedded, equal_units, no_free_unit
from toykit.connectivity.units import Layers
from toykit.formula import evaluate_exactly
from toykit.landscape import Floats, Layered, Pair
from toykit.seeds import generator
from toykit.tolerances import EXACT, ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/extra_neuron"
ROWS = 50
"""Examples on which the points of the labelled subspaces are evaluated."""


def check(pair: Pair, *, moved: int = 4, per_segment: int = 5) -> Result:
    """Excess, end and drift of the path to a permuted copy of theta_a without one unit per layer; then the subspaces.

    Up to `moved` units of each layer change places. The r units with the largest outgoing weights of layer 1 are embedded in
    width m: `facts["units"]` and `facts["width"]`, by default 2 in 3. `facts["slots"] = "used"` takes no unit away.
    """
    network = pair.landscape
    if not isinstance(network, Layered) or network.depth < 2:
        missing = Outcome(False, f"{type(network).__name__} is not a network with hidden layers")
        return Result(SLUG, pair.name, (), {}, {"LAYERS": missing})
    layers = Layers.of(network, pair.theta_a)
    assumptions = {"LAYERS": Outcome(True, f"{layers.depth} dense layers of sizes {layers.sizes}")}
    used = pair.facts.get("slots") == "used"
    says = "the slots are read by the layer above" if used else "the unit of each hidden layer that sends least is taken away"
    assumptions["FREE"] = Outcome(not used, says)
    path, letters = _path(pair, network, layers, not used, moved, per_segment)
    spaces, more, outcomes = _subspaces(pair, network, layers)
    return Result(SLUG, pair.name, (*path, *spaces), {**letters, **more}, {**assumptions, **outcomes})


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets with three activations, and single layers whose one to three units are embedded in up to four."""
    for number in range(seed * count, seed * count + count):
        yield random_nets(number) if number % 2 else embedded(number)


def extremal() -> Iterator[Pair]:
    """One unit in width two: three subspaces, two of which meet the third in one point each."""
    yield embedded(0, r=1, m=2)


def necessity() -> Iterator[tuple[str, Pair]]:
    """No free unit; as many units as the function has, which are r! isolated points; two equal units."""
    yield "FREE", no_free_unit()
    yield "EXTRA", embedded(1, r=2, m=2)
    yield "EXTRA", embedded(2, r=3, m=3)
    yield "DISTINCT", equal_units()


@cache
def counted(name: str, r: int, m: int) -> int:
    """A number of labellings by the formula of the page, in exact arithmetic."""
    return int(evaluate_exactly(SLUG, name, {"r": r, "m": m}).doit())


def largest_units(pair: Pair, network: Layered, r: int) -> Units:
    """The r units of layer 1 at theta_a with the largest outgoing weights: rows [w, b] and columns of W_2."""
    weight = np.asarray(to_numpy(pair.theta_a[network.weight_name(1)]), dtype=np.float64)
    name = network.bias_name(1)
    bias = np.zeros(len(weight)) if name is None else np.asarray(to_numpy(pair.theta_a[name]), dtype=np.float64)
    above = np.asarray(to_numpy(pair.theta_a[network.weight_name(2)]), dtype=np.float64).T
    chosen = np.argsort(-np.square(above).sum(axis=1), kind="stable")[:r]
    return Units(np.column_stack([weight, bias])[chosen], above[chosen])


def _path(
    pair: Pair, network: Layered, layers: Layers, cut: bool, moved: int, per_segment: int
) -> tuple[tuple[Comparison, ...], Mapping[str, float]]:
    start, slots = freed(layers, pair.theta_a, cut=cut)
    cycles = {}
    for p in layers.hidden:
        order = generator(f"{SLUG}/{p}").permutation(layers.others(p, [slots[p]]))[:moved].tolist()
        cycle = order if len(order) > 1 else [*order, slots[p]]
        if len(cycle) > 1:
            cycles[p] = tuple(cycle)
    if not cycles:  # one unit per layer has one order
        return (), {}
    path = typed(network, permuting(layers, start, slots, cycles))
    target, size = permuted(layers, start, cycles), max(1.0, network.loss(start))
    rounding = ROUNDING if network.traits.precision == "float64" else TORCH32
    top, walked = maximum(network, path, per_segment), walk(network, path, per_segment)
    ends = max(network.loss(start), network.loss(target))
    excess = Number(top.lo - ends, top.hi - ends, top.trust, top.note)
    distance = Number.exact((path.waypoints[-1] - target).norm(), "numbers are moved, never computed")
    drift = Number.estimated(walked.drift, f"{per_segment} positions on each of {len(path.segments)} segments")
    zero = Number.exact(0.0)
    slack = rounding * max(1.0, path.largest_weight)
    # weight decay moves along a path of constant output
    level = Comparison("excess of the path to a permuted copy", excess, Relation.EQUAL, zero, slack * size)
    comparisons = (
        *((level,) if network.traits.full_batch else ()),
        Comparison("distance of its end from the permuted copy", distance, Relation.EQUAL, zero, EXACT),
        Comparison("drift of the outputs on it", drift, Relation.EQUAL, zero, slack),
    )
    return comparisons, {"segment_count": float(len(path.segments)), "drift": walked.drift, "path_excess": excess.value}


def _subspaces(
    pair: Pair, network: Layered, layers: Layers
) -> tuple[tuple[Comparison, ...], Mapping[str, float], Mapping[str, Outcome]]:
    r = min(int(pair.facts.get("units", 2)), layers.sizes[1])
    m = int(pair.facts.get("width", r + 1))
    units = largest_units(pair, network, r)
    meeting = units.meetings(m)
    nonzero, kinds = bool((units.outgoing != 0).any(axis=1).all()), len(set(units.kinds))
    outcomes = {
        "DISTINCT": Outcome(nonzero and kinds == r, f"{kinds} different rows of {r} units, outgoing weights nonzero: {nonzero}"),
        "EXTRA": Outcome(m > r, f"{r} units in width {m}"),
    }
    inputs = np.asarray(to_numpy(network.inputs), dtype=np.float64)[:ROWS]
    activation, draw = evaluated(network.activation), generator(SLUG, r * 10 + m)
    truth = _values(units, inputs, activation.value)
    points = [units.sampled(label, draw) for label in meeting.found]
    off = max(float(np.abs(_values(point, inputs, activation.value) - truth).max()) for point in points)
    size = max(1.0, *(float((np.abs(point.incoming).max() + 1) * np.abs(point.outgoing).max()) for point in points))
    comparisons = (
        Comparison(
            "change of the function on the subspaces",
            Number.estimated(off, f"one random point of each of {len(points)} subspaces, {len(inputs)} examples"),
            Relation.EQUAL,
            Number.exact(0.0),
            ROUNDING * size,
        ),
        Comparison(
            "different labelled subspaces",
            Number.exact(meeting.different),
            Relation.EQUAL,
            Number.exact(counted("labellings", r, m)),
            EXACT,
        ),
        Comparison("components of their union", Number.exact(meeting.components), Relation.EQUAL, Number.exact(1), EXACT),
    )
    letters = {
        "r": float(r),
        "m": float(m),
        "subspaces": float(len(meeting.found)),
        "components": float(meeting.components),
        "dimension_min": float(min(meeting.dimensions)),
        "dimension_max": float(max(meeting.dimensions)),
    }
    return comparisons, letters, outcomes


def _values(units: Units, inputs: Floats, activation: Callable[[Floats], Floats]) -> Floats:
    """sum_j a_j sigma(w_j . x + b_j), shape (n, k)."""
    found: Floats = activation(inputs @ units.incoming[:, :-1].T + units.incoming[:, -1]) @ units.outgoing
    return found
