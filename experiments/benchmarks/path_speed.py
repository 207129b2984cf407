"""What a connecting path costs, stage by stage: conditions, small trainings, the path itself and its certificate.

Seconds and peak memory of this process after each stage, for digits 64-100-100-100-10 with small trainings by L-BFGS;
`--widths 24 24 24 24 24` takes other widths, at which nothing is separable and the small networks are trained. With
`--mnist` MNIST 784-245x10-10 (its files in $TOYKIT_DATA), small trainings by Adam; `--rows 10000` takes the first examples,
`--epochs 3` trains the endpoints that long, `--jobs 4` works on the stages in so many processes.
Run it by `python -m experiments.benchmarks.path_speed`.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import torch

from toykit.bridge import Recipe, digits, independent_pair
from toykit.bridge.training.small_networks import trained_by_adam
from toykit.connectivity.built import Built, build
from toykit.connectivity.separability import separator
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
    """Name, seconds and peak memory in MiB after every stage."""

    rows: list[tuple[str, float, float]] = field(default_factory=list)

    def timed(self, name: str, work: Callable[[], T]) -> T:
        """The result of the work, which is entered under its name."""
        started = time.perf_counter()
        found = work()
        self.rows.append((name, time.perf_counter() - started, peak()))
        print(f"  {name:32} {self.rows[-1][1]:9.2f} s   peak {self.rows[-1][2]:8.0f} MiB", flush=True)
        return found


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
    separable = ledger.timed("conditions: one read-out each", lambda: conditions(given))
    print(f"    separable halves: {', '.join(f'{e}{layer}' for e, layer in separable) or 'none'}")
    thinner = Thinner(pair.landscape, pair.theta_a)  # type: ignore[arg-type]  # layered, since the tasks were made
    ledger.timed(f"dropout, {DRAWS} draws, one endpoint", lambda: thinner.stages(DRAWS, "path speed"))
    stages = ledger.timed(f"2(L-1) small networks, {jobs} jobs", lambda: solve_all(given, jobs, trainer))
    a, b = ({layer: s.small for (x, layer), s in stages.items() if x == e} for e in "ab")
    built = ledger.timed("path, types, certificate", lambda: build(pair, a, b, per_segment=2))
    return stages, built


def digits_pair(widths: Sequence[int]) -> Pair:
    """64-100-100-100-10 or other widths, trained as usual."""
    return independent_pair(Recipe(tuple(widths)), digits("train"))


def mnist_pair(rows: int | None, epochs: int) -> Pair:
    """784-245x10-10 by SGD with momentum, on the first rows of MNIST or on all."""
    from toykit.bridge.datasets import mnist

    whole = mnist("train")
    data = Data(whole.inputs.reshape(whole.count, -1)[:rows], whole.targets[:rows], 10, "MNIST")
    recipe = Recipe((245,) * 10, epochs=epochs, batch_size=100, learning_rate=1e-3)
    return independent_pair(recipe, data, dtype=torch.float64)


def main(arguments: Sequence[str] = ()) -> None:
    """Print the table."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--mnist", action="store_true")
    reader.add_argument("--widths", type=int, nargs="+", default=[100, 100, 100])
    reader.add_argument("--rows", type=int)
    reader.add_argument("--epochs", type=int, default=3)
    reader.add_argument("--jobs", type=int, default=1)
    asked = reader.parse_args(list(arguments))
    torch.set_num_threads(1)
    ledger = Ledger()
    print("MNIST 784-245x10-10" if asked.mnist else f"digits 64-{'-'.join(map(str, asked.widths))}-10")
    make = partial(mnist_pair, asked.rows, asked.epochs) if asked.mnist else partial(digits_pair, asked.widths)
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
    print(f"  without the endpoints {sum(seconds for _, seconds, _ in ledger.rows[1:]):.2f} s, path {_size(built):.0f} MiB")


def _size(built: Built) -> float:
    """What the waypoints take, in MiB."""
    return sum(8.0 * point.count for point in built.path.waypoints) / MEBI


if __name__ == "__main__":
    main(sys.argv[1:])
