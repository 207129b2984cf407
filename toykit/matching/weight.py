"""Weight matching: the permutation of theta_b that maximises <theta_a, P theta_b>, by coordinate descent over the layers.

With the other layers fixed the objective is linear in one layer's permutation, so one assignment problem solves it exactly
and the objective never falls. For one hidden layer this is the optimum; for more it is a local one, so the search is
started again, from the best order so far with a part of the units re-shuffled, and the largest objective wins. On digits
networks this was seen to end higher than starts from wholly random orders, with a third fewer assignments.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from toykit.errors import InputError
from toykit.landscape import Floats, Layered, Pair
from toykit.matching.matching import Matching, assignment, finished, layered, layers64
from toykit.matching.rebasin import Permutation, identity, permutations
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING

RESTARTS = 8
AGREEING = 3
"""Searches that must end at the best objective before no more are made."""

SHAKEN, FEWEST = 0.2, 4
"""The part of a layer's units that a new start re-shuffles, and the fewest: a part of a tiny layer leads nowhere new."""


class Descent(NamedTuple):
    """One coordinate descent: where it stopped, and the objective at the start and after every accepted step."""

    perm: dict[int, Permutation]
    trace: tuple[float, ...]
    steps: int

    @property
    def objective(self) -> float:
        """<theta_a, P theta_b> where the descent stopped."""
        return self.trace[-1]


class Alignment:
    """<theta_a, P theta_b> as a function of the permutations, with the products that no permutation changes kept.

    C_l = W^a_l W^b_l[:, perm_{l-1}]^T + b^a_l (b^b_l)^T + (W^a_{l+1})^T W^b_{l+1}[perm_{l+1}], shape (n_l, n_l): what unit i
    of a gains from unit j of b. Everything in float64.
    """

    def __init__(self, net: Layered, theta_a: Parameters, theta_b: Parameters) -> None:
        self.net, self.depth = net, net.depth
        self._a, self._b = layers64(net, theta_a), layers64(net, theta_b)
        # rows are gathered much faster than columns, so W_l^b is kept transposed too
        self._across = [np.ascontiguousarray(layer.weight.T) for layer in self._b]
        self._kept = {layer: self._constant(layer) for layer in range(1, self.depth)}

    def gains(self, layer: int, perm: Mapping[int, Permutation]) -> Floats:
        """C_l with the other layers permuted as `perm` says; never to be written into."""
        found = self._kept[layer]
        if layer > 1:
            found = found + self._a[layer - 1].weight @ self._across[layer - 1][perm[layer - 1]]
        if layer < self.depth - 1:
            found = found + self._a[layer].weight.T @ self._b[layer].weight[perm[layer + 1]]
        return found

    def objective(self, perm: Mapping[int, Permutation]) -> float:
        """<theta_a, P theta_b> over all arrays, the output bias included."""
        total = 0.0
        for layer, (ours, theirs) in enumerate(zip(self._a, self._b, strict=True), start=1):
            weight, bias = theirs
            if layer in perm:
                weight, bias = weight[perm[layer]], bias[perm[layer]]
            if layer - 1 in perm:
                weight = weight[:, perm[layer - 1]]
            total += float((ours.weight * weight).sum() + ours.bias @ bias)
        return total

    def descend(self, start: Mapping[int, Permutation], order: Sequence[int]) -> Descent:
        """Coordinate descent from `start`, layers in the given order, until no single layer can gain any more.

        A layer is solved again only if a neighbour has moved since: its assignment is still the best one otherwise.
        """
        perm, trace, steps = dict(start), [self.objective(start)], 0
        due = set(order)
        while due:
            for layer in order:
                if layer not in due:
                    continue
                due.discard(layer)
                steps += 1
                gains, rows = self.gains(layer, perm), np.arange(len(perm[layer]))
                new = assignment(gains)
                taken = gains[rows, new]
                rise = float(taken.sum() - gains[rows, perm[layer]].sum())
                if rise > ROUNDING * float(np.abs(taken).sum()):  # a tie is no progress, or rounding would go round in circles
                    perm[layer] = new
                    trace.append(trace[-1] + rise)
                    due |= {layer - 1, layer + 1} & perm.keys()
        trace[-1] = self.objective(perm)
        return Descent(perm, tuple(trace), steps)

    def _constant(self, layer: int) -> Floats:
        ours, theirs = self._a[layer - 1], self._b[layer - 1]
        found = np.outer(ours.bias, theirs.bias)
        if layer == 1:
            found += ours.weight @ theirs.weight.T
        if layer == self.depth - 1:
            found += self._a[layer].weight.T @ self._b[layer].weight
        return found


def weight_matching(
    pair: Pair,
    *,
    restarts: int = RESTARTS,
    seed: int = 0,
    start: Mapping[int, Sequence[int] | NDArray[np.int64]] | None = None,
) -> Matching:
    """The best of `restarts` coordinate descents for max <theta_a, P theta_b>; fewer where the best was met three times.

    The first descent starts from the order as it is (or from `start`) with the layers upwards, the second downwards, the
    others from the best order so far, shaken. One hidden layer needs a single assignment, which is exact
    [ainsworth2022, Section 3.2].

    Raises:
        InputError: there is no hidden layer to permute, `start` is not a permutation, or there is less than one restart.

    """
    if restarts < 1:
        raise InputError(f"a search is made at least once; got restarts={restarts}; use {RESTARTS}")
    net = layered(pair)
    began = time.process_time()
    first = identity(net) | permutations(net, start or {})
    alignment, stream = Alignment(net, pair.theta_a, pair.theta_b), generator("weight matching", seed)
    found: list[Descent] = []
    for number in range(1 if net.depth == 2 else restarts):
        order = list(first)[:: -1 if number == 1 else 1] if number < 2 else stream.permutation(list(first)).tolist()
        perm = first if number < 2 else shaken(max(found, key=lambda descent: descent.objective).perm, stream)
        found.append(alignment.descend(perm, order))
        best = max(descent.objective for descent in found)
        near = ROUNDING * max(1.0, abs(best))
        if sum(descent.objective >= best - near for descent in found) >= AGREEING:
            break
    winner = max(found, key=lambda descent: descent.objective)
    seconds = time.process_time() - began
    objectives, steps = tuple(d.objective for d in found), tuple(d.steps for d in found)
    return finished(pair, "weight", winner.perm, objectives, seconds, steps)


def shaken(perm: Mapping[int, Permutation], stream: np.random.Generator) -> dict[int, Permutation]:
    """`perm` with a fifth of the units of every layer, at least four, re-shuffled among themselves."""
    found = {}
    for layer, order in perm.items():
        chosen = stream.choice(len(order), min(len(order), max(FEWEST, math.ceil(SHAKEN * len(order)))), replace=False)
        found[layer] = order.copy()
        found[layer][chosen] = order[stream.permutation(chosen)]
    return found
