"""Radial landscapes: the numbers of the theory, the closed form against a fine grid, and what breaks it."""

from __future__ import annotations

import math

import pytest

from theory.symbols import a, rho
from toykit import tolerances
from toykit.barriers.measured import barrier
from toykit.checks.barrier import radial_ring as module
from toykit.chord import grid, profile
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.networks.fixtures import fold, t9
from toykit.networks.radial import Radial, Ring, at_angle, hill
from toykit.verdict import Verdict

TRUTHS = [(60, 0.00897460), (90, 0.04289322), (120, 1 / 8), (180, 1 / 2)]


@pytest.mark.parametrize(("degrees", "truth"), TRUTHS)
def test_the_ring_of_the_theory(degrees: float, truth: float) -> None:
    pair = at_angle(Ring(), 1.0, 1.0, math.radians(degrees))
    assert evaluate(module.SLUG, "ring", {"R": 1.0, "angle": math.radians(degrees)}) == pytest.approx(
        truth, abs=tolerances.SOLVED
    )
    assert barrier(pair).value == pytest.approx(truth, abs=tolerances.SOLVED)
    curve = profile(pair, grid(2001))
    assert curve.gap.max() == curve.gap[1000] == pytest.approx(truth, abs=tolerances.SOLVED)
    result = module.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert [c.name for c in result.comparisons] == ["barrier", "gap at 1/2", "barrier of the ring"]


def test_the_hill_of_the_theory() -> None:
    result = module.check(at_angle(hill(), 1.0, 1.0, math.pi / 2))
    assert result.verdict is Verdict.HOLDS
    assert result.bound.value == pytest.approx(0.17227012, abs=tolerances.SOLVED)
    assert result.measured.value == pytest.approx(math.exp(-1 / 4) - math.exp(-1 / 2), rel=tolerances.ROUNDING)


def test_the_barrier_does_not_depend_on_the_dimension() -> None:
    values = [barrier(at_angle(Ring(2, dimension), 2.0, 2.0, 1.0)).value for dimension in (2, 3, 7)]
    assert values == pytest.approx([evaluate(module.SLUG, "ring", {"R": 2.0, "angle": 1.0})] * 3, rel=tolerances.ROUNDING)


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_unequal_radii_follow_the_midpoint() -> None:
    """g(1/2) = h(|dbar|) - (h(r_1) + h(r_2))/2: radii 1 and 2, opposite, on the unit ring."""
    pair = dict(module.necessity())["EQUAL_RADII"]
    assert profile(pair, grid(3)).gap[1] == pytest.approx(-1 / 8, abs=tolerances.ROUNDING)
    for angle in (0.3, 1.0, 2.5):
        pair = at_angle(Ring(), 1.5, 0.5, angle)
        middle = math.sqrt(evaluate("barrier/common_base", "dbar_2", {"r_1": 1.5, "r_2": 0.5, "angle": angle}))
        truth = (middle - 1) ** 2 / 2 - (0.5**2 / 2 + 0.5**2 / 2) / 2
        assert profile(pair, grid(3)).gap[1] == pytest.approx(truth, abs=tolerances.ROUNDING)


def test_a_wrong_angle_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = module.seen_from_base
    monkeypatch.setattr(module, "seen_from_base", lambda pair: truth(pair)._replace(angle=0.99 * truth(pair).angle))
    assert module.check(at_angle(Ring(), 1.0, 1.0, 1.0)).verdict is Verdict.VIOLATED


def test_a_base_beside_the_centre_is_inapplicable() -> None:
    pair = at_angle(Ring(), 1.0, 1.0, 1.0)
    moved = type(pair)(pair.landscape, pair.theta_a, pair.theta_b, theta_0=pair.landscape.point(x_1=0.1, x_2=0.0))
    assert module.check(moved).assumptions["RADIAL"].holds is False


@pytest.mark.parametrize("pair", [fold(), t9()], ids=lambda pair: pair.name)
def test_other_landscapes_are_inapplicable(pair) -> None:
    assert module.check(pair).verdict is Verdict.INAPPLICABLE


@pytest.mark.parametrize(("h", "dimension"), [(rho + a, 2), (rho, 1)])
def test_a_radial_landscape_is_one_formula_of_the_distance(h, dimension: int) -> None:
    with pytest.raises(InputError, match="formula in rho"):
        Radial(h, dimension)
