"""Random combinations of two digits networks 64-W-W-10, float32, one thread: draws per second, and 1,000 draws in seconds.

A draw is one lambda per block, the combination, and its loss on the 1,437 training digits. The usual script draws lambda with
torch, loads the combined weights and runs over a DataLoader. The floor is the arithmetic alone: the numbers of lambda, one
pass for theta_a + lambda * Delta, and the three matrix products. Our draws come in antithetic pairs, two losses for each
lambda; the table counts losses. Run it by `python -m experiments.benchmarks.draw_speed`, `--quick` with fewer repeats.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from experiments.benchmarks.profile_speed import BATCH, WIDTHS, fastest
from toykit.bridge import Recipe, digits, independent_pair
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.combining.draws import mixing, sample
from toykit.landscape import Pair
from toykit.parameters import Parameters
from toykit.seeds import generator

DRAWS = {64: 20, 512: 4}
REPEATS = {64: 10, 512: 4}
STUDY = 1_000
"""Draws of a hypercube study whose cost is printed."""


def by_loader(module: nn.Module, pair: Pair, data: TensorDataset, draws: int) -> list[float]:
    """The usual script: torch draws one lambda per weight, the weights are loaded, a DataLoader feeds the network."""
    model, stream, found = copy.deepcopy(module).eval(), torch.Generator().manual_seed(0), []
    for _ in range(draws):
        mixed = {
            name: a + torch.bernoulli(torch.full_like(a, 0.5), generator=stream) * (pair.theta_b[name] - a)
            for name, a in pair.theta_a.items()
        }
        model.load_state_dict(mixed)
        total = 0.0
        with torch.no_grad():
            for inputs, targets in DataLoader(data, batch_size=BATCH):
                total += nn.functional.cross_entropy(model(inputs), targets, reduction="sum").item()
        found.append(total / len(data))
    return found


def by_whole_batch(pair: Pair, net: LayeredTorch, draws: int) -> list[float]:
    """The same by hand without a loader: all examples at once, functional layers."""
    stream, found = torch.Generator().manual_seed(0), []
    for _ in range(draws):
        mixed = {
            name: a + torch.bernoulli(torch.full_like(a, 0.5), generator=stream) * (pair.theta_b[name] - a)
            for name, a in pair.theta_a.items()
        }
        with torch.no_grad():
            features = net.inputs
            for layer in range(1, net.depth + 1):
                features = nn.functional.linear(features, mixed[net.weight_name(layer)], mixed[str(net.bias_name(layer))])
                features = torch.relu(features) if layer < net.depth else features
            found.append(float(nn.functional.cross_entropy(features, net.targets)))
    return found


def floor(pair: Pair, net: LayeredTorch, draws: int) -> None:
    """The numbers of lambda, one multiply-add per weight, and the products of the layers into room that is there."""
    stream, weights = generator("floor"), [pair.theta_a[net.weight_name(layer)] for layer in range(1, net.depth + 1)]
    steps = [pair.theta_b[net.weight_name(layer)] - weight for layer, weight in enumerate(weights, start=1)]
    rooms = [torch.empty((net.count, len(weight))) for weight in weights]
    for _ in range(draws):
        features = net.inputs
        for weight, step, room in zip(weights, steps, rooms, strict=True):
            chosen = torch.from_numpy(stream.random(tuple(weight.shape), dtype=np.float32))
            torch.mm(features, torch.addcmul(weight, chosen, step).T, out=room)
            features = room


def tasks(pair: Pair, net: LayeredTorch, module: nn.Module, draws: int) -> dict[str, Callable[[], object]]:
    """Every way to evaluate `draws` combinations, ours with half as many antithetic pairs."""
    data = TensorDataset(net.inputs, net.targets)
    ours = {
        f"ours, {law} {blocks}": partial(sample, mixing(pair, law, blocks), draws // 2)
        for law, blocks in (("bernoulli(0.5)", "element"), ("uniform", "element"), ("bernoulli(0.5)", "row"))
    }
    return {
        "floor": lambda: floor(pair, net, draws),
        **ours,
        "by hand, all examples at once": lambda: by_whole_batch(pair, net, draws),
        "usual script with a DataLoader": lambda: by_loader(module, pair, data, draws),
    }


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    quick = "--quick" in arguments
    for width in WIDTHS:
        recipe, data = Recipe(widths=(width, width), epochs=20 if width < 256 else 2), digits("train")
        pair = independent_pair(recipe, data, dtype=torch.float32)
        net = pair.landscape
        if not isinstance(net, LayeredTorch):
            raise TypeError(f"a chain of dense layers is expected; got {type(net).__name__}")
        draws = DRAWS[width]
        found = fastest(tasks(pair, net, recipe.module(data), draws), 2 if quick else REPEATS[width])
        print(f"W = {width}, {Parameters(pair.theta_a).count} weights, best CPU time of {draws} draws")
        for name, seconds in found.items():
            each = seconds / draws
            rate = f"{1 / each:8.0f} draws/s, {each / (found['floor'] / draws):5.2f} x floor"
            print(f"  {name:32} {rate}, {STUDY} draws: {STUDY * each:7.1f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
