"""The fork: the numbers of the theory, the laws against one long simulation, and what breaks them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp

from toykit import tolerances
from toykit.barriers.measured import barrier
from toykit.checks.barrier import pitchfork_ridge as module
from toykit.errors import InputError
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import fold
from toykit.networks.fork import Fork, X, Y, constant_fork, opening_fork
from toykit.networks.noisy import NoisyFormula
from toykit.seeds import generator
from toykit.verdict import Verdict

MANY = 4000


@pytest.mark.parametrize(("tau", "truth"), [(0.0, 0.5), (0.5, 0.282185), (1.0, 0.167531), (2.0, 0.061016)])
def test_trunks_of_the_theory(tau: float, truth: float) -> None:
    assert evaluate(module.SLUG, "forked", {"mu": 1.0, "tau": tau}) == pytest.approx(truth, abs=tolerances.printed(6))
    assert evaluate(module.SLUG, "forked", {"mu": 4.0, "tau": tau / 4}) == pytest.approx(truth, abs=tolerances.printed(6))
    assert module.apart(constant_fork(1, noise=0.02, trunk=tau), MANY) == pytest.approx(truth, abs=tolerances.sampled(MANY))


@pytest.mark.parametrize(("x", "truth"), [(0.25, 0.364540), (0.5, 0.144928), (1.0, 0.004667)])
def test_starts_of_the_theory(x: float, truth: float) -> None:
    result = module.check(constant_fork(1, noise=0.5, start=x), copies=10)
    assert result.comparisons[1].bound.value == pytest.approx(truth, abs=tolerances.printed(6))
    small = constant_fork(1, noise=0.05, start=x / 10)  # the same number of standard deviations
    assert module.apart(small, MANY) == pytest.approx(truth, abs=tolerances.sampled(MANY))


def test_the_opening_fork_pays_twice_the_pass() -> None:
    pair = opening_fork(noise=0.01)
    landscape = pair.landscape
    assert landscape.loss(pair.theta_a) == landscape.loss(pair.theta_b) == -1 / 8
    assert landscape.loss(landscape.point(x=0.0, y=0.5)) - landscape.loss(pair.theta_a) == 1 / 8
    assert barrier(pair).value == pytest.approx(1 / 4, abs=tolerances.ROUNDING)


def test_late_branching_is_never_below_its_tail() -> None:
    tau = np.linspace(0, 8, 201)
    law = evaluate(module.SLUG, "forked", {"mu": 1.0, "tau": tau})
    tail = math.sqrt(2) / math.pi * np.exp(-tau)
    assert (law >= tail * (1 - tolerances.SOLVED)).all()
    assert law[-1] == pytest.approx(tail[-1], rel=tolerances.CELLS)


def test_noisy_descent_has_the_spread_of_the_flow() -> None:
    """On -x^2/2 the variance after the time s is sigma^2 (e^{2s} - 1)/2; without noise the flow grows by e^s."""
    hill = NoisyFormula(-(X**2) / 2 + Y**2 / 2, (X, Y), "hill", noise=(0.1, 0.0))
    ends = hill.descend(np.zeros((MANY, 2)), 0.01, 100, generator("spread of noise"))
    assert ends[:, 0].var() == pytest.approx(0.1**2 * (math.e**2 - 1) / 2, rel=tolerances.sampled(MANY))
    assert (ends[:, 1] == 0).all()
    still = NoisyFormula(-(X**2) / 2, (X,), "hill", noise=(0.0,))
    assert still.descend(np.ones((1, 1)), 0.01, 100, generator("no noise"))[0, 0] == pytest.approx(1.01**100)


def test_copies_share_the_trunk_only() -> None:
    """Without noise all copies stay together; a long trunk leaves few pairs apart."""
    assert module.apart(constant_fork(1, noise=0.0, start=0.1), 50) == 0
    assert module.apart(constant_fork(1, noise=0.02, trunk=6.0), 200) < 0.05


def test_hunt() -> None:
    found = hunt(module.SLUG, 60)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 60


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_copies_that_cross_for_ever_end_apart_half_of_the_time() -> None:
    """mu = sigma = 1 after a trunk of time 2: the law says 0.061, the copies 0.5."""
    assert module.apart(constant_fork(1, noise=1.0, trunk=2.0), MANY) == pytest.approx(0.5, abs=tolerances.sampled(MANY))


def test_a_trunk_off_the_ridge_has_no_law() -> None:
    assert module.check(constant_fork(1, noise=0.05, trunk=1.0, start=0.1), copies=10).assumptions["START"].holds is False


def test_a_wrong_law_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "apart", lambda pair, copies: 0.282185 / 2)
    assert module.check(constant_fork(1, noise=0.02, trunk=0.5)).verdict is Verdict.VIOLATED


def test_other_landscapes_are_inapplicable() -> None:
    pair = fold()
    assert module.check(pair).verdict is Verdict.INAPPLICABLE
    based = Pair(pair.landscape, pair.theta_a, pair.theta_b, theta_0=pair.theta_a)
    assert "formula" in module.check(based).reason


@pytest.mark.parametrize(("mu", "noise", "trunk"), [(X, 0.1, 0.0), (sp.Integer(1), -0.1, 0.0), (sp.Integer(1), 0.1, -1.0)])
def test_a_fork_opens_with_y_alone(mu: sp.Expr, noise: float, trunk: float) -> None:
    with pytest.raises(InputError, match="a fork has"):
        Fork(mu, Y**2, noise=noise, trunk=trunk)


def test_noise_is_one_number_per_parameter() -> None:
    with pytest.raises(InputError, match="one sigma"):
        NoisyFormula(X**2, (X,), "parabola", noise=(0.1, 0.1))
