"""A path that has been built between two endpoints, with everything that is read off it: maximum, excess, rebuilt losses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from toykit.chord import profile
from toykit.connectivity.certificate import Walk, doubts, typed, walk
from toykit.connectivity.join import connect
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.units import Layers
from toykit.errors import InputError
from toykit.landscape import Feedforward, Floats, Pair
from toykit.paths import Path
from toykit.verdict import Number

Stages = Mapping[int, Subnetwork]


@dataclass(frozen=True)
class Built:
    """A typed path with the losses at its waypoints (S+1,), its walk, and why its maximum may lie elsewhere, if so."""

    pair: Pair
    path: Path
    losses: Floats
    walked: Walk
    reasons: tuple[str, ...]

    @property
    def worse(self) -> float:
        """max(L_a, L_b)."""
        return float(max(self.losses[0], self.losses[-1]))

    @property
    def maximum(self) -> Number:
        """M = max L on the path: EXACT at the waypoints, or ESTIMATED from the walk where a doubt stands."""
        if not self.reasons:
            note = f"maximum over {self.losses.size} waypoints; every segment has a type"
            return Number.exact(float(self.losses.max()), note)
        top = float(self.walked.losses.max())
        return Number.estimated(top, f"maximum over {self.walked.losses.size} positions: {'; '.join(self.reasons)}")

    @property
    def excess(self) -> Number:
        """E = M - max(L_a, L_b)."""
        top = self.maximum
        return Number(top.lo - self.worse, top.hi - self.worse, top.trust, top.note)

    def rebuilt(self, endpoint: str, layer: int) -> float:
        """The loss at the waypoint where S_l of an endpoint has just taken over: Phi_l."""
        labels = [segment.label for segment in self.path.segments]
        middle = labels.index("swap")
        ahead = endpoint == "a"
        part = enumerate(labels[:middle]) if ahead else enumerate(labels[middle + 1 :], start=middle + 1)
        number = next(i for i, label in part if label == f"swap {layer}")
        return float(self.losses[number + ahead])

    def record(self) -> dict[str, Any]:
        """What the report and the figures draw: types, steps, the losses along the path and along the chord."""
        along, chord = self.path.assembled(list(self.walked.losses)), profile(self.pair)
        return {
            "maximum": "exact" if not self.reasons else "sampled",
            "kinds": self.path.kinds,
            "steps": [segment.label for segment in self.path.segments],
            "length": self.path.length,
            "chord_maximum": float(chord.values.max()),
            "path": {"positions": along.ts.tolist(), "losses": along.values.tolist(), "waypoints": self.losses.tolist()},
            "chord": {"positions": chord.ts.tolist(), "losses": chord.values.tolist()},
        }


def build(pair: Pair, a: Stages, b: Stages, *, entry: int = 1, clean: bool = True, per_segment: int = 7) -> Built:
    """The path of these sub-networks between the endpoints of a pair, typed, evaluated at its waypoints and walked.

    Raises:
        InputError: the landscape shows no layers, or the room does not suffice.

    """
    network = pair.landscape
    layers = Layers.of(network, pair.theta_a)
    if not isinstance(network, Feedforward):
        raise InputError(f"a path is built inside a feed-forward network; got {type(network).__name__}")
    path = typed(network, connect(layers, pair.theta_a, pair.theta_b, a, b, entry=entry, clean=clean))
    walked = walk(network, path, per_segment)
    losses = np.append(walked.losses[:, 0], walked.losses[-1, -1])
    return Built(pair, path, losses, walked, tuple(doubts(network, path)))
