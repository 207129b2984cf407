"""The controls: their part on a tiny network, and the word for planted results of every kind."""

from typing import Any

import pytest

from experiments.studies.connectivity import controls
from toykit.tolerances import ROUNDING


def planted(
    untrained: tuple[float, float] = (1e-4, 0.5),
    loss: float = 2.0,
    bound: float | None = 2.0,
    off: float = 0.0,
    chord: float = 1.0,
) -> dict[str, Any]:
    layers = [
        {"endpoint": e, "layer": layer, "trained": 1e-4, "untrained": found}
        for e in "ab"
        for layer, found in enumerate(untrained, start=1)
    ]
    labels = [{"separable": False, "loss": loss, "bound": bound, "true labels": 0.0}]
    path = {"maximum": 1e-3, "evidence": "EXACT", "worse": 1e-3, "excess": 0.0, "chord": chord}
    kinds = {"pair": path, "identical": {**path, "maximum": 1e-3 + off}, "copy": path}
    small = [{"width": 2, "loss": 1.0}]
    result = {"widths": [4, 4], "worse": 1e-3, "layers": layers, "labels": labels, "small": small, **kinds}
    return {"config": {"data": "digits", "widths": [4, 4]}, "result": result}


def words(*parts: dict[str, Any]) -> dict[str, str]:
    found = controls.summarise({"size": "digits", "parts": list(parts), "lost": []}, {})
    return {each["prediction"]: str(each["word"]) for each in found.result["findings"]}


def test_what_the_theory_says_is_reproduced() -> None:
    assert set(words(planted()).values()) == {"REPRODUCED"}


@pytest.mark.parametrize(
    ("changes", "prediction", "said"),
    [
        ({"untrained": (1e-4, 1e-4)}, "features", "NOT REPRODUCED"),
        ({"untrained": (0.5, 1e-4)}, "features", "QUALIFIED"),
        ({"loss": 1e-4, "bound": None}, "labels", "NOT REPRODUCED"),
        ({"loss": 2.5}, "labels", "QUALIFIED"),
        ({"off": 1e-6}, "identical", "NOT REPRODUCED"),
        ({"chord": 1e-3}, "copy", "NOT REPRODUCED"),
    ],
)
def test_what_refutes_a_control(changes: dict[str, Any], prediction: str, said: str) -> None:
    assert words(planted(**changes))[prediction] == said


def test_the_part_on_a_tiny_network() -> None:
    """The copy computes the same function; a path from a network to itself has that network's loss as its maximum."""
    config = {"data": "digits", "widths": [12, 12], "seeds": [1, 2], "epochs": 2, "examples": 80}
    found = controls.part(config, {}).result
    assert found["widths"] == [12, 12]
    assert found["outputs apart"] <= ROUNDING
    assert found["identical"]["evidence"] == found["copy"]["evidence"] == "EXACT"
    assert found["identical"]["maximum"] == pytest.approx(found["identical"]["worse"], rel=ROUNDING)
    assert {(row["endpoint"], row["layer"]) for row in found["layers"]} == {(e, layer) for e in "ab" for layer in (1, 2)}
    controls.summarise({"size": "digits", "parts": [{"config": config, "result": found}], "lost": []}, {})
