"""Re-shuffling units: the law against all re-shufflings, random draws that are what they say, bad input."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toykit.errors import InputError
from toykit.landscape import Pair
from toykit.matching import expected_distance_2, rebasin, reshuffling
from toykit.matching.reshuffling import chosen, count_of, every_reshuffling
from toykit.networks.fixtures import m4
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, printed

Draw = Callable[..., Pair]


def naive(pair: Pair, counts: dict[int, int], *, deranged: bool = False) -> float:
    """The mean of |theta_a - P theta_b|^2 over all re-shufflings."""
    perms = every_reshuffling(pair.landscape, counts, deranged=deranged)
    return float(np.mean([(pair.theta_a - rebasin(pair.landscape, pair.theta_b, perm)).norm() ** 2 for perm in perms]))


@pytest.mark.parametrize(
    ("count", "deranged", "value"),
    [
        (1, False, 74.594642433),
        (2, False, 66.143257315),
        (3, False, 58.904179676),
        (4, False, 52.877409518),
        (2, True, 58.904179676),
        (3, True, 52.877409518),
        (4, True, 48.062946841),
    ],
)
def test_m4(count: int, deranged: bool, value: float) -> None:
    pair, counts = m4(), {1: count, 2: count}
    law = expected_distance_2(pair.landscape, pair.theta_a, pair.theta_b, counts, deranged=deranged)
    assert law == pytest.approx(value, abs=printed(9))
    assert naive(pair, counts, deranged=deranged) == pytest.approx(law, rel=ROUNDING)


@given(counts=st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(0, 2)), number=st.integers(0, 99))
@settings(max_examples=15)
def test_the_law_of_three_hidden_layers_with_counts_of_their_own(drawn: Draw, counts: tuple[int, int, int], number: int) -> None:
    pair, found = drawn(3, 4, 2, number=number), dict(enumerate(counts, start=1))
    law = expected_distance_2(pair.landscape, pair.theta_a, pair.theta_b, found)
    assert naive(pair, found) == pytest.approx(law, rel=ROUNDING)


def test_the_number_of_reshufflings(drawn: Draw) -> None:
    net, counts = drawn(3, 4).landscape, {1: 2, 2: 3}
    assert len(list(every_reshuffling(net, counts))) == count_of(net, counts) == 3 * 2 * 4 * 6
    assert len(list(every_reshuffling(net, {2: 4}, deranged=True))) == 9


@pytest.mark.parametrize("deranged", [False, True])
def test_random_reshufflings_are_uniform(drawn: Draw, deranged: bool) -> None:
    net, counts, stream = drawn(4).landscape, {1: 3}, generator("uniform re-shufflings")
    expected = Counter(tuple(perm[1]) for perm in every_reshuffling(net, counts, deranged=deranged))
    draws = 4000
    found = Counter(tuple(reshuffling(net, counts, stream, deranged=deranged)[1]) for _ in range(draws))
    assert found.keys() == expected.keys()
    total = expected.total()
    for order, weight in expected.items():
        chance = weight / total
        assert abs(found[order] / draws - chance) < 5 * np.sqrt(chance / draws)


def test_parts_of_units(drawn: Draw) -> None:
    net = drawn(10, 4).landscape
    assert chosen(net, 0.3) == {1: 3, 2: 1}
    assert chosen(net, 0) == {1: 1, 2: 1}
    assert chosen(net, 1) == {1: 10, 2: 4}


def test_bad_input(drawn: Draw) -> None:
    net, stream = drawn(4).landscape, generator("bad re-shufflings")
    with pytest.raises(InputError, match=r"lies in \[0, 1\]; got 1.5"):
        chosen(net, 1.5)
    with pytest.raises(InputError, match="moves 0 to 4 units of layer 1; got 5"):
        reshuffling(net, {1: 5}, stream)
    with pytest.raises(InputError, match="moves 0 to 0 units of layer 2"):
        reshuffling(net, {2: 1}, stream)
    with pytest.raises(InputError, match="cannot leave its place"):
        reshuffling(net, {1: 1}, stream, deranged=True)
