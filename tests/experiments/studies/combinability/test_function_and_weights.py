"""Non-vacuity on tiny networks: cosines and disagreement fit the definitions, planted outcomes get their words."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import function_and_weights
from experiments.studies.combinability.function_and_weights import GROUPS, findings

Part = dict[str, Any]
TINY = {"widths": [64], "seeds": [1, 2], "epochs": 4, "draws": 6}
AS_PREDICTED = {"parents": 0.2, "uniform": 0.4, "vertices": 0.6}


@pytest.fixture(scope="module")
def part() -> Part:
    return {"config": TINY, "result": dict(function_and_weights.part(TINY, {}).result)}


def words(part: Part) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings([part])}


def planted(part: Part, levels: dict[str, float], gain: float = -0.01, off: float = 0.0, apart: float = 0.1) -> Part:
    made = copy.deepcopy(part)
    for pair in made["result"]["pairs"]:
        for found in pair.values():
            for law in found["weights"].values():
                law["cosines"] = [law["expected"] + off]
            for group, level in levels.items():
                each = found["functions"][group]
                each["normalised"], each["ensemble"] = level, 0.9 + (0.0 if group == "parents" else gain)
                each["disagreement"] = [apart] * 3
    return made


def test_draws_differ_from_their_parents_and_from_one_another(part: Part) -> None:
    for pair in part["result"]["pairs"]:
        for found in pair.values():
            assert set(found["functions"]) == set(GROUPS)
            assert found["weights"]["vertices"]["expected"] < found["weights"]["uniform"]["expected"] < 1
            assert found["functions"]["parents"]["accuracy"] > found["functions"]["vertices"]["accuracy"]
            for each in found["functions"].values():
                assert 0 <= each["normalised"] <= 1
                assert 0 <= each["cka"] <= 1
                assert 0 <= each["null normalised"] <= 1
    assert words(part)["cosines"] == "REPRODUCED"


def test_planted_outcomes(part: Part) -> None:
    assert set(words(planted(part, AS_PREDICTED)).values()) == {"REPRODUCED"}
    same = dict.fromkeys(GROUPS, 0.2)
    assert words(planted(part, same))["rising"] == "NOT REPRODUCED"
    assert words(planted(part, {"parents": 0.5, "uniform": 0.7, "vertices": 0.9}))["levels"] == "NOT REPRODUCED"
    assert words(planted(part, AS_PREDICTED, gain=0.09))["ensembles"] == "NOT REPRODUCED"
    assert words(planted(part, AS_PREDICTED, off=0.1))["cosines"] == "NOT REPRODUCED"
    assert words(planted(part, AS_PREDICTED, apart=0.0))["different"] == "NOT REPRODUCED"


def test_the_page_is_complete(part: Part) -> None:
    outcome = function_and_weights.summarise({"parts": [part], "lost": []}, {})
    assert len(outcome.result["tables"]) == 3
    assert len(outcome.blobs) == 1


def test_a_part_from_the_store_says_the_same(part: Part, kept: Any) -> None:
    fresh, again = (function_and_weights.summarise({"parts": each, "lost": []}, {}) for each in ([part], kept([part])))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
