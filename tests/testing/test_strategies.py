"""The strategies are tested themselves: what they draw is valid, and they reach what a test hopes to meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from toykit.chord import profile
from toykit.landscape import Layered, Pair
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.testing import networks, pairs, parameters, permutations, same_shape
from toykit.tolerances import ROUNDING

REACH = settings(max_examples=2000, derandomize=True, database=None, phases=[Phase.generate])


@given(parameters(largest=3.0))
def test_parameters_are_finite_and_bounded(theta: Parameters) -> None:
    assert all(np.abs(array).max() <= 3.0 and array.dtype == np.float64 for array in theta.values())


@given(parameters(dyadic=True))
def test_dyadic_entries_are_sixteenths(theta: Parameters) -> None:
    assert all((array * 16 == np.round(array * 16)).all() for array in theta.values())


@given(parameters({"w": (2, 3), "b": (2,)}))
def test_shapes_can_be_fixed(theta: Parameters) -> None:
    assert theta.shapes == {"w": (2, 3), "b": (2,)}


@given(same_shape(3))
def test_same_shape_draws_one_space(points: tuple[Parameters, ...]) -> None:
    assert len(points) == 3
    assert len({repr(theta) for theta in points}) == 1


@given(st.integers(1, 6).flatmap(permutations))
def test_a_permutation_holds_every_index_once(perm: NDArray[np.int64]) -> None:
    assert sorted(perm) == list(range(perm.size))


def test_permutations_reach_every_order() -> None:
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        assert find(permutations(3), lambda perm, order=order: list(perm) == order, settings=REACH).size == 3


@pytest.mark.parametrize("name", ["relu", "tanh", "identity"])
@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
def test_networks_reach_every_kind(name: str, loss: str) -> None:
    def wanted(net: MLP) -> bool:
        return net.activation.name == name and net.traits.loss == loss and net.depth == 3

    assert find(networks(), wanted, settings=REACH).depth == 3


@given(networks(activations=["relu"], depths=[2]))
def test_networks_can_be_narrowed(net: MLP) -> None:
    assert isinstance(net, Layered)
    assert (net.activation.name, net.depth) == ("relu", 2)


@given(pairs())
def test_pairs_have_a_finite_profile_between_their_endpoints(pair: Pair) -> None:
    found = profile(pair)
    assert found.values[0] == pytest.approx(pair.landscape.loss(pair.theta_a), rel=ROUNDING)
    assert found.values[-1] == pytest.approx(pair.landscape.loss(pair.theta_b), rel=ROUNDING)


def test_pairs_reach_a_barrier() -> None:
    assert find(pairs(), lambda pair: bool(profile(pair).gap.max() > 1), settings=REACH).name.startswith("MLP")
