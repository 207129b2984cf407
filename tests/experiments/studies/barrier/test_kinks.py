"""The study of kinks on a tiny bench, and every word on planted parts."""

from typing import Any

import pytest

from experiments.studies.barrier import kinks
from toykit.store import canonical


def row(**changed: Any) -> dict[str, Any]:
    known = {"kind": "independent", "half": 1.0, "smooth": -0.5, "left": 1.5, "masses": 1.5, "kinks": 3, "concave": 2}
    return {**known, "tolerance": 0.0, "verdict": "HOLDS", "scale": 1.0, **changed}


def found(rows: list[dict[str, Any]]) -> dict[str, str]:
    outcome = kinks.summarise({"size": "digits", "parts": [{"config": {}, "result": {"pairs": rows}}], "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("changed", "prediction"),
    [({"verdict": "VIOLATED"}, "identity"), ({"masses": 1.4}, "left by phi''"), ({"smooth": 0.5}, "kinks matter")],
)
def test_every_word(changed: dict[str, Any], prediction: str) -> None:
    assert found([row()])[prediction] == "REPRODUCED"
    assert found([row(**changed)])[prediction] == "NOT REPRODUCED"


@pytest.mark.usefixtures("tiny")
def test_a_part_lists_the_kinks_of_every_pair() -> None:
    outcome = kinks.part({"seeds": [0, 1], "ks": [0]}, {})
    canonical(outcome.result)
    assert sum(row["kinks"] for row in outcome.result["pairs"]) > 0
    words = found(list(outcome.result["pairs"]))
    assert (words["identity"], words["left by phi''"]) == ("REPRODUCED", "REPRODUCED")
