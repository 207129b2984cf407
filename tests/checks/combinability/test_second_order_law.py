"""The check of the second-order law: outcomes on known pairs, necessity, hunts, both ways of taking the mean, torch."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from toykit.checks.combinability import second_order_law as subject
from toykit.data import gaussian_clusters
from toykit.formula import evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks.fixtures import f10, p2, t9
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, TORCH64, printed
from toykit.verdict import Verdict

SLUG = subject.SLUG


def wide(activation: str, number: int = 0) -> Pair:
    net = MLP((5, 12, 3), activation, CrossEntropy(), gaussian_clusters(number=number))
    stream = generator("second order wide", number)
    return Pair(net, net.draw(stream), net.draw(stream), f"{activation} 5-12-3")


def test_p2_in_full() -> None:
    result = subject.check(replace(p2(), facts={"degree": "4"}))
    assert result.verdict is Verdict.HOLDS
    assert (result.measured.value, result.bound.value) == (17 / 4, 17 / 4)


@pytest.mark.parametrize(
    ("p", "orders"),
    [(Fraction(1, 2), (4, 0, Fraction(1, 4))), (Fraction(1, 4), (Fraction(51, 32), Fraction(3, 4), Fraction(9, 64)))],
)
def test_p2_order_by_order(p: Fraction, orders: tuple[Fraction, ...]) -> None:
    v = p * (1 - p)
    x, y = 2 * p, p
    letters = {"t": p, "v": v, "mu_3": v * (1 - 2 * p), "mu_4": v * (1 - 3 * v)}
    letters |= {
        "trace": 4 * (2 * y**2 + 6 * x) + 2 * x**2 + 4,
        "third": Fraction(48),
        "quartic": Fraction(0),
        "mixed": Fraction(32),
    }
    found = tuple(evaluate_exactly(SLUG, name, letters) for name in ("excess", "order_3", "order_4"))
    assert found == tuple(sp.Rational(Fraction(o).numerator, Fraction(o).denominator) for o in orders)


def test_t9_is_enumerated() -> None:
    result = subject.check(t9())
    assert result.verdict is Verdict.HOLDS
    assert result.extra["excess"] == pytest.approx(0.1179494168, abs=printed(10))
    assert result.bound.value == pytest.approx(0.1244134612, rel=10 * SOLVED)
    ratios = [result.extra["measured_over_predicted"][r] for r in ("1", "0.5", "0.25", "0.125", "0.0625")]
    assert np.diff(np.abs(np.array(ratios) - 1)).max() < 0  # the ratio tends to 1


@pytest.mark.parametrize("number", range(3))
def test_many_blocks_are_drawn_and_tensors_enumerated(number: int) -> None:
    result = subject.check(wide("tanh", number))
    assert result.verdict is Verdict.HOLDS
    assert [c.name for c in result.comparisons] == ["second-order coefficient", "the same, one lambda per tensor"]
    assert result.extra["draws"] == subject.DRAWS
    assert result.extra["trace_standard_error"] > 0 == result.extra["tensor"]["trace_standard_error"]
    for comparison in result.comparisons:  # the error bar must not swallow the claim
        assert comparison.measured.hi - comparison.measured.lo < 0.2 * abs(comparison.bound.value)


@pytest.mark.parametrize("granularity", ["row", "col", "tensor", "layer", "neuron", "global"])
def test_every_granularity(granularity: str) -> None:
    assert subject.check(wide("tanh"), granularity=granularity).verdict is Verdict.HOLDS


@pytest.mark.parametrize("law", ["radial(0.25)", "uniform", "gauss(0.3)", "beta(0.25)", "constant(0.5)"])
def test_every_symmetric_law(law: str) -> None:
    assert subject.check(wide("tanh"), law=law, draws=16).verdict is Verdict.HOLDS


def test_a_wrong_variance_or_trace_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = subject.evaluate
    for factor in (0.5, 0.98, 1.02):
        monkeypatch.setattr(subject, "evaluate", lambda slug, name, letters, f=factor: f * honest(slug, name, letters))
        assert subject.check(wide("tanh")).verdict is Verdict.VIOLATED
        assert subject.check(replace(p2(), facts={"degree": "4"})).verdict is Verdict.VIOLATED


def test_relu_is_inapplicable_and_informs() -> None:
    for pair in (f10(), wide("relu")):
        result = subject.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert [n for n, o in result.assumptions.items() if o.holds is False] == ["SMOOTH"]
        assert result.extra["measured_over_predicted"]["1"] is not None


def test_necessity() -> None:
    met = []
    for name, pair in subject.necessity():
        result = subject.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert [n for n, o in result.assumptions.items() if o.holds is False] == [name]
        assert any(not c.holds for c in result.comparisons)
        met.append(name)
    assert met == ["SMOOTH", "INDEPENDENT", "SYMMETRIC"]


def test_extremal() -> None:
    results = [subject.check(pair) for pair in subject.extremal()]
    assert all(r.verdict is Verdict.HOLDS for r in results)
    assert all(abs(r.slack) <= 100 * ROUNDING for r in results)
    assert max(c.ratio for c in results[0].comparisons if c.ratio is not None) == 1


def test_hunt() -> None:
    found = hunt(SLUG, 60, seed=3)
    assert found.verdicts == {"HOLDS": 60}
    assert found.ratios["one common lambda"] > 0.999


def test_equal_endpoints_have_no_excess() -> None:
    pair = t9()
    assert subject.check(replace(pair, theta_b=pair.theta_a)).verdict is Verdict.HOLDS


def test_torch_gives_the_same_numbers() -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge.landscapes.landscape import TorchLandscape
    from toykit.bridge.models import mlp

    here = wide("tanh")
    there = TorchLandscape(mlp((5, 12, 3), "tanh"), CrossEntropy(), here.landscape.data)
    names = dict(zip(here.theta_a, there.parameters(), strict=True))

    def moved(theta: Parameters) -> Parameters:
        return Parameters({names[name]: torch.tensor(array) for name, array in theta.items()})

    left = subject.check(here)
    right = subject.check(Pair(there, moved(here.theta_a), moved(here.theta_b), here.name))
    assert right.verdict is Verdict.HOLDS
    for mine, its in zip(left.comparisons, right.comparisons, strict=True):
        assert its.measured.value == pytest.approx(mine.measured.value, rel=10 * TORCH64)
        assert its.bound.value == pytest.approx(mine.bound.value, rel=TORCH64)
