"""Many runs at once are the same runs one by one, branches share their trunk, and every landscape fits its points."""

import numpy as np
import pytest

from experiments.studies.barrier import _networks as networks
from experiments.studies.barrier._bench import Bench, Course, branches, epochs, independent, trained
from toykit import tolerances
from toykit.data import Data
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters


def one_by_one(bench: Bench, course: Course) -> Parameters:
    """The naive twin: the gradient of the toy network on every batch, one run, one step at a time."""
    net = bench.landscape()
    (theta,) = trained(bench, (course,), (0,))[0]
    for rows in bench.rows(course):
        batch = Data(net.inputs[rows], net.targets[rows])
        theta = theta - MLP(net.sizes, bench.activation, SquaredLoss(), batch).gradient(theta) * bench.rate
    return theta


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_side_by_side_is_one_by_one(activation: str) -> None:
    bench = Bench(activation, examples=16, hidden=3, batch=4, steps=30)
    courses = (Course(0, 10, 7), Course(1, 0, 8))
    for course, theta in zip(courses, trained(bench, courses, (30,))[30], strict=True):
        assert (theta - one_by_one(bench, course)).norm() <= tolerances.SOLVED * theta.norm()


def test_branches_share_their_trunk_and_part_after_it() -> None:
    bench = Bench(examples=16, hidden=3, batch=4, steps=40)
    found = trained(bench, branches((0,), (0, 20)), (0, 20, 21, 40))
    assert (found[20][2] - found[20][3]).norm() == 0
    assert (found[21][2] - found[21][3]).norm() > 0
    assert (found[0][0] - found[0][2]).norm() == 0
    assert (found[40][0] - found[40][2]).norm() > 0


def test_independent_networks_differ_from_the_start() -> None:
    bench = Bench(examples=16, hidden=3, batch=4, steps=5)
    first, last = independent(bench, (0, 1), first=True), independent(bench, (0, 1))
    assert (first[0] - first[1]).norm() > 0
    assert (first[0] - last[0]).norm() > 0


def test_epochs_are_whole_and_end_with_the_training() -> None:
    bench = Bench()
    found = epochs(bench, 10)
    assert found[-1] == bench.steps
    assert all(step % bench.epoch == 0 for step in found[:-1])
    assert list(found) == sorted(set(found))


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("name", networks.BENCHES)
def test_a_fork_lies_on_the_landscape_of_its_bench(name: str) -> None:
    net = networks.training_landscape(name)
    (fork,) = networks.forks(name, (0,), (2,))
    pair = fork.pair(net)
    assert (pair.theta_a - pair.theta_b).norm() > 0
    assert (fork.initial - fork.base).norm() > 0
    (start,) = networks.alone(name, [0], first=True)
    assert (start - fork.initial).norm() == 0
    assert np.isfinite(networks.test_landscape(name).loss(pair.theta_a))
    assert max(fork.a) == networks.steps(name)
