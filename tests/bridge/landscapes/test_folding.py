"""Folded normalisation: the same function on VGG-11 with moved statistics, one closed example, and what is refused."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from toykit.bridge import folded, resnet20, vgg11
from toykit.bridge.landscapes.channel_chain import channel_chain
from toykit.bridge.landscapes.statistics import has_batch_norm
from toykit.errors import InputError
from toykit.tolerances import EXACT, TORCH32, TORCH64


def moved(module: nn.Module) -> nn.Module:
    """Statistics, weights and biases of every normalisation away from 0 and 1, in evaluation mode."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            for array, low, high in ((part.running_mean, -1, 1), (part.running_var, 0.5, 2)):
                array.uniform_(low, high)
            if part.affine:
                nn.init.uniform_(part.weight, 0.5, 2)
                nn.init.uniform_(part.bias, -1, 1)
    return module.eval()


@pytest.mark.parametrize(("dtype", "relative"), [(torch.float64, TORCH64), (torch.float32, TORCH32)])
def test_vgg11_is_the_same_function(dtype: torch.dtype, relative: float) -> None:
    module = moved(vgg11("batch", width=4)).to(dtype)
    names, images = list(module.state_dict()), torch.randn(5, 3, 32, 32, dtype=dtype, generator=torch.Generator().manual_seed(1))
    found = folded(module)
    with torch.no_grad():
        before, after = module(images), found(images)
    assert after.dtype == dtype
    assert float((before - after).abs().max()) <= relative * float(before.abs().max())
    assert not has_batch_norm(found)
    assert list(module.state_dict()) == names, "the module itself is not changed"
    assert not isinstance(channel_chain(found), str)
    assert "fold it first" in str(channel_chain(module))


def test_one_number_by_hand() -> None:
    """x = 3: Linear gives 2*3 + 1 = 7; (7 - 4) / sqrt(3 + 1) * 6 + 5 = 14, that is 6x - 4."""
    module = nn.Sequential(nn.Linear(1, 1), nn.BatchNorm1d(1, eps=1.0)).double()
    with torch.no_grad():
        for array, value in zip(module.parameters(), (2, 1, 6, 5), strict=True):
            array.fill_(value)
    module[1].running_mean.fill_(4)
    module[1].running_var.fill_(3)
    found = folded(module.eval()).requires_grad_(False)
    assert [float(p) for p in found.parameters()] == [6.0, -4.0]
    assert float((found(torch.full((1, 1), 3.0).double()) - 14).abs().max()) <= EXACT


def test_nested_parts_without_weights_or_bias() -> None:
    block = nn.Sequential(nn.Conv2d(2, 3, 3, bias=False), nn.Identity(), nn.BatchNorm2d(3, affine=False), nn.ReLU())
    module = moved(nn.Sequential(block, nn.Flatten(), nn.Linear(3, 2))).double()
    images = torch.randn(4, 2, 3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = folded(module)
    assert set(found.state_dict()) == {"0.0.weight", "0.0.bias", "2.weight", "2.bias"}
    torch.testing.assert_close(found(images), module(images), rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize(
    ("module", "what"),
    [
        (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2)), "training mode"),
        (nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2, track_running_stats=False)).eval(), "keeps no statistics"),
        (nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.BatchNorm1d(2)).eval(), "follows ReLU"),
        (nn.Sequential(nn.BatchNorm1d(2), nn.Linear(2, 2)).eval(), "follows nothing"),
        (nn.BatchNorm1d(2).eval(), "not a part of one"),
        (resnet20(width=2).eval(), "norm is not a part of one in ResNet"),
    ],
)
def test_what_cannot_be_folded_is_named(module: nn.Module, what: str) -> None:
    with pytest.raises(InputError, match=what):
        folded(module)


def test_a_shared_layer_is_not_folded() -> None:
    layer = nn.Linear(2, 2)
    with pytest.raises(InputError, match="of its own"):
        folded(nn.Sequential(layer, nn.BatchNorm1d(2), layer).eval())


def test_without_normalisation_nothing_happens() -> None:
    module = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    assert all(torch.equal(a, b) for a, b in zip(folded(module).parameters(), module.parameters(), strict=True))


class Normed(nn.Module):
    """Written as a class: a convolution and a dense layer, each with a normalisation behind."""

    def __init__(self, order: str = "after the layer") -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(2, 3, 3, bias=False), nn.BatchNorm2d(3)
        self.dense, self.norm1, self.out = nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)
        self.order = order

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = torch.relu(self.norm(x)) if self.order == "after the layer" else self.norm(torch.relu(x))
        x = torch.relu(self.norm1(self.dense(x.mean((2, 3)))))
        found: Tensor = self.out(x)
        return found


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def test_a_class_is_folded_along_its_graph() -> None:
    module, images = moved(Normed()).double(), drawn(4, 2, 5, 5)
    found = folded(module, images)
    torch.testing.assert_close(found(images), module(images), rtol=TORCH64, atol=TORCH64)
    assert not has_batch_norm(found)
    assert {"conv.weight", "conv.bias", "dense.weight", "dense.bias"} <= set(found.state_dict())
    assert has_batch_norm(module), "the module itself is not changed"


def test_a_residual_network_is_folded_along_its_graph() -> None:
    module = moved(resnet20(width=2)).double()
    images = drawn(2, 3, 16, 16)
    torch.testing.assert_close(folded(module, images)(images), module(images), rtol=TORCH64, atol=TORCH64)


def test_what_stands_behind_an_activation_is_not_folded() -> None:
    with pytest.raises(InputError, match="norm follows nothing of its own"):
        folded(moved(Normed("behind the activation")), drawn(4, 2, 5, 5))
