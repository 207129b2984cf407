from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from toykit.errors import InputError, ShapeError
from toykit.networks import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.symmetry import Axis, Group, Symmetries
from toykit.testing import networks
from toykit.tolerances import ROUNDING

HEADS = Group("heads", 2, (Axis("qkv", 0, 0, 3), Axis("qkv", 0, 6, 3), Axis("out", 1, 0, 3)))
INSIDE = Group("inside", 3, (*(Axis("qkv", 0, start) for start in (0, 3, 6, 9)), Axis("out", 1, 0), Axis("out", 1, 3)))
STREAM = Group("stream", 4, (Axis("qkv", 1), Axis("out", 0), Axis("running_mean", 0)))
PACKED = Symmetries((HEADS, INSIDE, STREAM), rotations=("inside",))


def arrays(number: int) -> Parameters:
    draw = generator("symmetries", number)
    shapes = {"qkv": (14, 4), "out": (4, 6), "running_mean": (4,), "head": (2, 5)}
    return Parameters({name: draw.normal(size=shape) for name, shape in shapes.items()})


def same(left: Parameters, right: Parameters) -> bool:
    return list(left) == list(right) and all(np.array_equal(left[name], right[name]) for name in left)


def by_hand(theta: Parameters, perm: dict[str, np.ndarray]) -> Parameters:
    """Naive twin: entry by entry, one group after the other."""
    found = {name: np.array(array) for name, array in theta.items()}
    for group in PACKED.groups:
        for place in group.axes:
            old, new = found[place.tensor], np.array(found[place.tensor])
            for unit, source in enumerate(perm[group.name]):
                for entry in range(place.block):
                    there, here = place.start + unit * place.block + entry, place.start + int(source) * place.block + entry
                    np.moveaxis(new, place.axis, 0)[there] = np.moveaxis(old, place.axis, 0)[here]
            found[place.tensor] = new
    return Parameters(found)


@given(st.integers(0, 10**6))
def test_entries_move_as_the_definition_says(number: int) -> None:
    theta, perm = arrays(number), PACKED.random(generator("element", number))
    before = {name: array.copy() for name, array in theta.items()}
    assert same(PACKED.permute(theta, perm), by_hand(theta, perm))
    assert same(theta, Parameters(before)), "nothing is changed in place"


@given(st.integers(0, 10**6))
def test_the_group_laws(number: int) -> None:
    draw, theta = generator("laws", number), arrays(number)
    p, q = PACKED.random(draw), PACKED.random(draw)
    assert same(PACKED.permute(theta, PACKED.identity()), theta)
    assert same(PACKED.permute(PACKED.permute(theta, p), q), PACKED.permute(theta, PACKED.compose(p, q)))
    assert same(PACKED.permute(PACKED.permute(theta, p), PACKED.inverse(p)), theta)
    assert all(np.array_equal(order, PACKED.identity()[name]) for name, order in PACKED.compose(PACKED.inverse(p), p).items())


def test_the_order_of_the_group_is_the_number_of_its_elements() -> None:
    theta = Parameters({**arrays(1), "qkv": np.arange(56.0).reshape(14, 4), "out": np.arange(24.0).reshape(4, 6)})
    reached = {
        PACKED.permute(theta, {"heads": heads, "inside": inside, "stream": stream})["qkv"].tobytes()
        for heads in permutations(range(2))
        for inside in permutations(range(3))
        for stream in permutations(range(4))
    }
    assert math.log10(len(reached)) == pytest.approx(PACKED.count, rel=ROUNDING)


def test_random_elements_reach_every_permutation() -> None:
    drawn = [PACKED.random(generator("reach", number))["stream"] for number in range(300)]
    assert len({tuple(order) for order in drawn}) == math.factorial(4)


def test_torch_moves_as_numpy_does() -> None:
    theta, perm = arrays(3), PACKED.random(generator("torch", 3))
    moved = PACKED.permute(theta.map(torch.from_numpy), perm)
    assert all(isinstance(array, torch.Tensor) for array in moved.values())
    assert same(moved.map(lambda array: array.numpy()), PACKED.permute(theta, perm))


@given(networks())
def test_a_dense_network_keeps_its_function(net: MLP) -> None:
    """The groups written down by hand for a toy: rows of W_l and b_l with columns of W_{l+1}."""
    groups = []
    for layer in range(1, net.depth):
        names = [(net.weight_name(layer), 0), (net.bias_name(layer), 0), (net.weight_name(layer + 1), 1)]
        groups.append(Group(f"{layer}", net.widths[layer - 1], tuple(Axis(n, axis) for n, axis in names if n is not None)))
    found, theta = Symmetries(tuple(groups)), net.draw(generator("toy symmetries"))
    moved = found.permute(theta, found.random(generator("toy element")))
    np.testing.assert_allclose(net.outputs(moved), net.outputs(theta), rtol=ROUNDING, atol=ROUNDING)


def test_buffers_alone_and_arrays_of_others_pass() -> None:
    perm = {"stream": [3, 2, 1, 0]}
    buffers = Parameters({"running_mean": np.arange(4.0), "num_batches_tracked": np.array(7)})
    moved = PACKED.permute(buffers, perm)
    assert moved["running_mean"].tolist() == [3, 2, 1, 0]
    assert moved["num_batches_tracked"] == 7
    assert list(moved) == list(buffers)


def test_a_permutation_matrix_rotates_as_the_permutation() -> None:
    theta, order = arrays(5), np.array([2, 0, 1])
    turned = PACKED.rotate(theta, {"inside": np.eye(3)[order]})
    assert same(turned, PACKED.permute(theta, {"inside": order}))


@pytest.mark.parametrize(
    ("perm", "sentence"),
    [
        ({"strange": [0]}, "got 'strange'; the groups are heads, inside, stream"),
        ({"heads": [0, 1, 2]}, r"one entry for each of its 2 units; got shape \(3,\)"),
        ({"heads": [0, 0]}, r"has each of 0..1 once; got \[0 0\]"),
        ({"heads": [0.0, 1.0]}, "has each of 0..1 once"),
    ],
)
def test_what_is_no_element_is_refused(perm: dict[str, list[int]], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        PACKED.permute(arrays(0), perm)


def test_arrays_of_another_network_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"up to 4 of axis 1 of qkv; got the shape \(14, 3\)"):
        PACKED.permute({"qkv": np.zeros((14, 3))}, {"stream": [1, 0, 2, 3]})
    with pytest.raises(ShapeError, match="of axis 1 of out"):
        PACKED.permute({"out": np.zeros(6)}, {})


def test_rotations_are_refused_where_they_are_none() -> None:
    with pytest.raises(InputError, match="stream is not; permute it"):
        PACKED.rotate(arrays(0), {"stream": np.eye(4)})
    with pytest.raises(InputError, match=r"orthogonal \(3, 3\) matrix"):
        PACKED.rotate(arrays(0), {"inside": 2 * np.eye(3)})


def test_two_groups_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="got heads more than once"):
        Symmetries((HEADS, HEADS))
