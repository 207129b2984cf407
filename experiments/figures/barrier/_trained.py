"""Two networks trained on Gaussian clusters from different first weights, for the figures about outputs: the barrier is real."""

from __future__ import annotations

from functools import cache

from experiments.figures.descent import descended
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.seeds import generator

STEPS, RATE = 20, 0.3


@cache
def trained_pair() -> Pair:
    """Two 5-16-3 ReLU classifiers after full-batch gradient descent."""
    net = MLP((5, 16, 3), "relu", CrossEntropy(), gaussian_clusters(count=90, spread=2.5))
    ends = [descended(net, net.draw(generator("figures of outputs", number)), STEPS, RATE) for number in (0, 1)]
    return Pair(net, ends[0], ends[1], "two classifiers")
