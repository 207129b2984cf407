"""The branching study on a tiny bench, and every word on planted pairs and series."""

from collections.abc import Mapping
from typing import Any

import pytest

from experiments.studies.barrier import branching
from experiments.studies.barrier._networks import CLASSES, SMOOTH
from toykit.store import canonical

KS = (0, 100, 1000, 10_000)
WORDS = ("M2 climbing back", "M3a transverse ridge", "M3b falling ridge", "M4 sharp walls")


def pair(seed: int, k: int, *, B: float, half: float, off: float = 1.0) -> dict[str, Any]:
    """A record in which every estimate is g(1/2) times `off`."""
    estimates = dict.fromkeys(("endpoint", "midpoint", "simpson"), half * off)
    bounds = dict.fromkeys(("ridge", "curvature", "smoothness"), B)
    known = {"seed": seed, "k": k, "B": B, "half": half, "eps": 0.01, "Delta^2": 10.0 - seed, "angle": 40 - k / 1000}
    return {**known, **estimates, **bounds, "L_a": 0.1, "L_b": 0.1, "test": {"B": B}}


def series(seed: int, *, holds: bool, scale: float) -> list[dict[str, Any]]:
    """Four points of one training."""
    words = dict.fromkeys(WORDS, holds)
    letters = {"half": 0.5, "endpoint": 2.0, "midpoint": 1.0, "simpson": 0.5, "B": 0.5, "eps": 0.01, "h_m": -1.0}
    return [{"seed": seed, "k": 0, "step": 10 + i, **letters, "scale": 1 + i * scale, "words": words} for i in range(4)]


def found(
    pairs: list[dict[str, Any]], rows: list[dict[str, Any]] | None = None, m1: bool | None = True, bench: str = SMOOTH
) -> dict[str, str]:
    """The word of every prediction."""
    result = {"bench": bench, "pairs": pairs, "series": rows or [], "words": {"0": m1}}
    outcome = branching.summarise({"size": "digits", "parts": [{"config": {}, "result": result}], "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


def fallen(last: float, off: float = 1.0, late: float = -0.01) -> list[dict[str, Any]]:
    """A barrier of 1 + seed at early k, `last` at late ones."""
    early = [pair(seed, k, B=1.0 + seed - k / 1e4, half=1.0 + seed, off=3.0) for seed in range(4) for k in KS[:2]]
    return early + [pair(seed, k, B=last, half=late, off=off) for seed in range(4) for k in KS[2:]]


@pytest.mark.usefixtures("undrawn")
def test_everything_as_predicted() -> None:
    words = found(fallen(0.0), series(0, holds=True, scale=0.1))
    assert set(words.values()) == {"REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
def test_everything_otherwise() -> None:
    rising = [pair(seed, k, B=0.1 + k, half=0.1 + k, off=-1.0) for seed in range(4) for k in KS]
    words = found(rising, series(0, holds=False, scale=9.0), m1=False)
    assert set(words.values()) == {"NOT REPRODUCED"}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("changed", "prediction", "word"),
    [
        ({"last": 0.02}, "falls", "QUALIFIED"),
        ({"off": 1.05}, "three estimates", "QUALIFIED"),
        ({"off": 1.5}, "three estimates", "NOT REPRODUCED"),
        ({"late": 0.001}, "averaging helps", "NOT REPRODUCED"),
    ],
)
def test_each_word_for_itself(changed: Mapping[str, float], prediction: str, word: str) -> None:
    assert found(fallen(**{"last": 0.0, **changed}))[prediction] == word


@pytest.mark.usefixtures("undrawn")
def test_a_bench_without_barriers_is_not_judged_on_their_fall() -> None:
    flat = [pair(seed, k, B=0.0, half=-0.01) for seed in range(3) for k in KS]
    parts = [
        {"config": {}, "result": {"bench": name, "pairs": rows, "series": [], "words": {}}}
        for name, rows in ((SMOOTH, fallen(0.0)), (CLASSES, flat))
    ]
    outcome = branching.summarise({"size": "digits", "parts": parts, "lost": ["lost one"]}, {})
    falls = next(f for f in outcome.result["findings"] if f["prediction"] == "falls")
    assert falls["word"] == "REPRODUCED"
    assert "no pair has a barrier" in outcome.result["notes"][0]
    assert outcome.result["notes"][-1] == "lost one"


@pytest.mark.usefixtures("undrawn")
def test_m3a_is_not_judged_where_it_is_trivial() -> None:
    trivial = [{**row, "B": 0.0, "h_m": 1.0} for row in series(0, holds=True, scale=0.1)]
    assert found(fallen(0.0), trivial)["M3a transverse ridge"] == "NOT REPRODUCED"


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("bench", [SMOOTH, CLASSES])
def test_a_part_measures_every_pair(bench: str) -> None:
    config = {"bench": bench, "seeds": [0, 1], "ks": [0, 2], "epochs": 4 if bench == SMOOTH else 0}
    outcome = branching.part(config, {})
    canonical(outcome.result)
    assert [(row["seed"], row["k"]) for row in outcome.result["pairs"]] == [(0, 0), (0, 2), (1, 0), (1, 2)]
    if bench == SMOOTH:
        assert {row["k"] for row in outcome.result["series"]} == {0, 2}
        assert set(outcome.result["words"]) == {"0", "1"}
    result = branching.summarise(
        {"size": "digits", "parts": [{"config": config, "result": outcome.result}], "lost": []}, {}
    ).result
    assert len(result["findings"]) == len(branching.STUDY.predictions)
