"""The study of aligned pairs on tiny benches, and every word on planted records."""

from typing import Any

import pytest

from experiments.studies.barrier import aligned
from experiments.studies.barrier._networks import EXACT, SMOOTH
from toykit.seeds import generator
from toykit.store import canonical

NAMES = ("midpoint", "simpson", "ridge", "curvature", "smoothness", "angle", "gated")


def planted(*, B: float, error: float, commuted: float, good: bool = True, ranks: bool = True) -> dict[str, Any]:
    """Every quantity is multiplied by its factor when the pair is aligned."""
    draw = generator("planted aligned", 0)
    heights, rows = draw.uniform(1, 2, size=7), []
    for i in range(7):
        for j in range(i):
            high, noise = float(heights[i] + heights[j]), float(draw.uniform())
            given = {**dict.fromkeys(NAMES, 1.0 + noise), "B": high, "half": high, "error_2": 1.0, "commuted": 1.0}
            given |= {"Delta^2": noise if ranks else high, "endpoint": high if ranks else noise}
            after = {**given, "B": high * B, "half": high * B, "error_2": error, "commuted": commuted}
            rows.append({"seeds": [i, j], "eps": 0.1, "given": given, "permuted": given, "aligned": after})
    kind = {"given": 1.0, "permuted": 1.0 if good else 0.0, "aligned": 0.0}
    return {"bench": EXACT, "pairs": rows, "copies": [{"size": 1.0, "permuted copy": kind, "rescaled copy": kind}]}


def found(result: dict[str, Any]) -> dict[str, str]:
    outcome = aligned.summarise({"size": "digits", "parts": [{"config": {}, "result": result}], "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


@pytest.mark.usefixtures("undrawn")
def test_all_fall_together() -> None:
    assert set(found(planted(B=0.5, error=0.4, commuted=0.3)).values()) == {"REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
def test_a_barrier_that_falls_alone_refutes() -> None:
    words = found(planted(B=0.5, error=1.5, commuted=2.0, good=False, ranks=False))
    assert words.pop("barrier falls") == "REPRODUCED"
    assert set(words.values()) == {"NOT REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
def test_a_barrier_that_rises_leaves_the_rest_unmeasured() -> None:
    words = found(planted(B=1.5, error=0.4, commuted=0.3))
    assert {words[name] for name in ("barrier falls", "output error falls", "commutators fall")} == {"NOT REPRODUCED"}


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("bench", [SMOOTH, EXACT])
def test_a_part_aligns_pairs_and_copies(bench: str) -> None:
    outcome = aligned.part({"bench": bench, "seeds": [0, 1, 2]}, {})
    canonical(outcome.result)
    for row in outcome.result["pairs"]:
        assert row["aligned"]["Delta^2"] <= row["given"]["Delta^2"]
    assert found(dict(outcome.result))["copies"] == "REPRODUCED"
