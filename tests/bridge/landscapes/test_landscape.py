from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from toykit.bridge import Criterion, TorchLandscape
from toykit.chord import grid
from toykit.errors import InputError, NonFiniteError, ShapeError
from toykit.landscape import Landscape
from toykit.parameters import Parameters, chord_point
from toykit.tolerances import DIFFERENCE, ROUNDING, SOLVED, TORCH64


def tensors(*shape: int, classes: int = 3, number: int = 0) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(number)
    return torch.randn(shape, generator=draw, dtype=torch.float64), torch.randint(0, classes, shape[:1], generator=draw)


class Convolutional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.out = nn.Conv2d(1, 2, 3), nn.GroupNorm(1, 2), nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(functional.max_pool2d(torch.relu(self.norm(self.conv(x))), 2).flatten(1))
        return found


class Attention(nn.Module):
    """Forward mode has no rule for its kernel, and a wrong one for layer normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.norm, self.out = nn.Linear(4, 4), nn.LayerNorm(4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        rows = self.norm(torch.tanh(self.inside(x)))[:, None]
        found: Tensor = self.out(functional.scaled_dot_product_attention(rows, rows, rows)[:, 0])
        return found


MODULES = {
    "convolutional": (Convolutional, (10, 1, 6, 6)),
    "layer norm": (lambda: nn.Sequential(nn.Linear(4, 5), nn.LayerNorm(5), nn.Tanh(), nn.Linear(5, 3)), (10, 4)),
    "attention": (Attention, (10, 4)),
    "batch norm": (lambda: nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3)).eval(), (10, 4)),
}


@pytest.fixture(params=MODULES)
def net(request: pytest.FixtureRequest, device: str) -> TorchLandscape:
    factory, shape = MODULES[request.param]
    return TorchLandscape(factory(), nn.CrossEntropyLoss(), tensors(*shape), device=device, statistics="move", chunk=3)


def endpoints(net: TorchLandscape) -> tuple[Parameters, Parameters]:
    draw = torch.Generator().manual_seed(7)
    a = net.parameters()
    return a, a.map(lambda array: array + 0.3 * torch.rand(array.shape, generator=draw, dtype=array.dtype).to(array.device))


def test_jets_equal_their_naive_twin_on_any_module(net: TorchLandscape) -> None:
    a, b = endpoints(net)
    assert isinstance(net, Landscape)
    for t in (0.0, 0.4):
        twin = net.jet_by_backward(chord_point(a, b, t), b - a)
        assert np.allclose(net.jet(a, b, t), twin, rtol=SOLVED, atol=ROUNDING)
    assert net.curvature(a, b - a) == pytest.approx(net.jet(a, b, 0.0).curvature, rel=TORCH64)


def test_forward_mode_is_used_where_it_is_right_and_only_there() -> None:
    for name, right in {"convolutional": True, "batch norm": True, "layer norm": False, "attention": False}.items():
        factory, shape = MODULES[name]
        net = TorchLandscape(factory(), nn.CrossEntropyLoss(), tensors(*shape), statistics="move")
        net.curvature(*endpoints(net))
        assert net._forward_mode is right, name


def test_jets_and_gradient_are_derivatives_of_the_profile(net: TorchLandscape) -> None:
    a, b = endpoints(net)
    h = 1e-4
    before, here, after = net.profile(a, b, np.array([0.4 - h, 0.4, 0.4 + h]))
    value, slope, curvature = net.jet(a, b, 0.4)
    assert value == pytest.approx(here, rel=TORCH64)
    assert slope == pytest.approx((after - before) / (2 * h), rel=DIFFERENCE, abs=DIFFERENCE)
    assert curvature == pytest.approx((after - 2 * here + before) / h**2, rel=100 * DIFFERENCE, abs=100 * DIFFERENCE)
    assert net.gradient(chord_point(a, b, 0.4)).dot(b - a) == pytest.approx(slope, rel=TORCH64)


def test_chunks_change_nothing(net: TorchLandscape) -> None:
    a, b = endpoints(net)
    whole = copy.copy(net)
    whole._chunk = net.count
    assert net.loss(a) == pytest.approx(whole.loss(a), rel=TORCH64)
    assert net.error(a) == whole.error(a)
    assert (net.gradient(a) - whole.gradient(a)).norm() <= TORCH64 * whole.gradient(a).norm()
    assert np.allclose(net.jet(a, b, 0.2), whole.jet(a, b, 0.2), rtol=TORCH64)


def test_a_weighted_loss_is_not_averaged_over_chunks() -> None:
    data, module = tensors(10, 4), nn.Linear(4, 3).double()
    loss = nn.CrossEntropyLoss(weight=torch.tensor([1.0, 5.0, 0.125]))
    found = TorchLandscape(module, loss, data, chunk=3)
    expected = functional.cross_entropy(module(data[0]), data[1], weight=torch.tensor([1.0, 5.0, 0.125], dtype=torch.float64))
    assert found.loss(found.parameters()) == pytest.approx(expected.item(), rel=TORCH64)
    assert found.traits.chance is None
    assert found.traits.convex_in_outputs


def test_nothing_that_is_handed_in_changes() -> None:
    module = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 3)).train()
    inputs, targets = tensors(8, 4)
    own = torch.Generator().manual_seed(3)
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=3, shuffle=True, generator=own)
    state, kept = copy.deepcopy(module.state_dict()), (inputs.clone(), targets.clone(), own.get_state(), torch.get_rng_state())
    drawing = DataLoader(TensorDataset(inputs, targets), shuffle=True)  # from the global generator
    for data in ((inputs, targets), loader, drawing):
        net = TorchLandscape(module, nn.CrossEntropyLoss(), data, mode="eval", statistics="move")
        a = net.parameters()
        net.jet(a, 2 * a, 0.5)
        net.gradient(a)
        net.profile(a, 2 * a, grid(3))
    assert module.training
    assert all(part.training for part in module.modules())
    assert all(p.requires_grad and p.grad is None and p.dtype == torch.float32 for p in module.parameters())
    assert all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    assert torch.equal(inputs, kept[0])
    assert torch.equal(targets, kept[1])
    assert torch.equal(own.get_state(), kept[2])
    assert torch.equal(torch.get_rng_state(), kept[3])


def test_a_loader_is_read_in_order() -> None:
    inputs, targets = tensors(8, 4)
    module = nn.Linear(4, 3)
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=3)
    nets = [TorchLandscape(module, nn.CrossEntropyLoss(), data) for data in ((inputs, targets), loader)]
    assert torch.equal(nets[0].inputs, nets[1].inputs)
    assert torch.equal(nets[0].targets, nets[1].targets)
    assert nets[0].loss(nets[0].parameters()) == nets[1].loss(nets[1].parameters())


def test_a_loss_of_ones_own_declares_what_is_true_of_it() -> None:
    def hinge(outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.multi_margin_loss(outputs, targets)

    data = tensors(8, 4)
    silent, told = (TorchLandscape(nn.Linear(4, 3), hinge, data, convex_in_outputs=c).traits for c in (None, True))
    assert (silent.convex_in_outputs, told.convex_in_outputs, silent.loss, silent.chance) == (False, True, "hinge", None)
    full = TorchLandscape(nn.Linear(4, 3), Criterion(hinge, "hinge", convex=True, nonnegative=True), data).traits
    assert (full.convex_in_outputs, full.nonnegative, full.smooth) == (True, True, False)
    net = TorchLandscape(nn.Linear(4, 3), nn.HuberLoss(), (data[0], data[0][:, :3]))  # no forward-mode rule: falls back
    a = net.parameters()
    assert np.allclose(net.jet(a, 2 * a, 0.5), net.jet_by_backward(1.5 * a, a), rtol=TORCH64)


def test_chance_is_the_loss_of_the_best_constant() -> None:
    inputs, targets = tensors(40, 4)
    for loss in (nn.CrossEntropyLoss(), nn.MSELoss()):
        net = TorchLandscape(nn.Linear(4, 3), loss, (inputs * 0, targets))
        constant = net.parameters({"weight": torch.zeros(3, 4), "bias": torch.zeros(3)})
        for _ in range(400):
            constant -= 0.9 * net.gradient(constant)
        assert net.traits.chance == pytest.approx(net.loss(constant), rel=SOLVED)


def endless() -> DataLoader[Tensor]:
    class Endless(IterableDataset[Tensor]):
        def __iter__(self) -> object:
            while True:
                yield torch.zeros(4)

    return DataLoader(Endless())


LINEAR, DATA = nn.Linear(4, 3), tensors(6, 4)
REFUSED = {
    "no CUDA": (LINEAR, DATA, {"device": "cuda:99"}, InputError, "torch sees"),
    "unknown device": (LINEAR, DATA, {"device": "abacus"}, InputError, "use device='cpu'"),
    "integer dtype": (LINEAR, DATA, {"dtype": torch.int64}, InputError, "floating"),
    "labels": (LINEAR, (DATA[0], DATA[1][:5]), {}, ShapeError, "one target"),
    "infinite": (LINEAR, (DATA[0] / 0, DATA[1]), {}, NonFiniteError, "data are finite"),
    "negative label": (LINEAR, (DATA[0], DATA[1] - 3), {}, InputError, "from 0"),
    "too many classes": (LINEAR, (DATA[0], DATA[1] + 2), {}, InputError, "an output per class"),
    "empty": (LINEAR, (DATA[0][:0], DATA[1][:0]), {}, InputError, "at least one"),
    "kind": (LINEAR, "mnist", {}, InputError, "DataLoader"),
    "endless": (LINEAR, endless(), {}, InputError, "finite data"),
    "other width": (nn.Linear(5, 3), DATA, {}, InputError, "belong together"),
    "dropout": (nn.Sequential(LINEAR, nn.Dropout(0.5)), DATA, {}, InputError, "mode='eval'"),
    "train dropout": (nn.Sequential(LINEAR, nn.Dropout(0.5)), DATA, {"mode": "train"}, InputError, "random in train"),
    "batch norm": (nn.Sequential(LINEAR, nn.BatchNorm1d(3)), DATA, {}, InputError, "mode='eval'"),
    "mode": (LINEAR, DATA, {"mode": "test"}, InputError, "use mode='eval'"),
    "lazy": (nn.LazyLinear(3), DATA, {}, InputError, "lazy"),
}


@pytest.mark.filterwarnings("ignore:Lazy modules")
@pytest.mark.parametrize("name", REFUSED)
def test_bad_input_gets_one_sentence(name: str) -> None:
    module, data, options, kind, words = REFUSED[name]
    with pytest.raises(kind, match=re.escape(words)) as told:
        TorchLandscape(module, nn.CrossEntropyLoss(), data, **options)
    assert "\n" not in str(told.value)
    assert str(told.value).count(";") >= 2


def test_bad_losses_and_points_get_one_sentence() -> None:
    with pytest.raises(InputError, match="reduction='mean'"):
        TorchLandscape(LINEAR, nn.MSELoss(reduction="sum"), DATA)
    with pytest.raises(InputError, match="function of"):
        TorchLandscape(LINEAR, 3, DATA)
    with pytest.raises(ShapeError, match="shape of the outputs"):
        TorchLandscape(LINEAR, nn.MSELoss(), (DATA[0], DATA[0]))
    net = TorchLandscape(LINEAR, nn.CrossEntropyLoss(), DATA)
    with pytest.raises(NonFiniteError, match="2 non-finite"):
        net.loss(net.parameters().replace({"bias": torch.tensor([np.nan, 1.0, np.inf])}))
    with pytest.raises(ShapeError, match="another one"):
        net.loss(Parameters({"weight": torch.zeros(3, 4)}))
    with pytest.raises(ShapeError, match="belong to another"):
        net.parameters({"other": torch.zeros(1)})
    broken = nn.Linear(4, 3)
    nn.init.constant_(broken.bias, np.nan)
    with pytest.raises(NonFiniteError, match="diverging"):
        TorchLandscape(broken, nn.CrossEntropyLoss(), DATA)


def test_a_module_that_is_random_in_every_mode_is_refused() -> None:
    class Noisy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return functional.dropout(x)

    with pytest.raises(InputError, match="two calls of Noisy differ"):
        TorchLandscape(Noisy(), nn.CrossEntropyLoss(), DATA)
