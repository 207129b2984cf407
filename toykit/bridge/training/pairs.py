"""Trained pairs as every check takes them: two endpoints on the landscape of the training data, and how they came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch

from toykit.bridge.landscapes.layered import landscape
from toykit.bridge.training.recipe import LOSSES, Recipe
from toykit.bridge.training.train import Trained, train, train_branched
from toykit.data import Data
from toykit.landscape import Pair


def independent_pair(
    recipe: Recipe, data: Data, seeds: Sequence[int] = (1, 2), *, test: Data | None = None, device: str = "cpu", **options: Any
) -> Pair:
    """Two networks of different seeds, so of different first weights and batches. Options are those of `TorchLandscape`.

    Seeds beyond the second make the further networks `others` of the pair.
    """
    first, second, *more = (train(recipe, data, seed, device=device) for seed in seeds)
    return paired(recipe, data, (first, second), "independent", further=more, test=test, device=device, **options)


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
    further: Sequence[Trained] = (),
    more: dict[str, str] | None = None,
    test: Data | None = None,
    device: str = "cpu",
    dtype: torch.dtype = torch.float64,
    **options: Any,
) -> Pair:
    """The pair of two trained networks, with recipe, seeds, losses and accuracies on both splits as facts."""
    module, loss = trained[0].module, LOSSES[recipe.loss]()
    options = {"statistics": "move", "device": device, "dtype": dtype, **options}
    fitted = landscape(module, loss, data, **options)
    points = [fitted.parameters(found.theta) for found in trained]
    facts = {"kind": kind, "data": data.name, **{name: str(value) for name, value in asdict(recipe).items()}, **(more or {})}
    splits = {"train": fitted}
    if test is not None:
        splits["test"] = landscape(module, loss, test, **options)
    for letter, found, point in zip("ab", trained, points, strict=True):
        facts[f"seed {letter}"] = str(found.seed)
        for split, measured in splits.items():
            facts[f"{split} loss {letter}"] = f"{measured.loss(point):.6g}"
            error = measured.error(point)
            if error is not None:
                facts[f"{split} accuracy {letter}"] = f"{1 - error:.4f}"
    name = f"{data.name} {recipe.architecture(data)}, {kind}, seeds {trained[0].seed} and {trained[1].seed}"
    base = None if theta_0 is None else fitted.parameters(theta_0)
    others = tuple(fitted.parameters(found.theta) for found in further)
    return Pair(fitted, points[0], points[1], name, base, facts, others)
