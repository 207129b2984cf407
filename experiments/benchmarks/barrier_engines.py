"""One barrier, six ways: grids, search, adaptive jets, certified enclosures, also on exact pieces, and the exact supremum.

CPU seconds and the ratio to a 25-point grid of the same chord; grids, searches and adaptive jets give lower bounds only. A
jet counts as one evaluation and costs about five values. Where there are classes, the barrier of the error follows. Two
processes are compared with one by the clock on the wall, in one run. Run it by
`python -m experiments.benchmarks.barrier_engines`, with `--quick` for the small chords alone.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import torch

from toykit.barriers import adaptive_barrier, barriers, certified_barrier, exact_barrier
from toykit.barriers.measured import barrier
from toykit.barriers.mistakes import certified_error, exact_error
from toykit.barriers.piecewise import certified_barrier_on_pieces
from toykit.bridge import Recipe, digits, independent_pair
from toykit.chord import error_profile, grid, profile
from toykit.data import Data, checkerboard, gaussian_clusters, one_hot
from toykit.landscape import Pair
from toykit.networks.fixtures import grid_evader

if TYPE_CHECKING:
    from toykit.barriers.exact import ExactBarrier

GRIDS = (11, 25, 101)
WIDE = (512, 512)
SECONDS = 60.0


def chords(quick: bool) -> Iterator[tuple[str, Pair, bool]]:
    """Name, pair, and whether it is small enough for exact pieces."""
    yield "three ReLU units, 0 on 11 points", grid_evader(), True
    board = checkerboard(256)
    recipe = Recipe((256,), "relu", "squared", epochs=30, precision="float32")
    yield "2-256-1 ReLU, squared, 256 points", independent_pair(recipe, board), True
    if not quick:
        yield "2-256-1 ReLU, squared, 1,024 points", independent_pair(recipe, checkerboard(1024)), True
    clusters = gaussian_clusters(256, 20, 5, 3)
    yield "20-32-32-5 ReLU, cross-entropy, 256 points", independent_pair(Recipe((32, 32), epochs=8), clusters), True
    data = digits("train")
    for activation in ("relu", "tanh"):
        pair = independent_pair(Recipe((64, 64), activation), data)
        yield f"64-64-64-10 {activation}, cross-entropy, 1,437 digits", pair, False
    if quick:
        return
    labels = gaussian_clusters(1000, 784, 10, 20, spread=1.5)
    vectors = Data(labels.inputs, one_hot(labels.targets, 10), name=labels.name)
    for activation, loss in (("relu", "squared"), ("tanh", "squared"), ("relu", "cross-entropy"), ("tanh", "cross-entropy")):
        recipe = Recipe(WIDE, activation, "squared" if loss == "squared" else "cross-entropy", epochs=5)
        data = vectors if loss == "squared" else labels
        yield f"784-512-512-10 {activation}, {loss}, 1,000 points", independent_pair(recipe, data), False


def timed(task: Callable[[], str]) -> tuple[str, float]:
    """What the task found, and its CPU seconds."""
    started = time.process_time()
    return task(), time.process_time() - started


def ways(pair: Pair, pieces: bool) -> Iterator[tuple[str, Callable[[], str]]]:
    """Every way to a barrier of the pair; the 25-point grid first, since the others are compared with it."""

    def on_grid(points: int) -> Callable[[], str]:
        return lambda: f"{barriers(profile(pair, grid(points))).barrier.value:.9g}"

    def searched() -> str:
        found = barrier(pair)
        return f"{found.value:.9g}  {found.note}"

    def adaptive(relative: float) -> Callable[[], str]:
        return lambda: f"{(found := adaptive_barrier(pair, relative=relative)).value:.9g}  {found.number.note}"

    def certified(relative: float) -> Callable[[], str]:
        def run() -> str:
            found = certified_barrier(pair, relative=relative, seconds=SECONDS)
            return f"[{found.lo:.9g}, {found.hi:.9g}]  {found.stopped}, {found.evaluations} evaluations"

        return run

    def on_pieces() -> str:
        found = certified_barrier_on_pieces(pair, relative=1e-4, seconds=SECONDS)
        return f"[{found.lo:.9g}, {found.hi:.9g}]  {found.stopped}, {found.evaluations} evaluations"

    def exactly() -> str:
        found = exact_barrier(pair)
        return f"{float(found.lo):.9g}  {found.breakpoints} break points, {found.solved} of {found.cells} cells solved"

    def in_two() -> str:
        (alone, one), (shared, two) = (on_the_wall(partial(exact_barrier, pair, processes=count)) for count in (1, 2))
        same = "same" if alone == shared else "OTHER"
        return f"{two:.2f} s against {one:.2f} s on the wall, {one / two:.2f} x, {same} rationals"

    def exact_steps() -> str:
        found = exact_error(pair)
        return f"{found.barriers().barrier.value:.9g}  {len(found.between)} constant pieces"

    def certified_margins() -> str:
        found = certified_error(pair, seconds=SECONDS)
        enclosed = found.barriers.barrier
        return f"[{enclosed.lo:.9g}, {enclosed.hi:.9g}]  {found.stopped}, {found.evaluations} evaluations"

    for points in sorted(GRIDS, key=lambda points: points != 25):
        yield f"grid of {points}", on_grid(points)
    yield "search", searched
    for relative in (1e-3, 1e-4):
        yield f"adaptive {relative:g}", adaptive(relative)
    for relative in (1e-3, 1e-4):
        yield f"certified {relative:g}", certified(relative)
    if pieces:
        yield "on pieces 0.0001", on_pieces
    if pieces and pair.landscape.traits.factor is not None:
        yield "exact", exactly
        yield "two processes", in_two
    if pair.landscape.error(pair.theta_a) is None:
        return
    yield "error on 25", lambda: f"{barriers(error_profile(pair, grid(25))).barrier.value:.9g}"
    yield "error certified", certified_margins
    if pieces:
        yield "error exact", exact_steps


def on_the_wall(task: Callable[[], ExactBarrier]) -> tuple[ExactBarrier, float]:
    """What the task found, and the seconds that passed."""
    started = time.perf_counter()
    return task(), time.perf_counter() - started


def main(arguments: Sequence[str] = ()) -> None:
    """Print one block per chord."""
    torch.set_num_threads(1)
    for name, pair, pieces in chords("--quick" in arguments):
        print(name, flush=True)
        floor = None
        for way, task in ways(pair, pieces):
            found, seconds = timed(task)
            floor = seconds if floor is None else floor
            print(f"  {way:16} {seconds:8.3f} s {seconds / floor:8.1f} x  {found}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
