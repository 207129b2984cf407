"""The width sweep: the widths really vary, and the word for planted results of every kind."""

from typing import Any

import pytest

from experiments.studies.connectivity import width_sweep
from toykit.errors import InputError


def planted(width: int, rebuilt: float, dropout: float) -> dict[str, Any]:
    pair = {"seeds": [1, 2], "worse": 1e-3, "rebuilt": rebuilt, "dropout": dropout, "words": ["certified by training"] * 4}
    result = {"widths": [width] * 2, "first weights": [[width, 64]] * 2, "ends": {"1": {"train error": 0.0}}, "pairs": [pair]}
    return {"config": {"widths": [width] * 2}, "result": result}


def words(*parts: dict[str, Any]) -> dict[str, str]:
    found = width_sweep.summarise({"size": "digits", "parts": list(parts), "lost": []}, {})
    return {each["prediction"]: str(each["word"]) for each in found.result["findings"]}


@pytest.mark.parametrize(
    ("rebuilt", "dropout", "said"),
    [
        ((1e-2, 1e-3, 1e-3, 1e-3), (1.0, 1.0, 1.0, 1e-3), "REPRODUCED"),
        ((1e-2, 1e-3, 1e-3, 1e-3), (1.0, 1.0, 1.0, 1.0), "REPRODUCED"),
        ((1e-2, 1e-3, 1e-3, 1e-3), (1.0, 1.0, 1e-3, 1e-3), "QUALIFIED"),
        ((1e-2, 1e-2, 1e-3, 1e-3), (1.0, 1.0, 1e-3, 1e-3), "NOT REPRODUCED"),
        ((1e-2, 1e-2, 1e-2, 1e-2), (1.0, 1.0, 1.0, 1.0), "QUALIFIED"),
        ((1e-2, 1e-2, 1e-2, 1e-2), (1.0, 1.0, 1.0, 1e-3), "NOT REPRODUCED"),
    ],
)
def test_the_ratio_of_the_widths(rebuilt: tuple[float, ...], dropout: tuple[float, ...], said: str) -> None:
    parts = [planted(16 * 2**i, *losses) for i, losses in enumerate(zip(rebuilt, dropout, strict=True))]
    assert words(*reversed(parts))["narrower"] == said


def test_below_at_every_width() -> None:
    assert words(planted(16, 1e-2, 1.0), planted(32, 5e-4, 1e-5))["below"] == "REPRODUCED"
    assert words(planted(16, 1e-2, 1.0), planted(32, 1.0, 0.1))["below"] == "QUALIFIED"
    assert words(planted(16, 1.0, 1e-2))["below"] == "NOT REPRODUCED"


def test_a_width_that_did_not_reach_the_network_is_refused() -> None:
    stuck = planted(16, 1e-2, 1.0)
    stuck["config"] = {"widths": [32, 32]}
    with pytest.raises(InputError, match="a width reaches its networks"):
        words(stuck)


def test_the_widths_of_the_parts_are_those_of_the_trained_networks() -> None:
    """In a published sweep the width was an argument that never reached the constructor."""
    for width in (4, 6):
        config = {"data": "digits", "widths": [width] * 2, "seeds": [1, 2], "epochs": 1, "thinnings": 2, "examples": 40}
        found = width_sweep.part(config, {}).result
        assert found["widths"] == [width, width]
        assert found["first weights"] == [[width, 64]] * 2
        (pair,) = found["pairs"]
        assert pair["dropout"] > 0
        assert len(pair["words"]) == 4
    varied = [config["widths"][0] for config in width_sweep.configs("digits")]
    assert len(set(varied)) == len(varied) >= 4
