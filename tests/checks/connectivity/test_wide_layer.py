"""A wide first layer: counts and flat paths of the page, exchanges that keep the outputs, what breaks without the width."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from theory.catalogue import claim
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.checks.connectivity.wide_layer import SLUG, check, necessity
from toykit.chord import profile
from toykit.connectivity.certificate import typed, walk
from toykit.connectivity.excerpt import excerpt
from toykit.connectivity.lift import Lifting, deep_pieces
from toykit.connectivity.toys_wide import one_unit_short, two_units, wide_pair
from toykit.connectivity.wide import PIVOT, exchange, exchanged, fresh, two_layer_path
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.tolerances import ROUNDING, SOLVED
from toykit.verdict import Trust, Verdict

CASES = [((3, 11, 2), False, 45), ((3, 10, 2), True, 41), ((3, 11, 6, 4, 2), False, 52), ((3, 11, 4, 2), False, 50)]


def test_the_derivation_stands_on_cited_facts_only() -> None:
    assert derive(claim(SLUG)).evidence is Evidence.PROVED_GIVEN


@pytest.mark.parametrize(("widths", "biased", "pieces"), CASES)
def test_exact_minima_are_joined_at_loss_zero(widths: tuple[int, ...], biased: bool, pieces: int) -> None:
    pair = wide_pair(0, widths, biased=biased)
    result = check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.letters["segment_count"] == pieces
    assert result.letters["path_max"] < ROUNDING**1.5
    assert profile(pair).values.max() > 100


@pytest.mark.parametrize(("widths", "biased", "pieces"), CASES)
def test_other_points_are_joined_at_the_worse_loss(widths: tuple[int, ...], biased: bool, pieces: int) -> None:
    for number in range(3):
        result = check(wide_pair(number, widths, biased=biased, minima=False))
        worse = result.letters["path_max"] - result.letters["path_excess"]
        assert result.verdict is Verdict.HOLDS
        assert result.letters["segment_count"] == pieces
        assert abs(result.letters["path_excess"]) <= ROUNDING * max(1.0, worse)


def test_two_layers_are_certified_by_their_segment_types() -> None:
    pair = wide_pair(4, activation="relu", minima=False)
    _, ends = exchanged(pair.landscape, [pair.theta_a, pair.theta_b], SLUG)
    path = typed(pair.landscape, two_layer_path(*ends))
    assert path.kinds == "OC" * 11 + "O" + "CO" * 11
    assert check(pair).comparisons[0].measured.trust is Trust.EXACT
    assert walk(pair.landscape, path).losses.max() <= pair.landscape.losses(path.waypoints).max() * (1 + ROUNDING)


def test_an_exchange_keeps_the_outputs_and_ends_at_the_fresh_layer() -> None:
    pair = wide_pair(5, (3, 14, 5, 2), minima=False)
    net = pair.landscape
    new = fresh(net, "test")[0]
    found = exchange(net, pair.theta_a, new)
    assert sorted(found.order) == list(range(14))
    assert found.pivot > PIVOT
    assert np.array_equal(found.end[net.weight_name(1)], new.weight)
    assert np.array_equal(found.end[net.bias_name(1)], new.bias)
    before = net.outputs(pair.theta_a)
    for theta in found.waypoints:
        assert net.outputs(theta) == pytest.approx(before, rel=SOLVED, abs=SOLVED)


def test_pieces_meet_and_do_what_they_say() -> None:
    pair = wide_pair(2, (3, 11, 5, 3, 2), minima=False)
    net = pair.landscape
    new, ends = exchanged(net, [pair.theta_a, pair.theta_b], SLUG)
    pieces = deep_pieces(net, new, *ends)
    assert (pieces[0].curve(0.0) - pair.theta_a).norm() == 0
    assert (pieces[-1].curve(1.0) - pair.theta_b).norm() == 0
    for before, after in pairwise(pieces):
        assert (before.curve(1.0) - after.curve(0.0)).norm() < SOLVED
    for piece in pieces:
        z = [net.outputs(piece.curve(t)) for t in (0.0, 0.35, 1.0)]
        assert z[1] == pytest.approx(0.65 * z[0] + 0.35 * z[2], rel=SOLVED, abs=SOLVED)
        assert not piece.constant or z[2] == pytest.approx(z[0], rel=SOLVED, abs=SOLVED)


def test_a_lift_has_the_outputs_that_were_asked_for() -> None:
    pair = wide_pair(3, (3, 11, 5, 3, 2), biased=True, minima=False)
    net = pair.landscape
    wanted = net.targets + 1
    found = Lifting(net, fresh(net, "test")[0])
    theta = found.lift(pair.theta_a.replace({net.weight_name(1): found.new.weight, net.bias_name(1): found.new.bias}), wanted, 4)
    assert net.outputs(theta) == pytest.approx(wanted, rel=SOLVED)


def test_two_units_stay_at_loss_zero() -> None:
    result = check(two_units())
    assert result.verdict is Verdict.HOLDS
    assert result.letters["path_max"] < ROUNDING**2
    assert result.letters["segment_count"] == 9


def test_one_unit_has_the_barrier_one_half() -> None:
    pair = one_unit_short()
    net = pair.landscape
    silent = pair.theta_a.replace({net.weight_name(1): np.zeros((1, 1))})
    assert net.loss(silent) == 0.5  # the incoming weight changes its sign, so every path meets such a point
    assert np.sign(pair.theta_a[net.weight_name(1)]) == -np.sign(pair.theta_b[net.weight_name(1)])
    assert profile(pair).values.max() >= 0.5


def test_equal_examples_count_once() -> None:
    pair = wide_pair(0, (3, 6, 2), count=5, labelled=True, minima=False)
    net = pair.landscape
    double = Data(np.tile(net.inputs, (2, 1)), np.tile(net.targets, 2), 2)
    result = check(replace(pair, landscape=MLP(net.sizes, net.activation, CrossEntropy(), double, net.biased)), examples=10)
    assert result.verdict is Verdict.HOLDS
    assert result.letters["count"] == 5


def test_the_hunt_holds() -> None:
    found = hunt(SLUG, 60, seed=5)
    assert found.verdicts == {"HOLDS": 60}


@pytest.mark.parametrize("number", range(3))
def test_what_breaks_it(number: int) -> None:
    name, pair = list(necessity())[number]
    result = check(pair)
    assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
    assert not result.comparisons[0].holds
    assert result.comparisons[0].measured.value >= 0.5


def test_relu_is_not_undone_above_layer_two() -> None:
    result = check(wide_pair(0, (3, 11, 4, 2), activation="relu", minima=False))
    assert result.verdict is Verdict.INAPPLICABLE
    assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == ["BIJECTIVE"]


def test_torch_and_numpy_agree() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    for toy in (wide_pair(7, minima=False), wide_pair(8, labelled=True, minima=False)):
        twin = from_toy(toy.landscape)
        ends = [translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b)]
        ours, theirs = check(toy), check(Pair(twin, *ends, toy.name))
        assert ours.verdict is theirs.verdict is Verdict.HOLDS
        assert dict(theirs.letters) == pytest.approx(dict(ours.letters), rel=SOLVED, abs=SOLVED)
        copy, points = excerpt(twin, ends, 4)
        assert copy.loss(points[0]) == pytest.approx(excerpt(toy.landscape, [toy.theta_a], 4)[0].loss(toy.theta_a), rel=SOLVED)
