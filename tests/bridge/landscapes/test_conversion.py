"""Modules of any class as layered networks: same names, same numbers, and one sentence where it cannot be."""

import copy

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.barriers import certified_barrier
from toykit.bridge import LayeredTorch, TorchLandscape, landscape
from toykit.bridge.landscapes.conversion import could_be_dense, traced_chain
from toykit.chord import grid
from toykit.errors import InputError
from toykit.landscape import Layered, Pair
from toykit.seeds import generator
from toykit.tolerances import TORCH64


class Functional(nn.Module):
    """Functional calls, own parameters, dropout, a flatten, a loop."""

    def __init__(self, activation: str = "relu", bias: bool = True) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.full((6, 8), 0.1))
        self.shift = nn.Parameter(torch.zeros(6)) if bias else None
        self.rest = nn.ModuleList([nn.Linear(6, 5, bias=bias), nn.Linear(5, 3)])
        self.activation, self.dropout = activation, nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        act = {
            "relu": functional.relu,
            "leaky_relu": lambda u: functional.leaky_relu(u, 0.2),
            "tanh": torch.tanh,
            "gelu": functional.gelu,
            "softplus": functional.softplus,
        }[self.activation]
        x = functional.linear(x.reshape(x.shape[0], -1), self.first, self.shift)
        for layer in self.rest:
            x = layer(functional.dropout(self.dropout(act(x)), 0.3, self.training))
        return x


def images(count: int = 12) -> tuple[Tensor, Tensor]:
    draw = generator("conversion", 1)
    return torch.from_numpy(draw.normal(size=(count, 2, 2, 2))), torch.from_numpy(draw.integers(0, 3, size=count))


def noisy(module: nn.Module, number: int) -> nn.Module:
    draw, own = generator("conversion ends", number), copy.deepcopy(module)
    with torch.no_grad():
        for array in own.parameters():
            array += torch.from_numpy(draw.normal(size=tuple(array.shape))).to(array)
    return own


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "gelu", "softplus"])
def test_a_functional_network_becomes_layered(activation: str) -> None:
    module, data = Functional(activation).eval(), images()
    layered, plain = (kind(module, nn.CrossEntropyLoss(), data) for kind in (landscape, TorchLandscape))
    assert isinstance(layered, LayeredTorch)
    assert isinstance(layered, Layered)
    assert (layered.depth, layered.widths, layered.activation.name) == (3, (6, 5), activation)
    assert [layered.weight_name(n) for n in (1, 2, 3)] == ["first", "rest.0.weight", "rest.1.weight"]
    assert [layered.bias_name(n) for n in (1, 2, 3)] == ["shift", "rest.0.bias", "rest.1.bias"]
    assert layered.inputs.shape == (12, 8)
    a, b = (layered.parameters(noisy(module, number)) for number in (1, 2))
    assert np.allclose(layered.profile(a, b, grid(5)), plain.profile(a, b, grid(5)), rtol=TORCH64)
    assert np.allclose(layered.jet(a, b, 0.3), plain.jet(a, b, 0.3), rtol=TORCH64)
    assert torch.allclose(layered.preactivations(a, 3), plain.outputs(a), rtol=TORCH64)


def test_layers_without_biases_and_a_nested_sequential() -> None:
    found = landscape(Functional(bias=False).eval(), nn.CrossEntropyLoss(), images())
    assert isinstance(found, LayeredTorch)
    assert [found.bias_name(n) for n in (1, 2, 3)] == [None, None, "rest.1.bias"]
    inner = nn.Sequential(nn.Linear(8, 4), nn.Tanh())
    nested = landscape(nn.Sequential(nn.Flatten(), inner, nn.Sequential(nn.Linear(4, 3))), nn.CrossEntropyLoss(), images())
    assert isinstance(nested, LayeredTorch)
    assert nested.weight_name(1) == "1.0.weight"


def test_a_converted_network_has_a_certified_barrier() -> None:
    module = Functional("tanh").eval()
    for kind in (landscape, TorchLandscape):
        found = kind(module, nn.CrossEntropyLoss(), images())
        ends = [found.parameters(noisy(module, number)) for number in (1, 2)]
        assert certified_barrier(Pair(found, *ends), relative=1e-2, seconds=10).hi > 0


class Wrong(nn.Module):
    def __init__(self, what: str) -> None:
        super().__init__()
        self.what, self.one, self.two = what, nn.Linear(8, 8), nn.Linear(8, 3)
        self.conv, self.fixed = nn.Conv2d(2, 2, 1), nn.Buffer(torch.ones(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        match self.what:
            case "pool":
                x = functional.avg_pool2d(x, 2).flatten(1).repeat(1, 4)
            case "conv":
                x = self.conv(x)
            case "transposed":
                x = x.transpose(1, 3)
            case "buffer":
                x = functional.linear(x.flatten(1), self.fixed)
        x = functional.relu(self.one(x.flatten(1)))
        match self.what:
            case "residual":
                x = x + functional.relu(self.one(x))
            case "tied":
                x = functional.relu(self.one(x))
            case "two activations":
                x = torch.tanh(functional.linear(x, self.conv.weight.new_ones(1)[:, None] * self.one.weight))
            case "different":
                return torch.nn.functional.tanh(self.two(x))
            case "softmax":
                return functional.log_softmax(self.two(x), 1)
            case "max":
                x = functional.max_pool1d(x[:, None], 1)[:, 0]
        found: Tensor = self.two(x)
        return found


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("pool", r"before the first one a flatten at most; got avg_pool2d .*\(n, 2, 1, 1\)"),
        ("conv", r"before the first one a flatten at most; got conv2d in conv"),
        ("transposed", "a flatten at most; got permute"),
        ("buffer", "every dense layer has parameters of its own; got linear"),
        ("residual", "one line without branches; got"),
        ("tied", "every dense layer has parameters of its own; got linear in one"),
        ("two activations", "one line without branches|an array of the state dict"),
        ("different", "the last operator is a dense layer; got tanh"),
        ("softmax", "got log_softmax"),
        ("max", "between dense layers there is one activation.*; got"),
    ],
)
def test_what_does_not_fit_says_so(what: str, sentence: str) -> None:
    data = images()
    with pytest.raises(InputError, match=sentence) as caught:
        LayeredTorch(Wrong(what), nn.CrossEntropyLoss(), data)
    assert "takes any module" in str(caught.value)
    assert not isinstance(landscape(Wrong(what), nn.CrossEntropyLoss(), data), LayeredTorch)


def test_networks_that_cannot_be_dense_are_not_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toykit.bridge.landscapes.conversion.trace", lambda *_: pytest.fail("traced"))
    module = nn.Sequential(nn.Conv2d(2, 3, 2), nn.ReLU(), nn.Flatten(), nn.Linear(3, 3))
    assert not could_be_dense(module)
    assert not isinstance(landscape(module, nn.CrossEntropyLoss(), images()), LayeredTorch)


def test_a_sequential_and_its_graph_give_one_chain() -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(8, 4), nn.LeakyReLU(0.3), nn.Linear(4, 3, bias=False))
    found = traced_chain(module, images()[0].float())
    assert (found.weights, found.biases) == (["1.weight", "3.weight"], ["1.bias", None])
    assert (found.activation.name, found.activation.negative_slope) == ("leaky_relu", 0.3)
