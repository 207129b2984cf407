"""Strategies for toy networks and for pairs of endpoints on one of them."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from toykit.activations import ACTIVATIONS
from toykit.data import Data, gaussian_clusters, teacher_student
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.testing.vectors import parameters

WIDEST = 5
"""Units of a layer: enough for any pattern of signs that a proof distinguishes, small enough to read when a test fails."""


def networks(activations: Sequence[str] = tuple(ACTIVATIONS), depths: Sequence[int] = (1, 2, 3)) -> st.SearchStrategy[MLP]:
    """Dense networks with 1 to 3 weight layers on a small seeded data set, with squared loss or cross-entropy."""
    hidden = st.sampled_from(list(depths)).flatmap(
        lambda depth: st.lists(st.integers(1, WIDEST), min_size=depth - 1, max_size=depth - 1)
    )
    return st.builds(_network, hidden, st.sampled_from(list(activations)), data_sets(), st.booleans(), st.booleans())


def data_sets() -> st.SearchStrategy[Data]:
    """Small seeded data sets: a regression by a random teacher, or clusters with labels."""
    counts, widths, numbers = st.integers(2, 12), st.integers(1, 3), st.integers(0, 999)
    vectors = st.builds(teacher_student, count=counts, width=widths, outputs=st.integers(1, 3), number=numbers)
    labels = st.builds(gaussian_clusters, count=counts, width=widths, classes=st.integers(2, 3), number=numbers)
    return st.one_of(vectors, labels)


def _network(hidden: list[int], activation: str, data: Data, bias: bool, likelihood: bool) -> MLP:
    outputs = data.classes or data.targets.shape[1]
    loss = CrossEntropy() if likelihood and data.classes else SquaredLoss()
    return MLP((data.width, *hidden, outputs), activation, loss, data, bias)


def pairs(of: st.SearchStrategy[MLP] | None = None, *, largest: float = 2.0) -> st.SearchStrategy[Pair]:
    """Two endpoints with entries in [-largest, largest] on one network, by default on any of `networks()`."""
    return (networks() if of is None else of).flatmap(
        lambda net: st.builds(
            Pair,
            st.just(net),
            parameters(net.shapes, largest=largest),
            parameters(net.shapes, largest=largest),
            st.just(repr(net)),
        )
    )
