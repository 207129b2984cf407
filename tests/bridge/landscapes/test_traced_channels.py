"""Convolutional networks written as classes: the chain on their graph, the paths in it, and one sentence where there is none."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge import ChannelTorch, LayeredTorch, TorchLandscape, folded, landscape, resnet20, vgg11
from toykit.bridge.landscapes.channel_chain import channel_chain
from toykit.bridge.landscapes.traced_channels import could_be_channels, traced_channels
from toykit.checks.connectivity import rebuilt_features
from toykit.connectivity import Layers, build, relocate, solve_all, tasks, typed
from toykit.connectivity.above import features64
from toykit.connectivity.units import units
from toykit.data import Data
from toykit.landscape import Channelled, Pair
from toykit.losses import CrossEntropy
from toykit.seeds import generator
from toykit.tolerances import ROUNDING, TORCH64
from toykit.verdict import Trust, Verdict


class Written(nn.Module):
    """8x8 pixels; two convolutions, a pool behind each, 2x2 maps at the flatten, two dense layers: all by functional calls."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding="same", bias=False)
        self.hidden, self.out, self.dropout = nn.Linear(32, 24), nn.Linear(24, 2), nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.max_pool2d(functional.relu(self.conv1(x.view(-1, 1, 8, 8))), 2)
        x = torch.flatten(functional.adaptive_avg_pool2d(functional.relu(self.conv2(x)), 2), 1)
        found: Tensor = self.out(functional.dropout(functional.relu(self.hidden(x)), 0.3, self.training))
        return found


def sequence(module: Written) -> nn.Sequential:
    """The same network, written as a sequence."""
    front = nn.Unflatten(1, (1, 8, 8)), module.conv1, nn.ReLU(), nn.MaxPool2d(2)
    inside = module.conv2, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten()
    return nn.Sequential(*front, *inside, module.hidden, nn.ReLU(), module.out)


def images(count: int = 8) -> Data:
    return Data(generator("images of classes").normal(size=(count, 64)), np.arange(count) % 2, 2)


def pair() -> Pair:
    first, second = Written().eval(), Written().eval()
    made = landscape(first, CrossEntropy(), images())
    assert isinstance(made, ChannelTorch)
    return Pair(made, made.parameters(first), made.parameters(second))


def test_a_class_and_a_sequence_are_one_chain() -> None:
    module = Written().eval()
    made, twin = (landscape(each, CrossEntropy(), images()) for each in (module, sequence(module)))
    assert isinstance(made, ChannelTorch)
    assert isinstance(twin, ChannelTorch)
    assert isinstance(made, Channelled)
    assert [made.weight_name(layer) for layer in range(1, 5)] == ["conv1.weight", "conv2.weight", "hidden.weight", "out.weight"]
    assert [made.bias_name(layer) for layer in range(1, 5)] == ["conv1.bias", None, "hidden.bias", "out.bias"]
    assert made.activation == twin.activation
    theta, other = made.parameters(module), twin.parameters(sequence(module))
    found, same = Layers.of(made, theta), Layers.of(twin, other)
    assert (found.sizes, found.spreads, found.kernels) == (same.sizes, same.spreads, same.kernels)
    for layer in range(4):
        torch.testing.assert_close(made.features(theta, layer), twin.features(other, layer), rtol=TORCH64, atol=TORCH64)
        fresh = made.above(layer, Data(features64(made, theta, layer), made.targets.numpy(), 2), made.widths[layer:])
        old = {fresh.weight_name(p - layer): theta[made.weight_name(p)] for p in range(layer + 1, 5)}
        old |= {fresh.bias_name(p - layer): theta[made.bias_name(p)] for p in range(layer + 1, 5) if made.bias_name(p)}
        torch.testing.assert_close(fresh.outputs(fresh.parameters(old)), made.outputs(theta), rtol=TORCH64, atol=TORCH64)


def test_a_channel_owns_a_block_of_columns_of_a_class_too() -> None:
    """Four columns per channel behind the flatten of 2x2 maps; to move only the first of them changes the outputs."""
    given = pair()
    layers = Layers.of(given.landscape, given.theta_a)
    assert layers.spreads == {3: 4}
    assert layers.cols(3, units([1])).tolist() == [4, 5, 6, 7]
    free = given.theta_a.replace({"hidden.weight": given.theta_a["hidden.weight"].clone()})
    free["hidden.weight"][:, layers.cols(3, units([5]))] = 0  # nobody reads channel 5: it is a free slot
    moves = {2: (units([0]), units([5]))}
    right = relocate(layers, free, moves)
    assert "?" not in typed(given.landscape, right).kinds
    outputs = given.landscape.outputs(free)
    torch.testing.assert_close(given.landscape.outputs(right.waypoints[-1]), outputs, rtol=TORCH64, atol=TORCH64)
    alone = Layers(layers.sizes, layers.weights, layers.biases)  # as if each channel had one column
    wrong = relocate(alone, free, moves)
    assert "?" in typed(given.landscape, wrong).kinds
    assert float((given.landscape.outputs(wrong.waypoints[-1]) - outputs).abs().max()) > ROUNDING


def test_paths_in_a_class_have_the_predicted_maximum() -> None:
    given = pair()
    found = solve_all(tasks(given, draws=2, name="class"))
    a, b = ({layer: stage.small for (e, layer), stage in found.items() if e == end} for end in "ab")
    made = build(given, a, b)
    ends = [given.landscape.loss(theta) for theta in (given.theta_a, given.theta_b)]
    assert made.maximum.trust is Trust.EXACT
    assert made.maximum.value == pytest.approx(max(*ends, *(stage.loss for stage in found.values())), rel=ROUNDING)
    assert rebuilt_features.check(given, draws=2).verdict is Verdict.HOLDS


class Pooled(nn.Module):
    """Every pool, padding and shape that a class may have between its layers, over `axes` axes."""

    def __init__(self, axes: int) -> None:
        super().__init__()
        kind = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}[axes]
        self.axes, self.first, self.second, self.out = axes, kind(2, 4, 2), kind(4, 4, 2, padding=1), nn.Linear(4, 3)
        self.third = kind(4, 4, 2, padding=1, padding_mode="reflect")

    def forward(self, x: Tensor) -> Tensor:
        largest = [functional.max_pool1d, functional.max_pool2d, functional.max_pool3d][self.axes - 1]
        mean = [functional.avg_pool1d, functional.avg_pool2d, functional.avg_pool3d][self.axes - 1]
        adaptive = [functional.adaptive_max_pool1d, functional.adaptive_max_pool2d, functional.adaptive_max_pool3d]
        x = largest(functional.pad(torch.tanh(self.first(x)), (1, 0)), 2, stride=1, ceil_mode=True)
        x = adaptive[self.axes - 1](mean(torch.tanh(self.second(x)), 2, stride=1, padding=1, count_include_pad=False), 3)
        x = torch.tanh(self.third(x)).mean(tuple(range(2, self.axes + 2)), keepdim=self.axes == 1)
        found: Tensor = self.out(x.reshape(len(x), -1))
        return found


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_pools_and_paddings_of_any_dimension(axes: int) -> None:
    module = Pooled(axes).eval()
    data = Data(generator("pooled images", axes).normal(size=(3, 2, *[5] * axes)), [0, 1, 2], 3)
    made = landscape(module, CrossEntropy(), data)
    assert isinstance(made, ChannelTorch)
    theta = made.parameters()
    fresh = made.above(1, Data(features64(made, theta, 1), made.targets.numpy(), 3), made.widths[1:])
    old = {fresh.weight_name(p): theta[made.weight_name(p + 1)] for p in (1, 2, 3)}
    old |= {fresh.bias_name(p): theta[made.bias_name(p + 1)] for p in (1, 2, 3)}
    torch.testing.assert_close(fresh.outputs(fresh.parameters(old)), made.outputs(theta), rtol=TORCH64, atol=TORCH64)
    # each unit acts alone: without channel 0 in the first layer the other maps stay as they are
    dead = theta.replace({"first.weight": theta["first.weight"].clone()})
    dead["first.weight"][0] = 0
    torch.testing.assert_close(made.features(dead, 1)[:, 1:], made.features(theta, 1)[:, 1:], rtol=0, atol=0)


class Wrong(nn.Module):
    def __init__(self, what: str) -> None:
        super().__init__()
        groups = 2 if what == "groups" else 1
        self.what, self.one, self.two = what, nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1, groups=groups)
        self.back, self.out = nn.ConvTranspose2d(4, 4, 1), nn.Linear(4 if what == "pixels" else 36, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.relu(self.one(x))
        match self.what:
            case "residual":
                x = x + self.two(x)
            case "tied":
                x = torch.relu(self.two(torch.relu(self.two(x))))
            case "transposed":
                x = torch.relu(self.back(x))
            case "two activations":
                x = torch.tanh(self.two(x))
            case "channels last":
                return self.out(torch.relu(self.two(x)).permute(0, 2, 3, 1).flatten(1))
            case "pixels":
                return self.out(torch.relu(self.two(x)).flatten(2).transpose(1, 2)).mean(1)
            case "flattened pool":
                return self.out(functional.max_pool1d(torch.relu(self.two(x)).flatten(1), 1))
            case "mean of channels":
                x = torch.relu(self.two(x)).mean(1, keepdim=True).expand(-1, 4, -1, -1)
            case "scaled":
                x = torch.relu(self.two(x)) * self.two.bias.view(1, -1, 1, 1)
            case "no dense layer":
                return torch.relu(self.two(x)).mean((2, 3))
            case _:
                x = torch.relu(self.two(x))
        found: Tensor = self.out(x.flatten(1))
        return found


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("residual", "residual sum of the forward pass"),
        ("tied", "two.weight is used twice|parameters of its own"),
        ("transposed", "got conv_transpose2d in back"),
        ("two activations", "one and the same activation"),
        ("groups", "a convolution in 2 groups ties its units"),
        ("channels last", "one flatten.*; got permute"),
        ("pixels", r"one flatten.*; got (reshape|permute)"),
        ("flattened pool", "pools, paddings and one flatten.*; got"),
        ("mean of channels", "got mean"),
        ("scaled", "two.bias is used twice"),
        ("no dense layer", "the last weight layer is not dense"),
    ],
)
def test_what_is_no_chain_is_inapplicable_and_names_its_operator(what: str, sentence: str) -> None:
    data = Data(generator("wrong images").normal(size=(4, 2, 3, 3)), np.arange(4) % 3, 3)
    made = landscape(Wrong(what).eval(), CrossEntropy(), data)
    assert isinstance(made, TorchLandscape)
    assert not isinstance(made, ChannelTorch | LayeredTorch)
    theta = made.parameters()
    result = rebuilt_features.check(Pair(made, theta, theta * 0.5))
    assert result.verdict is Verdict.INAPPLICABLE
    assert re.search(sentence, result.reason), result.reason


class Normed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv, self.norm, self.out = nn.Conv2d(2, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.out(torch.relu(self.norm(self.conv(x))).flatten(1))
        return found


def test_batch_normalisation_of_a_class_is_folded_first() -> None:
    inputs = torch.as_tensor(generator("normed images").normal(size=(6, 2, 3, 3)))
    module, targets = Normed().double().eval(), torch.arange(6) % 3
    plain = landscape(module, CrossEntropy(), (inputs, targets), statistics="move")
    assert not isinstance(plain, ChannelTorch)
    assert "fold it first" in plain.why_no_layers()
    made = landscape(folded(module, inputs), CrossEntropy(), (inputs, targets))
    assert isinstance(made, ChannelTorch)
    torch.testing.assert_close(made.outputs(made.parameters()), plain.outputs(plain.parameters()), rtol=TORCH64, atol=TORCH64)


@pytest.mark.parametrize(
    "part", [nn.MaxPool2d(2, 1), nn.AvgPool2d(2, 1), nn.AdaptiveAvgPool2d((4, 5)), nn.ConstantPad2d(0, 1.0), nn.MaxPool3d(1)]
)
def test_a_pool_over_one_axis_more_would_mix_the_channels(part: nn.Module) -> None:
    """On maps (n, c, w) a pool over two axes takes c for height: it is refused where a pool over one axis is not."""
    module = nn.Sequential(nn.Conv1d(1, 4, 3), nn.ReLU(), part, nn.Flatten(), nn.LazyLinear(2))
    assert "not known to act unit by unit" in str(channel_chain(module))
    behind = nn.Sequential(nn.Linear(6, 4), nn.ReLU(), nn.AvgPool1d(1), nn.Linear(4, 2))
    assert "AvgPool1d in 2" in str(channel_chain(behind)), "it takes the units of a dense layer for pixels"
    flat = nn.Sequential(nn.Conv1d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.MaxPool1d(2), nn.Linear(8, 2))
    assert "MaxPool1d in 3" in str(channel_chain(flat)), "behind a flatten it takes channels and pixels for one axis"


def test_only_what_may_be_a_chain_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("toykit.bridge.landscapes.traced_channels.trace", lambda *_: pytest.fail("traced"))
    data = Data(generator("colour images").normal(size=(2, 3, 32, 32)), [0, 1], 10)
    for module in (resnet20("batch", width=2).eval(), resnet20("layer", width=2)):
        assert "chain" not in str(traced_channels(module, torch.as_tensor(data.inputs.copy())))
    assert not could_be_channels(nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2)))
    assert isinstance(landscape(vgg11("none", width=2), CrossEntropy(), data), ChannelTorch)


def test_the_module_is_not_changed_by_reading_it() -> None:
    module = Written().eval()
    before = copy.deepcopy(module.state_dict())
    given = landscape(module, CrossEntropy(), images())
    given.above(1, Data(features64(given, given.parameters(), 1), given.targets.numpy(), 2), (4, 12))
    assert all(torch.equal(before[name], array) for name, array in module.state_dict().items())
