"""The plan of a path from separable features: which units each endpoint keeps, with proof, and the sub-networks on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from toykit.arrays import to_numpy
from toykit.connectivity.above import read_out
from toykit.connectivity.built import Stages
from toykit.connectivity.conditions import Kept, keep_best, kept_sizes, stage_shapes
from toykit.connectivity.factories import affine_piece
from toykit.connectivity.readouts import Labels
from toykit.connectivity.room import Room, accounting, spare, suffices
from toykit.connectivity.separability import scale
from toykit.connectivity.units import Layers
from toykit.landscape import Feedforward, Pair
from toykit.tolerances import ROUNDING
from toykit.verdict import Outcome


@dataclass(frozen=True)
class Plan:
    """The setting before anything is drawn: labels, kept sizes per layer, room inequalities, loss of the worse endpoint."""

    network: Feedforward
    layers: Layers
    labels: Labels
    keep: Mapping[int, int]
    rooms: tuple[Room, ...]
    worse: float

    @classmethod
    def of(cls, pair: Pair, network: Feedforward, keep: Mapping[int, int] | None = None) -> Plan:
        """The plan for a pair of classifiers; `keep[l]` units of layer l, by default as many as the room allows."""
        layers = Layers.of(network, pair.theta_a)
        sizes = dict(keep) if keep is not None else kept_sizes(layers)
        shapes = stage_shapes(layers, sizes)
        labels = np.asarray(to_numpy(network.targets), dtype=np.int64)
        worse = max(network.loss(pair.theta_a), network.loss(pair.theta_b))
        return cls(network, layers, labels, sizes, tuple(accounting(network.widths, shapes, shapes)), worse)

    @property
    def classes(self) -> int:
        """K."""
        return self.layers.sizes[-1]

    @property
    def spare(self) -> int:
        """Units left over in the tightest inequality; negative if one fails."""
        return spare(self.rooms)

    @property
    def room(self) -> Outcome:
        """Whether the widths suffice, with the inequalities that fail."""
        return suffices(self.rooms)

    def keep_best(self, pair: Pair, draws: int, name: str) -> dict[str, dict[int, Kept]]:
        """The best kept set per endpoint and layer."""
        ends = (("a", pair.theta_a), ("b", pair.theta_b))
        return {
            e: keep_best(self.network, theta, self.labels, self.classes, self.keep, draws, f"{name}/{e}") for e, theta in ends
        }

    def factor(self, kept: Kept) -> float:
        """s of the read-out: from its margin if it has one, else 1, since the best read-out has its own size."""
        return scale(self.classes, self.worse, kept.margin) if kept.margin > 0 else 1.0

    def stages(self, kept: Mapping[int, Kept]) -> Stages:
        """S_l for each layer: the read-out of the kept features at its scale, passed through the layers above."""
        piece = affine_piece(self.network.activation)
        return {
            layer: read_out(self.layers, layer, k.units, k.separation.readout, k.features, piece, self.factor(k))
            for layer, k in kept.items()
        }


def separable_outcome(kept: Mapping[str, Mapping[int, Kept]]) -> Outcome:
    """Whether every layer of both endpoints has a separable kept set, naming those that have none."""
    every = [(e, k) for e, layers in kept.items() for k in layers.values()]
    failing = [(e, k) for e, k in every if not k.separation.separable]
    if not failing:
        smallest = min(k.margin for _, k in every)
        return Outcome(True, f"read-outs without errors at every layer, smallest margin {smallest:.3g}, evaluated again")
    parts = []
    for endpoint, k in failing:
        against = k.separation.obstruction
        state = "undecided" if k.separation.separable is None else "not separable"
        least = "" if against is None else f", every read-out has cross-entropy >= {against.loss_at_least:.6f}"
        parts.append(f"layer {k.layer} of endpoint {endpoint}: {len(k.units)} kept units, {k.tried} draws, {state}{least}")
    return Outcome(False, "; ".join(parts))


WORDS = ("certified by theorem", "certified by training", "not certified")
"""What is known of a stage beforehand: proved from its conditions, measured to be low enough, or neither. Worst last."""


def stays(loss: float, worse: float) -> bool:
    """Whether a loss is that of the worse endpoint or below, up to rounding."""
    return loss <= worse + ROUNDING * max(1.0, worse)


def row(plan: Plan, endpoint: str, kept: Kept, phi: float) -> dict[str, Any]:
    """One line of the table of layers: what is kept, its margin and scale, the rebuilt loss and the word it earns."""
    separation = kept.separation
    return {
        "endpoint": endpoint,
        "layer": kept.layer,
        "width": plan.layers.sizes[kept.layer],
        "kept": len(kept.units),
        "separable": separation.separable,
        "how": separation.how,
        "separable_draws": kept.separable,
        "examined": kept.examined,
        "draws": kept.tried,
        "margin": kept.margin,
        "scale": plan.factor(kept),
        "rebuilt": phi,
        "loss_at_least": 0.0 if separation.obstruction is None else separation.obstruction.loss_at_least,
        "word": WORDS[2] if not stays(phi, plan.worse) else WORDS[0] if separation.separable else WORDS[1],
    }
