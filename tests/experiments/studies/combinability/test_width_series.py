"""The width series on tiny networks: planted barriers get their words, and digits are not compared with MNIST."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import width_series
from experiments.studies.combinability.width_series import PUBLISHED, STAR, barriers, findings
from experiments.studies.words import UNMEASURED

Part = dict[str, Any]
TINY = {"widths": [4], "seeds": [1, 2], "epochs": 4}


@pytest.fixture(scope="module")
def part() -> Part:
    return {"config": TINY, "result": dict(width_series.part(TINY, {}).result)}


def planted(part: Part, by_weight: dict[int, float]) -> list[Part]:
    made = []
    for width, barrier in by_weight.items():
        each = copy.deepcopy(part)
        each["config"] = {**TINY, "widths": [width], "data": "mnist"}
        for pair in each["result"]["pairs"]:
            pair["barriers"] |= {"weight": barrier, "none": 2 * PUBLISHED[width]}
        made.append(each)
    return made


def words(parts: list[Part]) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings(parts)}


def test_the_part_has_all_barriers(part: Part) -> None:
    assert barriers([part], "none")[4] >= 0
    assert part["result"]["controls"]["planted"]["weight"] == 1.0


def test_planted_outcomes(part: Part) -> None:
    assert set(words(planted(part, PUBLISHED)).values()) == {"REPRODUCED"}
    assert words(planted(part, {width: 10 * value for width, value in PUBLISHED.items()}))["published"] == "NOT REPRODUCED"
    assert words(planted(part, {width: 3 * value for width, value in PUBLISHED.items()}))["matching"] == "NOT REPRODUCED"
    rising = dict(zip(PUBLISHED, sorted(PUBLISHED.values()), strict=True))
    assert words(planted(part, rising))["falls"] == "NOT REPRODUCED"


def test_digits_are_not_compared_with_mnist(part: Part) -> None:
    (finding,) = (each for each in findings([part]) if each.prediction == "published")
    assert finding.says == UNMEASURED


def test_the_published_series_has_the_star_below_the_pair() -> None:
    assert all(STAR[width] < PUBLISHED[width] for width in PUBLISHED)


def test_the_page_is_complete(part: Part) -> None:
    outcome = width_series.summarise({"parts": planted(part, PUBLISHED), "lost": []}, {})
    assert len(outcome.result["tables"]) == 2
    assert len(outcome.blobs) == 1


def test_a_part_from_the_store_says_the_same(part: Part, kept: Any) -> None:
    fresh, again = (
        width_series.summarise({"parts": each, "lost": []}, {})
        for each in (planted(part, PUBLISHED), kept(planted(part, PUBLISHED)))
    )
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
