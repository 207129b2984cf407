"""Networks with batch and layer normalisation: what matching, width and the statistics of a combination do to the segment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.studies.combinability._normalised_figure import draw_segments, draw_variances, draw_widths
from experiments.studies.combinability._normalised_findings import arranged, findings
from experiments.studies.combinability._normalised_pairs import part
from experiments.studies.combinability._normalised_tables import accuracy_table, barrier_table, matching_table, notes
from experiments.studies.combinability._published_networks import DIFFERENCES, published_table
from experiments.studies.study import Prediction, Study, answered
from toykit.runs import Outcome

__all__ = ["STUDY", "configs", "part", "summarise"]

STUDY = Study(
    "combinability/normalised_networks",
    "Networks with normalisation: matching, width and statistics",
    "Published: between two networks with batch normalisation, matching alone helps little at any width; matching and a reset of "
    "the statistics at each combination bring the midpoint close to the ends, the closer the wider the network is. Does that "
    "hold for small networks, for ResNet-20 and for VGG-11, and what takes the place of the reset under layer normalisation?",
    (
        Prediction(
            "without reset",
            "under batch normalisation the aligned midpoint with interpolated statistics stays near chance: at most 0.3 of the "
            "way from chance to the ends in test accuracy (published, ResNet-20: at most 0.29)",
            "aligned without reset equals aligned with reset within 2 points in more than half of the pairs",
        ),
        Prediction(
            "with reset",
            "resetting the statistics closes more than half of the gap in accuracy between the aligned midpoint and the ends",
            "half or less in more than half of the pairs",
        ),
        Prediction(
            "width",
            "with the statistics put right (reset, or REPAIR under layer normalisation), what the aligned midpoint lacks of the "
            "way from chance to the ends is less at twice the width",
            "it is more, beyond 2 standard errors of the test sample",
        ),
        Prediction(
            "both",
            "alignment and reset are both needed: together they beat either alone by more than 2 points of the way from chance "
            "to the ends (published, ResNet-18: 66 % and 27 % alone, 94 % together)",
            "either alone does as well in more than half of the pairs",
        ),
        Prediction(
            "layer norm",
            "under layer normalisation, which keeps no statistics, the aligned midpoint is further on the way from chance to the "
            "ends than under batch normalisation without reset, at equal network and width",
            "it is not in more than half of the pairs",
        ),
        Prediction(
            "REPAIR",
            "REPAIR of all hidden channels raises the accuracy of the aligned midpoint under layer normalisation",
            "it does not in more than half of the pairs",
        ),
    ),
    "Pairs of independently trained networks (seeds 1 and 2): AdamW, weight decay 1e-2, half a cosine, batches of 64, no "
    "augmentation; learning rate 2e-3, for ResNet-20 and VGG-11 with layer normalisation 1e-3. Digits: five 3x3 convolutions "
    "with channels w, w, 2w, 2w, 4w on the 8x8 images, 10 epochs. Full size: ResNet-20 (3 epochs) and VGG-11 (5 epochs) with w "
    "channels in the first layer, on 10,000 CIFAR-10 images. Units are matched by weights, over the symmetries of the traced "
    "graph, with up to 8 restarts; running statistics are permuted, but are not among the weights that are compared. "
    "Ends, midpoints and segments are measured in single precision on the first 2,000 test (and training) images, 1,000 for "
    "ResNet-20, the segments at 11 positions, with reset statistics at 5; statistics come from the first 1,000 training images "
    "(digits: 500 and 500). REPAIR sets mean and deviation of every hidden channel and unit, before normalisation, to the mean "
    "of the ends'; a reset does not reach the two hidden dense layers of VGG-11, which have no normalisation. Within "
    "2 standard errors of the test sample a difference decides nothing (width, layer norm, REPAIR).",
    "the expectations of this family's theory, experiment E10, and the published series of Jordan et al. 2022",
    (
        "as they are: the pair as trained, with and without the reset",
        "planted: a network and a permuted copy of itself; the share of the units that the matcher finds",
        "change of outputs: the largest relative change of an output by the permutation",
        "spread: best less worst objective of the restarts, relative to the best",
    ),
)


def configs(size: str) -> list[dict[str, Any]]:
    """One part per pair of networks."""
    if size == "digits":
        return [_config("digits", "small", norm, width, 10, 2e-3, 500, 500) for norm in ("batch", "layer") for width in (8, 16)]
    return [
        _config("cifar10", network, norm, width, epochs, 2e-3 if norm == "batch" else 1e-3, images, 1000)
        for network, norm, width, epochs, images in (
            ("vgg11", "batch", 8, 5, 2000),
            ("vgg11", "layer", 8, 5, 2000),
            ("resnet20", "batch", 4, 3, 1000),
            ("resnet20", "batch", 8, 3, 1000),
            ("resnet20", "layer", 8, 3, 1000),
            ("vgg11", "batch", 4, 5, 2000),
        )
    ]


def _config(
    name: str, network: str, norm: str, width: int, epochs: int, rate: float, examples: int, statistics: int
) -> dict[str, Any]:
    return {
        **{"data": name, "network": network, "norm": norm, "width": width, "epochs": epochs, "learning rate": rate},
        **{"seeds": [1, 2], "examples": examples, "statistics": statistics},
    }


def summarise(config: Mapping[str, Any], inputs: Mapping[str, bytes]) -> Outcome:
    """The words, the tables beside the published figures, and three figures."""
    parts = arranged(config["parts"])
    tables = [accuracy_table(parts), barrier_table(parts), published_table(), matching_table(parts)]
    figures = [draw(parts) for draw in (draw_segments, draw_widths, draw_variances)]
    differences = DIFFERENCES if config["size"] == "full" else ()  # those notes speak of CIFAR-10
    return answered(STUDY, findings(parts), tables, figures, [*notes(parts), *differences, *config["lost"]])
