"""Single layers from their blocks: ground truths, equality, exact layers, the index, and what a kink does."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
import sympy as sp

from toykit import tolerances
from toykit.barriers.layers import Cut, LayerChord
from toykit.checks.barrier import layerwise_barrier as module
from toykit.data import gaussian_clusters, teacher_student
from toykit.formula import evaluate_exactly
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks import Formula, Polynomial
from toykit.networks.fixtures import d3, f10, t9
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Number, Verdict

x, y = sp.symbols("x y", real=True)


def product(c: float) -> Pair:
    """(x y - 1)^2/2 from (1, 1) to (c, 1/c)."""
    net = Polynomial((x * y - 1) ** 2 / 2, (x, y), "product")
    return Pair(net, net.point(x=1, y=1), net.point(x=c, y=1 / c), f"c = {c}")


def test_the_product_with_c_2() -> None:
    result = module.check(product(2.0))
    layers = result.extra["layers"]
    assert layers["x"] == {"B_sym": 5 / 64, "base a": 1 / 8, "base b": 1 / 32, "estimate": 5 / 64}
    assert layers["y"]["B_sym"] == layers["y"]["estimate"] == 5 / 64
    assert result.extra["gap at 1/2"] == 1 / 128
    assert layers["x"]["base a"] == 16 * result.extra["gap at 1/2"]
    assert result.extra["super-additivity index"] == -19
    assert evaluate_exactly(module.SLUG, "index", {"B_layers": F(5, 32), "gap_m": F(1, 128)}) == -19


@pytest.mark.parametrize("c", [0.5, 4.0, 8.0])
def test_the_product_in_closed_form(c: float) -> None:
    """Powers of two, so that 1/c is exact."""
    result = module.check(product(c))
    for row in result.extra["layers"].values():
        assert row["B_sym"] == pytest.approx((c - 1) ** 2 * (1 + c**2) / (16 * c**2), rel=tolerances.ROUNDING)
        assert row["estimate"] == pytest.approx(row["B_sym"], rel=tolerances.ROUNDING)
    assert result.extra["gap at 1/2"] == pytest.approx((c - 1) ** 4 / (32 * c**2), rel=tolerances.ROUNDING)


@pytest.mark.parametrize(("layers", "index"), [(2, -1 / 8), (4, 15 / 64), (5, 44 / 125), (8, 287 / 512)])
def test_the_super_additive_sum(layers: int, index: float) -> None:
    symbols = sp.symbols(f"x1:{layers + 1}", real=True)
    net = Formula((sum(symbols) ** 2 - 1) ** 2, symbols, "sum of layers")
    ends = [net.point(**{s.name: sign / layers for s in symbols}) for sign in (-1, 1)]
    result = module.check(Pair(net, *ends))
    assert result.verdict is Verdict.HOLDS
    assert result.extra["gap at 1/2"] == pytest.approx(1.0, rel=tolerances.ROUNDING)
    assert result.extra["super-additivity index"] == pytest.approx(index, rel=tolerances.ROUNDING)


def test_the_extremal_pairs_meet_the_remainder() -> None:
    cubic, quadratic = (module.check(pair) for pair in module.extremal())
    assert cubic.comparisons[0].measured.value == cubic.comparisons[0].bound.value == 1.0
    assert [c.bound.value for c in quadratic.comparisons] == [0.0, 0.0]
    assert all(c.slack == 0 for c in quadratic.comparisons)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_last_layer_is_exact_under_squared_loss(activation: str) -> None:
    net = MLP((3, 6, 5, 2), activation, SquaredLoss(), teacher_student(count=20, width=3, outputs=2))
    draw = generator("layerwise last layer")
    *_, last = module.check(Pair(net, net.draw(draw), net.draw(draw))).comparisons
    assert last.bound.value == 0
    assert last.holds


def test_every_layer_of_a_linear_net_is_exact() -> None:
    result = module.check(d3())
    assert result.assumptions["RANGE"].holds
    assert [c.bound.value for c in result.comparisons] == [0.0, 0.0, 0.0]
    assert result.verdict is Verdict.HOLDS


def test_the_estimates_of_the_layers_and_the_cross_part_make_the_endpoint_estimate() -> None:
    """The cross-layer part against mixed curvatures by polarisation."""
    pair = t9()
    result, chord = module.check(pair), LayerChord(pair)
    first, second = (chord.part([layer]) for layer in chord.layers)
    mixed = sum(
        sum(sign * pair.landscape.curvature(theta, first + second * sign) for sign in (1, -1)) / 4
        for theta in (pair.theta_a, pair.theta_b)
    )
    assert result.extra["cross-layer part"] == pytest.approx(mixed / 8, rel=tolerances.DIFFERENCE)


def test_smoothness_is_needed() -> None:
    ((name, pair),) = module.necessity()
    result = module.check(pair)
    assert name == "SMOOTH"
    assert result.verdict is Verdict.INAPPLICABLE
    (row,) = result.extra["layers"].values()
    assert (row["estimate"], row["B_sym"]) == (-1 / 4, -1 / 8)
    assert not result.comparisons[0].holds


def test_relu_is_inapplicable_and_still_compared() -> None:
    result = module.check(f10())
    assert result.verdict is Verdict.INAPPLICABLE
    assert len(result.comparisons) == 2


def test_cross_entropy_networks() -> None:
    net = MLP((3, 6, 5, 3), "tanh", CrossEntropy(), gaussian_clusters(count=30, width=3))
    draw = generator("layerwise cross-entropy")
    result = module.check(Pair(net, net.draw(draw), net.draw(draw)))
    assert result.verdict in {Verdict.HOLDS, Verdict.VACUOUS}, result.reason
    assert result.assumptions["RANGE"].holds is None


def test_hunt() -> None:
    found = hunt(module.SLUG, 60)
    assert found.violations == []
    assert found.ratios["remainder, layer x"] == pytest.approx(1.0, rel=tolerances.SOLVED)


def test_too_small_a_derivative_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = Cut.third.fget
    assert truth is not None
    monkeypatch.setattr(Cut, "third", property(lambda cut: Number.exact(0.99 * truth(cut).value)))
    assert next(module.check(pair) for pair in module.extremal()).verdict is Verdict.VIOLATED


def test_a_chord_of_no_length() -> None:
    pair = t9()
    result = module.check(Pair(pair.landscape, pair.theta_a, pair.theta_a))
    assert all(c.measured.value == 0 for c in result.comparisons)
    assert result.extra["super-additivity index"] is None


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    net = MLP((3, 6, 5, 3), "tanh", CrossEntropy(), gaussian_clusters(count=30, width=3))
    draw = generator("layerwise torch")
    pair = Pair(net, net.draw(draw), net.draw(draw))
    there = from_toy(net)
    other = Pair(there, *(translated(end, net, there) for end in (pair.theta_a, pair.theta_b)))
    for one, two in zip(module.check(pair).comparisons, module.check(other).comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.SOLVED)
        assert two.bound.hi == pytest.approx(one.bound.hi, rel=tolerances.DIFFERENCE)
