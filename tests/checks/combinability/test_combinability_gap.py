"""The check of the gap: three numbers that add up, ground truths of P2 and F10, quantiles, necessity, hunts."""

from __future__ import annotations

import numpy as np
import pytest

from toykit.checks.combinability import combinability_gap as subject
from toykit.combining.draws import expectation, mixing
from toykit.combining.gap import Gap, combination_gap
from toykit.hunt import hunt
from toykit.networks.fixtures import f10, p2
from toykit.tolerances import ROUNDING, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


def test_p2() -> None:
    result = subject.check(p2())
    assert result.verdict is Verdict.HOLDS
    assert result.measured.value == -1
    assert (result.letters["gap_m"], result.letters["excess"]) == (-21 / 4, 17 / 4)
    assert result.extra["quantiles"] == {"10%": 0, "50%": 2, "90%": 14}


def test_f10_whole_neurons() -> None:
    mixed = mixing(f10(), granularity="neuron")
    line = (f10().landscape.loss(f10().theta_a) + f10().landscape.loss(f10().theta_b)) / 2
    assert expectation(mixed) - line == pytest.approx(-3.560537809748, abs=printed(10))
    found = combination_gap(mixed, 40, few=1024)
    assert found.exact
    assert found.gap == pytest.approx(-3.560537809748, abs=printed(10))
    assert found.gap == pytest.approx(found.excess + found.at_mean - found.line, abs=ROUNDING * 20)


def test_a_point_of_the_chord_has_no_excess() -> None:
    result = subject.check(p2(), law="constant(0.3)")
    at = p2().landscape.loss(mixing(p2(), "constant(0.3)").centre)
    assert result.letters["excess"] == 0
    assert result.measured.value == pytest.approx(at - 0.3 * 14, rel=ROUNDING)


@pytest.mark.parametrize("law", ["bernoulli(0.25)", "uniform", "gauss(0.3)", "radial(1.5)"])
@pytest.mark.parametrize("granularity", ["element", "row", "layer", "global"])
def test_f10_in_every_law(law: str, granularity: str) -> None:
    result = subject.check(f10(), law=law, granularity=granularity)
    assert result.verdict is Verdict.HOLDS
    assert result.extra["deviation"] > 0


def test_quantiles_of_weighted_losses() -> None:
    losses = np.array([3.0, 1.0, 2.0])
    found = Gap(losses, np.array([0.05, 0.15, 0.8]), None, 0.0, 0.0, 0.5, True)
    assert found.quantiles == {"10%": 1.0, "50%": 2.0, "90%": 2.0}
    assert found.mean == pytest.approx(1.9, rel=ROUNDING)


def test_necessity() -> None:
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)


def test_hunt() -> None:
    assert hunt(SLUG, 60, seed=3).verdicts == {"HOLDS": 60}
