from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from toykit.activations import leaky_relu
from toykit.arrays import to_numpy
from toykit.bridge import LayeredTorch, TorchLandscape, from_toy, landscape, mlp, translated
from toykit.bridge.evaluating.columns import FEATURES
from toykit.chord import grid
from toykit.data import gaussian_clusters, teacher_student
from toykit.errors import InputError
from toykit.landscape import Landscape, Layered
from toykit.losses import CrossEntropy, SquaredLoss
from toykit.networks.mlp import MLP
from toykit.parameters import chord_point
from toykit.seeds import generator
from toykit.tolerances import TORCH32, TORCH64

CLUSTERS, REGRESSION = gaussian_clusters(), teacher_student(outputs=2)
NETS = [
    ((5, 7, 6, 3), "relu", CrossEntropy(), True),
    ((5, 7, 6, 3), "tanh", CrossEntropy(), (True, False, True)),
    ((5, 4, 3), "gelu", SquaredLoss(), True),  # labels as one-hot rows
    ((5, 4, 4, 4, 3), "softplus", CrossEntropy(), True),
    ((4, 8, 8, 2), leaky_relu(0.2), SquaredLoss(), True),
    ((4, 3, 3, 2), "identity", SquaredLoss(1.0), False),
    ((4, 2), "identity", SquaredLoss(0.3), True),
]


@pytest.fixture(params=NETS, ids=lambda net: f"{'-'.join(map(str, net[0]))} {net[1] if isinstance(net[1], str) else net[1].name}")
def toy(request: pytest.FixtureRequest) -> MLP:
    widths, activation, loss, bias = request.param
    return MLP(widths, activation, loss, CLUSTERS if widths[0] == 5 else REGRESSION, bias)


def both(toy: MLP, **options: object) -> tuple[list[object], list[object], LayeredTorch]:
    twin = from_toy(toy, **options)
    thetas = [toy.draw(generator("bridge endpoints", number)) for number in (0, 1)]
    return list(thetas), [translated(theta, toy, twin) for theta in thetas], twin


def test_numpy_and_torch_are_one_landscape(toy: MLP, device: str) -> None:
    (a, b), (ta, tb), twin = both(toy, device=device)
    ts = grid(7)
    assert isinstance(twin, Landscape)
    assert isinstance(twin, Layered)
    assert twin.loss(ta) == pytest.approx(toy.loss(a), rel=TORCH64)
    assert twin.error(ta) == toy.error(a)
    assert np.allclose(twin.profile(ta, tb, ts), toy.profile(a, b, ts), rtol=TORCH64)
    assert np.allclose(twin.losses([ta, tb]), toy.losses([a, b]), rtol=TORCH64)
    for t in (0.0, 0.37, 1.0):
        assert np.allclose(twin.jet(ta, tb, t), toy.jet(a, b, t), rtol=TORCH64)
    assert twin.curvature(ta, tb) == pytest.approx(toy.curvature(a, b), rel=TORCH64)
    ours, theirs = toy.gradient(a), translated(twin.gradient(ta), twin, toy)
    assert (ours - theirs).norm() <= TORCH64 * ours.norm()


def test_numpy_and_torch_have_the_same_layers(toy: MLP) -> None:
    (a, _), (ta, _), twin = both(toy)
    assert (twin.depth, twin.widths, twin.activation.name) == (toy.depth, toy.widths, toy.activation.name)
    assert twin.activation.negative_slope == toy.activation.negative_slope
    assert np.array_equal(to_numpy(twin.inputs), toy.inputs)
    assert np.array_equal(to_numpy(twin.targets), toy.targets)
    for layer in range(1, toy.depth + 1):
        assert np.allclose(to_numpy(twin.preactivations(ta, layer)), toy.preactivations(a, layer), rtol=TORCH64, atol=TORCH64)
        assert np.allclose(to_numpy(twin.features(ta, layer - 1)), toy.features(a, layer - 1), rtol=TORCH64, atol=TORCH64)
    assert twin.loss_of_outputs(twin.outputs(ta)) == pytest.approx(toy.loss(a), rel=TORCH64)


def test_numpy_and_torch_declare_the_same(toy: MLP) -> None:
    found, expected = from_toy(toy).traits, toy.traits
    assert (found.smooth, found.analytic, found.loss) == (expected.smooth, expected.analytic, expected.loss)
    assert (found.convex_in_outputs, found.nonnegative, found.full_batch) == (True, True, True)
    assert found.factor == expected.factor
    assert expected.chance is not None
    assert found.chance == pytest.approx(expected.chance, rel=TORCH64)


def test_float32_says_so_and_agrees_to_its_precision(toy: MLP) -> None:
    (a, b), (ta, tb), twin = both(toy, dtype=torch.float32)
    assert twin.traits.precision == "float32"
    assert all(array.dtype == torch.float32 for array in twin.parameters().values())
    assert np.allclose(twin.profile(ta, tb, grid(5)), toy.profile(a, b, grid(5)), rtol=TORCH32)


@pytest.mark.parametrize("loss", [nn.CrossEntropyLoss(), nn.CrossEntropyLoss(label_smoothing=0.1), nn.MSELoss()], ids=repr)
@pytest.mark.parametrize("examples", [1, 999, 2000])
def test_the_fast_profile_equals_the_plain_loop(monkeypatch: pytest.MonkeyPatch, loss: nn.Module, examples: int) -> None:
    monkeypatch.setitem(FEATURES, "cpu", 3000)  # several blocks, the last one shorter
    monkeypatch.setattr("toykit.bridge.evaluating.columns.SHARED", 9000)  # fewer positions together than there are
    draw = torch.Generator().manual_seed(1)
    inputs, targets = torch.randn((examples, 5), generator=draw), torch.randint(0, 4, (examples,), generator=draw)
    fast = LayeredTorch(mlp((5, 9, 7, 4)), loss, (inputs, targets))
    a, b = (fast.parameters(mlp((5, 9, 7, 4), seed=number)) for number in (1, 2))
    assert np.allclose(fast.profile(a, b, grid(11)), TorchLandscape.profile(fast, a, b, grid(11)), rtol=TORCH64)
    assert np.allclose(fast.profile(a, b, np.array([0.3])), fast.loss(chord_point(a, b, 0.3)), rtol=TORCH64)


def test_cross_entropy_neither_overflows_nor_loses_small_losses() -> None:
    net = LayeredTorch(mlp((1, 1, 2), "identity", bias=False), nn.CrossEntropyLoss(), (torch.tensor([[1.0]]), torch.tensor([0])))
    for margin, expected in ((-1000.0, 1000.0), (40.0, np.exp(-40.0))):
        theta = net.parameters({"0.weight": torch.tensor([[1.0]]), "2.weight": torch.tensor([[margin], [0.0]])})
        assert net.profile(theta, theta, grid(2))[0] == pytest.approx(expected, rel=TORCH64)


def test_the_factory_finds_the_chains() -> None:
    relu, data = nn.ReLU(), (torch.zeros(3, 4), torch.zeros(3, dtype=torch.int64))
    shared = nn.Linear(4, 4)
    chains = [
        nn.Sequential(nn.Linear(4, 5), relu, nn.Linear(5, 5), relu, nn.Linear(5, 2)),
        nn.Sequential(nn.Flatten(), nn.Linear(4, 5), nn.Identity(), nn.Tanh(), nn.Dropout(), nn.Linear(5, 2)).eval(),
        nn.Linear(4, 2),
    ]
    others = [
        nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 2)),
        nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 5), nn.Linear(5, 2)),
        nn.Sequential(nn.ReLU(), nn.Linear(4, 2)),
        nn.Sequential(nn.Linear(4, 2), nn.ReLU()),
        nn.Sequential(shared, nn.ReLU(), shared),
    ]
    assert [type(landscape(module, nn.CrossEntropyLoss(), data)) for module in chains] == [LayeredTorch] * 3
    assert [type(landscape(module, nn.CrossEntropyLoss(), data)) for module in others] == [TorchLandscape] * 5
    with pytest.raises(InputError, match="takes any module"):
        LayeredTorch(others[0], nn.CrossEntropyLoss(), data)


def test_the_mean_squared_loss_declares_its_factor() -> None:
    data = (torch.zeros(4, 2), torch.zeros(4, 5))
    assert LayeredTorch(mlp((2, 5)), nn.MSELoss(), data).traits.factor == 1 / 5
    assert LayeredTorch(mlp((2, 5)), nn.L1Loss(), data).traits.factor is None


def test_names_are_the_modules_own() -> None:
    net = LayeredTorch(mlp((2, 3, 1), bias=(True, False)), nn.MSELoss(), (torch.zeros(4, 2), torch.zeros(4, 1)))
    assert [net.weight_name(1), net.bias_name(1), net.weight_name(2), net.bias_name(2)] == [
        "0.weight",
        "0.bias",
        "2.weight",
        None,
    ]
    assert list(net.parameters()) == ["0.weight", "0.bias", "2.weight"]
