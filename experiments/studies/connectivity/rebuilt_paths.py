"""Rebuilt paths: on trained networks a path of kept and fresh units, against the chord, dropout stability and a trained curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from experiments.studies.connectivity._networks import PROTOCOL, architecture
from experiments.studies.connectivity._rebuilt_figures import along, per_layer
from experiments.studies.connectivity._rebuilt_findings import findings
from experiments.studies.connectivity._rebuilt_part import part
from experiments.studies.study import Prediction, Study, Table, answered
from toykit.runs import Outcome

__all__ = ["STUDY", "configs", "part", "summarise"]

STUDY = Study(
    "connectivity/rebuilt_paths",
    "Rebuilt paths between trained networks",
    "A path needs no wide layer and no dropout stability: keep half of a layer, put a fresh small network on it. Does the "
    "condition hold on trained networks where dropout stability fails, and does the path stay at the endpoint loss?",
    (
        Prediction(
            "below",
            "the best rebuilt loss is at most the best dropout loss at every layer, by two orders of magnitude at least width",
            "over networks and draws the best rebuilt loss is not below the best dropout loss",
        ),
        Prediction(
            "trend",
            "dropout gets worse towards the input, where more layers are thinned; the rebuilt loss shows no such trend",
            "over networks, dropout does not rise or the rebuilt loss does, beyond the 95 % interval of its slope",
        ),
        Prediction(
            "maximum",
            r"the maximum of every built path is $\max\{L_a, L_b, \Phi\}$ to $10^{-12}$, $\Phi$ of the small networks alone",
            "any deviation, which would be an error of implementation and never a finding",
        ),
        Prediction(
            "scaling",
            "thinning the last hidden layer moves the outputs by the law of dropout scaling, within 5 % over 400 draws",
            "most means are off the law",
        ),
        Prediction(
            "condition",
            "at every layer of every network a small network on half of the units reaches the loss of the worse endpoint",
            "at some layer of most networks all draws that were worked out stay above it (not certified, not disconnected)",
        ),
        Prediction(
            "certificate",
            "the rebuilt path stays at the loss of the worse endpoint where dropout path and chord rise to over twice that",
            "it does not in most pairs",
        ),
    ),
    PROTOCOL + " MNIST has all its 60,000 rows, CIFAR-10 the 10,000 at hand; dense small networks on them are trained by Adam in "
    "batches of 256 for at most as many epochs as the endpoints, which is 0.4 of their steps. LeNet, and VGG-11 with an "
    "eighth of its channels, both without normalisation, are trained likewise; their units are channels, and where maps are "
    "flattened a channel is a block of columns. Lines and the curve are sampled; the maxima of the built paths are exact. The "
    "best draw of each stage is used for the path, with its fitted factor. The curve is a quadratic Bezier whose bend is "
    "trained by Adam. What finding the small networks took is part of the cost of a path.",
    "Nguyen, Bréchet, Mondelli 2021 for the condition, Kuditipudi et al. 2019 for dropout stability; the forms measured are ours",
    ("linear separability on the full training set, not on a part of what was trained on",),
)

DIGITS = {"data": "digits", "epochs": 100, "points": 25, "per segment": 3}

CHANNELS = {"seeds": [1, 2], "points": 11, "per segment": 2, "thinnings": 20, "test examples": 500, "bezier epochs": 5}

VGG = {
    **CHANNELS,
    **{"data": "cifar10", "network": "vgg11", "widths": [8, 16, 32, 32, *[64] * 6], "examples": 1_000},
    **{"epochs": 40, "small epochs": 60, "small batch": 100},
}
"""An eighth of the channels of VGG-11 on a part of the images: convolutions in float64 are what takes the time."""

LENET = {
    **CHANNELS,
    **{"data": "mnist", "network": "lenet", "widths": [6, 16, 120, 84], "examples": 3_000},
    **{"epochs": 20, "small epochs": 30, "small batch": 100},
}


def configs(size: str) -> list[dict[str, Any]]:
    """One part per architecture."""
    if size == "digits":
        common = {**DIGITS, "thinnings": 100, "bezier epochs": 20}
        return [{**common, "widths": [42] * 3, "seeds": [1, 2, 3, 4]}, {**common, "widths": [100] * 3, "seeds": [1, 2]}]
    common = {**DIGITS, "seeds": [1, 2, 3, 4, 5, 6], "thinnings": 100, "bezier epochs": 20}
    # all of MNIST takes half an hour; small networks take at most the epochs of the endpoints
    large = {"seeds": [1, 2], "points": 11, "per segment": 2, "thinnings": 10, "test examples": 1_000, "bezier epochs": 3}
    mnist = {"data": "mnist", "examples": 60_000, "widths": [245] * 10, "epochs": 20, "small epochs": 20}
    cifar10 = {"data": "cifar10", "widths": [500] * 5, "epochs": 30, "small epochs": 30}
    return [
        *({**common, "widths": widths} for widths in ([42] * 3, [100] * 3, [24] * 5)),
        {**large, **mnist},
        {**large, **cifar10},
        VGG,
        LENET,
    ]


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the tables and the curves."""
    parts = config["parts"]
    tables = [_comparison(parts), _layers(parts), _scaling(parts)]
    figures = [per_layer(parts), along(parts)] if parts else []
    return answered(STUDY, findings(parts), tables, figures, [*_notes(parts), *config["lost"]])


def _comparison(parts: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for each in parts:
        for pair in each["result"]["pairs"]:
            name = f"{architecture(each['config'])}, {pair['seeds'][0]} and {pair['seeds'][1]}"
            for way in pair["ways"]:
                shown = (way[key] for key in ("word", "test_loss", "test_error", "segments", "passes", "seconds"))
                rows.append((name, way["way"], way["maximum"], way["excess"], *shown))
    columns = ("networks", "way", "maximum loss", "excess", "word", "test loss", "test error", "segments", "passes", "seconds")
    return Table("Five ways between two networks; test figures are the largest on the way", columns, tuple(rows))


def _layers(parts: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for each in parts:
        found = [row for pair in each["result"]["pairs"] for row in pair["layers"]]
        for layer in sorted({row["layer"] for row in found}):
            here = [row for row in found if row["layer"] == layer]
            words = [row["word"] for row in here]
            counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
            columns = [[row[key] for row in here] for key in ("worse", "rebuilt", "dropout")]
            rows.append((
                architecture(each["config"]),
                layer,
                fmean(columns[0]),
                *(f(c) for c in columns[1:] for f in (min, max)),
                counts,
            ))
    names = ("network", "layer", "endpoint", "least rebuilt", "largest rebuilt", "least dropout", "largest dropout", "words")
    return Table("Both conditions per layer, over networks: the best draw of each", names, tuple(rows))


def _scaling(parts: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for each in parts:
        for row in each["result"]["scaling"]:
            shown = (row[key] for key in ("deviation", "law", "excess", "least excess", "second order"))
            rows.append((architecture(each["config"]), row["seed"], f"{row['kept']} of {row['n']}", *shown))
    names = ("network", "seed", "kept", "squared deviation", "law", "mean excess", "least excess", "second order")
    return Table("Thinning the last hidden layer, 400 draws with the factor n/k", names, tuple(rows))


def _notes(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for each in parts:
        ends, name = each["result"]["ends"].values(), architecture(each["config"])
        shown = ((key, [end[key] for end in ends]) for key in ("train loss", "train error", "test error"))
        text = ", ".join(f"{key} {min(values):.3g} to {max(values):.3g}" for key, values in shown)
        found.append(f"{name} on {each['result']['examples']} examples: {text}")
    return found
