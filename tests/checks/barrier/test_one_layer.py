"""Cuts through one layer and merging all others: the numbers of the theory, naive twins, necessity, torch."""

from __future__ import annotations

import math

import numpy as np
import pytest

from toykit import tolerances
from toykit.checks.barrier import layer_cut_convexity, layer_dominance
from toykit.checks.barrier._one_layer import LAYER, Bounded, with_layer
from toykit.chord import grid, profile
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.networks.deep_linear import deep_linear, interpolating
from toykit.networks.fixtures import f10, p2, t9
from toykit.networks.mlp import MLP
from toykit.parameters import Parameters
from toykit.seeds import generator
from toykit.verdict import Comparison, Result, Verdict

MODULES = [layer_cut_convexity, layer_dominance]


def named(result: Result, start: str) -> Comparison:
    return next(c for c in result.comparisons if c.name.startswith(start))


def scalar(c: float) -> Pair:
    """L = (w_1 w_2 - 1)^2/2 from (1, 1) to (c, 1/c), as a network 1-1-1."""
    net = deep_linear((1, 1, 1), Data([[1.0]], [[1.0]]))
    return Pair(net, net.point([[1.0]], [[1.0]]), net.point([[c]], [[1 / c]]), f"c = {c}")


def test_merging_one_layer_of_the_scalar_net() -> None:
    """c = 2: 5/64 >= 1/128 with the difference 9/128, for either layer."""
    result = layer_dominance.check(scalar(2.0))
    for layer in (1, 2):
        merged = named(result, f"merged barrier, layer {layer} from the ends, t = 0.5")
        assert merged.measured.value == pytest.approx(5 / 64, rel=tolerances.ROUNDING)
        assert merged.bound.value == pytest.approx(1 / 128, rel=tolerances.ROUNDING)
        excess = named(result, f"excess, layer {layer} from the ends, t = 0.5")
        assert excess.bound.value == pytest.approx(9 / 128, rel=tolerances.ROUNDING)


def test_one_base_alone_can_be_below_the_full_barrier() -> None:
    pair = scalar(4.0)
    from_a, from_b = layer_dominance.parts(pair, pair.landscape, 2, 0.5)
    losses = pair.landscape.losses([from_a, from_b])
    assert losses[1] == pytest.approx(9 / 128, rel=tolerances.ROUNDING)
    full = profile(pair, grid(3)).gap[1]
    assert full == pytest.approx(81 / 512, rel=tolerances.ROUNDING)
    assert losses[1] < full < losses.mean()


def test_the_equality_of_opposite_ends() -> None:
    result = layer_dominance.check(scalar(-1.0))
    for layer in (1, 2):
        merged = named(result, f"merged barrier, layer {layer} from the ends, t = 0.5")
        assert (merged.measured.value, merged.bound.value) == (0.5, 0.5)


def test_the_two_excesses_of_interpolating_linear_layers_are_equal() -> None:
    """|X Delta W^T (V_a+V_b)^T|^2 = |X (W_a+W_b)^T Delta V^T|^2, here as means with the factor 1/2."""
    draw = generator("equal excesses")
    pair = interpolating((3, 4, 2), draw.normal(size=(2, 3)), draw.normal(size=(7, 3)), draw)
    (v_a, w_a), (v_b, w_b) = ((end["layers.2.weight"], end["layers.1.weight"]) for end in (pair.theta_a, pair.theta_b))
    xs = pair.landscape.inputs
    by_hand = [
        ((xs @ (w_b - w_a).T @ (v_a + v_b).T) ** 2).sum() / 32 / len(xs),
        ((xs @ (w_a + w_b).T @ (v_b - v_a).T) ** 2).sum() / 32 / len(xs),
    ]
    result = layer_dominance.check(pair)
    for layer, truth in ((1, by_hand[0]), (2, by_hand[1])):
        found = named(result, f"excess, layer {layer} from the ends, t = 0.5").measured.value
        assert found == pytest.approx(truth, rel=tolerances.SOLVED)
    assert by_hand[0] == pytest.approx(by_hand[1], rel=tolerances.SOLVED)


def test_a_cut_of_the_scalar_net() -> None:
    """w_1 from 1 to 2: losses 0, 1/8, 1/2; own gap -1/8, but +1/8 against two full models of loss 0."""
    pair = next(layer_cut_convexity.extremal())
    assert profile(pair, grid(3)).values == pytest.approx([0, 1 / 8, 1 / 2], abs=tolerances.ROUNDING)
    found = named(layer_cut_convexity.check(pair), "gap at 1/2, layer 1 at theta_a")
    assert found.measured.value == found.bound.value == pytest.approx(-1 / 8, rel=tolerances.ROUNDING)


@pytest.mark.parametrize("module", MODULES)
def test_extremal_pairs_hold(module) -> None:
    assert {module.check(pair).verdict for pair in module.extremal()} == {Verdict.HOLDS}


@pytest.mark.parametrize("module", MODULES)
def test_necessity(module) -> None:
    names = set()
    for assumption, pair in module.necessity():
        result = module.check(pair)
        names.add(assumption)
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert not result.comparisons[0].holds
    assert names == {"AFFINE", "CONVEX"}


def test_the_size_of_the_failures() -> None:
    """Fold net: gap 1/2. 1 - exp(-z^2) from 0 to 4: the mean of the ends is 0.5, the middle 0.98."""
    fold_cut, bump = (layer_cut_convexity.check(pair) for _, pair in layer_cut_convexity.necessity())
    assert named(fold_cut, "gap, layer 1 at theta_a").measured.value == pytest.approx(0.5)
    merged = named(layer_dominance.check(dict(layer_dominance.necessity())["CONVEX"]), "merged barrier")
    assert merged.measured.value == 0.0
    assert merged.bound.value == pytest.approx(1 - math.exp(-4) - (1 - math.exp(-16)) / 2, rel=tolerances.ROUNDING)
    assert named(bump, "second difference").measured.value < 0


@pytest.mark.parametrize("module", MODULES)
def test_hunt(module) -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] == 100
    if module is layer_dominance:
        assert max(found.ratios.values()) > 0.95


def test_500_random_three_layer_networks() -> None:
    net = MLP((3, 5, 4, 2), "relu", SquaredLoss(), Data(np.eye(3), np.ones((3, 2))))
    for number in range(500):
        draw = generator("three layers", number)
        pair = Pair(net, net.draw(draw), net.draw(draw))
        from_a, from_b = layer_dominance.parts(pair, net, 3, 0.5)
        assert net.losses([from_a, from_b]).mean() >= net.profile(pair.theta_a, pair.theta_b, grid(3))[1] * (
            1 - tolerances.ROUNDING
        )


@pytest.mark.parametrize("module", MODULES)
def test_a_linear_network_shows_every_layer_and_others_their_last(module) -> None:
    linear = interpolating((2, 3, 3, 1), np.ones((1, 2)), np.eye(2), generator("layers"))
    text = " ".join(c.name for c in module.check(linear).comparisons)
    assert all(f"layer {layer} " in text for layer in (1, 2, 3))
    for pair, last in ((t9(), 2), (f10(), 2)):
        assert {c.name.partition("layer ")[2][0] for c in module.check(pair).comparisons} == {str(last)}


@pytest.mark.parametrize("module", MODULES)
def test_a_landscape_without_layers_is_inapplicable(module) -> None:
    assert module.check(p2()).verdict is Verdict.INAPPLICABLE


@pytest.mark.parametrize("module", MODULES)
def test_a_wrong_swap_of_layers_is_noticed(module, monkeypatch: pytest.MonkeyPatch) -> None:
    """A swap that takes the first layer instead of the last breaks the identity of the squared loss, or the convexity."""
    monkeypatch.setattr(module, "with_layer", lambda net, theta, layer, source: with_layer(net, theta, 1, source))
    assert any(module.check(pair).verdict is Verdict.VIOLATED for pair in (t9(), f10()))


def test_the_derivatives_of_the_bounded_loss() -> None:
    loss, draw = Bounded(), generator("bounded loss")
    z, y, v = draw.normal(size=(3, 5, 2))
    e = 1e-5
    slope = (loss.per_example(z + e * v, y) - loss.per_example(z - e * v, y)) / (2 * e)
    assert (loss.gradient(z, y) * v).sum(axis=1) == pytest.approx(slope, abs=tolerances.SOLVED)
    bend = ((loss.gradient(z + e * v, y) - loss.gradient(z - e * v, y)) * v).sum(axis=1) / (2 * e)
    assert loss.curvature(z, y, v) == pytest.approx(bend, abs=tolerances.SOLVED)


@pytest.mark.parametrize("module", MODULES)
def test_numpy_and_torch_agree(module) -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge import LayeredTorch, mlp

    pair = t9()
    there = LayeredTorch(mlp((2, 3, 1), "tanh", 0, bias=False), pair.landscape.criterion, pair.landscape.data)
    names = dict(zip(there.parameters(), pair.theta_a, strict=True))
    ends = [Parameters({new: torch.tensor(end[old]) for new, old in names.items()}) for end in (pair.theta_a, pair.theta_b)]
    here, other = module.check(pair), module.check(Pair(there, *ends, facts={LAYER: "2"}))
    assert other.verdict is Verdict.HOLDS
    for one, two in zip(here.comparisons, other.comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)
