"""The depth product: mean |z_l|^2 of networks that have a pair's weights in random places and with random signs, no biases.

Signs and places drawn anew make the assumption of the law true by construction, whatever the pair is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from toykit.arrays import to_numpy
from toykit.combining.collapse import SLUG, weight_letters, weights
from toykit.combining.draws import Mixing
from toykit.formula import evaluate
from toykit.landscape import Floats, Layered
from toykit.seeds import generator
from toykit.verdict import Comparison, Number, Relation

NETWORKS, EXAMPLES, NUMBERS = 32, 256, 2**16
"""At least so many networks, more where a layer has few numbers, on at most so many examples."""


def random_weights(net: Layered, mixed: Mixing, shuffled: bool, relative: float) -> Iterator[Comparison]:
    """The mean of |z_l|^2 against its product over the layers, both relative to the mean square of the ends' weights."""
    rows = to_numpy(net.inputs).astype(np.float64)[:EXAMPLES]
    ends = [[weights(net, theta, k) for k in range(1, net.depth + 1)] for theta in (mixed.pair.theta_a, mixed.pair.theta_b)]
    largest = max(weight.size + len(rows) * len(weight) for weight in ends[0])
    count = min(max(NUMBERS // largest, NETWORKS), 64 * NETWORKS)
    found = _squares(net, mixed, rows, ends, shuffled, count)
    kept = (1 + net.activation.negative_slope**2) / 2  # a leaky ReLU lets (1 + slope^2)/2 of a square through
    expected = parents = float(np.square(rows).sum(axis=1).mean())
    for layer in range(1, net.depth + 1):
        letters = weight_letters(mixed, layer)
        share = kept / net.widths[layer - 2] if layer > 1 else 1 / rows.shape[1]
        expected *= share * float(evaluate(SLUG, "weights_2", letters))
        parents *= share * (letters["norm_a"] ** 2 + letters["norm_b"] ** 2) / 2
        if not parents:
            return
        ratios = found[:, layer - 1] / parents
        error = 5 * float(ratios.std(ddof=1)) / math.sqrt(count)
        measured = Number.estimated(float(ratios.mean()), f"{count} random networks", error)
        bound = Number.exact(expected / parents, "product over the layers")
        yield Comparison(f"second moment left in layer {layer}, random weights", measured, Relation.EQUAL, bound, relative)


def _squares(net: Layered, mixed: Mixing, rows: Floats, ends: list[list[Floats]], shuffled: bool, count: int) -> Floats:
    """|z_l|^2 in the mean over examples for l = 1..L, shape (count, L): networks with mixed weights and no biases."""
    features, found, stream = np.broadcast_to(rows, (count, *rows.shape)), [], generator("shuffled weights")
    for first, second in zip(*ends, strict=True):
        lambdas = mixed.law.draw(stream, count * first.size).reshape(count, first.size)
        entries = first.reshape(-1) + lambdas * (second - first).reshape(-1)
        if shuffled:
            entries *= np.where(stream.random(entries.shape) < 0.5, -1.0, 1.0)  # one sign for both ends of an entry
            entries = stream.permuted(entries, axis=1)
        z = features @ entries.reshape(count, *first.shape).transpose(0, 2, 1)
        found.append(np.square(z).sum(axis=2).mean(axis=1))
        features = np.where(z > 0, z, net.activation.negative_slope * z)
    return np.stack(found, axis=1)
