"""What is measured on bottleneck networks of 9 or 10 units: the signs D, the level, searched paths, the swap of two units."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from experiments.studies.connectivity._networks import chosen
from experiments.studies.connectivity._polygon import searched
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.bridge.training.recipe import Recipe
from toykit.bridge.training.train import train
from toykit.connectivity.narrow import Targets
from toykit.connectivity.permuted import permuted
from toykit.connectivity.units import Layers
from toykit.formula import evaluate
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.parameters import Parameters
from toykit.runs import Outcome

CLAIM = "connectivity/narrow_disconnection"
PER_SEGMENT = 41


def nine() -> nn.Module:
    """64-50-9-10 with leaky ReLU of slope 0.1: nine units, the rank of the centred one-hot targets."""
    return _bottleneck(9)


def ten() -> nn.Module:
    """The same with one unit more."""
    return _bottleneck(10)


def _bottleneck(units: int) -> nn.Module:
    sizes = (64, 50, units, 10)
    layers = [part for a, b in pairwise(sizes) for part in (nn.Linear(a, b), nn.LeakyReLU(0.1))]
    return nn.Sequential(*layers[:-1]).double()


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All networks of one width of the bottleneck, and the first pairs of either sign below the level."""
    units, data = int(config["units"]), chosen("digits", "train", None)
    recipe = Recipe(
        loss="squared",
        epochs=config["epochs"],
        learning_rate=5e-3,
        schedule="cosine",
        precision="float64",
        network=f"{__name__}:{'nine' if units == 9 else 'ten'}",
    )
    found = [train(recipe, data, number) for number in config["seeds"]]
    net = LayeredTorch(found[0].module, SquaredLoss(0.5), data)
    thetas = [net.parameters(each.theta) for each in found]
    targets = Targets.of(net, 10)
    letters = {"sigma_r": targets.sigma, "count": float(data.count), "factor": 0.5}
    level, losses = evaluate(CLAIM, "level", letters), [net.loss(theta) for theta in thetas]
    narrow = units == targets.rank
    signs = [targets.sign(theta) if narrow else 0.0 for theta in thetas]
    pairs = _pairs(signs, [loss < level for loss in losses], config["pairs"])
    rows = []
    for a, b in pairs:
        name = f"disconnection {units} {config['seeds'][a]} {config['seeds'][b]}"
        path = searched(net, found[0].module, Pair(net, thetas[a], thetas[b]), config["steps"], name)
        row = _measured(net, path, targets if narrow else None)
        seeds = [config["seeds"][a], config["seeds"][b]]
        rows.append({"seeds": seeds, "same": signs[a] == signs[b], "worse": max(losses[a], losses[b]), **row})
    return Outcome({
        "units": list(net.widths),
        "rank": targets.rank,
        "counts": np.bincount(data.targets).tolist(),
        "level": level,
        "signs": signs,
        "losses": losses,
        "pairs": rows,
        "swap": [_swapped(net, targets, theta) for theta in thetas] if narrow else [],
    })


def _pairs(signs: list[float], low: list[bool], count: int) -> list[tuple[int, int]]:
    """The first `count` pairs of equal signs and of opposite ones, of networks below the level."""
    every = [(a, b) for a, b in combinations(range(len(signs)), 2) if low[a] and low[b]]
    kinds = ([pair for pair in every if (signs[pair[0]] == signs[pair[1]]) is same] for same in (True, False))
    return [pair for kind in kinds for pair in kind[:count]]


def _measured(net: LayeredTorch, path: Any, targets: Targets | None) -> dict[str, Any]:
    """The largest loss on a path, at sampled positions and wherever the sign changes between two of them, bisected."""
    if targets is None:
        losses = path.profile(net, PER_SEGMENT).values
        return {"maximum": float(losses.max()), "crossings": [], "losses": losses.tolist()}
    along = targets.along(path, PER_SEGMENT)
    top = max(float(along.losses.max()), float(along.crossings.max(initial=0.0)))
    return {"maximum": top, "crossings": along.crossings.tolist(), "losses": path.assembled(list(along.losses)).values.tolist()}


def _swapped(net: LayeredTorch, targets: Targets, theta: Parameters) -> dict[str, float]:
    """Two units of the last hidden layer change places: both signs, and by how much an output moves."""
    moved = permuted(Layers.of(net, theta), theta, {net.depth - 1: (0, 1)})
    apart = float(torch.abs(net.outputs(moved) - net.outputs(theta)).max())
    return {"before": targets.sign(theta), "after": targets.sign(moved), "outputs apart": apart}
