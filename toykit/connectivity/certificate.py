"""The exact maximum of a path: over typed segments of a convex full-batch loss it is attained at a waypoint.

Where a segment has no type, or the loss is not known to be convex in the outputs, a sample is all there is, and the
number says so [connectivity/waypoint_certificate].
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from toykit.connectivity.segments import kind_of
from toykit.connectivity.units import Layers
from toykit.landscape import Feedforward, Floats, Landscape
from toykit.parameters import chord_point
from toykit.paths import Path
from toykit.verdict import Number


def typed(landscape: Landscape, path: Path) -> Path:
    """The same path with the type of every segment decided by the tests, whatever it declared before."""
    layers = Layers.of(landscape, path.waypoints[0])
    ends = zip(path.waypoints, path.waypoints[1:], strict=False)
    segments = (
        replace(segment, kind=kind_of(layers, before, after, segment.moves))
        for segment, (before, after) in zip(path.segments, ends, strict=True)
    )
    return Path(path.waypoints, tuple(segments))


def doubts(landscape: Landscape, path: Path) -> list[str]:
    """Why the maximum of a typed path need not lie at a waypoint; empty if it must."""
    traits = landscape.traits
    untyped = path.kinds.count("?")
    found = [
        (not traits.convex_in_outputs, f"{traits.loss} is not convex in the outputs"),
        (not traits.full_batch, "the loss is not a deterministic full-batch mean"),
        (traits.precision != "float64", f"{traits.precision} rounds constant segments visibly"),
        (untyped > 0, f"{untyped} of {len(path.segments)} segments have no type"),
    ]
    return [reason for applies, reason in found if applies]


def maximum(landscape: Landscape, path: Path, per_segment: int = 11) -> Number:
    """M = max L on the path: EXACT over the waypoints where the certificate applies, else ESTIMATED from samples."""
    if isinstance(landscape, Feedforward):
        path = typed(landscape, path)
        reasons = doubts(landscape, path)
    else:
        reasons = ["the network shows no layers"]
    if not reasons:
        values = landscape.losses(path.waypoints)
        return Number.exact(float(values.max()), f"maximum over {len(path.waypoints)} waypoints; every segment has a type")
    values = path.profile(landscape, per_segment).values
    why = "; ".join(reasons)
    return Number.estimated(float(values.max()), f"maximum over {values.size} positions, a lower bound of the supremum: {why}")


@dataclass(frozen=True)
class Walk:
    """The loss along each segment, shape (segments, positions), and the drift of the outputs on the constant ones.

    `drift` = max over constant segments and positions of max|Z(t) - Z(0)| / max(1, max|Z(0)|).
    """

    losses: Floats
    drift: float


def walk(network: Feedforward, path: Path, per_segment: int = 11) -> Walk:
    """Evaluate a typed path at `per_segment` positions of every segment, each waypoint once."""
    ts = np.linspace(0.0, 1.0, per_segment)
    rows, drift = list[list[float]](), 0.0
    first = network.outputs(path.waypoints[0])
    for number, segment in enumerate(path.segments):
        before, after = path.waypoints[number : number + 2]
        outputs = [first, *(network.outputs(chord_point(before, after, float(t))) for t in ts[1:])]
        first = outputs[-1]
        rows.append([network.loss_of_outputs(z) for z in outputs])
        if segment.kind in {"C", "T"}:
            size = max(1.0, float(abs(outputs[0]).max()))
            drift = max(drift, *(float(abs(z - outputs[0]).max()) / size for z in outputs[1:]))
    return Walk(np.array(rows, dtype=np.float64), drift)
