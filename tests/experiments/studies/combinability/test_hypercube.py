"""The hypercube study on tiny networks: laws that coincide agree, and planted outcomes get their words."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from experiments.studies.combinability import hypercube
from experiments.studies.combinability._cells import CELLS, RADII
from experiments.studies.combinability._hypercube_findings import findings

Part = dict[str, Any]
TINY = {"epochs": 3, "draws": 2, "independent": 4, "predicted": ["none", "activation"], "seeds": [1, 2]}
LOSSES = {"midpoint": 0.1, "uniform element": 0.15, "bernoulli(0.5) row": 0.3, "bernoulli(0.5) element": 0.5}


@pytest.fixture(scope="module")
def parts() -> list[Part]:
    configs = [{"widths": widths, **TINY} for widths in ([8], [16], [8, 8])]
    return [{"config": config, "result": dict(hypercube.part(config, {}).result)} for config in configs]


def words(parts: list[Part]) -> dict[str, str]:
    return {finding.prediction: str(finding.word) for finding in findings(parts)}


def every(parts: list[Part]) -> list[tuple[Part, str, dict[str, Any]]]:
    return [(part, name, cell) for part in parts for pair in part["result"]["pairs"] for name, cell in pair["matchers"].items()]


def planted(parts: list[Part]) -> list[Part]:
    """Everything as predicted: losses rise along the order, fall with width, grow with depth; predictions are exact."""
    made = copy.deepcopy(parts)
    for part, name, found in every(made):
        size = len(part["config"]["widths"]) ** 2 / part["config"]["widths"][0] * (1.5 if name in {"weight", "none"} else 1.0)
        found["distance"] = 0.9 if name == "weight" else 1.0
        found["midpoint"][0] = LOSSES["midpoint"]
        for cell, values in found["cells"].items():
            values["loss"] = LOSSES["midpoint"] + size * LOSSES.get(cell, LOSSES["bernoulli(0.5) element"])
            values["fraction"] = 0.0 if name == "none" else 0.9
            values["error"] = 0.0
        for radius, values in found["radial"].items():
            values["random"]["loss"] = float(radius) * (3.0 if name == "none" else 1.0)
    for part in made:
        for row in part["result"]["predicted"]:
            row["predicted"], row["variance ratio"] = row["measured"], 1.0
    return made


def test_the_part_has_every_cell_and_every_matcher(parts: list[Part]) -> None:
    for part, _, found in every(parts):
        assert set(found["cells"]) == {f"{law} {blocks}" for law, blocks in CELLS}
        assert set(found["radial"]) == {f"{radius:g}" for radius in RADII}
        assert part["result"]["controls"]["planted"]["weight"] == 1.0


def test_radius_1_is_the_law_of_the_vertices_and_the_line_ends_there(parts: list[Part]) -> None:
    for part in parts:
        for pair in part["result"]["pairs"]:
            ends = sum(end[0] for end in pair["ends"]) / 2
            for found in pair["matchers"].values():
                assert found["radial"]["1"]["line"][0] == pytest.approx(ends)
                assert found["radial"]["1"]["random"]["loss"] > found["radial"]["0.5"]["random"]["loss"] * 0.5


def test_what_is_as_predicted_is_reproduced(parts: list[Part]) -> None:
    assert set(words(planted(parts)).values()) == {"REPRODUCED"}


@pytest.mark.parametrize(
    ("prediction", "change"),
    [
        ("regions", lambda found, name: found["cells"]["uniform element"].update(fraction=0.2)),
        ("vicinity", lambda found, name: found["radial"]["1.5"]["random"].update(loss=99.0)),
        ("order", lambda found, name: found["cells"]["uniform element"].update(loss=9.0)),
        ("variance only", lambda found, name: found["cells"]["gauss(0.5) element"].update(loss=99.0)),
        ("matchers", lambda found, name: found["cells"]["bernoulli(0.5) element"].update(loss=0.2 if name == "weight" else 0.9)),
    ],
)
def test_a_planted_refutation_is_seen(parts: list[Part], prediction: str, change: Any) -> None:
    made = planted(parts)
    for _, name, found in every(made):
        change(found, name)
    assert words(made)[prediction] == "NOT REPRODUCED"


def test_a_wrong_predictor_is_seen(parts: list[Part]) -> None:
    made = planted(parts)
    for part in made:
        for row in part["result"]["predicted"]:
            row["predicted"], row["variance ratio"] = row["measured"] + 0.2, 2.0
    assert {words(made)[name] for name in ("rows", "elements", "spread")} == {"NOT REPRODUCED"}


def test_width_and_depth_are_judged_separately(parts: list[Part]) -> None:
    made = planted(parts)
    for part, _, found in every(made):
        if part["config"]["widths"] == [16]:
            for cell in ("uniform element", "bernoulli(0.5) element"):
                found["cells"][cell]["loss"] = 99.0
    assert words(made)["width"] == "NOT REPRODUCED"
    assert words(made)["depth"] == "REPRODUCED"


def test_the_page_is_complete(parts: list[Part]) -> None:
    outcome = hypercube.summarise({"parts": parts, "lost": ["one was lost"]}, {})
    result: Mapping[str, Any] = outcome.result
    assert result["notes"][-1] == "one was lost"
    assert len(outcome.blobs) == len(result["captions"]) == 3
    assert all(blob.startswith(b"<?xml") for blob in outcome.blobs.values())


def test_a_part_from_the_store_says_the_same(parts: list[Part], kept: Any) -> None:
    fresh, again = (hypercube.summarise({"parts": each, "lost": []}, {}) for each in (parts, kept(parts)))
    assert again.result == fresh.result
    assert again.blobs == fresh.blobs
