"""The pair that no permutation connects: exact areas, closed profiles and features at the middle."""

from __future__ import annotations

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.measured import barrier
from toykit.checks.barrier import permutation_counterexample as module
from toykit.chord import grid
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.networks.fixtures import fold, t9
from toykit.networks.square import SquareClassifier
from toykit.parameters import chord_point
from toykit.verdict import Verdict


def chord(order: module.Order) -> Pair:
    return module.construction(order_b=order)


@pytest.mark.parametrize("order", module.ORDERS)
def test_each_order_leaves_one_quarter_at_the_middle(order: module.Order) -> None:
    pair = chord(order)
    assert [pair.landscape.loss(end) for end in (pair.theta_a, pair.theta_b)] == [0.0, 0.0]
    assert pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0.5]))[0] == 0.25
    assert barrier(pair).value == pytest.approx(0.25, rel=tolerances.ROUNDING)


@pytest.mark.parametrize(
    ("order", "truth"), [((False, False), 0.25), ((False, True), 0.25), ((True, False), 7 / 60), ((True, True), 1 / 12)]
)
def test_the_errors_of_the_theory_at_a_quarter(order: module.Order, truth: float) -> None:
    pair = chord(order)
    found = pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0.25, 0.75]))
    assert found == pytest.approx([truth, truth], rel=tolerances.ROUNDING)


def test_profiles_follow_the_formulas_everywhere() -> None:
    ts = grid(101)[1:-1]
    for order, name in (((True, False), "one_swapped"), ((True, True), "both_swapped")):
        pair = chord(order)
        assert pair.landscape.profile(pair.theta_a, pair.theta_b, ts) == pytest.approx(
            evaluate(module.SLUG, name, {"t": ts}), rel=tolerances.ROUNDING
        )


def test_the_unswapped_error_jumps_at_the_ends() -> None:
    pair = chord((False, False))
    tiny = 2.0**-20
    assert pair.landscape.profile(pair.theta_a, pair.theta_b, np.array([0.0, tiny, 1 - tiny, 1.0])).tolist() == [0, 0.25, 0.25, 0]


def test_what_the_features_know_at_the_middle() -> None:
    """Nothing, or x_2 - x_1 alone: so any read-out errs on 1/4, respectively 1/12, here by the best of 4,000 thresholds."""
    net = chord((False, False)).landscape
    plain, crossed = (
        net.layers(chord_point(chord(order).theta_a, chord(order).theta_b, 0.5))[0].weight
        for order in ((False, False), (True, False))
    )
    assert (plain == 0).all()
    assert (crossed @ [1.0, 1.0] == 0).all()
    s = (np.arange(4000) + 0.5) / 2000
    positive, negative = np.minimum(s, 2 - s).clip(0), (2 - 2 * s).clip(0)
    least = np.minimum(positive, negative).sum() / 2000 / 4
    assert least == pytest.approx(evaluate(module.SLUG, "read_out", {}), abs=tolerances.CELLS)
    assert evaluate(module.SLUG, "read_out", {}) == pytest.approx(1 / 12, rel=tolerances.ROUNDING)


def test_hunt() -> None:
    found = hunt(module.SLUG, 50)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 50


def test_every_pair_of_orders_is_recognised() -> None:
    for one in module.ORDERS:
        for other in module.ORDERS:
            result = module.check(module.construction(one, other))
            assert result.verdict is Verdict.HOLDS, result.reason


def test_necessity() -> None:
    ((assumption, pair),) = module.necessity()
    result = module.check(pair)
    assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
    worst = {c.name: c.measured.value for c in result.comparisons if not c.holds}
    assert worst["barrier, no layer swapped"] == 0.5


def test_another_network_is_inapplicable() -> None:
    pair = module.construction()
    net = SquareClassifier((2, 2, 2, 1))
    for other in (fold(), t9(), Pair(net, pair.theta_a, pair.theta_b * 2), Pair(net, pair.theta_b, pair.theta_a)):
        result = module.check(other)
        assert result.verdict is Verdict.INAPPLICABLE
        assert result.reason.startswith("CONSTRUCTION")


def test_a_wrong_formula_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = module.evaluate
    monkeypatch.setattr(module, "evaluate", lambda slug, name, letters: 1.01 * truth(slug, name, letters))
    assert module.check(module.construction()).verdict is Verdict.VIOLATED
