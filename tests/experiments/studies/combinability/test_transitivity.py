"""Transitivity on tiny networks: letters fit together, triples are distinct, planted outcomes get their words."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import transitivity
from experiments.studies.combinability._transitivity_findings import findings
from experiments.studies.combinability.transitivity import chosen_triples
from toykit.matching.transitivity import transitivity_index
from toykit.tolerances import ROUNDING

Part = dict[str, Any]
TINY = {"widths": [128, 8], "seeds": [1, 2, 3], "epochs": 2, "triples": 3}


@pytest.fixture(scope="module")
def part() -> Part:
    return {"config": TINY, "result": dict(transitivity.part(TINY, {}).result)}


def words(part: Part) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings([part])}


def planted(part: Part, via: float = 0.02, by_weight: float = 0.1, by_activation: float = 0.5, off: float = 0.0) -> Part:
    made = copy.deepcopy(part)
    for matcher, rows in made["result"]["triples"].items():
        for row in rows:
            row["barriers"] = {"unaligned": 1.0, "via": via, "direct": via / 2}
            row["index"] = by_weight if matcher == "weight" else by_activation
            row["cosine"] = row["null"] + off
    return made


def test_triples_are_of_three_networks_each_once() -> None:
    every = chosen_triples(6, 1000)
    assert len(every) == len(set(every)) == 60
    some = chosen_triples(6, 20)
    assert len(some) == len(set(some)) == 20
    assert all(a < b and c not in (a, b) for a, b, c in some)


def test_the_index_follows_from_the_cosines(part: Part) -> None:
    for rows in part["result"]["triples"].values():
        assert len(rows) == 3
        for row in rows:
            if row["index"] is not None:
                expected = (row["cosine"] - row["null"]) / (row["direct"] - row["null"])
                assert row["index"] == pytest.approx(expected, rel=ROUNDING)
    assert transitivity_index(0.5, 0.5, 0.5, 0.26) is None


def test_a_common_reference_that_learnt_nothing_is_a_control(part: Part) -> None:
    assert set(part["result"]["scrambled"]) == set(part["result"]["triples"])
    assert "scrambled one" in transitivity.summarise({"parts": [part], "lost": []}, {}).result["notes"][0]


def test_planted_outcomes(part: Part) -> None:
    assert set(words(planted(part)).values()) == {"REPRODUCED"}
    assert words(planted(part, via=0.9))["connected"] == "NOT REPRODUCED"
    assert words(planted(part, by_weight=0.5))["index"] == "NOT REPRODUCED"
    assert words(planted(part, by_weight=0.3))["index"] == "QUALIFIED"
    assert words(planted(part, by_activation=0.1))["index"] == "NOT REPRODUCED"
    assert words(planted(part, off=0.2))["null"] == "NOT REPRODUCED"


def test_networks_for_comparison_are_not_counted(part: Part) -> None:
    other = planted(part, via=0.9, by_weight=0.9)
    other["config"] = {**other["config"], "first": "torch"}
    assert [str(each.word) for each in findings([planted(part), other])] == ["REPRODUCED"] * 4


def test_a_part_from_the_store_says_the_same(part: Part, kept: Any) -> None:
    fresh, again = (transitivity.summarise({"parts": each, "lost": []}, {}) for each in ([part], kept([part])))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
