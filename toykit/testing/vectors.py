"""Strategies for points of parameter space and for permutations of units."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from toykit.networks.dense import DenseSpace
from toykit.parameters import Parameters

LARGEST = 2.0**20
"""Entries stay below this, so that sums and products of a few of them neither overflow nor lose every digit."""


Shapes = dict[str, tuple[int, ...]]


def shapes() -> st.SearchStrategy[Shapes]:
    """Names and shapes of a small dense network with 1 to 3 layers."""
    return st.lists(st.integers(1, 4), min_size=2, max_size=4).map(lambda widths: DenseSpace(widths).shapes)


def parameters(of: Shapes | None = None, *, largest: float = LARGEST, dyadic: bool = False) -> st.SearchStrategy[Parameters]:
    """Points theta with float64 entries in [-largest, largest]; `of` fixes names and shapes.

    With `dyadic` every entry is k/16 with |k| <= 256, so that sums of a few products are exact in float64.
    """
    if of is None:
        return shapes().flatmap(lambda found: parameters(found, largest=largest, dyadic=dyadic))
    entries = st.integers(-256, 256).map(lambda k: k / 16) if dyadic else st.floats(-largest, largest, allow_subnormal=False)
    values = st.tuples(*(arrays.arrays(np.float64, shape, elements=entries) for shape in of.values()))
    return values.map(lambda found: Parameters(dict(zip(of, found, strict=True))))


def same_shape(count: int = 2, *, dyadic: bool = False) -> st.SearchStrategy[tuple[Parameters, ...]]:
    """`count` points of one parameter space."""
    return shapes().flatmap(lambda found: st.tuples(*[parameters(found, dyadic=dyadic)] * count))


def permutations(size: int) -> st.SearchStrategy[NDArray[np.int64]]:
    """perm of 0..size-1, shape (size,): new unit i is old unit perm[i]."""
    return st.permutations(range(size)).map(lambda order: np.array(order, dtype=np.int64))
