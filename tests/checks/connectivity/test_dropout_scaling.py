"""Thinned last layers: the fractions of the page, the exact law on every network, the digits, and what breaks it."""

from __future__ import annotations

from fractions import Fraction as F
from itertools import combinations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from toykit.checks.connectivity.dropout_scaling import check, extremal, necessity, units
from toykit.connectivity.thinning import Thinnable, subsets
from toykit.connectivity.toys import exact_instance, one_unit, random_nets
from toykit.formula import evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, printed
from toykit.verdict import Trust, Verdict

SLUG = "connectivity/dropout_scaling"
SIX = (3, -1, 4, 1, -5, 9)
MEANS = [F(113, 12), F(151, 40), F(341, 180), F(229, 240), F(39, 100), F(1, 72)]


@pytest.mark.parametrize("size", range(1, 7))
def test_the_six_units(size: int) -> None:
    layer = Thinnable.of(units(SIX, 2, "six").landscape, units(SIX, 2, "six").theta_a)
    kept = subsets(6, size, 0, generator("unused"))
    assert kept.whole
    _, excess = layer.measured(kept.counts, 6 / size)
    assert excess.mean() + layer.loss == pytest.approx(float(MEANS[size - 1]), rel=ROUNDING)
    assert layer.scatter() == pytest.approx(677 / 30, rel=ROUNDING)
    known = {"kept": size, "n": 6, "scatter": F(677, 30), "factor": F(1, 2)}
    assert evaluate_exactly(SLUG, "excess", known) == sp.Rational(677, 60) * (sp.Rational(1, size) - sp.Rational(1, 6))


@given(st.lists(st.fractions(-9, 9, max_denominator=9), min_size=2, max_size=7), st.data())
def test_the_law_in_fractions(values: list[F], data: st.DataObject) -> None:
    n = len(values)
    size = data.draw(st.integers(1, n))
    mean = F(sum(values), n)
    sets = list(combinations(values, size))
    measured = sum((F(sum(chosen), size) - mean) ** 2 for chosen in sets) / len(sets)
    scatter = sum((c - mean) ** 2 for c in values) / F(n - 1)
    law = evaluate_exactly(SLUG, "deviation", {"kept": size, "n": n, "scatter": scatter})
    assert law == sp.Rational(measured.numerator, measured.denominator)


def test_a_third_and_a_ninth() -> None:
    half, three, nine = (
        evaluate_exactly(SLUG, "excess", {"kept": F(k), "n": 40, "scatter": 1, "factor": 1}) for k in (20, 30, 36)
    )
    assert (three / half, nine / half) == (sp.Rational(1, 3), sp.Rational(1, 9))


def test_thinned_outputs_are_those_of_the_thinned_network() -> None:
    pair = random_nets(2)
    net, theta = pair.landscape, pair.theta_a
    layer = Thinnable.of(net, theta)
    counts = subsets(layer.width, 2, 0, generator("unused")).counts
    name = net.weight_name(net.depth)
    blocks = np.concatenate(list(layer.thinned(counts, layer.width / 2)))
    for row, outputs in zip(counts, blocks, strict=True):
        thinned = theta.replace({name: theta[name] * row * layer.width / 2})
        assert outputs == pytest.approx(net.outputs(thinned), abs=ROUNDING * 10)


def test_the_bending_is_the_trace_of_fisher_times_covariance() -> None:
    pair = next(p for p in map(random_nets, range(1, 40, 2)) if p.landscape.traits.loss == "cross-entropy")
    layer = Thinnable.of(pair.landscape, pair.theta_a)
    n, total = layer.width, 0.0
    for f, z in zip(layer.features, layer.outputs, strict=True):
        p = np.exp(z) / np.exp(z).sum()
        covariance = np.cov(n * f[:, None] * layer.weight.T, rowvar=False)
        total += np.trace((np.diag(p) - np.outer(p, p)) @ covariance)
    assert layer.bending() == pytest.approx(total / len(layer.features), rel=ROUNDING * 100)


def test_the_second_order_value_is_right_for_a_weak_read_out() -> None:
    pair = next(p for p in map(random_nets, range(1, 40, 2)) if p.landscape.traits.loss == "cross-entropy")
    name = pair.landscape.weight_name(pair.landscape.depth)
    theta = pair.theta_a.replace({name: pair.theta_a[name] * 1e-4})
    (row, *_) = check(Pair(pair.landscape, theta, theta, "weak read-out")).extra["sizes"]
    assert row["all"]
    assert row["excess"] == pytest.approx(row["second_order"], rel=printed(2))


def test_the_best_set_meets_the_mean_where_two_units_fit_together() -> None:
    result = check(list(extremal())[1])
    assert result.comparisons[2].ratio == 1
    assert result.trust is Trust.EXACT


def test_the_hunt_holds() -> None:
    found = hunt(SLUG, 40, seed=5)
    assert found.verdicts == {"HOLDS": 40}, found.violations
    assert max(found.ratios.values()) > 0.8


def test_what_breaks_it() -> None:
    for name, pair in necessity():
        result = check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
    assert check(one_unit()).assumptions["LAYERS"].holds is False
    assert check(exact_instance()).verdict is Verdict.HOLDS


@pytest.mark.parametrize("loss", ["squared", "cross-entropy"])
def test_trained_digits_are_within_five_per_cent(loss: str) -> None:
    pytest.importorskip("torch")
    from toykit.bridge import Recipe, digits, independent_pair

    pair = independent_pair(Recipe((32, 48), loss=loss, epochs=20), digits("test"))
    result = check(pair, draws=1000)
    assert result.verdict is Verdict.HOLDS, result.reason
    for row in result.extra["sizes"]:
        assert row["deviation"] == pytest.approx(row["predicted"], rel=5 * printed(2))
    single = Pair(pair.landscape, pair.theta_a, pair.theta_a, pair.name)
    assert check(single, draws=50).comparisons[0].measured.value == check(pair, draws=50).comparisons[0].measured.value
