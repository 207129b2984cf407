"""The transport certificate: its instances, rough neurons, more neurons, and the constants of the activations."""

from __future__ import annotations

import numpy as np
import pytest

from toykit import tolerances
from toykit.activations import ACTIVATIONS
from toykit.checks.barrier import optimal_transport_certificate as module
from toykit.data import Data
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import SquaredLoss
from toykit.matching.transport import as_given, transported
from toykit.networks.fixtures import f10, m4, p2
from toykit.networks.mlp import MLP
from toykit.seeds import generator
from toykit.verdict import Result, Verdict


def found(result: Result, name: str) -> tuple[float, float]:
    (comparison,) = (c for c in result.comparisons if c.name == name)
    return comparison.measured.value, comparison.bound.value


def test_the_instance_of_the_theory() -> None:
    """(1, 1), (-1, -1) swapped: |E| = 1 = K 8/8 as given, 0 = 0 matched."""
    _, pair = module.extremal()
    result = module.check(pair)
    assert result.verdict is Verdict.HOLDS
    assert found(result, "output error, as given") == pytest.approx((1, 1), rel=tolerances.ROUNDING)
    assert found(result, "output error, matched") == (0, 0)
    assert as_given(pair, pair.landscape).squared == pytest.approx(8, rel=tolerances.ROUNDING)


def test_a_common_step_is_at_the_bound() -> None:
    pair, _ = module.extremal()
    result = module.check(pair)
    assert found(result, "output error, matched") == pytest.approx((0.25, 0.25), rel=tolerances.ROUNDING)
    assert result.letters["K"] == 1


def test_kinks_are_refused_and_rough_neurons_are_bounded_all_the_same() -> None:
    ((assumption, pair),) = module.necessity()
    result = module.check(pair)
    assert [name for name, outcome in result.assumptions.items() if outcome.holds is False] == [assumption]
    assert [c.name for c in result.comparisons if not c.holds] == [
        "output error, as given",
        "output error at its worst position, as given",
    ]
    assert found(result, "output error, as given") == pytest.approx((1, 0.5), rel=tolerances.ROUNDING)
    draw = generator("rough neurons")
    net = MLP((3, 20, 2), "relu", SquaredLoss(), Data(draw.normal(size=(30, 3)), draw.normal(size=(30, 2))))
    for _ in range(10):
        rough = [c for c in module.check(Pair(net, net.draw(draw), net.draw(draw))).comparisons if "slope" in c.name]
        assert len(rough) == 2
        assert all(c.holds for c in rough)


def test_more_neurons_of_one_law_are_certified_closer() -> None:
    """N = 16, 64, 256: the certificate of two samples falls, and holds."""
    bounds = []
    for count in (16, 64, 256):
        pairs = [module.two_samples(generator("more neurons", number), "sample", count) for number in range(4)]
        bounds.append(np.mean([transported(pair, pair.landscape).squared for pair in pairs]))
        assert module.check(pairs[0]).verdict is not Verdict.VIOLATED
    assert bounds[0] > bounds[1] > bounds[2]


@pytest.mark.parametrize("name", module.ACTIVATIONS)
def test_constants_of_the_activations(name: str) -> None:
    """Met, and not exceeded, on a fine grid."""
    activation, bounds = ACTIVATIONS[name], module.ACTIVATIONS[name]
    us = np.linspace(-12, 12, 240_001)
    for values, bound in ((activation.first(us), bounds.steepest), (activation.second(us), bounds.most_bent)):
        assert np.abs(values).max() == pytest.approx(bound, abs=tolerances.CELLS * 10)
        assert np.abs(values).max() <= bound + tolerances.ROUNDING
    assert activation.value(np.zeros(1))[0] == pytest.approx(bounds.at_zero, rel=tolerances.ROUNDING)


def test_hunt() -> None:
    hunted = hunt(module.SLUG, 60)
    assert hunted.violations == []
    assert hunted.verdicts["HOLDS"] == 60
    assert hunted.ratios["output error, matched"] > 0.99


@pytest.mark.parametrize("pair", [m4(), p2()], ids=lambda pair: pair.name)
def test_other_landscapes_are_inapplicable(pair: Pair) -> None:
    result = module.check(pair)
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.reason.startswith("ADDITIVE")


def test_a_wrong_constant_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = module.evaluate
    wrong = {"curvature": 0.9}
    monkeypatch.setattr(module, "evaluate", lambda slug, name, letters: wrong.get(name, 1.0) * truth(slug, name, letters))
    assert all(module.check(pair).verdict is Verdict.VIOLATED for pair in module.extremal())


def test_a_torch_network_gives_the_same_numbers() -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge import LayeredTorch, mlp
    from toykit.parameters import Parameters

    pair = list(module.cases(2))[1]
    there = LayeredTorch(mlp((3, 8, 2), "tanh", 0), pair.landscape.criterion, pair.landscape.data)
    moved = [
        Parameters(dict(zip(there.parameters(), map(torch.tensor, end.values()), strict=True)))
        for end in (pair.theta_a, pair.theta_b)
    ]
    here, other = module.check(pair), module.check(Pair(there, *moved))
    assert other.verdict is Verdict.HOLDS, other.reason
    for one, two in zip(here.comparisons, other.comparisons, strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.TORCH64, abs=tolerances.TORCH64)
        assert two.bound.value == pytest.approx(one.bound.value, rel=tolerances.TORCH64)


def test_relu_networks_on_data_are_inapplicable_by_their_kinks() -> None:
    result = module.check(f10())
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.reason.startswith("CURVED")
