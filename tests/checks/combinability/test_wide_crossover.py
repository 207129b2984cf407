"""The check of wide networks: the uniform family, rates of the best assignment, transport, necessity, hunts."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from toykit.checks.combinability import wide_crossover as subject
from toykit.combining.whole_neurons import whole_neurons
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt
from toykit.matching.search import assignment
from toykit.networks.fixtures import d3, f10, p2
from toykit.networks.two_layer import contributions
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, TORCH64, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


@pytest.mark.parametrize(("n", "unaligned", "ordered"), [(4, 24, 60), (16, 96, 816)])
def test_the_uniform_family(n: int, unaligned: int, ordered: int) -> None:
    """In closed form, and by 4,000 pairs of networks with three standard errors."""
    assert 1 / evaluate_exactly(SLUG, "uniform_unaligned", {"n": n}) == unaligned
    assert 1 / evaluate_exactly(SLUG, "uniform_sorted", {"n": n}) == ordered
    draws = generator("uniform neurons", n).random((4000, 2, n)) / n
    for found, expected in ((draws, 1 / unaligned), (np.sort(draws, axis=2), 1 / ordered)):
        distances = np.square(found[:, 0] - found[:, 1]).sum(axis=1)
        assert abs(distances.mean() - expected) < 3 * distances.std() / math.sqrt(len(distances))


def test_a_pair_of_the_uniform_family() -> None:
    pair = subject.uniform_family(6)
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    first, second = (theta["layers.2.weight"][0] for theta in (pair.theta_a, pair.theta_b))
    assert result.extra["best pairing"] == pytest.approx(((np.sort(first) - np.sort(second)) ** 2).sum(), rel=SOLVED)
    assert result.extra["as given"] == pytest.approx(((first - second) ** 2).sum(), rel=SOLVED)


@pytest.mark.parametrize(("dimension", "exponent"), [(3, -1.58), (6, -1.34)])
def test_rates_of_the_best_assignment(dimension: int, exponent: float) -> None:
    """Gaussian neurons in R^D, n = 32..512, mean of 20 samples each: the fitted exponent, near the limit -1 - 2/D."""
    widths, values = (32, 64, 128, 256, 512), []
    stream = generator(f"neurons of a test in {dimension} dimensions")
    for n in widths:
        found = []
        for first, second in stream.standard_normal((20, 2, n, dimension)):
            apart = cdist(first, second, "sqeuclidean")
            found.append(float(apart[np.arange(n), assignment(-apart)].sum()) / n**2)
        values.append(np.mean(found))
    assert np.polyfit(np.log(widths), np.log(values), 1)[0] == pytest.approx(exponent, abs=printed(1) / 2)


def test_two_boxes_far_apart_have_the_slower_rate() -> None:
    """In three dimensions the better rate needs one piece: about sqrt(n) neurons must cross the gap, so n^(-3/2)."""
    widths, values = (32, 64, 128, 256), []
    stream = generator("neurons of a test in two boxes")
    for n in widths:
        found = []
        for first, second in stream.random((100, 2, n, 3)):
            for sample in (first, second):
                sample[:, 0] += 20 * stream.integers(0, 2, n)
            apart = cdist(first, second, "sqeuclidean")
            found.append(float(apart[np.arange(n), assignment(-apart)].sum()) / n**2)
        values.append(np.mean(found))
    assert np.polyfit(np.log(widths), np.log(values), 1)[0] == pytest.approx(-1.5, abs=printed(1) / 2)


def test_every_pairing_of_f10_by_its_contributions() -> None:
    pair = f10()
    first, second = (contributions(pair.landscape, theta) for theta in (pair.theta_a, pair.theta_b))
    apart = np.square(second[None] - first[:, None]).sum(axis=(2, 3)) / first.shape[1]
    result = subject.check(pair)
    named = {comparison.name: comparison for comparison in result.comparisons}
    assert named["mean over all pairings"].bound.value == pytest.approx(apart.mean() * 10, rel=TORCH64)
    assert result.extra["as given"] == pytest.approx(whole_neurons(pair).letters["units_2"], rel=TORCH64)
    largest = max(np.square(part).sum(axis=(1, 2)).max() for part in (first, second)) / first.shape[1]
    assert named["worst pairing"].bound.value == pytest.approx(4 * 10 * largest, rel=TORCH64)


def test_transport_is_the_best_permutation() -> None:
    cost = generator("transport").random((5, 5))
    best = min(sum(cost[i, j] for i, j in enumerate(order)) for order in itertools.permutations(range(5)))
    assert subject.transport(cost) == pytest.approx(best, rel=SOLVED)
    assert subject.transport(np.full((3, 3), 2.0)) == pytest.approx(6, rel=ROUNDING)


def test_opposite_neurons_meet_the_bound() -> None:
    result = subject.check(subject.opposite(5))
    worst = next(c for c in result.comparisons if c.name == "worst pairing")
    assert worst.ratio == pytest.approx(1, rel=TORCH64)


def test_a_wrong_formula_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "evaluate", lambda slug, name, letters: 0.9 * evaluate(slug, name, letters))
    assert subject.check(subject.opposite(5)).verdict is Verdict.VIOLATED
    assert subject.check(f10()).verdict is Verdict.VIOLATED


def test_other_networks_are_inapplicable() -> None:
    for pair, reason in ((d3(), "2 hidden layers"), (p2(), "not a network with layers")):
        assert reason in subject.check(pair).reason


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["MEAN_FIELD", "INDEPENDENT"]


def test_hunt() -> None:
    found = hunt(SLUG, 60, seed=3)
    assert found.verdicts == {"HOLDS": 60}
    assert found.ratios["worst pairing"] > 0.99


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = f10()
    there = from_toy(here.landscape)
    ends = [translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b)]
    right = subject.check(replace(here, landscape=there, theta_a=ends[0], theta_b=ends[1]))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(subject.check(here).comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
