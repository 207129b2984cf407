"""Two networks by way of a third: null model and index, stand-ins for missing networks, what the two ways agree on."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from toykit.errors import ShapeError
from toykit.landscape import Pair
from toykit.matching import null_cosine, rebasin, transitivity_index, via
from toykit.matching.group import brought, networks, scrambled
from toykit.matching.transitivity import cosine, mirrored
from toykit.networks.fixtures import p2
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, printed

Draw = Callable[..., Pair]


def test_the_index_of_rounded_digits_cosines() -> None:
    root = math.sqrt(0.130)
    assert transitivity_index(0.142, root, root, 0.361) == pytest.approx(0.05, abs=printed(2))
    root = math.sqrt(0.050)
    assert transitivity_index(0.143, root, root, 0.224) == pytest.approx(0.53, abs=printed(2))
    assert transitivity_index(0.5, 0.6, 0.6, 0.36 + printed(2)) is None


def test_the_null_model_of_random_residuals() -> None:
    stream, draws = generator("null cosines"), 4000
    rho_a, rho_b, n = 0.6, 0.3, 8
    found = []
    for _ in range(draws):
        residuals = stream.standard_normal((2, n))
        residuals /= np.linalg.norm(residuals, axis=1, keepdims=True)
        found.append(rho_a * rho_b + math.sqrt((1 - rho_a**2) * (1 - rho_b**2)) * float(residuals[0] @ residuals[1]))
    assert abs(np.mean(found) - null_cosine(rho_a, rho_b)) < 5 * np.std(found) / math.sqrt(draws)


def test_copies_of_one_network_are_one_by_any_reference(drawn: Draw) -> None:
    pair = drawn(5, 4)
    net, stream = pair.landscape, generator("copies")
    copies = [rebasin(net, pair.theta_a, {1: stream.permutation(5), 2: stream.permutation(4)}) for _ in range(2)]
    found = via(Pair(net, copies[0], copies[1]), pair.theta_a)
    assert (found.letters["eps_a"], found.letters["eps_b"], found.agreement) == (0, 0, 1)
    assert found.letters["rho_direct"] == pytest.approx(1, rel=ROUNDING)
    assert found.index is None, "the null model explains all there is"


def test_what_both_ways_agree_on_is_measured_unit_by_unit(drawn: Draw) -> None:
    pair = drawn(6, number=3)
    third = drawn(6, number=4).theta_a
    found = via(pair, third)
    net = pair.landscape
    weight = net.weight_name(1)
    place = {tuple(row): i for i, row in enumerate(pair.theta_b[weight])}
    # the unit of B beside unit i of A, by way of C and directly
    straight = {tuple(a): tuple(b) for a, b in zip(pair.theta_a[weight], found.direct.theta_b[weight], strict=True)}
    joint = zip(found.pair.theta_a[weight], found.pair.theta_b[weight], strict=True)
    same = [place[straight[tuple(a)]] == place[tuple(b)] for a, b in joint]
    assert found.agreement == pytest.approx(np.mean(same))
    assert 0 < found.agreement < 1


def test_a_mirror_image(drawn: Draw) -> None:
    pair = drawn(3)
    other = mirrored(pair.theta_b, pair.theta_a)
    assert other.norm() == pytest.approx(pair.theta_b.norm(), rel=ROUNDING)
    assert cosine(other, pair.theta_a) == pytest.approx(cosine(pair.theta_b, pair.theta_a), rel=10 * ROUNDING)
    assert cosine(pair.theta_a * 0, other) == 0


def test_stand_ins_are_scrambled_and_said_so(drawn: Draw) -> None:
    pair = drawn(4, 3)
    first, second, third = networks(pair, 3)
    assert (first, second) == (pair.theta_a, pair.theta_b)
    assert third.norm() == pytest.approx(first.norm(), rel=ROUNDING)
    assert abs(cosine(first, third)) < 0.6
    assert brought(pair, 3) == "1 of 3 are scrambled copies, trained on nothing"
    given = replace(pair, others=(scrambled(pair.theta_b, 7),))
    assert networks(given, 3)[2] is given.others[0]
    assert brought(given, 3) == "all given"
    assert (scrambled(first, 1) - third).norm() > 0, "each stand-in is another"


def test_without_hidden_units_networks_are_taken_as_they_are() -> None:
    pair = p2()
    found = via(pair, pair.theta_b * 0.5)
    assert (found.pair.theta_a, found.agreement) == (pair.theta_a, None)


def test_others_must_have_the_shape_of_the_endpoints(drawn: Draw) -> None:
    with pytest.raises(ShapeError, match="one shape"):
        replace(drawn(4), others=(drawn(5).theta_a,))
