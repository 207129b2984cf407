"""Contribution matching: units that add the same to the output, S = (F_a^T F_b/n) .* (W_a^T W_b), one assignment per layer.

With one hidden layer the matching is exactly the best one for mixing whole neurons [combinability/contribution_alignment].
With more, one pass from the top is made, each layer seeing the order of the layer above: a heuristic.
"""

from __future__ import annotations

import time

import numpy as np

from toykit.arrays import to_numpy
from toykit.landscape import Floats, Pair
from toykit.matching.matching import Matching, finished, layered, layers64
from toykit.matching.search import Permutation, assignment


def contribution_matching(pair: Pair) -> Matching:
    """perm[l] = argmax sum_i S_l[i, perm[l][i]] for l = L-1, .., 1, with W^b_{l+1} already in the order perm[l+1].

    Raises:
        InputError: there is no hidden layer to permute.

    """
    net = layered(pair)
    began = time.process_time()
    perm: dict[int, Permutation] = {}
    objective = 0.0
    for layer in range(net.depth - 1, 0, -1):
        table = contribution_products(pair, layer, perm.get(layer + 1))
        perm[layer] = assignment(table)
        objective += float(table[np.arange(len(table)), perm[layer]].sum())
    notes = ("heuristic: one pass from the top",) if net.depth > 2 else ()
    seconds = time.process_time() - began
    return finished(pair, "contribution", perm, (objective,), seconds, (len(perm),), notes)


def contribution_products(pair: Pair, layer: int = 1, above: Permutation | None = None) -> Floats:
    """S_l[i, j] = E_x F^a_l[i] F^b_l[j] <W^a_{l+1}[:, i], W^b_{l+1}[above, j]>, shape (n_l, n_l); features are not centred."""
    net = layered(pair)
    ours, theirs = (to_numpy(net.features(theta, layer)).astype(np.float64) for theta in (pair.theta_a, pair.theta_b))
    left, right = (layers64(net, theta)[layer].weight for theta in (pair.theta_a, pair.theta_b))
    found: Floats = (ours.T @ theirs / len(ours)) * (left.T @ (right if above is None else right[above]))
    return found
