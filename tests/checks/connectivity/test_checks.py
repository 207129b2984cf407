"""The four first checks of the family: hunts, equality, necessity, ground truths, and torch beside NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest

from theory.catalogue import claim
from theory.derivation import derive
from theory.evidence import Evidence
from toykit.checks.connectivity import neuron_relocation, rebuilt_features, separable_features, waypoint_certificate
from toykit.connectivity.factories import affine_piece, pass_through
from toykit.connectivity.readouts import Readout
from toykit.connectivity.toys import (
    exact_instance,
    one_feature,
    opposite_margins,
    random_nets,
    separable_nets,
    small_nets,
    two_examples,
)
from toykit.data import gaussian_clusters
from toykit.hunt import hunt
from toykit.landscape import Activation, Pair
from toykit.losses import CrossEntropy
from toykit.networks import MLP
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, SOLVED, TORCH64
from toykit.verdict import Result, Trust, Verdict

ALL = [neuron_relocation, rebuilt_features, separable_features, waypoint_certificate]
IDS = [module.SLUG for module in ALL]


@pytest.mark.parametrize("module", ALL, ids=IDS)
def test_the_derivation_stands_on_cited_facts_only(module) -> None:
    assert derive(claim(module.SLUG)).evidence is Evidence.PROVED_GIVEN


@pytest.mark.parametrize("module", ALL, ids=IDS)
def test_hunt(module) -> None:
    found = hunt(module.SLUG, count=9, seed=3)
    assert found.verdict is Verdict.HOLDS
    assert found.verdicts == {"HOLDS": 9}, found.reasons


@pytest.mark.parametrize("module", ALL, ids=IDS)
def test_necessity(module) -> None:
    for assumption, pair in module.necessity():
        result = module.check(pair)
        assert result.verdict is Verdict.INAPPLICABLE
        assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
        assert any(not c.holds for c in result.comparisons)


@pytest.mark.parametrize("number", range(4))
def test_the_published_toy(number: int) -> None:
    for clean, count in ((True, 17), (False, 15)):
        result = separable_features.check(separable_nets(number), keep={1: 20, 2: 37, 3: 37}, clean=clean)
        assert result.verdict is Verdict.HOLDS
        assert result.trust is Trust.EXACT
        assert result.letters["path_excess"] == 0.0
        assert result.letters["segment_count"] == count
        # a kept unit that fires on few examples gets a large weight, and rounding grows with it (number 3: 5e3)
        assert result.letters["drift"] <= (2e-14 if result.letters["largest_weight"] < 1e3 else ROUNDING)
        assert result.letters["target"] <= 2e-3
        assert 1 < result.extra["chord_maximum"] < 20
        assert result.extra["word"] == "certified by theorem"
        assert {(r["layer"], r["kept"]) for r in result.extra["layers"]} == {(1, 20), (2, 37), (3, 37)}


def test_two_examples_meet_the_bound_of_the_rebuilt_loss() -> None:
    for number in range(6):
        result = separable_features.check(two_examples(number))
        rebuilt = next(c for c in result.comparisons if c.name.startswith("largest rebuilt"))
        assert rebuilt.ratio == pytest.approx(1.0, rel=SOLVED)


def test_what_cannot_be_kept_is_named() -> None:
    result = separable_features.check(one_feature())
    assert "layer 1 of endpoint a: 1 kept units" in result.reason
    assert "every read-out has cross-entropy" in result.reason
    assert result.extra["word"] == "not certified"
    table = result.extra["layers"][0]
    assert table["rebuilt"] >= table["loss_at_least"] - ROUNDING


@pytest.mark.parametrize(("pair", "name"), [(random_nets(2), "AFFINE"), (exact_instance(), "CE")], ids=["tanh", "squared"])
def test_types_that_do_not_fit_are_inapplicable(pair: Pair, name: str) -> None:
    result = separable_features.check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.assumptions[name].holds is False


def test_narrow_layers_are_named_with_their_numbers() -> None:
    net = MLP((5, 12, 5, 3), "relu", CrossEntropy(), gaussian_clusters())
    narrow = Pair(net, net.draw(generator("narrow", 0)), net.draw(generator("narrow", 1)))
    result = separable_features.check(narrow)
    assert result.verdict is Verdict.INAPPLICABLE
    assert "(R3) at layer 2, stage 1, endpoint a and b: needs 6 units of 5" in result.assumptions["ROOM"].how


def test_the_exact_instance() -> None:
    for clean, count in ((False, 7), (True, 9)):
        result = rebuilt_features.check(exact_instance(), clean=clean)
        assert result.verdict is Verdict.HOLDS
        assert result.letters["path_max"] == pytest.approx(0.0, abs=ROUNDING)
        assert result.letters["segment_count"] == count
        assert result.extra["chord_maximum"] == pytest.approx(5 / 128, rel=ROUNDING)


@pytest.mark.parametrize("number", range(12))
def test_the_maximum_is_that_of_the_parts(number: int) -> None:
    result = rebuilt_features.check(random_nets(number))
    assert result.letters["path_max"] == pytest.approx(max(result.letters["target"], result.letters["rebuilt"]), rel=SOLVED)


def test_opposite_margins() -> None:
    pair = opposite_margins()
    assert pair.landscape.loss(pair.theta_a) == pytest.approx((math.log1p(math.exp(3)) + math.log1p(math.exp(-1))) / 2)
    values = [c.measured.value for c in waypoint_certificate.check(pair).comparisons]
    assert round(values[0], 6) == 1.680925  # 1.68092452; the digits cut off, not rounded, read 1.680924
    assert values[2] == 1.0
    middle = pair.landscape.loss(pair.theta_a * 0.5 + pair.theta_b * 0.5)
    assert round(middle, 6) == 1.313262


@pytest.mark.parametrize(
    ("name", "value"),
    [("hard_tanh", lambda u: np.clip(u, -1, 1)), ("leaky_relu", lambda u: np.maximum(u, 0.01 * u)), ("identity", np.positive)],
)
def test_logits_pass_through_every_activation_with_an_affine_piece(name: str, value) -> None:
    piece = affine_piece(Activation(name, smooth=False, analytic=False, piecewise_linear=True))
    readout = Readout(np.array([[3.0, -2.0], [0.5, 4.0], [1.0, 1.0]]), np.array([-9.0, 0.5, 2.0]))
    features = np.linspace(-3, 5, 24).reshape(8, 3)
    small = pass_through(1, (0, 2), 5, readout, features, piece, 7.0)
    assert small.shape == (2, (3, 3, 3))
    assert small.outputs(features, value) == pytest.approx(7.0 * readout.outputs(features[:, [0, 2]]), abs=SOLVED)


def numbers(result: Result) -> list[float]:
    return [c.measured.value for c in result.comparisons] + [c.bound.value for c in result.comparisons]


@pytest.mark.parametrize("module", ALL, ids=IDS)
def test_torch_and_numpy_give_the_same_numbers(module) -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    toy = small_nets(4)
    net = toy.landscape
    assert isinstance(net, MLP)
    twin = from_toy(net)
    ends = (translated(theta, net, twin) for theta in (toy.theta_a, toy.theta_b))
    ours, theirs = module.check(toy), module.check(Pair(twin, *ends, toy.name))
    assert ours.verdict is theirs.verdict is Verdict.HOLDS
    assert numbers(theirs) == pytest.approx(numbers(ours), rel=TORCH64, abs=TORCH64)
    assert theirs.extra["kinds"] == ours.extra["kinds"]
