"""The five conventions: the numbers of the theory, the relations on random profiles, and two grids that break them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from toykit import tolerances
from toykit.barriers.conventions import Barriers, barriers
from toykit.barriers.measured import barrier
from toykit.checks.barrier import barrier_conventions as module
from toykit.chord import Profile, grid, profile
from toykit.hunt import hunt
from toykit.networks.fixtures import fold, grid_evader, p2, t9
from toykit.networks.spline import Spline
from toykit.verdict import Verdict

TILTED = Spline([0, 1], [(0, 0, 19, -34, 16)], name="16 t^2(1-t)^2 + t^2(3-2t)")


def test_the_numbers_of_the_theory() -> None:
    letters = module.check(TILTED.pair()).letters
    truths = {"B": 1.0077671949468, "B_half": 1.0, "B_mean": 70117 / 65536, "B_max": 37349 / 65536, "d": 1.0}
    for letter, truth in truths.items():
        assert letters[letter] == pytest.approx(truth, rel=tolerances.SOLVED), letter
    # the position of a maximum is known to the root of the accuracy of its value, and g is not flat there
    assert letters["B_arg"] == pytest.approx(63973 / 65536, rel=tolerances.DIFFERENCE)


def test_the_exact_barrier_of_the_same_profile() -> None:
    exact = TILTED.exact_barrier()
    assert float(exact.value) == pytest.approx(1.0077671949468, abs=tolerances.ROUNDING)
    assert float(exact.position) == pytest.approx(0.5310086872, abs=tolerances.QUADRATURE)


def test_a_straight_line() -> None:
    letters = module.check(Spline([0, 1], [(0, 1)]).pair()).letters
    assert {name: letters[name] for name in ("B", "B_half", "B_mean", "B_max", "B_arg")} == {
        "B": 0.0,
        "B_half": 0.0,
        "B_mean": 0.5,
        "B_max": 0.0,
        "B_arg": 0.0,
    }


def test_extremal_pairs_meet_their_relations() -> None:
    for pair in module.extremal():
        result = module.check(pair)
        assert result.verdict in {Verdict.HOLDS, Verdict.VACUOUS}
        assert result.letters["B"] == pytest.approx(result.letters["B_arg"], abs=tolerances.ROUNDING)


@pytest.mark.parametrize("pair", [fold(), p2(), t9()], ids=lambda pair: pair.name)
def test_relations_on_fixtures(pair) -> None:
    result = module.check(pair)
    assert result.verdict is not Verdict.VIOLATED
    assert result.letters["B"] == pytest.approx(barrier(pair).value, rel=tolerances.DIFFERENCE, abs=tolerances.ROUNDING)


def test_hunt() -> None:
    found = hunt(module.SLUG, 200)
    assert found.violations == []
    assert found.verdicts["HOLDS"] > 150
    assert found.ratios["B, above"] > 0.95


def test_the_refined_grid_is_one_grid_with_the_midpoint() -> None:
    curve = module.refined_profile(t9())
    assert 0.5 in curve.ts
    assert np.array_equal(curve.values, t9().landscape.profile(t9().theta_a, t9().theta_b, curve.ts))


@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=11).filter(lambda values: len(values) % 2))
def test_any_values_on_one_grid_satisfy_every_relation(values: list[float]) -> None:
    found = barriers(Profile(grid(len(values)), np.array(values)))
    assert all(
        c.holds for c in module.relations(found, letters_of(found, values), tolerances.ROUNDING * (1 + max(map(abs, values))))
    )


def test_two_grids_break_a_relation() -> None:
    """The grid evader reads 0 on 11 positions and 320000 on 21: B from one and B_max from the other contradict each other."""
    coarse, fine = (barriers(profile(grid_evader(), grid(points))) for points in (11, 21))
    mixed = Barriers(fine.barrier, fine.half, coarse.mean, coarse.max, coarse.argmax)
    assert fine.barrier.value == pytest.approx(320000.0)
    failed = [c.name for c in module.relations(mixed, letters_of(mixed, [0.0, 0.0]), 1.0) if not c.holds]
    assert failed == ["B, above", "B against B_mean, above"]


def letters_of(found: Barriers, values: list[float]) -> dict[str, float]:
    first, last = values[0], values[-1]
    return {"L_a": first, "L_b": last, "d": abs(first - last), **module.named(found)}


def test_cliffs_start_and_end_where_they_say() -> None:
    for pair in list(module.cases(20))[::5]:
        ends = [pair.landscape.loss(theta) for theta in (pair.theta_a, pair.theta_b)]
        assert 0.0 in ends
        assert pair.landscape.exact_barrier().position in {Fraction(1, 64), Fraction(63, 64), Fraction(0), Fraction(1)}
