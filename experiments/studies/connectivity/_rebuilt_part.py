"""What is measured on the networks of one architecture: ends, both conditions per layer, five ways per pair, the scaling law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.studies.connectivity._networks import Networks, networks
from experiments.studies.connectivity._ways import ways
from toykit.connectivity.thinning import Thinnable, subsets
from toykit.formula import evaluate
from toykit.runs import Outcome
from toykit.seeds import generator

SCALING = "connectivity/dropout_scaling"
DRAWS = 400


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All pairs of one architecture."""
    nets = networks(config)
    return Outcome({
        "widths": list(nets.train.widths),
        "data": [nets.train.data.name, nets.test.data.name],
        "examples": len(nets.train.inputs),
        "ends": {str(seed): nets.scores(theta) for seed, theta in nets.thetas.items()},
        "pairs": [ways(nets, pair, seeds, config) for seeds, pair in nets.pairs],
        "scaling": scaling(nets),
    })


def scaling(nets: Networks) -> list[dict[str, Any]]:
    """Mean squared deviation of the outputs over 400 thinned last layers, beside its law, at three sizes per network."""
    rows = []
    for seed, theta in nets.thetas.items():
        layer = Thinnable.of(nets.train, theta)
        n = layer.width
        for size in sorted({max(1, n // 2), 3 * n // 4, 9 * n // 10}):
            kept = subsets(n, size, DRAWS, generator(f"rebuilt_paths scaling {seed}", size))
            deviations, excess = layer.measured(kept.counts, n / size)
            letters = {"kept": float(size), "n": float(n), "scatter": layer.scatter(), "bending": layer.bending()}
            rows.append({
                "seed": seed,
                "kept": size,
                "n": n,
                "deviation": float(deviations.mean()),
                "law": evaluate(SCALING, "deviation", letters),
                "excess": float(excess.mean()),
                "least excess": float(excess.min()),
                "second order": evaluate(SCALING, "second_order", letters),
            })
    return rows
