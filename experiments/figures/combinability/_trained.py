"""Two small ReLU networks trained with the squared loss from different first weights, for the figures about whole neurons."""

from __future__ import annotations

from functools import cache

from experiments.figures.descent import descended
from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator

STEPS, RATE = 800, 0.02


@cache
def trained_pair() -> Pair:
    """Two 5-10-3 ReLU networks after full-batch gradient descent on |f - y|^2."""
    net = MLP((5, 10, 3), "relu", SquaredLoss(1.0), gaussian_clusters(count=90, spread=1.0))
    ends = [descended(net, net.draw(generator("figures of whole neurons", number)), STEPS, RATE) for number in (0, 1)]
    return Pair(net, ends[0], ends[1], "two trained networks")


@cache
def deep_pair() -> Pair:
    """Two 5-24-24-24-24-3 ReLU networks after full-batch gradient descent on |f - y|^2."""
    net = MLP((5, 24, 24, 24, 24, 3), "relu", SquaredLoss(1.0), gaussian_clusters(count=90, spread=1.0))
    ends = [descended(net, net.draw(generator("figures of deep networks", number)), STEPS, RATE / 2) for number in (0, 1)]
    return Pair(net, ends[0], ends[1], "two trained deep networks")
