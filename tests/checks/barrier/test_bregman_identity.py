"""The three terms of the gap: known numbers, a naive twin, losses whose F is not known, torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.decomposition import Terms, terms
from toykit.checks.barrier.bregman_identity import check, extremal, necessity
from toykit.chord import grid
from toykit.data import gaussian_clusters
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.designed import designed
from toykit.networks.fixtures import f10, p2
from toykit.networks.mlp import MLP
from toykit.outputs import OutputChord
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.verdict import Verdict

SLUG = "barrier/bregman_identity"


def classifiers(number: int = 0) -> Pair:
    net = MLP((3, 4, 3), "relu", CrossEntropy(), gaussian_clusters(count=15, width=3))
    draw = generator("bregman test", number)
    return Pair(net, net.draw(draw), net.draw(draw), "classifiers")


def at_half(pair: Pair) -> tuple[OutputChord, dict[str, float]]:
    chord = OutputChord(pair)
    return chord, terms(chord, chord.at(0.5), pair.landscape.traits).means()


def test_the_terms_of_one_example() -> None:
    _, one, _ = extremal()
    assert at_half(one)[1] == pytest.approx({"linear": 0.5, "cost": 0.1201145, "gain": 0.4337808}, abs=tolerances.printed(7))
    result = check(one)
    assert result.measured is not None
    assert result.measured.value == pytest.approx(0.1863337, abs=tolerances.printed(7))


def test_along_the_ones_only_the_gain_is_left() -> None:
    ones, _, _ = extremal()
    found = at_half(ones)[1]
    assert (found["linear"], found["cost"]) == pytest.approx((0.0, 0.0), abs=tolerances.ROUNDING)
    assert check(ones).measured.value == pytest.approx(-found["gain"], abs=tolerances.ROUNDING)


def test_three_squares() -> None:
    _, _, squares = extremal()
    assert at_half(squares)[1] == {"linear": 0.0, "cost": 0.125, "gain": 0.5}
    assert check(squares).measured.value == -0.375


def test_a_loss_that_is_not_convex_has_a_gap_without_output_error() -> None:
    ((name, pair),) = necessity()
    result = check(pair)
    assert name == "CONVEX"
    assert result.verdict is Verdict.INAPPLICABLE
    averaged = result.comparisons[0]
    assert not averaged.holds
    assert pair.landscape.profile(pair.theta_a, pair.theta_b, grid(3))[1] - math.fsum(
        pair.landscape.loss(theta) / 2 for theta in (pair.theta_a, pair.theta_b)
    ) == pytest.approx(0.481684, abs=tolerances.printed(6))


def naive_cross_entropy(pair: Pair, t: float) -> list[tuple[float, float, float]]:
    """Example by example with the definition of D_F for F = log sum exp, written for clarity only."""
    points = [pair.theta_a, pair.theta_b, chord_point(pair.theta_a, pair.theta_b, t)]
    rows = [pair.landscape.outputs(theta).tolist() for theta in points]
    found = []
    for z_a, z_b, z_t, y in zip(*rows, pair.landscape.targets.tolist(), strict=True):
        mean = [(1 - t) * a + t * b for a, b in zip(z_a, z_b, strict=True)]
        total = sum(math.exp(z) for z in mean)
        gradient = [math.exp(z) / total for z in mean]

        def divergence(u: list[float], mean=mean, total=total, gradient=gradient) -> float:
            rise = sum(p * (x - m) for p, x, m in zip(gradient, u, mean, strict=True))
            return math.log(sum(map(math.exp, u))) - math.log(total) - rise

        error = [z - m for z, m in zip(z_t, mean, strict=True)]
        linear = sum(p * e for p, e in zip(gradient, error, strict=True)) - error[y]
        found.append((linear, divergence(z_t), (1 - t) * divergence(z_a) + t * divergence(z_b)))
    return found


@pytest.mark.parametrize("t", [0.25, 0.7])
def test_the_terms_are_those_of_the_definition(t: float) -> None:
    pair = classifiers()
    chord = OutputChord(pair)
    found = terms(chord, chord.at(t), pair.landscape.traits)
    clever = np.stack([found.linearisation, found.cost, found.gain], axis=1)
    np.testing.assert_allclose(clever, naive_cross_entropy(pair, t), atol=tolerances.ROUNDING)


def test_classes_add_up() -> None:
    pair = classifiers()
    chord = OutputChord(pair)
    found = terms(chord, chord.at(0.5), pair.landscape.traits)
    counts = np.bincount(pair.landscape.targets)
    for name, mean in found.means().items():
        by_class = [counts[int(y)] * means[name] for y, means in found.by_class(chord.labels).items()]
        assert sum(by_class) / counts.sum() == pytest.approx(mean, rel=tolerances.ROUNDING)


@pytest.mark.parametrize(("gaps", "share"), [([0, 3, 1, 4, *[0] * 7], 7 / 8), ([2, -1], 2.0), ([-2, 1], None), ([0], None)])
def test_the_share_of_the_top_decile(gaps: list[float], share: float | None) -> None:
    zeros = np.zeros(len(gaps))
    assert Terms(np.array(gaps, dtype=float), zeros, zeros).top_share() == share  # 2 of 11 examples, 1 of 2, 1 of 1


def test_the_factor_of_the_squared_loss_scales_every_term() -> None:
    ends = ([[1.0, 2.0]], [[-1.0, 0.0]], [[0.5, 0.25]])
    one, three = (at_half(designed(*ends, np.array([[0.0, 1.0]]), SquaredLoss(c), "factor"))[1] for c in (1.0, 3.0))
    assert three == pytest.approx({name: 3 * value for name, value in one.items()}, rel=tolerances.ROUNDING)


def test_a_wrong_evaluation_is_noticed() -> None:
    class Shuffled(MLP):
        def outputs(self, theta):
            return super().outputs(theta)[::-1]

    net = classifiers().landscape
    draw = generator("bregman test")
    shuffled = Shuffled(net.sizes, "relu", CrossEntropy(), net.data)
    assert check(Pair(shuffled, net.draw(draw), net.draw(draw), "shuffled rows")).verdict is Verdict.VIOLATED


def test_a_formula_has_no_outputs() -> None:
    result = check(p2())
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.assumptions["FORM"].holds is False


def test_fixtures_and_hunt_hold() -> None:
    assert check(f10()).verdict is Verdict.HOLDS
    found = hunt(SLUG, 60)
    assert found.verdict is Verdict.HOLDS
    assert found.ratios["gap at 1/2, upper"] == pytest.approx(1.0, abs=tolerances.SOLVED)
