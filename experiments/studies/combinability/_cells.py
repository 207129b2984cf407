"""What is measured of a matched pair on and around the hypercube of its combinations, beside what is predicted without draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from experiments.studies.combinability._matchers import MATCHED, UNMATCHED, aligned, grid_barrier
from experiments.studies.combinability._networks import Networks, Scores, scores, scores_of
from toykit.arrays import to_numpy
from toykit.bridge.landscapes.layered import LayeredTorch
from toykit.combining.draws import Mixing, mixing
from toykit.combining.prediction import read
from toykit.combining.propagation import propagate
from toykit.landscape import Pair
from toykit.matching.transitivity import cosine
from toykit.parameters import chord_point

TAU = 0.1
"""Nats above the worse end that still count as low loss."""

CELLS = (
    ("uniform", "element"),
    ("uniform", "row"),
    ("bernoulli(0.5)", "row"),
    ("bernoulli(0.5)", "col"),
    ("bernoulli(0.5)", "element"),
    ("bernoulli(0.5)", "layer"),
    ("beta(0.25)", "element"),
    ("gauss(0.5)", "element"),
    ("uniform", "global"),
)
RADII = (0.5, 1.0, 1.5, 2.0)
PREDICTED = (
    ("uniform", "element", "full"),
    ("bernoulli(0.5)", "element", "full"),
    ("bernoulli(0.5)", "element", "diagonal"),
    ("bernoulli(0.5)", "row", "full"),
)


def measured_pair(nets: Networks, pair: Pair, draws: int) -> dict[str, Any]:
    """Ends, ensemble, and every matcher with its midpoint, barrier, cells and radial sweep."""
    ends = [scores(nets.test, theta) for theta in (pair.theta_a, pair.theta_b)]
    level = max(end.loss for end in ends) + TAU
    found: dict[str, Any] = {"ends": [list(end) for end in ends], "matchers": {}}
    for matcher in (*MATCHED, *UNMATCHED):
        matched = aligned(pair, matcher)
        tested = nets.tested(matched)
        middle = chord_point(matched.theta_a, matched.theta_b, 0.5)
        found["matchers"][matcher] = {
            "cosine": cosine(matched.theta_a, matched.theta_b),
            "distance": (matched.theta_a - matched.theta_b).norm(),
            "barrier": grid_barrier(tested),
            "midpoint": list(scores(nets.test, middle)),
            "midpoint, training": list(scores(nets.train, middle)),
            "cells": {f"{law} {blocks}": cell(nets.test, mixing(tested, law, blocks), draws, level) for law, blocks in CELLS},
            "radial": {f"{r:g}": _at_radius(nets, tested, r, draws, level) for r in RADII},
        }
    return found


def cell(net: LayeredTorch, mixed: Mixing, draws: int, level: float) -> dict[str, Any]:
    """Mean loss with its standard error over antithetic draws, accuracy, quantiles, and the fraction of losses <= level."""
    found = drawn(net, mixed, draws)
    losses = np.array([each.loss for each in found])
    means = losses.reshape(-1, 2).mean(axis=1)  # an antithetic pair is one draw
    return {
        "loss": float(losses.mean()),
        "error": float(means.std(ddof=1) / np.sqrt(len(means))),
        "accuracy": float(np.mean([each.accuracy for each in found])),
        "quantiles": [float(q) for q in np.quantile(losses, (0.1, 0.5, 0.9))],
        "fraction": float((losses <= level).mean()),
    }


def drawn(net: LayeredTorch, mixed: Mixing, draws: int) -> list[Scores]:
    """Scores of `draws` antithetic pairs of combinations."""
    return [scores(net, mixed.centre + mixed.step(sign * xi)) for xi in mixed.deviations(draws) for sign in (1.0, -1.0)]


def _at_radius(nets: Networks, tested: Pair, radius: float, draws: int, level: float) -> dict[str, Any]:
    """Random directions of length r|Delta|/2 from the midpoint, beside the line through both ends at the same distance."""
    along = [scores(nets.test, chord_point(tested.theta_a, tested.theta_b, (1 + sign * radius) / 2)) for sign in (1, -1)]
    return {
        "random": cell(nets.test, mixing(tested, f"radial({radius:g})"), draws, level),
        "line": [float(np.mean(each)) for each in zip(*along, strict=True)],
    }


def predicted_pair(nets: Networks, pair: Pair, matchers: Sequence[str], draws: int) -> list[dict[str, Any]]:
    """Accuracy, loss and variance of the outputs over lambda: by moments, and over independent draws."""
    few, rows = nets.few, []
    for matcher in matchers:
        matched = aligned(pair, matcher)
        there = Pair(few, matched.theta_a, matched.theta_b)
        for law, blocks, covariance in PREDICTED:
            mixed = mixing(there, law, blocks)
            said = read(few, propagate(mixed, "full" if covariance == "full" else "diagonal"))
            outputs = [few.outputs(mixed.centre + mixed.step(xi)) for xi in mixed.deviations(draws, number=1)]
            seen = [scores_of(few, each) for each in outputs]
            variance = np.stack([to_numpy(each).astype(np.float64) for each in outputs]).var(axis=0, ddof=1).sum(axis=1).mean()
            accuracies = np.array([each.accuracy for each in seen])
            rows.append({
                "matcher": matcher,
                "law": law,
                "blocks": blocks,
                "covariance": covariance,
                "predicted": 1 - float(said.error or 0.0),
                "measured": float(accuracies.mean()),
                "error": float(accuracies.std(ddof=1) / np.sqrt(draws)),
                "loss predicted": said.loss,
                "loss measured": float(np.mean([each.loss for each in seen])),
                "variance ratio": said.variance / float(variance),
            })
    return rows
