"""The self-check sees every forgotten axis and every broken rule; what passes it on random networks is a symmetry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.models.transformers import language_model, vision_transformer
from toykit.bridge.tracing.flow import Axes, Flow
from toykit.bridge.tracing.graph import Node
from toykit.bridge.tracing.self_check import self_check
from toykit.bridge.tracing.symmetries import RULES, propagated, symmetries
from toykit.bridge.tracing.traced import trace
from toykit.seeds import generator
from toykit.seeds import seed as stable_seed
from toykit.symmetry import Axis, Group, Symmetries
from toykit.symmetry.layouts import Part
from toykit.tolerances import TORCH64


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stable_seed("self-check tests"))
        yield


class Small(nn.Module):
    """Convolutions, batch normalisation, a residual sum, a concatenation and a flatten."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.inner, self.outer = nn.Conv2d(2, 6, 3, padding=1), nn.Conv2d(6, 4, 3, padding=1), nn.Conv2d(4, 6, 1)
        self.norm, self.group, self.head = nn.BatchNorm2d(4), nn.GroupNorm(2, 6), nn.Linear(160, 3)

    def forward(self, x: Tensor) -> Tensor:
        x = torch.tanh(self.stem(x))
        y = torch.relu(self.norm(self.inner(x)))
        x = torch.cat([torch.tanh(self.group(x + self.outer(y))), y], 1)
        found: Tensor = self.head(x.flatten(1))
        return found


NETWORKS: dict[str, tuple[Callable[[], nn.Module], Tensor]] = {
    "small": (Small, torch.zeros(2, 2, 4, 4)),
    "vision": (lambda: vision_transformer(8, 2, 6, depth=1, size=8), torch.zeros(2, 3, 8, 8)),
    "language": (lambda: language_model(7, 8, 2, 6, depth=1, length=5), torch.tensor([[0, 3, 6, 2], [1, 1, 4, 5]])),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_every_forgotten_axis_is_seen(name: str) -> None:
    """Each group in turn without one of the axes that it acts on."""
    module, example = NETWORKS[name]
    net = module()
    found = symmetries(net, example)
    assert self_check(net, example, found) <= TORCH64
    for group in found.groups:
        for tensor, axis in dict.fromkeys((place.tensor, place.axis) for place in group.axes):
            if tensor.startswith("readout"):
                continue  # the second name of an array: the module takes it under the first
            rest = tuple(place for place in group.axes if (place.tensor, place.axis) != (tensor, axis))
            mutant = Symmetries((Group(group.name, group.size, rest),))
            assert self_check(net, example, mutant) > TORCH64, f"{group.name} without axis {axis} of {tensor}"


def test_an_axis_too_many_is_seen() -> None:
    module, example = NETWORKS["small"]
    net = module()
    frozen = next(f for f in symmetries(net, example).frozen if f.tensor == "head.weight")
    size = net.get_parameter(frozen.tensor).shape[frozen.axis]
    mutant = Symmetries((Group("too many", size, (Axis(frozen.tensor, frozen.axis),)),))
    assert self_check(net, example, mutant) > TORCH64


def untied(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """Every axis of the output its own: what a rule does that forgets all."""
    return tuple(map(Part, node.shape))


def handed_on(flow: Flow, node: Node, given: dict[str, Axes]) -> Axes:
    """The first operand as it is, none of the others tied to it."""
    return next(iter(given.values()))


BROKEN = [
    *[("small", op, rule) for op in ("batch_norm", "group_norm", "add") for rule in (untied, handed_on)],
    *[("small", op, untied) for op in ("conv2d", "cat", "reshape", "tanh", "linear", "relu")],
    *[("vision", op, untied) for op in ("layer_norm", "scaled_dot_product_attention", "permute", "slice", "select", "gelu")],
    *[("language", op, untied) for op in ("embedding", "layer_norm", "reshape", "add")],
]


@pytest.mark.parametrize(("name", "op", "rule"), BROKEN)
def test_every_broken_rule_is_seen(name: str, op: str, rule: Callable[..., Axes], monkeypatch: pytest.MonkeyPatch) -> None:
    module, example = NETWORKS[name]
    net = module()
    monkeypatch.setitem(RULES, op, rule)
    found = propagated(trace(net, example))
    assert not self_check(net, example, found) <= TORCH64


def test_a_group_that_fails_is_frozen_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    module, example = NETWORKS["small"]
    net = module()
    whole = symmetries(net, example)
    monkeypatch.setitem(RULES, "batch_norm", handed_on)
    found = symmetries(net, example)
    assert set(whole.sizes) - set(found.sizes) == {"inner"}
    assert set(found.sizes) <= set(whole.sizes)
    assert any(note.startswith("inner failed the self-check and is frozen: the outputs changed by ") for note in found.notes)
    assert ("inner.weight", 0, "it failed the self-check") in {(f.tensor, f.axis, f.reason) for f in found.frozen}
    assert self_check(net, example, found) <= TORCH64


def test_rotations_are_tried_too() -> None:
    net, example = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2)), torch.zeros(4, 3)
    found = symmetries(net, example)
    assert self_check(net, example, replace(found, rotations=("0",))) > TORCH64


def test_the_module_stays_as_it_is() -> None:
    module, example = NETWORKS["small"]
    net = module().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    symmetries(net, example)
    assert net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


class Random(nn.Module):
    """A network of operators drawn by a seed: tokens (n, 6, width) change width, are cut, joined, summed and mixed."""

    def __init__(self, number: int) -> None:
        super().__init__()
        draw = generator("random network", number)
        self.plan = [(str(draw.choice(STEPS)), int(draw.integers(100)), int(draw.integers(100))) for _ in range(9)]
        self.layers = nn.ModuleDict()
        self.built = False

    def layer(self, key: str, make: Callable[[], nn.Module]) -> nn.Module:
        if key not in self.layers:
            if self.built:
                raise RuntimeError("a plan asks for the same layers each time")
            self.layers[key] = make()
        return self.layers[key]

    def forward(self, x: Tensor) -> Tensor:
        values = [self.layer("first", lambda: nn.Linear(4, 12))(x)]
        for place, (step, one, other) in enumerate(self.plan):
            a, b = values[one % len(values)], values[other % len(values)]
            values.append(self.step(f"{place}", step, a, b))
        joined = torch.cat([value.reshape(len(x), -1) for value in values[-3:]], -1)
        found: Tensor = self.layer("last", lambda: nn.Linear(joined.shape[1], 2))(joined)
        return found

    def step(self, key: str, step: str, a: Tensor, b: Tensor) -> Tensor:
        width = a.shape[-1]
        match step:
            case "linear":
                return torch.tanh(self.layer(key, lambda: nn.Linear(width, 12))(a))
            case "straight":
                return self.layer(key, lambda: nn.Linear(width, 6, bias=False))(a)
            case "grouped":
                groups = 2 if width % 2 == 0 else 1
                made = self.layer(key, lambda: nn.Conv1d(width, 12, 1, groups=groups))
                return torch.relu(made(a.transpose(1, 2))).transpose(1, 2)
            case "sum":
                return torch.sigmoid(a + b) if a.shape == b.shape else functional.gelu(a)
            case "join":
                return torch.cat([a, b], -1) if width + b.shape[-1] <= 24 else a * 2
            case "cut":
                return a.chunk(2, -1)[1] if width > 2 else -a
            case "normalise":
                return self.layer(key, lambda: nn.LayerNorm(width))(a)
            case "groups":
                groups = 3 if width % 3 == 0 else 1
                return self.layer(key, lambda: nn.GroupNorm(groups, width))(a.transpose(1, 2)).transpose(1, 2)
            case "shuffle":
                rows = 2 if width % 2 == 0 else 1
                return a.unflatten(-1, (rows, -1)).transpose(-1, -2).flatten(-2)
            case "mix":
                return (a @ b.transpose(1, 2)).softmax(-1) @ torch.cos(a) if width == b.shape[-1] else a.exp().log1p()
            case "gate":
                return functional.glu(a, -1) if width % 2 == 0 else a.square()
            case _:
                return functional.pad(a[..., 1:], (0, 1)) + a.mean(-1, keepdim=True)


STEPS = ["linear", "linear", "straight", "grouped", "sum", "join", "cut", "normalise", "groups", "shuffle", "mix", "gate", "pad"]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6))
def test_what_is_found_on_random_networks_is_a_symmetry(number: int) -> None:
    net, example = Random(number), torch.zeros(2, 6, 4)
    net(example)
    net.built = True
    found = propagated(trace(net, example))
    assert found.notes == () or all("has no rule" not in note for note in found.notes)
    assert self_check(net, example, found, seed=number) <= TORCH64


def test_random_networks_have_symmetries() -> None:
    sizes = []
    for number in range(4):
        net = Random(number)
        net(torch.zeros(2, 6, 4))
        sizes.append(propagated(trace(net, torch.zeros(2, 6, 4))).count)
    assert np.mean(sizes) > 1
