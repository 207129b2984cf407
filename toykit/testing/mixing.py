"""Strategies for laws of lambda, for lambda itself, and for elements of a symmetry group."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from toykit.landscape import Floats
from toykit.symmetry import Permutation, Symmetries
from toykit.testing.vectors import permutations


def laws() -> st.SearchStrategy[str]:
    """Specs of laws of one lambda, as `toykit.combining.law` reads them."""
    part = st.integers(1, 15).map(lambda sixteenths: sixteenths / 16)
    return st.one_of(
        st.just("uniform"),
        part.map(lambda p: f"bernoulli({p})"),
        part.map(lambda t: f"constant({t})"),
        st.sampled_from([0.25, 0.5, 1.0, 2.0]).map(lambda a: f"beta({a})"),
        part.map(lambda s: f"gauss({s})"),
        st.sampled_from([0.5, 1.0, 1.5]).map(lambda r: f"radial({r})"),
    )


def lambdas(blocks: int, *, vertices: bool = False) -> st.SearchStrategy[Floats]:
    """One lambda in [0, 1] per block, shape (blocks,); only 0 and 1 with `vertices`."""
    entries = st.sampled_from([0.0, 1.0]) if vertices else st.floats(0.0, 1.0, allow_subnormal=False)
    return arrays.arrays(np.float64, (blocks,), elements=entries)


def elements(symmetries: Symmetries) -> st.SearchStrategy[dict[str, Permutation]]:
    """Elements of a product of permutation groups, one permutation per group."""
    return st.fixed_dictionaries({group.name: permutations(group.size) for group in symmetries.groups})
