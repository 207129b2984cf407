"""Where output error is born: ground truths, the recursion against networks, the gate part, and what GELU does."""

from __future__ import annotations

import numpy as np
import pytest

from toykit import tolerances
from toykit.activations import ACTIVATIONS
from toykit.arrays import like
from toykit.barriers import birth
from toykit.barriers.birth import ErrorBirth
from toykit.barriers.measured import barrier
from toykit.checks.barrier import commutativity as module
from toykit.data import Data, gaussian_clusters
from toykit.formula import evaluate
from toykit.hunt import hunt
from toykit.landscape import Pair
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.deep_linear import deep_linear
from toykit.networks.fixtures import d3, f10, fold, m4, p2, t9
from toykit.networks.mlp import MLP
from toykit.outputs import OutputChord
from toykit.seeds import generator
from toykit.verdict import Verdict

NAMES = sorted(ACTIVATIONS)


def random_pair(activation: str, number: int = 0) -> Pair:
    net = MLP((3, 6, 5, 4, 3), activation, CrossEntropy(), gaussian_clusters(count=20, width=3))
    draw = generator("commutativity", number)
    return Pair(net, net.draw(draw), net.draw(draw), activation)


def births(pair: Pair, t: float = 0.5) -> birth.Birth:
    return ErrorBirth(pair.landscape, pair.theta_a, pair.theta_b).at(t)


def test_one_product() -> None:
    one, *_ = module.extremal()
    for t in (0.125, 0.5, 0.75):
        found = births(one, t)
        assert found.letters == {"t": t, "commuted": t * (1 - t) / 2, "gated": 0.0}
        assert found.error == t * (1 - t) / 2


def test_the_fold_net_has_the_gate_part_alone() -> None:
    _, pair = module.extremal()
    result = module.check(pair)
    assert result.letters["commuted"] == 0
    assert result.letters["gated"] == pytest.approx(1.0, rel=tolerances.ROUNDING)
    assert result.measured.value == 1.0
    assert np.allclose(OutputChord(pair).at(0.5).error, -1.0)


def test_two_linear_layers() -> None:
    """E = -t(1-t) X dW^T dV^T."""
    net = deep_linear((3, 4, 2), Data(np.eye(3), np.zeros((3, 2))))
    draw = generator("two linear layers")
    pair = Pair(net, net.draw(draw), net.draw(draw))
    first, second = pair.delta.values()
    for t in (0.25, 0.5):
        bend = -t * (1 - t) * first.T @ second.T
        assert np.allclose(OutputChord(pair).at(t).error, bend, rtol=tolerances.SOLVED, atol=tolerances.ROUNDING)
        assert births(pair, t).letters["commuted"] == pytest.approx(birth.size(bend), rel=tolerances.ROUNDING)


@pytest.mark.parametrize("activation", NAMES)
@pytest.mark.parametrize("t", [0.1, 0.5, 0.8])
def test_the_recursion_and_the_bound_on_deep_networks(activation: str, t: float) -> None:
    for number in range(3):
        pair = random_pair(activation, number)
        found = births(pair, t)
        assert max(layer.residual for layer in found.layers) <= tolerances.ROUNDING * found.outside
        assert found.error <= evaluate(module.SLUG, "upper", found.letters)
        assert found.error == pytest.approx(birth.size(np.asarray(OutputChord(pair).at(t).error)), rel=tolerances.TORCH64)


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity"])
def test_the_closed_form_of_the_defect(activation: str) -> None:
    value = ACTIVATIONS[activation].value
    z_a, z_b = generator("defects").normal(size=(2, 200, 1))
    z_a[:3] = 0.0
    for t in (0.0, 0.3, 0.5, 1.0):
        defect = (1 - ACTIVATIONS[activation].negative_slope) * birth.relu_defect(z_a, z_b, t)
        true = value((1 - t) * z_a + t * z_b) - (1 - t) * value(z_a) - t * value(z_b)
        assert np.allclose(defect, true, rtol=0, atol=tolerances.ROUNDING)


def test_norms_are_those_at_t() -> None:
    found = births(t9(), 0.25)
    weight = 0.75 * t9().theta_a["layers.2.weight"] + 0.25 * t9().theta_b["layers.2.weight"]
    assert [layer.amplification for layer in found.layers] == [pytest.approx(np.linalg.norm(weight, 2)), 1.0]


def test_no_products_and_no_gates_is_no_barrier() -> None:
    """Only the last layer moves."""
    pair = random_pair("relu")
    last = {name: pair.theta_b[name] for name in ("layers.4.weight", "layers.4.bias")}
    only = Pair(pair.landscape, pair.theta_a, pair.theta_a.replace(last))
    result = module.check(only)
    assert result.letters["commuted"] == result.letters["gated"] == 0
    assert result.measured.value <= result.comparisons[0].tolerance
    assert barrier(only).value <= tolerances.SOLVED


@pytest.mark.parametrize("pair", [t9(), f10(), d3(), fold(), m4()], ids=lambda pair: pair.name)
def test_the_fixtures_hold(pair: Pair) -> None:
    assert module.check(pair).verdict in {Verdict.HOLDS, Verdict.VACUOUS}


def test_a_loss_without_layers_is_inapplicable() -> None:
    result = module.check(p2())
    assert result.verdict is Verdict.INAPPLICABLE
    assert result.comparisons == ()


def test_gelu_stretches_what_it_is_given() -> None:
    ((name, pair),) = module.necessity()
    result = module.check(pair)
    assert name == "LIPSCHITZ"
    assert [c.holds for c in result.comparisons] == [False, False, True]
    assert 1.1 < result.comparisons[0].ratio < 1.13


def test_activations_that_stretch_nothing() -> None:
    u = np.linspace(-10, 10, 4001)
    for name in NAMES:
        assert bool(ACTIVATIONS[name].first(u).max() <= 1) is (name in module.STRETCHES_NOTHING)


def test_hunt() -> None:
    found = hunt(module.SLUG, 100)
    assert found.violations == []
    assert found.verdicts["HOLDS"] >= 90
    assert found.ratios["output error at 1/2"] == pytest.approx(1.0, rel=tolerances.SOLVED)


def test_without_the_gate_part_the_bound_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(birth, "relu_defect", lambda z_a, z_b, t: np.zeros_like(z_a))
    assert module.check(fold()).verdict is Verdict.VIOLATED


def test_norms_of_the_wrong_end_are_noticed() -> None:
    """W_a in place of W_t: the recursion does not close."""
    net = MLP((1, 1, 1, 1), "relu", SquaredLoss(), Data([[1.0]], [[0.0]]), bias=False)
    pair = Pair(net, net.point([[1.0]], [[1.0]], [[1.0]]), net.point([[2.0]], [[3.0]], [[5.0]]))
    layers, t = births(pair).layers, 0.5
    assert max(layer.residual for layer in layers) == 0
    inner = -t * (1 - t) * (2 - 1) * (3 - 1)
    assert births(pair).error == abs(inner * 3 - t * (1 - t) * (6 - 1) * (5 - 1))
    assert births(pair).error != abs(inner * 1 - t * (1 - t) * (6 - 1) * (5 - 1))


@pytest.mark.parametrize("activation", ["relu", "tanh", "gelu"])
def test_torch_gives_the_same_numbers(activation: str) -> None:
    pytest.importorskip("torch")
    from toykit.bridge.landscapes.layered import from_toy, translated

    pair = random_pair(activation)
    there = from_toy(pair.landscape)
    other = Pair(there, *(translated(end, pair.landscape, there) for end in (pair.theta_a, pair.theta_b)))
    here, moved = module.check(pair), module.check(other)
    assert moved.verdict is here.verdict
    for one, two in zip(here.comparisons[:2], moved.comparisons[:2], strict=True):
        assert two.measured.value == pytest.approx(one.measured.value, rel=tolerances.TORCH64)
        assert two.bound.value == pytest.approx(one.bound.value, rel=tolerances.TORCH64)


@pytest.mark.parametrize("name", ["Sigmoid", "SiLU"])
def test_activations_of_torch_alone(name: str) -> None:
    torch = pytest.importorskip("torch")
    from toykit.bridge import LayeredTorch

    nn, draw = torch.nn, generator("activations of torch alone")
    network = nn.Sequential(nn.Linear(3, 5), getattr(nn, name)(), nn.Linear(5, 3))
    net = LayeredTorch(network, CrossEntropy(), gaussian_clusters(count=12, width=3))
    ends = (net.parameters().map(lambda array: like(draw.normal(size=tuple(array.shape)), array)) for _ in range(2))
    result = module.check(Pair(net, *ends))
    assert result.verdict is (Verdict.HOLDS if name == "Sigmoid" else Verdict.INAPPLICABLE)
    assert all(c.holds for c in result.comparisons)
