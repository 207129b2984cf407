"""The exact supremum as a claim: the sheet's instances, naive break points and slope jumps, and spikes that grids miss."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

pytest.importorskip("flint", reason="the exact engine needs the extra 'exact'")

from toykit import tolerances
from toykit.barriers import exact_barrier
from toykit.barriers.measured import gap
from toykit.checks.barrier import exact_relu_barrier as module
from toykit.chord import grid
from toykit.data import Data
from toykit.formula import evaluate, evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.evaders import GRIDS, KNOTS, evader, scalar_units, two_units_three_examples, two_units_two_examples
from toykit.networks.fixtures import fold, t9
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Verdict


def preactivations(pair: Pair, end) -> list[Fraction]:
    """Of every example and hidden unit of one hidden layer, in rational arithmetic."""
    weight, bias = (end[f"layers.1.{part}"].tolist() for part in ("weight", "bias"))
    return [
        sum((Fraction(w) * Fraction(x) for w, x in zip(row, example, strict=True)), Fraction(shift))
        for example in pair.landscape.inputs.tolist()
        for row, shift in zip(weight, bias, strict=True)
    ]


def break_points(pair: Pair) -> list[Fraction]:
    """The naive twin: the page's formula for every example and unit with opposite signs at the ends, sorted."""
    rows = (preactivations(pair, end) for end in (pair.theta_a, pair.theta_b))
    ends = [(a, b) for a, b in zip(*rows, strict=True) if a * b < 0]
    found = (evaluate_exactly(module.SLUG, "crossing", {"p_a": a, "p_b": b}) for a, b in ends)
    return sorted({Fraction(int(t.p), int(t.q)) for t in found})


def test_the_first_instance_of_the_theory() -> None:
    pair = two_units_three_examples()
    result, found = module.check(pair), exact_barrier(pair)
    assert result.verdict is Verdict.HOLDS
    assert found.lo == found.hi == Fraction(103, 486)
    assert (found.loss_a, found.loss_b) == (0, Fraction(5, 6))
    assert break_points(pair) == [Fraction(1, 4), Fraction(1, 3), Fraction(2, 5), Fraction(2, 3)]
    assert [kink.lo for kink in found.kinks()] == break_points(pair)
    assert result.extra["at a kink"] is True
    assert result.extra["maximiser"] == pytest.approx(1 / 3, rel=tolerances.ROUNDING)


def test_the_second_instance_of_the_theory() -> None:
    pair = two_units_two_examples()
    result = module.check(pair)
    assert result.letters["B"] == pytest.approx(0.66522851269184, abs=tolerances.printed(14))
    assert result.extra["maximiser"] == pytest.approx(0.69670829118417, abs=tolerances.printed(14))
    assert break_points(pair) == [Fraction(1, 4), Fraction(1, 3), Fraction(1, 2)]
    assert result.extra["at a kink"] is False
    ts = np.linspace(0.5, 1, 21)
    quartic = 26 * ts**4 - 65 * ts**3 + 193 / 4 * ts**2 - 31 / 4 * ts - 3 / 2
    assert gap(pair, ts) == pytest.approx(quartic, abs=tolerances.ROUNDING * 100)


def test_the_spike_is_zero_on_four_grids_and_a_million_between_them() -> None:
    pair = evader()
    found = exact_barrier(pair)
    assert found.lo == found.hi == 10**6
    assert found.argmax == (KNOTS[1], KNOTS[1])
    for count in GRIDS:
        inside = [Fraction(i, count - 1) for i in range(count) if KNOTS[0] < Fraction(i, count - 1) < KNOTS[2]]
        assert inside == [], "outside of its knots the spike is 0"
        assert gap(pair, grid(count)).max() == pytest.approx(0, abs=tolerances.ROUNDING)
    result = module.check(pair, GRIDS)
    assert result.verdict is Verdict.HOLDS
    assert set(result.extra["missed by grids"]) == {str(count) for count in GRIDS}
    assert min(result.extra["missed by grids"].values()) == pytest.approx(10**6)


def test_slope_jumps_are_those_of_the_page() -> None:
    """One example, one output: J = 2 c (z - y) v |p_b - p_a| at each gate change."""
    draw = generator("slope jumps")
    for _ in range(20):
        start, end = ([np.round(8 * draw.normal(size=3)) / 8 for _ in range(3)] for _ in range(2))
        pair = scalar_units(start, end, [1.0], [float(np.round(4 * draw.normal()) / 4)], "one example")
        kinks = {kink.lo: kink.jump for kink in exact_barrier(pair).kinks()}
        for unit in range(3):
            p_a, p_b = (w[unit] + b[unit] for w, b, _ in (start, end))
            if p_a * p_b >= 0:
                continue
            t = evaluate(module.SLUG, "crossing", {"p_a": p_a, "p_b": p_b})
            gates = np.maximum(0, (1 - t) * (start[0] + start[1]) + t * (end[0] + end[1]))
            outer = (1 - t) * start[2] + t * end[2]
            residual = float(gates @ outer) - float(pair.landscape.targets[0, 0])
            letters = {"factor": 0.5, "residual": residual, "out_weight": outer[unit], "p_a": p_a, "p_b": p_b}
            jump = evaluate(module.SLUG, "jump", letters)
            same = [found for at, found in kinks.items() if abs(float(at) - t) < tolerances.SOLVED]
            if jump:
                assert same == pytest.approx([jump], rel=tolerances.SOLVED)


def test_dead_units_make_no_break_points() -> None:
    """A pre-activation that is 0 at an end, or everywhere."""
    pair = scalar_units(([0, 1], [0, 0], [1, 1]), ([1, 0], [0, 0], [1, 1]), [1.0, -1.0], [1.0, 0.0], "dead units")
    assert break_points(pair) == []
    assert exact_barrier(pair).breakpoints == 0


def test_ordinary_networks_lose_little_on_a_grid() -> None:
    results = [result for result in map(module.check, module.cases(30)) if result.letters["B"] > 0]
    missed = [result.extra["missed by grids"]["25"] / result.letters["B"] for result in results]
    assert len(missed) > 10
    assert min(missed) >= -tolerances.ROUNDING
    assert float(np.median(missed)) < 0.01


def test_hunt() -> None:
    found = hunt(module.SLUG, 50)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 50
    assert found.ratios["largest grid value"] > 0.999


def test_necessity() -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


def test_a_supremum_that_is_too_small_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = exact_barrier(fold())
    monkeypatch.setattr(module, "exact_barrier", lambda pair: replace(truth, lo=truth.lo * Fraction(99, 100), hi=truth.lo))
    held = {c.name: c.holds for c in module.check(fold()).comparisons}
    assert held["largest grid value"] is True, "an enclosure that holds the truth is not refuted"
    monkeypatch.setattr(
        module, "exact_barrier", lambda pair: replace(truth, lo=truth.lo * Fraction(98, 100), hi=truth.lo * Fraction(99, 100))
    )
    held = {c.name: c.holds for c in module.check(fold()).comparisons}
    assert held["largest grid value"] is held["gap at the maximiser"] is False


def test_a_missing_break_point_is_noticed() -> None:
    assert not module._degree(fold(), 2, np.array([0.0, 1.0])).holds
    assert module._degree(fold(), 2, np.array([0.0, 0.5, 1.0])).holds
    assert not module._degree(t9(), 2, np.array([0.0, 1.0])).holds


def test_what_is_not_piecewise_polynomial_is_inapplicable() -> None:
    data = Data([[1.0], [-1.0]], [0, 1], classes=2)
    net = MLP((1, 3, 2), "relu", CrossEntropy(), data)
    draw = generator("relu with cross-entropy")
    result = module.check(Pair(net, net.draw(draw), net.draw(draw)))
    assert result.verdict is Verdict.INAPPLICABLE
    assert "cross-entropy" in result.reason
    assert result.comparisons == ()


def test_many_gates_are_left_to_the_engine() -> None:
    data = Data(np.zeros((3000, 1)), np.zeros((3000, 1)))
    net = MLP((1, 7, 1), "relu", SquaredLoss(), data)
    theta = net.draw(generator("many gates"))
    result = module.check(Pair(net, theta, theta * 2.0))
    assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == ["SIZE"]
    assert "21000 gates" in result.reason
