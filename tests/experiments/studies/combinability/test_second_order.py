"""The second-order study on tiny networks: exact at small radii where the loss is smooth; planted outcomes get their words."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import second_order
from experiments.studies.combinability.second_order import between_laws, findings, ratios
from toykit.combining.excess import RADII
from toykit.tolerances import PROBE32

Part = dict[str, Any]
TINY = {"widths": [6], "seeds": [1, 2], "epochs": 10, "draws": 4}


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    configs = [{**TINY, "activation": activation} for activation in ("tanh", "relu")]
    return [{"config": config, "result": dict(second_order.part(config, {}).result)} for config in configs]


def words(parts: list[Part]) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings(parts)}


def planted(parts: list[Part], tanh: float = 1.0, relu: float = 1.5, third: float = 1 / 3) -> list[Part]:
    made = copy.deepcopy(parts)
    for part in made:
        for laws in part["result"]["matchers"].values():
            for law, share in (("vertices", 1.0), ("uniform", third)):
                laws[law]["excess"] = [share * radius**2 for radius in RADII]
                laws[law]["ratio"] = [tanh if part["config"]["activation"] == "tanh" else relu] * len(RADII)
    return made


def test_a_smooth_loss_has_the_ratio_1_at_a_small_radius(parts: list[Part]) -> None:
    for way in ("none", "activation"):
        last = ratios(parts[0], way)[-1]
        assert last == pytest.approx(1.0, rel=PROBE32)
        assert len(between_laws(parts[0], way)) == len(RADII)


def test_planted_outcomes(parts: list[Part]) -> None:
    assert set(words(planted(parts)).values()) == {"REPRODUCED"}
    assert words(planted(parts, tanh=1.2))["smooth"] == "NOT REPRODUCED"
    assert words(planted(parts, relu=0.9))["kinks"] == "NOT REPRODUCED"
    assert words(planted(parts, third=0.5))["laws"] == "NOT REPRODUCED"


def test_the_page_is_complete(parts: list[Part]) -> None:
    outcome = second_order.summarise({"parts": parts, "lost": []}, {})
    assert len(outcome.result["tables"]) == 2
    assert len(outcome.blobs) == 1


def test_a_part_from_the_store_says_the_same(parts: list[Part], kept: Any) -> None:
    fresh, again = (second_order.summarise({"parts": each, "lost": []}, {}) for each in (parts, kept(parts)))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
