"""The hypercube of element-wise combinations of two trained networks: where its loss is low, and what predicts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.studies.combinability._cells import measured_pair, predicted_pair
from experiments.studies.combinability._controls import CONTROLS, control_notes, control_table, controls
from experiments.studies.combinability._hypercube_figure import draw_laws, draw_prediction, draw_radii
from experiments.studies.combinability._hypercube_findings import combination_table, findings, prediction_table, radial_table
from experiments.studies.combinability._networks import PROTOCOL, networks
from experiments.studies.combinability._words import ordered
from experiments.studies.study import Prediction, Study, answered
from toykit.runs import Outcome

SOURCE = "the expectations of this family's theory (derived here); the phenomenon is that of Csiszárik et al. 2023"

STUDY = Study(
    "combinability/hypercube",
    "Low loss on the hypercube of combinations",
    r"Two trained networks span a hypercube, $\theta_a + \lambda * \Delta$ with one $\lambda$ per weight. Published: matched "
    "networks have broad regions of low loss in it and around it. Where are they, how do they depend on width, depth and the "
    "law of λ, and can they be predicted without drawing a single combination?",
    (
        Prediction(
            "regions",
            "at the widest networks measured with one and with two hidden layers, more than half of the uniform combinations of "
            "the networks matched by activation lie within 0.1 nats of the worse end, and more than of the unaligned ones",
            "half or fewer do, or no more than unaligned",
        ),
        Prediction(
            "vicinity",
            "the region does not end at the faces: half as far outside ($r = 1.5$), the networks matched by activation have a "
            "lower loss than the unaligned ones have at the vertices ($r = 1$)",
            "a higher loss in more than one of ten networks",
        ),
        Prediction(
            "order",
            "loss: midpoint < uniform < rows at the vertices < elements at the vertices",
            "an order reversed by more than 2 standard errors in more than one of ten cases",
        ),
        Prediction("width", "the excess over the midpoint falls with the width", "it does not, beyond 2 standard errors"),
        Prediction("depth", "the excess over the midpoint grows with the depth", "it does not, beyond 2 standard errors"),
        Prediction(
            "matchers",
            "with two or more hidden layers, matching by activation or contribution beats matching by weight at the vertices, "
            "although it leaves at least the same distance",
            "it does not in more than one of ten cases",
        ),
        Prediction(
            "variance only",
            "with one hidden layer, a Gaussian λ of the same variance has an excess within 25 % of that of the vertices",
            "more than 25 % apart in more than one of ten cases",
        ),
        Prediction("rows", "the accuracy of random rows is predicted within 1.5 points", "further off in more than one of ten"),
        Prediction(
            "elements",
            "the accuracy of random elements is predicted within 1.5 points (uniform) and 4 points (vertices)",
            "further off in more than one of ten cases",
        ),
        Prediction(
            "spread",
            "the predicted variance of the outputs is 0.9 to 1.1 of the measured one",
            "a ratio outside 0.8 to 1.25 at width 128 or more",
        ),
    ),
    PROTOCOL + r" Draws of $\lambda$ are common to all matchers and antithetic; predictions are compared on 120 test examples "
    "with draws of their own. Low loss is at most 0.1 nats above the worse end.",
    SOURCE,
    CONTROLS,
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    if size == "digits":
        series = [[16], [64], [256], [64] * 2, [256] * 2, [64] * 4]
        return [_config(widths, 2, 5, 40, "none") for widths in series]
    series = [*([n] for n in (16, 64, 128, 512)), *([n] * 2 for n in (16, 64, 128, 512)), *([n] * 4 for n in (16, 64, 128, 256))]
    return [_config(widths, 6, 10, 60) for widths in series]


def _config(widths: list[int], seeds: int, draws: int, independent: int, *unmatched: str) -> dict[str, Any]:
    chosen = {"widths": widths, "seeds": list(range(1, seeds + 1)), "epochs": 80}
    return {**chosen, "draws": draws, "independent": independent, "predicted": [*unmatched, "weight", "activation"]}


def part(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """All pairs of one architecture; predictions for the first."""
    nets = networks(config)
    pairs = nets.pairs
    return Outcome({
        "pairs": [measured_pair(nets, pair, config["draws"]) for pair in pairs],
        "predicted": predicted_pair(nets, pairs[0], config["predicted"], config["independent"]),
        "controls": controls(config),
    })


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the tables and three figures."""
    parts = ordered(config["parts"])
    figures = [draw(parts) for draw in (draw_laws, draw_radii, draw_prediction)]
    tables = [*combination_table(parts), radial_table(parts), prediction_table(parts), control_table(parts)]
    return answered(STUDY, findings(parts), tables, figures, [*control_notes(parts), *config["lost"]])
