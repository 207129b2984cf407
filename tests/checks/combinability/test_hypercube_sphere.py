"""The check of the sphere: the integer instance by hand, drawn vertices, necessity, hunts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from toykit.checks.combinability import hypercube_sphere as subject
from toykit.combining.draws import mixing
from toykit.combining.vertices import vertices
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import f10, w
from toykit.parameters import Parameters
from toykit.tolerances import ROUNDING, printed
from toykit.verdict import Trust, Verdict

SLUG = subject.SLUG


def test_the_integer_instance() -> None:
    (pair,) = subject.extremal()
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.trust is Trust.EXACT
    assert [c.measured.value for c in result.comparisons] == pytest.approx([2.5, 0, 9, 6.5, 0.82], rel=ROUNDING)
    assert 1 / result.comparisons[-1].bound.value == pytest.approx(50 / 41, rel=ROUNDING)
    assert result.extra["cosbar"] == pytest.approx(13 / 18, rel=ROUNDING)
    assert evaluate(SLUG, "cosbar", dict(result.letters) | {"v": 1 / 12}) == pytest.approx(39 / 44, rel=ROUNDING)


@pytest.mark.parametrize(("v", "value"), [(1 / 4, 0.6140), (1 / 12, 0.82675)])
def test_cosbar_of_equal_norms(v: float, value: float) -> None:
    letters = {"cosine": 0.228, "v": v}
    assert evaluate(SLUG, "cosbar_equal_norms", letters) == pytest.approx(value, abs=printed(5))
    c = letters["cosine"]
    same = {"norm_m": math.sqrt((1 + c) / 2), "Delta_norm": math.sqrt(2 * (1 - c)), "v": v}
    assert evaluate(SLUG, "cosbar", same) == pytest.approx(evaluate(SLUG, "cosbar_equal_norms", letters), rel=ROUNDING)


def test_the_deterministic_vectors() -> None:
    net = f10().landscape
    pair = Pair(net, Parameters({"theta": w((50,), 1.0)}), Parameters({"theta": w((50,), 2.0)}))
    result = subject.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert result.letters["Delta_norm"] / 2 == pytest.approx(2.2952184265, abs=printed(10))
    assert 1 / result.comparisons[-1].bound.value == pytest.approx(28.7034427167, abs=printed(10))


@pytest.mark.parametrize("granularity", ["element", "row", "tensor", "layer", "neuron"])
def test_f10_in_every_granularity(granularity: str) -> None:
    assert subject.check(f10(), granularity=granularity).verdict is Verdict.HOLDS


def test_drawn_vertices_are_vertices_and_independent() -> None:
    pair = f10()
    drawn = list(vertices(pair, "element", 30))
    assert len(drawn) == 30
    for first, second in drawn:
        for point in (first, second):
            for name, array in point.items():
                low, high = pair.theta_a[name], pair.theta_b[name]
                assert np.minimum(abs(array - low), abs(array - high)).max() < 10 * ROUNDING
        assert (first - second).norm() > 0


def test_two_random_vertices_are_half_the_squared_distance_apart() -> None:
    drawn = mixing(f10(), granularity="tensor")
    points = [drawn.point(values) for values, _ in drawn.nodes()]
    mean = np.mean([(p - q).norm() ** 2 for p in points for q in points])
    assert mean == pytest.approx(drawn.delta.norm() ** 2 / 2, rel=ROUNDING)


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["ONE_LAW", "TWO_DRAWS", "BLOCKS"]


def test_hunt() -> None:
    assert hunt(SLUG, 60, seed=3).verdicts == {"HOLDS": 60}
