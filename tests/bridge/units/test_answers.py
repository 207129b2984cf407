"""Activation matching over traced groups: the dense special case, planted elements, parts of the data, a loop over places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import (
    TorchLandscape,
    from_toy,
    lenet,
    resnet20,
    traced_activation_matching,
    translated,
    vgg11,
)
from toykit.bridge.evaluating import passes
from toykit.bridge.models.transformers import vision_transformer
from toykit.bridge.tracing import symmetries
from toykit.bridge.tracing.places import places
from toykit.bridge.tracing.running import Runner
from toykit.bridge.units import answers
from toykit.data import gaussian_clusters
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.matching import activation_matching
from toykit.networks import MLP
from toykit.networks.fixtures import m4
from toykit.seeds import generator
from toykit.symmetry import Symmetries
from toykit.tolerances import ROUNDING

BUILT: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "lenet": (lenet, (1, 28, 28)),
    "vgg11": (partial(vgg11, "none", width=4), (3, 32, 32)),
    "resnet20, batch": (partial(resnet20, "batch", width=4), (3, 8, 8)),
    "resnet20, layer": (partial(resnet20, "layer", width=4), (3, 8, 8)),
    "vision transformer": (vision_transformer, (3, 16, 16)),
}


def images(shape: tuple[int, ...], count: int = 12) -> Tensor:
    return torch.from_numpy(generator("images").normal(size=(count, *shape)))


@cache
def planted(name: str) -> tuple[Pair, Symmetries, dict[str, np.ndarray]]:
    """A network and itself in another order, their symmetries, and the order that undoes it."""
    build, shape = BUILT[name]
    module, inputs = build(), images(shape)
    moving = "move" if name.endswith("batch") else None
    net = TorchLandscape(module, nn.CrossEntropyLoss(), (inputs, torch.arange(12) % 10), mode="eval", statistics=moving)
    groups = symmetries(module, inputs[:2], check=False)
    element = groups.random(generator("planted", 1))
    return Pair(net, net.parameters(), groups.permute(net.parameters(), element), name), groups, groups.inverse(element)


@pytest.fixture(scope="module")
def dense() -> Pair:
    """Two points of a torch twin of a tanh network 3-6-5-2."""
    toy = MLP((3, 6, 5, 2), "tanh", CrossEntropy(), gaussian_clusters(20, 3, 2))
    stream, net = generator("dense answers"), from_toy(toy)
    return Pair(net, *(translated(toy.draw(stream), toy, net) for _ in range(2)), "dense")


@pytest.mark.parametrize("name", BUILT)
def test_a_planted_element_comes_back(name: str) -> None:
    pair, groups, undone = planted(name)
    found = traced_activation_matching(pair, symmetries=groups, place="pre")
    right = sum(int((found.perm[group] == order).sum()) for group, order in undone.items())
    assert right == sum(groups.sizes.values()), "the rate is 1"
    assert found.sound
    assert (found.theta - pair.theta_a).norm() == 0
    assert found.method == "activation, correlation, pre"


@pytest.mark.parametrize("place", ["post", "pre"])
@pytest.mark.parametrize("similarity", ["correlation", "covariance", "product"])
def test_dense_layers_are_the_special_case(dense: Pair, similarity: str, place: str) -> None:
    expected = activation_matching(dense, similarity=similarity, place=place)
    found = traced_activation_matching(dense, similarity=similarity, place=place)
    assert found.objective == pytest.approx(expected.objective, rel=ROUNDING)
    assert [found.perm[name].tolist() for name in sorted(found.perm)] == [order.tolist() for order in expected.perm.values()]
    assert found.sound


def test_parts_of_the_data_change_nothing(dense: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = traced_activation_matching(dense, similarity="covariance")
    monkeypatch.setattr(passes, "HELD", 8 * 11 * 3)  # room for three examples of 11 units: seven parts
    parted = traced_activation_matching(dense, similarity="covariance")
    assert parted.objective == pytest.approx(whole.objective, rel=ROUNDING)
    assert all(np.array_equal(parted.perm[name], order) for name, order in whole.perm.items())


def test_a_residual_stream_answers_at_every_point() -> None:
    pair, groups, _ = planted("resnet20, batch")
    net = pair.landscape
    assert isinstance(net, TorchLandscape)
    record = answers.Record(net, groups, "post")
    there = record.places
    # the stem and three blocks, the last of which is taken by the next stage's first convolution and by its shortcut
    assert len(there["conv"]) == 4
    group, (first, *_) = "stage1.0.conv1", there["stage1.0.conv1"]
    moments = record.moments(pair.theta_a, pair.theta_b, [group])[group]
    assert len(moments) == len(there[group])
    ((runner, _),) = record.parts([first.node])
    a, b = (runner.values(theta, net.inputs, [first.node])[first.node] for theta in (pair.theta_a, pair.theta_b))
    rows = [value.permute(0, 2, 3, 1).reshape(-1, 4).numpy() for value in (a, b)]
    expected = np.cov(np.hstack(rows).T, bias=True)[:4, 4:]
    assert moments[0].covariance == pytest.approx(expected, rel=ROUNDING, abs=ROUNDING)
    assert moments[0].mean_a == pytest.approx(rows[0].mean(0), rel=ROUNDING, abs=ROUNDING)


def test_channels_behind_a_flatten_answer_in_blocks() -> None:
    pair, groups, _ = planted("lenet")
    there = places(Runner(pair.landscape._module, pair.landscape.inputs[:2]).traced, groups, "post")
    (place,) = there["3"]
    assert place.block == 25
    value = torch.arange(2 * 400.0).reshape(2, 400)
    rows = place.rows(value, 16)
    assert rows.shape == (50, 16)
    assert rows[:25, 3].tolist() == list(range(75, 100))


def test_units_that_never_vary_are_counted(dense: Pair) -> None:
    first = next(iter(dense.theta_a))
    weight = dense.theta_b[first].clone()
    weight[2] = 0
    stuck = replace(dense, theta_b=dense.theta_b.replace({first: weight}))
    with pytest.warns(UserWarning, match="1 of 22 answers do not"):
        found = traced_activation_matching(stuck)
    assert found.notes == ("1 answers of units do not vary over the data",)


def test_what_cannot_be_matched_is_one_sentence(dense: Pair) -> None:
    with pytest.raises(InputError, match="a graph is traced of a torch module"):
        traced_activation_matching(m4())
    with pytest.raises(InputError, match="no axis of dense may be permuted"):
        traced_activation_matching(dense, symmetries=Symmetries(()))
    with pytest.raises(InputError, match="got 'mid'"):
        traced_activation_matching(dense, place="mid")
