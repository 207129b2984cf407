"""Check of connectivity/neuron_relocation: used units move into free slots, and the outputs do not move."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from toykit.connectivity.certificate import typed, walk
from toykit.connectivity.descend import descend
from toykit.connectivity.join import relocate
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.segments import Stack
from toykit.connectivity.toys import random_nets, used_slot
from toykit.connectivity.units import Layers, Units, units
from toykit.landscape import Layered, Pair
from toykit.parameters import Parameters
from toykit.tolerances import EXACT, ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/neuron_relocation"


def check(pair: Pair, *, per_segment: int = 11) -> Result:
    """Drift of the outputs while the active units of a small network move to free slots and back in reversed order.

    The small network lies at the end of a descent from theta_a through halves. `facts["slots"] = "used"` moves unit 0 of
    layer 1 of theta_a into unit 1 as it stands, whether that is free or not.
    """
    network, traits = pair.landscape, pair.landscape.traits
    if not isinstance(network, Layered):
        missing = Outcome(False, f"{type(network).__name__} is not a network of dense layers")
        return Result(SLUG, pair.name, (), {}, {"LAYERS": missing})
    layers = Layers.of(network, pair.theta_a)
    assumptions = {"LAYERS": Outcome(True, f"{layers.depth} dense layers of sizes {layers.sizes}")}
    if pair.facts.get("slots") == "used":
        theta, active, moves = pair.theta_a, None, {1: (units([0]), units([1]))}
    else:
        halves = Halves.of(pair, network)
        if not halves.room.holds:
            return Result(SLUG, pair.name, (), {}, {**assumptions, "FREE": Outcome(False, halves.room.how)})
        end = descend(layers, pair.theta_a, halves.stages(pair.theta_a, SLUG, draws=1))
        theta, active, moves = end.end, end.active, _outward(layers, end.active)
    assumptions["FREE"] = _free(layers, theta, active, moves)
    there = relocate(layers, theta, moves)
    back = {p: (slots, sources[::-1].copy()) for p, (sources, slots) in moves.items()}
    path = typed(network, there.then(relocate(layers, there.waypoints[-1], back)) if active is not None else there)
    walked = walk(network, path, per_segment)
    start = network.outputs(theta)
    size = max(1.0, float(abs(start).max()))
    drift = max(float(abs(network.outputs(point) - start).max()) / size for point in path.waypoints)
    drift = max(drift, walked.drift)
    rounding = ROUNDING if traits.precision == "float64" else TORCH32
    left = Stack.of(layers, there.waypoints[-1])
    still = max(float(abs(left.weights[p][:, layers.cols(p + 1, s)]).max()) for p, (s, _) in moves.items())
    positions = f"{per_segment} positions on each of {len(path.segments)} segments"
    comparisons = (
        Comparison(
            "drift of the outputs",
            Number.estimated(drift, positions),
            Relation.EQUAL,
            Number.exact(0.0),
            rounding * max(1.0, path.largest_weight),
        ),
        Comparison("weights on the freed units", Number.exact(still), Relation.EQUAL, Number.exact(0.0), EXACT),
    )
    letters = {
        "spare": float(min(layers.sizes[p] - len(moves[p][0]) for p in moves)),
        "segment_count": float(len(path.segments)),
        "drift": drift,
    }
    extra = {"kinds": path.kinds, "moved": {str(p): len(pair_[0]) for p, pair_ in moves.items()}}
    return Result(SLUG, pair.name, comparisons, letters, assumptions, extra)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets with three activations, whose descent leaves at least half of every layer free."""
    return (random_nets(seed * count + number) for number in range(count))


def extremal() -> Iterator[Pair]:
    """Every relocation is exact."""
    yield random_nets(1)


def necessity() -> Iterator[tuple[str, Pair]]:
    """A slot that the output reads: 4 becomes 2."""
    yield "FREE", used_slot()


def _outward(layers: Layers, active: Mapping[int, Units]) -> dict[int, tuple[Units, Units]]:
    """As many active units of each layer as have free slots, with the slots."""
    found = {}
    for p, used in active.items():
        free = layers.others(p, used)
        count = min(used.size, free.size)
        if count:
            found[p] = (used[:count], free[:count])
    return found


def _free(
    layers: Layers, theta: Parameters, active: Mapping[int, Units] | None, moves: Mapping[int, tuple[Units, Units]]
) -> Outcome:
    """Zero columns of the slots on the active rows of the next layer (all rows where nothing is known to be inactive)."""
    stack = Stack.of(layers, theta)
    for p, (_, slots) in moves.items():
        columns = stack.weights[p][:, layers.cols(p + 1, slots)]
        rows = columns if active is None or p + 1 == layers.depth else columns[active[p + 1]]
        if (rows != 0).any():
            return Outcome(False, f"slots {slots.tolist()} of layer {p} are read by the layer above")
    return Outcome(True, f"{sum(len(s) for _, s in moves.values())} slots that nothing active reads")
