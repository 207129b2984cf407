"""What a connecting path costs, stage by stage: conditions, small trainings, the path itself and its certificate.

CPU seconds, seconds and peak memory of this process after each stage, for digits 64-100-100-100-10 with small trainings by
L-BFGS; `--widths 24 24 24 24 24` takes other widths, at which nothing is separable and the small networks are trained. With
`--mnist` MNIST 784-245x10-10 (its files in $TOYKIT_DATA), small trainings by Adam; `--rows 10000` takes the first examples,
`--epochs 3` trains the endpoints that long, `--jobs 4` works on the stages in so many processes. `--classes` only decides,
for each digit, whether it is separable from all others on features of width 512.
Run it by `python -m experiments.benchmarks.path_speed`.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import torch
from torch import nn

from toykit.bridge import LayeredTorch, Recipe, digits, independent_pair, train
from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity.built import Built, build
from toykit.connectivity.one_versus_rest import one_versus_rest
from toykit.connectivity.separability import Separation, separator
from toykit.connectivity.separable import WORDS
from toykit.connectivity.stages import Place, Stage, Tasks, Trainer, solve_all, tasks, trained_by_lbfgs, weakest
from toykit.connectivity.thinned import Thinner
from toykit.data import Data
from toykit.landscape import Pair

DRAWS = 10
T = TypeVar("T")
MEBI = 2.0**20


@dataclass
class Ledger:
    """Name, CPU seconds, seconds and peak memory in MiB after every stage."""

    rows: list[tuple[str, float, float, float]] = field(default_factory=list)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """The result of the work, which is entered under its name."""
        before, started = spent(), time.perf_counter()
        found = work()
        self.rows.append((name, spent() - before, time.perf_counter() - started, peak()))
        _, work_done, waited, memory = self.rows[-1]
        print(f"  {name:32} CPU {work_done:9.2f} s, waited {waited:9.2f} s, peak {memory:8.0f} MiB", flush=True)
        return found


def spent() -> float:
    """CPU seconds of this process and of its children that have ended, which a shared machine hardly stretches."""
    return sum(os.times()[:4])


def peak() -> float:
    """The largest resident memory of this process and of any of its children so far, in MiB."""
    largest = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return largest / MEBI if sys.platform == "darwin" else largest / 1024


def conditions(given: Tasks) -> list[Place]:
    """The layers of each endpoint whose first half of units a read-out separates, found fast."""
    found = list[Place]()
    for place, task in given.items():
        half = task.data.inputs[:, list(task.halves()[0])]
        if separator(half, task.data.targets, task.outputs) is not None:
            found.append(place)
    return found


def measure(pair: Pair, trainer: Trainer, jobs: int, ledger: Ledger) -> tuple[dict[Place, Stage], Built]:
    """All stages of a path between the ends of a pair."""
    given = ledger.timed("losses of the endpoints", lambda: tasks(pair, draws=DRAWS, name="path speed"))
    print(f"    {len(given.network.targets):,} rows")
    separable = ledger.timed("conditions: one read-out each", lambda: conditions(given))
    print(f"    separable halves: {', '.join(f'{e}{layer}' for e, layer in separable) or 'none'}")
    thinner = Thinner(pair.landscape, pair.theta_a)  # type: ignore[arg-type]  # layered, since the tasks were made
    ledger.timed(f"dropout, {DRAWS} draws, one endpoint", lambda: thinner.stages(DRAWS, "path speed"))
    stages = ledger.timed(f"2(L-1) small networks, {jobs} jobs", lambda: solve_all(given, jobs, trainer))
    a, b = ({layer: s.small for (x, layer), s in stages.items() if x == e} for e in "ab")
    built = ledger.timed("path, types, certificate", lambda: build(pair, a, b, per_segment=2))
    return stages, built


def classes(ledger: Ledger, epochs: int = 20) -> tuple[Separation, ...]:
    """Each digit against all others, on the last features of a trained network 64-512-512-10."""
    data = digits("train")
    trained = train(Recipe((512, 512), epochs=epochs), data, 1)
    network = LayeredTorch(trained.module, nn.CrossEntropyLoss(), data)
    features = network.features(network.parameters(trained.theta), 2).numpy()
    found = ledger.timed("ten classes against the others", lambda: one_versus_rest(features, data.targets, 10))
    print(f"    {sum(each.separable is True for each in found)} of {len(found)} separable, each with its certificate")
    return found


def digits_pair(widths: Sequence[int]) -> Pair:
    """64-100-100-100-10 or other widths, trained as usual."""
    return independent_pair(Recipe(tuple(widths)), digits("train"))


def mnist_pair(rows: int | None, epochs: int) -> Pair:
    """784-245x10-10 by Adam, on the first rows of MNIST or on all."""
    from toykit.bridge.datasets import mnist

    whole = mnist("train")
    data = Data(whole.inputs.reshape(whole.count, -1)[:rows], whole.targets[:rows], 10, "MNIST")
    recipe = Recipe((245,) * 10, epochs=epochs, batch_size=100, learning_rate=1e-3)
    return independent_pair(recipe, data, dtype=torch.float64)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--mnist", action="store_true")
    reader.add_argument("--classes", action="store_true")
    reader.add_argument("--widths", type=int, nargs="+", default=[100, 100, 100])
    reader.add_argument("--rows", type=int)
    reader.add_argument("--epochs", type=int, default=3)
    reader.add_argument("--jobs", type=int, default=1)
    asked = reader.parse_args(list(arguments))
    torch.set_num_threads(1)
    ledger = Ledger()
    if asked.classes:
        classes(ledger)
        return
    name = "MNIST 784-245x10-10" if asked.mnist else f"digits 64-{'-'.join(map(str, asked.widths))}-10"
    make = partial(mnist_pair, asked.rows, asked.epochs) if asked.mnist else partial(digits_pair, asked.widths)
    print(name)
    pair = ledger.timed("training of two endpoints", make)
    ends = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
    trainer: Trainer = partial(trained_by_adam, epochs=10) if asked.mnist else trained_by_lbfgs
    stages, built = measure(pair, trainer, asked.jobs, ledger)
    words = {word: sum(stage.word == word for stage in stages.values()) for word in WORDS}
    print(f"    endpoints {ends[0]:.5f} and {ends[1]:.5f}, path maximum {built.maximum.value:.5f} ({built.maximum.trust.name})")
    print(f"    {weakest(list(stages.values()))}: {', '.join(f'{count} stages {word}' for word, count in words.items())}")
    print(
        f"    {len(built.path.segments)} segments, drift {built.walked.drift:.1e}, largest weight {built.path.largest_weight:.3g}"
    )
    without = sum(work_done for _, work_done, _, _ in ledger.rows[1:])
    print(f"  without the endpoints CPU {without:.2f} s, path {_size(built):.0f} MiB")


def _size(built: Built) -> float:
    """What the waypoints take, in MiB."""
    return sum(8.0 * point.count for point in built.path.waypoints) / MEBI


if __name__ == "__main__":
    main(sys.argv[1:])
