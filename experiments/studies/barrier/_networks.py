"""The networks that the studies look at: the bench in NumPy, and small classifiers of images in torch, behind one interface."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from experiments.studies.barrier._bench import Bench, Course, branches, independent, trained
from toykit.bridge.data import data
from toykit.bridge.landscapes.layered import landscape
from toykit.bridge.training.recipe import LOSSES, Recipe
from toykit.bridge.training.train import train, train_branched
from toykit.data import Data
from toykit.landscape import Layered, Pair
from toykit.parameters import Parameters

Points = dict[int, Parameters]


@dataclass(frozen=True)
class Fork:
    """Two runs that part at the step k: the first weights, the base theta_0(k), and the points of both runs by step."""

    seed: int
    k: int
    initial: Parameters
    base: Parameters
    a: Points
    b: Points

    def pair(self, net: Layered, step: int | None = None) -> Pair:
        """The pair after a step, seen from its branching point; after the last one if none is given."""
        at = max(self.a) if step is None else step
        return Pair(net, self.a[at], self.b[at], f"seed {self.seed}, branched at {self.k}, step {at}", self.base)


@dataclass(frozen=True)
class Images:
    """Dense classifiers of images with cross-entropy on the first `count` training examples."""

    name: str
    recipe: Recipe
    count: int | None = None

    def data(self, split: str) -> Data:
        """The examples, as vectors."""
        found = data(self.name, split)
        rows = slice(self.count)
        return Data(found.inputs[rows], found.targets[rows], found.classes, f"{self.name} ({split})")

    def landscape(self, split: str) -> Layered:
        """The full-batch loss on a split."""
        examples = self.data(split)
        found = landscape(self.recipe.module(examples), LOSSES[self.recipe.loss](), examples)
        if not isinstance(found, Layered):
            raise TypeError(f"the images benches are chains of dense layers; {self.name} is not one")
        return found


SMOOTH = "tanh 2-16-1"
EXACT = "relu 2-16-1"
KINKED = "relu 2-12-1"
CLASSES = "digits tanh 32-32"
GATES = "digits relu 32-32"
MNIST = "mnist relu 100"

BENCHES: dict[str, Bench | Images] = {
    SMOOTH: Bench(),
    EXACT: Bench("relu", examples=64),
    KINKED: Bench("relu", examples=40, hidden=12),
    CLASSES: Images("digits", Recipe((32, 32), "tanh", epochs=20, learning_rate=3e-3)),
    GATES: Images("digits", Recipe((32, 32), "relu", epochs=20, learning_rate=3e-3)),
    MNIST: Images("mnist", Recipe((100,), "relu", epochs=10, batch_size=128), count=10_000),
}
"""The exact engine takes the piecewise linear ones with squared loss: 1,024 gates in a fraction of a second."""


@cache
def training_landscape(name: str) -> Layered:
    """L on the training data of a bench."""
    bench = BENCHES[name]
    return bench.landscape() if isinstance(bench, Bench) else bench.landscape("train")


@cache
def test_landscape(name: str) -> Layered:
    """L on data that no run has seen: drawn anew, or the test split."""
    bench = BENCHES[name]
    return bench.landscape(1) if isinstance(bench, Bench) else bench.landscape("test")


def steps(name: str) -> int:
    """The steps of a whole training."""
    bench = BENCHES[name]
    return bench.steps if isinstance(bench, Bench) else bench.recipe.epochs * bench.recipe.batches(bench.data("train").count)


def alone(name: str, seeds: Sequence[int], *, first: bool = False) -> list[Parameters]:
    """Networks of different first weights and batches after the whole training, or, if `first`, before it."""
    bench = BENCHES[name]
    if isinstance(bench, Bench):
        return independent(bench, seeds, first=first)
    recipe, examples = replace(bench.recipe, epochs=0) if first else bench.recipe, bench.data("train")
    return [_point(name, train(recipe, examples, seed).theta) for seed in seeds]


def forks(name: str, seeds: Sequence[int], ks: Sequence[int], at: Sequence[int] = ()) -> Iterator[Fork]:
    """Two runs for every seed and k, at the steps `at` after the branching and at the end; images know the end only."""
    bench = BENCHES[name]
    yield from _toy_forks(bench, seeds, ks, at) if isinstance(bench, Bench) else _image_forks(name, bench, seeds, ks)


def _toy_forks(bench: Bench, seeds: Sequence[int], ks: Sequence[int], at: Sequence[int]) -> Iterator[Fork]:
    courses = branches(seeds, ks)
    found = trained(bench, courses, tuple(sorted({0, *ks, *at, bench.steps})))
    for index in range(0, len(courses), 2):
        course: Course = courses[index]
        after = [step for step in found if step > course.branch]
        a, b = ({step: found[step][index + copy] for step in after} for copy in (0, 1))
        yield Fork(course.seed, course.branch, found[0][index], found[course.branch][index], a, b)


def _image_forks(name: str, bench: Images, seeds: Sequence[int], ks: Sequence[int]) -> Iterator[Fork]:
    examples, last = bench.data("train"), steps(name)
    for seed in seeds:
        (initial,) = alone(name, [seed], first=True)
        for number, k in enumerate(ks):
            own = (1000 * (seed + 1) + 10 * number + 1, 1000 * (seed + 1) + 10 * number + 2)
            found = train_branched(bench.recipe, examples, seed, k, own)
            base, a, b = (_point(name, theta) for theta in (found.theta_0, found.a.theta, found.b.theta))
            yield Fork(seed, k, initial, base, {last: a}, {last: b})


def _point(name: str, theta: Parameters) -> Parameters:
    found: Parameters = training_landscape(name).parameters(theta)  # type: ignore[attr-defined]
    return found
