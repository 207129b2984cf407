from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from toykit.bridge.landscapes.landscape import TorchLandscape
from toykit.bridge.landscapes.statistics import Statistics
from toykit.bridge.models import lenet, mlp, resnet20, vgg11
from toykit.bridge.models.transformers import language_model, vision_transformer
from toykit.bridge.tracing.self_check import self_check
from toykit.bridge.tracing.symmetries import symmetries
from toykit.errors import InputError
from toykit.seeds import generator, seed
from toykit.symmetry import Axis
from toykit.tolerances import ROUNDING, TORCH64

KNOWN: dict[str, tuple[Callable[[], nn.Module], Callable[[], Tensor], dict[int, int]]] = {
    "mlp": (lambda: mlp((5, 7, 6, 3)), lambda: torch.zeros(2, 5), {7: 1, 6: 1}),
    "lenet": (lenet, lambda: torch.zeros(2, 1, 28, 28), {6: 1, 16: 1, 120: 1, 84: 1}),
    "vgg11": (lambda: vgg11(width=8), lambda: torch.zeros(2, 3, 32, 32), {8: 1, 16: 1, 32: 2, 64: 6}),
    # in each stage one stream that all its blocks share, and one group inside each of the three blocks
    "resnet20 batch": (lambda: resnet20("batch"), lambda: torch.zeros(2, 3, 32, 32), {16: 4, 32: 4, 64: 4}),
    "resnet20 layer": (lambda: resnet20("layer"), lambda: torch.zeros(2, 3, 32, 32), {16: 4, 32: 4, 64: 4}),
    "vision": (vision_transformer, lambda: torch.zeros(2, 3, 16, 16), {32: 1, 64: 2, 4: 2, 8: 4}),
    "language": (language_model, lambda: torch.arange(18).reshape(2, 9), {32: 1, 64: 2, 4: 2, 8: 4}),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_groups_of_known_networks(name: str) -> None:
    module, example, sizes = KNOWN[name]
    net, start = module(), time.process_time()
    found = symmetries(net, example())
    assert time.process_time() - start < 60, "tracing and checking take seconds"
    assert Counter(group.size for group in found.groups) == sizes
    assert found.count == pytest.approx(
        sum(many * math.log10(math.factorial(size)) for size, many in sizes.items()), rel=ROUNDING
    )
    assert found.notes == ()
    assert self_check(net, example(), found, seed=7) <= TORCH64


def test_every_axis_of_a_dense_network_is_told() -> None:
    found = symmetries(mlp((5, 7, 3)), torch.zeros(2, 5))
    assert [(g.name, g.axes) for g in found.groups] == [("0", (Axis("0.weight", 0), Axis("0.bias", 0), Axis("2.weight", 1)))]
    assert [(f.tensor, f.axis, f.reason) for f in found.frozen] == [
        ("0.weight", 1, "it meets the inputs of the network"),
        ("2.weight", 0, "it meets the outputs of the network"),
        ("2.bias", 0, "it meets the outputs of the network"),
    ]


def test_running_statistics_and_blocks_behind_a_flatten() -> None:
    net = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 2))
    (group,) = symmetries(net, torch.zeros(2, 1, 4, 4)).groups
    assert {Axis("1.running_mean", 0), Axis("1.running_var", 0), Axis("4.weight", 1, 0, 4)} <= set(group.axes)


def test_a_residual_stream_is_one_group() -> None:
    found = symmetries(resnet20("batch", width=4), torch.zeros(2, 3, 8, 8))
    stream = [f"stage1.{block}.conv2.weight" for block in range(3)]
    assert {"conv.weight", "norm.running_var", *stream, "stage2.0.shortcut.0.weight"} <= set(found["conv"].tensors)


def test_heads_of_a_transformer() -> None:
    found = symmetries(vision_transformer(depth=1), torch.zeros(1, 3, 16, 16))
    layer = "blocks.0.attention"
    heads = found[f"{layer}.qkv/blocks"]
    rows = [Axis(f"{layer}.qkv.{kind}", 0, start, 8) for kind in ("weight", "bias") for start in (0, 32, 64)]
    assert set(heads.axes) == {*rows, Axis(f"{layer}.out.weight", 1, 0, 8)}
    assert found.rotations == (f"{layer}.qkv/inside", f"{layer}.qkv/inside#2")
    queries, values = (found[name] for name in found.rotations)
    assert queries.tensors == (f"{layer}.qkv.weight", f"{layer}.qkv.bias")
    assert values.tensors == (f"{layer}.qkv.weight", f"{layer}.qkv.bias", f"{layer}.out.weight")
    assert {place.start for place in queries.axes} == set(range(0, 64, 8))
    assert found["patches"].tensors[:4] == ("patches.weight", "patches.bias", "token", "positions")


def test_tied_weights_move_under_both_names() -> None:
    net = language_model(depth=1)
    found = symmetries(net, torch.zeros(1, 4, dtype=torch.int64))
    assert {Axis("words.weight", 1), Axis("readout.weight", 1), Axis("positions.weight", 1)} <= set(found["words"].axes)
    moved = found.permute(net.state_dict(), {"words": list(range(31, -1, -1))})
    assert torch.equal(moved["words.weight"], moved["readout.weight"])
    assert torch.equal(moved["words.weight"], net.words.weight.flip(1))
    assert {(f.tensor, f.axis) for f in found.frozen} >= {("words.weight", 0), ("readout.weight", 0)}


class Packed(nn.Module):
    """The three usual ways to write attention: a packed reshape, torch's own module, and softmax by hand with grouped heads."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.qkv, self.out = nn.Linear(5, 12), nn.Linear(12, 36, bias=False), nn.Linear(12, 12)
        self.own = nn.MultiheadAttention(12, 3, batch_first=True)
        self.query, self.key, self.value = (nn.Linear(12, n, bias=False) for n in (24, 12, 12))
        self.mixed, self.head = nn.Linear(24, 12), nn.Linear(12, 2)
        self.scale = nn.Parameter(torch.ones(12))

    def forward(self, x: Tensor) -> Tensor:
        x = self.embed(x)
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * self.scale
        n, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(n, tokens, 3, 3, 4).permute(2, 0, 3, 1, 4)
        x = x + self.out(functional.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, tokens, width))
        x = x + self.own(x, x, x, need_weights=False)[0]
        q, k, v = (part(x).unflatten(-1, (-1, 6)).transpose(1, 2) for part in (self.query, self.key, self.value))
        k, v = k.repeat_interleave(2, 1), v[:, :, None].expand(n, 2, 2, tokens, 6).reshape(n, 4, tokens, 6)
        scores = torch.einsum("nhid,nhjd->nhij", q, k) / 6**0.5 + torch.full((tokens, tokens), -9.0).triu(1)
        x = x + self.mixed((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))
        found: Tensor = self.head(x)
        return found


def test_every_way_to_write_attention() -> None:
    found = symmetries(Packed(), torch.zeros(2, 5, 5))
    assert found.notes == ()
    assert Counter(group.size for group in found.groups) == {12: 1, 3: 2, 4: 4, 2: 2, 6: 2}
    assert len(found.rotations) == 6
    assert set(found["query/blocks"].axes) == {  # heads that share keys and values move together
        *(Axis("query.weight", 0, 0, 12), Axis("key.weight", 0, 0, 6)),
        *(Axis("value.weight", 0, 0, 6), Axis("mixed.weight", 1, 0, 12)),
    }


SINGLE: list[tuple[str, Callable[[], nn.Module], tuple[int, ...], dict[int, int]]] = [
    ("grouped", lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 12, 1, groups=4), nn.ReLU(), nn.Conv2d(12, 2, 3)),
     (2, 3, 8, 8), {4: 1, 2: 1, 3: 1}),
    ("depth-wise", lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.Conv2d(8, 16, 3, groups=8), nn.ReLU(), nn.Conv2d(16, 2, 1)),
     (2, 3, 8, 8), {8: 1, 2: 1}),
    ("group norm", lambda: nn.Sequential(nn.Conv2d(3, 12, 3), nn.GroupNorm(4, 12), nn.ReLU(), nn.Conv2d(12, 2, 1)),
     (2, 3, 8, 8), {4: 1, 3: 1}),
    ("instance norm", lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.InstanceNorm2d(6, affine=True), nn.PReLU(6),
     nn.Conv2d(6, 2, 3)), (2, 3, 8, 8), {6: 1}),
    ("one axis", lambda: nn.Sequential(nn.Conv1d(3, 8, 3), nn.BatchNorm1d(8), nn.MaxPool1d(2), nn.ConvTranspose1d(8, 5, 3),
     nn.ELU(), nn.Upsample(scale_factor=2), nn.Conv1d(5, 2, 1)), (2, 3, 16), {8: 1, 5: 1}),
    ("gated", lambda: nn.Sequential(nn.Linear(4, 10), nn.GLU(), nn.Linear(5, 2)), (2, 4), {5: 1}),
    ("pixels", lambda: nn.Sequential(nn.Conv2d(3, 20, 3), nn.ReLU(), nn.PixelShuffle(2), nn.Conv2d(5, 2, 1)),
     (2, 3, 8, 8), {5: 1}),
    ("images normalised", lambda: nn.Sequential(nn.Conv2d(3, 6, 3), nn.LayerNorm([6, 6, 6]), nn.GELU(), nn.Conv2d(6, 2, 1)),
     (2, 3, 8, 8), {6: 1}),
    ("mirrored", lambda: nn.Sequential(nn.Conv2d(3, 6, 3, padding=1, padding_mode="reflect"), nn.ReLU(),
     nn.Conv2d(6, 5, 3, padding=1, padding_mode="circular"), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(80, 2)),
     (2, 3, 8, 8), {6: 1, 5: 1}),
    ("linear", lambda: nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 5), nn.Linear(5, 3)), (2, 4), {6: 1, 5: 1}),
]  # fmt: skip


@pytest.mark.parametrize(("module", "shape", "sizes"), [case[1:] for case in SINGLE], ids=[case[0] for case in SINGLE])
def test_single_operators(module: Callable[[], nn.Module], shape: tuple[int, ...], sizes: dict[int, int]) -> None:
    net, example = module(), torch.zeros(shape)
    found = symmetries(net, example)
    assert Counter(group.size for group in found.groups) == sizes
    assert not any("failed" in note for note in found.notes)
    assert self_check(net, example, found, seed=3) <= TORCH64


def test_layers_that_are_only_linear_can_be_rotated() -> None:
    assert symmetries(SINGLE[-1][1](), torch.zeros(2, 4)).rotations == ("0", "1")
    assert symmetries(mlp((4, 6, 5, 3)), torch.zeros(2, 4)).rotations == ()


class Joined(nn.Module):
    """A concatenation, a padded shortcut, a sliced table of positions, and an operator that no rule knows."""

    def __init__(self, unknown: bool) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d = nn.Linear(4, 3), nn.Linear(4, 5), nn.Linear(8, 6), nn.Linear(6, 2)
        self.shift, self.table = nn.Linear(3, 6), nn.Parameter(torch.ones(9, 6))
        self.unknown = unknown

    def forward(self, x: Tensor) -> Tensor:
        a, b = torch.tanh(self.a(x)), torch.tanh(self.b(x))
        if self.unknown:
            b = torch.cumprod(torch.special.i0(b).sort(dim=-1).values, -1)
        found: Tensor = self.d(torch.relu(self.c(torch.cat([a, b], -1)) + functional.pad(a, (1, 2)) + self.table[: len(x)]))
        return found


def test_sums_of_axes_are_cut_where_their_parts_meet() -> None:
    found = symmetries(Joined(unknown=False), torch.zeros(2, 4))
    assert {name: found[name].size for name in ("a", "b")} == {"a": 3, "b": 5}
    assert Axis("c.weight", 1, 3) in found["b"].axes
    # the stream c is padding (1), units of a (3), padding (2): its single first entry cannot move
    assert {Axis("c.weight", 0, 1), Axis("d.weight", 1, 1), Axis("table", 1, 1)} <= set(found["a"].axes)
    assert sorted(group.size for group in found.groups) == [2, 3, 5]
    assert {f.reason for f in found.frozen if (f.tensor, f.axis) == ("table", 0)} == {
        "it meets the inputs of the network",
        "inputs of this size do not reach it",
    }


def test_an_operator_without_a_rule_freezes_and_is_named() -> None:
    net = Joined(unknown=True)
    found = symmetries(net, torch.zeros(2, 4))
    assert sorted(group.size for group in found.groups) == [2, 3]
    assert ("b.weight", 0, "special_i0 has no rule") in {(f.tensor, f.axis, f.reason) for f in found.frozen}
    assert found.notes[0] == "special_i0 has no rule: the axes that it touches are frozen"
    assert self_check(net, torch.zeros(2, 4), found) <= TORCH64


@pytest.mark.parametrize("statistics", ["move", "reset"])
def test_a_landscape_keeps_its_loss(statistics: Statistics) -> None:
    net = resnet20("batch", width=4)
    draw = torch.Generator().manual_seed(seed("landscape"))
    images, labels = torch.randn(6, 3, 8, 8, generator=draw), torch.arange(6)
    for _ in range(2):
        net(images)
    land = TorchLandscape(net.eval(), nn.CrossEntropyLoss(), (images, labels), statistics=statistics)
    found, theta = symmetries(net, images), land.parameters()
    moved = found.permute(theta, found.random(generator("landscape")))
    assert (moved - theta).norm() > 1
    assert land.loss(moved) == pytest.approx(land.loss(theta), rel=TORCH64)


def test_arrays_move_where_they_are(device: str) -> None:
    net, example = vgg11(width=4).to(device), torch.zeros(2, 3, 32, 32, device=device)
    found = symmetries(net, example)
    moved = found.permute(net.state_dict(), found.random(generator("device")))
    assert {array.device.type for array in moved.values()} == {device}
    assert sorted(found.sizes.values()) == [4, 8, 16, 16, *[32] * 6]


def test_parametrised_weights_are_seen_through() -> None:
    inner = nn.utils.parametrizations.weight_norm(nn.Linear(4, 6))
    found = symmetries(nn.Sequential(inner, nn.ReLU(), nn.Linear(6, 2)), torch.zeros(2, 4))
    (group,) = found.groups
    names = {"0.parametrizations.weight.original0", "0.parametrizations.weight.original1", "0.bias", "2.weight"}
    assert (set(group.tensors), group.size, found.notes) == (names, 6, ())


class Reader(nn.Module):
    """A recurrent layer between dense ones."""

    def __init__(self, recurrent: Callable[..., nn.Module]) -> None:
        super().__init__()
        self.embed, self.rnn = nn.Linear(6, 8), recurrent(8, 10, batch_first=True)
        self.middle, self.out = nn.Linear(10, 7), nn.Linear(7, 3)

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.rnn(torch.relu(self.embed(x)))
        found: Tensor = self.out(torch.relu(self.middle(states[:, -1])))
        return found


@pytest.mark.parametrize(("recurrent", "called"), [(nn.LSTM, "lstm"), (nn.GRU, "gru"), (nn.RNN, "rnn_tanh")])
def test_a_recurrent_layer_is_frozen_by_name_and_the_others_still_move(recurrent: Callable[..., nn.Module], called: str) -> None:
    net, example = Reader(recurrent), torch.zeros(2, 5, 6)
    found = symmetries(net, example)
    assert [(group.name, group.size) for group in found.groups] == [("middle", 7)]
    assert found.notes == (f"{called} in rnn has no rule: the axes that it touches are frozen",)
    reasons = {frozen.tensor: frozen.reason for frozen in found.frozen}
    assert reasons["rnn.weight_hh_l0"] == f"{called} in rnn has no rule"
    assert self_check(net, example, found, seed=5) <= TORCH64


class Masked(nn.Module):
    """Takes more than inputs: by position or by name, with defaults."""

    def __init__(self) -> None:
        super().__init__()
        self.inside, self.out = nn.Linear(4, 6), nn.Linear(6, 2)

    def forward(self, x: Tensor, mask: Tensor | None = None, *, scale: float = 2.0, bias: Tensor | None = None) -> Tensor:
        hidden = torch.relu(self.inside(x) * scale)
        hidden = hidden if mask is None else hidden * mask[:, None]
        found: Tensor = self.out(hidden if bias is None else hidden + bias)
        return found


def test_arguments_that_are_left_out_keep_their_defaults_and_others_go_by_position_or_name() -> None:
    net, x, mask = Masked(), torch.zeros(2, 4), torch.ones(2)
    for example in (x, (x,), (x, mask), {"x": x}, {"mask": mask, "x": x}):
        found = symmetries(net, example)
        assert [(group.name, group.size) for group in found.groups] == [("inside", 6)]
        assert self_check(net, example, found, seed=3) <= TORCH64
    shifted = symmetries(net, {"x": x, "bias": torch.ones(6)})
    assert shifted.groups == (), "a bias that meets the units from outside tells them apart"
    with pytest.raises(InputError, match="examples are tensors; got Tensor, NoneType"):
        symmetries(net, (x, None))  # type: ignore[arg-type]
