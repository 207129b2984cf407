"""Thinned halves: the exact instance, the factor, the path they give, and what a layer of one unit breaks."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from toykit.checks.connectivity.dropout_stability import check, necessity
from toykit.checks.connectivity.rebuilt_features import check as rebuilt
from toykit.connectivity.thinned import Thinner
from toykit.connectivity.toys import exact_instance, random_nets, small_nets
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import p2
from toykit.tolerances import ROUNDING, SOLVED, TORCH64
from toykit.verdict import Trust, Verdict

SLUG = "connectivity/dropout_stability"


def test_the_exact_instance_costs_a_half() -> None:
    pair = exact_instance()
    for clean, count in ((False, 7), (True, 9)):
        result = check(pair, clean=clean)
        assert result.verdict is Verdict.HOLDS
        assert result.trust is Trust.EXACT
        assert result.letters["instability"] == result.letters["path_max"] == pytest.approx(0.5, abs=ROUNDING)
        assert result.letters["segment_count"] == count
        assert result.extra["all_halves"]
        assert [c.measured.value for c in result.comparisons[3:]] == pytest.approx([0, 0], abs=ROUNDING)
    assert rebuilt(pair).letters["path_max"] == pytest.approx(0, abs=ROUNDING)


def test_every_half_of_the_exact_instance_leaves_a_half() -> None:
    pair = exact_instance()
    for theta in (pair.theta_a, pair.theta_b):
        losses = [Thinner(pair.landscape, theta).restricted(1, (np.array([unit]),))[1] for unit in (0, 1)]
        assert losses == pytest.approx([0.5, 0.5], abs=ROUNDING)


@pytest.mark.parametrize("number", range(8))
def test_the_thinned_loss_is_that_of_the_network_with_units_silenced(number: int) -> None:
    pair = random_nets(number)
    net, theta = pair.landscape, pair.theta_a
    thinner = Thinner(net, theta)
    (halves,) = thinner._drawn(1, 1, "test")
    _, loss = thinner.restricted(1, halves)
    silenced = {}
    for layer, kept in enumerate(halves, start=1):
        weight = np.zeros_like(theta[net.weight_name(layer + 1)])
        weight[:, kept] = theta[net.weight_name(layer + 1)][:, kept]
        silenced[net.weight_name(layer + 1)] = weight
    outputs = net.outputs(theta.replace(silenced))
    best = min(net.loss_of_outputs(s * outputs) for s in [0, *np.geomspace(1e-6, 64, 4000)])
    assert best - 1e-3 * (1 + best) <= loss <= best + SOLVED


def test_all_halves_are_tried_where_there_are_few() -> None:
    pair = exact_instance()
    thinner = Thinner(pair.landscape, pair.theta_a)
    assert [tuple(int(i) for i in kept) for (kept,) in thinner._all(1)] == [(0,), (1,)]
    assert thinner.best(1, 2, "test")[2]
    assert not thinner.best(1, 1, "test")[2]
    pair = random_nets(0)
    width = pair.landscape.widths[-1]
    last = Thinner(pair.landscape, pair.theta_a)
    assert len(list(last._all(pair.landscape.depth - 1))) == len(list(combinations(range(width), width // 2)))


def test_more_draws_are_never_worse() -> None:
    thinner = Thinner(random_nets(2).landscape, random_nets(2).theta_a)
    layer = thinner.network.depth - 1
    assert thinner.best(layer, 2000, "test")[1] <= thinner.best(layer, 5, "test")[1] + SOLVED


def test_the_hunt_holds() -> None:
    found = hunt(SLUG, 24, seed=4)
    assert found.verdicts == {"HOLDS": 24}, found.violations
    assert found.ratios["excess of the path"] == pytest.approx(1, rel=SOLVED)


def test_three_layers_take_eleven_or_thirteen_segments() -> None:
    pair = next(p for p in map(random_nets, range(20)) if p.landscape.depth == 3)
    assert check(pair, clean=False).letters["segment_count"] <= 11
    assert check(pair).letters["segment_count"] <= 13


def test_what_breaks_it() -> None:
    ((name, pair),) = necessity()
    result = check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
    assert not result.comparisons[0].holds


def test_a_landscape_without_layers_is_refused_by_name() -> None:
    assert "Polynomial is not a feed-forward network" in check(p2()).reason


def test_torch_and_numpy_agree() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    toy = small_nets(4)
    twin = from_toy(toy.landscape)
    ends = (translated(theta, toy.landscape, twin) for theta in (toy.theta_a, toy.theta_b))
    ours, theirs = check(toy), check(Pair(twin, *ends, toy.name))
    assert ours.verdict is theirs.verdict is Verdict.HOLDS
    for one, two in zip(ours.comparisons, theirs.comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=SOLVED, abs=TORCH64)
