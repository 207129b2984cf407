"""Shares of layers: ground truths, exact rationals, second order, deep networks, and swaps that are wrong."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from toykit import tolerances
from toykit.barriers.layers import LayerChord, subsets
from toykit.checks.barrier import layer_attribution as module
from toykit.data import gaussian_clusters
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy
from toykit.networks import Polynomial
from toykit.networks.fixtures import d3, f10, fold, m4, p2, t9
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Verdict


def test_the_product_on_one_branch() -> None:
    one, *_ = (module.check(pair) for pair in module.extremal())
    assert one.extra["terms"] == {
        "x1": {"base a": 1 / 8, "base b": 1 / 32},
        "x2": {"base a": 1 / 32, "base b": 1 / 8},
        "x1 + x2": {"base a": -19 / 128, "base b": -19 / 128},
    }
    assert one.letters["from_a"] == one.letters["from_b"] == 1 / 128
    assert one.extra["shares"] == {"x1": 1 / 256, "x2": 1 / 256}


def test_opposite_branches_and_a_sum_over_layers() -> None:
    _, two, additive = (module.check(pair) for pair in module.extremal())
    assert [row["base a"] for row in two.extra["terms"].values()] == [0.5, 0.5, -0.5]
    assert two.measured is not None
    assert two.measured.value == 0.5
    assert [row["base a"] for row in additive.extra["terms"].values()] == [1, 1, 1, 0, 0, 0, 0]
    assert additive.letters["singles"] == 3
    assert additive.letters["pairs"] == additive.letters["rest"] == 0


def test_all_sets_in_rational_arithmetic() -> None:
    """F in fractions, without any of the code under test."""
    symbols = sp.symbols("x1:5", real=True)
    expr = symbols[0] ** 2 * symbols[1] * symbols[3] ** 3 - 3 * symbols[1] * symbols[2] + symbols[2] ** 2 * symbols[3]
    net = Polynomial(expr, symbols, "rational")
    starts, ends = [1, -2, Fraction(1, 2), 3], [2, 1, Fraction(3, 2), -1]
    pair = Pair(net, *(net.point(**dict(zip(net.names, map(float, p), strict=True))) for p in (starts, ends)))

    def value(chosen: tuple[str, ...]) -> sp.Rational:
        weights = {s: (sp.Rational(a), sp.Rational(b)) for s, a, b in zip(symbols, starts, ends, strict=True)}
        return sp.Rational(expr.subs({s: (a + b) / 2 if s.name in chosen else a for s, (a, b) in weights.items()}))

    found = module.check(pair).extra["terms"]
    for s in subsets(net.names):
        if s:
            exact = sum((-1) ** (len(s) - len(part)) * value(part) for part in subsets(s))
            assert found[" + ".join(s)]["base a"] == float(exact)


def test_to_second_order_the_terms_are_slopes_and_blocks() -> None:
    pair = t9()
    near = Pair(pair.landscape, pair.theta_a, pair.theta_a + pair.delta * 1e-3)
    chord, found = LayerChord(near), module.check(near).extra["terms"]
    first, second = chord.layers
    slope = pair.landscape.gradient(pair.theta_a)
    forms = {s: pair.landscape.curvature(pair.theta_a, chord.part(s)) for s in ((first,), (second,), (first, second))}
    for layer in chord.layers:
        letters = {"s_0": slope.dot(chord.part([layer])), "h_0": forms[layer,]}
        assert found[layer]["base a"] == pytest.approx(evaluate(module.SLUG, "single", letters), rel=tolerances.DIFFERENCE)
    mixed = (forms[first, second] - forms[first,] - forms[second,]) / 2
    expected = evaluate(module.SLUG, "pair", {"mixed": mixed})
    assert found[f"{first} + {second}"]["base a"] == pytest.approx(expected, rel=tolerances.PROBE32)


@pytest.mark.parametrize("pair", [t9(), f10(), d3(), fold(), m4(), p2()], ids=lambda pair: pair.name)
def test_the_fixtures_hold(pair: Pair) -> None:
    result = module.check(pair)
    assert result.verdict is Verdict.HOLDS, result.reason
    letters = result.letters
    assert evaluate(module.SLUG, "by_size", letters) == pytest.approx(result.bound.value, abs=tolerances.SOLVED)
    assert math.fsum(result.extra["shares"].values()) == pytest.approx(result.measured.value, abs=tolerances.SOLVED)


def test_deeper_networks_report_what_singles_and_pairs_leave() -> None:
    ((name, pair),) = module.necessity()
    result = module.check(pair)
    assert name == "COMPLETE"
    assert result.verdict is Verdict.INAPPLICABLE
    assert not any(c.holds for c in result.comparisons)
    rest = result.extra["left unexplained by singles and pairs"]
    assert rest == pytest.approx(result.measured.value - result.letters["singles"] - result.letters["pairs"])
    assert rest == module.check(pair, most=7).letters["rest"]
    assert module.check(pair, most=7).verdict is Verdict.HOLDS


def test_singles_and_pairs_of_a_deep_network_are_those_of_all_sets() -> None:
    net = MLP((3, 4, 4, 4, 3), "tanh", CrossEntropy(), gaussian_clusters(count=20, width=3))
    draw = generator("attribution of a deep network")
    pair = Pair(net, net.draw(draw), net.draw(draw))
    whole, part = module.check(pair), module.check(pair, most=3)
    assert {key: whole.extra["terms"][key] for key in part.extra["terms"]} == part.extra["terms"]
    assert part.extra["left unexplained by singles and pairs"] == pytest.approx(whole.letters["rest"])


def test_hunt() -> None:
    found = hunt(module.SLUG, 60)
    assert found.verdicts == {"HOLDS": 60}


def test_a_wrong_swap_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = LayerChord.from_a
    monkeypatch.setattr(LayerChord, "from_a", lambda chord, layers, t=0.5: truth(chord, layers, 0.51))
    assert module.check(t9()).verdict is Verdict.VIOLATED


def test_relu_kinks_do_not_matter() -> None:
    assert np.isclose(module.check(fold()).measured.value, 0.5)
