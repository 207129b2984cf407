from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.activations import ACTIVATIONS
from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.networks import permuted, rebased, rescaled
from toykit.seeds import generator
from toykit.testing import permutations
from toykit.tolerances import ROUNDING, SOLVED

HOMOGENEOUS = [name for name, sigma in ACTIVATIONS.items() if sigma.piecewise_linear]


@given(perm=permutations(4), number=st.integers(0, 20))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_permuting_hidden_units_changes_nothing_but_their_order(
    drawn: Callable[..., Pair], activation: str, perm: np.ndarray, number: int
) -> None:
    pair = drawn(activation, "squared", number)
    net, moved = pair.landscape, permuted(pair.landscape, pair.theta_a, 1, perm)
    assert (net.features(moved, 1) == net.features(pair.theta_a, 1)[:, perm]).all()
    assert net.outputs(moved) == pytest.approx(net.outputs(pair.theta_a), rel=ROUNDING, abs=ROUNDING)


@pytest.mark.parametrize("activation", HOMOGENEOUS)
def test_rescaling_hidden_units_changes_nothing(drawn: Callable[..., Pair], activation: str) -> None:
    pair = drawn(activation, "cross-entropy")
    factors = generator("rescaling").uniform(0.1, 10, size=3)
    moved = rescaled(pair.landscape, pair.theta_a, 2, factors)
    assert (moved - pair.theta_a).norm() > 1
    assert pair.landscape.outputs(moved) == pytest.approx(pair.landscape.outputs(pair.theta_a), rel=ROUNDING, abs=ROUNDING)
    scaled = pair.landscape.features(pair.theta_a, 2) * factors
    assert pair.landscape.features(moved, 2) == pytest.approx(scaled, rel=ROUNDING, abs=ROUNDING)


def test_a_linear_network_may_have_any_basis(drawn: Callable[..., Pair]) -> None:
    pair = drawn("identity", "squared")
    moved = rebased(pair.landscape, pair.theta_a, 1, generator("basis").normal(size=(4, 4)))
    assert pair.landscape.outputs(moved) == pytest.approx(pair.landscape.outputs(pair.theta_a), rel=SOLVED)


def test_moves_that_change_the_function_are_refused(drawn: Callable[..., Pair]) -> None:
    tanh, relu = drawn("tanh", "squared"), drawn("relu", "squared")
    with pytest.raises(InputError, match="tanh"):
        rescaled(tanh.landscape, tanh.theta_a, 1, np.ones(4))
    with pytest.raises(InputError, match="4 positive factors"):
        rescaled(relu.landscape, relu.theta_a, 1, [1.0, 2.0, -1.0, 1.0])
    with pytest.raises(InputError, match="only in a linear network; got relu"):
        rebased(relu.landscape, relu.theta_a, 1, np.eye(4))
    with pytest.raises(InputError, match=r"each of 0..3 once; got \[0, 1, 2\]"):
        permuted(relu.landscape, relu.theta_a, 1, [0, 1, 2])
    with pytest.raises(InputError, match=r"1..2; got 3"):
        permuted(relu.landscape, relu.theta_a, 3, [0, 1])
