"""Noisy copies: the numbers of the theory, the law against its naive twin and many copies, the flow as a limit."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from toykit import tolerances
from toykit.barriers.measured import gap
from toykit.checks.barrier import sgd_instability as module
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.networks.branching import Branching, quadratic
from toykit.networks.fixtures import fold
from toykit.networks.fork import constant_fork
from toykit.verdict import Verdict

MANY = 4000


def flow(*curvatures: float) -> float:
    return sum(evaluate(module.SLUG, "flow", {"varsigma": 1.0, "tau": 1.0, "lamda": value}) for value in curvatures)


def test_the_flow_of_the_theory() -> None:
    assert flow(-1.0) == pytest.approx(0.798632, abs=tolerances.printed(6))
    assert flow(1.0) == pytest.approx(-0.108083, abs=tolerances.printed(6))
    assert flow(1.0, -1.0) == pytest.approx(0.690549, abs=tolerances.printed(6))


def test_the_steps_of_the_theory() -> None:
    letters = {"lamda": -0.5, "eta": 0.1, "v": 1.0, "k": 20.0}
    assert evaluate(module.SLUG, "spread", letters) == pytest.approx(1.178534, abs=tolerances.printed(6))
    assert evaluate(module.SLUG, "gap", letters) == pytest.approx(0.0736584, abs=tolerances.printed(7))
    result = module.check(quadratic((-0.5,), noise=math.sqrt(0.1), rate=0.1, steps=20))
    assert result.verdict is Verdict.HOLDS
    assert result.letters["v"] == pytest.approx(1, rel=tolerances.ROUNDING)
    assert result.measured.value == pytest.approx(0.0736584, abs=tolerances.printed(7))


@pytest.mark.parametrize("curvature", [-1.0, 0.7])
def test_small_steps_follow_the_flow_to_first_order(curvature: float) -> None:
    errors = []
    for steps in (200, 400, 800):
        letters = {"lamda": curvature, "eta": 1 / steps, "v": float(steps), "k": float(steps)}
        errors.append(evaluate(module.SLUG, "gap", letters) - flow(curvature))
    assert errors[0] / errors[1] == pytest.approx(2, rel=tolerances.printed(2))
    assert errors[1] / errors[2] == pytest.approx(2, rel=tolerances.printed(2))


@given(st.floats(-3, 3).filter(lambda x: abs(x) > 1e-3), st.integers(1, 50))
def test_the_law_is_the_sum_of_the_steps(curvature: float, steps: int) -> None:
    """The naive twin: add up what each step's noise has grown to."""
    q = 1 - 0.1 * curvature
    spread = sum(2 * 0.1**2 * q ** (2 * age) for age in range(steps))
    letters = {"lamda": curvature, "eta": 0.1, "v": 1.0, "k": float(steps)}
    assert evaluate(module.SLUG, "spread", letters) == pytest.approx(spread, rel=tolerances.SOLVED)
    assert evaluate(module.SLUG, "gap", letters) == pytest.approx(-curvature / 8 * spread, rel=tolerances.SOLVED)


def test_copies_start_together_and_differ_by_the_law() -> None:
    pair = quadratic((-1.0, 1.0), noise=0.5, rate=0.05, steps=20)
    landscape = pair.landscape
    assert isinstance(landscape, Branching)
    first, second = landscape.copies(pair.theta_0, MANY)
    apart = ((first - second) ** 2).mean(axis=0)
    for direction, curvature in enumerate((-1.0, 1.0)):
        law = evaluate(module.SLUG, "spread", {"lamda": curvature, "eta": 0.05, "v": 0.25 / 0.05, "k": 20.0})
        # squares of normal numbers scatter by sqrt 2
        assert apart[direction] == pytest.approx(law, rel=2 * tolerances.sampled(MANY))


def test_gaps_are_those_of_the_pairs() -> None:
    pair = quadratic((-1.0, 0.5), noise=0.5, rate=0.05, steps=20)
    landscape = pair.landscape
    assert isinstance(landscape, Branching)
    ends = [np.array([landscape.values(theta)]) for theta in (pair.theta_a, pair.theta_b)]
    assert landscape.gaps(*ends)[0] == pytest.approx(gap(pair, np.array([0.5]))[0], rel=tolerances.ROUNDING)


def test_steps_too_large_lower_the_gap_where_it_curves_up() -> None:
    """eta lambda > 2 is unstable too, and only lowers the gap."""
    result = module.check(quadratic((21.0,), noise=0.1, rate=0.1, steps=20))
    assert result.verdict is Verdict.HOLDS
    assert result.measured.value < -1


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_noise_in_one_direction_only() -> None:
    """The sheet's -0.108083 is that of the flow; 2,000 steps are close to it."""
    result = module.check(quadratic((1.0, -1.0), noise=(1.0, 0.0), rate=1 / 2000, steps=2000), copies=2)
    assert result.measured.value == pytest.approx(-0.108083, abs=tolerances.printed(3))
    assert result.bound.value == pytest.approx(0.690549, abs=tolerances.printed(3))


def test_a_law_without_the_second_copy_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "evaluate", lambda slug, name, letters: evaluate(slug, name, letters) / 2)
    result = module.check(quadratic((-1.0,), noise=1.0, rate=0.05, steps=20))
    assert [c.holds for c in result.comparisons] == [False, False]


def test_other_landscapes_are_inapplicable() -> None:
    for pair in (fold(), constant_fork(1, noise=0.1)):
        assert module.check(pair).verdict is Verdict.INAPPLICABLE


def test_copies_take_steps() -> None:
    x = sp.Symbol("x", real=True)
    for rate, steps in ((0.0, 1), (0.1, 0)):
        with pytest.raises(InputError, match="at least one step"):
            Branching(x**2, (x,), "bowl", noise=(0.1,), rate=rate, steps=steps)
