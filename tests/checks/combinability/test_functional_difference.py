"""The check of functional difference: extremal tables, F10, necessity, hunts, both backends, networks trained on digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import functional_difference as subject
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.matching import rebasin
from toykit.networks.fixtures import f10, p2
from toykit.tolerances import ROUNDING, TORCH64, printed
from toykit.verdict import Result, Verdict

SLUG = subject.SLUG


def named(result: Result, name: str) -> tuple[float, float]:
    """Both sides of the comparison of that name."""
    return next((c.measured.value, c.bound.value) for c in result.comparisons if c.name == name)


def test_disjoint_and_nested_errors_meet_the_bounds() -> None:
    disjoint, nested, _ = (subject.check(pair) for pair in subject.extremal())
    assert named(disjoint, "disagreement, upper end") == (0.75, 0.75)
    assert named(nested, "disagreement, lower end") == (0.25, 0.25)
    assert disjoint.extra["endpoints"]["normalised"] == pytest.approx(1, rel=ROUNDING)


def test_f10() -> None:
    result = subject.check(f10())
    assert result.verdict is Verdict.HOLDS
    assert result.extra["CKA by layer"] == pytest.approx([0.815809030678], abs=printed(11))
    measured, bound = named(result, "gain of the ensemble")
    assert measured == pytest.approx(bound, rel=ROUNDING)


def test_cka_does_not_see_the_order_of_units() -> None:
    pair = f10()
    moved = rebasin(pair.landscape, pair.theta_b, {1: np.arange(10)[::-1]})
    before, after = (subject.check(replace(pair, theta_b=theta)).extra["CKA by layer"] for theta in (pair.theta_b, moved))
    assert after == pytest.approx(before, rel=ROUNDING)


def test_a_wrong_count_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = subject.difference
    monkeypatch.setattr(subject, "difference", lambda *lists: replace(right(*lists), same_wrong=0.5))
    _, nested, _ = (subject.check(pair) for pair in subject.extremal())
    assert [c.name for c in nested.comparisons if not c.holds] == ["disagreement"]


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        met.append((name, [c.name for c in result.comparisons if not c.holds]))
    assert met == [("ONE_LABEL", ["disagreement"]), ("SQUARED", ["gain of the ensemble"])]


def test_without_outputs_it_does_not_apply() -> None:
    assert subject.check(p2()).verdict is Verdict.INAPPLICABLE


def test_hunt() -> None:
    found = hunt(SLUG, 48, seed=9)
    assert found.verdicts == {"HOLDS": 48}
    assert found.ratios["disagreement, upper end"] > 0.999
    assert found.ratios["disagreement, lower end"] > 0.999


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    here = next(pair for pair in subject.cases(4) if "3-4-4-2" in pair.name)
    there = from_toy(here.landscape)
    left = subject.check(here)
    right = subject.check(Pair(there, *(translated(theta, here.landscape, there) for theta in (here.theta_a, here.theta_b))))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=TORCH64)


def test_two_networks_trained_on_digits() -> None:
    pytest.importorskip("torch")
    from toykit.bridge import Recipe, digits, independent_pair

    result = subject.check(independent_pair(Recipe((32, 32), epochs=8), digits("train")))
    assert result.verdict is Verdict.HOLDS
    assert 0 < result.extra["endpoints"]["disagreement"] < result.extra["vertices"][0]["disagreement"]
    assert result.extra["accuracy of the ensemble of 6 vertices"] > result.extra["accuracy of single vertices"]
    assert result.extra["accuracy of the ensemble of both endpoints"] > result.extra["accuracy of the ensemble of 6 vertices"]
