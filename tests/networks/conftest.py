from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from toykit.activations import ACTIVATIONS
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks import MLP
from toykit.seeds import generator

KINDS = list(product(ACTIVATIONS, ("squared", "cross-entropy")))


@pytest.fixture(scope="session")
def drawn() -> Callable[..., Pair]:
    """A pair of random points of a small network: three layers, with biases unless told otherwise."""

    def make(activation: str, loss: str, number: int = 0, hidden: tuple[int, ...] = (4, 3), bias: bool = True) -> Pair:
        data: Data = gaussian_clusters(15, width=4, number=number) if loss == "cross-entropy" else teacher_student(15, outputs=2)
        criterion = CrossEntropy() if loss == "cross-entropy" else SquaredLoss()
        net = MLP((4, *hidden, data.classes or 2), activation, criterion, data, bias)
        stream = generator(f"networks {activation} {loss}", number)
        return Pair(net, net.draw(stream), net.draw(stream), f"{activation}, {loss} #{number}")

    return make


@pytest.fixture(params=KINDS, ids=["-".join(kind) for kind in KINDS])
def pair(request: pytest.FixtureRequest, drawn: Callable[..., Pair]) -> Pair:
    """One random pair of each kind of network."""
    return drawn(*request.param)
