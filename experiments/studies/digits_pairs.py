"""The trained pairs of the main job, and the figure of each: small networks on scikit-learn digits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.figures.pair_profiles import draw
from experiments.studies.claims import svg
from toykit.bridge.training.pair_tasks import Plan
from toykit.bridge.training.recipe import Recipe
from toykit.runs import Outcome, Task
from toykit.store import Record

PLANS = (
    Plan("relu 64, independent", Recipe((64,)), seeds=(1, 2, 3)),
    Plan("relu 64, branched", Recipe((64,)), trunk=10),
    Plan("relu 100-100, independent", Recipe((100, 100)), seeds=(1, 2, 3)),
    Plan("relu 100-100, branched", Recipe((100, 100)), trunk=10),
    Plan("tanh 64, independent", Recipe((64,), "tanh")),
    Plan("tanh 64, branched", Recipe((64,), "tanh"), trunk=10),
    Plan("tanh 64, squared loss", Recipe((64,), "tanh", "squared")),
)
"""Widths small enough for a few minutes, and large enough that the conditions of `connectivity/separable_features` can hold."""


def figure_task(trained: Record) -> Task:
    """Draw the profiles of a trained pair."""
    config = {"name": trained.identity.config["name"], "profile": trained.result["profile"]}
    return Task(f"profile of {config['name']}", config, drawing)


def drawing(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The profile figure as SVG."""
    caption = f"{config['name']}: loss and error on the training data along the chord; dashed, the line between the ends"
    return Outcome({"caption": caption}, {"figure": svg(draw(config["profile"]))})
