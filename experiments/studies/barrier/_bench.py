"""The bench: networks 2-16-1 on the checkerboard, trained side by side in NumPy float64 by SGD with replacement.

Target sign(sin(1.5 pi x_1) sin(1.5 pi x_2)) at uniform inputs on [-1, 1]^2, loss (1/2) mean square, first weights N(0, 1/2)
and N(0, 1/16), biases 0. Many runs advance at once: a step of one such network costs less than calling NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from toykit.data import checkerboard
from toykit.landscape import Floats
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator


class Course(NamedTuple):
    """One run: first weights and batches of `seed`; from step `branch` on the batches of `stream` instead."""

    seed: int
    branch: int
    stream: int


@dataclass(frozen=True)
class Bench:
    """How the networks of the bench are trained; everything is fixed before the runs."""

    activation: str = "tanh"
    examples: int = 256
    hidden: int = 16
    batch: int = 8
    rate: float = 0.1
    steps: int = 30_000

    @property
    def epoch(self) -> int:
        """The steps that draw as many examples as there are."""
        return self.examples // self.batch

    def landscape(self, number: int = 0) -> MLP:
        """The full-batch loss on the training data, or, for another number, on data drawn anew."""
        data = checkerboard(self.examples, number)
        return MLP((2, self.hidden, 1), self.activation, SquaredLoss(), data)

    def first(self, seed: int) -> tuple[Floats, Floats]:
        """First weights (W | b) (h, 3) and (v | c) (h + 1,)."""
        draw = generator("bench/first weights", seed)
        inner, outer = np.zeros((self.hidden, 3)), np.zeros(self.hidden + 1)
        inner[:, :2] = draw.normal(size=(self.hidden, 2)) / np.sqrt(2)
        outer[:-1] = draw.normal(size=self.hidden) / 4
        return inner, outer

    def rows(self, course: Course) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
        """The examples of every batch, shape (steps, batch)."""
        shape = (self.steps, self.batch)
        found = generator("bench/trunk", course.seed).integers(self.examples, size=shape, dtype=np.int16)
        own = generator("bench/branch", course.stream).integers(self.examples, size=shape, dtype=np.int16)
        found[course.branch :] = own[course.branch :]
        return found


@lru_cache(maxsize=2)
def trained(bench: Bench, courses: tuple[Course, ...], at: tuple[int, ...]) -> dict[int, list[Parameters]]:
    """The points of all runs after the steps in `at`, 0 among those allowed; kept, since several measurements use them."""
    net = bench.landscape()
    xs, ys = np.column_stack([net.inputs, np.ones(bench.examples)]), net.targets[:, 0]
    starts = [bench.first(course.seed) for course in courses]
    inner, outer = np.stack([start[0] for start in starts]), np.stack([start[1] for start in starts])
    rows = np.stack([bench.rows(course) for course in courses], axis=1)
    features = np.ones((len(courses), bench.batch, bench.hidden + 1))
    hidden = features[:, :, :-1]
    found = {0: _points(net, inner, outer)} if 0 in at else {}
    for step in range(1, max(at) + 1):
        chosen = rows[step - 1]
        x = xs[chosen]
        z = x @ inner.transpose(0, 2, 1)
        if bench.activation == "tanh":
            np.tanh(z, out=hidden)
            slope = 1 - hidden * hidden
        else:
            np.maximum(z, 0, out=hidden)
            slope = (z > 0).astype(np.float64)
        residual = ((features @ outer[:, :, None])[:, :, 0] - ys[chosen]) * (bench.rate / bench.batch)
        back = residual[:, :, None] * outer[:, None, :-1] * slope
        outer -= (residual[:, None, :] @ features)[:, 0]
        inner -= back.transpose(0, 2, 1) @ x
        if step in at:
            found[step] = _points(net, inner, outer)
    return found


def epochs(bench: Bench, count: int) -> tuple[int, ...]:
    """The steps at the end of about `count` log-spaced epochs, the last step included."""
    last = bench.steps // bench.epoch
    numbers = np.unique(np.rint(np.geomspace(1, last, count)).astype(int))
    return (*(int(number) * bench.epoch for number in numbers[:-1]), bench.steps)


def independent(bench: Bench, seeds: Iterable[int], *, first: bool = False) -> list[Parameters]:
    """Networks of different first weights and batches after the whole training, or before it."""
    courses = tuple(Course(seed, 0, seed) for seed in seeds)
    return trained(bench, courses, (0, bench.steps))[0 if first else bench.steps]


def branches(seeds: Sequence[int], ks: Sequence[int]) -> tuple[Course, ...]:
    """Two courses for every seed and every branching step, one after the other."""
    numbered = [(seed, number, k) for seed in seeds for number, k in enumerate(ks)]
    return tuple(Course(seed, k, 1000 * (seed + 1) + 10 * number + copy) for seed, number, k in numbered for copy in (1, 2))


def _points(net: MLP, inner: Floats, outer: Floats) -> list[Parameters]:
    rows = zip(inner, outer, strict=True)
    return [net.point(w[:, :-1], w[:, -1], v[None, :-1], v[-1:]) for w, v in rows]
