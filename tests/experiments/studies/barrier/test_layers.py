"""The study of layers on a tiny bench, and every word on planted records."""

from typing import Any

import pytest

from experiments.studies.barrier import layers
from experiments.studies.barrier._networks import CLASSES, SMOOTH
from toykit.seeds import generator
from toykit.store import canonical


def planted(first: float, *, last: float = 0.0, dominance: str = "HOLDS", kinds: int = 1) -> dict[str, Any]:
    """The first layer is ranked with the sign `first`, in the first kind only; the last is `last` off its estimate."""
    draw, rows = generator("planted layers", 0), []
    for number, kind in enumerate(("branched", "independent", "aligned")[: 2 * kinds]):
        for seed in range(6):
            high = 1 + float(draw.uniform())
            sign = 1.0 if number else first
            one = {"B_sym": high, "estimate": sign * high, "base a": high, "base b": high}
            two = {"B_sym": 1.0, "estimate": 1.0 + last, "base a": 1.0, "base b": 1.0}
            row = {"kind": kind, "seeds": [seed], "half": 1.0, "dominance": dominance, "layers": {"1": one, "2": two}}
            rows.append(row)
    return {"bench": SMOOTH, "squared": True, "pairs": rows}


def found(result: dict[str, Any]) -> dict[str, str]:
    outcome = layers.summarise({"size": "digits", "parts": [{"config": {}, "result": result}], "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


@pytest.mark.usefixtures("undrawn")
def test_every_word() -> None:
    assert set(found(planted(1.0)).values()) == {"REPRODUCED"}
    assert set(found(planted(-1.0, last=0.1, dominance="VIOLATED")).values()) == {"NOT REPRODUCED"}
    mixed = planted(-1.0)
    three = [{**row, "kind": "third"} for row in mixed["pairs"] if row["kind"] == "independent"]
    assert found({**mixed, "pairs": mixed["pairs"] + three})["block ranks"] == "QUALIFIED"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("bench", [SMOOTH, CLASSES])
def test_a_part_measures_every_kind(bench: str) -> None:
    outcome = layers.part({"bench": bench, "seeds": [0, 1, 2], "ks": [0]}, {})
    canonical(outcome.result)
    assert {row["kind"] for row in outcome.result["pairs"]} == {"independent", "aligned", "branched"}
    words = found(dict(outcome.result))
    assert words["dominance"] == "REPRODUCED"
    if bench == SMOOTH:
        assert words["last layer exact"] == "REPRODUCED"
