"""Pairs of small NumPy networks, trained by gradient descent from random starts: the same on every machine."""

from __future__ import annotations

from functools import cache

from experiments.figures.descent import descended
from toykit.data import teacher_student
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator

STEPS, RATE = 400, 0.1


@cache
def trained_pairs(count: int) -> tuple[Pair, ...]:
    """Independent pairs of tanh networks 4-10-10-10-1 on one regression."""
    net = MLP((4, 10, 10, 10, 1), "tanh", SquaredLoss(), teacher_student(count=64, width=4))
    ends = [descended(net, net.draw(generator("small nets", number)), STEPS, RATE) for number in range(2 * count)]
    return tuple(Pair(net, ends[2 * i], ends[2 * i + 1], f"pair {i + 1}") for i in range(count))
