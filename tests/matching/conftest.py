from __future__ import annotations

from collections.abc import Callable

import pytest

from toykit.data import gaussian_clusters
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks import MLP
from toykit.seeds import generator


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Pair]:
    """Two random points of a small tanh network with the given hidden widths."""

    def make(*hidden: int, number: int = 0, bias: bool = True) -> Pair:
        net = MLP((3, *hidden, 2), "tanh", CrossEntropy(), gaussian_clusters(20, 3, 2), bias)
        stream = generator(f"matching {hidden}", number)
        return Pair(net, net.draw(stream), net.draw(stream), f"{hidden} #{number}")

    return make
