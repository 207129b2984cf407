"""The disconnection study: its part on tiny trainings, and the word for planted results of every kind."""

from typing import Any

import numpy as np
import pytest

from experiments.studies.connectivity import disconnection
from experiments.studies.connectivity._disconnection_part import _measured, nine
from experiments.studies.connectivity._networks import chosen
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.connectivity.narrow import Targets
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.paths import Path
from toykit.tolerances import ROUNDING, printed


def outcome(units: int, pairs: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    swap = [{"before": 1.0, "after": -1.0, "outputs apart": 0.0}] if units == 9 else []
    found = {"units": [50, units], "rank": 9, "counts": [1] * 10, "level": 0.05, "signs": [1.0, -1.0], "losses": [0.01, 0.02]}
    return {"config": {"units": units}, "result": {**found, "pairs": pairs, "swap": swap, **changes}}


def row(maximum: float, same: bool, worse: float = 0.02) -> dict[str, Any]:
    crossings = [] if same else [maximum]
    return {
        "seeds": [1, 2],
        "same": same,
        "worse": worse,
        "maximum": maximum,
        "crossings": crossings,
        "losses": [worse, maximum, worse],
    }


def words(parts: list[dict[str, Any]]) -> dict[str, str]:
    found = disconnection.summarise({"size": "digits", "parts": parts, "lost": []}, {})
    return {each["prediction"]: str(each["word"]) for each in found.result["findings"]}


def test_what_the_theory_says_is_reproduced() -> None:
    found = words([outcome(9, [row(0.03, True), row(0.06, False)]), outcome(10, [row(0.021, True)])])
    assert set(found.values()) == {"REPRODUCED"}


def test_one_path_below_the_level_refutes_it() -> None:
    assert words([outcome(9, [row(0.06, False), row(0.0499, False)])])["opposite"] == "NOT REPRODUCED"


@pytest.mark.parametrize(("tops", "said"), [((0.03, 0.06), "QUALIFIED"), ((0.06, 0.07), "NOT REPRODUCED")])
def test_equal_signs(tops: tuple[float, float], said: str) -> None:
    assert words([outcome(9, [row(top, True) for top in tops])])["same"] == said


@pytest.mark.parametrize(("top", "said"), [(0.04, "QUALIFIED"), (0.06, "NOT REPRODUCED")])
def test_one_unit_more(top: float, said: str) -> None:
    assert words([outcome(10, [row(top, True)])])["surplus"] == said


def test_one_sign_only_and_a_swap_that_does_not_flip() -> None:
    stuck = [{"before": 1.0, "after": 1.0, "outputs apart": 0.0}]
    assert words([outcome(9, [row(0.03, True)], signs=[1.0] * 8, swap=stuck)])["signs"] == "NOT REPRODUCED"
    assert words([outcome(9, [row(0.03, True)], signs=[1.0] * 4)])["signs"] == "QUALIFIED"
    assert words([outcome(9, [row(0.03, True)], swap=stuck)])["swap"] == "NOT REPRODUCED"


def test_the_part_measures_level_signs_and_swap() -> None:
    config = {"epochs": 1, "steps": 2, "pairs": 1, "units": 9, "seeds": [1, 2]}
    found = disconnection.part(config, {}).result
    assert found["units"] == [50, 9]
    assert found["rank"] == 9
    assert sum(found["counts"]) == 1437
    assert all(each["after"] == -each["before"] and each["outputs apart"] <= ROUNDING for each in found["swap"])
    # one epoch does not reach the level, so that no pair is searched
    assert all(loss > found["level"] for loss in found["losses"])
    assert found["pairs"] == []


def test_the_level_of_balanced_classes_is_one_twentieth() -> None:
    """1/(2K) for K balanced classes; the digits are nearly balanced, so their level lies a little below."""
    found = disconnection.part({"epochs": 0, "steps": 1, "pairs": 1, "units": 10, "seeds": [1]}, {}).result
    counts = np.array(found["counts"]) / sum(found["counts"])
    assert counts.min() / 2 <= found["level"] <= 1 / 20
    assert found["level"] == pytest.approx(0.0485, abs=printed(3))


def test_a_sign_change_between_two_samples_is_found() -> None:
    """The loss where the sign changes is part of the maximum, whatever the samples say."""
    net = LayeredTorch(nine(), SquaredLoss(0.5), chosen("digits", "train", None))
    a = net.parameters(dict(nine().named_parameters()))
    path = Path.chord(a, a * -1.0)
    measured = _measured(net, path, Targets.of(net, 10))
    assert measured["crossings"]
    assert measured["maximum"] >= max(measured["crossings"])
    assert Pair(net, *path.waypoints[:2]).delta.norm() > 0
