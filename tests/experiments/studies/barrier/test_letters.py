"""The record of a pair against the checks of the claims it quotes, and the controls: copies, tiny noise, alignments."""

import itertools

import numpy as np
import pytest

from experiments.studies.barrier import _alignment as alignment
from experiments.studies.barrier._letters import layer_letters, letters
from toykit import tolerances
from toykit.checks.barrier import endpoint_expansion, layerwise_barrier, midpoint_expansion, ridge_bound
from toykit.data import checkerboard
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.store import canonical


def pair(activation: str = "tanh", hidden: tuple[int, ...] = (4,)) -> Pair:
    net = MLP((2, *hidden, 1), activation, SquaredLoss(), checkerboard(12))
    draw = generator("letters", 0)
    theta_a, theta_b = (net.draw(draw) for _ in range(2))
    return Pair(net, theta_a, theta_b, theta_0=(theta_a + theta_b) * 0.5 + net.draw(draw))


def test_the_record_quotes_the_claims() -> None:
    given = pair()
    found = letters(given, given.landscape)
    canonical(found)
    expected = {check.SLUG: check.check(given) for check in (endpoint_expansion, midpoint_expansion)}
    assert found["endpoint"] == pytest.approx(expected[endpoint_expansion.SLUG].extra["estimate"], rel=tolerances.ROUNDING)
    assert found["midpoint"] == pytest.approx(expected[midpoint_expansion.SLUG].extra["estimate"], rel=tolerances.ROUNDING)
    bound = next(c for c in ridge_bound.check(given).comparisons if c.name == "barrier")
    assert found["ridge"] == pytest.approx(bound.bound.value, rel=tolerances.DIFFERENCE)
    assert found["half"] <= found["B"] <= found["ridge"] <= found["curvature"] <= found["smoothness"]
    assert found["linear"] + found["cost"] - found["gain"] == pytest.approx(found["half"], rel=tolerances.SOLVED)
    assert found["test"]["B"] <= found["B"] + tolerances.ROUNDING
    layers = layer_letters(given)
    quoted = layerwise_barrier.check(given).extra["layers"]
    assert {name: row["B_sym"] for name, row in layers.items()} == {name: row["B_sym"] for name, row in quoted.items()}


def test_a_pair_of_one_network_is_zero_everywhere() -> None:
    given = pair()
    found = letters(Pair(given.landscape, given.theta_a, given.theta_a))
    names = ("B", "half", "Delta^2", "endpoint", "midpoint", "ridge", "error_2")
    assert {name: found[name] for name in names if abs(found[name]) > tolerances.ROUNDING} == {}


def test_tiny_noise_costs_what_its_curvature_says() -> None:
    given = pair()
    found = letters(Pair(given.landscape, given.theta_a, given.theta_a + given.delta * 1e-3))
    assert found["half"] == pytest.approx(found["midpoint"], rel=tolerances.PROBE32)


def test_a_relu_barrier_is_exact() -> None:
    found = letters(pair("relu"))
    assert found["enclosure"]["evidence"] == "EXACT"


@pytest.mark.parametrize(("activation", "hidden"), [("tanh", (4,)), ("tanh", (3, 3)), ("relu", (4,)), ("relu", (3, 3))])
def test_alignment_keeps_the_function_and_brings_back_a_copy(activation: str, hidden: tuple[int, ...]) -> None:
    given = pair(activation, hidden)
    net = alignment.layered(given)
    moved = alignment.aligned(given)
    if activation == "tanh":
        np.testing.assert_allclose(net.outputs(moved.theta_b), net.outputs(given.theta_b), rtol=tolerances.SOLVED)
        assert moved.delta.norm() <= given.delta.norm()
    np.testing.assert_allclose(net.outputs(moved.theta_a), net.outputs(given.theta_a), rtol=tolerances.SOLVED)
    factors = np.array([-1.0, 1.0, -1.0, 1.0])[: hidden[0]] if activation == "tanh" else np.exp(np.arange(hidden[0]) - 1.0)
    copy = alignment.turned(net, given.theta_a, 1, factors)
    back = alignment.aligned(Pair(net, given.theta_a, copy))
    assert back.delta.norm() <= tolerances.SOLVED * given.theta_a.norm()


def test_signed_matching_is_the_best_of_all() -> None:
    given = pair("tanh", (3,))
    net = alignment.layered(given)
    best = max(
        given.theta_a.dot(alignment.turned(net, alignment.rebasin(net, given.theta_b, {1: perm}), 1, np.array(signs)))
        for perm in itertools.permutations(range(3))
        for signs in itertools.product((-1.0, 1.0), repeat=3)
    )
    assert given.theta_a.dot(alignment.signed(net, given.theta_a, given.theta_b)) == pytest.approx(best, rel=tolerances.ROUNDING)
