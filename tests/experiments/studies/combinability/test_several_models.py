"""Several networks on tiny ones: common frames are consistent, the mean has one definition, planted outcomes get their words."""

import copy
from typing import Any

import pytest

from experiments.studies.combinability import several_models
from experiments.studies.combinability.several_models import FRAMES, LAWS, findings

Part = dict[str, Any]
TINY = {"widths": [16, 16], "seeds": [1, 2, 3], "epochs": 10, "draws": 2, "steps": 10}


@pytest.fixture(scope="module")
def part() -> Part:
    return {"config": TINY, "result": dict(several_models.part(TINY, {}).result)}


def words(part: Part) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings([part])}


def planted(part: Part, losses: tuple[float, ...] = (0.1, 0.2, 0.3), factored: float = 0.0, around: float = 0.9) -> Part:
    made = copy.deepcopy(part)
    for name, cycle in made["result"]["cycles"].items():
        cycle["error"] = around if name == "pairwise" else factored
    made["result"]["networks"] = [[0.1, 0.98]] * 3
    for laws in made["result"]["frames"].values():
        for (_, law), loss in zip(laws.items(), losses, strict=True):
            law |= {"loss": loss, "error": 0.0, "accuracy": 1.06 - loss}
    return made


def test_common_frames_are_consistent_and_pairwise_matchings_are_not(part: Part) -> None:
    cycles = part["result"]["cycles"]
    assert cycles["merging"]["error"] == cycles["Frank-Wolfe"]["error"] == 0
    assert cycles["merging"]["barrier"] == pytest.approx(0.0)
    assert cycles["pairwise"]["error"] > 0
    assert cycles["pairwise"]["barrier"] > 0


def test_every_frame_has_every_law(part: Part) -> None:
    assert set(part["result"]["frames"]) == set(FRAMES)
    for laws in part["result"]["frames"].values():
        assert list(laws) == list(LAWS)
    frames = part["result"]["frames"]
    assert frames["activation, to the first"]["barycentre"]["loss"] < frames["unaligned"]["barycentre"]["loss"]


def test_planted_outcomes(part: Part) -> None:
    assert set(words(planted(part)).values()) == {"REPRODUCED"}
    assert words(planted(part, losses=(0.3, 0.2, 0.1)))["hull"] == "NOT REPRODUCED"
    assert words(planted(part, losses=(0.3, 0.4, 0.5)))["barycentre"] == "NOT REPRODUCED"
    assert words(planted(part, factored=0.1))["factored"] == "NOT REPRODUCED"
    assert words(planted(part, around=0.2))["cycles"] == "NOT REPRODUCED"


def test_the_page_is_complete(part: Part) -> None:
    outcome = several_models.summarise({"parts": [part], "lost": []}, {})
    assert len(outcome.result["tables"]) == 3
    assert len(outcome.blobs) == 1


def test_a_part_from_the_store_says_the_same(part: Part, kept: Any) -> None:
    fresh, again = (several_models.summarise({"parts": each, "lost": []}, {}) for each in ([part], kept([part])))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
