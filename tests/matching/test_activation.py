"""Activation matching: the identity it minimises, all permutations tried, planted permutations, units that never vary."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching import activation_matching, inverse, rebasin
from toykit.matching.activation import similarities
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

Draw = Callable[..., Pair]
SIMILARITIES = ["correlation", "covariance", "product"]


@pytest.mark.parametrize("place", ["post", "pre"])
@pytest.mark.parametrize("similarity", SIMILARITIES)
def test_a_planted_permutation_comes_back(drawn: Draw, similarity: str, place: str) -> None:
    pair = drawn(6, 5, 6)
    net, stream = pair.landscape, generator("planted answers")
    perm = {layer: stream.permutation(width) for layer, width in enumerate(net.widths, start=1)}
    found = activation_matching(replace(pair, theta_b=rebasin(net, pair.theta_a, perm)), similarity=similarity, place=place)
    assert all(np.array_equal(found.perm[layer], order) for layer, order in inverse(perm).items())
    assert (found.theta - pair.theta_a).norm() == 0
    assert found.sound
    assert found.method == f"activation, {similarity}, {place}"


def test_the_product_minimises_the_distance_of_the_features(drawn: Draw) -> None:
    pair = drawn(5, 4)
    net, found = pair.landscape, activation_matching(pair, similarity="product")
    total = 0.0
    for layer, width in enumerate(net.widths, start=1):
        ours, theirs = (net.features(theta, layer) for theta in (pair.theta_a, pair.theta_b))
        orders = [list(order) for order in itertools.permutations(range(width))]
        distances = [((ours - theirs[:, order]) ** 2).sum() for order in orders]
        reached = ((ours - theirs[:, found.perm[layer]]) ** 2).sum()
        assert reached == pytest.approx(min(distances), rel=ROUNDING)
        assert reached < max(distances)
        total += ((ours**2).sum() + (theirs**2).sum() - reached) / 2 / len(ours)
    assert found.objective == pytest.approx(total, rel=ROUNDING)


def test_correlations_are_those_of_numpy_and_free_of_scale(drawn: Draw) -> None:
    pair = drawn(5, 4)
    ours, theirs = (pair.landscape.features(theta, 1) for theta in (pair.theta_a, pair.theta_b))
    table, still = similarities(ours, theirs, "correlation")
    assert still == 0
    assert table == pytest.approx(np.corrcoef(ours.T, theirs.T)[:5, 5:], rel=ROUNDING, abs=ROUNDING)
    scaled, _ = similarities(ours * np.arange(1, 6) - 3, theirs * 7, "correlation")
    assert scaled == pytest.approx(table, rel=ROUNDING, abs=ROUNDING)
    centred, _ = similarities(ours, theirs, "covariance")
    assert centred == pytest.approx(np.cov(ours.T, theirs.T, bias=True)[:5, 5:], rel=ROUNDING, abs=ROUNDING)


def test_before_and_after_the_activation_are_two_tables(drawn: Draw) -> None:
    pair = drawn(5)
    net = pair.landscape
    for place, answers in (("pre", net.preactivations), ("post", net.features)):
        table = np.corrcoef(answers(pair.theta_a, 1).T, answers(pair.theta_b, 1).T)[:5, 5:]
        best = max(table[np.arange(5), list(order)].sum() for order in itertools.permutations(range(5)))
        assert activation_matching(pair, place=place).objective == pytest.approx(best, rel=ROUNDING)


def test_units_that_never_vary_count_as_zero_with_a_warning(drawn: Draw) -> None:
    pair = drawn(5, 4)
    dead = pair.theta_b["layers.1.weight"].copy()
    dead[[1, 3]] = 0.0
    stuck = replace(pair, theta_b=pair.theta_b.replace({"layers.1.weight": dead}))
    with pytest.warns(UserWarning, match="2 of 18 do not and count as 0"):
        found = activation_matching(stuck)
    assert found.notes == ("2 units do not vary over the data",)
    net = pair.landscape
    table, still = similarities(net.features(stuck.theta_a, 1), net.features(stuck.theta_b, 1), "correlation")
    assert still == 2
    assert (table[:, [1, 3]] == 0).all()
    assert np.isfinite(table).all()


def test_unknown_words_are_refused(drawn: Draw) -> None:
    pair = drawn(4)
    with pytest.raises(InputError, match="one of correlation, covariance, product; got 'cosine'"):
        activation_matching(pair, similarity="cosine")
    with pytest.raises(InputError, match="one of post, pre; got 'mid'"):
        activation_matching(pair, place="mid")
