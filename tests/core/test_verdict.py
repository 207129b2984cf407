from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit.errors import NonFiniteError
from toykit.verdict import Comparison, Number, Outcome, Relation, Result, Trust, Verdict

VALUES = st.floats(-1e6, 1e6)


@st.composite
def numbers(draw: st.DrawFn) -> Number:
    lo, hi = sorted((draw(VALUES), draw(VALUES)))
    match draw(st.sampled_from(Trust)):
        case Trust.EXACT:
            return Number.exact(lo)
        case Trust.CERTIFIED:
            return Number.certified(lo, hi)
        case Trust.ESTIMATED:
            return Number.estimated(lo, "a grid", hi - lo)


def comparison(measured: float, relation: Relation, bound: float, trivial: float | None = None) -> Comparison:
    return Comparison("c", Number.exact(measured), relation, Number.exact(bound), 0.0, trivial)


def result(*comparisons: Comparison, **assumptions: bool | None) -> Result:
    outcomes = {name: Outcome(holds, f"{name} was looked at") for name, holds in assumptions.items()}
    return Result("barrier/x", "a pair", comparisons, {"m": -1.0}, outcomes)


HOLDS = comparison(1, Relation.AT_MOST, 2)
FAILS = comparison(3, Relation.AT_MOST, 2)
VACUOUS = comparison(1, Relation.AT_MOST, 2, trivial=1.5)


@given(numbers())
def test_a_number_survives_json(number: Number) -> None:
    assert Number.from_json(json.loads(json.dumps(number.to_json()))) == number
    assert number.lo <= number.value <= number.hi


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("side", [0, 1])
def test_a_number_is_finite(bad: float, side: int) -> None:
    ends = (bad, 1.0) if side == 0 else (1.0, bad)
    with pytest.raises(NonFiniteError, match="a number is finite"):
        Number(*ends, Trust.EXACT)


def test_an_enclosure_is_not_turned_around() -> None:
    with pytest.raises(ValueError, match=r"lo <= hi; got \[2.0, 1.0\]"):
        Number.certified(2.0, 1.0)


@given(numbers(), numbers(), st.sampled_from(Relation), st.floats(0, 10))
def test_holds_is_false_only_if_the_enclosures_exclude_the_relation(
    measured: Number, bound: Number, relation: Relation, tolerance: float
) -> None:
    """Naive twin: the relation can hold for some x in one enclosure and y in the other, up to the tolerance."""
    low, high = measured.lo - bound.hi, measured.hi - bound.lo  # the range of x - y
    possible = {
        Relation.AT_MOST: low <= tolerance,
        Relation.AT_LEAST: high >= -tolerance,
        Relation.EQUAL: low <= tolerance and high >= -tolerance,
    }[relation]
    near = min(abs(low - tolerance), abs(high + tolerance)) < 1  # rounding may decide the borderline either way
    assert near or Comparison("c", measured, relation, bound, tolerance).holds == possible


@given(VALUES, VALUES)
def test_slack_is_negative_exactly_when_an_exact_inequality_fails(x: float, y: float) -> None:
    for relation in (Relation.AT_MOST, Relation.AT_LEAST):
        c = comparison(x, relation, y)
        assert c.holds == (c.slack >= 0)
    assert comparison(x, Relation.EQUAL, y).slack <= 0


@pytest.mark.parametrize(
    ("relation", "bound", "trivial", "vacuous"),
    [
        (Relation.AT_MOST, 2.0, 1.5, True),
        (Relation.AT_MOST, 1.5, 1.5, True),
        (Relation.AT_MOST, 1.0, 1.5, False),
        (Relation.AT_MOST, 2.0, None, False),
        (Relation.AT_LEAST, -1.0, 0.0, True),
        (Relation.AT_LEAST, 0.5, 0.0, False),
        (Relation.EQUAL, 0.5, 0.5, False),
    ],
)
def test_a_bound_no_better_than_the_trivial_one_is_vacuous(
    relation: Relation, bound: float, trivial: float | None, vacuous: bool
) -> None:
    assert comparison(0.0, relation, bound, trivial).vacuous is vacuous


@pytest.mark.parametrize(
    ("found", "verdict", "reason"),
    [
        (result(HOLDS), Verdict.HOLDS, "all comparisons hold"),
        (result(HOLDS, smooth=None), Verdict.HOLDS, "all comparisons hold"),
        (result(VACUOUS), Verdict.VACUOUS, "every bound allows what is true without the claim"),
        (result(HOLDS, VACUOUS), Verdict.HOLDS, "all comparisons hold"),
        (result(HOLDS, FAILS), Verdict.VIOLATED, "c: 3 <= 2 fails"),
        (result(FAILS, smooth=False), Verdict.INAPPLICABLE, "smooth: smooth was looked at"),
        (result(smooth=False, range=True), Verdict.INAPPLICABLE, "smooth: smooth was looked at"),
    ],
)
def test_the_verdict_follows_from_the_content(found: Result, verdict: Verdict, reason: str) -> None:
    assert (found.verdict, found.reason) == (verdict, reason)
    assert json.loads(json.dumps(found.to_json()))["verdict"] == verdict


def test_the_headline_is_the_first_comparison() -> None:
    found = result(HOLDS, VACUOUS)
    assert (found.measured, found.bound, found.slack) == (HOLDS.measured, HOLDS.bound, 1.0)
    none = result(smooth=False)
    assert (none.measured, none.bound, none.slack, none.trust) == (None, None, None, Trust.ESTIMATED)


def test_a_check_that_compares_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a check compares something unless an assumption is false"):
        result(smooth=True)


@given(st.lists(numbers(), min_size=2, max_size=6))
def test_the_weakest_number_decides_the_trust(found: list[Number]) -> None:
    comparisons = tuple(Comparison("c", number, Relation.EQUAL, number, 0.0) for number in found)
    assert result(*comparisons).trust == max(number.trust for number in found)


@pytest.mark.parametrize("bound", [0.0, -0.0])
def test_there_is_no_ratio_to_zero(bound: float) -> None:
    assert comparison(1.0, Relation.AT_MOST, bound).ratio is None
    assert comparison(1.0, Relation.EQUAL, 2.0).ratio is None
    assert comparison(1.0, Relation.AT_MOST, 4.0).ratio == 0.25
