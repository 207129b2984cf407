"""What is measured at one width: the worst stage of fresh and of thinned small networks, for every pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.studies.connectivity._networks import networks
from experiments.studies.connectivity._stages import both
from toykit.runs import Outcome


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All pairs of one width; the widths in the result are read off the trained network, not off the configuration."""
    nets = networks(config)
    pairs = []
    for seeds, pair in nets.pairs:
        found = both(pair, f"width_sweep {config['widths']} {seeds}", config["thinnings"])
        rebuilt, dropout = (max(losses) for losses in ([s.loss for s in found.fresh.values()], list(found.dropout.values())))
        words = [stage.word for stage in found.fresh.values()]
        pairs.append({"seeds": list(seeds), "worse": found.worse, "rebuilt": rebuilt, "dropout": dropout, "words": words})
    shapes = [list(nets.train.parameters(theta)[nets.train.weight_name(1)].shape) for theta in nets.thetas.values()]
    return Outcome({
        "widths": list(nets.train.widths),
        "first weights": shapes,
        "ends": {str(seed): nets.scores(theta) for seed, theta in nets.thetas.items()},
        "pairs": pairs,
    })
