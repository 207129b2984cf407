"""Check of connectivity/waypoint_certificate: nothing between the waypoints of a typed path exceeds the waypoints."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from toykit.checks.by_type import convexity
from toykit.connectivity.certificate import typed, walk
from toykit.connectivity.detour import through_constant
from toykit.connectivity.join import connect
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.toys import double_well, exact_instance, opposite_margins, random_nets
from toykit.connectivity.units import refusal
from toykit.landscape import Feedforward, Pair
from toykit.parameters import chord_point
from toykit.paths import Path
from toykit.tolerances import EXACT, ROUNDING, TORCH32
from toykit.verdict import Comparison, Number, Outcome, Relation, Result

SLUG = "connectivity/waypoint_certificate"


def check(pair: Pair, *, per_segment: int = 11) -> Result:
    """max L between the waypoints against max L at the waypoints, and the drift of the outputs on constant segments.

    The path is the chord where it has a type itself; else the path through rebuilt halves, where there is room; else the
    detour through a constant output, which every network has. `facts["path"] = "chord"` asks for the chord in any case.
    """
    network, traits = pair.landscape, pair.landscape.traits
    assumptions = {
        "CONVEX": convexity(traits),
        "FULL": Outcome(traits.full_batch, "declared by the landscape"),
    }
    if not isinstance(network, Feedforward):
        missing = Outcome(False, f"no segment can be typed: {refusal(network)}")
        return Result(SLUG, pair.name, (), {}, {**assumptions, "TYPED": missing})
    path = _path(pair, network)
    untyped = path.kinds.count("?")
    assumptions["TYPED"] = Outcome(untyped == 0, f"{path.kinds}: {untyped} of {len(path.segments)} segments without a type")
    walked = walk(network, path, per_segment)
    top = float(max(walked.losses[:, 0].max(), walked.losses[-1, -1]))
    rounding = ROUNDING if traits.precision == "float64" else TORCH32
    positions = f"maximum over {walked.losses.size} positions of {len(path.segments)} segments"
    comparisons = [
        Comparison(
            "loss along the path",
            Number.estimated(float(walked.losses.max()), positions),
            Relation.AT_MOST,
            Number.exact(top, f"maximum over {len(path.waypoints)} waypoints"),
            rounding * max(1.0, top, path.largest_weight),
        ),
        Comparison(
            "drift of constant segments",
            Number.estimated(walked.drift, positions),
            Relation.EQUAL,
            Number.exact(0.0),
            rounding * max(1.0, path.largest_weight),
        ),
    ]
    worst = _worst_error(network, path, per_segment)
    if worst is not None:
        comparisons.append(
            Comparison(
                "error on an output segment",
                Number.estimated(worst[0], positions),
                Relation.AT_MOST,
                Number.exact(worst[1], "sum of the errors at both ends"),
                EXACT,
                1.0,
            )
        )
    letters = {"path_max": top, "segment_count": float(len(path.segments)), "drift": walked.drift}
    along = path.assembled(list(walked.losses))
    extra = {
        "kinds": path.kinds,
        "steps": [segment.label for segment in path.segments],
        "path": {"positions": along.ts.tolist(), "losses": along.values.tolist()},
    }
    return Result(SLUG, pair.name, tuple(comparisons), letters, assumptions, extra)


def cases(count: int, seed: int = 0) -> Iterator[Pair]:
    """Random nets of both losses and three activations."""
    return (random_nets(seed * count + number) for number in range(count))


def extremal() -> Iterator[Pair]:
    """Opposite margins: error 1/2 at both ends of an output segment and 1 in its middle."""
    yield opposite_margins()


def necessity() -> Iterator[tuple[str, Pair]]:
    """A double well on an output segment; the chord of two different nets, which has no type."""
    yield "CONVEX", double_well()
    exact = exact_instance()
    yield "TYPED", Pair(exact.landscape, exact.theta_a, exact.theta_b, "chord of two nets", facts={"path": "chord"})


def _path(pair: Pair, network: Feedforward) -> Path:
    chord = typed(network, Path.chord(pair.theta_a, pair.theta_b))
    if pair.facts.get("path") == "chord" or chord.kinds != "?":
        return chord
    halves = Halves.of(pair, network)
    if not halves.room.holds:
        return typed(network, through_constant(halves.layers, pair.theta_a, pair.theta_b))
    a, b = (halves.stages(theta, SLUG, draws=1) for theta in (pair.theta_a, pair.theta_b))
    return typed(network, connect(halves.layers, pair.theta_a, pair.theta_b, a, b))


def _worst_error(network: Feedforward, path: Path, per_segment: int) -> tuple[float, float] | None:
    """The error along the O segment that comes closest to the sum of the errors at its ends, with that sum."""
    found = list[tuple[float, float]]()
    for number, segment in enumerate(path.segments):
        if segment.kind != "O":
            continue
        before, after = path.waypoints[number : number + 2]
        errors = [network.error(chord_point(before, after, float(t))) for t in np.linspace(0.0, 1.0, per_segment)]
        values = [e for e in errors if e is not None]
        if len(values) == per_segment and values[0] + values[-1] > 0:
            found.append((max(values), values[0] + values[-1]))
    return max(found, key=lambda pair: pair[0] / pair[1], default=None)
