"""The study of independent pairs on tiny benches, and every word on planted records."""

from typing import Any

import pytest

from experiments.studies.barrier import independent
from experiments.studies.barrier._networks import CLASSES, SMOOTH
from toykit.seeds import generator
from toykit.store import canonical

NAMES = ("endpoint", "midpoint", "simpson", "ridge", "curvature", "smoothness")


def planted(ranks: str, *, low: float = 1.0, wild: bool = False) -> dict[str, Any]:
    """Pairs of eight networks whose height is ranked by the predictors, or by distance and angle, or by none of them."""
    draw = generator("planted independent", 0)
    heights, rows = draw.uniform(1, 2, size=8), []
    for i in range(8):
        for j in range(i):
            high = low * float(heights[i] + heights[j])
            noise = draw.uniform(size=2).tolist()
            row: dict[str, Any] = dict.fromkeys(NAMES, high if ranks == "predictors" else -high)
            row |= {"Delta^2": noise[0], "angle": noise[1]} if ranks == "predictors" else {"Delta^2": high, "angle": high}
            if wild:
                row["endpoint"] = high**9
            rows.append({**row, "smoothness": noise[0], "seeds": [i, j], "half": high, "B": high, "eps": 0.5})
    return {"bench": SMOOTH, "pairs": rows}


def found(*results: dict[str, Any]) -> dict[str, str]:
    parts = [{"config": {}, "result": result} for result in results]
    outcome = independent.summarise({"size": "digits", "parts": parts, "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


@pytest.mark.usefixtures("undrawn")
def test_predictors_that_rank() -> None:
    assert set(found(planted("predictors")).values()) == {"REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
def test_distance_that_ranks_refutes() -> None:
    words = found(planted("distance", low=0.1))
    assert set(words.values()) == {"NOT REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
def test_an_erratic_height_refutes_only_itself() -> None:
    words = found(planted("predictors", wild=True))
    assert words.pop("height") == "NOT REPRODUCED"
    assert set(words.values()) == {"REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
def test_two_benches_that_disagree_qualify() -> None:
    other = {**planted("distance"), "bench": CLASSES}
    assert found(planted("predictors"), other)["endpoint ranks"] == "QUALIFIED"


@pytest.mark.usefixtures("tiny")
def test_a_part_measures_all_pairs() -> None:
    outcome = independent.part({"bench": SMOOTH, "seeds": [0, 1, 2]}, {})
    canonical(outcome.result)
    assert [row["seeds"] for row in outcome.result["pairs"]] == [[0, 1], [0, 2], [1, 2]]
    assert all(row["angle"] is not None for row in outcome.result["pairs"])
    found(dict(outcome.result))
