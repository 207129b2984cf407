"""Trained pairs as every check takes them: two endpoints on the landscape of the training data, and how they came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from toykit.bridge.layered import LayeredTorch
from toykit.bridge.training import LOSSES, Recipe, Trained, train, train_branched
from toykit.data import Data
from toykit.landscape import Pair


def independent_pair(
    recipe: Recipe, data: Data, seeds: Sequence[int] = (1, 2), *, test: Data | None = None, device: str = "cpu", **options: Any
) -> Pair:
    """Two networks of different seeds, so of different first weights and batches. Options are those of `LayeredTorch`."""
    first, second = (train(recipe, data, seed, device=device) for seed in seeds)
    return paired(recipe, data, (first, second), "independent", test=test, device=device, **options)


def branched_pair(
    recipe: Recipe,
    data: Data,
    trunk_seed: int = 1,
    step: int = 0,
    seeds: Sequence[int] = (1, 2),
    *,
    test: Data | None = None,
    device: str = "cpu",
    **options: Any,
) -> Pair:
    """Two networks that share their first `step` steps and part at theta_0."""
    found = train_branched(recipe, data, trunk_seed, step, seeds, device=device)
    return paired(
        *(recipe, data, (found.a, found.b), f"branched at step {step}"),
        theta_0=found.theta_0,
        more={"trunk seed": str(trunk_seed), "branching step": str(step)},
        test=test,
        device=device,
        **options,
    )


def paired(
    recipe: Recipe,
    data: Data,
    trained: tuple[Trained, Trained],
    kind: str,
    *,
    theta_0: Any = None,
    more: dict[str, str] | None = None,
    test: Data | None = None,
    device: str = "cpu",
    dtype: torch.dtype = torch.float64,
    **options: Any,
) -> Pair:
    """The pair of two trained networks, with recipe, seeds, losses and accuracies on both splits as facts."""
    module, loss = trained[0].module, LOSSES[recipe.loss]()
    landscape = LayeredTorch(module, loss, data, device=device, dtype=dtype, **options)
    points = [landscape.parameters(found.theta) for found in trained]
    facts = {"kind": kind, "data": data.name, **{name: str(value) for name, value in asdict(recipe).items()}, **(more or {})}
    splits = {"train": landscape}
    if test is not None:
        splits["test"] = LayeredTorch(module, loss, test, device=device, dtype=dtype, **options)
    for letter, found, point in zip("ab", trained, points, strict=True):
        facts[f"seed {letter}"] = str(found.seed)
        for split, measured in splits.items():
            facts[f"{split} loss {letter}"] = f"{measured.loss(point):.6g}"
            error = measured.error(point)
            if error is not None:
                facts[f"{split} accuracy {letter}"] = f"{1 - error:.4f}"
    widths = "-".join(map(str, (data.width, *(len(points[0][landscape.weight_name(n + 1)]) for n in range(landscape.depth)))))
    name = f"{data.name} {widths} {recipe.activation}, {kind}, seeds {trained[0].seed} and {trained[1].seed}"
    base = None if theta_0 is None else landscape.parameters(theta_0)
    return Pair(landscape, points[0], points[1], name, base, facts)
