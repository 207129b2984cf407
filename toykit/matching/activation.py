"""Activation matching: units that answer alike on the data, layer by layer; one assignment problem each, all independent."""

from __future__ import annotations

import time
import warnings
from typing import Literal, get_args

import numpy as np

from toykit.arrays import to_numpy
from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching.matching import Matching, finished, layered
from toykit.matching.search import assignment
from toykit.parameters import Parameters
from toykit.tolerances import ROUNDING

Similarity = Literal["correlation", "covariance", "product"]
"""R[i, j] of unit i of a and unit j of b over the examples: correlation (scale-free), mean product of the centred values, or
mean product; the last one minimises sum_i |F_a[:, i] - F_b[:, perm[i]]|^2."""

Place = Literal["post", "pre"]
"""After or before the activation: F_l or Z_l."""


def activation_matching(pair: Pair, *, similarity: Similarity = "correlation", place: Place = "post") -> Matching:
    """perm[l] = argmax sum_i R_l[i, perm[l][i]] on the landscape's data, for every hidden layer by itself.

    A unit that does not vary over the data has no correlation: it counts as 0, and a warning says how many there are.

    Raises:
        InputError: the similarity or the place is unknown, or there is no hidden layer to permute.

    """
    for what, value, allowed in (("a similarity", similarity, Similarity), ("a place", place, Place)):
        if value not in get_args(allowed):
            raise InputError(f"{what} of activation matching is one of {', '.join(get_args(allowed))}; got {value!r}; choose one")
    net = layered(pair)
    began = time.process_time()
    perm, objective, constant = {}, 0.0, 0
    for layer in range(1, net.depth):
        ours, theirs = (answers(net, theta, layer, place) for theta in (pair.theta_a, pair.theta_b))
        table, still = similarities(ours, theirs, similarity)
        perm[layer] = assignment(table)
        objective += float(table[np.arange(len(table)), perm[layer]].sum())
        constant += still
    notes: tuple[str, ...] = ()
    if constant:
        notes = (f"{constant} units do not vary over the data",)
        warnings.warn(
            f"a correlation needs units that vary over the data; {constant} of {2 * sum(net.widths)} do not and count as 0, so "
            "their places are arbitrary; use similarity='product'",
            stacklevel=2,
        )
    seconds = time.process_time() - began
    return finished(pair, f"activation, {similarity}, {place}", perm, (objective,), seconds, (len(perm),), notes)


def answers(net: Layered, theta: Parameters, layer: int, place: Place) -> Floats:
    """F_l or Z_l in float64, shape (n, n_l)."""
    found = net.features(theta, layer) if place == "post" else net.preactivations(theta, layer)
    return to_numpy(found).astype(np.float64)


def similarities(ours: Floats, theirs: Floats, similarity: Similarity) -> tuple[Floats, int]:
    """R, shape (n_l, n_l), of the units of two layers (n, n_l), and how many of these units do not vary."""
    count = len(ours)
    if similarity == "product":
        return ours.T @ theirs / count, 0
    left, right = ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)
    if similarity == "covariance":
        return left.T @ right / count, 0
    scaled, constant = [], 0
    for centred, raw in ((left, ours), (right, theirs)):
        norms = np.linalg.norm(centred, axis=0)
        still = norms <= ROUNDING * np.linalg.norm(raw, axis=0)  # the mean of equal numbers is off by rounding
        constant += int(still.sum())
        scaled.append(np.where(still, 0.0, centred) / np.where(still, 1.0, norms))
    return scaled[0].T @ scaled[1], constant
