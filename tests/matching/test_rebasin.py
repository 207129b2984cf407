"""Applying a permutation: an index here is a product with permutation matrices there; nothing in place; bad input refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching import identity, inverse, permutations, rebasin
from toykit.networks import permuted
from toykit.testing import permutations as orders
from toykit.tolerances import ROUNDING

Draw = Callable[..., Pair]


@given(first=orders(4), second=orders(3), number=st.integers(0, 9))
def test_it_is_the_product_with_permutation_matrices_layer_by_layer(
    drawn: Draw, first: np.ndarray, second: np.ndarray, number: int
) -> None:
    pair = drawn(4, 3, number=number)
    net, theta = pair.landscape, pair.theta_b
    moved = rebasin(net, theta, {1: first, 2: second})
    twin = permuted(net, permuted(net, theta, 1, first.tolist()), 2, second.tolist())
    assert all(np.array_equal(moved[name], twin[name]) for name in theta)
    assert net.outputs(moved) == pytest.approx(net.outputs(theta), rel=ROUNDING, abs=ROUNDING)
    assert net.features(moved, 2) == pytest.approx(net.features(theta, 2)[:, second], rel=ROUNDING, abs=ROUNDING)
    back = rebasin(net, moved, inverse({1: first, 2: second}))
    assert all(np.array_equal(back[name], theta[name]) for name in theta)


def test_arguments_are_never_changed_nor_shared(drawn: Draw) -> None:
    pair = drawn(4, 3)
    before = {name: array.copy() for name, array in pair.theta_b.items()}
    order = np.array([1, 0, 3, 2])
    moved = rebasin(pair.landscape, pair.theta_b, {1: order})
    for name in ("layers.1.weight", "layers.1.bias", "layers.2.weight"):
        moved[name][...] = 0
    assert all(np.array_equal(pair.theta_b[name], before[name]) for name in before)
    assert order.tolist() == [1, 0, 3, 2]


def test_layers_without_biases_and_layers_left_out(drawn: Draw) -> None:
    pair = drawn(4, 3, bias=False)
    moved = rebasin(pair.landscape, pair.theta_b, {2: [2, 0, 1]})
    assert np.array_equal(moved["layers.1.weight"], pair.theta_b["layers.1.weight"])
    assert np.array_equal(moved["layers.2.weight"], pair.theta_b["layers.2.weight"][[2, 0, 1]])
    assert np.array_equal(moved["layers.3.weight"], pair.theta_b["layers.3.weight"][:, [2, 0, 1]])
    assert {layer: order.tolist() for layer, order in identity(pair.landscape).items()} == {1: [0, 1, 2, 3], 2: [0, 1, 2]}


@pytest.mark.parametrize(
    ("perm", "says"),
    [
        ({1: [0, 1, 2]}, r"one entry for each of its 4 units; got shape \(3,\)"),
        ({1: [0, 1, 2, 2]}, r"each of 0..3 once; got \[0 1 2 2\]"),
        ({1: [0.0, 1.0, 2.0, 3.0]}, r"each of 0..3 once"),
        ({1: [1, 2, 3, 4]}, r"each of 0..3 once"),
        ({3: [0, 1]}, r"hidden layers 1..2; got layer 3"),
        ({0: [0, 1, 2]}, r"hidden layers 1..2; got layer 0"),
    ],
)
def test_what_is_not_a_permutation_is_refused(drawn: Draw, perm: dict[int, list[int]], says: str) -> None:
    pair = drawn(4, 3)
    with pytest.raises(InputError, match=says):
        rebasin(pair.landscape, pair.theta_b, perm)
    with pytest.raises(InputError, match=says):
        permutations(pair.landscape, perm)
