"""Both conditions at every layer of both endpoints of a pair: the loss of the best small network, fresh or thinned."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity.built import Stages
from toykit.connectivity.stages import Place, Stage, Trainer, passes, solve_all, tasks, trained_by_lbfgs
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.thinned import Thinner
from toykit.errors import InputError
from toykit.landscape import Feedforward, Pair

HALVES = 20


@dataclass(frozen=True)
class Both:
    """What was found at every (endpoint, layer): stages of fresh networks; thinned networks with their losses.

    `seconds` and `passes` are what finding them took, by "rebuilt" and "dropout".
    """

    worse: float
    fresh: Mapping[Place, Stage]
    thinned: Mapping[str, Stages]
    dropout: Mapping[Place, float]
    seconds: Mapping[str, float]
    passes: Mapping[str, float]

    def rebuilt(self, endpoint: str) -> Stages:
        """The fresh small networks of an endpoint by layer."""
        return {layer: stage.small for (e, layer), stage in self.fresh.items() if e == endpoint}

    def predicted(self, way: str) -> float:
        """max{L_a, L_b, Phi} of the small networks alone, for "rebuilt" or "dropout"."""
        found = {place: stage.loss for place, stage in self.fresh.items()} if way == "rebuilt" else self.dropout
        return max(self.worse, *found.values())

    def rows(self, seeds: tuple[int, int]) -> list[dict[str, Any]]:
        """One JSON row per endpoint and layer."""
        return [
            {
                "seed": seeds["ab".index(endpoint)],
                "layer": layer,
                "worse": self.worse,
                "rebuilt": stage.loss,
                "dropout": self.dropout[endpoint, layer],
                "word": stage.word,
                "how": stage.small.how,
                "worked out": len(stage.tried),
            }
            for (endpoint, layer), stage in self.fresh.items()
        ]


def fresh(pair: Pair, name: str, trainer: Trainer = trained_by_lbfgs, target: float | None = None) -> dict[Place, Stage]:
    """The best of 20 halves per endpoint and layer."""
    return solve_all(tasks(pair, draws=HALVES, name=name, target=target), trainer=trainer)


def both(pair: Pair, name: str, thinnings: int, trainer: Trainer = trained_by_lbfgs) -> Both:
    """Fresh networks on halves, and the best of `thinnings` thinned networks, at every endpoint and layer.

    Raises:
        InputError: the landscape is no plain chain of dense layers or convolutions.

    """
    network, clock = pair.landscape, [time.perf_counter()]
    found = fresh(pair, f"{name}/fresh", trainer)
    clock.append(time.perf_counter())
    if not isinstance(network, Feedforward):
        raise InputError(f"stages are those of a feed-forward network; got {type(network).__name__}; use one")
    ends = {"a": pair.theta_a, "b": pair.theta_b}
    thin = {e: Thinner(network, theta).stages(thinnings, f"{name}/thinned/{e}") for e, theta in ends.items()}
    clock.append(time.perf_counter())
    dropout = {(e, layer): loss for e, (_, losses, _) in thin.items() for layer, loss in losses.items()}
    worse = max(network.loss(theta) for theta in ends.values())
    thinned = {e: stages for e, (stages, _, _) in thin.items()}
    count = pair.theta_a.count
    cost = {
        "rebuilt": sum(passes(stage, count) for stage in found.values()),
        "dropout": thinnings * sum(entries(small) for stages in thinned.values() for small in stages.values()) / count,
    }
    seconds = {"rebuilt": clock[1] - clock[0], "dropout": clock[2] - clock[1]}
    return Both(worse, found, thinned, dropout, seconds, cost)


def entries(small: Subnetwork) -> int:
    """The parameters of a small network."""
    return sum(array.size for array in (*small.weights, *small.biases))


def trainer_of(config: Mapping[str, Any]) -> Trainer:
    """L-BFGS on all examples, or Adam for `small epochs` with batches of `small batch` where there are too many for it."""
    epochs, batch = config.get("small epochs"), {"batch_size": config["small batch"]} if "small batch" in config else {}
    return trained_by_lbfgs if epochs is None else partial(trained_by_adam, epochs=epochs, **batch)
