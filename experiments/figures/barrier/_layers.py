"""Networks with three layers trained from different first weights, for the figures about layers."""

from __future__ import annotations

from functools import cache
from itertools import combinations

from experiments.figures.descent import descended
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.seeds import generator

STEPS, RATE = 60, 0.3
RUNS = 4


@cache
def trained_pairs(activation: str = "tanh") -> tuple[Pair, ...]:
    """All pairs of four 5-12-12-3 classifiers after full-batch gradient descent."""
    net = MLP((5, 12, 12, 3), activation, CrossEntropy(), gaussian_clusters(count=90, spread=2.5))
    ends = [descended(net, net.draw(generator("figures of layers", number)), STEPS, RATE) for number in range(RUNS)]
    return tuple(Pair(net, ends[i], ends[j], f"{i + 1}, {j + 1}") for i, j in combinations(range(RUNS), 2))
