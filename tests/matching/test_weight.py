"""Weight matching: the sheet's numbers, the slow twin, monotone descents, planted permutations, restarts."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.data import gaussian_clusters
from toykit.errors import InputError, ShapeError
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.matching import Alignment, exhaustive_matching, identity, inverse, rebasin, weight_matching
from toykit.matching.search import shaken
from toykit.networks import MLP
from toykit.networks.fixtures import f10, m4, p2
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, printed

Draw = Callable[..., Pair]


def test_the_optimum_of_m4_by_all_576_permutations() -> None:
    pair = m4()
    found = exhaustive_matching(pair)
    assert len(found.objectives) == 576
    best, runner_up = sorted(found.objectives)[:-3:-1]
    assert (best, runner_up) == pytest.approx((4.818552989061, 4.813778628539), abs=printed(12))
    assert found.objectives[0] == pytest.approx(-14.588434003235, abs=printed(12))
    assert {layer: order.tolist() for layer, order in found.perm.items()} == {1: [3, 2, 0, 1], 2: [1, 2, 0, 3]}
    squared = [(pair.theta_a - theta).norm() ** 2 for theta in (pair.theta_b, found.theta)]
    assert squared == pytest.approx([74.594642433, 35.780668448], abs=printed(9))


def test_descents_of_m4_end_in_three_optima() -> None:
    pair = m4()
    alignment, start = Alignment(pair.landscape, pair.theta_a, pair.theta_b), identity(pair.landscape)
    upwards = alignment.descend(start, [1, 2])
    assert upwards.trace[1:] == pytest.approx([1.078096661645, 4.813778628539], abs=printed(12))
    assert alignment.descend(start, [2, 1]).objective == pytest.approx(4.818552989061, abs=printed(12))
    orders = [np.array(order) for order in itertools.permutations(range(4))]
    starts = [dict(enumerate(start, start=1)) for start in itertools.product(orders, orders)]
    ends = Counter(round(alignment.descend(start, [1, 2]).objective, 6) for start in starts)
    assert ends == {4.818553: 384, 4.813779: 96, 1.503657: 96}


@given(hidden=st.lists(st.integers(1, 4), min_size=1, max_size=2), number=st.integers(0, 99))
@settings(max_examples=25)
def test_against_the_slow_twin(drawn: Draw, hidden: list[int], number: int) -> None:
    pair = drawn(*hidden, number=number)
    fast, slow = weight_matching(pair), exhaustive_matching(pair)
    near = ROUNDING * max(1.0, abs(slow.objective))
    assert fast.objective <= slow.objective + near
    assert fast.objective >= slow.objectives[0] - near
    assert fast.objective == pytest.approx(pair.theta_a.dot(fast.theta), rel=ROUNDING, abs=near)
    if len(hidden) == 1:
        assert fast.objective == pytest.approx(slow.objective, rel=ROUNDING, abs=near)
        assert fast.restarts == 1


def test_eight_restarts_find_the_optimum_of_small_deep_networks(drawn: Draw) -> None:
    pairs = [drawn(4, 4, number=number) for number in range(20)]
    optimum = [exhaustive_matching(pair).objective for pair in pairs]
    best, single = ([weight_matching(pair, restarts=count).objective for pair in pairs] for count in (8, 1))
    met = [sum(value >= top - ROUNDING * abs(top) for value, top in zip(found, optimum, strict=True)) for found in (best, single)]
    assert met[0] >= 19
    assert met[1] < met[0], "one descent is not enough, which is why there are restarts"


@given(number=st.integers(0, 99))
@settings(max_examples=20)
def test_no_step_lowers_the_objective_and_no_single_layer_can_raise_the_last(drawn: Draw, number: int) -> None:
    pair = drawn(4, 3, 4, number=number)
    alignment = Alignment(pair.landscape, pair.theta_a, pair.theta_b)
    found = alignment.descend(identity(pair.landscape), [2, 1, 3])
    assert all(later >= earlier for earlier, later in itertools.pairwise(found.trace[:-1]))
    for layer, width in ((1, 4), (2, 3), (3, 4)):
        for order in itertools.permutations(range(width)):
            other = alignment.objective({**found.perm, layer: np.array(order)})
            assert other <= found.objective + ROUNDING * max(1.0, abs(found.objective))


@pytest.mark.parametrize("hidden", [(6,), (5, 6), (4, 5, 4)])
def test_a_planted_permutation_comes_back(drawn: Draw, hidden: tuple[int, ...]) -> None:
    pair = drawn(*hidden)
    net, stream = pair.landscape, generator("planted", len(hidden))
    perm = {layer: stream.permutation(width) for layer, width in enumerate(hidden, start=1)}
    found = weight_matching(replace(pair, theta_b=rebasin(net, pair.theta_a, perm)), restarts=20)
    assert (found.theta - pair.theta_a).norm() == 0
    assert all(np.array_equal(found.perm[layer], order) for layer, order in inverse(perm).items())
    assert found.sound


def test_restarts_stop_when_the_best_has_been_met_three_times(drawn: Draw) -> None:
    pair = drawn(4, 3)
    same = weight_matching(replace(pair, theta_b=pair.theta_a), restarts=100)
    assert 3 <= same.restarts < 100
    assert sum(value == pytest.approx(same.objective, rel=ROUNDING) for value in same.objectives) == 3
    assert len(same.steps) == same.restarts
    assert same.spread >= 0


@pytest.mark.parametrize(("width", "most"), [(1, 1), (4, 4), (20, 4), (100, 20)])
def test_a_shaken_order_is_an_order_with_few_units_elsewhere(width: int, most: int) -> None:
    stream = generator("shaken", width)
    perm = {1: stream.permutation(width)}
    orders = [shaken(perm, stream)[1] for _ in range(20)]
    assert all(np.array_equal(np.sort(order), np.arange(width)) for order in orders)
    moved = [int((order != perm[1]).sum()) for order in orders]
    assert max(moved) <= most
    assert width == 1 or max(moved) >= most / 2


def test_the_self_check_can_fail(drawn: Draw) -> None:
    found = weight_matching(drawn(4, 3))
    assert found.sound
    assert not replace(found, change=printed(8)).sound
    assert replace(found, change=printed(8), precision="float32").sound


def test_it_is_seeded_and_changes_nothing(drawn: Draw) -> None:
    pair = drawn(5, 5, 5)
    before = {name: array.copy() for name, array in pair.theta_b.items()}
    first, again, other = (weight_matching(pair, seed=seed) for seed in (1, 1, 2))
    assert first.objectives == again.objectives
    assert first.objectives[:2] == other.objectives[:2]
    assert all(np.array_equal(pair.theta_b[name], before[name]) for name in before)
    assert 0 <= first.moved <= 1
    assert first.seconds > 0


def test_a_start_is_taken_and_checked(drawn: Draw) -> None:
    pair = m4()
    best = exhaustive_matching(pair)
    assert weight_matching(pair, restarts=1, start=best.perm).objective == pytest.approx(best.objective, rel=ROUNDING)
    with pytest.raises(InputError, match=r"each of 0..3 once"):
        weight_matching(pair, start={1: [0, 0, 1, 2]})


def test_bad_input_is_refused_in_one_sentence(drawn: Draw) -> None:
    pair = drawn(4)
    with pytest.raises(InputError, match="made at least once; got restarts=0"):
        weight_matching(pair, restarts=0)
    with pytest.raises(InputError, match="P2 is a Polynomial"):
        weight_matching(p2())
    flat = MLP((3, 2), "tanh", CrossEntropy(), gaussian_clusters(20, 3, 2))
    theta = flat.draw(generator("flat"))
    with pytest.raises(InputError, match="a single layer"):
        weight_matching(Pair(flat, theta, theta))
    wide = drawn(5)
    with pytest.raises(ShapeError, match=r"equal widths; got \(5,\) for theta_a and \(4,\)"):
        weight_matching(Pair(pair.landscape, wide.theta_a, wide.theta_b))
    with pytest.raises(ShapeError, match="were the widths equal"):
        Pair(pair.landscape, pair.theta_a, wide.theta_b)
    with pytest.raises(InputError, match="widths \\(10,\\) have 3628800"):
        exhaustive_matching(f10())


def test_corrected_products_are_those_taken_anew(drawn: Draw) -> None:
    pair = drawn(12, 10, 11)
    net, stream = pair.landscape, generator("corrected products")
    kept = Alignment(net, pair.theta_a, pair.theta_b)
    perm = identity(net)
    for _ in range(30):
        layer = int(stream.integers(1, net.depth))
        first, second = stream.choice(len(perm[layer]), 2, replace=False)
        perm[layer] = perm[layer].copy()
        perm[layer][[first, second]] = perm[layer][[second, first]]
        for key in perm:
            fresh = Alignment(net, pair.theta_a, pair.theta_b).gains(key, perm)
            assert kept.gains(key, perm) == pytest.approx(fresh, rel=SOLVED, abs=SOLVED)
