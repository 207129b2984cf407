"""What the paths refuse or leave uncertified, and in which words: room, dead units, weight decay, labels, programs, trainings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from toykit.checks.connectivity import (
    dropout_stability,
    rebuilt_features,
    separable_features,
    square_root_width,
    waypoint_certificate,
    wide_layer,
)
from toykit.connectivity import readouts, stages
from toykit.connectivity.certificate import maximum
from toykit.connectivity.comparison import comparison
from toykit.connectivity.descend import descend
from toykit.connectivity.join import connect
from toykit.connectivity.rebuilding import Halves
from toykit.connectivity.separability import separate
from toykit.connectivity.square_root import Task as MemoryTask
from toykit.connectivity.square_root import Widths
from toykit.connectivity.stages import solve_all, tasks
from toykit.connectivity.subnetwork import Subnetwork
from toykit.connectivity.toys import point, random_nets, small_nets
from toykit.connectivity.units import Layers
from toykit.data import Data
from toykit.errors import InputError, NonFiniteError
from toykit.landscape import Pair, Traits
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.paths import Path
from toykit.seeds import generator
from toykit.tolerances import SOLVED
from toykit.verdict import Result, Trust, Verdict


def test_room_that_does_not_suffice_names_layer_need_and_what_is_free() -> None:
    pair = small_nets(0)
    layers = Layers.of(pair.landscape, pair.theta_a)
    last, outputs = layers.sizes[-2], layers.sizes[-1]
    hidden = layers.depth - 1
    every = Subnetwork(hidden, tuple(range(last)), (np.zeros((outputs, last)),), (np.zeros(outputs),))
    stages = {hidden: every}
    for layer in range(1, hidden):
        sizes = (layers.sizes[layer], *layers.sizes[layer + 1 :])
        weights = tuple(np.zeros((b, a)) for a, b in pairwise(sizes))
        stages[layer] = Subnetwork(layer, tuple(range(sizes[0])), weights, tuple(np.zeros(b) for b in sizes[1:]))
    if hidden == 1:
        with pytest.raises(InputError, match=rf"layer 1 has 0 free of {last} and {last} are needed"):
            connect(layers, pair.theta_a, pair.theta_b, stages, stages)
    else:
        with pytest.raises(InputError, match=rf"layer {hidden} has 0 free of {last} and {last} are needed"):
            descend(layers, pair.theta_a, stages)


def test_a_table_says_where_there_is_no_room() -> None:
    data = Data([[-1.0], [1.0], [2.0]], [0, 1, 0], 2)
    net = MLP((1, 1, 2), "relu", CrossEntropy(), data)
    draw = generator("no room")
    rows = {row.way: row for row in comparison(Pair(net, net.draw(draw), net.draw(draw)), draws=1)}
    assert "(R3) at layer 1" in rows["rebuilt path"].note
    assert "needs 2 units of 1" in rows["rebuilt path"].note
    assert rows["rebuilt path"].word == rows["dropout-stable path"].word == "not certified"
    assert rows["rebuilt path"].maximum is None


def test_dead_units_are_drawn_again_and_it_is_said() -> None:
    """Six hidden units of the first layer see nothing; a kept half of these alone cannot tell examples apart."""
    draw = generator("dead units")
    net = MLP((4, 8, 30, 30, 2), "relu", CrossEntropy(), Data(draw.normal(size=(8, 4)), np.arange(8) % 2, 2))
    theta = net.draw(draw)
    name = str(net.bias_name(1))
    bias = theta[name].copy()
    bias[:6], bias[6:] = -100.0, 10.0
    theta = theta.replace({name: bias})
    assert (net.features(theta, 1)[:, :6] == 0).all()
    task = MemoryTask.of(net, theta, 0.1, "dead units")
    made, kept, allowed = task.deep(1, Widths(8, 1, 30, 30, (8,)), 20)
    assert allowed
    assert made.residual <= SOLVED
    assert set(kept) & {6, 7}
    everything_dead = theta.replace({name: np.full(8, -100.0)})
    made, _, allowed = MemoryTask.of(net, everything_dead, 0.1, "dead units").deep(1, Widths(8, 1, 30, 30, (8,)), 5)
    assert not allowed
    assert made.residual > SOLVED


def test_a_redrawn_set_is_named() -> None:
    found = []
    for number in range(20):
        draw = generator("redrawn", number)
        net = MLP((4, 8, 30, 30, 2), "relu", CrossEntropy(), Data(draw.normal(size=(8, 4)), np.arange(8) % 2, 2))
        theta = net.draw(draw)
        bias = theta["layers.1.bias"].copy()
        bias[:6], bias[6:] = -100.0, 10.0
        task = MemoryTask.of(net, theta.replace({"layers.1.bias": bias}), 0.1, f"redrawn {number}")
        made, _, allowed = task.deep(1, Widths(8, 1, 30, 30, (8,)), 20)
        if allowed and "draw" in made.how:
            found.append(made.how)
    assert found
    assert all("of kept units" in how for how in found)


class Decayed(MLP):
    """A loss with weight decay, which says so."""

    @property
    def traits(self) -> Traits:
        return replace(super().traits, full_batch=False)

    def loss(self, theta: Parameters) -> float:
        return super().loss(theta) + 0.05 * theta.norm() ** 2


def decayed(pair: Pair) -> Pair:
    net = pair.landscape
    assert isinstance(net, MLP)
    return replace(pair, landscape=Decayed(net.sizes, net.activation, net.criterion, net.data, net.biased))


@pytest.mark.parametrize(
    "check",
    [
        separable_features.check,
        rebuilt_features.check,
        dropout_stability.check,
        square_root_width.check,
        waypoint_certificate.check,
        wide_layer.check,
    ],
)
def test_weight_decay_withholds_the_certificate(check: Callable[[Pair], Result]) -> None:
    result = check(decayed(small_nets(2)))
    assert result.verdict is Verdict.INAPPLICABLE
    assert "weight decay" in result.reason


def test_with_weight_decay_the_maximum_is_a_sample() -> None:
    pair = decayed(small_nets(2))
    halves = Halves.of(pair, pair.landscape)
    stages = [halves.stages(theta, "decay", draws=1) for theta in (pair.theta_a, pair.theta_b)]
    path = connect(halves.layers, pair.theta_a, pair.theta_b, *stages)
    found = maximum(pair.landscape, path)
    assert found.trust is Trust.ESTIMATED
    assert "full-batch" in found.note
    assert maximum(small_nets(2).landscape, path).trust is Trust.EXACT


class Rounded(MLP):
    """A network that computes in single precision, and says so."""

    @property
    def traits(self) -> Traits:
        return replace(super().traits, precision="float32")


def test_in_single_precision_the_maximum_is_a_sample() -> None:
    pair = small_nets(2)
    net = pair.landscape
    assert isinstance(net, MLP)
    rounded = replace(pair, landscape=Rounded(net.sizes, net.activation, net.criterion, net.data, net.biased))
    halves = Halves.of(rounded, rounded.landscape)
    stages = [halves.stages(theta, "decay", draws=1) for theta in (pair.theta_a, pair.theta_b)]
    found = maximum(rounded.landscape, connect(halves.layers, pair.theta_a, pair.theta_b, *stages))
    assert found.trust is Trust.ESTIMATED
    assert "float32 rounds" in found.note


@pytest.mark.parametrize("labels", [[0, 1, 3], [-1, 0, 1]])
def test_labels_lie_between_0_and_k_minus_1(labels: list[int]) -> None:
    with pytest.raises(InputError, match=r"labels are whole numbers from 0 to 2"):
        Data(np.zeros((3, 2)), labels, 3)
    with pytest.raises(InputError, match=r"labels are whole numbers from 0 to 2"):
        separate(np.eye(3), np.array(labels), 3)


@pytest.mark.parametrize(("status", "said"), [(2, "infeasible"), (3, "unbounded")])
def test_a_program_without_an_optimum_is_one_sentence(monkeypatch: pytest.MonkeyPatch, status: int, said: str) -> None:
    monkeypatch.setattr(readouts, "linprog", lambda *_, **__: SimpleNamespace(status=status, message=f"the problem is {said}"))
    with pytest.raises(InputError, match=f"the solver says: the problem is {said}"):
        separate(np.array([[0.0], [1.0], [2.0]]), np.array([0, 1, 0]), 2)


def test_what_counts_is_the_measured_loss_not_the_proof_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-out that separates, but whose rounding at huge weights leaves the loss above the target, certifies nothing."""
    pair = small_nets(2)
    task = next(t for t in tasks(pair, draws=3, name="measured", target=1.0).values() if t.layer == pair.landscape.depth - 1)
    assert stages.solve(task).word == "certified by theorem"
    monkeypatch.setattr(stages, "_loss", lambda *_: 2.0)
    assert stages.solve(task).word == "not certified"


def test_features_are_finite() -> None:
    with pytest.raises(NonFiniteError, match="1 of 2 are NaN"):
        separate(np.array([[0.0], [np.nan]]), np.array([0, 1]), 2)


def test_a_training_that_does_not_reach_the_target_is_not_certified_at_what_it_reached() -> None:
    """Two equal examples of different classes: no network has a smaller mean than log 2 on them."""
    data = Data([[1.0, 2.0], [1.0, 2.0]], [0, 1], 2)
    net = MLP((2, 6, 6, 2), "tanh", CrossEntropy(), data)
    draw = generator("out of reach")
    pair = Pair(net, net.draw(draw), net.draw(draw))
    given = tasks(pair, draws=2, name="out of reach", target=0.1)
    for stage in solve_all(given).values():
        assert stage.word == "not certified"
        assert stage.loss >= np.log(2) * (1 - SOLVED)
        assert stage.loss == min(stage.tried.values())


class Hinged(MLP):
    """A loss that no small network is trained for."""

    @property
    def traits(self) -> Traits:
        return replace(super().traits, factor=None, loss="hinge")


def test_another_loss_is_refused_in_words() -> None:
    pair = random_nets(0)
    net = pair.landscape
    other = Hinged(net.sizes, net.activation, net.criterion, net.data, net.biased)
    with pytest.raises(InputError, match="cross-entropy or squared loss; got hinge"):
        tasks(replace(pair, landscape=other), draws=1, name="hinge")


def test_a_path_needs_both_ends_in_one_shape() -> None:
    with pytest.raises(InputError):
        Path.chord(point([np.zeros((2, 2))]), point([np.zeros((3, 2))]))
