"""Weight matching of two digits networks 64-W-W-10: CPU seconds against its assignment problems alone, and what restarts buy.

The floor is `scipy.optimize.linear_sum_assignment` on the very matrices that the run solves. Then, for several seeds of the
restarts, the distance |theta_a - P theta_b| and the barrier on 25 points; at last, how often a planted permutation of a trained
network is found again. Run it by `python -m experiments.benchmarks.matching_speed`, `--quick` with fewer repeats and seeds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch

from experiments.benchmarks.profile_speed import WIDTHS, fastest
from toykit.barriers import barriers
from toykit.bridge import Recipe, digits, independent_pair
from toykit.chord import profile
from toykit.landscape import Floats, Pair
from toykit.matching import Alignment, Matching, activation_matching, identity, inverse, rebasin, weight_matching
from toykit.matching.matching import layered
from toykit.matching.search import assignment
from toykit.parameters import Parameters
from toykit.seeds import generator

REPEATS = {64: 50, 512: 4}
SEEDS, PLANTED = 5, 10


def solved(pair: Pair) -> list[Floats]:
    """The matrices of the assignment problems that one descent from the order as it is solves."""
    found: list[Floats] = []

    class Recorded(Alignment):
        def gains(self, layer: int, perm: object) -> Floats:
            found.append(super().gains(layer, perm))  # type: ignore[arg-type]
            return found[-1]

    net = layered(pair)
    Recorded(net, pair.theta_a, pair.theta_b).descend(identity(net), list(identity(net)))
    return found


def timings(pair: Pair, repeats: int) -> dict[str, float]:
    """CPU seconds of the assignments of one run, of one run, of the best of 8 restarts, and of activation matching."""
    matrices = solved(pair)
    tasks: dict[str, Callable[[], object]] = {
        "assignments": lambda: [assignment(matrix) for matrix in matrices],
        "one run": lambda: weight_matching(pair, restarts=1),
        "best of 8": lambda: weight_matching(pair, restarts=8),
        "activation matching": lambda: activation_matching(pair, similarity="product"),
    }
    return fastest(tasks, repeats)


def quality(pair: Pair, theta: Parameters) -> str:
    """Distance and barrier of theta_a and theta."""
    found = barriers(profile(replace(pair, theta_b=theta))).barrier.value
    return f"distance {(pair.theta_a - theta).norm():.3f}, barrier {found:.5f}"


def planted(pair: Pair, match: Callable[[Pair], Matching], count: int) -> int:
    """How many of `count` random permutations of theta_a are found again, every unit at its place."""
    net, hits = layered(pair), 0
    for number in range(count):
        stream = generator("planted permutation", number)
        perm = {layer: stream.permutation(width) for layer, width in enumerate(net.widths, start=1)}
        found = match(replace(pair, theta_b=rebasin(net, pair.theta_a, perm))).perm
        hits += all(np.array_equal(found[layer], order) for layer, order in inverse(perm).items())
    return hits


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    torch.set_num_threads(1)
    quick = "--quick" in arguments
    for width in WIDTHS:
        pair = independent_pair(Recipe((width, width)), digits("train"), dtype=torch.float32)
        found = timings(pair, max(2, REPEATS[width] // (5 if quick else 1)))
        shown = (f"{name} {1e3 * seconds:.1f} ({seconds / found['assignments']:.2f})" for name, seconds in found.items())
        print(f"W = {width}, CPU ms (ratio to the assignments of one run): " + ", ".join(shown), flush=True)
        print(f"  as trained            {quality(pair, pair.theta_b)}")
        for name, match in (("activation, correlation", "correlation"), ("activation, product", "product")):
            theta = activation_matching(pair, similarity=match, place="pre").theta  # type: ignore[arg-type]
            print(f"  {name:23} {quality(pair, theta)}", flush=True)
        for seed in range(2 if quick else SEEDS):
            best = weight_matching(pair, seed=seed)
            ends = ", ".join(f"{objective:.3f}" for objective in best.objectives)
            print(f"  weight, seed {seed}: {quality(pair, best.theta)}, change {best.change:.1e}, objectives {ends}", flush=True)
        count = 2 if quick else PLANTED
        for name, match_planted in (("weight", weight_matching), ("activation, pre", _before)):
            print(f"  planted permutation found by {name}: {planted(pair, match_planted, count)} of {count}", flush=True)


def _before(pair: Pair) -> Matching:
    return activation_matching(pair, place="pre")


if __name__ == "__main__":
    main(sys.argv[1:])
