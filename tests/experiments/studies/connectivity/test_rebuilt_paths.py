"""The study of rebuilt paths: its part on a tiny network, and the word for planted results of every kind."""

from typing import Any

import numpy as np
import pytest

from experiments.studies.connectivity import _networks, rebuilt_paths
from experiments.studies.connectivity._intervals import height, interval, slope
from experiments.studies.connectivity._networks import architecture
from experiments.studies.connectivity._rebuilt_findings import ALIGNED, CURVE, DROPOUT, LINE, REBUILT
from toykit.bridge.data import data
from toykit.connectivity.separable import WORDS
from toykit.data import Data
from toykit.seeds import generator
from toykit.tolerances import ROUNDING
from toykit.verdict import Number

WORSE = 1e-3


def way(name: str, top: float, word: str = WORDS[2]) -> dict[str, Any]:
    exact = name in {DROPOUT, REBUILT}
    number = Number.exact(top) if exact else Number.estimated(top, "planted")
    row = {"way": name, "maximum": number.to_json(), "excess": top - WORSE, "word": word, "test_loss": 1.0, "test_error": 0.1}
    return {**row, "segments": 17, "passes": 1.0, "seconds": 1.0, **({"predicted": top} if exact else {})}


def planted(
    rebuilt: float = 5e-4, dropout: tuple[float, float] = (1.0, 0.3), word: str = WORDS[1], off: float = 0.0, law: float = 1.0
) -> dict[str, Any]:
    """Two networks with two hidden layers; dropout losses by layer, that of the second network a tenth higher."""
    layers = [
        {"seed": seed, "layer": layer, "worse": WORSE, "rebuilt": rebuilt, "dropout": loss * (1 + 0.1 * seed), "word": word}
        for seed in (1, 2)
        for layer, loss in enumerate(dropout, start=1)
    ]
    top = max(WORSE, rebuilt)
    ways = [way(LINE, 2.0), way(ALIGNED, 0.1), way(DROPOUT, max(dropout)), way(REBUILT, top, word), way(CURVE, 0.05)]
    ways[3]["predicted"] = top + off
    along = {name: {"losses": [WORSE, 1.0, WORSE], "errors": [0.0, 0.5, 0.0], "segments": 1} for name in (LINE, DROPOUT, REBUILT)}
    scaling = {
        "seed": 1,
        "kept": 2,
        "n": 4,
        "deviation": law,
        "law": 1.0,
        "excess": 0.2,
        "least excess": 0.1,
        "second order": 0.1,
    }
    ends = {"1": {"train loss": 1e-3, "train error": 0.0, "test loss": 0.1, "test error": 0.03}}
    pair = {"seeds": [1, 2], "worse": WORSE, "layers": layers, "ways": ways, "along": along}
    result = {"widths": [4, 4], "examples": 10, "ends": ends, "pairs": [pair], "scaling": [scaling]}
    return {"config": {"data": "digits", "widths": [4, 4]}, "result": result}


def words(*parts: dict[str, Any]) -> dict[str, str]:
    found = rebuilt_paths.summarise({"size": "digits", "parts": list(parts), "lost": []}, {})
    assert set(found.blobs) == {"figure 1", "figure 2"}
    return {each["prediction"]: str(each["word"]) for each in found.result["findings"]}


def test_what_the_theory_says_is_reproduced() -> None:
    assert set(words(planted()).values()) == {"REPRODUCED"}


@pytest.mark.parametrize(
    ("changes", "prediction", "said"),
    [
        ({"rebuilt": 2.0}, "below", "NOT REPRODUCED"),
        ({"dropout": (0.05, 0.04)}, "below", "QUALIFIED"),
        ({"dropout": (0.3, 1.0)}, "trend", "NOT REPRODUCED"),
        ({"off": 1e-9}, "maximum", "NOT REPRODUCED"),
        ({"law": 1.2}, "scaling", "NOT REPRODUCED"),
        ({"word": WORDS[2], "rebuilt": 2e-3}, "condition", "NOT REPRODUCED"),
        ({"word": WORDS[2], "rebuilt": 2e-3}, "certificate", "NOT REPRODUCED"),
    ],
)
def test_what_refutes_a_prediction(changes: dict[str, Any], prediction: str, said: str) -> None:
    assert words(planted(**changes))[prediction] == said


def test_one_network_in_many_without_a_certificate_qualifies_the_condition() -> None:
    good, bad = planted(), planted(word=WORDS[2])
    bad["result"]["pairs"][0]["layers"] = bad["result"]["pairs"][0]["layers"][2:]
    assert words(good, good, bad)["condition"] == "QUALIFIED"


def test_without_parts_nothing_is_claimed() -> None:
    found = rebuilt_paths.summarise({"size": "full", "parts": [], "lost": ["part 1: lost"]}, {})
    assert {each["word"] for each in found.result["findings"]} == {"QUALIFIED"}
    assert found.result["notes"] == ["part 1: lost"]


def test_heights_slopes_and_intervals() -> None:
    assert height(0.5, 1.0) == 0.0
    assert slope({1: 3.0, 2: 2.0, 3: 1.0}) == pytest.approx(-1.0)
    # Student's factor for three values is 4.3027
    assert interval([1.0, 2.0, 3.0]).half == pytest.approx(4.302652729911275 / 3**0.5)


def test_every_part_is_json_and_full_covers_the_data_sets() -> None:
    assert {config["data"] for config in rebuilt_paths.configs("digits")} == {"digits"}
    full = rebuilt_paths.configs("full")
    assert {config["data"] for config in full} == {"digits", "mnist", "cifar10"}
    assert {config.get("network", "dense") for config in full} == {"dense", "vgg11", "lenet"}


def test_the_part_builds_what_it_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny untrained pair: the maximum of both built paths is the largest loss of the small networks alone."""
    config = {"data": "digits", "widths": [12, 12], "seeds": [1, 2], "epochs": 1, "thinnings": 3, "bezier epochs": 1}
    found = rebuilt_paths.part({**config, "points": 3, "per segment": 2, "examples": 60, "test examples": 30}, {}).result
    assert found["widths"] == [12, 12]
    assert found["examples"] == 60 < data("digits").count
    (pair,) = found["pairs"]
    built = {row["way"]: row for row in pair["ways"] if "predicted" in row}
    assert set(built) == {DROPOUT, REBUILT}
    for row in built.values():
        assert row["maximum"]["evidence"] == "EXACT"
        assert row["maximum"]["value"] == pytest.approx(row["predicted"], abs=ROUNDING, rel=ROUNDING)
    rows = pair["layers"]
    assert [(row["seed"], row["layer"]) for row in rows] == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert built[DROPOUT]["predicted"] == max(pair["worse"], *(row["dropout"] for row in rows))
    assert len(pair["along"][REBUILT]["losses"]) == built[REBUILT]["segments"] + 1
    # the summary takes what the part gives
    rebuilt_paths.summarise({"size": "digits", "parts": [{"config": config, "result": found}], "lost": []}, {})


def test_the_part_of_a_convolutional_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """LeNet on a few random images: channels are thinned and rebuilt, both maxima are those predicted, the summary takes it."""
    draw = generator("images of a study")
    images = {split: Data(draw.normal(size=(40, 1, 12, 12)), np.arange(40) % 10, 10) for split in ("train", "test")}
    monkeypatch.setattr(_networks, "data", lambda _, split: images[split])
    monkeypatch.setitem(_networks.RATES, "random", 1e-3)
    _networks.chosen.cache_clear()
    full = next(config for config in rebuilt_paths.configs("full") if config.get("network") == "lenet")
    config = {**full, "data": "random", "epochs": 1, "thinnings": 2, "bezier epochs": 1, "points": 3, "small epochs": 2}
    found = rebuilt_paths.part({**config, "examples": 30, "test examples": 10}, {}).result
    assert found["widths"] == [6, 16, 120, 84]
    assert found["examples"] == 30
    (pair,) = found["pairs"]
    for row in (row for row in pair["ways"] if "predicted" in row):
        assert row["maximum"]["evidence"] == "EXACT"
        assert row["maximum"]["value"] == pytest.approx(row["predicted"], abs=ROUNDING, rel=ROUNDING)
    assert {row["layer"] for row in pair["layers"]} == {1, 2, 3, 4}
    assert len(found["scaling"]) == 6, "the last hidden layer is dense, so its units can be thinned by the law"
    rebuilt_paths.summarise({"size": "full", "parts": [{"config": config, "result": found}], "lost": []}, {})
    assert architecture(config) == "random lenet from 6 channels"
