"""The check of several networks in one frame: ground truths, necessity, hunts, both backends, networks trained on digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import cycle_consistency as subject
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import p2
from toykit.tolerances import TORCH64, printed
from toykit.verdict import Result, Verdict

SLUG = subject.SLUG


def named(result: Result, name: str) -> tuple[float, float]:
    """Both sides of the comparison of that name."""
    return next((c.measured.value, c.bound.value) for c in result.comparisons if c.name == name)


def test_three_swaps() -> None:
    result = subject.check(subject.three_swaps())
    assert result.verdict is Verdict.HOLDS
    assert named(result, "factored objective") == (-1, 0)
    assert result.extra["cycle error of pairwise matchings"] == 1
    assert named(result, "units out of place around the cycle") == (0, 0)


def test_three_networks_of_the_kind_of_m4() -> None:
    result = subject.check(subject.three_deep())
    assert result.verdict is Verdict.HOLDS
    assert named(result, "factored objective") == pytest.approx((23.238857809, 26.183260295), abs=printed(9))
    assert result.extra["cycle error of pairwise matchings"] == 5 / 8
    assert result.assumptions["EXACT"].how == "all permutations of each pair"


def test_equality_for_copies() -> None:
    (pair,) = subject.extremal()
    measured, bound = named(subject.check(pair), "factored objective")
    assert measured == pytest.approx(bound, rel=TORCH64)
    assert measured == pytest.approx(3 * pair.theta_a.norm() ** 2, rel=TORCH64)


def test_five_networks() -> None:
    pair = subject.three_deep()
    more = tuple(pair.theta_a + theta * printed(1) for theta in (pair.theta_b, pair.others[0]))
    result = subject.check(replace(pair, others=(*pair.others, *more)))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["models"] == 5
    assert result.extra["networks"] == "all given"


def test_a_wrong_mean_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "mean", lambda thetas: thetas[0])
    failed = [c.name for c in subject.check(subject.three_deep()).comparisons if not c.holds]
    assert failed == ["squared distances of all pairs"]


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        met.append((name, [c.name for c in result.comparisons if not c.holds]))
    assert met == [("EXACT", ["factored objective"]), ("START", ["smallest rise in merging"])]


def test_without_hidden_units_it_does_not_apply() -> None:
    assert subject.check(p2()).verdict is Verdict.INAPPLICABLE


def test_hunt() -> None:
    found = hunt(SLUG, 40, seed=6)
    assert found.verdicts == {"HOLDS": 40}
    assert found.ratios["factored objective"] > 0.999


def test_three_networks_trained_on_digits() -> None:
    pytest.importorskip("torch")
    from toykit.bridge import Recipe, digits, independent_pair

    pair: Pair = independent_pair(Recipe((32, 32), epochs=8), digits("train"), (1, 2, 3))
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.assumptions["EXACT"].holds is None
    assert result.extra["cycle error of pairwise matchings"] > 0.5
    losses = result.extra["loss of the mean network"]
    assert losses["factored"] < losses["as given"] / 2
    assert result.extra["change of outputs"] < TORCH64
    assert np.isfinite(result.extra["gap at 1/2 to the network mapped around the cycle"])
