from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.chord import grid, profile
from toykit.data import Data, gaussian_clusters
from toykit.errors import InputError, ShapeError
from toykit.landscape import Layered, Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks import MLP, mlp
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, sampled


def by_hand(net: MLP, theta: Parameters) -> list[list[float]]:
    """z(theta) one unit at a time, in Python floats."""
    outputs = []
    for x in net.inputs.tolist():
        values = x
        for layer, (weight, bias) in enumerate(net.layers(theta), start=1):
            values = [math.fsum(w * v for w, v in zip(row, values, strict=True)) + b for row, b in zip(weight, bias, strict=True)]
            if layer < net.depth:
                values = [float(net.activation.value(np.array(v))) for v in values]
        outputs.append(values)
    return outputs


def test_outputs_are_those_computed_by_hand(pair: Pair) -> None:
    assert pair.landscape.outputs(pair.theta_a) == pytest.approx(np.array(by_hand(pair.landscape, pair.theta_a)), rel=ROUNDING)


def test_the_network_is_layered_and_its_pieces_fit_together(pair: Pair) -> None:
    net, theta = pair.landscape, pair.theta_a
    assert isinstance(net, Layered)
    assert (net.depth, net.widths) == (3, (4, 3))
    assert net.features(theta, 0) is net.inputs
    for layer in (1, 2, 3):
        z = net.features(theta, layer - 1) @ theta[net.weight_name(layer)].T + theta[net.bias_name(layer)]
        assert (net.preactivations(theta, layer) == z).all()
        if layer < 3:
            assert (net.features(theta, layer) == net.activation.value(z)).all()
    assert (net.outputs(theta) == z).all()
    assert net.loss_of_outputs(z) == net.loss(theta)


def test_the_loss_is_the_mean_of_the_losses_of_single_examples(pair: Pair) -> None:
    net = pair.landscape
    alone = [
        MLP(net.sizes, net.activation, net.criterion, Data(net.inputs[[i]], net.targets[[i]], net.data.classes)).loss(
            pair.theta_a
        )
        for i in range(net.data.count)
    ]
    assert net.loss(pair.theta_a) == pytest.approx(math.fsum(alone) / len(alone), rel=ROUNDING)


def test_the_profile_is_the_naive_loop(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    net, ts = pair.landscape, grid(9)
    loop = [net.loss(chord_point(pair.theta_a, pair.theta_b, float(t))) for t in ts]
    assert profile(pair, ts).values == pytest.approx(np.array(loop), rel=ROUNDING)
    assert net.losses([chord_point(pair.theta_a, pair.theta_b, float(t)) for t in ts]).tolist() == loop
    monkeypatch.setattr(mlp, "BLOCK", 4 * net.inputs.shape[1])  # blocks of 4 rows, so 15 rows leave a rest
    assert profile(pair, ts).values == pytest.approx(np.array(loop), rel=ROUNDING)


def test_a_profile_begins_and_ends_with_the_losses_of_the_endpoints(pair: Pair) -> None:
    found = pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0.0, 1.0]))
    assert found == pytest.approx([pair.landscape.loss(pair.theta_a), pair.landscape.loss(pair.theta_b)], rel=ROUNDING)


@given(number=st.integers(0, 200))
def test_the_last_layer_alone_is_convex(drawn: Callable[..., Pair], number: int) -> None:
    pair = drawn("tanh", ("squared", "cross-entropy")[number % 2], number)
    only_last = pair.theta_a.replace({n: pair.theta_b[n] for n in pair.theta_a if n.startswith("layers.3.")})
    gaps = profile(Pair(pair.landscape, pair.theta_a, only_last), grid(7)).gap
    assert (gaps <= ROUNDING * (1 + pair.landscape.loss(only_last))).all()


@given(number=st.integers(0, 200), factor=st.floats(0.25, 4))
def test_a_relu_network_is_homogeneous(drawn: Callable[..., Pair], number: int, factor: float) -> None:
    pair = drawn("relu", "squared", number, bias=False)
    net, theta = pair.landscape, pair.theta_a
    assert net.outputs(theta * factor) == pytest.approx(factor**3 * net.outputs(theta), rel=ROUNDING, abs=ROUNDING)


def test_the_error_counts_the_examples_whose_class_is_not_largest() -> None:
    net = MLP((1, 2), "identity", CrossEntropy(), Data([[1.0], [2.0], [-1.0], [3.0]], [0, 1, 1, 0], 2))
    assert net.error(net.point([[1.0], [0.0]], [0.0, 0.0])) == 0.25
    assert MLP((1, 1), "identity", SquaredLoss(), Data([[1.0]], [[1.0]])).error(net.point([[1.0], [0.0]], [0.0, 0.0])) is None


def test_one_class_is_learnt_before_it_starts() -> None:
    net = MLP((2, 3, 1), "relu", CrossEntropy(), Data(np.ones((5, 2)), np.zeros(5), 1))
    theta = net.draw(generator("one class"))
    assert (net.loss(theta), net.error(theta), net.traits.chance) == (0.0, 0.0, 0.0)
    assert net.gradient(theta).norm() == 0


@pytest.mark.parametrize(("activation", "smooth"), [("relu", False), ("leaky_relu", False), ("identity", True), ("tanh", True)])
def test_traits_follow_from_the_types(drawn: Callable[..., Pair], activation: str, smooth: bool) -> None:
    traits = drawn(activation, "cross-entropy").landscape.traits
    assert (traits.smooth, traits.analytic) == (smooth, smooth)
    assert traits.convex_in_outputs
    assert traits.nonnegative
    assert traits.chance == pytest.approx(math.log(3), rel=ROUNDING)


def test_drawn_weights_have_the_variance_of_he() -> None:
    net = MLP((5, 400, 300, 3), "relu", CrossEntropy(), gaussian_clusters())
    theta = net.draw(generator("he"), scale=0.5)
    for layer, (fan_in, out) in enumerate(pairwise(net.sizes[:3]), start=1):
        weight = theta[net.weight_name(layer)]
        assert weight.var() * fan_in / 2 == pytest.approx(0.25, rel=sampled(fan_in * out))


def test_biases_may_be_left_out_layer_by_layer() -> None:
    net = MLP((4, 10, 2), "relu", SquaredLoss(), Data(np.ones((1, 4)), [[0.0, 0.0]]), bias=(True, False))
    assert list(net.shapes) == ["layers.1.weight", "layers.1.bias", "layers.2.weight"]
    assert net.bias_name(2) is None


def test_points_of_another_network_are_refused() -> None:
    net = MLP((5, 4, 3), "relu", CrossEntropy(), gaussian_clusters())
    other = MLP((5, 6, 3), "relu", CrossEntropy(), gaussian_clusters()).draw(generator("other"))
    with pytest.raises(ShapeError, match=r"layers.1.weight has the shape \(4, 5\) in this network; got \(6, 5\)"):
        net.loss(other)
    without = Parameters({n: a for n, a in net.draw(generator("other")).items() if n != "layers.2.bias"})
    for refuses in (net.loss, net.gradient, net.outputs):
        with pytest.raises(ShapeError, match=r"layers.2.bias has the shape \(3,\) in this network; got absent"):
            refuses(without)
    with pytest.raises(ShapeError, match="got 1 arrays"):
        net.point(np.zeros((4, 5)))


@pytest.mark.parametrize(
    ("widths", "activation", "error", "sentence"),
    [
        ((4, 3), "relu", ShapeError, "number of inputs; got 4"),
        ((5, 2), "relu", ShapeError, "has 3 outputs; got 2"),
        ((5, 0, 3), "relu", InputError, "at least 1"),
        ((5,), "relu", InputError, "at least 1"),
        ((5, 3), "swish", InputError, "got 'swish'"),
    ],
)
def test_networks_that_do_not_fit_the_data_are_refused(widths, activation, error, sentence) -> None:
    with pytest.raises(error, match=sentence):
        MLP(widths, activation, CrossEntropy(), gaussian_clusters())
