"""The check of the best order: ground truths of F10 and of its first seven neurons, planted orders, necessity, hunts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import contribution_alignment as subject
from toykit.checks.combinability import neuron_vertices
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.matching.contribution import contribution_matching, contribution_products
from toykit.matching.rebasin import rebasin
from toykit.matching.weight import weight_matching
from toykit.networks.fixtures import d3, f10, m4, w
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


def seven() -> Pair:
    """The first seven neurons of F10."""
    data = Data(w((20, 4), 0.1), w((20, 2), 0.2), name="F7")
    net = MLP((4, 7, 2), "relu", SquaredLoss(factor=1.0), data, bias=(True, False))
    ends = [net.point(w((10, 4), s)[:7], w((10,), s + 1)[:7], w((2, 10), s + 2)[:, :7]) for s in (1, 5)]
    return Pair(net, ends[0], ends[1], "F7")


def test_f10() -> None:
    matching = contribution_matching(f10())
    assert matching.perm[1].tolist() == [5, 4, 6, 1, 0, 7, 3, 9, 8, 2]
    assert matching.sound
    aligned = replace(f10(), theta_b=matching.theta)
    for p, mean, variance in ((0.5, 9.913163908303, 16.029366825028), (0.2, 8.570780542937, 4.754563471727)):
        result = subject.check(f10(), spec=f"bernoulli({p})")
        assert result.verdict is Verdict.HOLDS
        assert result.comparisons[0].measured.value == pytest.approx(mean, abs=printed(11))
        assert result.comparisons[1].measured.value == pytest.approx(10.199798952622, abs=printed(12))
        assert result.extra["units as given"] == pytest.approx(16.947883149813, abs=printed(12))
        after = neuron_vertices.check(aligned, spec=f"bernoulli({p})")
        assert after.comparisons[2].measured.value == pytest.approx(variance, abs=printed(11))


def test_all_orders_of_the_first_seven_neurons() -> None:
    pair, table = seven(), contribution_products(seven())
    result = subject.check(pair)
    sizes = result.letters["sizes_2"]
    totals = [sizes - 2 * float(table[np.arange(7), list(order)].sum()) for order in itertools.permutations(range(7))]
    assert contribution_matching(pair).perm[1].tolist() == [5, 2, 6, 1, 0, 4, 3]
    assert min(totals) == pytest.approx(6.915490508337, abs=printed(12))
    assert totals[0] == pytest.approx(10.018980785298, abs=printed(12))
    assert np.mean(totals) == pytest.approx(9.010615479442, abs=printed(12))
    by_name = {c.name: c for c in result.comparisons}
    assert by_name["distance of the matching"].measured.value == pytest.approx(min(totals), abs=ROUNDING * sizes)
    assert by_name["against the average order"].bound.value == pytest.approx(np.mean(totals), abs=ROUNDING * sizes)
    assert totals[0] == pytest.approx(subject.distance(pair.landscape, pair, range(7)), abs=ROUNDING * sizes)


def test_no_other_matcher_comes_closer() -> None:
    pair = f10()
    net, best = pair.landscape, contribution_matching(pair)
    reached = subject.distance(net, pair, best.perm[1])
    assert reached <= subject.distance(net, pair, weight_matching(pair).perm[1])


def test_a_planted_order_is_found() -> None:
    perm = {1: generator("planted").permutation(10), 2: None}
    pair = f10()
    moved = replace(pair, theta_b=rebasin(pair.landscape, pair.theta_a, {1: perm[1]}))
    assert np.array_equal(perm[1][contribution_matching(moved).perm[1]], np.arange(10))
    assert subject.check(moved).comparisons[1].measured.value == 0


def test_deeper_networks_are_matched_but_not_claimed() -> None:
    pair = m4()
    net = pair.landscape
    moved = replace(pair, theta_b=rebasin(net, pair.theta_a, {1: [2, 0, 3, 1], 2: [1, 0, 3, 2]}))
    found = contribution_matching(moved)
    assert found.notes == ("heuristic: one pass from the top",)
    assert (found.theta - pair.theta_a).norm() == 0
    result = subject.check(d3())
    assert (result.verdict, result.reason) == (Verdict.INAPPLICABLE, "ONE_LAYER: 2 hidden layers")


def test_a_worse_order_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = seven()
    monkeypatch.setattr(subject, "contribution_matching", weight_matching)
    failed = {c.name for c in subject.check(pair).comparisons if not c.holds}
    assert "distance of the matching" in failed


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["INDEPENDENT", "SQUARED"]


def test_hunt() -> None:
    found = hunt(SLUG, 40, seed=3)
    assert found.verdicts == {"HOLDS": 40}
    assert found.ratios["against every order tried"] > 0.999


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = f10()
    net = MLP((4, 10, 2), "relu", SquaredLoss(1.0), here.landscape.data)
    zero = {"layers.2.bias": np.zeros(2)}
    ends = [type(theta)({**theta, **zero}) for theta in (here.theta_a, here.theta_b)]
    there = from_toy(net)
    left = subject.check(here)
    right = subject.check(Pair(there, *(translated(theta, net, there) for theta in ends), here.name))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, abs=20 * TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, abs=20 * TORCH64)
