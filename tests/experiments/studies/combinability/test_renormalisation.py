"""Renormalisation on tiny networks: the midpoint's first layer is exact, targets are met, planted outcomes get their words."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import renormalisation
from experiments.studies.combinability.renormalisation import LAWS, WAYS, findings
from toykit.tolerances import TORCH32

Part = dict[str, Any]
TINY = {"seeds": [1, 2], "epochs": 10, "draws": 2}


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    configs = [{"widths": widths, **TINY} for widths in ([16], [16, 16])]
    return [{"config": config, "result": dict(renormalisation.part(config, {}).result)} for config in configs]


def every(parts: list[Part]) -> list[tuple[Part, str, dict[str, Any]]]:
    return [(p, law, pair[way][law]) for p in parts for pair in p["result"]["pairs"] for way in WAYS for law in LAWS]


def words(parts: list[Part]) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings(parts)}


def planted(parts: list[Part], off: float = 0.0, kept: float = 1.0, left: float = 0.5, sign: float = 1.0) -> list[Part]:
    made = copy.deepcopy(parts)
    for part, _, found in every(made):
        found["first layer"] = [kept * (1 + off), kept]
        found["layers"] = [[left, 1.0, 1.0, 1.0] for _ in found["layers"]]
        found["restored"] = [1.0 + off for _ in found["restored"]]
        found["accuracies"] |= {"plain": 0.5, "REPAIR": 0.5 + sign * 0.1 * len(part["config"]["widths"])}
    return made


def test_the_midpoint_of_the_first_layer_is_exact_and_repair_meets_its_targets(parts: list[Part]) -> None:
    for _, law, found in every(parts):
        if law == "midpoint":
            assert found["first layer"][0] == pytest.approx(found["first layer"][1], rel=TORCH32)
            assert found["first layer"][0] == pytest.approx(found["layers"][0][0], rel=TORCH32)
        assert found["restored"] == pytest.approx([1.0] * len(found["restored"]), rel=TORCH32)


def test_planted_outcomes(parts: list[Part]) -> None:
    assert set(words(planted(parts)).values()) == {"REPRODUCED"}
    assert {words(planted(parts, off=0.03))[name] for name in ("first layer", "restored")} == {"NOT REPRODUCED"}
    assert words(planted(parts, kept=0.8))["vertices"] == "NOT REPRODUCED"
    assert words(planted(parts, left=1.5))["deeper"] == "NOT REPRODUCED"
    assert words(planted(parts, sign=-1.0))["deep midpoints"] == "NOT REPRODUCED"


def test_the_page_is_complete(parts: list[Part]) -> None:
    outcome = renormalisation.summarise({"parts": parts, "lost": []}, {})
    assert len(outcome.result["tables"]) == 3
    assert len(outcome.blobs) == 1


def test_a_part_from_the_store_says_the_same(parts: list[Part], kept: Any) -> None:
    fresh, again = (renormalisation.summarise({"parts": each, "lost": []}, {}) for each in (parts, kept(parts)))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
