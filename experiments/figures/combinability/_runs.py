"""Several networks of one architecture, trained from different first weights, for the figures about more than one pair."""

from __future__ import annotations

from functools import cache

from experiments.figures.descent import descended
from toykit.data import gaussian_clusters
from toykit.losses import CrossEntropy
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator

UNITS = 24
STEPS, RATE = 500, 0.2


@cache
def net() -> MLP:
    """A ReLU network 4-24-24-6 with cross-entropy on twelve Gaussian clusters."""
    return MLP((4, UNITS, UNITS, 6), "relu", CrossEntropy(), gaussian_clusters(240, 4, 6, clusters=12, spread=0.6))


@cache
def run(number: int) -> Parameters:
    """The network after full-batch gradient descent from the first weights of that number."""
    return descended(net(), net().draw(generator("networks of several runs", number)), STEPS, RATE)
