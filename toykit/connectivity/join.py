"""join: from one small network to another inside one architecture, and the whole path between two endpoints.

Units that both networks use move out of the way first (copy, shift), then the rows of the second network are written
where nothing reads them (write), the output layer turns to them (swap), and the free rest follows (tidy).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from toykit.connectivity.descend import Descent, descend
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Draft, Layers, Units, first_free
from toykit.parameters import Parameters
from toykit.paths import Path, Relocation, Segment


def cleaned(layers: Layers, theta: Parameters, active: Mapping[int, Units]) -> Parameters:
    """The same network function with every free unit set to zero: incoming rows, biases and outgoing columns."""
    draft = Draft(layers, theta)
    for p in layers.hidden:
        draft.clear(p, layers.others(p, active[p]))
    return draft.freeze()


def relocate(layers: Layers, theta: Parameters, moves: Relocation) -> Path:
    """Two segments of constant output that move the units `moves[p] = (sources, slots)` of all layers at once.

    `copy` writes the rows of the sources (as they were before any row changed) into the slots; `shift` hands over the
    outgoing columns. The slots must not be read before [connectivity/neuron_relocation].
    """
    draft = Draft(layers, theta)
    for p, (sources, slots) in moves.items():
        draft.copy_rows(p, slots, theta, sources)
    copied = draft.freeze()
    for p, (sources, slots) in moves.items():
        draft.shift_columns(p + 1, layers.cols(p + 1, sources), layers.cols(p + 1, slots))
    return Path((theta, copied, draft.freeze()), (Segment("C", "copy"), Segment("T", "shift", moves)))


def join(layers: Layers, a: Descent, b: Descent, *, clean: bool = True) -> Path:
    """The path from the end of descent a to the end of descent b: 5 segments, 3 if their active sets are disjoint, +2 with clean.

    Raises:
        InputError: a layer has no room for both active sets, (R3).

    """
    depth = layers.depth
    waypoints, segments = [a.end], list[Segment]()
    if clean:
        waypoints.append(cleaned(layers, a.end, a.active))
        segments.append(Segment("C", "clean"))
    moves = _moves(layers, a.active, b.active)
    if moves:
        moved = relocate(layers, waypoints[-1], moves)
        waypoints += moved.waypoints[1:]
        segments += moved.segments
    target = cleaned(layers, b.end, b.active) if clean else b.end
    draft = Draft(layers, waypoints[-1])
    for p in layers.hidden:
        draft.copy_rows(p, b.active[p], target)
    waypoints.append(draft.freeze())
    segments.append(Segment("C", "write"))
    draft.copy_rows(depth, np.arange(layers.sizes[-1]), target)
    waypoints.append(draft.freeze())
    segments.append(Segment("O", "swap"))
    if clean:
        waypoints.append(target)
        segments.append(Segment("C", "tidy"))
    waypoints.append(b.end)
    segments.append(Segment("C", "restore" if clean else "tidy"))
    return Path(tuple(waypoints), tuple(segments))


def connect(
    layers: Layers,
    theta_a: Parameters,
    theta_b: Parameters,
    stages_a: Mapping[int, Subnetwork],
    stages_b: Mapping[int, Subnetwork],
    *,
    entry: int = 1,
    clean: bool = True,
) -> Path:
    """The path theta_a -> theta_b through the sub-networks of both endpoints: 4(L-entry)+5 segments, two fewer without clean.

    Its largest loss is that of a waypoint [connectivity/rebuilt_features]; the caller's arrays are not changed.
    """
    down, up = descend(layers, theta_a, stages_a, entry), descend(layers, theta_b, stages_b, entry)
    return (
        Path(down.waypoints, down.segments)
        .then(join(layers, down, up, clean=clean))
        .then(Path(up.waypoints, up.segments).reversed())
    )


def _moves(layers: Layers, a: Mapping[int, Units], b: Mapping[int, Units]) -> Relocation:
    """Where both networks use a unit, it moves to the first slot that neither uses."""
    moves = dict[int, tuple[Units, Units]]()
    for p in layers.hidden:
        shared = np.intersect1d(a[p], b[p])
        if shared.size:
            moves[p] = (shared, first_free(layers, p, np.union1d(a[p], b[p]), shared.size))
    return moves
