"""The tables of the networks with normalisation: accuracies, gaps, and the matching with its controls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from experiments.studies.combinability._normalised_findings import (
    Part,
    best,
    ends,
    midpoint,
    name_of,
    profile,
    share_error,
    shares,
)
from experiments.studies.study import Table


def accuracy_table(parts: Sequence[Part]) -> Table:
    """Test accuracies at the ends and at the four midpoints."""
    rows = []
    for part in parts:
        four = ("as they are", best(part, "as they are"), "aligned", best(part), "aligned, REPAIR")
        trained = 1 - float(np.mean([error for _, error in part["result"]["ends"]["train"]]))
        middle = 1 - part["result"]["training midpoints"][best(part)][1]
        rows.append((
            *(name_of(part), ends(part), trained, *(midpoint(part, curve) for curve in four)),
            *(shares(part, "aligned"), shares(part, best(part)), share_error(part, best(part)), middle),
        ))
    columns = ("ends", "ends, training", "as they are", "renormalised", "aligned", "aligned and renormalised", "aligned, REPAIR")
    rest = ("share, aligned", "share, both", "standard error", "both, training")
    caption = "Test accuracy at the midpoint; renormalised is reset (batch) or REPAIR (layer); shares of the way to the ends"
    return Table(caption, ("network", *columns, *rest), tuple(rows))


def barrier_table(parts: Sequence[Part]) -> Table:
    """Gaps of the loss and of the error."""
    rows = []
    for part in parts:
        losses = [loss for loss, _ in part["result"]["ends"]["test"]]
        four = ("as they are", best(part, "as they are"), "aligned", best(part))
        gaps = [midpoint(part, curve, "loss") - float(np.mean(losses)) for curve in four]
        largest = [
            float(profile(part, curve, what).gap.max()) for what in ("loss", "error") for curve in ("as they are", "aligned")
        ]
        rows.append((name_of(part), float(np.mean(losses)), *gaps, *largest))
    columns = ("as they are", "renormalised", "aligned", "aligned and renormalised")
    caption = "Test loss at the midpoint less the mean of the ends, in nats, and the largest gap B of 11 positions"
    more = ("B, loss", "B, loss, aligned", "B, error", "B, error, aligned")
    return Table(caption, ("network", "loss of the ends", *columns, *more), tuple(rows))


def matching_table(parts: Sequence[Part]) -> Table:
    """The matcher and its controls, what variance is left, and what it cost."""
    rows = []
    for part in parts:
        result, matched = part["result"], part["result"]["matching"]
        ratios = result["variance ratios"]
        left = [f"{min(ratios[name]):.3f} to {max(ratios[name]):.3f}" for name in ("as they are", "aligned")]
        seconds = result["seconds"]
        rows.append((
            *(name_of(part), matched["groups"], matched["units"], *matched["cosines"], matched["spread"], matched["planted"]),
            *(matched["change"], *left, *seconds["training"], *seconds["measuring"], matched["seconds"]),
        ))
    columns = ("groups", "units", "cosine", "cosine, aligned", "spread", "planted", "change of outputs")
    more = ("variance left", "variance left, aligned", "training, CPU s", "wall", "measuring, CPU s", "wall", "matching, CPU s")
    caption = (
        "Matching by weights: spread of the restarts relative to the objective, planted units found, change of the outputs; "
        "variance of the hidden layers at the midpoint, relative to the ends; times"
    )
    return Table(caption, ("network", *columns, *more), tuple(rows))


def notes(parts: Sequence[Part]) -> list[str]:
    """A sentence for every control that failed."""
    return [
        f"{name_of(part)}: {part['result']['matching']['planted']:.0%} of the planted units were found, so that a better "
        "permutation than the one used may exist"
        for part in parts
        if part["result"]["matching"]["planted"] < 0.99
    ]
