"""The study of mechanisms on tiny benches, and every word on planted powers."""

from typing import Any

import pytest

from experiments.studies.barrier import mechanism
from toykit import tolerances
from toykit.store import canonical


def curve(kind: str, power: float) -> dict[str, Any]:
    return {"kind": kind, "name": "planted", "points": [[x, 3 * x**power] for x in (1.0, 0.5, 0.25)]}


def found(curves: list[dict[str, Any]]) -> dict[str, str]:
    parts = [{"config": {}, "result": {"curves": curves}}]
    outcome = mechanism.summarise({"size": "digits", "parts": parts, "lost": []}, {})
    canonical(outcome.result)
    return {finding["prediction"]: finding["word"] for finding in outcome.result["findings"]}


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("ridge", "orbit", "word"), [(2.1, 3.9, "REPRODUCED"), (2.7, 3.3, "QUALIFIED"), (4.0, 2.0, "NOT REPRODUCED")]
)
def test_every_word(ridge: float, orbit: float, word: str) -> None:
    assert set(found([curve("ridge", ridge), curve("fork", ridge), curve("orbit", orbit)]).values()) == {word}


@pytest.mark.usefixtures("undrawn")
def test_a_slope_needs_three_points_above_zero() -> None:
    assert mechanism.slope(curve("ridge", 3.0)["points"]) == pytest.approx(3, rel=tolerances.ROUNDING)
    assert mechanism.slope([[1.0, 1.0], [0.5, 0.0], [0.2, -1.0], [0.1, 0.1]]) is None
    assert set(found([]).values()) == {"NOT REPRODUCED"}


@pytest.mark.usefixtures("tiny")
def test_orbits_of_minima_have_the_fourth_power() -> None:
    outcome = mechanism.part({"what": "orbit", "seeds": [0, 1]}, {})
    canonical(outcome.result)
    assert found(list(outcome.result["curves"]))["orbit"] == "REPRODUCED"


@pytest.mark.usefixtures("tiny")
def test_ridges_are_measured_where_there_are_any(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mechanism, "SMALL", -1.0)  # every pair counts as one with a barrier
    outcome = mechanism.part({"what": "ridge", "seeds": [0], "ks": [0], "epochs": 4}, {})
    canonical(outcome.result)
    assert [curve["kind"] for curve in outcome.result["curves"]] == ["ridge", "fork"]
