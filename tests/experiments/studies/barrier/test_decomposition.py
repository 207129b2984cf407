"""The study of the three terms on tiny benches, and every word on planted terms."""

from typing import Any

import pytest

from experiments.studies.barrier import decomposition
from experiments.studies.barrier._networks import CLASSES, SMOOTH
from toykit.store import canonical


def row(**changed: Any) -> dict[str, Any]:
    known = {"kind": "independent", "half": 1.0, "eps": 0.1, "linear": 0.5, "cost": 0.7, "gain": 0.2, "error_2": 1.0}
    return {**known, "top share": None, "identity": "HOLDS", **changed}


def found(rows: list[dict[str, Any]], bench: str = SMOOTH) -> dict[str, str]:
    parts = [{"config": {}, "result": {"bench": bench, "pairs": rows}}]
    outcome = decomposition.summarise({"size": "digits", "parts": parts, "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("changed", "prediction"),
    [
        ({"linear": -0.1}, "first order"),
        ({"cost": 0.1}, "curvature cost"),
        ({"linear": 0.1}, "linear alone"),
        ({"identity": "VIOLATED"}, "identity"),
        ({"error_2": 0.0}, "identity"),
    ],
)
def test_every_word(changed: dict[str, Any], prediction: str) -> None:
    assert found([row()])[prediction] == "REPRODUCED"
    assert found([row(**changed)])[prediction] == "NOT REPRODUCED"
    if prediction != "identity":
        assert found([row(), row(**changed)])[prediction] == "QUALIFIED"


@pytest.mark.usefixtures("undrawn")
def test_pairs_without_a_barrier_do_not_count() -> None:
    assert found([row(), row(half=0.0, linear=-1.0)])["first order"] == "REPRODUCED"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("bench", [SMOOTH, CLASSES])
def test_a_part_splits_every_pair(bench: str) -> None:
    outcome = decomposition.part({"bench": bench, "seeds": [0, 1]}, {})
    canonical(outcome.result)
    assert found(list(outcome.result["pairs"]), bench)["identity"] == "REPRODUCED"
