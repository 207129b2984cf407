"""Hypothesis strategies and assertions for testing claims of one's own; needs the package `hypothesis`.

    from hypothesis import given
    from toykit.barriers import barriers
    from toykit.chord import grid, profile
    from toykit.landscape import Pair
    from toykit.testing import pairs_assuming

    @given(pairs_assuming("CONVEX", "HIDDEN"))
    def test_the_last_layer_alone_makes_no_barrier(pair):
        last = pair.landscape.weight_name(pair.landscape.depth)
        theta_b = pair.theta_a + pair.delta.only([last])
        found = barriers(profile(Pair(pair.landscape, pair.theta_a, theta_b), grid(25)))
        assert found.barrier.value <= 1e-9 * max(1.0, pair.landscape.loss(theta_b))

Where it fails, Hypothesis shows the smallest network on which it does.
"""

from toykit.testing.assertions import assert_encloses, assert_holds, assert_same_function
from toykit.testing.assumed import pairs_assuming, pairs_for
from toykit.testing.mixing import elements, lambdas, laws
from toykit.testing.networks import data_sets, networks, pairs
from toykit.testing.vectors import parameters, permutations, same_shape

__all__ = [
    "assert_encloses",
    "assert_holds",
    "assert_same_function",
    "data_sets",
    "elements",
    "lambdas",
    "laws",
    "networks",
    "pairs",
    "pairs_assuming",
    "pairs_for",
    "parameters",
    "permutations",
    "same_shape",
]
