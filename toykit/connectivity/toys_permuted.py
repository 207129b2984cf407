"""Small pairs for the claim on one extra unit: functions of few units to be embedded, a full layer, two equal units."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from toykit.connectivity.toys import ACTIVATION_NAMES, point
from toykit.data import Data
from toykit.landscape import Floats, Pair
from toykit.losses import SquaredLoss
from toykit.networks.mlp import MLP
from toykit.seeds import generator

SIZES = ((1, 2), (1, 3), (2, 3), (1, 4), (2, 4), (3, 4))
"""(r, m) with at most 62 subspaces."""


def embedded(number: int, r: int | None = None, m: int | None = None) -> Pair:
    """A layer of four random units, r of which are to be embedded in width m, by default one of `SIZES`."""
    drawn = SIZES[int(generator("embedded", number).choice(len(SIZES), p=[0.2, 0.2, 0.3, 0.1, 0.1, 0.1]))]
    facts = {"units": str(drawn[0] if r is None else r), "width": str(drawn[1] if m is None else m)}
    return _layer(number, facts)


def no_free_unit() -> Pair:
    """The same with no unit taken away, so that the first move overwrites a unit that is read."""
    return _layer(0, {"slots": "used"})


def equal_units() -> Pair:
    """Two units with the same incoming and outgoing weights: exchanging them changes nothing, and subspaces coincide."""
    first, last = np.array([[1.0, 0.5], [1.0, 0.5], [0.2, -1.0]]), np.array([[2.0, 2.0, 0.5]])
    network = MLP((2, 3, 1), "tanh", SquaredLoss(), _data(3, 1))
    theta = point([first, last], [np.zeros(3), np.zeros(1)])
    return Pair(network, theta, theta, "equal units", facts={"units": "2", "width": "3"})


def _layer(number: int, facts: dict[str, str]) -> Pair:
    draw = generator("one layer of four units", number)
    sizes = (2, 4, 1 + number % 2)
    network = MLP(sizes, ACTIVATION_NAMES[number % 3], SquaredLoss(), _data(number, sizes[-1]))

    def end() -> tuple[list[Floats], list[Floats]]:
        return [draw.normal(size=(b, a)) for a, b in pairwise(sizes)], [draw.normal(size=b) for b in sizes[1:]]

    return Pair(network, point(*end()), point(*end()), f"one layer of four units #{number}", facts=facts)


def _data(number: int, outputs: int) -> Data:
    draw = generator("inputs of one layer", number)
    return Data(draw.normal(size=(12, 2)), draw.normal(size=(12, outputs)), name="random targets")
