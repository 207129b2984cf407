from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from toykit.errors import InputError
from toykit.hunt import Hunt, check_module, hunt, tightness
from toykit.landscape import Pair
from toykit.verdict import Comparison, Number, Outcome, Relation, Result, Verdict

HUNT = sys.modules["toykit.hunt"]  # `toykit.hunt` as an attribute is the function


def comparison(measured: float, relation: Relation, bound: float, trivial: float | None = None) -> Comparison:
    return Comparison("upper", Number.exact(measured), relation, Number.exact(bound), 0.0, trivial)


def result(measured: float, bound: float = 1.0, trivial: float | None = None, smooth: bool = True) -> Result:
    outcomes = {"SMOOTH": Outcome(smooth, "by type")}
    return Result("barrier/x", "toy", (comparison(measured, Relation.AT_MOST, bound, trivial),), {}, outcomes)


@pytest.mark.parametrize(
    ("measured", "relation", "bound", "ratio"),
    [
        (0.5, Relation.AT_MOST, 1.0, 0.5),
        (1.0, Relation.AT_MOST, 1.0, 1.0),
        (4.0, Relation.AT_LEAST, 1.0, 0.25),
        (1.0, Relation.AT_MOST, 0.0, None),
        (-1.0, Relation.AT_MOST, 1.0, None),
        (-2.0, Relation.AT_MOST, -1.0, None),
        (0.0, Relation.AT_LEAST, 1.0, None),
        (1.0, Relation.EQUAL, 1.0, None),
    ],
)
def test_tightness_is_one_at_equality(measured: float, relation: Relation, bound: float, ratio: float | None) -> None:
    assert tightness(comparison(measured, relation, bound)) == ratio


@pytest.mark.parametrize(
    ("results", "verdict"),
    [
        ([], Verdict.INAPPLICABLE),
        ([result(0.5, smooth=False)], Verdict.INAPPLICABLE),
        ([result(0.5, trivial=0.5)], Verdict.VACUOUS),
        ([result(0.5, trivial=0.5), result(0.5)], Verdict.HOLDS),
        ([result(0.5), result(2.0), result(0.5, smooth=False)], Verdict.VIOLATED),
    ],
)
def test_one_violation_decides_a_hunt(results: list[Result], verdict: Verdict) -> None:
    found = Hunt("barrier/x", 0)
    for one in results:
        found.add(one)
    assert found.verdict is verdict
    assert found.cases == len(results)


def test_a_hunt_keeps_the_largest_ratio_and_every_violation() -> None:
    found = Hunt("barrier/x", 0)
    for measured in (0.3, 0.9, 0.5):
        found.add(result(measured))
    found.add(result(0.99, smooth=False))
    assert found.ratios == {"upper": 0.9}
    assert found.reasons == {"SMOOTH: by type": 1}
    found.add(result(3.0))
    assert [v["comparisons"][0]["measured"]["value"] for v in found.violations] == [3.0]


class _Planted:
    """A check module whose claim `norm(theta_b) <= 1` is false on every fourth case."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    def check(self, pair: Pair) -> Result:
        return result(pair.theta_b.norm())

    def cases(self, count: int, seed: int = 0) -> Iterator[Pair]:
        for case in range(count):
            yield replace(self.pair, theta_b=self.pair.theta_b * (2.0 if case % 4 == seed else 0.5))


def test_a_hunt_finds_the_planted_violation(monkeypatch: pytest.MonkeyPatch, well: Pair) -> None:
    monkeypatch.setattr(HUNT, "check_module", lambda slug: _Planted(well))
    found = hunt("barrier/x", count=20, seed=3)
    assert (found.cases, found.verdict, len(found.violations)) == (20, Verdict.VIOLATED, 5)
    assert found.to_json()["verdicts"] == {"HOLDS": 15, "VIOLATED": 5}


def test_a_claim_without_a_check_says_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HUNT, "claim", lambda slug: None)
    with pytest.raises(InputError, match="make claim NAME=barrier/missing_page"):
        check_module("barrier/missing_page")
