"""The check of the fraction of good combinations: counts of F10, both bounds at equality, intervals, necessity, hunts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from toykit.checks.combinability import combinable_fraction as subject
from toykit.combining.draws import mixing
from toykit.combining.fraction import Fraction, fraction
from toykit.errors import InputError
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.matching.contribution import contribution_matching
from toykit.networks.fixtures import f10, p2
from toykit.tolerances import ROUNDING, SOLVED, printed
from toykit.verdict import Relation, Verdict

SLUG = subject.SLUG


def aligned() -> Pair:
    return replace(f10(), theta_b=contribution_matching(f10()).theta)


@pytest.mark.parametrize(
    ("pair", "good", "below_both", "bound", "quantiles"),
    [
        (f10(), 957, 472, 0.752714997, (5.8346, 10.4863, 18.8263)),
        (aligned(), 1004, 572, 0.875836205, (5.3671, 9.1123, 15.3103)),
    ],
)
def test_f10(pair: Pair, good: int, below_both: int, bound: float, quantiles: tuple[float, ...]) -> None:
    result = subject.check(pair, tau=0.0)
    assert result.verdict is Verdict.HOLDS
    assert round(result.extra["fraction"] * 1024) == good
    by_name = {c.name: c for c in result.comparisons}
    for name in ("fraction below c, from mean and variance", "certificate without sampling"):
        assert by_name[name].bound.value == pytest.approx(bound, abs=printed(9))
    assert tuple(result.extra["quantiles"].values()) == pytest.approx(quantiles, abs=printed(4))
    found = fraction(mixing(pair, granularity="neuron"))
    better = min(pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b))
    assert int((found.losses <= better * (1 + ROUNDING)).sum()) == below_both


def test_p2() -> None:
    result = subject.check(p2(), tau=1.0)
    assert result.verdict is Verdict.HOLDS
    assert result.extra["fraction"] == 1
    assert result.bound.value == pytest.approx(27 / 37, rel=ROUNDING)


def test_two_values_meet_both_bounds() -> None:
    (pair,) = subject.extremal()
    result = subject.check(pair)
    assert [(c.measured.lo, c.bound.value) for c in result.comparisons] == [(0.5, 0.5)] * 2
    assert result.extra["fraction"] == 1  # with the combinations at c itself


@pytest.mark.parametrize(("good", "draws"), [(100, 100), (93, 100), (0, 50)])
def test_the_interval_is_that_of_clopper_and_pearson(good: int, draws: int) -> None:
    losses = np.concatenate([np.zeros(good), np.full(draws - good, 2.0)])
    low, high = Fraction(losses, np.full(draws, 1 / draws), 1.0, exact=False).interval()
    assert good == 0 or binom.sf(good - 1, draws, low) == pytest.approx(0.025, rel=SOLVED)
    assert good == draws or binom.cdf(good, draws, high) == pytest.approx(0.025, rel=SOLVED)
    if good == draws:
        assert 1 - 4 / draws < low < 1 - 3 / draws  # the rule of three is one-sided


def test_drawn_combinations() -> None:
    result = subject.check(f10(), granularity="element", tau=10.0)
    assert result.verdict is Verdict.HOLDS
    assert "the law of 100 draws" in result.measured.note
    assert all(c.relation is Relation.AT_LEAST for c in result.comparisons)


def test_a_sample_has_a_draw() -> None:
    with pytest.raises(InputError, match="at least one draw; got 0"):
        fraction(mixing(p2(), "uniform"), draws=0)


def test_too_high_a_promise_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = subject.evaluate
    monkeypatch.setattr(
        subject, "evaluate", lambda slug, name, letters: honest(slug, name, letters) + (0.25 if name == "cantelli" else 0)
    )
    assert subject.check(f10(), tau=0.0).verdict is Verdict.VIOLATED


def test_necessity() -> None:
    for name, found in subject.necessity():
        result = subject.check(found)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)


def test_hunt() -> None:
    found = hunt(SLUG, 60, seed=3)
    assert found.verdicts == {"HOLDS": 60}
    assert found.ratios["fraction below c, from mean and variance"] > 0.99
