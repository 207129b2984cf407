"""The smallest network: closed barriers against the exact supremum, a fine grid and gradient descent."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.measured import barrier
from toykit.checks.barrier import scalar_product_net as module
from toykit.chord import grid, profile
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import fold, p2
from toykit.networks.scalar_product import minima, minimum, scalar_product
from toykit.seeds import generator
from toykit.verdict import Trust, Verdict

TRUTHS = [
    (0.25, True, 0.00203605),
    (0.5, True, 0.03686707),
    (1.0, True, 0.95371563),
    (0.0, False, 0.5),
    (0.5, False, 0.80840739),
    (1.0, False, 2.83481348),
]


@pytest.mark.parametrize(("u", "same", "truth"), TRUTHS)
def test_the_numbers_of_the_theory(u: float, same: bool, truth: float) -> None:
    pair = minima(u, -u, same_branch=same)
    assert evaluate(module.SLUG, "same" if same else "opposite", {"u": u}) == pytest.approx(truth, abs=tolerances.SOLVED)
    exact = barrier(pair)
    assert exact.trust is Trust.EXACT
    assert exact.value == pytest.approx(truth, abs=tolerances.SOLVED)
    assert profile(pair, grid(2001)).gap.max() == pytest.approx(exact.value, rel=tolerances.ROUNDING)
    assert module.check(pair).verdict is Verdict.HOLDS


@pytest.mark.parametrize("same", [True, False])
def test_formula_exact_dense_engine_and_grid_agree(same: bool) -> None:
    """u = log 2 is rational: the net 1-1-1 without biases on x = 1, y = 1."""
    pytest.importorskip("flint")
    from toykit.barriers.exact import exact_barrier_of_layers

    sign = 1 if same else -1
    layers_a, layers_b = (
        [([[first]], [Fraction(0)]), ([[second]], [Fraction(0)])]
        for first, second in ((Fraction(2), Fraction(1, 2)), (Fraction(sign, 2), Fraction(2 * sign)))
    )
    found = exact_barrier_of_layers(layers_a, layers_b, [[Fraction(1)]], [[Fraction(1)]], slope=Fraction(1))
    assert found.lo == found.hi == (Fraction(81, 512) if same else Fraction(625, 512))
    formula = evaluate(module.SLUG, "same" if same else "opposite", {"u": math.log(2)})
    assert formula == pytest.approx(float(found.lo), rel=tolerances.ROUNDING)


def test_the_whole_profile() -> None:
    pair, ts = minima(1.3, -0.2), grid(101)
    assert profile(pair, ts).gap == pytest.approx(evaluate(module.SLUG, "same_at", {"u": 0.75, "t": ts}), abs=tolerances.ROUNDING)


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100
    assert found.ratios["saddle"] > 0.95


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert not result.comparisons[1].holds
        assert profile(pair, grid(3)).gap[1] == -0.5


def test_a_wrong_formula_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_letters", lambda ends: {"s_a": 1.0, "s_b": 0.0, "u": 1.0})
    assert module.check(minima(1.0, 0.0)).verdict is Verdict.VIOLATED


@pytest.mark.parametrize("pair", [fold(), p2()], ids=lambda pair: pair.name)
def test_other_landscapes_are_inapplicable(pair: Pair) -> None:
    result = module.check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.assumptions["PRODUCT"].holds is False


def test_a_product_of_the_wrong_sign_is_no_minimum() -> None:
    net = scalar_product()
    result = module.check(Pair(net, net.point(w_1=1.0, w_2=-1.0), minimum(0.0)))
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.comparisons == ()


def test_gradient_descent_ends_on_the_branch_of_its_start() -> None:
    """1,000 starts, step 1e-3: the sign of w_1 + w_2 decides; each step keeps w_1^2 - w_2^2 but for the factor 1 - (step c)^2."""
    starts = generator("branches").uniform(-1.5, 1.5, size=(2, 1000))
    (first, second), kept = starts, np.ones(1000)
    for _ in range(20_000):
        step = 1e-3 * (first * second - 1)
        first, second, kept = first - step * second, second - step * first, kept * (1 - step**2)
    reached = np.abs(first * second - 1) < tolerances.SOLVED
    assert reached.sum() > 980  # the others started near the ridge
    assert np.array_equal(np.sign(first), np.sign(starts.sum(axis=0)))
    assert first**2 - second**2 == pytest.approx(kept * (starts[0] ** 2 - starts[1] ** 2), abs=tolerances.SOLVED)
    assert kept.min() > 0.98
    s = np.log(np.abs(first / second))[reached] / 2
    assert np.sinh(2 * s) == pytest.approx((first**2 - second**2)[reached] / 2, abs=2 * tolerances.SOLVED)
