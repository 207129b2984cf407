"""The check of the matchers: ground truth of the toys, hunts, necessity, and the pair that no permutation helps."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from toykit.checks.combinability import matching_objectives as subject
from toykit.data import Data, gaussian_clusters
from toykit.hunt import hunt
from toykit.landscape import Floats
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.matching import identity, rebasin
from toykit.networks.fixtures import m4, p2
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters, chord_point
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG
POSITIONS = 16


def test_m4() -> None:
    result = subject.check(replace(m4(), name="M4"))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["unaligned"] == pytest.approx(-14.588434003235, abs=printed(12))
    assert result.letters["aligned"] == pytest.approx(4.818552989061, abs=printed(12))
    assert result.comparisons[0].measured.value == pytest.approx(35.780668448, abs=printed(9))
    assert "best_aligned" not in result.letters, "576 permutations are for the tests, not for every check"
    assert result.extra["moved"] == 7 / 8


def test_a_permuted_copy_comes_back() -> None:
    copy, *_ = subject.extremal()
    result = subject.check(copy)
    assert result.comparisons[0].measured.value == 0
    assert result.extra["cosine"] == pytest.approx(1, rel=ROUNDING)
    assert result.letters["aligned"] == pytest.approx(result.letters["norm_a"] ** 2, rel=ROUNDING)


def test_one_hidden_layer_is_exact_and_more_need_not_be() -> None:
    relations = {}
    for pair in itertools.islice(subject.cases(8), 8):
        result = subject.check(pair)
        for comparison in result.comparisons:
            if comparison.name.endswith("all permutations"):
                relations[len(pair.landscape.widths)] = str(comparison.relation)
    assert relations == {1: "=", 2: "<="}


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        met.append((name, [c.name for c in result.comparisons if not c.holds]))
    assert met == [
        ("SYMMETRY", ["squared distance after matching"]),
        ("ONE_SIDE", ["objective after one assignment"]),
    ]
    step = next(c for c in subject.check(subject.tied()).comparisons if c.name == "objective after one assignment")
    assert (step.measured.value, step.bound.value) == (-2, -1)


def test_without_hidden_units_it_does_not_apply() -> None:
    result = subject.check(p2())
    assert result.verdict is Verdict.INAPPLICABLE
    assert "P2 is a Polynomial" in result.reason


def test_hunt() -> None:
    found = hunt(SLUG, 60, seed=5)
    assert found.verdicts == {"HOLDS": 60}
    assert found.ratios["objective and the largest of all permutations"] == pytest.approx(1, rel=ROUNDING)


def accuracy(net: MLP, theta: Parameters, labels: Floats) -> float:
    """The fraction of inputs on which f >= 0 is the label."""
    return float(((net.outputs(theta)[:, 0] >= 0) == labels).mean())


def test_a_pair_that_no_permutation_helps() -> None:
    first, second = ((np.arange(count) + 0.5) * 2 / count - 1 for count in (64, 128))
    inputs = np.array([(x, y) for x in first for y in second])
    labels = (inputs[:, 0] <= 0) & (inputs[:, 1] >= 0)
    net = MLP((2, 2, 2, 1), "relu", SquaredLoss(), Data(inputs, labels[:, None].astype(float)), bias=(True, True, False))
    a = net.point(-np.eye(2), [1, 0], np.diag([-1, 1]), [1, 0], [[-1, -1]])
    b = net.point(np.eye(2), [0, 1], np.diag([1, -1]), [0, 1], [[-1, -1]])
    assert accuracy(net, a, labels) == accuracy(net, b, labels) == 1
    found = {}
    for swaps in itertools.product((False, True), repeat=2):
        perm = {layer: order[::-1] if swap else order for (layer, order), swap in zip(identity(net).items(), swaps, strict=True)}
        moved = rebasin(net, b, perm)
        assert accuracy(net, moved, labels) == 1
        found[swaps] = [accuracy(net, chord_point(a, moved, k / POSITIONS), labels) for k in range(1, POSITIONS)]
    half = POSITIONS // 2 - 1
    assert found[False, False] == found[False, True] == [0.75] * (POSITIONS - 1)
    for swaps in ((True, False), (True, True)):
        assert min(found[swaps]) == found[swaps][half] == 0.75
    assert all(min(values) == 0.75 for values in found.values()), "an accuracy barrier of exactly 1/4 under every permutation"


def test_a_wide_random_pair_has_a_cosine_that_matching_raises() -> None:
    net = MLP((8, 40, 40, 3), "relu", CrossEntropy(), gaussian_clusters(40, 8, 3))
    stream = generator("cosines")
    pair = replace(m4(), landscape=net, theta_a=net.draw(stream), theta_b=net.draw(stream))
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.extra["cosine"] > 0.2 > result.letters["unaligned"] / result.letters["norm_a"] ** 2
