"""Robustness on tiny networks: nothing moved, nothing changed; distances follow the law; planted outcomes get their words."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import robustness
from experiments.studies.combinability.robustness import PARTS, findings, means
from toykit.tolerances import TORCH32

Part = dict[str, Any]
TINY = {"widths": [128], "seeds": [1, 2], "epochs": 2, "draws": 12, "losses": 2}


@pytest.fixture(scope="module")
def part() -> Part:
    return {"config": TINY, "result": dict(robustness.part(TINY, {}).result)}


def words(part: Part) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings([part])}


def planted(part: Part, accuracies: list[float], barriers: list[float], off: float = 0.0) -> Part:
    made = copy.deepcopy(part)
    made["result"]["ends"] = [0.97]
    made["result"]["unaligned"] = [{"accuracy": accuracies[-1], "barrier": barriers[-1]}]
    for pair in made["result"]["pairs"]:
        for curve in pair.values():
            for row, accuracy, barrier in zip(curve, accuracies, barriers, strict=True):
                row |= {"accuracies": [accuracy] * 2, "barriers": [barrier] * 2, "distance": row["law"] + off}
    return made


CONVEX = [f**2 for f in PARTS]
MILD = [0.96, 0.96, 0.95, 0.93, 0.9, 0.8]


def test_nothing_re_shuffled_changes_nothing(part: Part) -> None:
    for pair in part["result"]["pairs"]:
        for curve in pair.values():
            assert curve[0]["distance"] == pytest.approx(curve[0]["law"], rel=TORCH32)
            assert len(curve[0]["accuracies"]) == 1
            assert [row["f"] for row in curve] == list(PARTS)
            assert curve[-1]["distance"] > curve[0]["distance"]
    assert words(part)["distance"] == "REPRODUCED"


def test_planted_outcomes(part: Part) -> None:
    assert set(words(planted(part, MILD, CONVEX)).values()) == {"REPRODUCED"}
    assert words(planted(part, [0.96, 0.9, 0.8, 0.7, 0.6, 0.5], CONVEX))["working"] == "NOT REPRODUCED"
    assert words(planted(part, MILD, [f**0.5 for f in PARTS]))["convex"] == "NOT REPRODUCED"
    assert words(planted(part, MILD, CONVEX, off=100.0))["distance"] == "NOT REPRODUCED"


def test_where_the_matched_midpoint_does_not_work_nothing_is_asked_of_it(part: Part) -> None:
    made = planted(part, [0.5, 0.4, 0.3, 0.2, 0.2, 0.2], CONVEX)
    assert words(made)["working"] == "QUALIFIED"


def test_means_are_over_draws_then_pairs() -> None:
    curves = [[{"x": [1.0, 3.0]}] * len(PARTS), [{"x": [5.0, 5.0]}] * len(PARTS)]
    values, errors = means(curves, "x")
    assert values == [3.5] * len(PARTS)
    assert errors == [0.5] * len(PARTS)


def test_the_page_is_complete(part: Part) -> None:
    outcome = robustness.summarise({"parts": [part], "lost": []}, {})
    assert outcome.result["word"] in {"REPRODUCED", "QUALIFIED", "NOT REPRODUCED"}
    assert len(outcome.blobs) == 1


def test_a_part_from_the_store_says_the_same(part: Part, kept: Any) -> None:
    fresh, again = (robustness.summarise({"parts": each, "lost": []}, {}) for each in ([part], kept([part])))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
