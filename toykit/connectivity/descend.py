"""descend: from an endpoint to a small network inside the same architecture, stage by stage from the last layer down.

At stage l the fresh network S_l is written into free slots while nothing reads them ("write", constant output), then
the output layer turns to it ("swap", only W_L and b_L move). Afterwards the loss is exactly Phi_l.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Draft, Layers, Units, first_free, units
from toykit.landscape import Floats
from toykit.parameters import Parameters
from toykit.paths import Segment


@dataclass(frozen=True)
class Descent:
    """The waypoints from an endpoint on, one segment per step, and the active set A_p of each hidden layer at the end."""

    waypoints: tuple[Parameters, ...]
    segments: tuple[Segment, ...]
    active: Mapping[int, Units]

    @property
    def end(self) -> Parameters:
        """The small network."""
        return self.waypoints[-1]


def descend(layers: Layers, theta: Parameters, stages: Mapping[int, Subnetwork], entry: int = 1) -> Descent:
    """2(L - entry) - 1 segments from theta to the network of stage `entry`.

    Raises:
        InputError: a layer has too few free slots; ask `room` beforehand.

    """
    depth, draft = layers.depth, Draft(layers, theta)
    waypoints, segments = [theta], list[Segment]()
    active: dict[int, Units] = {}
    for stage in range(depth - 1, entry - 1, -1):
        small = stages[stage]
        wanted = enumerate(small.shape[1], start=stage + 1)
        new = {p: first_free(layers, p, active.get(p, units(())), count) for p, count in wanted}
        source = {stage + 1: units(small.kept)} | {p + 1: slots for p, slots in new.items()}
        if new:
            for p, slots in new.items():
                columns = layers.cols(p, source[p])
                draft.write_rows(p, slots, columns, small.weights[p - stage - 1], small.biases[p - stage - 1])
            waypoints.append(draft.freeze())
            segments.append(Segment("C", f"write {stage}"))
        _read_out(draft, layers.cols(depth, source[depth]), small.weights[-1], small.biases[-1])
        waypoints.append(draft.freeze())
        segments.append(Segment("O", f"swap {stage}"))
        active |= new
        if stage:
            active[stage] = units(small.kept)
    return Descent(tuple(waypoints), tuple(segments), active)


def _read_out(draft: Draft, columns: Units, weight: Floats, bias: Floats) -> None:
    """W_L = 0 except W_L[:, columns] = weight, b_L = bias."""
    rows = units(range(draft.layers.sizes[-1]))
    draft.write_rows(draft.layers.depth, rows, columns, weight, bias)
