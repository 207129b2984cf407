"""Layer-swapped networks: ground truths, the expansion of the outputs, fixed gates, and what is no certificate."""

from __future__ import annotations

import numpy as np
import pytest

from toykit import tolerances
from toykit.barriers.layers import LayerChord
from toykit.checks.barrier import hybrid_bound as module
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import d3, f10, fold, p2, t9
from toykit.networks.mlp import MLP
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.verdict import Verdict


def test_the_product_with_squared_loss() -> None:
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]]))
    result = module.check(Pair(net, net.point([[1.0]], [[1.0]]), net.point([[2.0]], [[0.5]])))
    assert result.extra["hybrids"] == {"none": 0, "layers.1": 1 / 2, "layers.2": 1 / 8, "layers.1 + layers.2": 0}
    barrier, middle, _ = result.comparisons
    assert (barrier.measured.value, middle.measured.value, middle.bound.value) == (1 / 128, 1 / 128, 5 / 32)
    assert barrier.bound.value == pytest.approx(5 / 32, rel=tolerances.ROUNDING)


def test_an_affine_loss_meets_the_bound() -> None:
    for pair in module.extremal():
        assert all(c.slack == pytest.approx(0, abs=tolerances.ROUNDING) for c in module.check(pair).comparisons)
    first, _ = (module.check(pair) for pair in module.extremal())
    assert first.letters["hybrids"] == 9 / 8


@pytest.mark.parametrize("pair", [d3(), *module.cases(6)], ids=lambda pair: pair.name)
def test_outputs_on_the_chord_are_the_weighted_outputs_of_the_hybrids(pair: Pair) -> None:
    found = module.fixed_gates(LayerChord(pair))
    assert isinstance(found, dict)
    depth = pair.landscape.depth
    for t in (0.25, 0.5, 0.9):
        mixed = sum(t ** len(s) * (1 - t) ** (depth - len(s)) * z for s, z in found.items())
        outputs = pair.landscape.outputs(chord_point(pair.theta_a, pair.theta_b, t))
        assert np.allclose(mixed, outputs, rtol=tolerances.SOLVED, atol=tolerances.SOLVED)


def test_hybrids_of_a_linear_network_are_its_layer_swaps() -> None:
    chord = LayerChord(d3())
    found = module.fixed_gates(chord)
    assert isinstance(found, dict)
    for s, z in found.items():
        assert np.allclose(z, chord.pair.landscape.outputs(chord.swapped(s)), rtol=tolerances.ROUNDING, atol=tolerances.ROUNDING)


def test_a_gate_that_only_a_hybrid_changes() -> None:
    """Both ends have z_2 = 1 on the second layer, the swapped network has -1: no certificate."""
    net = MLP((1, 1, 1, 1), "relu", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=(False, True, False))
    first, last = net.point([[1.0]], [[1.0]], [0.0], [[1.0]]), net.point([[3.0]], [[1.0]], [-2.0], [[1.0]])
    found = module.fixed_gates(LayerChord(Pair(net, first, last)))
    assert not isinstance(found, dict)
    assert "1 of 1 gates of layer 2" in found.how


def test_fixed_gates_of_leaky_units() -> None:
    net = MLP((1, 2, 1), "leaky_relu", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=False)
    first, last = net.point([[1.0], [-1.0]], [[1.0, 1.0]]), net.point([[2.0], [-3.0]], [[-1.0, 2.0]])
    chord = LayerChord(Pair(net, first, last))
    found = module.fixed_gates(chord)
    assert isinstance(found, dict)
    assert all(z == net.outputs(chord.swapped(s)) for s, z in found.items())


def test_necessity() -> None:
    affine, convex = ((name, module.check(pair)) for name, pair in module.necessity())
    assert affine[0] == "AFFINE"
    assert set(affine[1].extra["hybrids"].values()) == {0.0}
    assert affine[1].measured.value == 0.5
    assert convex[0] == "CONVEX"
    assert convex[1].comparisons[1].measured.value == pytest.approx(0.481684, abs=tolerances.printed(6))
    for name, result in (affine, convex):
        assert [n for n, outcome in result.assumptions.items() if outcome.holds is False] == [name]
        assert not any(c.holds for c in result.comparisons)


def test_ordinary_hybrids_of_a_relu_network_are_no_certificate() -> None:
    for pair in (f10(), fold(), t9(), p2()):
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert len(result.comparisons) == 3


def test_deep_networks_are_not_expanded() -> None:
    result = module.check(d3(), most=2)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.comparisons == ()


def test_the_largest_value_of_the_bound() -> None:
    for pair in module.cases(9):
        found = module.hybrids(LayerChord(pair))
        ends = {"L_a": pair.landscape.loss(pair.theta_a), "L_b": pair.landscape.loss(pair.theta_b)}
        fine = float(module.upper(found, ends, np.linspace(0, 1, 2001)).max())
        best = module.check(pair).bound.value
        assert fine - tolerances.SOLVED <= best <= fine + tolerances.CELLS * max(found.losses.values())


def test_hunt() -> None:
    found = hunt(module.SLUG, 60)
    assert found.violations == []
    assert found.verdicts["HOLDS"] + found.verdicts["VACUOUS"] == 60
    assert found.ratios["barrier"] == pytest.approx(1.0, rel=tolerances.SOLVED)


def test_too_few_hybrids_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ends alone: what AFFINE in all layers at once would say."""
    truth = module.hybrids

    def ends_only(chord: LayerChord) -> module.Hybrids:
        found = truth(chord)
        line = {s: v if len(s) in (0, found.count) else 0.0 for s, v in found.losses.items()}
        return module.Hybrids(line, found.affine, found.count)

    monkeypatch.setattr(module, "hybrids", ends_only)
    assert all(module.check(pair).verdict is Verdict.VIOLATED for pair in module.extremal())


def test_torch_gives_the_same_numbers() -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    draw = generator("hybrids in torch")
    for pair in (module.open_gates(draw, "open"), module.linear_network(draw, "linear"), t9()):
        there = from_toy(pair.landscape)
        other = Pair(there, *(translated(end, pair.landscape, there) for end in (pair.theta_a, pair.theta_b)))
        here, moved = module.check(pair), module.check(other)
        assert moved.verdict is here.verdict
        for one, two in zip(here.comparisons, moved.comparisons, strict=True):
            assert two.bound.value == pytest.approx(one.bound.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)
