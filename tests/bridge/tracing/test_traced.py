from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.models import lenet, resnet20
from toykit.bridge.models.transformers import language_model, vision_transformer
from toykit.bridge.tracing.traced import Node, Traced, trace
from toykit.errors import InputError
from toykit.seeds import seed
from toykit.tolerances import TORCH64


def draw(*shape: int, number: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed("traced", number)), dtype=torch.float64)


def of(node: Node, *names: str) -> dict[str, Any]:
    return {name: node.options[name] for name in names}


WINDOW = ("stride", "padding", "dilation")
RUN: dict[str, Callable[..., Tensor]] = {
    "linear": lambda n, input, weight, bias=None: functional.linear(input, weight, bias),
    "conv2d": lambda n, input, weight, bias=None: functional.conv2d(input, weight, bias, **of(n, *WINDOW, "groups")),
    "batch_norm": lambda n, input, running_mean, running_var, weight=None, bias=None: functional.batch_norm(
        input, running_mean, running_var, weight, bias, **of(n, "training", "eps")
    ),
    "layer_norm": lambda n, input, weight, bias: functional.layer_norm(
        input, weight=weight, bias=bias, **of(n, "normalized_shape", "eps")
    ),
    "group_norm": lambda n, input, weight, bias: functional.group_norm(
        input, n.options["num_groups"], weight, bias, n.options["eps"]
    ),
    "max_pool2d": lambda n, input: functional.max_pool2d(input, **of(n, "kernel_size", *WINDOW, "ceil_mode")),
    "avg_pool2d": lambda n, input: functional.avg_pool2d(input, **of(n, "kernel_size", "stride", "padding", "ceil_mode")),
    "adaptive_avg_pool2d": lambda n, input: functional.adaptive_avg_pool2d(input, n.options["output_size"]),
    "embedding": lambda n, weight, indices: functional.embedding(indices, weight),
    "scaled_dot_product_attention": lambda n, query, key, value: functional.scaled_dot_product_attention(
        query, key, value, is_causal=n.options["is_causal"]
    ),
    "add": lambda n, input, other=None: input + (n.options["other"] if other is None else other) * n.options["alpha"],
    "mul": lambda n, input, other=None: input * (n.options["other"] if other is None else other),
    "relu": lambda n, input: input.relu(),
    "gelu": lambda n, input: functional.gelu(input, **of(n, "approximate")),
    "leaky_relu": lambda n, input: functional.leaky_relu(input, **of(n, "negative_slope")),
    "mean": lambda n, input: input.mean(**of(n, "dim", "keepdim")),
    "reshape": lambda n, input: input.reshape(n.shape),
    "permute": lambda n, input: input.permute(n.options["dims"]),
    "expand": lambda n, input: input.expand(n.options["size"]),
    "cat": lambda n, **parts: torch.cat([parts[f"tensors.{i}"] for i in range(len(parts))], n.options["dim"]),
    "slice": lambda n, input: input.narrow(n.options["dim"], n.options["start"], n.options["end"] - n.options["start"])[
        (slice(None),) * n.options["dim"] + (slice(None, None, n.options["step"]),)
    ],
    "select": lambda n, input: input.select(n.options["dim"], n.options["index"]),
    "pad": lambda n, input: functional.pad(input, n.options["pad"], value=n.options["value"]),
    "arange": lambda n: torch.arange(n.options.get("start", 0), n.options["end"]),
}


def played(graph: Traced, module: nn.Module, *inputs: Tensor) -> Tensor:
    """The outputs, computed from the nodes alone: every number that is needed must be there."""
    state, values = module.state_dict(), dict(zip(graph.inputs, inputs, strict=True)) | dict(graph.constants)
    for node in graph.nodes:
        if node.name not in values:
            given = {role: values[name] for role, name in node.operands.items()}
            given |= {role: state[name] for role, name in node.parameters.items()}
            values[node.name] = RUN[node.op](node, **given)
        assert tuple(values[node.name].shape) == node.shape
    return values[graph.outputs[0]]


class Mixed(nn.Module):
    """Branches, in-place writing, tied use of one layer, grouped and padded convolutions, parts that are not trained."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding="same", dilation=2, bias=False)
        self.norm, self.drop = nn.BatchNorm2d(8, eps=1e-3), nn.Dropout(0.5)
        self.grouped = nn.Conv2d(8, 8, (3, 1), stride=(2, 1), padding=(1, 0), groups=4)
        self.group_norm, self.act = nn.GroupNorm(2, 8), nn.LeakyReLU(0.2, inplace=True)
        self.shared = nn.Linear(16, 16)
        self.register_buffer("mask", torch.arange(16.0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.norm(self.first(x)))
        x += 1
        y = functional.relu_(self.group_norm(self.grouped(x)))
        y = functional.pad(x[:, :, ::2], (0, 0, 0, 0, 0, 0)) + 0.5 * y
        a, b = functional.avg_pool2d(self.drop(y), 2).chunk(2, dim=1)
        y = torch.cat([b, a], 1).mean((2, 3))
        y = torch.cat([y, y], 1) * self.mask
        return self.shared(self.shared(y).relu())


CASES: list[tuple[Callable[[], nn.Module], Callable[[], Tensor]]] = [
    (lambda: lenet(), lambda: draw(2, 1, 28, 28)),
    (lambda: vision_transformer(depth=1), lambda: draw(2, 3, 16, 16)),
    (lambda: language_model(depth=1), lambda: torch.arange(14).reshape(2, 7)),
    (lambda: resnet20("batch", width=4), lambda: draw(2, 3, 16, 16)),
    (Mixed, lambda: draw(2, 3, 8, 8)),
    (
        lambda: nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, 2)),
        lambda: draw(2, 3, 9, 9),
    ),
]


@pytest.mark.parametrize(("module", "inputs"), CASES, ids=["lenet", "vision", "language", "residual", "mixed", "pooling"])
def test_the_graph_says_all_that_the_module_computes(module: Callable[[], nn.Module], inputs: Callable[[], Tensor]) -> None:
    net, x = module().double().eval(), inputs()
    graph = trace(net, x)
    with torch.no_grad():
        torch.testing.assert_close(played(graph, net, x), net(x), rtol=TORCH64, atol=TORCH64)


def test_the_module_stays_as_it_is() -> None:
    net = Mixed().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    state, level = torch.random.get_rng_state(), logging.root.manager.disable
    trace(net, draw(2, 3, 8, 8))
    assert net.training
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in net.parameters())
    assert torch.equal(torch.random.get_rng_state(), state)
    assert logging.root.manager.disable == level


def test_nodes_carry_numbers_in_one_form() -> None:
    graph = trace(Mixed(), draw(2, 3, 8, 8))
    first, grouped = (node for node in graph.nodes if node.op == "conv2d")
    assert (first.module, first.parameters, first.shape) == ("first", {"weight": "first.weight"}, (2, 8, 8, 8))
    assert first.options == {"stride": (1, 1), "padding": (2, 2), "dilation": (2, 2), "groups": 1}
    assert grouped.options == {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 1), "groups": 4}
    norm = next(node for node in graph.nodes if node.op == "batch_norm")
    assert (norm.options["eps"], norm.options["training"]) == (1e-3, False)
    assert set(norm.parameters) == {"weight", "bias", "running_mean", "running_var"}
    assert not any(node.op.endswith("_") or "dropout" in node.op for node in graph.nodes), "functional, in evaluation mode"
    assert [node.parameters["weight"] for node in graph.nodes if node.op == "linear"] == ["shared.weight"] * 2
    assert list(graph.constants) == [node.name for node in graph.nodes if node.op == "constant"]


def test_tied_arrays_have_one_name() -> None:
    graph = trace(language_model(depth=1), torch.zeros(1, 3, dtype=torch.int64))
    assert graph.tied == {"words.weight": ("readout.weight",)}
    assert "readout.weight" not in graph.shapes
    used = [node.op for node in graph.nodes if "words.weight" in node.parameters.values()]
    assert used == ["embedding", "linear"]
    assert [node.op for node in graph.users(graph.inputs[0])] == ["embedding"]


class Branching(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        if x.sum() > 0:
            return x
        return -x


def test_a_branch_on_data_is_one_sentence_that_names_the_line(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"tracing Branching failed at `if x.sum\(\) > 0:` in forward") as caught:
        trace(Branching(), draw(2, 3))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", ""), "torch's own graphs and logs stay away"


def test_examples_that_do_not_fit_are_one_sentence() -> None:
    with pytest.raises(InputError, match=r"tracing Linear failed \(.*\[2, 5\].*\); does its forward pass") as caught:
        trace(nn.Linear(3, 4), draw(2, 5))
    assert "\n" not in str(caught.value)


def test_examples_that_are_no_tensors_are_one_sentence() -> None:
    with pytest.raises(InputError, match="examples are tensors; got ndarray; use torch"):
        trace(nn.Linear(3, 4), [draw(2, 3).numpy()])  # type: ignore[list-item]


def test_unknown_nodes_are_refused_with_the_known_ones() -> None:
    graph = trace(nn.Linear(3, 4), draw(2, 3))
    assert graph["linear.0"].op == "linear"
    with pytest.raises(InputError, match=r"got 'relu.0'; it has input, linear.0"):
        graph["relu.0"]
