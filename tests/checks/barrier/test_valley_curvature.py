"""Bent valleys: the numbers of the theory, slopes of two and four, curves against their formulas, and what breaks the bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.figures.barrier.valley_curvature import bent, over_the_ridge, slope
from toykit import tolerances
from toykit.barriers.measured import barrier
from toykit.checks.barrier import valley_curvature as module
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import fold
from toykit.networks.radial import at_angle
from toykit.networks.valleys import Arc, KnowsValley, Valley, mirrored, parabola, quartic_ring, ring
from toykit.parameters import chord_point
from toykit.verdict import Verdict


@pytest.mark.parametrize(
    ("u", "height", "offset", "certified"),
    [(0.25, 0.00203605, 0.04586637, 0.00237221), (0.5, 0.03686707, 0.20718441, 0.06623732)],
)
def test_the_hyperbola_of_the_theory(u: float, height: float, offset: float, certified: float) -> None:
    result = module.check(mirrored(u))
    assert result.verdict is Verdict.HOLDS
    by_chord = next(c for c in result.comparisons if c.name == "barrier, by the chord")
    assert by_chord.measured.value == pytest.approx(height, abs=tolerances.printed(8))
    assert result.letters["offset_chord"] == pytest.approx(offset, abs=tolerances.printed(8))
    assert by_chord.bound.value == pytest.approx(certified, abs=tolerances.printed(8))
    local = evaluate(module.SLUG, "leading", result.letters | {"beta": 2.0})
    assert local == pytest.approx(height, abs=tolerances.printed(8))


@pytest.mark.parametrize(("degrees", "truth"), [(60, 0.00897460), (90, 0.04289322), (120, 1 / 8), (180, 1 / 2)])
def test_rings_meet_both_bounds(degrees: float, truth: float) -> None:
    result = module.check(at_angle(ring(), 1.0, 1.0, math.radians(degrees)))
    for comparison in result.comparisons[::2]:
        assert comparison.measured.value == pytest.approx(truth, abs=tolerances.printed(8))
        assert comparison.bound.value == pytest.approx(truth, abs=tolerances.printed(8))


def test_the_leading_term_is_no_bound() -> None:
    pair = at_angle(ring(), 1.0, 1.0, math.pi / 2)
    leading = evaluate(module.SLUG, "leading", module.check(pair).letters)
    assert leading == pytest.approx(1 / 32, rel=tolerances.ROUNDING)
    assert leading < barrier(pair).value


@pytest.mark.parametrize(
    ("family", "power"),
    [
        (lambda x: at_angle(ring(), 1.0, 1.0, 2 * x), 4),
        (lambda x: at_angle(quartic_ring(), 1.0, 1.0, 2 * x), 4),
        (bent, 4),
        (mirrored, 4),
        (over_the_ridge, 2),
    ],
)
def test_slopes(family, power: int) -> None:
    assert slope([family(0.005), family(0.01)]) == pytest.approx(power, abs=tolerances.printed(3))


@given(st.floats(0.05, 0.9), st.floats(-0.9, -0.05))
def test_curves_have_the_length_and_the_curvature_that_they_declare(x: float, y: float) -> None:
    """Against a fine polygon and its turning angles."""
    bow = parabola(1)
    for pair in (mirrored(x), Pair(bow, bow.minimum(x), bow.minimum(y)), at_angle(ring(2), 2.0, 2.0, x)):
        assert isinstance(pair.landscape, KnowsValley)
        valley = pair.landscape.valley(pair.theta_a, pair.theta_b)
        points = np.array([pair.landscape.values(point) for point in valley.points])
        steps = np.diff(points, axis=0)
        lengths = np.hypot(*steps.T)
        turns = np.diff(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
        curvatures = np.abs(turns) / ((lengths[1:] + lengths[:-1]) / 2)
        assert lengths.sum() == pytest.approx(valley.length, rel=tolerances.printed(3))
        assert curvatures.max() <= valley.kappa * (1 + tolerances.printed(3))
        assert curvatures.max() >= valley.kappa * (1 - 5 * tolerances.printed(2))
        assert points[0] == pytest.approx(pair.landscape.values(pair.theta_a), rel=tolerances.ROUNDING)
        assert points[-1] == pytest.approx(pair.landscape.values(pair.theta_b), rel=tolerances.ROUNDING)


@given(st.floats(0.05, 1.0))
def test_beta_of_the_hyperbola_is_the_largest_between_chord_and_curve(u: float) -> None:
    pair = mirrored(u)
    valley = pair.landscape.valley(pair.theta_a, pair.theta_b)
    found = 0.0
    for q in valley.points:
        t = (q - pair.theta_a).dot(pair.delta) / pair.delta.dot(pair.delta)
        for share in (0.0, 0.5, 1.0):
            point = chord_point(chord_point(pair.theta_a, pair.theta_b, t), q, share)
            found = max(found, float(np.linalg.eigvalsh(pair.landscape.hessian(point))[-1]))
    assert found == pytest.approx(valley.beta, rel=tolerances.SOLVED)


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100
    assert min(found.ratios.values()) > 0.99


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_the_longer_arc_of_the_theory() -> None:
    pair = dict(module.necessity())["LENGTH"]
    assert pair.landscape.loss(chord_point(pair.theta_a, pair.theta_b, 0.5)) == pytest.approx(1 / 8)
    assert isinstance(pair.landscape, Arc)
    assert module.check(pair).letters["ell"] == pytest.approx(5 * math.pi / 3)


def test_a_curvature_that_is_too_small_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = at_angle(ring(), 1.0, 1.0, 1.0)
    truth = pair.landscape.valley(pair.theta_a, pair.theta_b)
    flat = Valley(truth.points, 0.9 * truth.kappa, truth.length, truth.beta)
    monkeypatch.setattr(pair.landscape, "valley", lambda *ends: flat)
    assert module.check(pair).verdict is Verdict.VIOLATED


def test_other_landscapes_are_inapplicable() -> None:
    assert module.check(fold()).verdict is Verdict.INAPPLICABLE
